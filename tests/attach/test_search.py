"""What a guest of a published shim is told that asks as its libc does, with "search localdomain"."""

import pytest

from shimbox import IPV6_ONLY

RULES = ["github.com", "db", "*.noapex.example", "*.apex.example"]
PINS = {
    "github.com": ["192.0.2.1"],
    "db": ["192.0.2.40"],
    "noapex.example": IPV6_ONLY,
    "apex.example": ["192.0.2.43"],
}
RIGHT = {
    "github.com": "A 192.0.2.1",
    "db": "A 192.0.2.40",
    "x.apex.example": "A 192.0.2.43",
    "x.noapex.example": "NXDOMAIN",
    "other.boxlite.internal": "NXDOMAIN",
    "unlisted.example": "A 0.0.0.0",
    "unlisted": "A 0.0.0.0",
    "unlisted.local": "NXDOMAIN",
}


@pytest.mark.parametrize("libc", ["glibc", "musl"])
def test_a_guest_that_searches_is_told_right(dns, start, libc):
    dns.set_script("")  # nobody is asked
    with start(RULES, PINS, settings=["BOXLITE_ALLOWNET_WILDCARD=lenient"]) as box:
        assert box.wait_started(), box.stderr()
        assert box.ask(RIGHT, libc=libc) == RIGHT
    assert dns.queries() == []


@pytest.mark.parametrize("libc", ["glibc", "musl"])
def test_control_unrepaired_the_search_ends_at_the_sinkhole(dns, start, libc):
    """Whatever the shim makes of a rule: a single label is asked for below localdomain first, and
    what does not exist there is told to be 0.0.0.0."""
    dns.set_script("".join(f"{name} answer {ips[0]}\n" for name, ips in PINS.items() if ips != IPV6_ONLY))
    with start(RULES) as box:
        assert box.wait_started(), box.stderr()
        told = box.ask(["db", "db.localdomain.", "other.boxlite.internal"], libc=libc)
    assert told["db"] == told["db.localdomain."] == "A 0.0.0.0"
    assert told["other.boxlite.internal"] == ("A 0.0.0.0" if libc == "glibc" else "NXDOMAIN")
