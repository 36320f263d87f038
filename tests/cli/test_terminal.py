"""What the commands look like: wide and narrow, with colour and without, in a terminal and not."""

import json
import re
import subprocess

import pytest

from bridgehost import make_config
from clibox import COMMAND, QUICK, Shown, Tmux, checked_json, environment, installed, run, spawn

COLOUR = re.compile(r"\x1b\[[0-9;]*m")
ESCAPE = re.compile(r"\x1b")

RULES = "github.com\niapi.sample.com\n*.example.org\n"


@pytest.fixture
def words(dns, tmp_path):
    """A session of each command, and the exit status."""
    dns.set_script(
        "github.com answer 192.0.2.1\niapi.sample.com answer 192.0.2.2,192.0.2.3,192.0.2.4,192.0.2.5\n"
        "example.org aaaa-only 2001:db8::1\n"
    )
    rules = tmp_path / "rules"
    rules.write_text(RULES)
    return {
        "help": (["help"], 0),
        "help-resolve": (["help", "resolve"], 0),
        "version": (["version"], 0),
        "selftest": (["--selftest"], 0),
        "resolve": (["resolve", "github.com", "iapi.sample.com", "*.example.org"], 1),
        "resolve-config": (["resolve", "--config", rules], 1),
        "explain": (["explain", rules, "--query", "iapi.sample.com"], 0),
        "doctor": (["doctor", "/bin/true"], 4),
        "overlay": (["overlay", tmp_path / "o", "--shim", "/bin/true"], 125),
        "run": (["run", "--", "/bin/echo", "hello"], 0),
    }


SESSIONS = [
    "help", "help-resolve", "version", "selftest", "resolve", "resolve-config", "explain", "doctor",
    "overlay", "run",
]  # fmt: skip
STYLED = {"selftest", "resolve", "resolve-config", "explain", "doctor"}
# Its lines are data: a path, a setting to be copied, or as long as the words in them.
UNBROKEN = {"overlay"}


def can_be_broken(line, columns):
    """A line that is too wide although it has a place to break at, other than its indentation."""
    return len(line) > columns and " " in line.strip()[: columns - 8]


@pytest.mark.parametrize("columns", [80, 160])
@pytest.mark.parametrize("session", SESSIONS)
def test_no_line_is_wider_than_the_terminal(words, session, columns):
    shown = Shown(*words[session][0], columns=columns, **QUICK)
    assert shown.status == words[session][1], shown.text
    wide = [line for line in shown.text.splitlines() if can_be_broken(line, columns)]
    assert session in UNBROKEN or not wide
    assert bool(COLOUR.search(shown.raw)) == (session in STYLED)
    print(f"\n$ boxlite-allownet {' '.join(map(str, words[session][0]))}\n{shown.text}")


def test_a_wide_terminal_is_made_use_of(words):
    narrow = Shown(*words["resolve"][0], columns=80, **QUICK)
    wide = Shown(*words["resolve"][0], columns=160, **QUICK)
    assert len(wide.text.splitlines()) < len(narrow.text.splitlines())
    assert 80 < wide.widest <= 160


@pytest.mark.parametrize("session", SESSIONS)
def test_no_color_means_no_colour(words, session):
    shown = Shown(*words[session][0], NO_COLOR=1, **QUICK)
    assert shown.status == words[session][1]
    assert not COLOUR.search(shown.raw)


@pytest.mark.parametrize("session", SESSIONS)
def test_a_dumb_terminal(words, session):
    shown = Shown(*words[session][0], TERM="dumb", **QUICK)
    assert shown.status == words[session][1]
    assert not ESCAPE.search(shown.raw)


@pytest.mark.parametrize("term", ["", None])
def test_a_terminal_of_which_nothing_is_known(words, term):
    assert not ESCAPE.search(Shown(*words["resolve"][0], TERM=term, **QUICK).raw)


@pytest.mark.parametrize("session", SESSIONS)
def test_what_is_no_terminal_gets_plain_lines_of_80_columns(words, session):
    result = run(*words[session][0], **QUICK)
    assert result.returncode == words[session][1]
    assert not ESCAPE.search(result.stdout + result.stderr)
    wide = [line for line in result.stdout.splitlines() if can_be_broken(line, 80)]
    assert session in UNBROKEN or not wide


def test_json_has_neither_colour_nor_width(words):
    for session in ("resolve", "version"):
        narrow = Shown(*words[session][0], "--json", columns=40, **QUICK)
        assert narrow.text == narrow.raw.replace("\r\n", "\n")
        checked_json(narrow.text, session)


def test_the_reason_of_a_failed_selftest_is_broken_as_well(tmp_path):
    command = installed(tmp_path / "d")
    (tmp_path / "d/libboxlite_allownet.so").write_bytes(b"no object")
    shown = Shown("selftest", command=command, columns=80)
    assert shown.status == 1
    assert not [line for line in shown.text.splitlines() if can_be_broken(line, 80)]
    assert re.search(r"\x1b\[31mFAILED", shown.raw)


# ---- hosts, a line each ----

SLOW = {
    "BOXLITE_ALLOWNET_TIMEOUT_MS": 30000,
    "BOXLITE_ALLOWNET_BACKOFF_MS": 10,
    "BOXLITE_ALLOWNET_BUDGET_MS": 0,
}


@pytest.fixture
def slow(dns, quiet_libc):
    """One host that answers at once, one that waits for its second attempt, one that never answers."""
    dns.set_script(
        "good.example answer 192.0.2.1\nill.example servfail\nwaits.example servfail; drop\n"
        "dead.example drop\n"
    )
    return dns


HOSTS = ["good.example", "ill.example", "waits.example", "dead.example"]


def live(tmp_path, hosts=HOSTS, columns=80, rows=24, pause=10, **extra):
    """resolve in an emulated terminal, and behind it, unless a signal ends both, how it went."""
    command = f"{COMMAND} resolve {' '.join(hosts)}; echo \"status $?.\"; exec cat"
    settings = {**SLOW, "BOXLITE_ALLOWNET_BACKOFF_MS": pause, **extra}
    return Tmux(tmp_path, columns, rows, f"exec bash -c '{command}'", **settings)


@pytest.mark.parametrize("columns", [80, 160])
def test_a_line_for_each_host_as_it_settles(slow, tmp_path, columns):
    with live(tmp_path, columns=columns, pause=30) as terminal:
        slow.wait_for_query("waits.example", n=2)
        slow.wait_for_query("ill.example", n=4)
        terminal.wait_for("FAILED  ill.example .*failure")
        lines = terminal.wait_for(r"waits.example  .*; attempt 2 of 4")
        assert lines[0] == "Nameservers: 127.0.0.1:53 (/etc/resolv.conf)"
        assert re.fullmatch(
            r"ok      good.example   1 attempt, \d+ ms, 127.0.0.1:53: 192.0.2.1", lines[1]
        )
        # Why the others are waited for.
        assert "        waits.example  server failure (SERVFAIL); attempt 2 of 4 in 30 ms" in lines
        assert "        ill.example    server failure (SERVFAIL); attempt 2 of 4 in 30 ms" in lines
        shown = [line for line in lines if ".example" in line]
        assert shown[-1].startswith("FAILED  ill.example    4 attempts, ")
        assert len(shown) == 1 + 1 + 3 + 1
        # Whatever ends the process leaves the terminal in order.
        assert terminal.cursor() == ((0, len(lines)), True)


def test_retries_are_for_somebody_who_waits(dns):
    dns.set_script("ill.example servfail\n")
    shown = run("resolve", "ill.example", **SLOW)
    assert "4 attempts" in shown.stdout and "attempt 2 of 4" not in shown.stdout


def test_ctrl_c_ends_it_and_leaves_the_terminal_in_order(slow, tmp_path):
    with live(tmp_path, columns=160) as terminal:
        slow.wait_for_query("waits.example", n=2)
        terminal.wait_for("FAILED  ill.example ")
        terminal.keys("C-c")
        lines = terminal.wait_for("dead.example .*cancelled")
        assert [
            re.sub(r"(\S+ +\S+) .*(: .*)", r"\1\2", line.removeprefix("^C"))
            for line in lines
            if ".example" in line and not line.startswith(" ")
        ] == [
            "ok      good.example: 192.0.2.1",
            "FAILED  ill.example: server failure (SERVFAIL)",
            "FAILED  waits.example: cancelled",
            "FAILED  dead.example: cancelled",
        ]


def test_ctrl_c_ends_the_process_by_the_signal(slow):
    child = spawn("resolve", *HOSTS, **SLOW)
    slow.wait_for_query("dead.example")
    child.sendintr()
    child.expect("dead.example")
    child.expect_exact("cancelled")
    child.wait()
    assert child.signalstatus == 2
    rest = child.read()
    assert not rest.rpartition("\n")[2], "the cursor is not at the start of a line"
    child.close()


def test_names_that_are_wider_than_the_terminal(dns, tmp_path):
    name = ".".join(["a" * 60] * 3) + ".example"
    dns.set_script("default answer 192.0.2.1\n")
    with live(tmp_path, hosts=[name, "b.example"], BOXLITE_ALLOWNET_TIMEOUT_MS=400) as terminal:
        lines = terminal.wait_for(r"^status 0\.")
    assert name in "".join(lines)


def test_a_hundred_hosts_on_a_small_terminal(dns):
    names = [f"h{number}.example" for number in range(100)]
    dns.set_script("default answer 192.0.2.1\n")
    shown = Shown("resolve", *names, rows=24)
    assert shown.status == 0
    assert sorted(re.findall(r"^ok +(\S+)", shown.text, re.M)) == sorted(names)
    assert "\x1b[100A" not in shown.raw


def test_a_name_cannot_drive_the_terminal(dns, tmp_path):
    """From a configuration that somebody else has written."""
    config = make_config(tmp_path / "s", ["\x1b[31mred.example", "a\rb.example"])
    (tmp_path / "config").write_text(json.dumps(config))
    shown = Shown("resolve", "--config", tmp_path / "config", NO_COLOR=1)
    assert shown.status == 1
    assert "\x1b" not in shown.raw and "\rb" not in shown.raw
    assert "\\x1b" in shown.text


def test_standard_output_closed_early(dns):
    """As by `| head -1`."""
    dns.set_script("default answer 192.0.2.1\n")
    process = subprocess.Popen(
        ["bash", "-c", f"{COMMAND} resolve a.example b.example | head -1"],
        env=environment(),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.communicate(timeout=300)[0].startswith("Nameservers")
