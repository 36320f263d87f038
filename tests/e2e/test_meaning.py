"""What an allowlist means, asked by a guest through the real matcher."""

import json
import os
import subprocess

import pytest

from bridgehost import BUILD

SCRIPT = """
github.com answer 192.0.2.1
example.org answer 192.0.2.10,192.0.2.11
deep.example.org answer 192.0.2.20
one.example.org answer 192.0.2.30
db answer 192.0.2.40
"""


def test_control_a_wildcard_answers_with_nothing(dns, boxes):
    dns.set_script(SCRIPT)
    unrepaired = boxes(repaired=False)
    for _ in range(3):
        answers = unrepaired.answers(["*.example.org"], ["a.example.org", "example.org"])
        assert answers == {"a.example.org": "A length-0", "example.org": "A 0.0.0.0"}


def test_wildcards_exact_rules_and_the_rest(dns, boxes):
    dns.set_script(SCRIPT)
    rules = ["*.example.org", "one.example.org", "*.deep.example.org", "GitHub.com", "db"]
    expected = {
        "a.example.org": "A 192.0.2.10",
        "a.b.example.org": "A 192.0.2.10",
        "one.example.org": "A 192.0.2.30",
        "x.one.example.org": "A 192.0.2.10",
        "deep.example.org": "A 192.0.2.10",
        "x.deep.example.org": "A 192.0.2.20",
        "example.org": "A 0.0.0.0",
        "github.com": "A 192.0.2.1",
        "GitHub.com": "A 192.0.2.1",
        "db": "A 192.0.2.40",
        "host.boxlite.internal": "A 192.168.127.254",
        "other.boxlite.internal": "NXDOMAIN",
        "unlisted.com": "A 0.0.0.0",
    }
    assert boxes().answers(rules, expected) == expected


def test_a_name_is_looked_up_once_and_a_configured_one_never(dns, boxes):
    """The bridge's own lookups come after ours; here they are kept off the network by our pins."""
    dns.set_script(SCRIPT)
    repaired = boxes(GODEBUG="netdns=cgo")
    rules = ["github.com", "GITHUB.COM", "github.com:443", "github.com.", "host.boxlite.internal"]
    assert repaired.create(rules).created
    assert [(query.type, query.name.lower()) for query in dns.queries()] == [("A", "github.com")]


@pytest.mark.parametrize("mode", ["strict", "lenient"])
def test_a_wildcard_whose_domain_has_no_address(dns, boxes, mode):
    dns.set_script("empty.example nodata\n")
    repaired = boxes(BOXLITE_ALLOWNET_WILDCARD=mode)
    if mode == "strict":
        result = repaired.create(["*.empty.example"])
        assert not result.created
        assert 'resolve "empty.example" (the domain of a wildcard): no IPv4 address' in result.text
    else:
        answers = repaired.answers(["*.empty.example"], ["x.empty.example"])
        assert answers == {"x.empty.example": "NXDOMAIN"}


def test_random_rules_mean_through_the_real_matcher_what_the_model_says(dns, boxes):
    """random-rules prints rule sets, answers and questions, and the model's answer to each."""
    seed = os.environ.get("TEST_SEED", "1")
    lines = subprocess.run(
        [BUILD / "tests/random-rules", seed, "300"], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    assert len(lines) == 300
    quiet = {"BOXLITE_ALLOWNET_LOG": "error", "BOXLITE_ALLOWNET_ATTEMPTS": "1"}
    strict = boxes(**quiet)
    lenient = boxes(BOXLITE_ALLOWNET_WILDCARD="lenient", **quiet)
    asked = 0
    for case in map(json.loads, lines):
        dns.set_script("".join(f"{name} answer {ip}\n" for name, ip in case["answers"].items()))
        answers = (lenient if case["lenient"] else strict).answers(
            case["allow_net"],
            [f"{name}." for name in case["queries"]],
            dns_zones=case["dns_zones"],
            dns_search_domains=case["dns_search_domains"],
        )
        expected = {
            f"{name}.": "NXDOMAIN" if answer == "NXDOMAIN" else f"A {answer}"
            for name, answer in case["expected"].items()
        }
        asked += len(expected)
        assert answers == expected, f"random-rules {case['seed']}"
    print(f"300 rule sets, {asked} questions")
    assert asked > 1000
