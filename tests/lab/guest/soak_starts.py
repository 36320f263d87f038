"""Starts the shim of one box many times, of three kinds (replay.py), each until the guest's agent runs: ten
times as many starts as soak.py has boxes, to see why a guest dies before it says a word.

usage: soak_starts.py COUNT [--seed SEED] [--machines N] [--processors N]

COUNT of each kind in all under this emulator; what an earlier run left in BUILD/lab/guest/starts/results is part
of it. The consoles of machines in which a start failed lie beside them. Another emulator is tried by one that comes
first in PATH, or by another number of emulated processors, each of which is a thread of it.
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


def emulator(processors):
    """What starts are counted by: its version, and its processors."""
    told = subprocess.run([boxes.QEMU, "--version"], capture_output=True, text=True, check=True).stdout
    return {"emulator": re.search(r"version (\S+)", told)[1], "processors": processors}


def results():
    return [json.loads(line) for line in RESULTS.read_text().splitlines()] if RESULTS.exists() else []


def boot(number, starts, seed, under):
    """One boot of the machine; how many starts were begun."""
    scenarios = [box("unpack"), box("kept", keep=True, before=f"python3 replay.py keep {SHIM}")]
    replay = f"python3 replay.py start {SHIM} {starts} {seed}"
    console = OUT / f"console-{under['emulator']}-{under['processors']}-{number}"
    begun, ended, failed = [], 0, False

    def keep(record):
        with RESULTS.open("a") as file:
            print(json.dumps(record | {"boot": number} | under), file=file)

    accelerator = boxes.processors(under["processors"])
    with boxes.Machine(scenarios, after=replay, accelerator=accelerator) as machine, start(machine.command) as process:
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


def those(wanted):
    return [record for record in results() if wanted.items() <= record.items()]


def summary():
    """What became of the starts of each kind, for each emulator."""
    found = []
    emulators = sorted({(r["emulator"], r["processors"]) for r in results()})
    for (version, processors), kind in itertools.product(emulators, replay.KINDS):
        group = {"emulator": version, "processors": processors, "kind": kind}
        counts = collections.Counter(r["how"] for r in those(group))
        starts = counts.total()
        if starts:
            failed = starts - counts["up"]
            share = [round(100 * each, 2) for each in bounds(failed, starts)]
            found.append(group | {"starts": starts, "outcomes": dict(counts), "failed": failed, "bounds": share})
    return found


def main():
    parser = argparse.ArgumentParser(usage=__doc__.split("\n")[3].removeprefix("usage: "))
    parser.add_argument("count", type=int)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--machines", type=int, default=2, help="at the same time")
    parser.add_argument("--processors", type=int, default=1, help="of a machine")
    options = parser.parse_args()
    OUT.mkdir(parents=True, exist_ok=True)
    under = emulator(options.processors)
    numbers = itertools.count(1 + max((record["boot"] for record in those(under)), default=0))

    def boot_on():
        while missing := max(options.count - min(len(those(under | {"kind": kind})) for kind in replay.KINDS), 0):
            number = next(numbers)
            starts = min(STARTS_MAX, max(len(replay.KINDS) * missing // options.machines, 2))
            if not boot(number, starts, random.Random(options.seed * 1_000_003 + number).getrandbits(32), under):
                sys.exit("the machine did not come up: see " + str(OUT))

    with ThreadPoolExecutor() as pool:
        for machine in [pool.submit(boot_on) for _ in range(options.machines)]:
            machine.result()
    text = json.dumps(summary(), indent=1)
    (OUT / "summary.json").write_text(text + "\n")
    print(text)


if __name__ == "__main__":
    main()
