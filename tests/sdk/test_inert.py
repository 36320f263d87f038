"""A release that needs no repair, with the preload and without it: nobody can tell the difference."""

import re
import time
from pathlib import Path

import pytest

from example import RIGHT, RULES, SCRIPT
from openfiles import open_files
from sdkbox import PATIENCE_S, PRELOAD
from shimprocess import CREATED, wait_log
from test_sdk import JAILS, boxes


def process(pid, home):
    """What a process is: its name, command line, environment, files and parent; what is the box's or this
    run's alone is left out."""
    directory = Path("/proc", str(pid))
    box = {path.name for path in (home / "boxlite" / "boxes").iterdir()}
    # A pid of few digits is also somewhere in the middle of a hash.
    hidden = re.compile("|".join([*map(re.escape, box), rf"\b{pid}\b"]))

    def words(name):
        text = (directory / name).read_bytes().decode(errors="replace")
        return [hidden.sub("*", word) for word in text.split("\0")]

    files = [hidden.sub("*", target) for target in open_files(pid).values()]
    status = dict(re.findall(r"^(\w+):\s*(.*)$", (directory / "status").read_text(), re.M))
    return {
        "name": status["Name"],
        "program": (directory / "exe").readlink().name,
        "command": words("cmdline"),
        "environment": sorted(word.replace(f"{PRELOAD}:", "") for word in words("environ")),
        "files": sorted(re.sub(r":\[\d+\]", "", file) for file in files),
        "signals": [status[name] for name in ("SigBlk", "SigIgn", "SigCgt")],
        "privileges": [status[name] for name in ("Uid", "CapEff", "NoNewPrivs", "Seccomp")],
        "traced by": status["TracerPid"],
    }, int(status["PPid"])


def lines(shown, children, above=""):
    """Of a process and those below it, a line for each thing that is known of it."""
    name = f"{above}/{shown['name']}"
    told = [f"{name}: {what}: {value}" for what, value in sorted(shown.items())]
    return told + [line for child in children for line in lines(*child, name)]


def tree(app):
    """The application's processes, from the top down, as lines."""
    children = {}
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            parent = int(re.search(r"^PPid:\s*(\d+)$", status.read_text(), re.M).group(1))
        except OSError:
            continue
        children.setdefault(parent, []).append(int(status.parent.name))

    def below(pid):
        shown = process(pid, app.home)[0]
        return [shown, sorted(map(below, children.get(pid, [])), key=str)]

    top = sorted(map(below, children.get(app.process.pid, [])), key=str)
    return [line for each in top for line in lines(*each)]


def tree_at_rest(app):
    """The tree once it has been the same for a while: the shim closes the connections of the questions
    that it was asked when it comes to it, and nothing of it can be awaited from out here."""
    shown = tree(app)
    same = 0
    while same < 20:
        time.sleep(0.05)
        before, shown = shown, tree(app)
        same = same + 1 if shown == before else 0
    return shown


@pytest.mark.parametrize("version", ["python-0.10.8"], indirect=True)
@pytest.mark.parametrize("jail", JAILS)
def test_processes_and_answers_are_the_same(application, dns, jail):
    dns.set_script(SCRIPT)
    seen = []
    for repaired in (False, True, "run"):
        app = application(boxes(RULES, jail), repaired=repaired)
        answers = app.answers(RIGHT)
        questions = {(query.type, query.name) for query in dns.queries()}
        shown = tree_at_rest(app)
        assert "zones" not in wait_log(
            app.directory() / "logs", CREATED, lambda: app.process.poll() is not None, PATIENCE_S
        )
        app.close()
        seen.append((answers, questions, shown))
    assert "boxlite-shim" in str(seen[0][2])
    for other in seen[1:]:
        for without, with_it in zip(seen[0], other, strict=True):
            assert without == with_it
