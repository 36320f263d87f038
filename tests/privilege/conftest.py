"""What the tests of borders between users share. Everything runs in the sandbox of
tests/support/sandbox.c; where a test needs an /etc/ld.so.preload, in one more inside it."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / name) for name in ("support", "carry", "attach", "overlay")]

from bridgehost import PRELOAD, TESTS, clean_environment  # noqa: E402

pytest_plugins = ["sandboxfixtures"]

USER_ID = 65533
USER = ["setpriv", f"--reuid={USER_ID}", f"--regid={USER_ID}", "--clear-groups"]
SANDBOX = TESTS / "sandbox"
# Version 2, "effective" set; CAP_SYS_PTRACE (19) permitted. See <linux/capability.h>.
CAP_SYS_PTRACE = bytes.fromhex("01000002" "00000800" "00000000" "00000000" "00000000")


def run(command, input=b"", **variables):
    """Variables with None are taken out."""
    return subprocess.run(
        [str(word) for word in command],
        env=clean_environment({"LD_PRELOAD", "BOXLITE_RUNTIME_DIR", "LD_LIBRARY_PATH"}, **variables),
        input=input,
        capture_output=True,
        timeout=300,
    )


@pytest.fixture
def place():
    """A directory of root's that everybody can look into."""
    if os.geteuid() != 0:
        pytest.skip("only root makes set-user-ID programs of root's")
    path = Path(tempfile.mkdtemp(prefix="priv", dir="/tmp"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


@pytest.fixture
def home(place):
    """A directory of the ordinary user's."""
    path = place / "home"
    path.mkdir()
    os.chown(path, USER_ID, USER_ID)
    return path


def elevate(program, how):
    """Gives its file the privileges of root; "none" for the control."""
    os.chown(program, 0, 0)
    program.chmod({"setuid": 0o4755, "setgid": 0o2755}.get(how, 0o755))
    if how == "capabilities":
        os.setxattr(program, "security.capability", CAP_SYS_PTRACE)
    return program


def preloaded_by_root(*command):
    """The command where /etc/ld.so.preload names our object."""
    with tempfile.NamedTemporaryFile("w", delete=False) as file:
        file.write(f"{PRELOAD}\n")
    return [SANDBOX, "--etc", f"ld.so.preload={file.name}", "--", *command]
