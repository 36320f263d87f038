"""Nothing of the repair is left in a shim that has started, and the start is what it was."""

import os
import re
import signal
import struct
import time
from pathlib import Path

import pytest

from publishedshims import network_key
from bridgehost import TESTS
from openfiles import open_files
from shimbox import (
    PATIENCE_S,
    ShimBox,
    count_in_memory,
    make_spec,
    shim_path,
)

RULES = ["h.example"]
HOSTS = {"h.example": ["192.0.2.7"]}
ETC_HOSTS = "127.0.0.1 localhost\n192.0.2.7 h.example\n"


@pytest.fixture
def pair(etc, start):
    """An unrepaired and a repaired box, both started."""
    etc("hosts", ETC_HOSTS)
    boxes = start(RULES), start(RULES, HOSTS)
    for box in boxes:
        box.wait_settled()
    return boxes


def without_directory(box, text):
    return text.replace(str(box.directory), "DIR")


def descriptors(box):
    """The kinds of all, and of the first ones by number; sockets and pipes are nameless."""
    kinds = {
        number: without_directory(box, re.sub(r"\[\d+\]", "", target))
        for number, target in open_files(box.pid).items()
    }
    return sorted(kinds.values()), [kinds[number] for number in range(4)]


def mapped_files(box):
    lines = (line.split() for line in box.proc("maps").splitlines())
    return sorted((line[1], line[2], line[5]) for line in lines if len(line) > 5)


def threads(box, key):
    values = []
    for task in Path("/proc", str(box.pid), "task").iterdir():
        status = dict(line.split(":\t", 1) for line in (task / "status").read_text().splitlines())
        values.append(status[key])
    return sorted(values)


def descendants(pid):
    """[(pid, state)] of all children, zombies included."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            stat = (entry / "stat").read_text()
        except OSError:
            continue
        state, parent = stat.rpartition(") ")[2].split()[:2]
        if int(parent) == pid:
            found.append((int(entry.name), state))
    return found


def wait_until(holds, what):
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline, what
        time.sleep(0.01)


def wait_same(pair, look):
    """Until both boxes look the same: their other threads may be at something when we look."""
    first = [look(box) for box in pair]
    wait_until(lambda: look(pair[0]) == look(pair[1]), f"both look the same; at first: {first}")


def test_process_is_the_one_that_was_started(version, pair):
    for box in pair:
        assert int(box.status()["PPid"]) == os.getpid()
        assert os.readlink(f"/proc/{box.pid}/exe") == str(shim_path(version))
    assert pair[0].proc("cmdline") == pair[1].proc("cmdline")
    assert pair[0].proc("comm") == pair[1].proc("comm")
    assert pair[0].proc("environ") == pair[1].proc("environ")
    assert pair[0].proc("limits") == pair[1].proc("limits")


def test_argv0_is_handed_on(start):
    with start(RULES, HOSTS, argv0="a name") as box:
        assert box.wait_started(), box.stderr()
        assert box.proc("cmdline") == "a name\0"


def test_signals_are_as_they_were(pair):
    for key in "SigBlk", "SigIgn", "SigCgt", "SigPnd", "ShdPnd":
        assert pair[0].status()[key] == pair[1].status()[key], key
    # Whoever makes a thread has all of them blocked meanwhile, and so does the new one at first.
    wait_same(pair, lambda box: set(threads(box, "SigBlk")))


def test_descriptors_are_as_they_were(pair):
    """Go opens its own in no certain order. A thread of 0.10.0 reads a file of /sys for a moment, even
    now, and what is opened meanwhile has another number for good."""
    wait_same(pair, descriptors)


def test_nobody_traces_and_no_child_is_left(pair):
    for box in pair:
        assert set(threads(box, "TracerPid")) == {"0"}
        assert descendants(box.pid) == []


def test_code_is_the_files(version, pair):
    """Byte for byte, in every executable segment."""
    image = shim_path(version).read_bytes()
    offset, count = struct.unpack_from("<Q", image, 32)[0], struct.unpack_from("<H", image, 56)[0]
    compared = 0
    for number in range(count):
        header = struct.unpack_from("<IIQQQQ", image, offset + 56 * number)
        kind, flags, at, address, _, size = header
        if kind != 1 or not flags & 1:
            continue
        for box in pair:
            with open(f"/proc/{box.pid}/mem", "rb") as memory:
                memory.seek(address)
                assert memory.read(size) == image[at : at + size]
            compared += size
    assert compared > 2 << 20


def test_maps_differ_by_nothing_that_has_a_name(pair):
    assert mapped_files(pair[1]) == mapped_files(pair[0])


def test_no_zombie_where_pid_1_reaps_none(version, tmp_path, etc):
    """In a pid namespace of its own whose first process waits for nobody."""
    prefix = ["unshare", "--pid", "--mount-proc", "--fork", "--kill-child"]
    with ShimBox(version, tmp_path / "b", RULES, HOSTS, prefix=prefix) as box:
        assert box.wait_started(), box.stderr()
        inner = descendants(box.pid)
        assert len(inner) == 1, inner
        # The shim itself is pid 1 there.
        assert descendants(inner[0][0]) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGABRT, signal.SIGSEGV, signal.SIGINT])
def test_signals_end_it_as_before(pair, number):
    """Its crash handler runs on an alternate stack, which has to be the one it set up."""
    results = []
    for box in pair:
        os.kill(box.pid, number)
        status = box.wait_ended()
        exit_file = box.directory / "exit"
        results.append((status, exit_file.read_text() if exit_file.exists() else None))
    assert results[0] == results[1]


def test_the_watchdog_still_ends_it(pair):
    results = []
    for box in pair:
        box.drop_watchdog()
        results.append(box.wait_ended())
    assert results[0] == results[1] == -signal.SIGTERM


def test_a_shim_that_is_executed_by_another_is_repaired_and_left_alone(etc, start, version):
    """Not the file that was examined before the start; the breakpoints in that one are gone."""
    etc("hosts", ETC_HOSTS)
    other = TESTS / "attach" / "boxlite-shim"
    if not other.exists():
        pytest.skip("written for another processor")
    arguments = ["become", shim_path(version)]
    with start(
        RULES, HOSTS, shim=other, arguments=arguments, options=["--own-lookups"]
    ) as box:
        assert box.wait_started(), box.stderr()
        assert "allowNet: zones repaired" in box.wait_log("handing over process control")
        assert box.ask(["h.example"]) == {"h.example": "A 192.0.2.7"}
        assert box.status()["TracerPid"] == "0"
        assert descendants(box.pid) == []


def test_a_box_without_rules_is_let_go_at_create(start):
    with start(["10.0.0.0/8"], {}) as box:
        assert box.wait_started(), box.stderr()
        assert box.status()["TracerPid"] == "0"
        assert descendants(box.pid) == []
        assert "allowNet: repair" not in box.wait_log("handing over process control")


def without_network(version, directory, **more):
    directory.mkdir()
    return make_spec(version, directory, [], **{network_key(version): None, "disable_network": True}, **more)


def test_a_box_without_network_is_let_go_before_it_runs(start, version, tmp_path):
    directory = tmp_path / "none"
    spec = without_network(version, directory, security={"seccomp_enabled": False})
    with start([], {}, spec=spec) as box:
        assert box.wait_started(), box.stderr()
        # The shim says that it is going to start the machine just before it does.
        wait_until(lambda: descendants(box.pid) == [], "the helper is gone")
        assert box.status()["TracerPid"] == "0"
        assert not (directory / "net.sock").exists()


def test_a_filter_of_system_calls_lets_the_helper_go(start, version, tmp_path):
    """It is the one that boxlite gives a box without network. It kills the shim as soon as its firmware, the stand-in,
    pauses, and now and then another thread of it before that, repaired or not."""
    for number in range(20):
        with start([], {}, spec=without_network(version, tmp_path / f"none-{number}")) as box:
            started = box.wait_started()
            assert box.wait_ended() == -signal.SIGSYS, box.stderr()
            if started:
                return
    raise AssertionError("never let go")


def test_secrets_are_in_the_shim_where_they_were_and_nowhere_else(etc, start):
    etc("hosts", ETC_HOSTS)
    key, value = "MARKER-OF-A-KEY", "MARKER-OF-A-SECRET"
    secrets = [{"name": "k", "hosts": ["h.example"], "placeholder": "<K>", "value": value}]
    network = {"secrets": secrets, "ca_key_pem": key}
    counts = []
    for hosts in None, HOSTS:
        with start(RULES, hosts, network=network) as box:
            box.wait_settled()
            counts.append({m: count_in_memory(box.pid, m.encode()) for m in (key, value)})
            leaks = box.log() + "\n".join(box.stderr()) + box.proc("environ") + box.proc("cmdline")
            assert key not in leaks and value not in leaks
    assert counts[0][key] > 0 and counts[0][value] > 0
    assert counts[1][key] <= counts[0][key]
    assert counts[1][value] <= counts[0][value]
