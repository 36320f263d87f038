"""Bridges and modules that come and go in one process, by dlopen and dlclose."""

import os
import re
import subprocess

import pytest

from bridgehost import RESOLVER_VARIABLES, TESTS, encode, make_config
from conftest import CREATES, PRELOAD, QUICK
from etcfiles import reset_etc

A, B = TESTS / "module-a.so", TESTS / "module-b.so"
STANDIN = TESTS / "bridge-standin" / "libgvproxy.so"
MARKER = b"allowNet: DNS sinkhole configured"
NEWER = b"egress dialer: parse box subnet"
SIX = 'allowNet: resolve "x.six.example": only IPv6 addresses; the guest network is IPv4'


@pytest.fixture
def reload(tmp_path):
    def run(count, *words, variant="bridge-standin"):
        if not (TESTS / variant / "libgvproxy.so").exists():
            pytest.skip("the Go bridge is not built: no Go toolchain")
        environment = {
            name: value
            for name, value in os.environ.items()
            if name not in RESOLVER_VARIABLES and not name.startswith("BOXLITE_ALLOWNET")
        }
        environment |= {"LD_LIBRARY_PATH": str(TESTS / variant), **QUICK}
        command = ["env", f"LD_PRELOAD={PRELOAD}", TESTS / "reload", count, *words]
        done = subprocess.run(
            list(map(str, command)), env=environment, capture_output=True, text=True, timeout=300
        )
        assert done.returncode == 0, (done.returncode, done.stdout, done.stderr[-3000:])
        return done

    return run


@pytest.fixture
def config(tmp_path):
    def write(*rules):
        path = tmp_path / f"{abs(hash(rules))}.json"
        path.write_bytes(encode(make_config(tmp_path / "net.sock", rules)))
        return path

    return write


@pytest.fixture
def unaffected(tmp_path):
    """The bridge in C with the text of a newer one, in place of that of an affected one."""
    path = tmp_path / "libgvproxy.so"
    path.write_bytes(STANDIN.read_bytes().replace(MARKER, NEWER.ljust(len(MARKER))))
    path.chmod(0o755)
    return path


def outcomes(done):
    return [line.split(" ", 2) for line in done.stdout.splitlines() if line[0] in "cf"]


@pytest.mark.parametrize("variant", ["bridge-standin", "bridge"])
def test_loaded_and_unloaded_many_times(dns, reload, config, variant):
    """Go's own object stays, as it asks to; the module goes. Nothing of ours is left each time. Without
    threads for NSS: how many of their stacks libc keeps depends on their timing."""
    reset_etc()
    good, six = config("host.example", "*.d.example"), config("x.six.example")
    words = ["open", A, "listen", "create", good, "create", six, "close", "flat"]
    done = reload(max(2000, CREATES // 2), *words, variant=variant)
    found = re.findall(r"fds (\d+) heap (\d+)", done.stdout)
    assert len(found) == 2
    (fds, heap), (late_fds, late_heap) = (tuple(map(int, numbers)) for numbers in found)
    assert late_fds == fds
    # In a thousand loads, each of which would lose 24 bytes at least. The loader's own tables grow a little, so
    # does libc's NSS if an answer was late, and Go's runtime makes more threads.
    assert late_heap - heap < (64 << 10 if variant == "bridge" else 16 << 10)


def test_each_load_is_repaired(dns, reload, config):
    six = config("x.six.example")
    done = reload(1, *(["open", A, "listen", "create", six, "close"] * 3))
    assert [(word, text) for word, _, text in outcomes(done)] == [("failed", SIX)] * 3
    assert all(int(lines) > 0 for _, lines, _ in outcomes(done))


def test_a_callback_that_was_unloaded_is_not_called(dns, reload, config):
    """The module that set it is gone, and so is the bridge that had it: a bridge loaded anew knows of
    no callback."""
    six = config("x.six.example")
    done = reload(1, "open", A, "listen", "create", six, "close", "open", B, "create", six, "close")
    assert [(word, text) for word, _, text in outcomes(done)] == [("failed", SIX)] * 2
    assert int(outcomes(done)[0][1]) > 0
    assert outcomes(done)[1][1] == "0"
    assert "boxlite-allownet: ERROR allowNet: " in done.stderr


@pytest.mark.parametrize("first", ["affected", "unaffected"])
def test_what_is_known_of_one_bridge_is_not_taken_for_the_next(
    dns, reload, config, unaffected, first
):
    """The second lies where the first lay."""
    six = config("x.six.example")
    bridges = [STANDIN, unaffected] if first == "affected" else [unaffected, STANDIN]
    words = []
    for bridge in bridges:
        words += ["open", bridge, "open", A, "create", six, "close"]
    done = reload(1, *words)
    bases = re.findall(r"^open (\S+) \S+libgvproxy.so$", done.stdout, re.M)
    if bases[0] != bases[1]:
        pytest.skip("the second bridge was loaded elsewhere")
    expected = {STANDIN: "failed", unaffected: "created"}
    assert [word for word, _, _ in outcomes(done)] == [expected[bridge] for bridge in bridges]
