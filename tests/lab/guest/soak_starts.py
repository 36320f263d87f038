"""Starts the shim of one box many times without and with the repair, until the guest's agent runs (replay.py):
ten times as many starts as soak.py has boxes, to see why a guest dies before it says a word.

usage: soak_starts.py COUNT [--seed SEED]

COUNT of each kind in all; what an earlier run left in BUILD/lab/guest/starts/results is part of it. The consoles
of machines in which a start failed lie beside them.
"""

import argparse
import collections
import json
import random
import sys

import boxes
from boxes import Scenario
from console import listen, start
from soak import RULES, bounds

RELEASE = "node-0.9.7"
SHIM = f"/root/.local/share/boxlite/runtimes/v{RELEASE.split('-')[1]}/boxlite-shim"
OUT = boxes.MACHINE / "starts"
RESULTS = OUT / "results"
STARTS = 150  # in one boot of the machine


def box(name, **more):
    return Scenario(name, RELEASE, RULES, ["true"], repaired=False, jailed=False, **more)


def results():
    return [json.loads(line) for line in RESULTS.read_text().splitlines()] if RESULTS.exists() else []


def boot(number, seed):
    """One boot of the machine; how many starts it has told of."""
    scenarios = [box("unpack"), box("kept", keep=True, before=f"python3 replay.py keep {SHIM}")]
    replay = f"python3 replay.py start {SHIM} {STARTS} {seed}"
    console, told, failed = OUT / f"console-{number}", 0, False
    with boxes.Machine(scenarios, after=replay) as machine, start(machine.command) as process:
        try:
            with console.open("w") as file, RESULTS.open("a") as kept:
                for line in listen(process, boxes.QUICK[1]):
                    print(line, file=file, flush=True)
                    if '"event": "replayed"' in line:
                        record = json.loads(line[3:]) | {"boot": number}
                        print(json.dumps(record), file=kept, flush=True)
                        told += 1
                        failed = failed or record["how"] != "up"
        finally:
            process.kill()
    if told < STARTS:
        print(f"boot {number}: the machine fell silent after {told} starts: {console}", flush=True)
    elif not failed:
        console.unlink()
    return told


def summary():
    found = {}
    for repaired in False, True:
        mine = [r for r in results() if r["repaired"] == repaired]
        counts = collections.Counter(r["how"] for r in mine)
        failed = len(mine) - counts["up"]
        found["with" if repaired else "without"] = {
            "starts": len(mine), "outcomes": dict(counts), "failed": failed,
            "bounds": [round(100 * share, 2) for share in bounds(failed, len(mine))] if mine else None,
        }
    return found


def main():
    parser = argparse.ArgumentParser(usage=__doc__.split("\n")[3].removeprefix("usage: "))
    parser.add_argument("count", type=int)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    OUT.mkdir(parents=True, exist_ok=True)
    while min(found["starts"] for found in summary().values()) < options.count:
        number = 1 + max((r["boot"] for r in results()), default=0)
        if not boot(number, random.Random(options.seed * 1_000_003 + number).getrandbits(32)):
            sys.exit("the machine did not come up: see " + str(OUT))
    text = json.dumps(summary(), indent=1)
    (OUT / "summary.json").write_text(text + "\n")
    print(text)


if __name__ == "__main__":
    main()
