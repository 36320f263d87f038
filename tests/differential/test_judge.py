"""The rule itself: that it sees what it is there to see, and that worlds are what they claim to be."""

import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import run  # noqa: E402
import boxes  # noqa: E402
import world as worlds  # noqa: E402
from draft import Name  # noqa: E402
from judge import Answer, judge  # noqa: E402
from kinds import KINDS  # noqa: E402

NAME = Name("h.example", "h.example", first={"10.0.0.1"}, also={"10.0.0.2"})
FOREIGN = Name("h.example", "h.example", first={"10.9.9.9"}, excuse="foreign owner")
TWICE = Name("h.example", "h.example", first={"10.0.0.1", "10.9.9.9"}, excuse="as it stands")
LAST = Name("h.example", "h.example", first={"10.0.0.1"}, late_excuse="searched last")
ZERO = Name("h.example", "h.example", first={"0.0.0.0", "10.0.0.1"})

RIGHT = Answer(["10.0.0.1", "10.0.0.2"], 100)
SECOND = Answer(["10.0.0.2"], 100)
STRANGE = Answer(["10.9.9.9"], 100)
NOTHING = Answer([], 100, "no such host")
SINKHOLE = Answer(["0.0.0.0"], 100)


@pytest.mark.parametrize(
    "name, go, ours, fault",
    [
        (NAME, RIGHT, RIGHT, ""),
        (NAME, RIGHT, NOTHING, "refused"),
        (NAME, RIGHT, SECOND, "other address"),
        (NAME, RIGHT, STRANGE, "stranger"),
        (NAME, RIGHT, Answer(["10.0.0.1"], 400), ""),
        (NAME, RIGHT, Answer(["10.0.0.1"], 401), "late"),
        (NAME, RIGHT, Answer([], 401), "refused"),
        (NAME, NOTHING, NOTHING, ""),
        (NAME, NOTHING, SECOND, ""),
        (NAME, NOTHING, STRANGE, "stranger"),
        (NAME, NOTHING, SINKHOLE, "stranger"),
        (NAME, Answer(["10.0.0.1"], 20_001), NOTHING, ""),
        (NAME, SECOND, RIGHT, "model"),
        (NAME, SINKHOLE, RIGHT, "model"),
        (ZERO, SINKHOLE, NOTHING, ""),
        (ZERO, RIGHT, NOTHING, "refused"),
        (ZERO, SINKHOLE, SINKHOLE, "stranger"),
        (ZERO, SINKHOLE, STRANGE, "stranger"),
        (FOREIGN, STRANGE, NOTHING, ""),
        (FOREIGN, STRANGE, STRANGE, "stranger"),
        (LAST, RIGHT, Answer(["10.0.0.1"], 5000), ""),
        (LAST, RIGHT, Answer([], 5000), "refused"),
        (TWICE, STRANGE, RIGHT, ""),
        (TWICE, STRANGE, NOTHING, "refused"),
    ],
)
def test_fault(name, go, ours, fault):
    assert judge(name, go, ours, go.ms).fault == fault


def test_the_time_is_that_of_all_names():
    assert judge(NAME, RIGHT, Answer(["10.0.0.1"], 1300), 1000).fault == ""
    assert judge(NAME, RIGHT, Answer(["10.0.0.1"], 1301), 1000).fault == "late"


def test_a_world_is_always_the_same():
    numbers = range(len(KINDS))
    assert [worlds.make(7, n) for n in numbers] == [worlds.make(7, n) for n in numbers]
    assert worlds.make(7, 0) != worlds.make(8, 0)
    assert {worlds.make(7, n).kind for n in numbers} == set(KINDS)


def control(kind, monkeypatch, command):
    """The fault of the first world of the kind, were ours something else."""
    monkeypatch.setitem(run.RESOLVERS, "ours", command)
    world = worlds.make(1, list(KINDS).index(kind))
    return run.run_once(world).fault


def reporting(addresses, seconds=0):
    """A command that reports these addresses for whatever it is asked."""
    program = (
        "import json, sys, time; time.sleep(%d); print(json.dumps({'refusal': '', 'hosts': ["
        "{'name': n, 'addresses': %r, 'cause': 'made up', 'elapsed_ms': 0} for n in sys.argv[1:]]}))"
    )
    return [sys.executable, "-B", "-c", program % (seconds, addresses)], {}


def test_control_a_refusal_is_seen(monkeypatch):
    assert control("plain", monkeypatch, reporting([])) == "refused"


def test_control_an_address_of_nobody_is_seen(monkeypatch):
    assert control("plain", monkeypatch, reporting(["10.66.66.66"])) == "stranger"
    assert control("dead", monkeypatch, reporting(["10.66.66.66"])) == "stranger"


def test_the_time_is_that_of_the_whole_command(monkeypatch):
    monkeypatch.setitem(run.RESOLVERS, "ours", reporting(["10.0.0.1"], seconds=1))
    answers = run.ask(worlds.make(1, list(KINDS).index("plain")))
    assert answers["ours"][0].ms >= 1000


def test_a_world_is_typed_in_from_its_description():
    command = [sys.executable, "-B", HERE / "run.py", "--describe", "--worlds", "0"]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    world = worlds.make(1, 0)
    assert all(part in text for part in [world.script, *world.files.values(), *world.listen])


def box(answer, ms=100, lines=()):
    """What box.py prints; None: the box did not start."""
    return {"ms": ms, "answers": {} if answer is None else {"h.example.": answer}, "lines": list(lines)}


@pytest.mark.parametrize(
    "plain, repaired, fault",
    [
        (box("A 10.0.0.1"), box("A 10.0.0.1"), ""),
        (box("A 10.0.0.1"), box(None), "h.example: unrepaired 10.0.0.1, repaired does not start: []"),
        (
            box("A 10.0.0.1"),
            box(None, lines=["[shim] main() entered", "Error: allowNet: why"]),
            "h.example: unrepaired 10.0.0.1, repaired does not start: Error: allowNet: why",
        ),
        (box("A 10.0.0.1"), box("A 0.0.0.0"), "h.example: unrepaired 10.0.0.1, repaired 0.0.0.0"),
        (box("A 10.0.0.1"), box("A 10.0.0.2"), "h.example: unrepaired 10.0.0.1, repaired 10.0.0.2"),
        (box("A 10.0.0.1"), box("NXDOMAIN"), "h.example: unrepaired 10.0.0.1, repaired NXDOMAIN"),
        (
            box("A 10.0.0.1"),
            box("A 10.0.0.1", ms=30_001, lines=["late"]),
            "h.example: unrepaired 10.0.0.1, repaired does not start: ['late']",
        ),
        (box("A 0.0.0.0"), box(None), ""),
        (box(None), box(None), ""),
        (box("A 10.0.0.1", ms=30_001), box(None), ""),
    ],
)
def test_fault_of_boxes(plain, repaired, fault):
    assert boxes.fault(NAME, plain, repaired) == fault


def test_quick_boxes_are_of_kinds_that_count():
    for kind in boxes.QUICK:
        assert boxes.counts(next(filter(boxes.counts, boxes.worlds_of(kind, 1))))
    assert len(boxes.QUICK) >= 12
