"""Starts the shim of one box many times, of three kinds (replay.py), each until the guest's agent runs: ten
times as many starts as soak.py has boxes, to see why a guest dies before it says a word.

usage: soak_starts.py COUNT [--seed SEED] [--machines N]

COUNT of each kind in all under this emulator; what an earlier run left in BUILD/lab/guest/starts/results is part
of it. The consoles of machines in which a start failed lie beside them. A machine keeps one processor busy.
Another emulator is tried by one that comes first in PATH.
"""

import argparse
import collections
import itertools
import json
import random
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import boxes
import replay
from boxes import Scenario
from console import listen, start
from soak import RULES, bounds

RELEASE = "node-0.9.7"
SHIM = f"/root/.local/share/boxlite/runtimes/v{RELEASE.split('-')[1]}/boxlite-shim"
OUT = boxes.MACHINE / "starts"
RESULTS = OUT / "results"
STARTS_MAX = 150  # in one boot of the machine


def box(name, **more):
    return Scenario(name, RELEASE, RULES, ["true"], repaired=False, jailed=False, **more)


def emulator():
    told = subprocess.run([boxes.QEMU, "--version"], capture_output=True, text=True, check=True).stdout
    return re.search(r"version (\S+)", told)[1]


def results():
    return [json.loads(line) for line in RESULTS.read_text().splitlines()] if RESULTS.exists() else []


def boot(number, starts, seed, version):
    """One boot of the machine; how many starts were begun."""
    scenarios = [box("unpack"), box("kept", keep=True, before=f"python3 replay.py keep {SHIM}")]
    replay = f"python3 replay.py start {SHIM} {starts} {seed}"
    console, begun, ended, failed = OUT / f"console-{version}-{number}", [], 0, False

    def keep(record):
        with RESULTS.open("a") as file:
            print(json.dumps(record | {"boot": number, "emulator": version}), file=file)

    with boxes.Machine(scenarios, after=replay) as machine, start(machine.command) as process:
        try:
            with console.open("w") as file:
                for line in listen(process, boxes.QUICK[1]):
                    print(line, file=file, flush=True)
                    if '"event": "starting"' in line:
                        begun.append(json.loads(line[3:]))
                    if '"event": "replayed"' in line:
                        record = json.loads(line[3:])
                        keep(record)
                        ended += 1
                        failed = failed or record["how"] != "up"
        finally:
            process.kill()
    if len(begun) > ended:
        keep(begun[-1] | {"event": "replayed", "how": "silence"})
    if ended < starts:
        print(f"boot {number}: the machine fell silent after {ended} starts: {console}", flush=True)
    elif not failed:
        console.unlink()
    return len(begun)


def of_kind(kind, version):
    return [r for r in results() if (r["kind"], r["emulator"]) == (kind, version)]


def summary():
    """What became of the starts of each kind, for each emulator."""
    found = []
    for version, kind in itertools.product(sorted({r["emulator"] for r in results()}), replay.KINDS):
        counts = collections.Counter(r["how"] for r in of_kind(kind, version))
        starts = counts.total()
        if starts:
            failed = starts - counts["up"]
            share = [round(100 * each, 2) for each in bounds(failed, starts)]
            found.append(
                {"emulator": version, "kind": kind, "starts": starts, "outcomes": dict(counts), "failed": failed, "bounds": share}
            )
    return found


def main():
    parser = argparse.ArgumentParser(usage=__doc__.split("\n")[3].removeprefix("usage: "))
    parser.add_argument("count", type=int)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--machines", type=int, default=2, help="at the same time")
    options = parser.parse_args()
    OUT.mkdir(parents=True, exist_ok=True)
    version = emulator()
    numbers = itertools.count(1 + max((r["boot"] for r in results() if r["emulator"] == version), default=0))

    def boot_on():
        while missing := max(options.count - min(len(of_kind(kind, version)) for kind in replay.KINDS), 0):
            number = next(numbers)
            starts = min(STARTS_MAX, max(len(replay.KINDS) * missing // options.machines, 2))
            if not boot(number, starts, random.Random(options.seed * 1_000_003 + number).getrandbits(32), version):
                sys.exit("the machine did not come up: see " + str(OUT))

    with ThreadPoolExecutor() as pool:
        for machine in [pool.submit(boot_on) for _ in range(options.machines)]:
            machine.result()
    text = json.dumps(summary(), indent=1)
    (OUT / "summary.json").write_text(text + "\n")
    print(text)


if __name__ == "__main__":
    main()
