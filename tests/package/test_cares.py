"""The sources of c-ares: the pinned ones or none."""

import re
import shutil
import tarfile

import pytest

from packaging_tools import ROOT, make, run, snapshot

(PINNED,) = re.findall(r"^CARES_VERSION *:= *(\S+)$", (ROOT / "Makefile").read_text(), re.M)
SOURCES = ROOT / "build" / f"cares-{PINNED}"


@pytest.fixture
def tree(clone):
    return clone("tree")


@pytest.fixture
def release(tmp_path):
    """release(CHANGE): an archive laid out as c-ares' own, of sources that CHANGE was done to."""

    def make_release(change=lambda sources: None):
        sources = tmp_path / f"c-ares-{PINNED}"
        shutil.copytree(SOURCES, sources)
        # Made by c-ares' own build, and of no use here.
        (sources / "include" / "ares_build.h").write_text("#error\n")
        (sources / "test").mkdir()
        (sources / "test" / "ares-test.h").write_text("")
        change(sources)
        with tarfile.open(tmp_path / "release.tar.gz", "w:gz") as archive:
            archive.add(sources, sources.name)
        return tmp_path / "release.tar.gz"

    return make_release


def test_an_archive_at_hand_will_do(tree, release):
    run("scripts/fetch-cares", release(), cwd=tree)
    fetched = tree / "build" / f"cares-{PINNED}"
    assert snapshot(fetched).keys() == snapshot(SOURCES).keys()
    for name in ("LICENSE.md", "include/ares.h", "src/lib/ares_init.c"):
        assert (fetched / name).read_bytes() == (SOURCES / name).read_bytes()


def changed(sources):
    with open(sources / "src/lib/ares_query.c", "a", encoding="utf-8") as file:
        file.write("/* */\n")


def added(sources):
    (sources / "src/lib/another.c").write_text("int another;\n")


def renamed(sources):
    (sources / "src/lib/ares_query.c").rename(sources / "src/lib/ares_questions.c")


@pytest.mark.parametrize("change", [changed, added, renamed])
def test_other_sources_are_refused(tree, release, change):
    text = run("scripts/fetch-cares", release(change), cwd=tree, status=1)
    assert re.search(r"have SHA-256 [0-9a-f]{64}, not [0-9a-f]{64}", text)
    assert not list((tree / "build").iterdir())


def test_sources_that_were_changed_are_replaced(tree, release):
    archive = release()
    run("scripts/fetch-cares", archive, cwd=tree)
    changed(tree / "build" / f"cares-{PINNED}")
    run("scripts/fetch-cares", archive, cwd=tree)
    fetched = tree / "build" / f"cares-{PINNED}" / "src/lib/ares_query.c"
    assert fetched.read_bytes() == (SOURCES / "src/lib/ares_query.c").read_bytes()


def test_a_build_without_them_says_what_to_run(tree):
    text = make(tree, "all", status=2)
    assert f"the sources of c-ares {PINNED} are not there: run scripts/setup" in text
