"""Inside the machine: services that start boxes of the published shims, without the repair and with it.

The kernel's command line has lab.only="WORD..." if only that is to be tried of which a word is in the name.
Says "ok NAME" or "FAILED NAME" of each thing tried, before it a row "@@ {JSON}" of what came of it,
and last "machine done".
"""

import json
import re
import sys
import traceback
from pathlib import Path

import service
from service import Service, page, run
from units import APPARMOR, DOCUMENT, FAILS, KILLED, PROFILE, REPAIRED, UNITS, YAMA

sys.path.insert(0, str(service.TESTS / "support"))

from dnsserver import DnsServer  # noqa: E402
from example import SCRIPT  # noqa: E402

WAYS = ("plain", "jailed")


def say(*words):
    print(*words, flush=True)


class Tries:
    """What is tried, one thing after the other."""

    def __init__(self, words):
        self._words = words

    def attempt(self, name, do, *arguments):
        """`do` returns the row."""
        if self._words and not any(word in name for word in self._words):
            return
        try:
            row = do(*arguments)
        except Exception:
            say(traceback.format_exc())
            say(f"FAILED {name}")
            return
        say("@@ " + json.dumps({"name": name, **row}))
        say(f"ok {name}")
        say(Path("/proc/uptime").read_text())


def yama(scope):
    Path("/proc/sys/kernel/yama/ptrace_scope").write_text(f"{scope}\n")


def check(without, with_it, expected):
    """Whether a box came to what it should."""
    told = (without.what, without.lines, with_it.what, with_it.lines)
    if expected == FAILS:
        assert (without.what, with_it.what) == ("fails", "fails"), told
        assert with_it.lines == without.lines, told
    elif expected == REPAIRED:
        assert (without.what, with_it.what) == ("starts", "repaired"), told
    else:
        assert (without.what, with_it.what) == ("starts", "refused"), told
        assert expected in with_it.text, told


def start(lines, expected):
    """A service as it stands, and with the page's drop-in. doctor knows before, and after."""
    with Service(lines) as unit:
        without = unit.start()
        with_it = unit.do("systemd-on")
    for way, what in expected.items():
        check(without.boxes[way], with_it.boxes[way], what)
    ends = set(expected.values()) - {FAILS}
    # Where one box is refused and the other is not, no verdict on the service is right for both.
    if len(ends) == 1:
        word = ("not-covered", "covered") if ends == {REPAIRED} else ("cannot-be-covered",) * 2
        assert (without.doctor, with_it.doctor) == word, (without.report, with_it.report)
    return {way: {"outcome": box.what, "text": box.text} for way, box in with_it.boxes.items()}


def document():
    """The page's own unit, from the drop-in to its removal."""
    with Service(DOCUMENT) as unit:
        blocks = ("systemd-on", "systemd-ptrace", "systemd-off")
        came = [(block, unit.do(block).boxes["plain"]) for block in blocks]
        assert [box.what for _, box in came] == ["refused", "repaired", "starts"], [
            (block, box.what, box.lines) for block, box in came
        ]
        assert KILLED in came[0][1].text
        unit.do("systemd-on")
        assert service.NAME not in page("systemd-verify")
    return {"plain": {"outcome": came[0][1].what, "text": came[0][1].text}}


def load_profile(rule):
    Path("/etc/apparmor.d/my-app").write_text(PROFILE % rule)
    run(["apparmor_parser", "--replace", "--skip-cache", "/etc/apparmor.d/my-app"])


def setting(name):
    """Of the kernel, None where it has none."""
    file = Path("/proc/sys", name)
    return file.read_text().strip() if file.exists() else None


def main():
    only = re.search(r'lab.only="?(.*?)["\n]', Path("/proc/cmdline").read_text())
    tries = Tries(only.group(1).split() if only else [])
    say(run(["systemctl", "--version"]).splitlines()[0], run(["uname", "-r"]).strip())
    yama(1)
    page("install")
    tries.attempt("the page's unit", document)
    for name, lines, *expected in UNITS:
        tries.attempt(name, start, lines, dict(zip(WAYS, expected)))
    for name, rule, lines, *expected in APPARMOR:
        load_profile(rule)
        tries.attempt(name, start, lines, dict(zip(WAYS, expected)))
    for scope, cases in YAMA.items():
        yama(scope)
        for name, lines, *expected in cases:
            tries.attempt(name, start, lines, dict(zip(WAYS, expected)))


with DnsServer(SCRIPT, listen=["127.0.0.1:53"]):
    main()
say("machine done")
