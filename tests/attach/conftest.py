"""Published shims in the sandbox of tests/support/sandbox.c: loopback only, /etc of its own."""

import os
import shutil
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))

from etcfiles import STANDARD  # noqa: E402
from shimbox import COMMAND, FIRMWARE, ShimBox, shim_path  # noqa: E402

pytest_plugins = ["sandboxfixtures"]


@pytest.fixture
def start(version, tmp_path):
    """start(allow_net, hosts=..., **options): a ShimBox of the version; ends with the test."""
    boxes = []

    def begin(allow_net, hosts=None, **options):
        # Short: a socket's path has at most 107 bytes.
        box = ShimBox(version, tmp_path / f"b{len(boxes)}", allow_net, hosts, **options)
        boxes.append(box)
        return box

    yield begin
    for box in boxes:
        box.close()


@pytest.fixture
def as_user(tmp_path):
    """Command line that goes on as an ordinary user, who may write to the first box's directory."""
    if os.geteuid() != 0:
        pytest.skip("is an ordinary user already")
    for directory in [tmp_path, *tmp_path.parents]:
        if directory.owner() == "root" and directory.name.startswith(("pytest-", "test_")):
            directory.chmod(0o755)
    (tmp_path / "b0").mkdir(exist_ok=True)
    (tmp_path / "b0").chmod(0o777)
    return ["setpriv", "--reuid=65533", "--regid=65533", "--clear-groups", "--no-new-privs"]


@pytest.fixture
def jail(version):
    """jail(directory, etc=True, env={}): bubblewrap's command line up to `--` as boxlite 0.9.7
    builds it (jailer/sandbox/bwrap.rs), and our command bound; the shim is a copy in the box."""
    if shutil.which("bwrap") is None:
        pytest.skip("bubblewrap is not installed")

    def command_line(directory, etc=True, env=None):
        binaries = directory / "bin"
        binaries.mkdir(parents=True)
        shutil.copy(shim_path(version), binaries / "boxlite-shim")
        shutil.copy(FIRMWARE / "libkrunfw.so.5", binaries)
        line = ["bwrap", "--unshare-user", "--unshare-pid", "--unshare-ipc", "--unshare-uts"]
        line += ["--die-with-parent", "--new-session"]
        for path in ["/usr", "/lib", "/lib64", "/bin", "/sbin"]:
            if Path(path).exists():
                line += ["--ro-bind", path, path]
        for name in STANDARD if etc else []:
            line += ["--ro-bind", f"/etc/{name}", f"/etc/{name}"]
        line += ["--dev", "/dev", "--proc", "/proc", "--tmpfs", "/tmp"]
        line += ["--bind", directory, directory, "--ro-bind", binaries, binaries]
        line += ["--ro-bind", COMMAND, COMMAND, "--clearenv"]
        variables = {"PATH": "/usr/bin:/bin", "HOME": "/root", "LD_LIBRARY_PATH": binaries}
        for name, value in {**variables, **(env or {})}.items():
            line += ["--setenv", name, value]
        return [*line, "--chdir", "/", "--"]

    return command_line


@pytest.fixture(params=["plain", "jailed"])
def start_anywhere(request, start, tmp_path):
    """As start, for a shim in the open and for one in a jail."""
    if request.param == "plain":
        return start
    jail = request.getfixturevalue("jail")
    count = 0

    def begin(allow_net, hosts=None, env=None, **options):
        nonlocal count
        directory = tmp_path / f"b{count}"
        count += 1
        prefix = jail(directory, env={"RUST_LOG": "debug", **(env or {})})
        shim = directory / "bin" / "boxlite-shim"
        return start(allow_net, hosts, prefix=prefix, shim=shim, **options)

    return begin
