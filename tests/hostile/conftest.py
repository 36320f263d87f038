"""What the hostile surroundings share: the repair in a process with a bridge, a scripted DNS server,
and what the operator's lines say was pinned. Everything runs in the sandbox of
tests/support/sandbox.c: loopback only, /etc of its own."""

import os
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))
sys.path.insert(0, str(ROOT / "tests" / "carry"))

from bridgehost import PRELOAD, TESTS, BridgeHost, encode, make_config, probe  # noqa: E402
from dnsserver import DnsServer  # noqa: E402
from chainbox import PARENTS, ChainBox  # noqa: E402

pytest_plugins = ["sandboxfixtures"]

VARIANT = "bridge" if (TESTS / "bridge" / "libgvproxy.so").exists() else "bridge-standin"
# Go's own resolver would ask the network once more, in its own time; getaddrinfo is answered by us.
QUICK = {
    "BOXLITE_ALLOWNET_TIMEOUT_MS": "300",
    "BOXLITE_ALLOWNET_BACKOFF_MS": "10",
    "GODEBUG": "netdns=cgo",
}
# Of a host that never answers: 4 attempts, and 10, 30 and 90 ms in between.
SCHEDULE_MS = 4 * 300 + 130
CONTAINER = TESTS / "container"
DENY_SOCKETS = TESTS / "deny-sockets.so"
USER = ["setpriv", "--reuid=65533", "--regid=65533", "--clear-groups"]


@pytest.fixture
def dns():
    listen = [f"127.0.0.{number}:53" for number in range(1, 11)]
    with DnsServer("", listen=listen) as server:
        yield server


class Box:
    """A process with a bridge and the repair in it."""

    def __init__(self, directory, preload=PRELOAD, variant=VARIANT, prefix=(), **env):
        self._directory = directory
        self._count = 0
        self.host = BridgeHost(variant, preload=preload, env={**QUICK, **env}, prefix=prefix)

    def __enter__(self):
        self.host.__enter__()
        self.host.callback(True)
        return self

    def __exit__(self, *_):
        self.host.close()

    def begin(self, allow_net):
        """Begins a create: its configuration. The file can be read by whoever the process runs as."""
        self._count += 1
        config = make_config(self._directory / f"{self._count}.sock", allow_net)
        path = self._directory / f"{self._count}.json"
        path.write_bytes(encode(config))
        self.host.send(f"create {path}")
        return config

    def create(self, allow_net):
        """The result of a create; the box is destroyed again."""
        self.begin(allow_net)
        result = self.host.create_finish()
        if result.created:
            self.host.destroy(result.handle)
        return result

    def answers(self, allow_net, names):
        """{name: what the guest is told} in a box that must come to be."""
        config = self.begin(allow_net)
        result = self.host.create_finish()
        assert result.created, result.text
        try:
            return probe(config["socket_path"], names)
        finally:
            self.host.destroy(result.handle)

    def pins(self):
        """{host: addresses}, as the lines of the whole life of the process say; ends it."""
        self.host.close()
        lines = "\n".join(self.host.logs())
        found = re.findall(r"host resolved hostname=(\S+) v4_count=(\d+) v4_ips=(\S*)", lines)
        assert all(int(count) == len(ips.split(",")) for _, count, ips in found), lines
        return {host: ips.split(",") for host, _, ips in found}


@pytest.fixture
def box(tmp_path):
    """box(**options): a Box that ends with the test."""
    boxes = []

    def start(**options):
        directory = tmp_path / f"b{len(boxes)}"
        directory.mkdir()
        directory.chmod(0o777)
        boxes.append(Box(directory, **options).__enter__())
        return boxes[-1]

    yield start
    for one in boxes:
        one.host.close()


@pytest.fixture
def open_to_all(tmp_path):
    """A directory that an ordinary user can reach and write to."""
    if os.geteuid() != 0:
        pytest.skip("is an ordinary user already")
    for directory in [tmp_path, *tmp_path.parents]:
        if directory.name.startswith(("pytest-", "test_")):
            directory.chmod(0o755)
    tmp_path.chmod(0o777)
    return tmp_path


@pytest.fixture
def chain(version, monkeypatch):
    """chain(rules, *prefix, **options): a published shim started by Python with the preload in it,
    `prefix` in front of Python; ends with the test."""
    boxes = []

    def start(allow_net, *prefix, **options):
        monkeypatch.setitem(PARENTS, "hostile", [*map(str, prefix), *PARENTS["python"]])
        boxes.append(ChainBox(version, allow_net, parent="hostile", **options))
        return boxes[-1]

    yield start
    for one in boxes:
        one.close()
