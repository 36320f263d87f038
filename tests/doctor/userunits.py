"""A real systemd as a user's manager, in namespaces and control groups of its own; its services."""

import os
import shutil
import subprocess
import time
from pathlib import Path

from clibox import COMMAND, checked_json, environment

SYSTEMD = Path("/lib/systemd/systemd")
GROUPS = Path("/sys/fs/cgroup")
PATIENCE_S = 300

# A manager takes the group that it finds itself in for its own. Its name is that of a real one's. It
# must not be process 1.
START = """
for group in "$@"; do echo 0 > "$group/cgroup.procs"; done
mount -t tmpfs none /run
mkdir -p /run/systemd/system /run/user/0/systemd/user /run/user/0/home
echo ready
export XDG_RUNTIME_DIR=/run/user/0 HOME=/run/user/0/home
/lib/systemd/systemd --user --unit=basic.target --log-target=null
exit 1
"""


def hierarchies():
    """Directories of the hierarchies that systemd makes groups in, v2 or v1."""
    both = [GROUPS / name for name in ("systemd", "unified")]
    return [path for path in both if path.is_dir()] or [GROUPS]


class Manager:
    RUNTIME = "/run/user/0"

    def __init__(self):
        name = f"allownet-units-{os.getpid()}"
        self._groups = [path / name / "user@0.service" for path in hierarchies()]
        for group in self._groups:
            group.mkdir(parents=True)
        self._process = subprocess.Popen(
            ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
            + ["sh", "-e", "-c", START, "sh", *map(str, self._groups)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self._process.stdout.readline() == "ready\n"
        children = f"/proc/{self._process.pid}/task/{self._process.pid}/children"
        self._inside = int(Path(children).read_text())
        self._wait(lambda: self.run("systemctl", "--user", "is-active", "basic.target"))

    def _wait(self, condition):
        deadline = time.monotonic() + PATIENCE_S
        while condition().returncode != 0:
            assert time.monotonic() < deadline, "systemd does not get ready"
            time.sleep(0.05)

    def close(self):
        self._process.kill()
        self._process.wait()
        self._process.stdout.close()
        for group in self._groups:
            self._remove(group.parent)

    @staticmethod
    def _remove(top):
        """As soon as the last process is gone."""
        deadline = time.monotonic() + PATIENCE_S
        while top.exists():
            for directory, _, _ in os.walk(top, topdown=False):
                try:
                    os.rmdir(directory)
                except OSError:
                    pass
            assert time.monotonic() < deadline
            time.sleep(0.02)

    @property
    def _enter(self):
        return ["nsenter", f"--target={self._inside}", "--mount", "--pid"]

    def run(self, *words, **extra):
        """Inside."""
        return subprocess.run(
            [*self._enter, *map(str, words)],
            env=environment(
                XDG_RUNTIME_DIR=self.RUNTIME, HOME=f"{self.RUNTIME}/home", **extra
            ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
        )

    def must(self, *words):
        result = self.run(*words)
        assert result.returncode == 0, (words, result.stdout, result.stderr)
        return result.stdout

    def write(self, path, text):
        """Below the manager's runtime directory."""
        self.must("sh", "-c", 'mkdir -p "$(dirname "$1")"; printf %s "$2" > "$1"', "sh",
                  f"{self.RUNTIME}/{path}", text)

    def pid_of(self, unit):
        return int(self.must("systemctl", "--user", "show", "--value", "-p", "MainPID", unit))

    def told(self, pid):
        """What doctor says of a process, by its number inside."""
        result = self.run(COMMAND, "doctor", "--json", pid)
        return checked_json(result.stdout, "doctor")

    def forget(self, unit):
        self.run("systemctl", "--user", "stop", unit)
        self.run("systemctl", "--user", "reset-failed", unit)
        base = f"{self.RUNTIME}/systemd"
        home = f"{self.RUNTIME}/home/.config"
        self.must("sh", "-c", f"rm -rf {base}/user/* {base}/generator/* {home}")
        self.must("systemctl", "--user", "daemon-reload")


def available():
    return SYSTEMD.exists() and shutil.which("systemctl") and os.access(hierarchies()[0], os.W_OK)
