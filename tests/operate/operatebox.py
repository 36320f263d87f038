"""docs/operate.md, whose marked blocks are run as they stand, and the boxes that come of it.

A block is marked by `operate=NAME` behind its language. The shell reads it from a file, as if pasted.
"""

import os
import re
import select
import signal
import subprocess
import time
from pathlib import Path

from bridgehost import ROOT, probe
from sdkbox import PATIENCE_S, wait_started
from shimprocess import CREATED, wait_log

PAGE = ROOT / "docs" / "operate.md"


def blocks(language):
    """{name: text} of the blocks in a language."""
    pattern = rf"^```{language} operate=(\S+)\n(.*?)^```$"
    return dict(re.findall(pattern, PAGE.read_text(), re.M | re.S))


def matches(shown, printed):
    """Whether all lines shown are printed, in that order; `...` stands for anything."""
    lines = [re.escape(line).replace(r"\.\.\.", ".*") for line in shown.splitlines()]
    return re.search("^" + "$.*^".join(lines) + "$", printed, re.M | re.S)


class Box:
    """A box that program `pid` has started, whose home directory is `home`. Its log has its start."""

    def __init__(self, home, pid, box_id):
        self._program = os.pidfd_open(pid)
        self.pid = pid
        self.directory = home / ".boxlite" / "boxes" / box_id
        wait_started(self.directory / "shim.stderr", lambda: self._ended(self._program, 0))
        shim = (self.directory / "shim.pid").read_text().split()[0]
        self._shim = os.pidfd_open(int(shim))
        wait_log(self.directory / "logs", CREATED, lambda: self._ended(self._shim, 0), PATIENCE_S)

    @staticmethod
    def _ended(handle, patience):
        return bool(select.select([handle], [], [], patience)[0])

    def answers(self, names):
        """{name: what the guest is told}."""
        return probe(self.directory / "sockets" / "net.sock", names)

    def end(self):
        """Ends the program; the box notices by its watchdog pipe, and ends."""
        signal.pidfd_send_signal(self._program, signal.SIGKILL)
        assert self._ended(self._shim, PATIENCE_S), "the box outlives its program"
        os.close(self._shim)
        os.close(self._program)


class Operator:
    """Someone with the page, a shell, and a home directory.

    directory  where the programs and the package are
    """

    def __init__(self, home, directory, environment):
        self.home = home
        self.directory = directory
        self.environment = {**environment, "HOME": str(home)}
        self._blocks = blocks("sh")
        self._running = []

    def _file(self, name):
        file = self.home / f"{name}.sh"
        file.write_text(self._blocks[name])
        return file

    def do(self, name, status=0, as_shown=True):
        """What the block prints; it has to end with `status`, and to print what the page shows."""
        done = subprocess.run(
            ["sh", "-e", self._file(name)],
            cwd=self.directory,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=PATIENCE_S,
        )
        assert done.returncode == status, f"{name}: exit {done.returncode}\n{done.stdout}"
        shown = blocks("text").get(name)
        if shown is not None and as_shown:
            assert matches(shown, done.stdout), f"{name}: not as shown\n{done.stdout}"
        return done.stdout

    def start(self, name, environment=(), command=None):
        """The box of the program that the block starts, or `command` does."""
        with open(self.home / "program.errors", "w", encoding="utf-8") as errors:
            process = subprocess.Popen(
                command or ["sh", "-e", self._file(name)],
                cwd=self.directory,
                env={**self.environment, **dict(environment)},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )
        self._running.append(process)
        assert select.select([process.stdout], [], [], PATIENCE_S)[0], f"{name}: no box"
        words = process.stdout.readline().split()
        assert len(words) == 2, (self.home / "program.errors").read_text()
        return Box(self.home, int(words[0]), words[1])

    def unit_box(self, unit):
        """The box of a unit that has been started."""
        output = self.home / f"{unit}.output"
        deadline = time.monotonic() + PATIENCE_S
        while "\n" not in output.read_text():
            assert time.monotonic() < deadline
            time.sleep(0.02)
        pid, box_id = output.read_text().split()
        return Box(self.home, int(pid), box_id)

    def close(self):
        """Waits for the shells, whose programs have been ended."""
        for process in self._running:
            process.stdout.close()
            process.kill()
            process.wait()


def cover(directory, store):
    """What is written below `directory` from now on is in `store` and reaches nobody else."""
    layers = store / directory.strip("/").replace("/", "-")
    for name in ("upper", "work"):
        (layers / name).mkdir(parents=True)
    Path(directory).mkdir(parents=True, exist_ok=True)
    options = f"lowerdir={directory},upperdir={layers}/upper,workdir={layers}/work"
    command = ["mount", "-t", "overlay", "overlay", "-o", options, directory]
    return subprocess.run(command, capture_output=True, text=True)
