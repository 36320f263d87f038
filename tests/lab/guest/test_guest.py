"""The fault and its repair, seen from inside a booted box.

What is asked, is asked by programs of the guest: getent of Debian's libc, and a static client with
musl. Nothing here is timed. A machine that falls silent, and a box whose guest dies or never says a word, are
said and played once more, and then at a speed that no load can change: that is the emulator's. A wrong
answer never is.
"""

import collections
import json
import os
import re
from concurrent.futures import ThreadPoolExecutor

import pytest

import boxes
from boxes import CLOSED_ADDRESS, SECRET_ADDRESS, SECRET_HOST, SINKHOLE, Scenario, Story

RELEASES = os.environ.get("GUEST_RELEASES", "node-0.9.7").split()
BOXES = int(os.environ.get("GUEST_BOXES", "2"))
NONE = "none"

RULES = ["github.com", "iapi.sample.com", "*.example.org", "db", "API.Upper.example", "closed.example"]
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


def asking(names):
    return "; ".join(
        f'echo "getent {name} $(getent hosts {name})"; echo "musl {name} $(ask name {name})"'
        for name in names
    )


NAMES_COMMAND = asking((*RIGHT, NOT_LISTED_SINGLE))
# Enough to see whether a box is repaired: each kind of rule, and a name that has none.
FEW = ("iapi.sample.com", "www.example.org", "db", "elsewhere.net")
# (what, how to ask, what the listener says; None: the bridge ends the connection)
CONNECTIONS = [
    ("listed, right Host", "http 192.0.2.2 80 iapi.sample.com", "192.0.2.2 heard iapi.sample.com"),
    ("listed, wrong Host", "http 192.0.2.2 80 other.com", None),
    ("unlisted address, its own Host", "http 192.0.2.9 80 other.com", None),
    ("listed, right SNI", "tls 192.0.2.2 443 iapi.sample.com", "192.0.2.2 heard bytes"),
    ("listed, wrong SNI", "tls 192.0.2.2 443 other.com", None),
    ("listed, no SNI", "tls 192.0.2.2 443 -", None),
    ("another port", "http 192.0.2.2 8080 iapi.sample.com", None),
    ("listed, nobody listens", f"http {CLOSED_ADDRESS} 80 closed.example", None),
    ("by name", "http iapi.sample.com 80 iapi.sample.com", "192.0.2.2 heard iapi.sample.com"),
]
# The host alias: what the bridge does with it is the release's own affair.
ALIAS = "http host.boxlite.internal 8080 host.boxlite.internal"
CONNECTIONS_COMMAND = "; ".join(
    f'echo "{what}|$(ask {how})"' for what, how, *_ in (*CONNECTIONS, ("the host alias", ALIAS))
)


def told(record):
    """{(client, name): address} of a box's answers."""
    answers = {}
    for line in record["output"].splitlines():
        client, name, *rest = line.split()
        address = rest[0] if rest and re.fullmatch(r"[0-9.]+", rest[0]) else NONE
        answers[client, name] = address
    return answers


def tally(records):
    counts = collections.defaultdict(collections.Counter)
    for record in records:
        for key, address in told(record).items():
            counts[key][address] += 1
    return counts


def is_right(record):
    """Whether the box was told right of the few names."""
    assert told(record) == {(client, name): RIGHT[name] for client in ("getent", "musl") for name in FEW}, record
    return True


def needs(releases):
    if not boxes.machine_is_there(releases):
        pytest.skip("the machine is not there: tests/lab/guest/make-machine says why")


@pytest.fixture(scope="module")
def stories(request):
    """Those that the chosen tests want, at the same time, each on a machine of its own."""
    needs(RELEASES)
    wanted = {fixture for item in request.session.items for fixture in item.fixturenames}
    scenarios = {"pairs": pair_scenarios, "ways": way_scenarios}
    with ThreadPoolExecutor() as pool:
        yield {
            name: pool.submit(Story, make(), lambda line, name=name: print(f"{name}: {line}", flush=True))
            for name, make in scenarios.items() if name in wanted
        }


# ---- each release -------------------------------------------------------------------------------


def pair_scenarios():
    """Of each release, boxes without the repair and with it; more of the first release."""
    return [
        Scenario(
            f"{release} {way}", release, RULES, [NAMES_COMMAND, CONNECTIONS_COMMAND],
            repaired=way == "with", boxes=BOXES if release == RELEASES[0] else 1, after="python3 flags.py",
        )
        for release in RELEASES
        for way in ("without", "with")
    ]


@pytest.fixture(scope="module")
def pairs(stories):
    return stories["pairs"].result()


def keep(release, without, with_it):
    """For docs/evidence.md, and to be seen: what getent said."""
    path = boxes.MACHINE / "answers.json"
    answers = json.loads(path.read_text()) if path.exists() else {}
    answers[release] = {name: [counts["getent", name] for counts in (without, with_it)] for name in RIGHT}
    path.write_text(json.dumps(answers, indent=1) + "\n")
    print()
    for name, (before, after) in answers[release].items():
        print(f"{release}: getent hosts {name} -> {dict(before)} without, {dict(after)} with")


@pytest.mark.parametrize("release", RELEASES)
def test_the_symptom_is_there_without_and_gone_with_it(pairs, release):
    assert not pairs.of(f"{release} with", "error"), pairs.of(f"{release} with", "error")
    without, with_it = (tally(pairs.of(f"{release} {way}")[::2]) for way in ("without", "with"))
    keep(release, without, with_it)
    count = len(pairs.of(f"{release} with")) // 2
    assert count == (BOXES if release == RELEASES[0] else 1)
    # The control. Order is chance; the wildcard and the single label are not.
    assert without["getent", "www.example.org"] == {NONE: count}
    assert without["getent", "db"] == {SINKHOLE: count}
    for name, address in RIGHT.items():
        for client in "getent", "musl":
            assert with_it[client, name] == {address: count}, (client, name)
    for client in "getent", "musl":
        assert set(with_it[client, NOT_LISTED_SINGLE]) <= {SINKHOLE, NONE}


@pytest.mark.parametrize("release", RELEASES)
def test_the_machines_processor_keeps_its_flags(pairs, release):
    """Else guests die of the emulator (docs/evidence.md)."""
    for way in "without", "with":
        told_flags = only(pairs.of(f"{release} {way}", "shell"))["output"]
        assert '"right"' in told_flags or '"no cmpxchg16b"' in told_flags, told_flags


@pytest.mark.parametrize("release", RELEASES)
def test_a_listener_is_reached_by_the_rules_and_not_otherwise(pairs, release):
    def heard(record):
        return dict(line.split("|", 1) for line in record["output"].splitlines())

    control = heard(pairs.of(f"{release} without")[1])
    repaired = pairs.of(f"{release} with")[1::2]
    assert repaired
    for record in repaired:
        answers = heard(record)
        for what, _, right in CONNECTIONS:
            if right is None:
                assert answers[what].startswith(("closed", "connect", "write")), (what, answers[what])
            else:
                assert answers[what] == right, what
            if what != "by name":
                assert answers[what].partition(":")[0] == control[what].partition(":")[0], what
        assert answers["the host alias"] == control["the host alias"]


# ---- ways of using it, on the first release -----------------------------------------------------

VALUE = "value-that-nobody-else-may-have"
PLACEHOLDER = "<BOXLITE_SECRET:token>"
SECRETS = [{"name": "token", "value": VALUE, "hosts": [SECRET_HOST], "placeholder": PLACEHOLDER}]
SECRET_COMMAND = (
    f"wget -q -O - --no-check-certificate --header 'Authorization: {PLACEHOLDER}' https://{SECRET_HOST}/ 2>&1"
)
GONE = """
tries=0
while [ $tries -lt 60 ] && grep -qs boxlite-shim /proc/[0-9]*/cmdline; do sleep 1; tries=$((tries + 1)); done
python3 look.py processes
"""
HELD = f"""
echo "processes:"
python3 look.py processes
echo "holders: $(echo {VALUE} | python3 look.py holders)"
kill -9 $holder
echo "then:"
{GONE}"""
OVERLAY = "/opt/overlay"
BAD = ["dead.example", "six.example", "nx.example"]


def shim_log(home):
    return f"cat {home}/boxes/*/logs/boxlite-shim.log* | grep -a allowNet"


def way_scenarios():
    """Of the first release: hosts that are no use, and the ways in which a box can be run."""
    release = RELEASES[0]
    home = f"/root/{release}"
    shim = f"/root/.local/share/boxlite/runtimes/v{release.split('-')[1]}/boxlite-shim"

    def scenario(name, rules=None, commands=None, **more):
        return Scenario(name, release, rules or RULES, commands or [asking(FEW)], **more)

    return [
        scenario("hosts without", [*RULES, *BAD, "a.flaky.example"], [asking([*BAD, "a.flaky.example"])], repaired=False),
        scenario("dead", [*RULES, "dead.example"]),
        scenario("six", [*RULES, "six.example"]),
        scenario("nx", [*RULES, "nx.example"]),
        scenario("flaky", [*RULES, "b.flaky.example"], [asking(["b.flaky.example", "iapi.sample.com"])]),
        scenario("unjailed", jailed=False),
        scenario("stop and start", restart=True),
        scenario("left", leave=True),
        scenario("taken over", takes_over=True, repaired=False, with_last=True, after=GONE),
        scenario("observe", environment={"BOXLITE_ALLOWNET": "observe"}, keep=True, after=shim_log(home)),
        scenario("off", environment={"BOXLITE_ALLOWNET": "off"}),
        scenario("overlay", repaired=False, environment={"BOXLITE_RUNTIME_DIR": OVERLAY},
                 before=f"./boxlite-allownet overlay {OVERLAY} --shim {shim}"),
        *(
            scenario(f"secret {way}", [*RULES, SECRET_HOST], [SECRET_COMMAND, asking([SECRET_HOST])],
                     secrets=SECRETS, hold=True, after=HELD, repaired=way == "with")
            for way in ("without", "with")
        ),
        scenario("three", boxes=3, parallel=True),
    ]


@pytest.fixture(scope="module")
def ways(stories):
    return stories["ways"].result()


def only(records):
    assert len(records) == 1, records
    return records[0]


def test_unjailed(ways):
    assert is_right(only(ways.of("unjailed")))


def test_a_dead_an_ipv6_only_and_a_missing_host_are_refused_by_name(ways):
    """The control starts, and tells the guest the sinkhole."""
    answers = told(only(ways.of("hosts without")))
    assert {answers["getent", name] for name in BAD} == {SINKHOLE}
    for name, why in ("dead", "no answer after 4 attempts"), ("six", "only IPv6 addresses"), ("nx", ""):
        assert not ways.of(name, "started")
        message = only(ways.of(name, "error"))["message"]
        assert f'allowNet: resolve "{name}.example": {why}' in message, message


def test_a_flaky_host_is_resolved(ways):
    assert told(only(ways.of("hosts without")))["getent", "a.flaky.example"] == SINKHOLE
    answers = told(only(ways.of("flaky")))
    assert answers["getent", "b.flaky.example"] == "192.0.2.4"
    assert answers["getent", "iapi.sample.com"] == "192.0.2.2"


def test_stopped_and_started_again(ways):
    assert only(ways.of("stop and start", "started again"))
    assert [is_right(record) for record in ways.of("stop and start")] == [True, True]


def test_three_boxes_at_once(ways):
    records = ways.of("three")
    assert {record["box"] for record in records} == {0, 1, 2} and all(map(is_right, records))


def test_detached_and_taken_over_by_another_process(ways):
    assert is_right(only(ways.of("left")))
    assert is_right(only(ways.of("taken over")))
    assert only(ways.of("taken over", "shell"))["output"] == ""


def test_observed_it_says_and_changes_nothing(ways):
    answers = told(only(ways.of("observe")))
    assert answers["getent", "db"] == SINKHOLE and answers["getent", "www.example.org"] == NONE
    assert "allowNet: zones" in only(ways.of("observe", "shell"))["output"]


def test_switched_off_it_changes_nothing(ways):
    answers = told(only(ways.of("off")))
    assert answers["getent", "db"] == SINKHOLE and answers["getent", "www.example.org"] == NONE


def test_overlay(ways):
    assert is_right(only(ways.of("overlay")))


def test_a_secret_is_replaced_and_we_keep_no_copy(ways):
    for way in "without", "with":
        answer = ways.of(f"secret {way}")[0]["output"]
        assert answer.strip() == f"{SECRET_ADDRESS} heard {SECRET_HOST} {VALUE}", (way, answer)
    without, with_it = (only(ways.of(f"secret {way}", "shell"))["output"] for way in ("without", "with"))
    holders = re.compile(r"^holders: (.*)$", re.M)
    assert holders.search(without).group(1), without
    assert holders.search(with_it).group(1) == holders.search(without).group(1)


def test_processes_are_the_controls_with_a_box_and_after_its_sdk_was_killed(ways):
    without, with_it = (only(ways.of(f"secret {way}", "shell"))["output"] for way in ("without", "with"))
    assert "libkrun of bwrap: alive" in without, without
    assert with_it == without
    assert with_it.partition("then:\n")[2] == ""
