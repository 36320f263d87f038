#!/usr/bin/python3
"""usage: boxes.py [--worlds FIRST-LAST] [--seed SEED] [--kind KIND] [--quick] [--version VERSION]
                [--jobs N] [--reruns N]

The worlds of run.py, with boxes of published shims and of the Go bridge (VERSION is then "bridge"):
one unrepaired, one repaired, side by side. There
must be no world in which the guest of the unrepaired box is told an address of an exact rule, and
that of the repaired one is not, or another than the original could have. Which of its zones an
unrepaired box takes is chance, so this is asked of what it does tell. Left out are worlds with a name
that nobody resolves, for which a box is refused on purpose, those of judge.py's exceptions, and those
in which the unrepaired shim dies of libc.
--quick takes some kinds, and of each the first world that counts. A world that fails is run again,
alone. A shim that is not there is skipped. What came of it is in BUILD/tests/differential/boxes.json.
"""

import argparse
import collections
import concurrent.futures
import itertools
import json
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import world as worlds  # noqa: E402
from kinds import KINDS  # noqa: E402
from place import BUILD, TESTS, Place, finish  # noqa: E402

BRIDGE = "bridge"
VERSIONS = (BRIDGE, "0.9.7", "0.10.1")
# Those of --quick: each a way in which a box was refused that had worked before.
QUICK = (
    "slow very_slow slow_behind_silent silent_first loss lame_first nxdomain_second refused_first "
    "tcp_only big alias routes kubernetes search_root listed_in_hosts big_hosts four_servers"
).split()
BOX = [sys.executable, "-B", HERE / "box.py"]
# After which boxlite has given the box up.
START_MS = 30_000


def is_there(version):
    if version == BRIDGE or (BUILD / "shims" / version / "boxlite-shim").exists():
        return True
    print(f"1 skipped in 0s: no shim {version}: scripts/fetch-shims {version}")
    return False


def counts(world, version=VERSIONS[-1]):
    """Whether a box is to start in it, unrepaired and repaired."""
    text = world.files["resolv.conf"] or ""
    if version != BRIDGE and any(word in text for word in ("no-aaaa", "sortlist")):
        return False
    return all(name.first and not name.excuse for name in world.names)


def worlds_of(kind, seed):
    """All of the kind, one after the other."""
    return (worlds.make(seed, n) for n in itertools.count(list(KINDS).index(kind), len(KINDS)))


def fault(name, plain, repaired):
    """"" or what is wrong; `plain` and `repaired` are what box.py prints."""
    question = f"{name.asked.rstrip('.')}."
    told = plain["answers"].get(question, "nothing").removeprefix("A ")
    if plain["ms"] > START_MS or told not in name.first - {"0.0.0.0"}:
        return ""
    if repaired["ms"] > START_MS or not repaired["answers"]:
        said = next((line for line in repaired["lines"] if "allowNet:" in line), repaired["lines"])
        return f"{name.asked}: unrepaired {told}, repaired does not start: {said}"
    instead = repaired["answers"][question].removeprefix("A ")
    if instead not in name.first:
        return f"{name.asked}: unrepaired {told}, repaired {instead}"
    return ""


def compared(name, plain):
    question = f"{name.asked.rstrip('.')}."
    return plain["answers"].get(question, "").removeprefix("A ") in name.first - {"0.0.0.0"}


def box(output):
    text, ms = output
    if not text.startswith("{"):
        return {"answers": {}, "ms": ms, "lines": text.splitlines() or ["it does not end"]}
    return json.loads(text)


def run_once(version, world):
    rules = [name.rule for name in world.names]
    names = [f"{name.asked.rstrip('.')}." for name in world.names]
    with Place(world) as place:
        started = [
            place.start(way, [*BOX, version, way, *rules, "--", *names])
            for way in ("plain", "repaired")
        ]
        plain, repaired = (box(finish(process)) for process in started)
    exact = [name for name in world.names if not name.rule.startswith("*.")]
    return {
        "version": version,
        "world": world.number,
        "kind": world.kind,
        "faults": [text for name in exact if (text := fault(name, plain, repaired))],
        "compared": sum(compared(name, plain) for name in exact),
        "plain_ms": plain["ms"],
        "repaired_ms": repaired["ms"],
    }


def run_again(version, world, result, reruns):
    for _ in range(reruns):
        if not result["faults"]:
            break
        result = run_once(version, world)
    return result


def main():
    parser = argparse.ArgumentParser(usage=__doc__.split("\n\n", 1)[0].removeprefix("usage: "))
    parser.add_argument("--worlds", default=f"0-{len(KINDS) - 1}")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kind", action="append")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--version", action="append", choices=VERSIONS)
    parser.add_argument("--jobs", type=int, default=16)
    parser.add_argument("--reruns", type=int, default=2)
    options = parser.parse_args()
    versions = [version for version in options.version or VERSIONS if is_there(version)]
    first, _, last = options.worlds.partition("-")
    chosen = [worlds.make(options.seed, n) for n in range(int(first), int(last or first) + 1)]
    chosen = [world for world in chosen if not options.kind or world.kind in options.kind]
    if options.quick:
        chosen = [next(filter(counts, worlds_of(kind, options.seed))) for kind in QUICK]
    pairs = [(version, world) for world in chosen for version in versions if counts(world, version)]
    begun = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        results = list(pool.map(lambda pair: run_once(*pair), pairs))
    results = [run_again(*pair, found, options.reruns) for pair, found in zip(pairs, results)]
    for kind in KINDS:
        those = [result for result in results if result["kind"] == kind]
        failed = sum(bool(result["faults"]) for result in those)
        names = sum(result["compared"] for result in those)
        if those:
            word = "FAILED" if failed else "ok"
            print(f"{word:7}{kind:30}{len(those):5} boxes, {names:4} names compared, {failed} failed")
    for result in results:
        for text in result["faults"]:
            print(f"world {result['world']} ({result['kind']}), {result['version']}: {text}")
    (TESTS / "differential").mkdir(parents=True, exist_ok=True)
    (TESTS / "differential/boxes.json").write_text(json.dumps(results, indent=1) + "\n")
    failures = collections.Counter(bool(result["faults"]) for result in results)
    seconds = time.monotonic() - begun
    print(f"{failures[False]} passed, {failures[True]} failed in {seconds:.1f}s")
    return 1 if failures[True] else 0


if __name__ == "__main__":
    sys.exit(main())
