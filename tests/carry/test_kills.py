"""Signals at random instants of a start, for each process that takes part: the box is repaired, or it
ends; nobody is left behind, and nobody else is touched.

KILLS=1000 is the whole number; KILLS_SEED picks another thousand. The instants are random in time, what
is asked of them is not: whenever a signal comes, the outcome has to be one of the two.
"""

import os
import platform
import random
import shutil
import signal
import subprocess
import time
from collections import Counter
from pathlib import Path

import pytest

from bridgehost import PRELOAD, TESTS, HostError, clean_environment
from chainbox import ChainBox
from conftest import PATIENCE_S
from publishedshims import published
from shimbox import FIRMWARE
from shimprocess import STARTED, encode

HOUSEHOLD = TESTS / "carry" / "household"
KILLS = int(os.environ.get("KILLS", "60"))
SEED = int(os.environ.get("KILLS_SEED", "1"))
VERSION = "0.9.7"
RULES = ["com.example", "a.com.example", "*.wild.example"]
ETC_HOSTS = """127.0.0.1 localhost
192.0.2.1 com.example
192.0.2.2 a.com.example
192.0.2.3 wild.example
"""
RIGHT = {
    "com.example.": "A 192.0.2.1",
    "a.com.example.": "A 192.0.2.2",
    "x.wild.example.": "A 192.0.2.3",
}
ROLES = {False: ["parent", "shim", "helper"], True: ["parent", "bwrap", "init", "shim", "helper"]}
SIGNALS = ["KILL", "TERM", "STOP"]
READ = {"x86_64": "0", "aarch64": "63"}[platform.machine()]
UNTOUCHED = "stops=0 tracer=0 memory=same children=none"
# The longest that a start is let go on before the signal, or a helper before its own.
START_S = 0.15
HELPER_S = 0.03


def children(pid):
    found = []
    try:
        for task in Path("/proc", str(pid), "task").iterdir():
            found += map(int, (task / "children").read_text().split())
    except OSError:
        pass
    return found


class Household(ChainBox):
    """A box with a parent of its own (household.c): nobody here is related to what the test signals."""

    def __init__(self, jailed):
        self._lay_out("hh", VERSION, RULES, published(VERSION))
        self.jailed = jailed
        shutil.copy(FIRMWARE / "libkrunfw.so.5", self.box.bin)
        spec = self.directory / "spec"
        spec.write_bytes(encode(self.spec))
        command = self.box.command() if jailed else [self.box.shim]
        self.process = subprocess.Popen(
            [HOUSEHOLD, spec, *command],
            env=clean_environment(LD_LIBRARY_PATH=self.box.bin, LD_PRELOAD=PRELOAD),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self._watchdog = None
        self._listen()
        self.parent = int(self.process.stdout.readline().split()[1])

    def find(self, role):
        """The pid of who plays it by now; None."""
        pids = [self.parent]
        for each in ROLES[self.jailed][1:]:
            below = [pid for at in pids for pid in children(at)]
            if role == "parent" or not below:
                break
            pids = below
            if role == each:
                return pids[0]
        return self.parent if role == "parent" else None

    def is_left(self):
        return bool(children(self.process.pid))

    def is_stuck(self):
        """bubblewrap's own, without us as well: its init waits for a word of a process that has been
        killed, on an eventfd that nobody else has any more, so for ever."""
        left = self.all()
        try:
            (pid,) = left
            if os.readlink(f"/proc/{pid}/exe").rpartition("/")[2] != "bwrap":
                return False
            call, descriptor = Path("/proc", str(pid), "syscall").read_text().split()[:2]
            file = os.readlink(f"/proc/{pid}/fd/{int(descriptor, 16)}")
        except (OSError, ValueError):
            return False
        return call == READ and file == "anon_inode:[eventfd]"

    def has_started(self):
        with self._changed:
            return any(STARTED in line for line in self.lines)

    def dispose(self):
        """Whatever has become of it."""
        for pid in self.all():
            send(pid, "KILL", None)
        self.process.kill()
        self.process.wait()
        self._clean_up()
        shutil.rmtree(self.directory, ignore_errors=True)

    def all(self):
        found = [self.process.pid]
        for pid in found:
            found += children(pid)
        return found[1:]

    def report(self):
        """What the household says in the end; its wait is over."""
        self.process.stdin.close()
        out = self.process.stdout.read()
        return self.process.wait(PATIENCE_S), out.decode().strip()

    def shim_pid(self):
        return self.find("shim")


def wait_for(what, condition):
    deadline = time.monotonic() + PATIENCE_S
    while not (result := condition()):
        assert time.monotonic() < deadline, what
        time.sleep(0.001)
    return result


def send(pid, name, chance):
    """A signal for exactly that process: its pid may be another's by now."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return False
    try:
        signal.pidfd_send_signal(descriptor, getattr(signal, f"SIG{name}"))
        if name == "STOP":
            time.sleep(chance.uniform(0, 0.05))
            signal.pidfd_send_signal(descriptor, signal.SIGCONT)
        return True
    except ProcessLookupError:
        return False
    finally:
        os.close(descriptor)


def is_right(box):
    """A box that has started answers as repaired, and nothing is left in it; False if it is no more.
    What must never be is a wrong answer."""
    try:
        answers = box.ask(RIGHT)
        pid = box.shim_pid()
        status = Path("/proc", str(pid), "status").read_text()
        below = children(pid)
    except (HostError, OSError, subprocess.TimeoutExpired):
        return False
    wrong = {name: answer for name, answer in answers.items() if answer.startswith("A ")}
    assert wrong.items() <= RIGHT.items(), answers
    if answers != RIGHT:
        return False
    assert "\nTracerPid:\t0\n" in status
    assert below == []
    return True


def live(box, chance):
    """One start with one signal: (what it was, what came of it)."""
    role = chance.choice(ROLES[box.jailed])
    name = chance.choice(SIGNALS)
    delay = chance.uniform(0, HELPER_S if role == "helper" else START_S)
    pid = wait_for(
        f"{role} neither comes nor is missed",
        lambda: box.find(role) or (box.has_started() or not box.is_left()) and -1,
    )
    time.sleep(delay)
    sent = pid > 0 and send(pid, name, chance)
    outcome = wait_for(
        "neither a box nor its end",
        lambda: (not box.is_left() and "ended")
        or (box.is_stuck() and "stuck")
        or (box.has_started() and is_right(box) and "right"),
    )
    # Who is stopped goes on, and a helper leaves a signal for its group to the shim.
    if not sent or name == "STOP" or (role, name) == ("helper", "TERM"):
        assert outcome == "right", (role, name, box.lines)
    return f"{role} {name}" if sent else "too late", outcome


def end(box):
    """As boxlite's own end: its watchdog pipe closes, and all must go by themselves."""
    if box.is_stuck():
        send(box.all()[0], "KILL", None)
    elif box.is_left():
        send(box.parent, "KILL", None)
    wait_for("somebody is left", lambda: not box.is_left())
    assert box.report() == (0, UNTOUCHED)


@pytest.mark.parametrize("place", ["plain", "jailed"])
def test_a_signal_at_any_instant(etc, place):
    published(VERSION)
    if place == "jailed" and shutil.which("bwrap") is None:
        pytest.skip("bubblewrap is not installed")
    etc("hosts", ETC_HOSTS)
    seen = Counter()
    for number in range(KILLS // 2):
        seed = f"{SEED} {place} {number}"
        box = Household(jailed=place == "jailed")
        try:
            what, outcome = live(box, random.Random(seed))
            seen[what, outcome] += 1
            end(box)
        except BaseException:
            print(f"seed: {seed}", *box.lines, sep="\n")
            raise
        finally:
            box.dispose()
    for (what, outcome), count in sorted(seen.items()):
        print(f"{place} {what}: {outcome} {count}")
    outcomes = {outcome.replace("stuck", "ended") for (what, outcome), _ in seen.items() if what != "too late"}
    assert outcomes == {"right", "ended"}
