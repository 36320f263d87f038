"""What explain says is what boxes of the published shims get, unrepaired."""

import os

import pytest

from shimbox import ShimBox, make_spec
from test_outcomes import told_all

# Each of the answers comes in one start of 16 or more often: that none of so many has it is no chance.
STARTS = int(os.environ.get("EXPLAIN_STARTS", "150"))

RULES = [
    "github.com",
    "iapi.sample.com",
    "*.example.org",
    "api.example.org",
    "v1.api.example.org",
    "gone.test",
    "192.0.2.40:443",
]
NAMES = [
    "github.com", "iapi.sample.com", "www.example.org", "api.example.org", "v1.api.example.org", "gone.test",
    "host.boxlite.internal",
]  # fmt: skip


@pytest.fixture(name="hosts")
def fixture_hosts(etc):
    names = [name.removeprefix("*.") for name in RULES if name[0].isalpha() or name[0] == "*"]
    names.remove("gone.test")
    lines = [f"192.0.2.{number} {name}" for number, name in enumerate(names, 1)]
    etc("hosts", "127.0.0.1 localhost\n" + "\n".join(lines) + "\n")
    etc("resolv.conf", "nameserver 127.0.0.1\n")


def test_starts_are_told_what_explain_says(hosts, explain, tmp_path_factory, version):
    place = tmp_path_factory.mktemp("b")  # short: a socket's path has at most 107 bytes
    queries = [word for name in NAMES for word in ("--query", name)]
    report = explain(make_spec(version, place, RULES), *queries, BOXLITE_ALLOWNET_BACKOFF_MS=1)
    assert report["taken_for"] == "spec"
    assert sum(zone["random_order"] for zone in report["zones"]["without_repair"]) == 5
    expected = {query["name"]: told_all(query["without_repair"]) for query in report["queries"]}
    seen = {name: set() for name in NAMES}
    for number in range(STARTS):
        with ShimBox(version, place / str(number), RULES) as box:
            assert box.wait_started(), box.stderr()
            for name, answer in box.ask(NAMES).items():
                assert answer in expected[name], name
                seen[name].add(answer)
        if seen == expected and number >= 20:
            break
    assert seen == expected
