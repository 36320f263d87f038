"""The table of scripts/demo --guest: what programs of a booted guest are told, with and without."""

import collections
import sys
import time

import boxes
from boxes import Scenario, Story

RELEASE = "node-0.9.7"
BOXES = 2
RULES = ["github.com", "iapi.sample.com", "*.example.org", "db"]
NAMES = ["github.com", "iapi.sample.com", "www.example.org", "db", "elsewhere.net", "host.boxlite.internal"]
COMMAND = "; ".join(f'echo "{name} $(getent hosts {name} | cut -d" " -f1)"' for name in NAMES)


def main():
    if not boxes.machine_is_there([RELEASE]):
        sys.exit("demo: the machine cannot be made, as make-machine has said")
    begun = time.monotonic()

    def progress(line):
        if line.startswith("== ") or '"event":"started"' in line or line.startswith("machine"):
            what = line.removeprefix("== ") if line.startswith("== ") else line.partition(",")[0]
            what = "its guest is up" if line.startswith("@@") else what
            print(f"[{time.monotonic() - begun:3.0f} s] {what}", file=sys.stderr, flush=True)

    story = Story(
        [
            Scenario(f"box {i + 1} {way}", RELEASE, RULES, [COMMAND], repaired=way == "with the repair")
            for way in ("without the repair", "with the repair")
            for i in range(BOXES)
        ],
        progress,
    )
    answers = collections.defaultdict(collections.Counter)
    for record in story.records:
        if record["event"] == "error":
            sys.exit(f"{record['scenario']}: {record['message']}")
        if record["event"] == "output":
            way = "without" if "without" in record["scenario"] else "with"
            for line in record["output"].splitlines():
                name, *address = line.split()
                answers[way, name][address[0] if address else "(none)"] += 1

    def cell(way, name):
        return ", ".join(f"{answer} {count}" for answer, count in answers[way, name].most_common())

    print(f"\nIn {BOXES} boxes without the repair and {BOXES} with it, allow_net = {', '.join(RULES)}\n")
    print(f"{'$ getent hosts ...':24}  {'without the repair':24}  with it")
    for name in NAMES:
        print(f"{name:24}  {cell('without', name):24}  {cell('with', name)}")
    print("\n0.0.0.0 is the sinkhole.")


if __name__ == "__main__":
    main()
