"""A program looks at itself: whatever becomes of create, it leaves what a call leaves."""

import json
import os
import signal
import subprocess

import pytest

from bridgehost import TESTS, make_config
from shimbox import COMMAND, NO_ANSWER, PATIENCE_S, handover

SHIM = TESTS / "attach" / "boxlite-shim"
HOSTS = {"h.example": ["192.0.2.7"], "dead.example": NO_ANSWER}
pytestmark = pytest.mark.skipif(not SHIM.exists(), reason="written for another processor")


def start(config, *settings, attached=True, arguments=(), prepare=None):
    descriptor = handover(HOSTS, ["BOXLITE_ALLOWNET_LOG=info", *settings])
    attach = [COMMAND, "attach", "--handover", str(descriptor), "--own-lookups", "--"]
    try:
        return subprocess.run(
            [*(attach if attached else []), SHIM, *arguments],
            input=config if isinstance(config, str) else json.dumps(config),
            pass_fds=[descriptor],
            capture_output=True,
            preexec_fn=prepare,
            text=True,
            timeout=PATIENCE_S,
        )
    finally:
        os.close(descriptor)


def run(config, *settings, **options):
    """Lines of output, the last of them the program's verdict on itself."""
    result = start(config, *settings, **options)
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


@pytest.mark.parametrize("rule", ["h.example", "dead.example", "10.0.0.0/8"])
def test_the_signal_of_a_breakpoint_is_blocked_as_it_was(rule):
    def block():
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTRAP])

    run(make_config("/nowhere", [rule]), arguments=["blocked"], prepare=block)


def test_control_the_program_itself():
    config = make_config("/nowhere", ["h.example"])
    assert created(run(config, attached=False)) == config


# ---- a shim that executes a program, or calls create elsewhere ----


@pytest.mark.parametrize("times", [1, 3])
def test_a_shim_that_executes_itself_is_repaired_all_the_same(times):
    again = ["become", SHIM] * times
    config = make_config("/nowhere", ["h.example"])
    given = created(run(config, arguments=again))
    assert given["dns_zones"] != config["dns_zones"]
    # The control: it does so, and create is called.
    assert created(run(config, arguments=again, attached=False)) == config


def test_what_is_no_shim_is_let_go():
    """Nothing is left of us in it, not even a tracer."""
    script = "grep TracerPid: /proc/self/status; echo same"
    result = run("", arguments=["become", "/bin/sh", "-c", script])
    assert result == ["TracerPid:\t0"]


def test_create_in_another_thread_ends_with_a_text():
    config = make_config("/nowhere", ["h.example"])
    result = start(config, arguments=["thread"])
    assert result.returncode == -signal.SIGTRAP
    assert "create " not in result.stdout
    assert "gvproxy_create is called in a thread other than the first" in result.stderr
    assert "BOXLITE_ALLOWNET=off" in result.stderr


def test_a_program_executed_by_another_thread_ends_with_a_text():
    """It is untraced until we hear of it, so the program here is one that waits."""
    result = start("", arguments=["thread", "become", "/bin/sleep", "100"])
    assert result.returncode == -signal.SIGKILL
    assert "another thread of which has executed a program" in result.stderr


def test_so_does_one_that_is_executed_in_the_midst_of_the_repair():
    """While the first thread makes a call for us."""
    result = start(make_config("/nowhere", ["h.example"]), arguments=["logging", "/bin/sleep", "100"])
    assert result.returncode == -signal.SIGKILL
    assert result.stderr.count("another thread of which has executed a program") == 1


def test_a_trap_of_its_own_is_none_of_ours():
    """As without us, and so without a word."""
    result = start("", arguments=["become", "/bin/sh", "-c", "kill -TRAP $$"])
    assert (result.returncode, result.stderr) == (-signal.SIGTRAP, "")
