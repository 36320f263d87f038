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
from pathlib import Path

from bridgehost import COMMAND, PRELOAD, clean_environment
from jail import Box
from shimprocess import ShimProcess

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "attach"))

from shimbox import FIRMWARE, make_spec, shim_path  # noqa: E402

NODE = os.environ.get("NODE") or "node"
PATIENCE_S = 300

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


class ChainBox(ShimProcess):
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
        self._lay_out("cb", version, allow_net, shim or shim_path(version), pad)
        shutil.copy(FIRMWARE / "libkrunfw.so.5", self.box.bin)
        command = self.box.command(network_files=network_files) if jailed else [self.box.shim]
        environment = clean_environment(
            **{"LD_LIBRARY_PATH": self.box.bin, **(settings or {})}
        )
        words = [*PARENTS[parent], *map(str, command)]
        if repaired == "run":
            words = [str(COMMAND), "run", "--", *words]
        elif repaired:
            environment["LD_PRELOAD"] = str(PRELOAD)
        self._start(words, environment, self.spec)

    def _lay_out(self, prefix, version, allow_net, shim, pad=0):
        """The box's directory, and what is in its specification."""
        # Short: a socket's path has at most 107 bytes.
        self.directory = Path(tempfile.mkdtemp(prefix=prefix, dir="/tmp"))
        self.version = version
        self.box = Box(self.directory / "b", shim)
        self.socket = self.box.directory / "sockets" / "net.sock"
        self.logs = self.box.directory / "logs"
        network = {"socket_path": str(self.socket)}
        if pad:
            network["secrets"] = [
                {"name": "s", "hosts": ["s.example"], "placeholder": "p", "value": "v" * pad}
            ]
        self.spec = make_spec(version, self.box.directory, allow_net, network)

    @property
    def patience_s(self):
        return PATIENCE_S

    def answers(self, names):
        """{name: what the guest is told}."""
        assert self.wait_started(), self.lines
        return self.ask(names)

    def exit_message(self):
        """What the shim leaves for boxlite to report, "" if nothing."""
        text = (self.box.directory / "exit").read_text()
        return json.loads(text)["message"] if text else ""

    def close(self):
        """Ends the box as boxlite does: its watchdog pipe closes."""
        self.drop_watchdog()
        try:
            self.process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise
        finally:
            self._clean_up()
            shutil.rmtree(self.directory, ignore_errors=True)
