"""Inside the machine: boxes of published shims, unrepaired and repaired.

usage: inside.py KIND repaired|compared|refused|not-waited USER plain|jailed VERSION...
VERSION may be the directory of a shim. Says "ok KIND: VERSION WAY" or "FAILED ..." of each; `compared` prints
a row of docs/compatibility.md as "@@ JSON".
"""

import json
import os
import re
import sys
import traceback
from pathlib import Path

TESTS = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(TESTS / name) for name in ("support", "carry", "attach", "overlay", "cli", "doctor")]

import chainbox  # noqa: E402
import compatibility  # noqa: E402
from bridgehost import BUILD  # noqa: E402
from chainbox import ChainBox  # noqa: E402
from dnsserver import DnsServer  # noqa: E402
from publishedshims import AFFECTED  # noqa: E402

REFUSAL = "ptrace_scope"


def zombies():
    """Processes that ended and were not waited for."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            name, state = re.match(r"\d+ \((.*)\) (\S)", stat.read_text()).groups()
        except OSError:
            continue
        if state == "Z":
            found.append(name)
    return found


def answers_right(box):
    assert compatibility.judge(box.answers(list(compatibility.RIGHT))) == ("right", "right")


def repaired(version, jailed):
    with ChainBox(version, compatibility.RULES, jailed=jailed) as box:
        answers_right(box)
        # The helper is waited for before the shim goes on.
        assert zombies() == []


def compared(version, jailed):
    row = [
        compatibility.wildcard_without(version, jailed),
        *compatibility.with_the_repair(version, jailed),
        compatibility.dead_host(version, jailed),
    ]
    print("@@ " + json.dumps([version, "jailed" if jailed else "plain", *row]), flush=True)
    if version in AFFECTED:
        assert row[:3] == ["an A record of length 0", "right", "right"], row
        assert row[4].startswith("refused, and named"), row
    else:
        assert row[:3] == ["right", "right", "right"] and row[4] == "starts", row


def not_waited(version, jailed):
    """The control: as it was where the way back out of the wait had not been found."""
    chainbox.PRELOAD = BUILD / "tests" / "lab" / "not-waited" / "libboxlite_allownet.so"
    with ChainBox(version, compatibility.RULES, jailed=jailed) as box:
        answers_right(box)
        assert zombies() == ["boxlite-allowne"]


def refused(version, jailed):
    """Where ptrace is what it takes; a shim that needs no repair starts."""
    with ChainBox(version, compatibility.RULES, jailed=jailed) as box:
        if version not in AFFECTED:
            return answers_right(box)
        assert not box.wait_started()
        box.wait_ended()
        assert any(REFUSAL in line for line in box.lines), box.lines


TRIALS = {"repaired": repaired, "compared": compared, "refused": refused, "not-waited": not_waited}


def as_user(user, trial, *arguments):
    """Whether it went well. In a process of its own: what others have begun here is ended by whom it was
    begun."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.setgroups([])
            os.setresgid(user, user, user)
            os.setresuid(user, user, user)
            trial(*arguments)
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            os._exit(status)
    return os.waitpid(child, 0)[1] == 0


def main(kind, trial, user, way, *versions):
    with DnsServer(compatibility.SCRIPT, listen=["127.0.0.1:53"]):
        for version in (Path(version).name for version in versions):
            right = as_user(int(user), TRIALS[trial], version, way == "jailed")
            print(f"{'ok' if right else 'FAILED'} {kind}: {version} {way}", flush=True)


main(*sys.argv[1:])
