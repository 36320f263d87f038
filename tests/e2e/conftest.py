"""What the end-to-end tests share: a real Go bridge, a scripted DNS server, a guest that asks.

Everything runs in the sandbox of tests/support/sandbox.c: loopback only, /etc of its own.
"""

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))

from bridgehost import PRELOAD, BridgeHost, make_config, probe  # noqa: E402

pytest_plugins = ["sandboxfixtures"]

# Retries that do not take seconds. What is said about times is tested with the defaults as well.
QUICK = {
    "BOXLITE_ALLOWNET_TIMEOUT_MS": "300",
    "BOXLITE_ALLOWNET_BACKOFF_MS": "10",
}


class Boxes:
    """Creates boxes in one process with the bridge, and asks what their guests are told."""

    def __init__(self, directory, host):
        self._directory = directory
        self.host = host
        self._count = 0

    def config(self, allow_net, **overrides):
        self._count += 1
        return make_config(self._directory / f"{self._count}.sock", allow_net, **overrides)

    def create(self, allow_net, **overrides):
        return self.host.create(self.config(allow_net, **overrides))

    def answers(self, allow_net, names, libc="glibc", **overrides):
        """{name: what the guest is told} in a box of its own, which must come to be."""
        config = self.config(allow_net, **overrides)
        result = self.host.create(config)
        assert result.created, result.text
        try:
            return probe(config["socket_path"], names, libc=libc)
        finally:
            self.host.destroy(result.handle)

    def sockets(self):
        return sorted(self._directory.iterdir())


@pytest.fixture
def boxes(tmp_path):
    """boxes(repaired=True, variant=..., callback=True, **env): a Boxes; its process ends with the test."""
    open_hosts = []

    def start(repaired=True, variant="bridge", callback=True, **env):
        directory = tmp_path / f"boxes{len(open_hosts)}"
        directory.mkdir()
        host = BridgeHost(
            variant=variant, preload=PRELOAD if repaired else None, env={**QUICK, **env}
        )
        open_hosts.append(host.__enter__())
        if callback:
            host.callback(True)
        return Boxes(directory, host)

    yield start
    for host in open_hosts:
        host.close()
