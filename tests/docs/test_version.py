"""One version: that of the Makefile is in all that an operator reads."""

import os
import re
import subprocess

import pytest

from messages import ROOT

(VERSION,) = re.findall(r"^VERSION := (\S+)$", (ROOT / "Makefile").read_text(), re.M)
NAMED = {
    "README.md": r"repair loaded version=(\S+)",
    "docs/operate.md": r"boxlite-allownet[_:](\d\S*?)(?:_amd64\.deb)?$",
    "docs/man/boxlite-allownet.1": r'^\.Os "boxlite-allownet (\S+)"$',
    "docs/man/libboxlite_allownet.7": r'^\.Os "boxlite-allownet (\S+)"$',
}


def test_it_is_a_release_that_can_be_compared():
    assert re.fullmatch(r"\d+\.\d+\.\d+", VERSION)


def test_the_command_says_it():
    command = ROOT / os.environ.get("BUILD", "build") / "boxlite-allownet"
    done = subprocess.run([command, "version"], check=True, stdout=subprocess.PIPE, text=True)
    assert done.stdout.split()[:2] == ["boxlite-allownet", VERSION]


@pytest.mark.parametrize("name", NAMED)
def test_a_page_names_this_one_and_no_other(name):
    found = re.findall(NAMED[name], (ROOT / name).read_text(), re.M)
    assert found and set(found) == {VERSION}


def test_the_change_log_begins_with_it():
    first = re.search(r"^## (.*)$", (ROOT / "CHANGELOG.md").read_text(), re.M).group(1)
    assert re.fullmatch(rf"{re.escape(VERSION)}, (\d{{4}}-\d\d-\d\d|not yet released)", first)
