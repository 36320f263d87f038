"""The published shims, from a parent with LD_PRELOAD to what the guest is told."""

import os
import shutil
import socket
from pathlib import Path

import pytest

from chainbox import NODE, PARENTS, ChainBox
from etcfiles import write_etc
from example import RIGHT, RULES, SCRIPT
from openfiles import open_files
from publishedshims import published

# A host with systemd-resolved.
RESOLVE = "hosts: files resolve [!UNAVAIL=return] dns\n"
# Of each combination; CHAIN_STARTS=200 is the whole number.
STARTS = int(os.environ.get("CHAIN_STARTS", "3"))


@pytest.fixture
def names(dns):
    dns.set_script(SCRIPT)
    return dns


# The test has no preload in it, bwrap has: nobody else can start a shim alone.
WAYS = [
    (parent, jailed)
    for parent in [*PARENTS, "run"]
    for jailed in (False, True)
    if jailed or parent != "nobody"
]


@pytest.mark.parametrize(
    "parent,jailed", WAYS, ids=[f"{p}-{'jailed' if j else 'plain'}" for p, j in WAYS]
)
def test_right_answers(version, parent, jailed, names):
    if parent == "node" and shutil.which(NODE) is None:
        pytest.skip("no node")
    options = {"parent": "sh", "repaired": "run"} if parent == "run" else {"parent": parent}
    for _ in range(STARTS):
        names.reset()
        with ChainBox(version, RULES, jailed=jailed, **options) as box:
            assert box.answers(RIGHT) == RIGHT
            # All by us: the shim itself would ask for AAAA as well.
            assert {(query.type, query.name) for query in names.queries()} == {
                ("A", "github.com"),
                ("A", "iapi.sample.com"),
                ("A", "example.org"),
            }


def test_run_of_the_shim_itself(version, names):
    with ChainBox(version, RULES, parent="nobody", repaired="run") as box:
        assert box.answers(RIGHT) == RIGHT


@pytest.mark.parametrize("godebug", ["netdns=cgo", ""])
def test_control_with_resolver_modules(version, godebug, names):
    """Fault 4: unrepaired, the shim is killed by its own lookup."""
    write_etc("nsswitch.conf", RESOLVE)
    settings = {"GODEBUG": godebug} if godebug else {}
    with ChainBox(version, RULES, repaired=False, settings=settings) as box:
        assert box.wait_ended() != 0 and not box.wait_started()
        assert "SIGSEGV" in (box.box.directory / "exit").read_text()


def test_control_without_the_repair(version, names):
    """The same chain with nothing preloaded shows the fault."""
    wrong = 0
    for _ in range(6):
        with ChainBox(version, RULES, repaired=False) as box:
            wrong += box.answers(RIGHT) != RIGHT
    assert wrong == 6, "a wildcard never works in these"


@pytest.mark.parametrize("jailed", [False, True], ids=["plain", "jailed"])
def test_a_dead_host_is_named_where_boxlite_looks(version, jailed, names):
    names.set_script(SCRIPT + "dead.example nxdomain\nsix.example aaaa-only 2001:db8::1\n")
    settings = {"BOXLITE_ALLOWNET_BACKOFF_MS": "1"}
    rules = [*RULES, "dead.example", "six.example"]
    with ChainBox(version, rules, jailed=jailed, settings=settings) as box:
        assert box.wait_ended() == 1
        message = box.exit_message()
    assert "network error: gvproxy_create failed: allowNet: resolve" in message
    assert 'resolve "dead.example": no such host' in message
    assert 'resolve "six.example": only IPv6 addresses; the guest network is IPv4' in message


def test_a_jail_without_resolv_conf(version, names):
    with ChainBox(version, RULES, jailed=True, network_files=False) as box:
        assert box.answers(RIGHT) == RIGHT


@pytest.mark.parametrize("jailed", [False, True], ids=["plain", "jailed"])
@pytest.mark.parametrize("pad", [200_000, 2_000_000])
def test_large_configurations(version, jailed, pad, names):
    with ChainBox(version, RULES, jailed=jailed, pad=pad) as box:
        assert box.answers(RIGHT) == RIGHT


@pytest.mark.parametrize("jailed", [False, True], ids=["plain", "jailed"])
@pytest.mark.parametrize("count", [5, 10])
def test_a_dead_first_nameserver(version, jailed, count, names):
    """The bridge by itself would ask serially, and wait for the dead one each time."""
    hosts = [f"h{i}.sample.com" for i in range(count)]
    names.set_script("*.sample.com answer 192.0.2.9\n")
    write_etc("resolv.conf", "nameserver 127.0.0.3\nnameserver 127.0.0.1\n")
    # Port 53 of 127.0.0.3 belongs to somebody who never answers.
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.3", 53))
        with ChainBox(version, hosts, jailed=jailed) as box:
            assert box.answers(hosts) == dict.fromkeys(hosts, "A 192.0.2.9")
    # Go, which would wait for the dead server for each host, asks for AAAA as well.
    assert {query.type for query in names.queries()} == {"A"}


@pytest.mark.parametrize("jailed", [False, True], ids=["plain", "jailed"])
def test_a_hundred_hosts(version, jailed, names):
    hosts = [f"h{i}.sample.com" for i in range(100)]
    names.set_script("*.sample.com delay 20 answer 192.0.2.9\n")
    with ChainBox(version, hosts, jailed=jailed) as box:
        assert box.answers(hosts) == dict.fromkeys(hosts, "A 192.0.2.9")
    assert {query.name for query in names.queries()} == set(hosts)
    assert len(names.queries()) == len(hosts), "the shim itself asks nobody"


@pytest.mark.parametrize("jailed", [False, True], ids=["plain", "jailed"])
@pytest.mark.parametrize("godebug", ["netdns=cgo", ""])
def test_a_host_whose_resolver_modules_would_kill_the_shim(version, jailed, godebug, names):
    """nsswitch.conf with resolve, GODEBUG=netdns=cgo."""
    write_etc("nsswitch.conf", RESOLVE)
    settings = {"GODEBUG": godebug} if godebug else {}
    with ChainBox(version, RULES, jailed=jailed, settings=settings) as box:
        assert box.answers(RIGHT) == RIGHT


@pytest.mark.parametrize("jailed", [False, True], ids=["plain", "jailed"])
def test_a_bad_setting_is_named_where_boxlite_looks(version, jailed, names):
    settings = {"BOXLITE_ALLOWNET_ATTEMPTS": "99"}
    with ChainBox(version, RULES, jailed=jailed, settings=settings) as box:
        assert box.wait_ended() == 1
        assert 'BOXLITE_ALLOWNET_ATTEMPTS="99" is not a number from 1 to 10' in box.exit_message()


@pytest.mark.parametrize("jailed", [False, True], ids=["plain", "jailed"])
def test_a_release_that_needs_no_repair_is_left_alone(jailed, names):
    published("0.10.3")
    settings = {"BOXLITE_ALLOWNET_LOG": "info"}
    with ChainBox("0.10.3", RULES, jailed=jailed, settings=settings) as box:
        assert box.wait_started()
        box.wait_log("allowNet UDP: handler overridden")
        assert not [line for line in box.lines if "allowNet" in line or "allownet" in line]
    assert names.queries() == []


def test_observing_changes_nothing_and_says_what_it_would_do(version, names):
    settings = {"BOXLITE_ALLOWNET": "observe"}
    with ChainBox(version, RULES, settings=settings) as box:
        assert box.answers(["a.example.org"]) != {"a.example.org": "A 192.0.2.3"}
        box.wait_log("zones would be repaired")


def test_switched_off_is_the_fault_as_it_was(version, names):
    settings = {"BOXLITE_ALLOWNET": "off"}
    with ChainBox(version, RULES, settings=settings) as box:
        assert box.answers(["a.example.org"]) != {"a.example.org": "A 192.0.2.3"}


def test_what_was_said_before_the_shim_started_is_in_its_log(version, names):
    with ChainBox(version, RULES) as box:
        assert box.wait_started()
        log = box.wait_log("allowNet: zones repaired")
        assert not [line for line in box.lines if "allowNet" in line]
    assert "allowNet: host resolved hostname=github.com v4_count=1 v4_ips=192.0.2.1" in log


@pytest.mark.parametrize("pad", [0, 200_000])
def test_what_is_left_of_the_configuration_is_a_drained_pipe(version, pad, names):
    with ChainBox(version, RULES, parent="sh-exec", pad=pad) as box:
        assert box.wait_started()
        process = Path(f"/proc/{box.process.pid}")
        assert os.readlink(process / "exe") == str(box.box.shim)
        assert os.readlink(process / "fd/0").startswith("pipe:")
        left = os.open(process / "fd/0", os.O_RDONLY | os.O_NONBLOCK)
        try:
            assert os.read(left, 1) == b"", "nothing in it, and nobody to write"
        finally:
            os.close(left)
        files = open_files(process.name)
        assert not [target for target in files.values() if "memfd" in target], files
        assert "TracerPid:\t0\n" in (process / "status").read_text()
        assert (process / "task" / process.name / "children").read_text() == ""
