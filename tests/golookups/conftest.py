"""Bridges on Go's own resolver, with `hosts: files dns`: who asks the nameserver, and what stands in the
variable of Go's that decides it.

Which variable, and what it says, is told here by other means than the product's: nm, /proc, and Go's own
report (GODEBUG=netdns=2).
"""

import os
import re
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))

from bridgehost import PRELOAD, TESTS, BridgeHost, make_config  # noqa: E402

pytest_plugins = ["sandboxfixtures"]

LONG = os.environ.get("GOLOOKUPS_FORM") == "long"
OTHERS = sorted(path.name for path in (TESTS / "golookups").glob("go*"))
# Each generation of the bridge, and each Go.
RECOGNISED = ["bridge", "bridge-onearg", "bridge-zonesfirst", *(f"golookups/{name}" for name in OTHERS)]
LIBC = (0, 1)


def library(variant):
    return TESTS / variant / "libgvproxy.so"


class GoChoice:
    """confOnce and *confVal of the bridge in a process."""

    def __init__(self, pid, path):
        symbols = subprocess.run(["nm", path], capture_output=True, text=True, check=True).stdout
        at = {name: int(value, 16) for value, name in re.findall(r"^(\w+) \w (net\.conf\w+)$", symbols, re.M)}
        self._memory = Path(f"/proc/{pid}/mem")
        maps = Path(f"/proc/{pid}/maps").read_text()
        self._base = int(re.search(rf"^(\w+)-\w+ .* {re.escape(str(path))}$", maps, re.M).group(1), 16)
        self._once = self._base + at["net.confOnce"]
        (self._conf,) = struct.unpack("Q", self._read(self._base + at["net.confVal"], 8))

    def _read(self, address, size):
        with self._memory.open("rb", buffering=0) as memory:
            memory.seek(address)
            return memory.read(size)

    def made(self):
        """Whether Go has made the variable, by its first lookup."""
        return struct.unpack("I", self._read(self._once, 4))[0] == 1

    def chosen(self):
        """(netGo, netCgo)"""
        return tuple(self._read(self._conf, 2))

    def whole(self):
        return self.made(), self._read(self._conf, 48)


class QuietHost(BridgeHost):
    """Its log can be left unread, and then fills a pipe of one page: whoever logs waits."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self._reading = threading.Event()
        self._reading.set()

    def _read_log(self):
        import fcntl

        fcntl.fcntl(self._process.stderr, fcntl.F_SETPIPE_SZ, 4096)
        rest = b""
        while True:
            self._reading.wait()
            piece = os.read(self._process.stderr.fileno(), 4096)
            *lines, rest = (rest + piece).split(b"\n")
            with self._logged:
                self._log += [line.decode() for line in lines]
                self._logged.notify_all()
            if not piece:
                return

    def stop_reading(self):
        self._reading.clear()

    def go_on_reading(self):
        self._reading.set()

    def close(self):
        self.go_on_reading()
        super().close()


class Guest:
    """A guest that is connected to its box, and asks one question after the other."""

    def __init__(self, process, config, kind):
        self._probe = subprocess.Popen(
            [TESTS / "guest-probe", config["socket_path"], "--type", kind, "--stdin"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        process.wait_for(
            lambda: any(f"to {config['socket_path']}" in line for line in process.host.logs()), "no guest"
        )

    def ask(self, name):
        self._probe.stdin.write(f"{name}\n")
        self._probe.stdin.flush()
        return self._probe.stdout.readline().removesuffix("\n").removeprefix(f"{name} ")

    def close(self):
        self._probe.communicate()


class Boxes:
    """A process with one bridge, and configurations for its boxes."""

    def __init__(self, directory, host, variant):
        self._directory = directory
        self._count = 0
        self._guests = []
        self.host = host
        self.variant = variant

    def config(self, allow_net, **overrides):
        self._count += 1
        return make_config(self._directory / f"{self._count}.sock", allow_net, **overrides)

    def create(self, allow_net, **overrides):
        """Its configuration."""
        config = self.config(allow_net, **overrides)
        result = self.host.create(config)
        assert result.created, result.text
        return config

    def choice(self):
        return GoChoice(self.host.pid, library(self.variant))

    def guest(self, config, kind):
        self._guests.append(Guest(self, config, kind))
        return self._guests[-1]

    def close(self):
        for guest in self._guests:
            guest.close()
        self.host.close()

    def wait_for(self, condition, what):
        deadline = time.monotonic() + 300
        while not condition():
            assert time.monotonic() < deadline, what
            time.sleep(0.001)


@pytest.fixture
def boxes(tmp_path):
    """boxes(variant=..., repaired=True, **env): a Boxes; its process ends with the test."""
    started = []

    def start(variant="bridge", repaired=True, callback=True, **env):
        directory = tmp_path / f"boxes{len(started)}"
        directory.mkdir()
        host = QuietHost(variant, preload=PRELOAD if repaired else None, env=env)
        started.append(Boxes(directory, host.__enter__(), variant))
        if callback:
            host.callback(True)
        return started[-1]

    yield start
    for process in started:
        process.close()
