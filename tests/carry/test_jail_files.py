"""A jailed shim whose own lookups attach cannot answer: they find our files in the jail's /etc."""

from pathlib import Path

import pytest

from chainbox import ChainBox
from etcfiles import write_etc
from example import RIGHT, SCRIPT
from jail import etc_of, shim_process
from openfiles import open_files
from shimbox import shim_path, without_lookups

RULES = ["github.com", "IAPI.sample.com", "*.example.org", "host.boxlite.internal"]
# With each of the two a static shim's own lookups kill it.
NSSWITCH = "hosts: files resolve [!UNAVAIL=return] dns\n"
RESOLV = "nameserver 127.0.0.1\nsearch lan\noptions no-aaaa use-vc\nsortlist 192.0.2.0\n"


@pytest.fixture
def shim(version, tmp_path):
    return without_lookups(shim_path(version), tmp_path / "boxlite-shim")


@pytest.fixture
def names(dns):
    dns.set_script(SCRIPT)
    return dns


@pytest.fixture
def deadly():
    write_etc("nsswitch.conf", NSSWITCH)
    write_etc("resolv.conf", RESOLV)


def check_own_lookups(box):
    """The guest is answered from our zones: whether the bridge itself found its hosts, to which
    0.10.0 limits connections, is in the log only."""
    log = box.wait_log("allowNet: DNS sinkhole configured")
    assert "DNS resolution failed" not in log


def test_control_the_altered_shim_runs(version, shim, names):
    with ChainBox(version, ["github.com"], jailed=True, repaired=False, shim=shim) as box:
        assert box.answers(["github.com"]) == {"github.com": "A 192.0.2.1"}
    assert names.count("github.com") > 0


def test_control_and_is_killed_where_we_do_not_help(version, shim, names, deadly):
    """As the published one; or it finds no modules in its jail, and then no host either."""
    with ChainBox(version, RULES, jailed=True, repaired=False, shim=shim) as box:
        if box.wait_started():
            assert box.answers(["github.com"]) == {"github.com": "A 0.0.0.0"}
        else:
            assert "SIGSEGV" in (box.box.directory / "exit").read_text()


@pytest.mark.parametrize("network_files", [True, False], ids=["etc", "no-etc"])
def test_answers_are_right_and_the_shim_asks_nobody(version, shim, names, deadly, network_files):
    for _ in range(3):
        names.reset()
        with ChainBox(version, RULES, jailed=True, shim=shim, network_files=network_files) as box:
            assert box.answers(RIGHT) == RIGHT
            check_own_lookups(box)
            # All by us: the shim itself would ask for AAAA as well.
            assert {(query.type, query.name) for query in names.queries()} == {
                ("A", "github.com"),
                ("A", "iapi.sample.com"),
                ("A", "example.org"),
            }


@pytest.mark.parametrize(
    "name,text",
    [
        ("nsswitch.conf", NSSWITCH),
        ("resolv.conf", "nameserver 127.0.0.1\noptions ndots:1 no-aaaa\n"),
        ("resolv.conf", "nameserver 127.0.0.1\nsortlist 192.0.2.0\n"),
    ],
    ids=["resolve", "no-aaaa", "sortlist"],
)
def test_each_word_that_go_does_not_know_is_kept_from_it(version, shim, names, name, text):
    """Else it asks libc, which dies or knows no host, as the host's modules will have it."""
    write_etc(name, text)
    with ChainBox(version, RULES, jailed=True, shim=shim) as box:
        assert box.answers(RIGHT) == RIGHT
        check_own_lookups(box)


def test_a_hundred_hosts_are_all_found(version, shim, names):
    hosts = [f"h{i}.sample.com" for i in range(100)]
    names.set_script("*.sample.com answer 192.0.2.9\n")
    with ChainBox(version, hosts, jailed=True, shim=shim) as box:
        assert box.answers(hosts) == dict.fromkeys(hosts, "A 192.0.2.9")
        check_own_lookups(box)
    assert len(names.queries()) == len(hosts)


def test_what_the_jail_sees(version, shim, names, deadly):
    """The host's own hosts stay, but for what they say of a pinned name: Go would add it."""
    write_etc(
        "hosts",
        "# first\n127.0.0.1\tlocalhost\n::1 localhost ip6-localhost # v6\n"
        "2001:db8::1 GitHub.com GITHUB.com. other.example\n2001:db8::2 github.com\n"
        "192.0.2.50 mine\n192.0.2.51\n",
    )
    with ChainBox(version, ["github.com"], parent="sh-exec", jailed=True, shim=shim) as box:
        assert box.answers(["github.com"]) == {"github.com": "A 192.0.2.1"}
        assert etc_of(box) == {
            "hosts": "192.0.2.1 github.com\n192.168.127.254 host.boxlite.internal\n"
            "127.0.0.1 localhost\n::1 localhost ip6-localhost\n2001:db8::1 other.example\n"
            "192.0.2.50 mine\n",
            "nsswitch.conf": "hosts: files dns\n",
            "resolv.conf": "nameserver 127.0.0.1\nsearch lan\noptions use-vc\n",
        }
        process = shim_process(box)
        files = open_files(process.name)
        assert not [target for target in files.values() if "memfd" in target], files
        assert "\nTracerPid:\t0\n" in (process / "status").read_text()
    assert Path("/etc/nsswitch.conf").read_text() == NSSWITCH, "the host's own is not touched"


@pytest.mark.parametrize(
    "known,settings",
    [(True, {}), (False, {"BOXLITE_ALLOWNET": "observe"}), (False, {"BOXLITE_ALLOWNET": "off"})],
    ids=["known", "observe", "off"],
)
def test_otherwise_the_jail_is_left_as_it_is(version, shim, names, known, settings):
    hosts = Path("/etc/hosts").read_text()
    options = {"shim": None if known else shim, "settings": settings, "parent": "sh-exec"}
    with ChainBox(version, ["github.com"], jailed=True, **options) as box:
        assert box.answers(["github.com"]) == {"github.com": "A 192.0.2.1"}
        assert etc_of(box)["hosts"] == hosts


def test_a_dead_host_is_named_where_boxlite_looks(version, shim, names):
    names.set_script(SCRIPT + "dead.example nxdomain\n")
    settings = {"BOXLITE_ALLOWNET_BACKOFF_MS": "1"}
    rules = [*RULES, "dead.example"]
    with ChainBox(version, rules, jailed=True, shim=shim, settings=settings) as box:
        assert box.wait_ended() == 1
        assert 'allowNet: resolve "dead.example": no such host' in box.exit_message()


def test_outside_a_jail_it_is_a_border(version, shim, names):
    with ChainBox(version, RULES, shim=shim) as box:
        assert box.wait_ended() == 125
        assert len(box.lines) == 1
        assert "asks for its hosts in a way that is not known here; use boxlite" in box.lines[0]
        assert "BOXLITE_ALLOWNET=off" in box.lines[0]
