"""A bridge on libc's resolver asks getaddrinfo after our plan, and is answered from its pins. For one on
Go's own see tests/golookups."""

import pytest

from bridgehost import probe

SCRIPT = """
github.com answer 192.0.2.1,192.0.2.2
example.org answer 192.0.2.3
"""
RULES = ["github.com", "*.example.org"]
CGO = {"GODEBUG": "netdns=cgo"}


def test_control_the_bridge_asks_by_itself(dns, boxes):
    dns.set_script(SCRIPT)
    assert boxes(repaired=False, **CGO).create(RULES).created
    assert dns.count("github.com", "A") == 1
    assert dns.count("github.com", "AAAA") == 1


def test_the_bridge_is_answered_from_the_pins(dns, boxes):
    dns.set_script(SCRIPT)
    assert boxes(**CGO).create(RULES).created
    assert [(query.type, query.name) for query in dns.queries()] == [
        ("A", "github.com"), ("A", "example.org"),
    ]


def test_the_bridge_gets_every_address(dns, boxes):
    """Its debug lines name what it was given."""
    dns.set_script(SCRIPT)
    repaired = boxes(**CGO)
    assert repaired.create(RULES).created
    repaired.host.close()
    given = [line for line in repaired.host.logs() if "resolved and added DNS record" in line]
    assert sum("ip=192.0.2.1" in line for line in given) == 1
    assert sum("ip=192.0.2.2" in line for line in given) == 1


def test_the_pins_end_with_the_create(dns, boxes):
    """The bridge's DNS server forwards what no zone has; that lookup reaches the network."""
    dns.set_script("github.com answer 192.0.2.1 ; answer 192.0.2.2\n")
    repaired = boxes(**CGO)
    for address in "192.0.2.1", "192.0.2.2":
        assert repaired.answers(["github.com"], ["github.com"]) == {"github.com": f"A {address}"}


@pytest.mark.parametrize("resolver", ["go", "cgo"])
def test_creates_at_once_resolve_for_themselves(dns, boxes, resolver):
    dns.set_script("".join(f"h{i}.example delay 50 answer 192.0.2.{i}\n" for i in range(1, 17)))
    repaired = boxes(GODEBUG=f"netdns={resolver}")
    configs = [repaired.config([f"h{i}.example", f"h{i % 16 + 1}.example"]) for i in range(1, 17)]
    results = repaired.host.parallel(configs)
    for i, (config, result) in enumerate(zip(configs, results), start=1):
        assert result.created, result.text
        names = [f"h{i}.example.", f"h{i % 16 + 1}.example.", f"h{(i + 7) % 16 + 1}.example."]
        answers = probe(config["socket_path"], names)
        assert answers == {
            names[0]: f"A 192.0.2.{i}",
            names[1]: f"A 192.0.2.{i % 16 + 1}",
            names[2]: "A 0.0.0.0",
        }
    # Each create asks for its two hosts itself: nothing is shared, nothing cached.
    assert sum(query.type == "A" for query in dns.queries()) == 32
