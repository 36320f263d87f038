"""Fault 3: zones in random order. `com.` of github.com hides `sample.com.` of iapi.sample.com."""

import pytest

RULES = ["github.com", "iapi.sample.com"]
SCRIPT = "github.com answer 192.0.2.1\niapi.sample.com answer 192.0.2.2\nb.example answer 192.0.2.3\n"


def wrong_answers(boxes, creates):
    """How many of `creates` boxes tell their guest something else than the two addresses. Rules
    come in both orders: Go's small maps favour the zone that was put in first."""
    wrong = 0
    for number in range(creates):
        rules = RULES if number % 2 else RULES[::-1]
        answers = boxes.answers(rules, ["github.com", "iapi.sample.com"])
        wrong += answers != {"github.com": "A 192.0.2.1", "iapi.sample.com": "A 192.0.2.2"}
    return wrong


def test_control_an_allowed_host_is_sinkholed_in_some_boxes(dns, boxes):
    dns.set_script(SCRIPT)
    wrong = wrong_answers(boxes(repaired=False), 40)
    print(f"unrepaired: {wrong} of 40 creates sinkhole an allow-listed host")
    assert wrong > 0


def test_no_create_gives_a_wrong_answer(dns, boxes):
    dns.set_script(SCRIPT)
    assert wrong_answers(boxes(), 200) == 0


@pytest.mark.parametrize("hosts", [[], ["github.com"], [*RULES, "b.example", "host.boxlite.internal"]])
def test_the_root_is_last(dns, boxes, hosts):
    dns.set_script(SCRIPT)
    repaired = boxes()
    result = repaired.create(hosts)
    zones = repaired.host.stats(result.handle)["zone_names"]
    if not hosts:
        assert "" not in zones  # no allow_net: the bridge adds nothing, and neither do we
        return
    ours = zones[: zones.index("") + 1]
    assert ours[-1] == ""
    assert [len(name) for name in ours] == sorted((len(name) for name in ours), reverse=True)


def test_the_more_specific_zone_comes_first(dns, boxes):
    dns.set_script(SCRIPT)
    repaired = boxes()
    result = repaired.create(RULES)
    zones = repaired.host.stats(result.handle)["zone_names"]
    assert zones.index("sample.com.") < zones.index("com.") < zones.index("")
