"""The bridge in C against the one in Go: a guest must not be able to tell which one it is behind.

Run inside the sandbox, with hosts of its own. Where there is no Go bridge the comparison is skipped
and what the stand-in has to answer is still checked.
"""

import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from bridgehost import PRELOAD, TESTS, BridgeHost, make_config, probe  # noqa: E402

HOSTS = """\
127.0.0.1 localhost
192.0.2.1 github.com
192.0.2.2 iapi.sample.com
192.0.2.3 example.org
192.0.2.4 db
192.0.2.5 many.example.net
192.0.2.6 many.example.net
192.0.2.7 b.example.org
2001:db8::5 six.example.net
"""
ETC = {
    "hosts": HOSTS,
    "resolv.conf": "nameserver 127.0.0.1\n",
    "nsswitch.conf": "hosts: files dns\n",
}
MARKER = b"allowNet: DNS sinkhole configured"

QUESTIONS = [
    "github.com",
    "GitHub.com",
    "iapi.sample.com",
    "a.example.org",
    "a.b.example.org",
    "b.example.org",
    "example.org",
    "db",
    "many.example.net",
    "six.example.net",
    "missing.example.net",
    "host.boxlite.internal",
    "other.boxlite.internal",
    "unlisted.test",
    "x.zone.test",
    "y.zone.test",
    "z.zone.test",
    "com",
    ".",
]
ZONE = {
    "name": "zone.test.",
    "records": [
        {"name": "x", "ip": "192.0.2.70"},
        {"name": "x", "ip": "192.0.2.71"},
        {"name": "y", "ip": "nonsense"},
        {"name": "", "ip": "192.0.2.72"},
    ],
    "default_ip": "192.0.2.73",
}
# No two zones of one of these shadow each other: their random order must not show.
CONFIGS = {
    "no allow_net": ([], {}),
    "a listed host": (["github.com"], {}),
    "ports, blanks, addresses": (
        [" github.com:443\t", "", " ", "10.0.0.0/8", "[::1]:80", "192.0.2.9:443", "2001:db8::/32"],
        {},
    ),
    "wildcard": (["*.example.org", "github.com"], {}),
    "wildcard, then a host in its zone": (["*.example.org", "b.example.org"], {}),
    "host, then a wildcard in its zone": (["b.example.org", "*.example.org"], {}),
    "spellings that never match": (["GitHub.com", "github.com.", "db"], {}),
    "failing and IPv6-only hosts": (["missing.example.net", "six.example.net", "github.com"], {}),
    "several addresses": (["many.example.net"], {}),
    "configured zones": (["github.com"], {"dns_zones": [ZONE]}),
    "configured root": (
        ["github.com"],
        {"dns_zones": [{"name": "", "records": [{"name": "db", "ip": "192.0.2.80"}]}]},
    ),
    "configured zones without a dot": (["db"], {"dns_zones": [{**ZONE, "name": "test"}]}),
}


@pytest.fixture(name="private", autouse=True)
def fixture_private(tmp_path):
    for name, text in ETC.items():
        (tmp_path / name).write_text(text)
    return [str(TESTS / "sandbox"), "--etc-dir", str(tmp_path), "--"]


@pytest.fixture(name="start")
def fixture_start(private):
    hosts = []

    def start(variant="bridge-standin", **options):
        if not (TESTS / variant / "libgvproxy.so").exists():
            if os.environ.get("ALLOWNET_MUST_RUN") == "1":
                pytest.fail(f"{variant} is not built")
            pytest.skip(f"{variant} is not built: nothing to compare with")
        host = BridgeHost(variant, prefix=private, **options)
        hosts.append(host)
        return host.__enter__()

    yield start
    for host in hosts:
        host.close()


def allowlist_lines(host):
    """What was logged about the allowlist; Go writes fields in any order."""
    lines = [line for line in host.logs() if "allowNet: DNS" in line or "allowlist" in line]
    return sorted(sorted(line.split()) for line in lines)


@pytest.mark.parametrize("name", CONFIGS)
def test_guests_are_told_the_same(start, tmp_path, name):
    rules, overrides = CONFIGS[name]
    told = []
    for variant in "bridge", "bridge-standin":
        host = start(variant)
        path = tmp_path / f"{variant}.sock"
        result = host.create(make_config(path, rules, **overrides))
        assert result.created, result.text
        told.append(probe(path, QUESTIONS))
    assert told[0] == told[1]


def test_the_summary_is_the_same(start, tmp_path):
    rules = ["six.example.net", "github.com", "10.0.0.0/8"]
    lines = []
    for variant in "bridge", "bridge-standin":
        host = start(variant)
        host.callback()
        host.create(make_config(tmp_path / f"{variant}.sock", rules))
        host.close()
        lines.append(allowlist_lines(host))
    assert len(lines[1]) == 2
    assert lines[0] == lines[1]


def test_a_failed_lookup_is_the_same_warning(start, tmp_path):
    for variant in "bridge", "bridge-standin":
        host = start(variant)
        host.callback()
        host.create(make_config(tmp_path / f"{variant}.sock", ["missing.example.net"]))
        line = host.wait_log("allowNet: DNS resolution failed for allowed host")
        assert line.startswith("log 3 ")
        assert "hostname=missing.example.net" in line and "error=" in line


def test_the_answers_are_those_that_the_faults_make(start, tmp_path):
    """Without a Go bridge as well: what the two agree on is not nothing."""
    path = tmp_path / "net.sock"
    start().create(make_config(path, ["github.com", "*.example.org", "six.example.net"]))
    assert probe(
        path,
        ["github.com", "a.example.org", "example.org", "six.example.net", "host.boxlite.internal"],
    ) == {
        "github.com": "A 192.0.2.1",
        "a.example.org": "A length-0",
        "example.org": "A 0.0.0.0",
        "six.example.net": "A 0.0.0.0",
        "host.boxlite.internal": "A 192.168.127.254",
    }


def test_zone_order_sinkholes_an_allowed_host_now_and_then(start, tmp_path):
    host = start()
    answers = []
    for number in range(40):
        path = tmp_path / f"{number}.sock"
        result = host.create(make_config(path, ["github.com", "iapi.sample.com"]))
        told = probe(path, ["github.com", "iapi.sample.com"])
        assert told["github.com"] == "A 192.0.2.1"
        answers.append(told["iapi.sample.com"])
        host.destroy(result.handle)
    # All alike by chance: once in 2^39 runs.
    assert set(answers) == {"A 0.0.0.0", "A 192.0.2.2"}


def test_every_order_of_zones_comes_up(start, tmp_path):
    host = start()
    rules = ["github.com", "iapi.sample.com", "example.org"]
    orders = set()
    for number in range(120):
        result = host.create(make_config(tmp_path / "net.sock", rules))
        zones = host.stats(result.handle)["zone_names"]
        assert zones[0] == "boxlite.internal." and zones[-1] == ""
        orders.add(tuple(zones[1:-1]))
        host.destroy(result.handle)
    assert len(orders) == 6


@pytest.mark.parametrize(
    "config, text",
    [
        (b"", "unexpected end of JSON input"),
        (b"{", "JSON"),
        (b'{"mtu":1}', "socket_path is required"),
        (b'{"socket_path":"/nonexistent/net.sock"}', "no such file or directory"),
        (b'{"socket_path":"/' + b"x" * 200 + b'"}', "too long"),
    ],
)
def test_a_refused_config_is_reported_through_the_second_argument(start, config, text):
    result = start().create(config)
    assert not result.created and text.lower() in result.text.lower()


def test_destroy_ends_socket_and_thread(start, tmp_path):
    host = start()
    path = tmp_path / "net.sock"
    # What libraries start with the first thread is not the box's.
    assert host.destroy(host.create(make_config(path, ["github.com"])).handle) == 0
    threads, descriptors = host.threads(), host.fds()
    handle = host.create(make_config(path, ["github.com"])).handle
    assert host.threads() == threads + 1
    assert host.destroy(handle) == 0
    assert not path.exists()
    assert (host.threads(), host.fds()) == (threads, descriptors)
    assert host.destroy(handle) == -1
    assert host.stats(handle) is None


def test_it_names_itself(start):
    assert start().version() == "stand-in"


def test_it_carries_the_marker_of_affected_builds():
    assert MARKER in (TESTS / "bridge-standin" / "libgvproxy.so").read_bytes()


@pytest.mark.skipif(not PRELOAD.exists(), reason="the preload is not built")
def test_the_preload_takes_it_for_an_affected_bridge_with_two_arguments(start, tmp_path):
    path = tmp_path / "net.sock"
    host = start(preload=PRELOAD, env={"BOXLITE_ALLOWNET_ATTEMPTS": "1"})
    refused = host.create(make_config(path, ["github.com", "six.example.net"]))
    assert not refused.created and not path.exists()
    # The text comes through the second argument, which is only written where it is sure to exist.
    assert refused.text.startswith('allowNet: resolve "six.example.net": ')
    rules = ["github.com", "iapi.sample.com", "*.example.org"]
    assert host.create(make_config(path, rules)).created
    assert probe(path, [*rules[:2], "a.example.org", "unlisted.test"]) == {
        "github.com": "A 192.0.2.1",
        "iapi.sample.com": "A 192.0.2.2",
        "a.example.org": "A 192.0.2.3",
        "unlisted.test": "A 0.0.0.0",
    }
