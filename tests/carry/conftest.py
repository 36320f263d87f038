"""What the tests of carry and launch share: a parent with the preload in it, shims that say what
they were started with. Everything runs in the sandbox of tests/support/sandbox.c."""

import json
import os
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))

from bridgehost import BUILD, clean_environment  # noqa: E402

pytest_plugins = ["sandboxfixtures"]

CARRY = BUILD / "tests" / "carry"
PRELOAD = CARRY / "libboxlite_allownet.so"
PROBE = CARRY / "exec-probe"
NODE = os.environ.get("NODE") or "node"
# A shim that hangs is a failure, not a test that never ends.
PATIENCE_S = 300


def environment(preload=PRELOAD, **extra):
    """An environment with the preload and without anything that changes who resolves, and how."""
    return clean_environment(**{"LD_PRELOAD": preload, **extra})


def spec(allow_net, generation="0.9.7", pad=0):
    """An InstanceSpec as far as launch is concerned. `pad` makes it longer."""
    network = {"socket_path": "/nowhere/net.sock", "allow_net": allow_net}
    key = "network_backend_spec" if generation.startswith("0.10") else "network_config"
    document = {"engine": "Libkrun", "box_id": "b", key: network}
    if pad:
        network["secrets"] = [{"name": "s", "hosts": [], "placeholder": "p", "value": "v" * pad}]
    return json.dumps(document, separators=(",", ":")).encode()


def fnv(data):
    """The hash that fake_shim.c prints."""
    value = 0xCBF29CE484222325
    for byte in data:
        value = ((value ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return f"{value:016x}"


class Start:
    """How a start of a fake shim went."""

    def __init__(self, process, stdout, stderr):
        self.pid = process.pid
        self.status = process.returncode
        self.stdout = stdout.decode()
        self.stderr = stderr.decode()

    @property
    def shim(self):
        """What the shim says of itself."""
        lines = [line for line in self.stdout.splitlines() if line.startswith("{")]
        assert len(lines) == 1, (self.status, self.stdout, self.stderr)
        return json.loads(lines[0])

    @property
    def env(self):
        return dict(entry.split("=", 1) for entry in self.shim["env"])

    @property
    def handover(self):
        """The lines handed over to attach, [] if it was not put in front."""
        head = "handover: "
        return [
            line.removeprefix(head) for line in self.stderr.splitlines() if line.startswith(head)
        ]

    @property
    def attached(self):
        return bool(self.handover)

    @property
    def handover_fd(self):
        head = "handover fd: "
        return next(
            int(line.removeprefix(head))
            for line in self.stderr.splitlines()
            if line.startswith(head)
        )


def run(command, config=b"", env=None, must_read=False, **options):
    """Starts a command, writes `config` to it as boxlite does, and waits for its end. With
    `must_read` nobody may break the pipe before all is written."""
    with tempfile.TemporaryFile() as stdout, tempfile.TemporaryFile() as stderr:
        process = subprocess.Popen(
            [str(word) for word in command],
            stdin=subprocess.PIPE,
            stdout=stdout,
            stderr=stderr,
            env=env if env is not None else environment(),
            **options,
        )
        alarm = threading.Timer(PATIENCE_S, process.kill)
        alarm.start()
        try:
            process.stdin.write(config)
            process.stdin.close()
        except BrokenPipeError:
            assert not must_read, "a broken pipe, which hides every text from boxlite's user"
        process.wait()
        hangs = not alarm.is_alive()
        alarm.cancel()
        stdout.seek(0)
        stderr.seek(0)
        start = Start(process, stdout.read(), stderr.read())
    assert not hangs, f"hangs: {start.stdout} {start.stderr}"
    return start


def shim_path(kind):
    return CARRY / kind / "boxlite-shim"


@pytest.fixture
def dns(knowing_dns):
    return knowing_dns
