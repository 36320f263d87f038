"""0.8.x: its bridge puts its own unsorted zones first, so no configuration can put ours before."""

SCRIPT = "a.example answer 192.0.2.1\nb.example answer 192.0.2.2\ngithub.com answer 192.0.2.3\n"


def old(boxes, **more):
    repaired = boxes(variant="bridge-zonesfirst", **more)
    return repaired, lambda rules: repaired.config(rules, host_ip=None, dns_zones=[])


def test_rules_it_can_serve_pass_unchanged_once_they_resolve(dns, boxes):
    dns.set_script(SCRIPT)
    repaired, config = old(boxes, GODEBUG="netdns=cgo")
    made = config(["a.example", "b.example"])
    same, address, result = repaired.host.unchanged(made)
    assert result.created and same
    assert int(repaired.host.stats(result.handle)["config_address"], 16) == int(address, 16)
    assert len(dns.queries()) == 2  # the bridge's own lookups were answered from the pins


def test_rules_it_cannot_serve_are_refused_by_name(dns, boxes):
    dns.set_script(SCRIPT)
    repaired, config = old(boxes)
    result = repaired.host.create(config(["github.com", "a.sample.com", "*.example.org", "db"]))
    assert not result.created
    repaired.host.close()
    text = next(line for line in repaired.host.logs() if "0.8.x cannot serve" in line)
    for part in "github.com", "a.sample.com", "*.example.org", '"db"', "0.9.7":
        assert part in text
    assert dns.queries() == []


def test_a_host_that_fails_is_refused(dns, boxes):
    dns.set_script(SCRIPT)
    repaired, config = old(boxes)
    assert not repaired.host.create(config(["a.example", "gone.example"])).created
    repaired.host.close()
    assert any('resolve "gone.example": no such host' in line for line in repaired.host.logs())


def test_control_it_sinkholes_a_host_that_fails(dns, boxes):
    dns.set_script(SCRIPT)
    unrepaired, config = old(boxes, repaired=False)
    assert unrepaired.host.create(config(["a.example", "gone.example"])).created
