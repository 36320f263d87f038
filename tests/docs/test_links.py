"""Links and paths in the documents."""

import re
import subprocess

import pytest

from messages import ROOT

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
# A place on the machine of whoever wrote it.
MACHINE_PATH = re.compile(r"(?:^|[\s\"'`=:(])((?:/work|/root|/home|/Users|/mnt)/\S+)", re.MULTILINE)


def documents():
    done = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"],
        cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True,
    )
    found = [ROOT / name for name in done.stdout.split() if (ROOT / name).exists()]
    assert len(found) >= 5
    return found


def anchors(document):
    """As GitHub makes them of headings."""
    found = set()
    for heading in re.findall(r"^#+ (.*)$", FENCE.sub("", document.read_text()), re.MULTILINE):
        words = re.sub(r"[^\w\- ]", "", re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower())
        found.add(words.replace(" ", "-"))
    return found


def broken_links(document, text):
    broken = []
    for target in LINK.findall(FENCE.sub("", text)):
        path, _, anchor = target.partition("#")
        if re.match(r"[a-z]+:", target):
            continue
        file = (document.parent / path).resolve() if path else document
        if not file.exists() or (anchor and anchor not in anchors(file)):
            broken.append(target)
    return broken


@pytest.mark.parametrize("document", documents(), ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(document):
    assert broken_links(document, document.read_text()) == []


def test_control_a_broken_link_is_found():
    text = "[a](README.md) [b](gone.md) [c](README.md#nothing-of-the-kind)"
    assert broken_links(ROOT / "x.md", text) == ["gone.md", "README.md#nothing-of-the-kind"]


@pytest.mark.parametrize("document", documents(), ids=lambda path: str(path.relative_to(ROOT)))
def test_no_path_of_a_machine(document):
    assert MACHINE_PATH.findall(document.read_text()) == []
