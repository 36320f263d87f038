"""aarch64, on an emulated machine: unit tests, and the published shims under each scope of Yama."""

import os
import re
import subprocess
import threading
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
MACHINE = ROOT / os.environ.get("BUILD", "build") / "lab" / "arm64"
PATIENCE_S = int(os.environ.get("ARM64_PATIENCE_S", "1800"))  # beyond it something hangs


def boot():
    """The console, line by line."""
    command = ["qemu-system-aarch64", "-M", "virt", "-cpu", "cortex-a72", "-smp", "2", "-m", "1500M"]
    command += ["-accel", "tcg,thread=multi", "-nographic", "-no-reboot", "-nic", "none"]
    command += ["-serial", "stdio", "-monitor", "none", "-kernel", str(MACHINE / "vmlinuz")]
    command += ["-append", "console=ttyAMA0 root=/dev/nvme0n1 rw rootwait quiet panic=-1 init=/machine/init"]
    command += ["-drive", f"file={MACHINE}/disk.img,if=none,id=disk,format=raw,snapshot=on,cache=unsafe"]
    command += ["-device", "nvme,serial=disk,drive=disk"]
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, errors="replace",
    ) as machine:
        ended = threading.Timer(PATIENCE_S, machine.kill)
        ended.start()
        try:
            for line in machine.stdout:
                line = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]|[\r\n]", "", line)
                print(line, flush=True)
                yield line
        finally:
            ended.cancel()
            machine.kill()


def test_everything_is_right_on_aarch64():
    if not (MACHINE / "disk.img").exists():
        pytest.skip("the machine is not there: tests/lab/arm64/make-machine says why")
    console = list(boot())
    tried = [line for line in console if line.startswith(("ok ", "FAILED "))]
    assert "machine done" in console, "the machine fell silent"
    assert [line for line in tried if line.startswith("FAILED ")] == []
    assert len(tried) > 10
