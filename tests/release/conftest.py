"""What is published: made by `make release` in clones of these sources, and used in fresh systems."""

import os
import platform
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / name) for name in ("package", "support", "sdk", "attach")]

from devices import give_devices  # noqa: E402
from dnsserver import DnsServer  # noqa: E402
from example import SCRIPT  # noqa: E402
from registry import Registry  # noqa: E402

pytest_plugins = ["repositories"]


@pytest.fixture(scope="module")
def registry(tmp_path_factory):
    """Of container images; with it what a box needs: a /dev with a kvm, and DNS."""
    assert os.environ.get("ALLOWNET_SANDBOX") == "1", "run these tests through make check-roots"
    give_devices(tmp_path_factory.mktemp("dev"))
    with DnsServer(SCRIPT, listen=["127.0.0.1:53"]), Registry(platform.machine()) as server:
        yield server.host
