"""What explain computes is what Go's runtime does, for maps of many sizes."""

import subprocess

import pytest

from bridgehost import TESTS
from chance import LIMIT, agrees, likelihood

MAPS = 100000

# Total, and the positions of the zones that match.
EXACT = [
    (2, [0, 1]),
    (5, [1, 2, 4]),
    (8, [0, 7]),
    (8, [2, 3, 5]),
    (9, [0, 8]),
    (10, [3, 4, 9]),
    (12, [0, 5, 11]),
    (13, [2, 7, 11, 12]),
    (14, [12, 13]),
    (14, [0, 1, 12, 13]),
]
NEARLY = [
    (15, [4, 5, 9, 13]),
    (16, [1, 13]),
    (21, [4, 5, 13]),
    (28, [0, 27]),
    (28, [26, 27]),
    (28, [25, 26, 27]),
    (29, [0, 13]),
    (42, [5, 13, 27]),
    (56, [54, 55]),
    (57, [7, 12]),
    (112, [109, 110, 111]),
    (300, [10, 150, 299]),
    (1000, [3, 998]),
]


def runtime(total, entries, maps=MAPS):
    words = [str(word) for word in (total, maps, *entries)]
    out = subprocess.run(
        [TESTS / "map-order", *words], capture_output=True, text=True, check=True, timeout=120
    )
    return [int(line) for line in out.stdout.split()]


def computed(explain, total, entries):
    """The probabilities that explain gives zones at those positions, and their error."""
    labels = "abcdefgh"[: len(entries)]
    names = [".".join([*reversed(labels[:depth]), "nest"]) for depth in range(len(entries))]
    zones = {position: name for position, name in zip(entries, names)}
    rules = [f"host.{zones.get(position, f'other{position}.test')}" for position in range(total)]
    query = f"question.{names[-1]}"
    report = explain(rules, "--query", query, answers={rule: "192.0.2.1" for rule in rules})
    assert report["random_order"]["entries"] == total
    by_zone = {
        outcome["zone"]: outcome["probability"]
        for outcome in report["queries"][0]["without_repair"]
    }
    assert sum(by_zone.values()) == pytest.approx(1)
    return [by_zone[f"{name}."] for name in names], report["random_order"]["error"]


@pytest.mark.parametrize("total, entries", EXACT)
def test_up_to_14_zones_it_is_exact(explain, total, entries):
    probabilities, error = computed(explain, total, entries)
    counts = runtime(total, entries)
    print(total, entries, counts, probabilities)
    assert error == 0
    for count, probability in zip(counts, probabilities):
        assert agrees(count, MAPS, probability)


@pytest.mark.parametrize("total, entries", NEARLY)
def test_beyond_it_is_within_the_error_that_it_states(explain, total, entries):
    probabilities, error = computed(explain, total, entries)
    counts = runtime(total, entries, MAPS // 5 if total < 200 else 2000)
    print(total, entries, counts, probabilities)
    assert 0 < error <= 0.07
    for count, probability in zip(counts, probabilities):
        assert agrees(count, sum(counts), probability, error)


@pytest.mark.parametrize("total, entries", [(2, [0, 1]), (8, [0, 7]), (12, [0, 1])])
def test_control_a_shuffle_is_told_apart(total, entries):
    assert likelihood(runtime(total, entries)[0], MAPS, 1 / 2) < LIMIT


def test_control_a_position_off_by_one_is_told_apart(explain):
    wrong, _ = computed(explain, 12, [0, 6])
    assert likelihood(runtime(12, [0, 5], 5 * MAPS)[0], 5 * MAPS, wrong[0]) < LIMIT
