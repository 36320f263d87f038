"""Boots boxes without and with the repair, many of each, to see whether one kind hangs more often.

usage: soak.py COUNT [--release RELEASE] [--boxes N] [--seed SEED] [--boots N]

COUNT of each kind in all; what an earlier run left in BUILD/lab/guest/soak/results is part of it, if its machine
was the same. A boot of the machine plays N pairs of boxes, one box after the other, in an order by chance. Each
box's outcome is a line of the results. Where a box says nothing for too long, what every process and processor
does at that time is in a file beside them.
"""

import argparse
import collections
import json
import math
import os
import random
import statistics
import subprocess
import sys
import time

import boxes
from boxes import Scenario
from console import listen, start

RULES = ["github.com", "iapi.sample.com", "*.example.org"]
RIGHT = {
    "github.com": "192.0.2.1",
    "iapi.sample.com": "192.0.2.2",
    "www.example.org": "192.0.2.3",
    "elsewhere.net": boxes.SINKHOLE,
}
ASK = "; ".join(f'echo "{name} $(ask name {name})"' for name in RIGHT)
OUT = boxes.MACHINE / "soak"
RESULTS = OUT / "results"
# By the machine's clock; boxlite gives up after 30 s.
SUSPECT_S = 22
WATCH = f"""
mkfifo /tmp/said
tee /tmp/progress < /tmp/said &
exec 7>&1 > /tmp/said
python3 ./watch.py /tmp/progress {SUSPECT_S} >&7 &
"""


def plan(release, pairs, chance):
    """The boxes of one boot; about half of each kind are jailed."""
    kinds = [True, False] * pairs
    chance.shuffle(kinds)
    return [
        Scenario(
            f"{i} {'with' if repaired else 'without'}", release, RULES, [ASK], repaired=repaired,
            jailed=chance.random() < 0.5,
        )
        for i, repaired in enumerate(kinds)
    ]


def outcome(records, repaired):
    """One word of what became of the box, and what it said."""
    errors = [record["message"] for record in records if record["event"] == "error"]
    if errors:
        return ("timeout" if "imeout" in errors[0] else "error"), errors[0]
    answers = [record["output"] for record in records if record["event"] == "output"]
    if not answers:
        return "silence", ""
    told = dict(line.split(" ", 1) for line in answers[0].splitlines())
    right = told == RIGHT
    if repaired or right:
        return ("right" if right else "WRONG"), "" if right else answers[0]
    return "sinkholed", ""


def look_at_processors(machine, file, samples=30):
    for _ in range(samples):
        for line in machine.ask_monitor("info registers -a").splitlines():
            if line.startswith(("CPU#", "RIP", "GS ", "CR0", "RSP", "EFER")):
                print("!!", line.strip(), file=file)
        print("!!", machine.ask_monitor("x /3i $pc"), file=file)
        time.sleep(0.3)


def boot(scenarios, number, common):
    """Plays them; appends a line for each to the results."""
    records = collections.defaultdict(list)
    begun = {}
    current, done = None, False
    console = (OUT / f"console-{number}").open("w")
    samples = 0

    def settle(scenario):
        how, said = outcome(records[scenario.scenario], scenario.repaired)
        result = common | {
            "boot": number, "repaired": scenario.repaired, "jailed": scenario.jailed, "outcome": how,
            "seconds": round(time.monotonic() - begun[scenario.scenario], 1), "load": round(os.getloadavg()[0], 1),
        }
        with RESULTS.open("a") as file:
            print(json.dumps(result | ({"said": said} if said else {})), file=file)
        print(f"boot {number}, box {scenario.scenario}: {how} in {result['seconds']} s {said[:300]}", flush=True)

    with boxes.Machine(scenarios, before=WATCH) as machine, start(machine.command) as process:
        try:
            for line in listen(process, boxes.QUICK[1]):
                print(f"{time.monotonic():.1f} {line}", file=console, flush=True)
                if line.startswith("@@ "):
                    record = json.loads(line[3:])
                    records[record["scenario"]].append(record)
                done = done or line.startswith("machine done")
                if line.startswith("== "):
                    if current:
                        settle(current)
                    current = scenarios.pop(0)
                    begun[current.scenario] = time.monotonic()
                if line.startswith("## silent") and samples < 3:
                    samples += 1
                    look_at_processors(machine, console)
            if not done:
                print("!! the whole machine is silent, or has ended", file=console)
                if machine.monitor.exists():
                    look_at_processors(machine, console)
        finally:
            process.kill()
    if current:
        settle(current)
    console.close()
    if samples == 0 and not any(r["event"] == "error" for rs in records.values() for r in rs):
        if not scenarios:
            (OUT / f"console-{number}").unlink()
    return len(begun)


def bounds(count, total):
    """95 % bounds of a share (Clopper and Pearson 1934), by bisection of the binomial's tails."""

    def tail(share, most):
        return sum(math.comb(total, k) * share**k * (1 - share) ** (total - k) for k in range(most + 1))

    def solve(wanted, most):
        low, high = 0.0, 1.0
        for _ in range(60):
            middle = (low + high) / 2
            low, high = (middle, high) if tail(middle, most) > wanted else (low, middle)
        return low

    lower = solve(0.975, count - 1) if count else 0.0
    upper = solve(0.025, count) if count < total else 1.0
    return lower, upper


def conditions(release):
    """What boxes are counted by, beside the repair."""
    return {"release": release, "accelerator": " ".join(boxes.QUICK[0]), "cpu": boxes.CPU}


def results(under=None):
    lines = RESULTS.read_text().splitlines() if RESULTS.exists() else []
    return [record for record in map(json.loads, lines) if (under or {}).items() <= record.items()]


def summary(under):
    """Per kind: how many boxes, of them how many ended how, the bounds of what never answered, and the
    seconds of a box."""
    found = {}
    for repaired in False, True:
        mine = [r for r in results(under) if r["repaired"] == repaired]
        counts = collections.Counter(r["outcome"] for r in mine)
        hung = sum(counts[how] for how in ("timeout", "silence", "error"))
        found["with" if repaired else "without"] = {
            "boxes": len(mine), "outcomes": dict(counts), "hung": hung,
            "bounds": [round(100 * share, 2) for share in bounds(hung, len(mine))] if mine else None,
            "seconds": round(statistics.mean(r["seconds"] for r in mine), 1) if mine else None,
        }
    return found


def main():
    parser = argparse.ArgumentParser(usage=__doc__.split("\n")[2].removeprefix("usage: "))
    parser.add_argument("count", type=int)
    parser.add_argument("--release", default="node-0.9.7")
    parser.add_argument("--boxes", type=int, default=12, help="pairs of boxes in one boot of the machine")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--boots", type=int, default=sys.maxsize, help="of the machine, in this run")
    options = parser.parse_args()
    OUT.mkdir(parents=True, exist_ok=True)
    stamp = subprocess.run(
        [boxes.ROOT / "scripts" / "source-stamp"], capture_output=True, text=True, check=False
    ).stdout.split()
    under = conditions(options.release)
    common = under | {"revision": stamp[0] if stamp else ""}
    for _ in range(options.boots):
        kinds = collections.Counter(r["repaired"] for r in results(under))
        missing = options.count - min(kinds[True], kinds[False])
        if missing <= 0:
            break
        number = 1 + max((r["boot"] for r in results()), default=0)
        chance = random.Random(options.seed * 1_000_003 + number)
        if not boot(plan(options.release, min(options.boxes, missing), chance), number, common):
            sys.exit("the machine did not come up: see " + str(OUT))
    text = json.dumps(summary(under), indent=1)
    (OUT / "summary.json").write_text(text + "\n")
    print(text)


if __name__ == "__main__":
    main()
