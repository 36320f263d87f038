"""What a person sees: on a terminal, narrow and wide, in colour and without."""

import re
import shutil
import tempfile
from pathlib import Path

import pytest

from clibox import Shown
from doctorbox import COMMAND, OBJECT, NodeProcess, copy_of, run, text

# Wider than 80: a path or a file's name is kept whole, to be copied.
UNBREAKABLE = re.compile(r"\S*[/=]\S*")


def too_wide(shown, columns):
    commands = f"       {COMMAND} "  # to be pasted, never broken
    return [
        line
        for line in shown.splitlines()
        if len(line) > columns
        and not line.startswith(commands)
        and not any(len(word) > 60 for word in UNBREAKABLE.findall(line))
    ]


@pytest.fixture
def short(published):
    """The published shim by a short path."""
    directory = Path(tempfile.mkdtemp(prefix="d", dir="/tmp"))
    yield copy_of(published("0.9.7"), directory)
    shutil.rmtree(directory)


@pytest.mark.parametrize("columns", [80, 160])
def test_on_a_terminal(short, columns):
    shown = Shown("doctor", short, columns=columns)
    assert shown.status == 1
    # The verdict first, in red; then what to do; evidence after that.
    assert shown.raw.startswith("\x1b[31mAFFECTED, not covered\x1b[0m: boxlite 0.9.7\r\n")
    lines = shown.text.splitlines()
    # What is to be pasted is not broken.
    assert lines[2] == "Do one of these"
    assert f"       {COMMAND} run -- COMMAND" in lines
    assert f"       export LD_PRELOAD={OBJECT}" in lines
    assert [line for line in lines if line.startswith("  shim ")] == [f"  shim         {short}"]
    assert too_wide(shown.text, columns) == []
    if columns == 160:
        assert "it reads host_ip, and create takes two arguments: 0.9.5 to 0.9.7" in shown.text


def test_evidence_is_aligned(short):
    lines = text(short).splitlines()
    rows = lines[lines.index("Evidence") + 1 :]
    rows = [line for line in rows if line not in ("", "This machine")]
    assert len(rows) > 10
    assert all(re.match(r"  \S.{12}\S| {15}\S", line) for line in rows), rows


@pytest.mark.parametrize("extra", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_without_colour(short, extra):
    shown = Shown("doctor", short, **extra)
    assert "\x1b" not in shown.raw
    assert shown.text.startswith("AFFECTED, not covered: boxlite 0.9.7\n")


def test_not_on_a_terminal(short):
    told = run("doctor", short)
    assert "\x1b" not in told.stdout
    assert told.stderr == ""
    assert too_wide(told.stdout, 80) == []


def test_what_is_well_is_green(published):
    shown = Shown("doctor", published("0.10.3"))
    assert shown.status == 0
    assert shown.raw.startswith("\x1b[32mNOT AFFECTED\x1b[0m: boxlite 0.10.3\r\n")
    assert "Do " not in shown.text


def test_nothing_found_is_not_green():
    shown = Shown("doctor", "/bin/true")
    assert shown.status == 4
    assert shown.raw.startswith("\x1b[33mNOTHING FOUND\x1b[0m: ")


def test_several_findings_have_a_line_each(published, tmp_path):
    for version in ("0.9.7", "0.10.3"):
        copy_of(published(version), tmp_path / f"v{version}")
    lines = text(tmp_path).splitlines()
    assert lines[0] == "AFFECTED, not covered: the worst of 2 findings"
    assert "    NOT AFFECTED: boxlite 0.10.3" in lines
    assert "    AFFECTED, not covered: boxlite 0.9.7" in lines
    # Each line of advice once.
    advice = [line for line in lines if "LD_PRELOAD=" in line]
    assert len(advice) == 1


def test_a_name_cannot_write_on_the_terminal(published, tmp_path):
    shim = copy_of(published("0.9.7"), tmp_path / "\x1b[2Jtrap")
    shown = run("doctor", shim).stdout
    assert "\x1b" not in shown
    assert "\\x1b[2Jtrap" in shown


def test_the_text_of_an_application(module, node):
    with NodeProcess(module("0.9.7")) as application:
        told = run("doctor", application.pid)
    assert told.returncode == 1
    verdict = "AFFECTED, not covered: boxlite 0.9.7, our object is not loaded"
    assert told.stdout.splitlines()[0] == verdict
    assert f"\n  process      {application.pid}, " in told.stdout
    assert "\n  object       ours is not in this process\n" in told.stdout


def test_output_that_cannot_be_written(published):
    for words in (["doctor"], ["doctor", "--json"]):
        full = ["-c", '"$@" > /dev/full', "sh", COMMAND, *words, published("0.9.7")]
        told = run(*full, command="sh")
        assert told.returncode == 3
        assert "cannot write" in told.stderr
