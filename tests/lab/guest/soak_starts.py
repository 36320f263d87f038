"""Starts the shim of one box many times, of three kinds (replay.py), each until the guest's agent runs: ten
times as many starts as soak.py has boxes, to see why a guest dies before it says a word.

usage: soak_starts.py COUNT [--seed SEED] [--machines N] [--cpu MODEL] [--processors N] [--interrupts]

COUNT of each kind in all under these conditions; what an earlier run left in BUILD/lab/guest/starts/results is part
of it. The consoles of machines in which a start failed lie beside them. Another emulator is tried by one that comes
first in PATH.

--cpu         the emulated processor, as qemu's -cpu has it
--processors  how many of them
--interrupts  the machine interrupts itself some thousand times a second, and so what its guests are doing
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
INTERRUPTS = """python3 -c 'import time
while True: time.sleep(0.0002)' &"""


def box(name, **more):
    return Scenario(name, RELEASE, RULES, ["true"], repaired=False, jailed=False, **more)


def conditions(options):
    """What starts are counted by, beside their kind."""
    told = subprocess.run([boxes.QEMU, "--version"], capture_output=True, text=True, check=True).stdout
    return {
        "emulator": re.search(r"version (\S+)", told)[1], "cpu": options.cpu, "processors": options.processors,
        "interrupts": options.interrupts,
    }


def results():
    """Those with all conditions; older ones lack some."""
    lines = RESULTS.read_text().splitlines() if RESULTS.exists() else []
    return [record for record in map(json.loads, lines) if "interrupts" in record]


def boot(number, starts, seed, under):
    """One boot of the machine; how many starts were begun."""
    scenarios = [box("unpack"), box("kept", keep=True, before=f"python3 replay.py keep {SHIM}")]
    interrupts = INTERRUPTS if under["interrupts"] else ""
    after = f"{interrupts}\npython3 replay.py start {SHIM} {starts} {seed}"
    console = OUT / "-".join(["console", *map(str, under.values()), str(number)])
    begun, ended, failed, flags = [], 0, False, "not told"

    def keep(record):
        with RESULTS.open("a") as file:
            print(json.dumps(record | {"boot": number, "flags": flags} | under), file=file)

    accelerator = boxes.processors(under["processors"])
    machine = boxes.Machine(scenarios, "python3 flags.py", after, accelerator, under["cpu"])
    with machine, start(machine.command) as process:
        try:
            with console.open("w") as file:
                for line in listen(process, boxes.QUICK[1]):
                    print(line, file=file, flush=True)
                    if '"event": "flags"' in line:
                        flags = json.loads(line[3:])["flags"]
                    if '"event": "starting"' in line:
                        begun.append(json.loads(line[3:]))
                    if '"event": "replayed"' in line:
                        record = json.loads(line[3:])
                        keep(record)
                        ended += 1
                        failed = failed or record["how"] != "up"
        finally:
            has_ended = process.poll() is not None
            process.kill()
    if len(begun) > ended:
        keep(begun[-1] | {"event": "replayed", "how": "the emulator ended" if has_ended else "silence"})
    if ended < starts:
        print(f"boot {number}: the machine fell silent after {ended} starts: {console}", flush=True)
    elif not failed:
        console.unlink()
    return len(begun)


def those(wanted):
    return [record for record in results() if wanted.items() <= record.items()]


def summary():
    """What became of the starts of each kind, under each conditions."""
    found = []
    keys = ("emulator", "cpu", "processors", "interrupts", "flags")
    each_conditions = sorted({tuple(record[key] for key in keys) for record in results()})
    for values, kind in itertools.product(each_conditions, replay.KINDS):
        group = dict(zip(keys, values)) | {"kind": kind}
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
    parser.add_argument("--cpu", default=boxes.CPU)
    parser.add_argument("--processors", type=int, default=1)
    parser.add_argument("--interrupts", action="store_true")
    options = parser.parse_args()
    OUT.mkdir(parents=True, exist_ok=True)
    under = conditions(options)
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
