"""A world on this machine: its files, and sandboxes in which somebody looks its names up."""

import os
import subprocess
import tempfile
from pathlib import Path

from draft import ROUTED

BUILD = Path(__file__).resolve().parents[2] / os.environ.get("BUILD", "build")
TESTS = BUILD / "tests"

# Beyond this something hangs; the original and ours both end after 20 s.
HANG_S = 90


class Place:
    """For as long as the `with` block."""

    def __init__(self, world):
        self.world = world

    def __enter__(self):
        self._directory = tempfile.TemporaryDirectory(prefix="world-")
        self._path = Path(self._directory.name)
        (self._path / "script").write_text(self.world.script)
        for name, text in self.world.files.items():
            if text is not None:
                # As it is: no line ends are changed.
                (self._path / name).write_bytes(text.encode())
        return self

    def __exit__(self, *_):
        self._directory.cleanup()

    def start(self, label, command, environment=()):
        """Starts `command` in a sandbox of its own, with its own nameservers. Their log has the name
        of `label`."""
        line = [TESTS / "sandbox"]
        for name, text in self.world.files.items():
            line += ["--hide", name] if text is None else ["--etc", f"{name}={self._path / name}"]
        line += ["--address", ROUTED] if self.world.routed else []
        line += ["--", TESTS / "dns-server", "--log", self._path / f"{label}.log"]
        for address in self.world.listen:
            line += ["--listen", address]
        line += [self._path / "script", *command]
        return subprocess.Popen(
            [str(word) for word in line],
            env={
                "PATH": os.environ["PATH"],
                "BUILD": str(BUILD),
                **self.world.variables,
                **dict(environment),
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )


def finish(process):
    """What it printed, and how many milliseconds it took. RuntimeError where there was no sandbox."""
    try:
        output, errors = process.communicate(timeout=HANG_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return "", float(HANG_S * 1000)
    printed = []
    ended = None
    for line in output.decode().splitlines():
        if line.startswith("ended "):
            ended = int(line.split()[2]) / 1000
        elif not line.startswith("ready "):
            printed.append(line)
    if process.returncode != 0 or ended is None:
        raise RuntimeError(f"no world: {errors.decode(errors='replace')}{output.decode()}")
    return "\n".join(printed), ended
