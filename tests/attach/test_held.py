"""While the helper holds the shim: signals, ends, descriptors, secrets.

The bridge looks up for itself here, at a nameserver that does not answer: it stays inside create.
"""

import os
import signal
import time
from pathlib import Path

import pytest

from shimbox import PATIENCE_S, count_in_memory

RULES = ["h.example"]
HOSTS = {"h.example": ["192.0.2.7"]}


@pytest.fixture
def held(dns, start):
    """held(**options): a box inside create, and the pid of its helper."""

    def begin(**options):
        dns.reset()
        dns.set_script("default drop\n")
        box = start(RULES, HOSTS, options=["--own-lookups"], **options)
        dns.wait_for_query("h.example")
        tracer = int(box.status()["TracerPid"])
        assert tracer != 0
        return box, tracer

    return begin


def wait_gone(pid):
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            state = Path("/proc", str(pid), "stat").read_text().rpartition(") ")[2][0]
        except (FileNotFoundError, ProcessLookupError):
            return
        if state == "Z":
            return
        assert time.monotonic() < deadline, state
        time.sleep(0.01)


def test_the_helper_holds_nothing_that_others_wait_for(held):
    box, helper = held()
    assert [entry.name for entry in Path("/proc", str(helper), "fd").iterdir()] == ["2"]


def test_a_shim_that_is_killed_takes_the_helper_along(held):
    box, helper = held()
    os.kill(box.pid, signal.SIGKILL)
    assert box.wait_ended() == -signal.SIGKILL
    wait_gone(helper)


def test_a_helper_that_is_killed_takes_the_shim_along(held):
    """Rather that than a box with breakpoints in it, or an unrepaired one."""
    box, helper = held()
    os.kill(helper, signal.SIGKILL)
    assert box.wait_ended() == -signal.SIGKILL


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGABRT])
def test_a_signal_ends_it_with_its_own_status(held, number):
    box, helper = held()
    os.kill(box.pid, number)
    assert box.wait_ended() == -number
    wait_gone(helper)


def test_a_signal_for_the_whole_group_is_the_shims(held):
    box, helper = held()
    os.kill(helper, signal.SIGTERM)
    os.kill(helper, signal.SIGINT)
    assert box.status()["TracerPid"] == str(helper)
    os.kill(box.pid, signal.SIGTERM)
    assert box.wait_ended() == -signal.SIGTERM


def test_it_can_be_stopped_and_continued(dns, held):
    box, helper = held()
    for _ in range(3):
        os.kill(box.pid, signal.SIGSTOP)
        assert os.waitid(os.P_PID, box.pid, os.WSTOPPED | os.WNOWAIT) is not None
        os.waitid(os.P_PID, box.pid, os.WSTOPPED)
        os.kill(box.pid, signal.SIGCONT)
    dns.set_script("default answer 192.0.2.8\n")
    assert box.wait_started(), box.stderr()
    assert box.ask(["h.example"]) == {"h.example": "A 192.0.2.7"}
    assert box.status()["TracerPid"] == "0"


def test_a_storm_of_signals_is_survived(dns, held):
    """Go preempts by SIGURG; here it comes more often than it ever would."""
    box, _ = held()
    for _ in range(2000):
        box.interrupt()
    dns.set_script("default answer 192.0.2.8\n")
    assert box.wait_started(), box.stderr()
    assert box.ask(["h.example"]) == {"h.example": "A 192.0.2.7"}


def test_secrets_are_not_left_in_the_helper(held):
    key, secret = b"MARKER-OF-A-KEY", b"MARKER-OF-A-SECRET"
    secrets = [
        {"name": "k", "hosts": ["h.example"], "placeholder": "<K>", "value": secret.decode()}
    ]
    box, helper = held(network={"secrets": secrets, "ca_key_pem": key.decode()})
    assert count_in_memory(box.pid, key) > 0
    for marker in key, secret:
        assert count_in_memory(helper, marker) == 0
    # What is looked for is found where it is: a name that the helper still knows.
    assert count_in_memory(helper, b"h.example") > 0
