"""Overlays of the published shims, in the sandbox of tests/support/sandbox.c."""

import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / name) for name in ("support", "carry", "attach")]

from dnsserver import DnsServer  # noqa: E402
from etcfiles import reset_etc  # noqa: E402
from overlaybox import overlay, shim_path, unpack  # noqa: E402
from shimbox import VERSIONS  # noqa: E402


@pytest.fixture(autouse=True)
def etc():
    reset_etc()


@pytest.fixture
def dns():
    with DnsServer("default answer 192.0.2.7\n", listen=["127.0.0.1:53"]) as server:
        yield server


def published(version):
    """Path of a published shim; skips where there is none."""
    if not shim_path(version).exists():
        pytest.skip("published shims are not there: scripts/fetch-shims")
    return shim_path(version)


@pytest.fixture(params=VERSIONS)
def version(request):
    published(request.param)
    return request.param


@pytest.fixture
def unpacked(version, tmp_path):
    """The directory into which boxlite unpacked its shim and firmware."""
    return unpack(version, tmp_path / "home")


@pytest.fixture
def runtime(unpacked, tmp_path):
    """An overlay, made of it with no settings."""
    overlay(tmp_path / "overlay", "--shim", unpacked / "boxlite-shim", check=True)
    return tmp_path / "overlay"
