"""Boxes of published shims, started as users start them: by a parent that has only LD_PRELOAD set.

Python, Node, posix_spawn or a shell starts the shim, plain or in boxlite's jail; our hooks, launch
and attach do the rest. A box ends when its watchdog pipe closes, as boxlite ends it.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from bridgehost import BUILD, RESOLVER_VARIABLES, probe
from jail import Box

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "attach"))

from shimbox import FIRMWARE, STARTED, make_spec, shim_path  # noqa: E402

PRELOAD = BUILD / "libboxlite_allownet.so"
COMMAND = BUILD / "boxlite-allownet"
NODE = os.environ.get("NODE") or "node"
PATIENCE_S = 60

RUN = "import subprocess, sys; sys.exit(subprocess.run(sys.argv[1:], pass_fds=[3]).returncode)"
SPAWN = (
    "import os, shutil, sys; child = os.posix_spawn(shutil.which(sys.argv[1]), sys.argv[1:],"
    " os.environ); sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) & 255)"
)
NODE_RUN = (
    "require('child_process').spawn(process.argv[1], process.argv.slice(2),"
    " {stdio: ['inherit', 'inherit', 'inherit', 3]}).on('exit', code => process.exit(code))"
)

PARENTS = {
    "python": ["/usr/bin/python3", "-c", RUN],
    "posix_spawn": ["/usr/bin/python3", "-c", SPAWN],
    "node": [NODE, "-e", NODE_RUN],
    "sh": ["sh", "-c", '"$@"; exit $?', "sh"],
    "sh-exec": ["sh", "-c", 'exec "$@"', "sh"],
    "nobody": [],
}


class ChainBox:
    """A box's whole life, from its parent's start to its end.

    repaired  whether the parent has the preload; "run": it is started by `boxlite-allownet run`
    settings  environment of the parent
    shim      its file, if it is not the published one
    """

    def __init__(
        self,
        version,
        allow_net,
        parent="python",
        jailed=False,
        repaired=True,
        settings=None,
        pad=0,
        network_files=True,
        shim=None,
    ):
        # Short: a socket's path has at most 107 bytes.
        self.directory = Path(tempfile.mkdtemp(prefix="cb", dir="/tmp"))
        self.version = version
        self.box = Box(self.directory / "b", shim or shim_path(version))
        shutil.copy(FIRMWARE / "libkrunfw.so.5", self.box.bin)
        self.socket = self.box.directory / "sockets" / "net.sock"
        network = {"socket_path": str(self.socket)}
        if pad:
            network["secrets"] = [
                {"name": "s", "hosts": ["s.example"], "placeholder": "p", "value": "v" * pad}
            ]
        generation = "0.10.0" if version.startswith("0.10") else version
        self.spec = make_spec(generation, self.box.directory, allow_net, network)
        command = self.box.command(network_files=network_files) if jailed else [self.box.shim]
        environment = {
            key: value
            for key, value in os.environ.items()
            if key not in RESOLVER_VARIABLES and not key.startswith("BOXLITE_ALLOWNET")
        }
        environment |= {"LD_LIBRARY_PATH": str(self.box.bin), **(settings or {})}
        words = [*PARENTS[parent], *map(str, command)]
        if repaired == "run":
            words = [str(COMMAND), "run", "--", *words]
        elif repaired:
            environment["LD_PRELOAD"] = str(PRELOAD)
        watchdog, self._watchdog = os.pipe()
        try:
            self.process = subprocess.Popen(
                words,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                pass_fds=[3],
                preexec_fn=lambda: os.dup2(watchdog, 3),
            )
        finally:
            os.close(watchdog)
        self.lines = []
        self._changed = threading.Condition()
        self._ended = False
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        # Whoever breaks this pipe hides his own message from boxlite's user.
        self.process.stdin.write(json.dumps(self.spec, separators=(",", ":")).encode())
        self.process.stdin.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _read(self):
        for line in self.process.stderr:
            with self._changed:
                self.lines.append(line.decode(errors="replace").rstrip("\n"))
                self._changed.notify_all()
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def wait_started(self):
        """Returns when the network is up; True, or False if the shim has ended instead."""
        with self._changed:
            done = self._changed.wait_for(
                lambda: self._ended or any(STARTED in line for line in self.lines), PATIENCE_S
            )
            assert done, f"neither started nor ended: {self.lines}"
            return any(STARTED in line for line in self.lines)

    def answers(self, names):
        """{name: what the guest is told}."""
        assert self.wait_started(), self.lines
        return probe(self.socket, names)

    def wait_ended(self):
        status = self.process.wait(PATIENCE_S)
        self._reader.join(PATIENCE_S)
        return status

    def wait_log(self, part):
        """The shim's own log, once it holds `part`; it is written behind the shim's back."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            files = (self.box.directory / "logs").iterdir()
            text = "".join(file.read_text() for file in files)
            if part in text:
                return text
            assert time.monotonic() < deadline, f"not logged: {part}: {text}"
            time.sleep(0.02)

    def exit_message(self):
        """What the shim leaves for boxlite to report, "" if nothing."""
        text = (self.box.directory / "exit").read_text()
        return json.loads(text)["message"] if text else ""

    def close(self):
        """Ends the box as boxlite does: its watchdog pipe closes."""
        if self._watchdog is not None:
            os.close(self._watchdog)
            self._watchdog = None
        try:
            self.process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise
        finally:
            self._reader.join(PATIENCE_S)
            self.process.stderr.close()
            shutil.rmtree(self.directory, ignore_errors=True)
