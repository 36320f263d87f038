"""Whom the helper takes hold of: the shim that it was made for, and never whoever inherits it.

STRANGER_INSTANTS=0 goes through every instant of the helper, to its end; else so many.
"""

import itertools
import json
import os
import subprocess

from bridgehost import TESTS, clean_environment
from shimbox import COMMAND, FIRMWARE, PATIENCE_S, handover, make_spec, shim_path

RULES = ["h.example"]
HOSTS = {"h.example": ["192.0.2.7"]}
STRANGER = TESTS / "stranger"
INSTANTS = int(os.environ.get("STRANGER_INSTANTS", "30"))
UNTOUCHED = "stops=0 tracer=0 memory=same"


def meet(version, directory, instant):
    """When the parent was killed: "free" before it was held, "held" after, "over" at the end."""
    directory.mkdir()
    descriptor = handover(HOSTS)
    watchdog, mine = os.pipe()
    spec = make_spec(version, directory, RULES)
    command = [STRANGER, str(instant), COMMAND, "attach", "--handover", str(descriptor), "--"]
    try:
        result = subprocess.run(
            [*command, shim_path(version)],
            input=json.dumps(spec),
            env=clean_environment(LD_LIBRARY_PATH=FIRMWARE),
            pass_fds=[descriptor, 3],
            preexec_fn=lambda: os.dup2(watchdog, 3),
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
        )
    finally:
        for each in descriptor, watchdog, mine:
            os.close(each)
    assert result.returncode == 0, (instant, result)
    when, _, rest = result.stdout.strip().partition(" ")
    assert rest == UNTOUCHED, (instant, result)
    return when


def test_a_parent_that_is_killed_is_not_mistaken_for_its_heir(version, tmp_path):
    met = []
    while not met or (met[-1] != "over" and len(met) != INSTANTS):
        met.append(meet(version, tmp_path / f"b{len(met)}", len(met)))
    print(f"instants of {version}: free {met.count('free')} held {met.count('held')}")
    # The part of its life in which it takes hold, or all: at its end it has let go.
    times = [when for when, _ in itertools.groupby(met)]
    assert times[:2] == ["free", "held"] and times[2:] in ([], ["over"], ["free", "over"])
