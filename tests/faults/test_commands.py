"""Commands for people under faults: every allocation fails, once or from then on. What they print is
right, or they end with a text and say so by their status."""

import re
import shutil
import subprocess

import pytest

from chainbox import COMMAND
from conftest import LONG, QUICK
from faultlayer import FOR_EVER, LAYER, FaultLayer
from figures import note
from publishedshims import VERSIONS, shim_path

RULES = "api.example\n*.wild.example\n10.0.0.0/8\nexample\n"
SHIM = shim_path(VERSIONS[-1])
PATIENCE_S = 300
# Primes, so that loops are met anywhere.
STRIDE = 1 if LONG else 53

COMMANDS = {
    "version": ["version"],
    "help": ["help"],
    "run": ["run", "--", "/bin/echo", "it runs"],
    "explain": ["explain", "RULES", "--answers", "ANSWERS"],
    "explain-json": ["explain", "RULES", "--answers", "ANSWERS", "--json"],
    "resolve": ["resolve", "api.example", "*.wild.example"],
    "resolve-json": ["resolve", "--json", "--config", "RULES"],
    "doctor": ["doctor", str(SHIM)],
    "doctor-json": ["doctor", "--json", str(SHIM)],
    "overlay": ["overlay", "DIRECTORY", "--shim", str(SHIM)],
}

# No box depends on what these print: parts for which memory did not suffice may be missing.
PARTIAL = ("explain", "resolve", "doctor")


@pytest.fixture
def run(dns, tmp_path):
    """run(name, layer): (status, output, errors)."""
    dns.set_script("default answer 192.0.2.7\n")
    words = {
        "RULES": tmp_path / "rules",
        "ANSWERS": tmp_path / "answers",
        "DIRECTORY": tmp_path / "overlay",
    }
    words["RULES"].write_text(RULES)
    words["ANSWERS"].write_text("api.example 192.0.2.1\nwild.example 192.0.2.2\nexample 192.0.2.3\n")

    def start(name, layer):
        shutil.rmtree(words["DIRECTORY"], ignore_errors=True)
        done = subprocess.run(
            [str(COMMAND), *(str(words.get(word, word)) for word in COMMANDS[name])],
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            env={"PATH": "/usr/bin:/bin", "LD_PRELOAD": str(LAYER), **QUICK, **layer.env},
        )
        # Times differ, and a lookup that failed for want of memory is tried again.
        output = re.sub(r"\b[\d.]+ ?ms\b|\b\d attempts?\b", "", done.stdout)
        output = re.sub(r'"(elapsed_ms|attempts)": *[\d.]+', "", output)
        return done.returncode, output, done.stderr

    return start


@pytest.mark.parametrize("times", [1, FOR_EVER], ids=["once", "from-then-on"])
@pytest.mark.parametrize("name", COMMANDS)
def test_every_allocation_of_a_command_may_fail(run, name, times):
    if str(SHIM) in COMMANDS[name] and not SHIM.exists():
        pytest.skip("published shims are not there: scripts/fetch-shims")
    with FaultLayer(whole=True) as layer:
        right = run(name, layer)
        nth = 1
        while True:
            layer.arm("alloc", nth, times=times)
            status, output, errors = run(name, layer)
            if not layer.failed:
                break
            case = f"allocation {nth} of {name}: {status}: {errors}"
            assert status >= 0, f"killed: {case}"
            repaired = (status, output) == right[:2]
            if name.startswith(PARTIAL):
                assert output or errors, f"nothing is said: {case}"
            else:
                assert repaired or (status != 0 and errors), f"neither right nor told: {case}"
            note("commands", "alloc", repaired)
            nth += STRIDE
