"""What explain computes is what boxes of the published shims get, unrepaired."""

import collections
import os

import pytest

from chance import agrees, likelihood
from shimbox import ShimBox, make_spec
from test_frequencies import distribution

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


def test_frequencies_of_starts(hosts, explain, tmp_path_factory, version):
    counters = {name: collections.Counter() for name in NAMES}
    place = tmp_path_factory.mktemp("b")  # short: a socket's path has at most 107 bytes
    for number in range(STARTS):
        with ShimBox(version, place / str(number), RULES) as box:
            assert box.wait_started(), box.stderr()
            for name, answer in box.ask(NAMES).items():
                counters[name][answer] += 1
    queries = [word for name in NAMES for word in ("--query", name)]
    report = explain(make_spec(version, place, RULES), *queries, BOXLITE_ALLOWNET_BACKOFF_MS=1)
    assert report["taken_for"] == "spec" and report["random_order"]["entries"] == 5
    for query in report["queries"]:
        counted = counters[query["name"]]
        expected = distribution(query["without_repair"])
        print(f"{version}: {query['name']}: {dict(counted)} of {STARTS}, computed {expected}")
        assert set(counted) <= set(expected)
        for answer, probability in expected.items():
            assert agrees(counted[answer], STARTS, probability), answer
    # As a shuffle would not have it; fewer than one of 10**8 right counts of 150 is this near to one.
    assert likelihood(counters["iapi.sample.com"]["A 0.0.0.0"], STARTS, 1 / 2) < 1e-6
