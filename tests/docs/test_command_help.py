"""What `boxlite-allownet help` tells is in the manual page and in the completion."""

import os
import re
import subprocess

import pytest

from messages import ROOT
from test_manuals import COMMAND_PAGE, text_of

COMMAND = ROOT / os.environ.get("BUILD", "build") / "boxlite-allownet"
COMPLETION = ROOT / "shim" / "command" / "boxlite-allownet.bash"


def told(*arguments):
    return subprocess.run(
        [COMMAND, "help", *arguments], check=True, stdout=subprocess.PIPE, text=True
    ).stdout


def commands():
    found = re.findall(r"^  (\w+)  ", told(), re.MULTILINE)
    assert {"run", "doctor", "explain", "resolve", "overlay", "version", "help"} <= set(found)
    return found


def options(text):
    return set(re.findall(r"--[a-z][a-z-]*", text))


def sections():
    """{command: the source of its section in the manual}"""
    parts = re.split(r"^\.S[sh] (\w+)", COMMAND_PAGE.read_text(), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2]))


def test_the_manual_has_every_command_and_option():
    manual = sections()
    for command in commands():
        # --selftest and --version stand for commands.
        for option in options(told(command)) - {f"--{command}"}:
            assert f"Fl -{option[2:]}" in manual[command], (command, option)


def test_the_manual_has_no_other_option():
    known = {"--help", "--version", "--selftest"}
    for command in commands():
        known |= options(told(command))
    assert options(text_of(COMMAND_PAGE)) <= known


def test_the_help_of_a_command_is_what_its_option_prints():
    for command in commands():
        done = subprocess.run(
            [COMMAND, command, "--help"], check=True, stdout=subprocess.PIPE, text=True
        )
        assert done.stdout == told(command)


def test_the_completion_has_every_command_and_option():
    completion = COMPLETION.read_text()
    for command in commands():
        assert re.search(rf"\b{command}\b", completion), command
        for option in options(told(command)):
            assert option in completion, (command, option)


@pytest.mark.parametrize("words, wanted", [(["boxlite-allownet", "doc"], "doctor")])
def test_the_completion_completes(words, wanted):
    script = (
        f"source {COMPLETION}; COMP_WORDS=({' '.join(words)}); COMP_CWORD={len(words) - 1};"
        " COMP_LINE=\"${COMP_WORDS[*]}\"; COMP_POINT=${#COMP_LINE};"
        " $(complete -p boxlite-allownet | sed 's/.*-F \\([^ ]*\\).*/\\1/') boxlite-allownet"
        f" {words[-1]} {words[-2]}; echo \"${{COMPREPLY[@]}}\""
    )
    done = subprocess.run(["bash", "-c", script], check=True, stdout=subprocess.PIPE, text=True)
    assert wanted in done.stdout.split()
