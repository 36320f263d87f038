"""Overlays of the published shims, in the sandbox of tests/support/sandbox.c."""

import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / name) for name in ("support", "carry", "attach")]

from overlaybox import overlay, unpack  # noqa: E402

pytest_plugins = ["sandboxfixtures"]


@pytest.fixture
def unpacked(version, tmp_path):
    """The directory into which boxlite unpacked its shim and firmware."""
    return unpack(version, tmp_path / "home")


@pytest.fixture
def runtime(unpacked, tmp_path):
    """An overlay, made of it with no settings."""
    overlay(tmp_path / "overlay", "--shim", unpacked / "boxlite-shim", check=True)
    return tmp_path / "overlay"


@pytest.fixture
def dns(knowing_dns):
    return knowing_dns
