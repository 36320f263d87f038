"""The fault and its repair, seen from inside a booted box.

The boxes, their rules and names are those of README's table; what is asked, is asked by programs of
the guest: getent of Debian's libc, and a static client with musl. Nothing here is timed. A machine
that falls silent, and a box whose guest never answers with an empty console, are said and run once
more: that is the emulator's. A wrong answer never is.
"""

import collections
import os
import re

import pytest

import boxes
from boxes import NONE, SINKHOLE, Scenario

RELEASES = os.environ.get("GUEST_RELEASES", "node-0.9.7").split()
BOXES = int(os.environ.get("GUEST_BOXES", "2"))

RULES = ["github.com", "iapi.sample.com", "*.example.org", "db", "API.Upper.example"]
RIGHT = {
    "github.com": "192.0.2.1",
    "iapi.sample.com": "192.0.2.2",
    "www.example.org": "192.0.2.3",
    "db": "192.0.2.4",
    "API.Upper.example": "192.0.2.5",
    "api.upper.example": "192.0.2.5",
    "other.com": SINKHOLE,
    "elsewhere.net": SINKHOLE,
    "host.boxlite.internal": "192.168.127.254",
}
NOT_LISTED_SINGLE = "unlisted"

NAMES_COMMAND = "; ".join(
    f'echo "getent {name} $(getent hosts {name})"; echo "musl {name} $(ask name {name})"'
    for name in (*RIGHT, NOT_LISTED_SINGLE)
)
# (what, how to ask, what the listener says; None: the bridge ends the connection)
CONNECTIONS = [
    ("listed, right Host", "http 192.0.2.2 80 iapi.sample.com", "192.0.2.2 heard iapi.sample.com"),
    ("listed, wrong Host", "http 192.0.2.2 80 other.com", None),
    ("unlisted address, its own Host", "http 192.0.2.9 80 other.com", None),
    ("listed, right SNI", "tls 192.0.2.2 443 iapi.sample.com", "192.0.2.2 heard bytes"),
    ("listed, wrong SNI", "tls 192.0.2.2 443 other.com", None),
    ("listed, no SNI", "tls 192.0.2.2 443 -", None),
    ("another port", "http 192.0.2.2 8080 iapi.sample.com", None),
    ("by name", "http iapi.sample.com 80 iapi.sample.com", "192.0.2.2 heard iapi.sample.com"),
]
CONNECTIONS_COMMAND = "; ".join(
    f'echo "{what}|$(ask {how})"' for what, how, _ in CONNECTIONS
)


def told(record):
    """{(client, name): address} of a box's answers."""
    answers = {}
    for line in record["output"].splitlines():
        client, name, *rest = line.split()
        address = rest[0] if rest and re.fullmatch(r"[0-9.]+", rest[0]) else NONE
        answers[client, name] = address
    return answers


class Machine:
    """The records of one boot, by scenario."""

    def __init__(self, scenarios):
        self.records, self.console = boxes.run(scenarios)
        if not any("machine done" in line for line in self.console):
            print("the machine fell silent; once more")
            self.records, self.console = boxes.run(scenarios)

    def of(self, scenario, event="output"):
        return [r for r in self.records if (r["scenario"], r["event"]) == (scenario, event)]


def needs(releases):
    if not boxes.machine_is_there(releases):
        pytest.skip("the machine is not there: tests/lab/guest/make-machine says why")


@pytest.fixture(scope="module")
def pairs():
    """Of each release, boxes without the repair and with it."""
    needs(RELEASES)
    commands = [NAMES_COMMAND, CONNECTIONS_COMMAND]
    return Machine([
        Scenario(f"{release} {way}", release, RULES, commands, repaired=way == "with", boxes=BOXES)
        for release in RELEASES
        for way in ("without", "with")
    ])


def tally(records):
    counts = collections.defaultdict(collections.Counter)
    for record in records[::2]:
        for key, address in told(record).items():
            counts[key][address] += 1
    return counts


@pytest.mark.parametrize("release", RELEASES)
def test_the_symptom_is_there_without_and_gone_with_it(pairs, release):
    assert not pairs.of(f"{release} with", "error"), pairs.of(f"{release} with", "error")
    without, with_it = (tally(pairs.of(f"{release} {way}")) for way in ("without", "with"))
    print()
    for client, name in with_it:
        before, after = (dict(counts[client, name]) for counts in (without, with_it))
        print(f"{release}: {client} {name} -> {before} without, {after} with")
    # The control. Order is chance; the wildcard and the single label are not.
    assert without["getent", "www.example.org"] == {NONE: BOXES}
    assert without["getent", "db"] == {SINKHOLE: BOXES}
    for name, address in RIGHT.items():
        for client in "getent", "musl":
            assert with_it[client, name] == {address: BOXES}, (client, name)
    for client in "getent", "musl":
        assert set(with_it[client, NOT_LISTED_SINGLE]) <= {SINKHOLE, NONE}


@pytest.mark.parametrize("release", RELEASES)
def test_a_listener_is_reached_by_the_rules_and_not_otherwise(pairs, release):
    """The first address of each control box is the one that the guest would ask for."""
    for record in pairs.of(f"{release} with")[1::2]:
        heard = dict(line.split("|", 1) for line in record["output"].splitlines())
        for what, _, right in CONNECTIONS:
            if right is None:
                assert heard[what].startswith(("closed", "connect", "write")), (what, heard[what])
            else:
                assert heard[what] == right, what
