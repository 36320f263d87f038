"""A program looks at itself: whatever becomes of create, it leaves what a call leaves."""

import json
import os
import subprocess

import pytest

from bridgehost import TESTS, make_config
from shimbox import COMMAND, NO_ANSWER, PATIENCE_S, handover

SHIM = TESTS / "attach" / "boxlite-shim"
HOSTS = {"h.example": ["192.0.2.7"], "dead.example": NO_ANSWER}
pytestmark = pytest.mark.skipif(not SHIM.exists(), reason="written for another processor")


def run(config, *settings, attached=True):
    """Lines of output, the last of them the program's verdict on itself."""
    descriptor = handover(HOSTS, ["BOXLITE_ALLOWNET_LOG=info", *settings])
    attach = ["attach", "--handover", str(descriptor), "--own-lookups", "--"]
    try:
        result = subprocess.run(
            [COMMAND, *attach, SHIM] if attached else [SHIM],
            input=config if isinstance(config, str) else json.dumps(config),
            pass_fds=[descriptor],
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
        )
    finally:
        os.close(descriptor)
    assert result.stderr == ""
    lines = result.stdout.splitlines()
    assert (result.returncode, lines[-1]) == (0, "same"), result.stdout
    return lines[:-1]


def created(lines):
    (line,) = [line for line in lines if line.startswith("create ")]
    return json.loads(line.removeprefix("create "))


@pytest.mark.parametrize("time", range(5))
def test_repaired(time):
    config = make_config("/nowhere", ["h.example"])
    lines = run(config)
    given = created(lines)
    assert given.pop("dns_zones") != config.pop("dns_zones")
    assert given == config
    assert lines[0].startswith("log 2 allowNet: repair loaded ")
    assert lines[1].startswith("log 2 allowNet: zones repaired ")


def test_refused():
    lines = run(make_config("/nowhere", ["dead.example"]))
    text = 'allowNet: resolve "dead.example": no answer after 4 attempts'
    assert lines[1:] == [f"log 4 {text}", f"refused {text}"]


def test_of_no_concern():
    config = make_config("/nowhere", ["10.0.0.0/8"])
    assert run(config) == [f"create {json.dumps(config)}"]


def test_no_json():
    assert run("{") == ["create {"]


def test_observed():
    config = make_config("/nowhere", ["h.example"])
    lines = run(config, "BOXLITE_ALLOWNET=observe")
    assert created(lines) == config
    assert any("zones would be repaired" in line for line in lines)


def test_control_the_program_itself():
    config = make_config("/nowhere", ["h.example"])
    assert created(run(config, attached=False)) == config
