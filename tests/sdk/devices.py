"""A /dev of the test's own, in which kvm is a plain file (kvm_answers.c lets the SDK believe in it)."""

import subprocess
from pathlib import Path

DEVICES = ("null", "zero", "full", "random", "urandom", "tty")


def give_devices(directory):
    """Mounts `directory`, which is empty, over /dev, with what programs need in it."""
    for name in DEVICES:
        if Path("/dev", name).exists():
            (directory / name).touch()
            subprocess.run(["mount", "--bind", f"/dev/{name}", directory / name], check=True)
    for name in ("shm", "pts", "net"):
        (directory / name).mkdir()
    for name in ("fd", "stdin", "stdout", "stderr"):
        target = "/proc/self/fd" + {"stdin": "/0", "stdout": "/1", "stderr": "/2"}.get(name, "")
        (directory / name).symlink_to(target)
    (directory / "kvm").touch()
    subprocess.run(["mount", "--rbind", directory, "/dev"], check=True)
