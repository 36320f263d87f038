"""A system with nothing on it of ours, on which docs/operate.md is followed to the letter.

In the sandbox of tests/support/sandbox.c: the directories that installing changes are covered with
an overlay file system each, and no process is in sight but those of the test. The programs use the
published SDKs; there is no KVM (tests/sdk).
"""

import os
import platform
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(ROOT / "tests" / "support"), str(ROOT / "tests" / "sdk")]

from bridgehost import BUILD  # noqa: E402
from devices import give_devices  # noqa: E402
from dnsserver import DnsServer  # noqa: E402
from example import SCRIPT  # noqa: E402
from operatebox import Operator, cover  # noqa: E402
from registry import Registry  # noqa: E402
from sdkbox import KVM, NODE, replace_firmware, sdk_directory  # noqa: E402

VERSION = "0.9.7"
COVERED = ("/usr", "/var", "/opt", "/etc/default", "/etc/systemd")


@pytest.fixture(scope="session", autouse=True)
def system(tmp_path_factory):
    assert os.environ.get("ALLOWNET_SANDBOX") == "1", "run these tests through make check-operate"
    store = tmp_path_factory.mktemp("covers")
    subprocess.run(["mount", "-t", "tmpfs", "covers", store], check=True)
    for directory in COVERED:
        done = cover(directory, store)
        if done.returncode != 0:
            pytest.skip(f"no overlay file system over {directory}: {done.stderr.strip()}")
    # In a container image it may say that documentation is not to be installed.
    if Path("/etc/dpkg/dpkg.cfg.d").is_dir():
        subprocess.run(["mount", "-t", "tmpfs", "none", "/etc/dpkg/dpkg.cfg.d"], check=True)
    give_devices(tmp_path_factory.mktemp("dev"))
    # For every program, and without a word of it in what the page says. /etc is the sandbox's.
    assert not Path("/etc/ld.so.preload").exists()
    Path("/etc/ld.so.preload").write_text(f"{KVM}\n")


@pytest.fixture(scope="session")
def place(tmp_path_factory):
    """Where the operator is: the package, the programs, their SDKs; and a PATH."""
    directory = tmp_path_factory.mktemp("place")
    for name in ("app.py", "app.mjs"):
        shutil.copy(HERE / name, directory)
    for package in BUILD.glob("boxlite-allownet_*.deb"):
        shutil.copy(package, directory)
    (directory / "boxlite").symlink_to(BUILD / "wheel" / VERSION / "boxlite")
    (directory / "node_modules").symlink_to(sdk_directory(VERSION) / "node_modules")
    (directory / "rules.txt").touch()
    programs = directory / "bin"
    programs.mkdir()
    (programs / "python3").symlink_to("/usr/bin/python3")
    (programs / "systemctl").symlink_to(HERE / "systemctl")
    if shutil.which(NODE):
        (programs / "node").symlink_to(shutil.which(NODE))
    return directory


@pytest.fixture(scope="session")
def registry():
    with Registry(platform.machine()) as server:
        yield server.host


@pytest.fixture(scope="session")
def operator(system, place, registry):
    """operator(SDK): someone whose programs use that SDK, "python" or "node"."""
    made = {}
    path = f"{place}/bin:/usr/sbin:/usr/bin:/sbin:/bin"

    def make_operator(sdk):
        if sdk not in made:
            # Short: a socket's path has at most 107 bytes.
            home = Path(tempfile.mkdtemp(prefix="op", dir="/tmp"))
            environment = {"PATH": path, "REGISTRY": registry, "STATE": str(home), "LANG": "C.UTF-8"}
            made[sdk] = Operator(home, place, environment)
            unpack(made[sdk], ["python3", "app.py"] if sdk == "python" else ["node", "app.mjs"])
        return made[sdk]

    yield make_operator
    for one in made.values():
        one.close()
        shutil.rmtree(one.home, ignore_errors=True)


def unpack(operator, command):
    """The SDK unpacks its programs when it first needs them; the firmware is then replaced."""
    environment = {**operator.environment, "UNPACK": "1"}
    subprocess.run(
        command,
        cwd=operator.directory,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        executable=shutil.which(command[0], path=environment["PATH"]),
    )
    replace_firmware(operator.home)


@pytest.fixture(scope="session")
def installed(python):
    """The page's first two steps."""
    python.do("install")
    python.do("rules")


@pytest.fixture(scope="session")
def python(request):
    if not (BUILD / "wheel" / VERSION / "complete").exists():
        pytest.skip("the published Python wheel is not there: scripts/fetch-wheel")
    return request.getfixturevalue("operator")("python")


@pytest.fixture(scope="session")
def node(request):
    if not (sdk_directory(VERSION) / "complete").exists():
        pytest.skip("the published Node SDK is not there: scripts/fetch-sdk")
    if shutil.which(NODE) is None:
        pytest.skip("no node")
    return request.getfixturevalue("operator")("node")


@pytest.fixture(autouse=True)
def names():
    with DnsServer(SCRIPT, listen=["127.0.0.1:53"]) as server:
        yield server
