module boxlite-allownet/tests/bench/serial

go 1.23
