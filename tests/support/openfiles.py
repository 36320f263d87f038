"""What a process has open."""

import contextlib
import os
from pathlib import Path


def open_files(pid):
    """{descriptor: target}. A process that runs closes some while we look: they are left out."""
    found = {}
    for link in Path("/proc", str(pid), "fd").iterdir():
        with contextlib.suppress(FileNotFoundError):
            found[int(link.name)] = os.readlink(link)
    return found
