"""Starts under load, repaired and not in turn: none stuck, none wrong.

ATTACH_STARTS=500 for the whole number; the distribution of times is printed (pytest -s), and decides
nothing. `make bench-attach` measures.
"""

import os
import statistics
import subprocess
import time

import pytest

RULES = ["github.com", "iapi.sample.com"]
PINS = {"github.com": ["192.0.2.1"], "iapi.sample.com": ["192.0.2.2"]}
RIGHT = {"github.com": "A 192.0.2.1", "iapi.sample.com": "A 192.0.2.2"}
STARTS = int(os.environ.get("ATTACH_STARTS", "50"))


@pytest.fixture
def load():
    """A busy loop for each core."""
    loops = [
        subprocess.Popen(["sh", "-c", "while :; do :; done"])
        for _ in range(len(os.sched_getaffinity(0)))
    ]
    yield
    for loop in loops:
        loop.kill()
        loop.wait()


def timed_start(start, hosts, right):
    begun = time.monotonic()
    with start(RULES, hosts) as box:
        assert box.wait_started(), box.stderr()
        took = (time.monotonic() - begun) * 1000
        if right is not None:
            assert box.ask(right) == right
    return took


def describe(name, times):
    cuts = statistics.quantiles(times, n=100)
    return (
        f"{name:10} n={len(times)} min={min(times):.1f} p10={cuts[9]:.1f} p50={cuts[49]:.1f} "
        f"p90={cuts[89]:.1f} p99={cuts[98]:.1f} max={max(times):.1f} ms"
    )


def test_starts_under_load(dns, start, version, load):
    dns.set_script("github.com answer 192.0.2.1\niapi.sample.com answer 192.0.2.2\n")
    controls, repaired = [], []
    for _ in range(STARTS):
        controls.append(timed_start(start, None, None))
        repaired.append(timed_start(start, PINS, RIGHT))
    print(f"\n{version}\n{describe('unrepaired', controls)}\n{describe('repaired', repaired)}")
