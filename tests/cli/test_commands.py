"""Commands and options: what is there, what is said about what is not."""

import re
import subprocess

import pytest

from clibox import COMMAND, checked_json, environment, run
from bridgehost import PRELOAD, ROOT

(PINNED,) = re.findall(r"^CARES_VERSION *:= *(\S+)$", (ROOT / "Makefile").read_text(), re.M)
COMMANDS = ["run", "doctor", "explain", "resolve", "overlay", "selftest", "version", "help"]


def test_without_a_word_it_tells_how_to_use_it():
    result = run()
    assert result.returncode == 125
    assert result.stdout == ""
    assert "Usage: boxlite-allownet COMMAND" in result.stderr


@pytest.mark.parametrize("word", ["help", "--help", "-h"])
def test_help_lists_what_an_operator_may_use(word):
    result = run(word)
    assert result.returncode == 0 and result.stderr == ""
    listed = re.findall(r"^  (\S+)  +\S", result.stdout, re.M)
    assert listed == COMMANDS
    assert "launch" not in result.stdout and "attach" not in result.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_a_help_of_80_columns(command):
    texts = {
        run("help", command).stdout,
        run(command, "--help").stdout,
        run(command, "-h").stdout,
    }
    assert len(texts) == 1
    text = texts.pop()
    assert text.startswith(f"Usage: boxlite-allownet {command}")
    assert max(map(len, text.splitlines())) <= 80
    assert "Exit status:" in text


def test_the_variables_have_a_help():
    """All that are read, with their limits as the manual has them; the wheel brings no manual."""
    text = run("help", "settings").stdout
    assert max(map(len, text.splitlines())) <= 80
    manual = (ROOT / "docs/man/libboxlite_allownet.7").read_text()
    names = set(re.findall(r"^\.It Ev (BOXLITE_ALLOWNET\w*)", manual, re.M))
    assert len(names) > 10 and set(re.findall(r"BOXLITE_ALLOWNET\w*", text)) == names


@pytest.mark.parametrize("command", ["resolve", "version", "run"])
def test_help_is_an_option_like_any_other(command):
    other = {"resolve": "--json", "version": "--json", "run": "--observe"}[command]
    assert run(command, other, "--help").stdout == run("help", command).stdout


@pytest.mark.parametrize(
    "words, nearest",
    [
        (["rum"], "run"),
        (["docter"], "doctor"),
        (["resovle"], "resolve"),
        (["help", "explian"], "explain"),
        (["--verson"], "--version"),
        (["--selftset"], "--selftest"),
        (["run", "--obsreve", "true"], "--observe"),
        (["resolve", "--jsn", "a.example"], "--json"),
        (["resolve", "a.example", "--confg=x"], "--config"),
        (["version", "--jason"], "--json"),
    ],
)
def test_a_slip_of_the_pen_is_recognised(words, nearest):
    result = run(*words)
    assert result.returncode == 125
    assert f'did you mean "{nearest}"?' in result.stderr
    assert len(result.stderr.splitlines()) == 2
    assert result.stdout == ""


@pytest.mark.parametrize(
    "words, text",
    [
        (["frobnicate"], 'there is no command "frobnicate"\nTry: boxlite-allownet help'),
        (["help", "attach"], 'there is no command "attach"'),
        (["help", "run", "run"], 'one command at a time, not "run" as well'),
        (["--frobnicate"], 'there is no option "--frobnicate"'),
        (["-x"], 'there is no option "-x"'),
        (["version", "-xj"], 'version: there is no option "-x"'),
        (["version", "--json=3"], "version: --json takes no value"),
        (["version", "now"], 'version: unexpected argument "now"'),
        (["selftest", "now"], 'selftest: unexpected argument "now"'),
        (["resolve"], "resolve: there is no host to look up"),
        (["resolve", "--config"], "resolve: --config needs a value"),
        (["resolve", "--config", "x", "h"], 'either --config or hosts, not "h" as well'),
        (["run"], "run: there is no command to run"),
        (["run", ""], "run: an argument is empty"),
        (["run", "--", ""], "run: an argument is empty"),
        (["explain", ""], "explain: an argument is empty"),
        (["overlay", "x", "--shim", ""], "overlay: an argument is empty"),
        (["overlay"], "overlay: there is no directory to make"),
        (["overlay", "--shim"], "overlay: --shim needs a value"),
        (["overlay", "--shin", "s"], 'overlay: there is no option "--shin"; did you mean "--shim"?'),
        (["overlay", "d", "e"], 'overlay: one directory at a time, not "e" as well'),
        (["run", "--"], "run: there is no command to run"),
    ],
)
def test_a_wrong_use_is_named(words, text):
    result = run(*words)
    assert result.returncode == 125
    assert text in result.stderr
    assert "\nTry: boxlite-allownet " in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize(
    "words",
    ["", "doctor", "explain", "overlay /no/directory --shim", "resolve --config", "run", "help"],
)
def test_a_message_cannot_drive_the_terminal(words):
    """A file's name may be somebody else's."""
    result = run(*words.split(), "/no\x1b[31m\x9b\u202efile")
    assert result.returncode != 0
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", result.stderr)
    assert r"no\x1b[31m\xc2\x9b\xe2\x80\xaefile" in result.stderr


def test_doctors_own_failures_are_told_from_its_verdicts():
    assert run("doctor", "--jsno").returncode == 3


@pytest.mark.parametrize("word", ["version", "--version", "-V"])
def test_version(word):
    result = run(word)
    assert result.returncode == 0
    assert re.fullmatch(
        rf"boxlite-allownet \d+\.\d+\.\d+ \(\S+\), c-ares {re.escape(PINNED)}\n", result.stdout
    )


def test_version_for_a_program():
    document = checked_json(run("version", "--json").stdout, "version")
    line = run("version").stdout
    for value in document.values():
        assert value in line


@pytest.mark.parametrize("mode", ["on", "observe", "off"])
def test_detect_tells_version_and_mode_in_place_of_the_command(mode):
    """Also where the command would never end."""
    result = run("run", "--", "cat", BOXLITE_ALLOWNET_DETECT=1, BOXLITE_ALLOWNET=mode)
    build = re.search(r"\S+ \(\S+\)(?=,)", run("version").stdout).group()
    assert result.stdout == f"boxlite-allownet {build} preload mode={mode}\n"
    assert result.returncode == 0 and result.stderr == ""


def test_detect_is_silent_where_the_preload_is_not():
    result = run("hello", command="/bin/echo", BOXLITE_ALLOWNET_DETECT=1)
    assert result.stdout == "hello\n"


def test_detect_speaks_for_a_preload_set_by_hand():
    result = run("hello", command="/bin/echo", BOXLITE_ALLOWNET_DETECT=1, LD_PRELOAD=PRELOAD)
    assert re.fullmatch(r"boxlite-allownet \S+ \(\S+\) preload mode=on\n", result.stdout)


@pytest.mark.parametrize(
    "words, status",
    [
        (["help"], 125),
        (["resolve", "--help"], 125),
        (["version"], 125),
        (["version", "--json"], 125),
        (["resolve", "10.0.0.1"], 125),
        (["resolve", "--json", "10.0.0.1"], 125),
        (["doctor", "/bin/true"], 3),
    ],
)
def test_output_that_cannot_be_written_is_no_verdict(words, status):
    with open("/dev/full", "w") as full:
        result = subprocess.run(
            [COMMAND, *words], env=environment(), stdout=full, stderr=subprocess.PIPE, text=True
        )
    assert result.returncode == status
    assert len(result.stderr.splitlines()) == 1
    assert "cannot write" in result.stderr


# ---- completion ----

COMPLETION = ROOT / "shim/command/boxlite-allownet.bash"


def complete(*words):
    """What bash offers for the last word."""
    script = (
        'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); '
        '_boxlite_allownet; printf "%s\\n" "${COMPREPLY[@]}"'
    )
    result = run(
        *("--norc", "-c", script, "bash", COMPLETION, "boxlite-allownet", *words),
        command="/bin/bash",
    )
    assert result.stderr == ""
    return set(result.stdout.split())


def test_completion_offers_every_command():
    assert complete("") == {*COMMANDS, "--help", "--version", "--selftest"}
    assert complete("re") == {"resolve"}
    assert complete("help", "") == set(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_completion_offers_the_options_that_help_names(command):
    """The usage line and the list below it: so none can be forgotten."""
    text = run("help", command).stdout
    named = set(re.findall(r"^  (--\w+)", text, re.M)) | {"--help"}
    if command != "help":
        assert complete(command, "--") == named
        assert complete(command, "--h") == {"--help"}


def test_completion_offers_files(tmp_path):
    (tmp_path / "rules.txt").touch()
    begin = str(tmp_path / "ru")
    for words in (
        ["resolve", "--config", begin],
        ["explain", begin],
        ["explain", "--answers", begin],
        ["doctor", begin],
        ["overlay", begin],
        ["overlay", "d", "--shim", begin],
    ):
        assert complete(*words) == {str(tmp_path / "rules.txt")}, words
    assert complete("resolve", begin) == set()
    assert complete("explain", "c", "--query", begin) == set()


def test_completion_for_run_is_that_of_commands(tmp_path):
    assert "cat" in complete("run", "ca")
    assert "cat" in complete("run", "--observe", "--", "ca")
    assert complete("run", "--ob") == {"--observe"}
    (tmp_path / "file").touch()
    assert complete("run", "cat", str(tmp_path / "fi")) == {str(tmp_path / "file")}
    assert complete("run", "cat", "--ob") == set()


def test_completion_is_installed_for_bash():
    """bash itself finds the function and its name."""
    result = run(
        *("--norc", "-c", 'source "$1" && complete -p boxlite-allownet', "bash", COMPLETION),
        command="/bin/bash",
    )
    assert result.stdout == "complete -F _boxlite_allownet boxlite-allownet\n"


def test_environment_of_the_tests_is_clean():
    assert not [key for key in environment() if key.startswith("BOXLITE_")]
