"""make install and make uninstall."""

import re
import shutil

import pytest

from packaging_tools import OURS, ROOT, make, run, snapshot

STANDARD = ["bin", "lib", "share/man/man1", "share/man/man7", "share/bash-completion/completions"]
STANDARD += ["share/doc"]
PREFIX, LIBDIR = "/opt/tools", "/opt/tools/lib64"
OBJECT = f"{LIBDIR}/{OURS}/libboxlite_allownet.so"


@pytest.fixture
def place(unpacked, package, tmp_path):
    """(directory for DESTDIR, function that runs a target there). `package` has built it all."""
    directory = tmp_path / "stage"
    for name in [*STANDARD, "lib64"]:
        (directory / "opt/tools" / name).mkdir(parents=True)
    (directory / "opt/tools/share/man/man1/ls.1").write_text("somebody else's")

    def do(target):
        words = [f"DESTDIR={directory}", f"PREFIX={PREFIX}", f"LIBDIR={LIBDIR}"]
        make(unpacked, "BUILD=build/deb/build", "CFLAGS=-O2", *words, target)

    return directory, do


def test_nothing_is_left_of_it(place):
    directory, do = place
    before = snapshot(directory)
    do("install")
    assert f"opt/tools/lib64/{OURS}/libboxlite_allownet.so" in snapshot(directory)
    do("uninstall")
    assert snapshot(directory) == before


def test_twice_is_as_once(place):
    directory, do = place
    do("install")
    once = snapshot(directory)
    do("install")
    assert snapshot(directory) == once


def test_files_of_others_stay(place):
    directory, do = place
    do("install")
    kept = directory / LIBDIR[1:] / OURS / "notes"
    kept.touch()
    do("uninstall")
    assert list(kept.parent.iterdir()) == [kept]


def test_the_link_leads_to_a_command_that_finds_its_object(place):
    directory, do = place
    do("install")
    command = directory / "opt/tools/bin" / OURS
    assert not command.readlink().is_absolute()
    told = run(command, "run", "--", "true", env={"BOXLITE_ALLOWNET_DETECT": "1"})
    assert "preload mode=on" in told


def test_a_place_that_the_loader_cannot_name_is_refused(place, tmp_path):
    directory, do = place
    do("install")
    shutil.copytree(directory / LIBDIR[1:] / OURS, tmp_path / "with space")
    text = run(tmp_path / "with space" / OURS, "run", "--", "true", status=125)
    assert "space" in text and "move it" in text


def test_installed_documents_lead_to_installed_documents(place):
    directory, do = place
    do("install")
    documents = directory / PREFIX[1:] / "share/doc" / OURS
    assert {"README.md", "CHANGELOG.md", "operate.md"} <= {path.name for path in documents.iterdir()}
    links = {
        (path, link)
        for path in documents.rglob("*.md")
        for link in re.findall(r"\]\(([^)#\s]+)", path.read_text())
        if ":" not in link
    }
    assert len(links) > 20
    assert [pair for pair in links if not (pair[0].parent / pair[1]).exists()] == []


def test_the_examples_name_the_installed_object(place):
    directory, do = place
    do("install")
    examples = directory / PREFIX[1:] / "share/doc" / OURS / "examples"
    text = (examples / f"{OURS}.conf").read_text()
    assert f"\nEnvironment=LD_PRELOAD={OBJECT}\n" in text
    for file in examples.iterdir():
        assert "@" not in re.sub(r"@system-service|@debug", "", file.read_text())


def test_the_default_example_has_every_variable():
    """But the one that ends the process."""
    known = set(re.findall(r'"(_[A-Z_]+)"', (ROOT / "shim/plan/settings.c").read_text())) | {""}
    text = (ROOT / "scripts/deb/boxlite-allownet.default").read_text()
    assert set(re.findall(r"^#BOXLITE_ALLOWNET(\w*)=", text, re.M)) == known - {"_DETECT"}
    assert not re.findall(r"^[^#\n]", text, re.M), "something is not commented out"
