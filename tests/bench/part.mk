# What make knows of tests/bench.

# Compared with the Go bridge where that is built.
.PHONY: check-standin
check-standin: standin $(BRIDGE_HOST) $(GUEST_PROBE) $(SANDBOX)
	BUILD=$(BUILD) $(PYTEST) tests/support/test_standin.py

BENCH := $(addprefix $(BUILD)/tests/bench/,bench-create bench-lookup bench-stub.so bench-nothing \
	bench-start bench-plan bench-null-hook.so bench-exec bench-exec-stub.so $(if $(GO),serial))

$(BUILD)/tests/bench/bench-create: $(call objects,tests/bench/bench_create.c tests/bench/bench.c) $(STANDIN)
	$(LINK) -L$(dir $(STANDIN)) -lgvproxy -lpthread
$(BUILD)/tests/bench/bench-lookup: $(call objects,tests/bench/bench_lookup.c tests/bench/bench.c)
$(BUILD)/tests/bench/bench-start: $(call objects,tests/bench/bench_start.c tests/bench/bench.c)
$(BUILD)/tests/bench/bench-nothing: $(call objects,tests/bench/bench_nothing.c)
$(addprefix $(BUILD)/tests/bench/,bench-lookup bench-start bench-nothing):
	$(LINK)
$(BUILD)/tests/bench/bench-stub.so: $(call objects,tests/bench/bench_stub.c)
	$(LINK) -shared
$(BUILD)/tests/bench/bench-null-hook.so: $(call objects,tests/bench/bench_null_hook.c)
	$(LINK) -shared
$(BUILD)/tests/bench/serial: tests/bench/serial/main.go tests/bench/serial/go.mod
	@mkdir -p $(@D)
	cd $(<D) && $(GO) build -trimpath -buildvcs=false -o $(abspath $@) .
$(BUILD)/tests/bench/bench-plan: $(call objects,tests/bench/bench_plan.c tests/bench/bench_heap.c tests/bench/bench.c) \
		$(LIBSHIM) $(LIBRESOLVER) $(LIBZONES)
	$(LINK) -lpthread

#: bench          speed and memory, in tables with ratios
# Prints tables; says which aims are met and fails for none of them. Where the Go bridge is built it
# is measured as well.
.PHONY: bench bench-preload
bench: bench-preload bench-exec bench-launch bench-attach
bench-preload: all $(BENCH) $(DNS_SERVER) $(SANDBOX) $(FIRMWARE)
	BUILD=$(BUILD) scripts/fetch-shims || [ $$? = 3 ]
	BUILD=$(BUILD) CC=$(CC) $(SANDBOX) /usr/bin/python3 -B scripts/bench

# Pictures from the data files of the last `make bench`.
.PHONY: plots
plots:
	@mkdir -p docs/img
	gnuplot -e "data='$(BUILD)/bench'; out='docs/img'" tests/bench/plots.gp

CHECKS        += check-standin
