"""The command, in a terminal and without one."""

import json
import re
import shutil
import subprocess
import time
from pathlib import Path

import jsonschema
import pexpect

from bridgehost import BUILD, COMMAND, ROOT, clean_environment

# Something hangs beyond this.
PATIENCE_S = 300

QUICK = {"BOXLITE_ALLOWNET_TIMEOUT_MS": "200", "BOXLITE_ALLOWNET_BACKOFF_MS": "10"}

# Not from the machine that the tests run on.
DROPPED = {"LD_PRELOAD", "NO_COLOR", "COLUMNS", "LINES"}


def environment(**extra):
    """What the tests are run with, without what changes the command; None takes a variable out."""
    return clean_environment(DROPPED, "BOXLITE_", **{"TERM": "xterm-256color", **extra})


def run(*words, command=COMMAND, input=None, **extra):
    """Without a terminal. `extra`: variables."""
    return subprocess.run(
        [str(command), *map(str, words)],
        env=environment(**extra),
        input=input,
        stdin=subprocess.DEVNULL if input is None else None,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )


def spawn(*words, columns=80, rows=24, command=COMMAND, **extra):
    """In a terminal of its own."""
    child = pexpect.spawn(
        str(command),
        [str(word) for word in words],
        env=environment(**extra),
        dimensions=(rows, columns),
        encoding="utf-8",
        timeout=PATIENCE_S,
    )
    # Of no use with a process that is gone.
    child.ptyproc.delayafterclose = child.ptyproc.delayafterterminate = 0
    return child


class Shown:
    """What a command wrote to a terminal, and its exit status."""

    def __init__(self, *words, **options):
        child = spawn(*words, **options)
        child.expect(pexpect.EOF)
        child.close()
        self.raw = child.before
        self.status = child.exitstatus
        self.signal = child.signalstatus

    @property
    def text(self):
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", self.raw).replace("\r\n", "\n")

    @property
    def widest(self):
        return max((len(line) for line in self.text.splitlines()), default=0)


def checked_json(text, schema):
    """The document, after a look at docs/schema/SCHEMA.json."""
    document = json.loads(text)
    rules = json.loads((ROOT / "docs/schema" / f"{schema}.json").read_text())
    jsonschema.Draft202012Validator.check_schema(rules)
    jsonschema.Draft202012Validator(rules).validate(document)
    return document


class Tmux:
    """A terminal that is emulated, so that what it shows can be looked at."""

    def __init__(self, directory, columns, rows, command, **extra):
        self._socket = Path(directory, "tmux.sock")
        self._env = environment(**extra)
        # What was shown stays when the command has ended.
        Path(directory, "tmux.conf").write_text("set -g remain-on-exit on\n")
        self._tmux(
            *("-f", Path(directory, "tmux.conf")),
            *("new-session", "-d", "-x", columns, "-y", rows, command),
        )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._tmux("kill-server", check=False)

    def _tmux(self, *words, check=True):
        return subprocess.run(
            ["tmux", "-S", str(self._socket), *map(str, words)],
            env=self._env,
            capture_output=True,
            text=True,
            check=check,
            timeout=PATIENCE_S,
        ).stdout

    def screen(self):
        """Its lines, without those that are empty at the end."""
        return self._tmux("capture-pane", "-p").rstrip("\n").split("\n")

    def cursor(self):
        """(column, row) and whether it is visible."""
        text = self._tmux("display-message", "-p", "#{cursor_x} #{cursor_y} #{cursor_flag}")
        column, row, visible = map(int, text.split())
        return (column, row), visible == 1

    def keys(self, *keys):
        self._tmux("send-keys", *keys)

    def wait_for(self, pattern):
        """The screen's lines, as soon as one of them matches."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            lines = self.screen()
            if any(re.search(pattern, line) for line in lines):
                return lines
            time.sleep(0.02)
        raise TimeoutError(f"no {pattern}: {self.screen()}")


def installed(directory):
    """A copy of what `make install` puts side by side; the command in it."""
    directory.mkdir()
    for name in (
        "boxlite-allownet",
        "libboxlite_allownet.so",
        "libboxlite_allownet_selftest.so",
    ):
        shutil.copy(BUILD / name, directory / name)
    return directory / "boxlite-allownet"
