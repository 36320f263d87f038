"""The sandbox's own /etc (tests/support/sandbox.c), as every test begins with it."""

import os
from pathlib import Path

STANDARD = {
    "resolv.conf": "nameserver 127.0.0.1\n",
    "hosts": "127.0.0.1 localhost\n",
    "nsswitch.conf": "hosts: files dns\n",
}


def write_etc(name, text):
    """Rewrites a file of the sandbox's own /etc."""
    assert os.environ.get("ALLOWNET_SANDBOX") == "1", "not in the sandbox: run it by make check-..."
    Path("/etc", name).write_text(text)


def reset_etc():
    for name, text in STANDARD.items():
        write_etc(name, text)
