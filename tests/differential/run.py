#!/usr/bin/python3
"""usage: run.py [--worlds FIRST-LAST] [--seed SEED] [--kind KIND] [--jobs N] [--reruns N] [--describe]

$OURS is another build of our command, to be measured in place of this one.

In each world Go's resolver (PreferGo false and true), libc's getaddrinfo and ours look the same names
up, each in namespaces of its own with its own nameservers, all at the same time. judge.py has the
rule. A world that fails is run again, alone, up to --reruns times: the load must not decide.
What came of it is in BUILD/tests/differential/results.json.
"""

import argparse
import collections
import concurrent.futures
import dataclasses
import json
import os
import sys
import threading
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import world as worlds  # noqa: E402
from judge import EXCUSES, LATE, Answer, judge  # noqa: E402
from kinds import KINDS  # noqa: E402
from place import BUILD, HANG_S, TESTS, Place, finish  # noqa: E402

OUT = TESTS / "differential"

# Who asks: command in front of the names or rules, environment.
GO = TESTS / "go-lookup"
RESOLVERS = {
    "go": ([GO, "go"], {}),
    "native": ([GO, "native"], {}),
    "libc": ([GO, "go"], {"GODEBUG": "netdns=cgo"}),
    "ours": ([os.environ.get("OURS", BUILD / "boxlite-allownet"), "resolve", "--json"], {}),
}


def read_go(names, text):
    found = [json.loads(line) for line in text.splitlines()]
    return [Answer(one["addresses"], one["ms"], one["error"]) for one in found] + [
        Answer([], HANG_S * 1000, "did not end") for _ in names[len(found) :]
    ]


def read_ours(names, text, ms):
    """The time of the whole command where all have an address, else each host's own."""
    if not text.startswith("{"):
        return [Answer([], ms, text or "did not end") for _ in names]
    report = json.loads(text)
    hosts = {host["name"]: host for host in report["hosts"]}
    whole = all(host["addresses"] for host in hosts.values())
    if not hosts:
        return [Answer([], ms, report["refusal"]) for _ in names]
    return [
        Answer(
            hosts[name.key]["addresses"],
            ms if whole else hosts[name.key]["elapsed_ms"],
            hosts[name.key]["cause"] or "",
        )
        for name in names
    ]


def words(resolver, world):
    """What the resolver is told to look up."""
    return [name.rule if resolver == "ours" else name.asked for name in world.names]


def ask(world):
    """{resolver: an Answer for each name}"""
    with Place(world) as place:
        started = {
            resolver: place.start(resolver, [*command, *words(resolver, world)], environment)
            for resolver, (command, environment) in RESOLVERS.items()
        }
        ended = {resolver: finish(process) for resolver, process in started.items()}
    answers = {r: read_go(world.names, ended[r][0]) for r in ("go", "native", "libc")}
    answers["ours"] = read_ours(world.names, *ended["ours"])
    return answers


def verdicts(world, answers):
    whole_ms = max(answer.ms for answer in answers["go"])
    return [
        judge(name, go, ours, whole_ms)
        for name, go, ours in zip(world.names, answers["go"], answers["ours"])
    ]


@dataclasses.dataclass
class Result:
    world: worlds.World
    answers: dict
    verdicts: list
    unsteady: str = ""  # a fault that did not come back when the world was alone

    @property
    def fault(self):
        return next((v.fault for v in self.verdicts if v.fault), "")

    def text(self):
        at = next(i for i, verdict in enumerate(self.verdicts) if verdict.fault)
        name = self.world.names[at]
        return f"{self.verdicts[at].fault}: {name.asked}: {self.verdicts[at].text}"

    def record(self):
        return {
            "world": self.world.number,
            "kind": self.world.kind,
            "fault": self.fault,
            "text": self.text() if self.fault else "",
            "unsteady": self.unsteady,
            "compared": sum(verdict.compared for verdict in self.verdicts),
            "excused": [verdict.excuse for verdict in self.verdicts if verdict.excuse],
            "answers": {
                resolver: [[answer.first, round(answer.ms), answer.cause] for answer in answers]
                for resolver, answers in self.answers.items()
            },
        }


def run_once(world):
    answers = ask(world)
    return Result(world, answers, verdicts(world, answers))


def run_all(chosen, jobs):
    done = []
    told = threading.Lock()
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        for result in pool.map(run_once, chosen):
            done.append(result)
            with told:
                if sys.stderr.isatty():
                    print(f"\r{len(done)} of {len(chosen)}", end="", file=sys.stderr)
    return done


def run_again(result, reruns):
    """Alone. The fault stands if it is there each time."""
    first = result.text()
    for _ in range(reruns):
        again = run_once(result.world)
        if not again.fault:
            again.unsteady = first
            return again
        result = again
    return result


def summarise(results):
    """One line a kind."""
    by_kind = collections.defaultdict(list)
    for result in results:
        by_kind[result.world.kind].append(result)
    for kind in KINDS:
        those = by_kind.get(kind, [])
        faults = collections.Counter(result.fault for result in those if result.fault)
        compared = sum(any(v.compared for v in result.verdicts) for result in those)
        excused = sum(any(v.excuse for v in result.verdicts) for result in those)
        if those:
            print(
                f"{'FAILED' if faults else 'ok':7}{kind:30}{len(those):5} worlds, {compared:4} compared"
                + (f", {excused} excused" if excused else "")
                + "".join(f", {count} {fault}" for fault, count in faults.items())
            )


def main():
    parser = argparse.ArgumentParser(usage=__doc__.split("\n", 1)[0].removeprefix("usage: "))
    parser.add_argument("--worlds", default=f"0-{len(KINDS) - 1}")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kind", action="append")
    parser.add_argument("--jobs", type=int, default=60)
    parser.add_argument("--reruns", type=int, default=2)
    parser.add_argument("--describe", action="store_true", help="show the worlds, do not run them")
    options = parser.parse_args()
    first, _, last = options.worlds.partition("-")
    chosen = [worlds.make(options.seed, n) for n in range(int(first), int(last or first) + 1)]
    chosen = [world for world in chosen if not options.kind or world.kind in options.kind]
    if options.describe:
        for world in chosen:
            print(world.describe())
        return 0
    begun = time.monotonic()
    results = run_all(chosen, options.jobs)
    results = [run_again(r, options.reruns) if r.fault else r for r in results]
    summarise(results)
    failed = [result for result in results if result.fault]
    for result in failed:
        print(f"world {result.world.number} ({result.world.kind}) {result.text()}")
    for result in results:
        if result.unsteady:
            print(f"unsteady: world {result.world.number} ({result.world.kind}) {result.unsteady}")
    OUT.mkdir(parents=True, exist_ok=True)
    record = {
        "seed": options.seed,
        "worlds": [result.record() for result in results],
        "excuses": {**EXCUSES, **LATE},
    }
    (OUT / "results.json").write_text(json.dumps(record, indent=1) + "\n")
    seconds = time.monotonic() - begun
    print(f"{len(results) - len(failed)} passed, {len(failed)} failed in {seconds:.1f}s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
