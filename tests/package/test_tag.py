"""make tag: the last commit becomes the release that the Makefile names, or it is said why not."""

import re

import pytest

from packaging_tools import ROOT, WHO, make, run

(VERSION,) = re.findall(r"^VERSION := (\S+)$", (ROOT / "Makefile").read_text(), re.M)
DATED = f"## {VERSION}, 2001-09-09"


def commit(directory, pattern, replacement):
    """A change of the change log, committed."""
    log = directory / "CHANGELOG.md"
    log.write_text(re.sub(pattern, replacement, log.read_text(), count=1, flags=re.M))
    run("git", "commit", "-q", "--allow-empty", "-a", "-m", "change log", cwd=directory, env=WHO)


@pytest.fixture
def tree(clone):
    directory = clone("tree")
    commit(directory, "^## .*$", DATED)
    return directory


def test_an_annotated_tag_with_the_changes_as_its_text(tree):
    assert f"v{VERSION} is " in make(tree, "tag", env=WHO)
    assert run("git", "cat-file", "-t", f"v{VERSION}", cwd=tree) == "tag\n"
    assert run("git", "rev-list", "-n1", f"v{VERSION}", cwd=tree) == run("git", "rev-parse", "HEAD", cwd=tree)
    text = run("git", "tag", "-l", "--format=%(contents)", f"v{VERSION}", cwd=tree)
    changes = (tree / "CHANGELOG.md").read_text().split(f"{DATED}\n")[1].split("\n## ")[0]
    assert text.strip() == f"boxlite-allownet {VERSION}\n{changes.rstrip()}"
    assert "\n### " in text


def test_a_dirty_tree_is_refused(tree):
    (tree / "new").touch()
    assert "tag: there are changes that are not committed" in make(tree, "tag", env=WHO, status=2)
    assert run("git", "tag", cwd=tree) == ""


def test_a_tag_is_made_once(tree):
    make(tree, "tag", env=WHO)
    before = run("git", "rev-parse", f"v{VERSION}", cwd=tree)
    commit(tree, "^$", "")
    assert f"tag: there is a tag v{VERSION} already" in make(tree, "tag", env=WHO, status=2)
    assert run("git", "rev-parse", f"v{VERSION}", cwd=tree) == before


@pytest.mark.parametrize("heading", [f"## {VERSION}, not yet released", "## 9.9.9, 2001-09-09"])
def test_a_change_log_of_something_else_is_refused(tree, heading):
    commit(tree, "^## .*$", heading)
    assert f'CHANGELOG.md begins with "{heading}"' in make(tree, "tag", env=WHO, status=2)
    assert run("git", "tag", cwd=tree) == ""
