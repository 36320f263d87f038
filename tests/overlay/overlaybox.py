"""Boxes whose parent is statically linked (parent.c), with BOXLITE_RUNTIME_DIR set or not."""

import json
import os
import shutil
import subprocess
import tempfile
import threading
from pathlib import Path

from bridgehost import RESOLVER_VARIABLES, TESTS
from chainbox import ChainBox
from jail import Box
from shimbox import COMMAND, FIRMWARE, make_spec, shim_path

PARENT = TESTS / "overlay-parent"


def clean_environment(**extra):
    """Nothing in it changes who resolves, which shim is found, or how it is repaired."""
    environment = {
        key: value
        for key, value in os.environ.items()
        if key not in RESOLVER_VARIABLES | {"BOXLITE_RUNTIME_DIR", "LD_LIBRARY_PATH"}
        and not key.startswith("BOXLITE_ALLOWNET")
    }
    return environment | {key: str(value) for key, value in extra.items()}


def overlay(*arguments, env=None, check=False, **options):
    """Runs `boxlite-allownet overlay`."""
    run = subprocess.run(
        [COMMAND, "overlay", *arguments],
        env=clean_environment() if env is None else env,
        capture_output=True,
        text=True,
        **options,
    )
    assert not check or run.returncode == 0, run.stderr
    return run


def unpack(version, home, shim=None):
    """boxlite's own directory in `home`: shim and firmware (the stand-in)."""
    directory = home / ".local/share/boxlite/runtimes" / f"v{version}"
    directory.mkdir(parents=True)
    shutil.copy(shim or shim_path(version), directory / "boxlite-shim")
    shutil.copy(FIRMWARE / "libkrunfw.so.5", directory)
    return directory


class OverlayBox(ChainBox):
    """A box's whole life, from its parent's start to its end.

    unpacked  where boxlite's own shim is
    runtime   BOXLITE_RUNTIME_DIR, None where it is unset
    """

    def __init__(
        self,
        version,
        unpacked,
        allow_net,
        runtime=None,
        jailed=False,
        settings=None,
        pad=0,
        network_files=True,
    ):
        # Short: a socket's path has at most 107 bytes.
        self.directory = Path(tempfile.mkdtemp(prefix="ob", dir="/tmp"))
        self.box = Box(self.directory / "b", unpacked / "boxlite-shim")
        self.box.shim.unlink()  # the parent makes the copy
        self.socket = self.box.directory / "sockets" / "net.sock"
        network = {"socket_path": str(self.socket)}
        if pad:
            network["secrets"] = [
                {"name": "s", "hosts": ["s.example"], "placeholder": "p", "value": "v" * pad}
            ]
        spec = make_spec(version, self.box.directory, allow_net, network)
        words = [PARENT, unpacked]
        if jailed:
            # boxlite binds the directory of the shim that it has copied.
            words.append(self.box.bin)
            words += self.box.command(
                network_files=network_files, options=["--ro-bind", "@", "@"]
            )
        extra = {"LD_LIBRARY_PATH": unpacked, **(settings or {})}
        if runtime is not None:
            extra["BOXLITE_RUNTIME_DIR"] = runtime
        watchdog, self._watchdog = os.pipe()
        try:
            self.process = subprocess.Popen(
                [str(word) for word in words],
                env=clean_environment(**extra),
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
        self.process.stdin.write(json.dumps(spec, separators=(",", ":")).encode())
        self.process.stdin.close()

    def shim_pid(self):
        """Of a shim without a jail: the parent's child."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        (child,) = children.read_text().split()
        return int(child)
