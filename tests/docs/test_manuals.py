"""The manual pages: correct for the tools, and complete as to variables and options."""

import re
import shutil
import subprocess

import pytest

import csource
from messages import ROOT
from test_links import documents

MANUALS = sorted((ROOT / "docs" / "man").iterdir())
COMMAND_PAGE = ROOT / "docs" / "man" / "boxlite-allownet.1"
OBJECT_PAGE = ROOT / "docs" / "man" / "libboxlite_allownet.7"
README = ROOT / "README.md"
SETTINGS = ROOT / "shim" / "plan" / "settings.c"

HELP = ROOT / "shim" / "command" / "help.c"
DEFAULT = ROOT / "scripts" / "deb" / "boxlite-allownet.default"
FUZZER = ROOT / "tests" / "fuzz" / "fuzz_settings.c"
DICTIONARY = ROOT / "tests" / "fuzz" / "dict" / "settings.dict"

NUMBER = re.compile(r'NUMBER\("(_\w+)", [\w.]+, (\d+), (\d+), (\d+),')
# What the texts write for "any of them".
PLACEHOLDERS = {"BOXLITE_ALLOWNET_NAME"}
# Between our own processes; not for an operator.
INTERNAL = {"BOXLITE_ALLOWNET_JAIL"}


def text_of(page):
    """As it is read, one space between words."""
    done = subprocess.run(
        ["mandoc", "-T", "ascii", "-O", "width=200", page], check=True, stdout=subprocess.PIPE, text=True
    )
    return " ".join(re.sub(".\b", "", done.stdout).split())


def test_what_is_to_be_pasted_is_whole_at_80_columns():
    """A line that is broken is two commands: the second one runs without the repair."""
    examples = COMMAND_PAGE.read_text().split(".Sh EXAMPLES")[1].split(".Sh ")[0]
    wanted = [
        line for line in examples.splitlines()
        if re.search("boxlite-allownet [a-z]|LD_PRELOAD=|^python3", line)
    ]
    assert len(wanted) >= 5
    done = subprocess.run(
        ["mandoc", "-T", "ascii", "-O", "width=80", COMMAND_PAGE],
        check=True, stdout=subprocess.PIPE, text=True,
    )
    shown = [re.sub(".\b", "", line).strip() for line in done.stdout.splitlines()]
    assert [line for line in wanted if line.removeprefix(".Dl $ ") not in shown] == []


def variables():
    """All that settings.c reads."""
    names = {
        literal.text
        for literal in csource.literals(SETTINGS)
        if re.fullmatch("_[A-Z0-9_]+", literal.text)
    }
    assert len(names) > 10
    return {"BOXLITE_ALLOWNET"} | {f"BOXLITE_ALLOWNET{name}" for name in names}


@pytest.fixture(autouse=True)
def tools():
    for tool in ("mandoc", "man"):
        if shutil.which(tool) is None:
            pytest.skip(f"there is no {tool}")


@pytest.mark.parametrize("page", MANUALS, ids=lambda page: page.name)
def test_mandoc_finds_no_fault(page):
    done = subprocess.run(
        ["mandoc", "-T", "lint", "-W", "warning", page], stdout=subprocess.PIPE, text=True
    )
    assert (done.stdout, done.returncode) == ("", 0)


@pytest.mark.parametrize("width", (80, 120))
@pytest.mark.parametrize("page", MANUALS, ids=lambda page: page.name)
def test_man_shows_it_without_a_warning(page, width):
    done = subprocess.run(
        ["man", "--warnings=all", "-l", page],
        env={"PATH": "/usr/bin:/bin", "MANWIDTH": str(width), "LC_ALL": "C.UTF-8"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert (done.stderr, done.returncode) == ("", 0)
    assert "EXIT STATUS" in done.stdout or "MESSAGES" in done.stdout


# Where each setting is described or tried, and how it is written there.
PLACES = {
    README: r"^\| `{}` \|",
    OBJECT_PAGE: r"^\.It Ev {}$",
    HELP: r'^    "  {} ',
    DEFAULT: r"^#{}=",
    DICTIONARY: r'^"{}=',
}
# Not for the environment of a service: the program would print its answer and end.
NO_DEFAULT = {"BOXLITE_ALLOWNET_DETECT"}


def test_every_variable_is_everywhere():
    missing = [
        f"{place.relative_to(ROOT)} lacks {name}"
        for place, form in PLACES.items()
        for name in sorted(variables() - (NO_DEFAULT if place == DEFAULT else set()))
        if not re.search(form.format(name), place.read_text(), re.MULTILINE)
    ]
    assert not missing, "\n".join(missing)


def test_every_number_has_its_range_and_default():
    manual, readme, fuzzer = text_of(OBJECT_PAGE), README.read_text(), FUZZER.read_text()
    numbers = NUMBER.findall(SETTINGS.read_text())
    assert len(numbers) == SETTINGS.read_text().count("NUMBER(\"") > 0
    wrong = []
    for name, low, high, default in numbers:
        item = (manual + " ").partition(f" BOXLITE_ALLOWNET{name} ")[2].split(" BOXLITE_ALLOWNET_")[0]
        if not re.search(rf"\b{low}\b.* to {high}\b.*default {default}\.", item):
            wrong.append(f"{OBJECT_PAGE.name}: {name}: {item}")
        row = re.search(rf"\| `BOXLITE_ALLOWNET{name}` \| (.*?) \|", readme)
        if not row or not re.fullmatch(rf"{low}\D* ?(?:-|to) ?{high}; {default}", row[1]):
            wrong.append(f"{README.name}: {name}: {row and row[1]}")
        if f'{{PREFIX "{name}", {low}, {high}, {default}, ' not in fuzzer:
            wrong.append(f"{FUZZER.name}: {name}")
    assert not wrong, "\n".join(wrong)


def test_no_text_names_a_variable_that_is_not_read():
    known = variables() | PLACEHOLDERS | INTERNAL
    for document in (*documents(), *MANUALS):
        named = set(re.findall(r"BOXLITE_ALLOWNET(?:_[A-Z]+(?:_[A-Z]+)*)?", document.read_text()))
        assert named <= known, (document.name, named - known)
