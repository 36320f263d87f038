"""The guest's search list: what a guest is told that asks as its libc does, through the real matcher.

boxlite's guest agents write "search localdomain" into the guest's resolv.conf, and every
configuration has the search domain "local".
"""

import pytest

SCRIPT = """
github.com answer 192.0.2.1
db answer 192.0.2.40
printer.local answer 192.0.2.41
a.b.localdomain answer 192.0.2.42
apex.example answer 192.0.2.43
noapex.example nodata
corp.test answer 192.0.2.44
*.localdomain nxdomain
"""
RULES = [
    "github.com",
    "db",
    "printer.local",
    "a.b.localdomain",
    "*.apex.example",
    "*.noapex.example",
]
RIGHT = {
    "github.com": "A 192.0.2.1",
    "db": "A 192.0.2.40",
    "printer.local": "A 192.0.2.41",
    "a.b.localdomain": "A 192.0.2.42",
    "x.apex.example": "A 192.0.2.43",
    # Not found stays not found.
    "x.noapex.example": "NXDOMAIN",
    "other.boxlite.internal": "NXDOMAIN",
    "unlisted.local": "NXDOMAIN",
    "unlisted.localdomain": "NXDOMAIN",
    # What no rule lists is denied.
    "unlisted.example": "A 0.0.0.0",
    "unlisted": "A 0.0.0.0",
    "host.boxlite.internal": "A 192.168.127.254",
}
LENIENT = {"BOXLITE_ALLOWNET_WILDCARD": "lenient"}
LIBCS = ["glibc", "musl"]


def zone(name, default_ip="0.0.0.0", **records):
    records = [{"name": label, "ip": ip} for label, ip in records.items()]
    return {"name": name, "records": records, "default_ip": default_ip}


# The zones of these rules as they would be if nobody thought of the search list.
WITHOUT = [
    zone("boxlite.internal.", "", host="192.168.127.254"),
    zone("noapex.example.", ""),
    zone("apex.example.", "192.0.2.43"),
    zone("b.localdomain.", a="192.0.2.42"),
    zone("local.", printer="192.0.2.41"),
    zone("com.", github="192.0.2.1"),
    zone("", db="192.0.2.40"),
]


@pytest.mark.parametrize("libc", LIBCS)
def test_a_guest_that_searches_is_told_right(dns, boxes, libc):
    dns.set_script(SCRIPT)
    assert boxes(**LENIENT).answers(RULES, RIGHT, libc=libc) == RIGHT


@pytest.mark.parametrize("libc", LIBCS)
def test_control_without_a_zone_for_it_the_sinkhole_ends_the_search(dns, boxes, libc):
    """Those zones on a bridge that takes them as they are."""
    dns.set_script(SCRIPT)
    told = boxes(repaired=False).answers(RULES, RIGHT, libc=libc, dns_zones=WITHOUT)
    wrong = {name for name in RIGHT if told[name] != RIGHT[name]}
    sinkholed = {"db", "unlisted.local", "unlisted.localdomain"}
    if libc == "glibc":  # musl asks for no other name where the first has a dot
        sinkholed |= {"x.noapex.example", "other.boxlite.internal"}
    assert wrong == sinkholed
    assert {told[name] for name in wrong} == {"A 0.0.0.0"}


@pytest.mark.parametrize("libc", LIBCS)
def test_search_domains_of_the_configuration(dns, boxes, libc):
    """A configured zone of such a name keeps its default, a wildcard above it reaches into it."""
    dns.set_script(SCRIPT)
    rules = ["db", "*.corp.test"]
    zones = [{"name": "conf.test.", "records": [], "default_ip": "203.0.113.9"}]
    expected = {
        "db": "A 192.0.2.40",
        "x.svc.corp.test": "A 192.0.2.44",
        "x.conf.test": "A 203.0.113.9",
        "x.none.test": "NXDOMAIN",
        "x.y.none.test": "NXDOMAIN",
        "none.test": "A 0.0.0.0",
    }
    told = boxes().answers(
        rules,
        expected,
        libc=libc,
        dns_zones=zones,
        dns_search_domains=["svc.corp.test", "conf.test", "none.test", "", "."],
    )
    assert told == expected


def test_a_wildcard_for_the_guests_domain_answers_what_it_searches_for(dns, boxes):
    """Who lists *.localdomain lists what libc makes of each single label, as on any host."""
    dns.set_script("localdomain answer 192.0.2.50\ndb answer 192.0.2.40\n")
    expected = {"db": "A 192.0.2.50", "db.": "A 192.0.2.40", "any": "A 192.0.2.50"}
    assert boxes().answers(["db", "*.localdomain"], expected) == expected


def test_observing_leaves_the_search_as_it_is(dns, boxes):
    dns.set_script(SCRIPT)
    observing = boxes(BOXLITE_ALLOWNET="observe", **LENIENT)
    assert observing.answers(RULES, ["db", "db."]) == {"db": "A 0.0.0.0", "db.": "A 0.0.0.0"}
    assert "would be repaired" in observing.host.wait_log("allowNet: zones would be repaired")
