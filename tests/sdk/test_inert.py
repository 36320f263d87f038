"""A release that needs no repair, with the preload and without it: nobody can tell the difference."""

import re
from pathlib import Path

import pytest

from example import RIGHT, RULES, SCRIPT
from sdkbox import PRELOAD
from test_sdk import JAILS, boxes


def process(pid, home):
    """What a process is: its name, command line, environment, files and parent; what is the box's or this
    run's alone is left out."""
    directory = Path("/proc", str(pid))
    box = {path.name for path in (home / "boxlite" / "boxes").iterdir()}
    hidden = re.compile("|".join(map(re.escape, [*box, str(pid)])))

    def words(name):
        text = (directory / name).read_bytes().decode(errors="replace")
        return [hidden.sub("*", word) for word in text.split("\0")]

    files = [hidden.sub("*", str(file.readlink())) for file in (directory / "fd").iterdir()]
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


def tree(app):
    """The application's processes as a tree: [what it is, its children]."""
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

    return sorted(map(below, children.get(app.process.pid, [])), key=str)


@pytest.mark.parametrize("version", ["python-0.10.8"], indirect=True)
@pytest.mark.parametrize("jail", JAILS)
def test_processes_and_answers_are_the_same(application, dns, jail):
    dns.set_script(SCRIPT)
    seen = []
    for repaired in (False, True, "run"):
        app = application(boxes(RULES, jail), repaired=repaired)
        answers = app.answers(RIGHT)
        questions = {(query.type, query.name) for query in dns.queries()}
        shown = tree(app)
        logs = (app.directory() / "logs").glob("boxlite-shim.log*")
        assert "zones" not in "".join(log.read_text() for log in logs)
        app.close()
        seen.append((answers, questions, shown))
    assert str(seen[0][2]).count("boxlite-shim") > 0
    assert seen[0] == seen[1] == seen[2]
