"""The published SDK in the sandbox of tests/support/sandbox.c, with a /dev of its own as well."""

import os
import platform
import shutil
import sys
import tempfile
import warnings
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))

from devices import give_devices  # noqa: E402
from dnsserver import DnsServer  # noqa: E402
from registry import Registry  # noqa: E402
from publishedshims import VERSIONS  # noqa: E402
from sdkbox import NODE, Application, replace_firmware, sdk_directory, unpacked_firmware  # noqa: E402


@pytest.fixture(scope="session", autouse=True)
def devices(tmp_path_factory):
    """A /dev in which kvm is a plain file."""
    assert os.environ.get("ALLOWNET_SANDBOX") == "1", "run these tests through make check-sdk"
    give_devices(tmp_path_factory.mktemp("dev"))


@pytest.fixture(scope="session")
def registry():
    with Registry(platform.machine()) as server:
        yield server.host


@pytest.fixture
def dns():
    with DnsServer("", listen=["127.0.0.1:53"]) as server:
        yield server


def unpack(version, directory, registry):
    """Has the SDK unpack its programs there, which it does when it first needs them. Without the stand-in
    its box fails at once. One of python-0.9.7 once failed earlier, with nothing of ours in its process:
    it gets another turn, and what it said is told."""
    box = {"network": {"mode": "disabled"}}
    for _ in range(3):
        with Application(version, directory, registry, [box], repaired=False) as application:
            told = application.error()
        if unpacked_firmware(directory):
            return
        warnings.warn(f"{version} has unpacked nothing: {told}", stacklevel=2)


@pytest.fixture(scope="session")
def homes(registry):
    """A home for each version, with the SDK's programs unpacked and the firmware replaced."""
    made = {}

    def home(version):
        if version not in made:
            # Short: a socket's path has at most 107 bytes.
            directory = Path(tempfile.mkdtemp(prefix="sdk", dir="/tmp"))
            unpack(version, directory, registry)
            replace_firmware(directory)
            made[version] = directory
        return made[version]

    yield home
    for directory in made.values():
        shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(params=VERSIONS)
def version(request):
    """Of Node's; tests of others as well name them with `indirect`."""
    sdk = request.param
    if not (sdk_directory(sdk) / "complete").exists():
        pytest.skip("the published SDK is not there: scripts/fetch-sdk, scripts/fetch-wheel")
    if not sdk.startswith("python-") and shutil.which(NODE) is None:
        pytest.skip("no node")
    return sdk


@pytest.fixture
def application(version, homes, registry):
    """application(boxes, **options): an Application; ends with the test, its boxes with it."""
    running = []

    def start(boxes, **options):
        home = homes(version)
        for left in ("boxes", "logs"):
            shutil.rmtree(home / "boxlite" / left, ignore_errors=True)
        for file in (home / "boxlite").glob("**/*.db*"):
            file.unlink()
        running.append(Application(version, home, registry, boxes, **options))
        return running[-1]

    yield start
    for one in running:
        one.close()
