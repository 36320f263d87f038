"""How many faults were made, and what came of them: written to tests/faults/results.json below the build
at the end of a run."""

import collections
import json

from bridgehost import TESTS

_counts = collections.defaultdict(collections.Counter)


def note(where, call, repaired):
    """One case whose fault was reached; `where` is what it was made in."""
    what = "allocations" if call == "alloc" else "system calls"
    _counts[f"{where}, {what}"]["right" if repaired else "refused"] += 1


def write(form):
    if _counts:
        result = {"form": form, "cases": {name: dict(count) for name, count in _counts.items()}}
        (TESTS / "faults" / "results.json").write_text(json.dumps(result, indent=2) + "\n")
