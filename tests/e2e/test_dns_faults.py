"""Every fault that a DNS server can show has its outcome: an address or a reason, and a bound."""

import pytest

from bridgehost import probe

# Once more after 300 ms of silence in each attempt; not where a busy machine has let those 300 ms
# and the attempt's 600 ms pass in one. tests/unit/test_schedule.c has a clock of its own for that.
SILENCE = range(4, 9)

# Script of the host, what becomes of it, A questions seen (None: not counted).
FAULTS = [
    ("answer 192.0.2.1", "192.0.2.1", 1),
    ("delay 100 answer 192.0.2.1", "192.0.2.1", 1),
    ("drop ; drop ; drop ; answer 192.0.2.1", "192.0.2.1", 4),
    ("drop", "no answer after 4 attempts", SILENCE),
    ("delay 5000 answer 192.0.2.1", "no answer after 4 attempts", SILENCE),
    ("nxdomain", "no such host (NXDOMAIN) after 4 attempts", 4),
    ("nxdomain ; answer 192.0.2.1", "192.0.2.1", 2),
    ("servfail ; answer 192.0.2.1", "192.0.2.1", 2),
    ("nodata", "no IPv4 address after 4 attempts", 4),
    ("nodata ; answer 192.0.2.1", "192.0.2.1", 2),
    ("aaaa-only 2001:db8::1", "only IPv6 addresses; the guest network is IPv4", 1),
    ("cname a.x,b.x,c.x,d.x:192.0.2.1", "192.0.2.1", 1),
    ("cname-dangling nowhere.x", "no IPv4 address after 4 attempts", 4),
    ("truncate answer 192.0.2.1", "192.0.2.1", 2),
    ("truncate-hang", "the answer needs TCP, and TCP to the nameserver failed after 4 attempts", None),
    ("wrong-id answer 192.0.2.66", "no answer after 4 attempts", SILENCE),
    ("wrong-question answer 192.0.2.66", "no answer after 4 attempts", SILENCE),
    ("wrong-id answer 192.0.2.66 ; answer 192.0.2.1", "192.0.2.1", 2),
    ("many 1000 10.0.0.1", "10.0.0.1", 2),
    ("sinkhole", "answered 0.0.0.0 (sinkholed upstream) after 4 attempts", 4),
    ("sinkhole ; answer 192.0.2.1", "192.0.2.1", 2),
    ("answer 0.0.0.0,192.0.2.1", "answered 0.0.0.0 (sinkholed upstream) after 4 attempts", 4),
    ("poison answer 192.0.2.1", "192.0.2.1", 1),
    ("answer 192.0.2.1,0.0.0.0", "192.0.2.1", 1),
    ("answer 192.0.2.3,192.0.2.1,192.0.2.2", "192.0.2.3", 1),
]


def outcome(boxes, host, **env):
    repaired = boxes(**env)
    config = repaired.config([host])
    result = repaired.host.create(config)
    if result.created:
        repaired.host.destroy(result.handle)
    return result


@pytest.mark.parametrize("script, expected, asked", FAULTS, ids=[fault[0] for fault in FAULTS])
def test_fault(dns, boxes, quiet_libc, script, expected, asked):
    dns.set_script(f"host.example {script}\n")
    # Attempts that end by themselves must not be cut short on a busy machine.
    repaired = boxes(GODEBUG="netdns=cgo", BOXLITE_ALLOWNET_TIMEOUT_MS="600")
    config = repaired.config(["host.example"])
    if expected[0].isdigit():
        result = repaired.host.create(config)
        assert result.created, result.text
        assert probe(config["socket_path"], ["host.example"]) == {"host.example": f"A {expected}"}
    else:
        result = repaired.host.create(config)
        assert result.text == f'allowNet: resolve "host.example": {expected}'
    assert result.ms < 4 * 600 + 130 + 5000
    if asked is not None:
        assert dns.count("host.example") in (asked if isinstance(asked, range) else [asked])


# Where c-ares does not tell its callers apart what happened, any of these is right; never success.
VAGUE = ["servfail", "refused", "notimp", "formerr", "garbage", "garbage-answer", "empty-datagram",
         "cname-loop other.x", "truncate-refuse"]


@pytest.mark.parametrize("script", VAGUE)
def test_fault_that_is_refused_in_any_case(dns, boxes, script):
    dns.set_script(f"host.example {script}\n")
    result = outcome(boxes, "host.example")
    assert not result.created
    assert result.text.startswith('allowNet: resolve "host.example": ')
    assert "after 4 attempts" in result.text
    print(f"{script}: {result.text}")


@pytest.mark.parametrize("script", VAGUE)
def test_fault_that_passes_is_made_up_for(dns, boxes, script):
    dns.set_script(f"host.example {script} ; answer 192.0.2.1\n")
    assert outcome(boxes, "host.example").created


def test_no_nameserver_is_said(boxes, etc):
    etc("resolv.conf", "")
    result = outcome(boxes, "host.example")
    assert not result.created
    assert "no nameserver in /etc/resolv.conf" in result.text


def test_a_search_domain_is_the_last_resort_and_told(dns, boxes, etc, quiet_libc):
    """As the unrepaired bridge does. A name that is there as it stands never gets that far."""
    dns.set_script(
        "*.corp.example answer 198.51.100.66\nhost.example nxdomain\n"
        "there.example answer 192.0.2.1\ndb nxdomain\n"
    )
    etc("resolv.conf", "nameserver 127.0.0.1\nsearch corp.example\n")
    repaired = boxes()
    names = ["host.example", "there.example", "db"]
    assert repaired.answers(names, ["host.example", "there.example"]) == {
        "host.example": "A 198.51.100.66",
        "there.example": "A 192.0.2.1",
    }
    assert dns.count("there.example.corp.example") == 0
    assert dns.count("host.example") == 4
    repaired.host.close()
    logs = repaired.host.logs()
    assert (
        "log 3 allowNet: host found through the search list hostname=host.example "
        "full_name=host.example.corp.example" in logs
    )
    assert (
        "log 2 allowNet: host found through the search list hostname=db "
        "full_name=db.corp.example" in logs
    )


def test_the_hosts_file_is_honoured(dns, boxes, etc):
    etc("hosts", "192.0.2.50 pinned.example\n")
    repaired = boxes(GODEBUG="netdns=cgo")
    assert repaired.answers(["pinned.example"], ["pinned.example"]) == {
        "pinned.example": "A 192.0.2.50"
    }
    assert dns.queries() == []


def test_own_nameservers_replace_the_systems(dns, boxes, etc):
    dns.set_script("host.example answer 192.0.2.1\n")
    etc("resolv.conf", "nameserver 127.0.0.99\n")
    assert outcome(boxes, "host.example", BOXLITE_ALLOWNET_SERVERS="127.0.0.1:53").created
