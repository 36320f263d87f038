"""The faults that the stand-in bridge is there for, seen from the guest.

These are the control side of every test that shows a fault gone.
"""

import pytest
from bridgehost import make_config, probe


def test_zone_order_sinkholes_an_allowed_host_now_and_then(start, tmp_path):
    # Go begins a small map at one of eight places: the zone that was added first comes first in
    # seven of eight. Taking turns makes both outcomes certain enough.
    host = start()
    rules = ["github.com", "iapi.sample.com"]
    answers = []
    for number in range(40):
        path = tmp_path / f"{number}.sock"
        rules.reverse()
        result = host.create(make_config(path, rules))
        assert result.created
        told = probe(path, rules)
        assert told["github.com"] == "A 192.0.2.1"
        answers.append(told["iapi.sample.com"])
        host.destroy(result.handle)
    assert set(answers) == {"A 0.0.0.0", "A 192.0.2.2"}


def test_names_below_a_wildcard_get_a_record_without_address(start, tmp_path):
    path = tmp_path / "net.sock"
    start().create(make_config(path, ["*.example.org"]))
    assert probe(path, ["a.example.org", "a.b.example.org", "example.org"]) == {
        "a.example.org": "A length-0",
        "a.b.example.org": "A length-0",
        "example.org": "A 0.0.0.0",
    }


@pytest.mark.parametrize("name", ["missing.example.net", "six.example.net"])
def test_a_host_without_ipv4_address_is_sinkholed_and_create_succeeds(start, tmp_path, name):
    path = tmp_path / "net.sock"
    host = start()
    assert host.create(make_config(path, ["github.com", name])).created
    assert probe(path, ["github.com", name]) == {"github.com": "A 192.0.2.1", name: "A 0.0.0.0"}


def test_a_failed_lookup_is_a_warning_and_one_zone_less(start, tmp_path):
    host = start()
    host.callback()
    host.create(make_config(tmp_path / "net.sock", ["github.com", "missing.example.net"]))
    warning = host.wait_log("allowNet: DNS resolution failed for allowed host")
    assert warning.startswith("log 3 ") and "hostname=missing.example.net" in warning
    summary = host.wait_log("allowNet: DNS sinkhole configured")
    assert summary.startswith("log 2 ")
    assert {"allow_zones=1", "total_zones=2"} <= set(summary.split())


@pytest.mark.parametrize(
    "rule, asked", [("db", "db"), ("GitHub.com", "github.com"), ("github.com.", "github.com")]
)
def test_a_spelling_the_matcher_cannot_meet_is_sinkholed(start, tmp_path, rule, asked):
    path = tmp_path / "net.sock"
    start().create(make_config(path, [rule]))
    assert probe(path, [asked]) == {asked: "A 0.0.0.0"}


def test_configured_zones_come_first_and_the_rest_is_sinkholed(start, tmp_path):
    path = tmp_path / "net.sock"
    start().create(make_config(path, ["github.com", "10.0.0.0/8", "192.0.2.9", " "]))
    expected = {
        "host.boxlite.internal": "A 192.168.127.254",
        "other.boxlite.internal.": "NXDOMAIN",
        "unlisted.test": "A 0.0.0.0",
    }
    assert probe(path, expected) == expected


@pytest.mark.parametrize("libc, told", [("glibc", "A 0.0.0.0"), ("musl", "NXDOMAIN")])
def test_a_guest_that_searches_ends_at_the_sinkhole(start, tmp_path, libc, told):
    """Where there is no such name it looks below localdomain, and is told an address there."""
    path = tmp_path / "net.sock"
    start().create(make_config(path, ["github.com"]))
    assert probe(path, ["other.boxlite.internal", "db"], libc=libc) == {
        "other.boxlite.internal": told,
        "db": "A 0.0.0.0",
    }
    assert probe(path, ["db.localdomain."]) == {"db.localdomain.": "A 0.0.0.0"}
