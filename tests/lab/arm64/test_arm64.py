"""aarch64, on an emulated machine: unit tests, and the published shims under each scope of Yama."""

import json
import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT / "tests" / name) for name in ("lab", "support", "carry", "attach", "cli", "doctor")]

from compatibility import DOCUMENT, arm64_rows  # noqa: E402
from console import Console  # noqa: E402

MACHINE = ROOT / os.environ.get("BUILD", "build") / "lab" / "arm64"
EXTENT = os.environ.get("ARM64", "all")  # a function of init
SILENCE_S = 600  # without a word for so long, something hangs


def boot():
    command = ["qemu-system-aarch64", "-M", "virt", "-cpu", "cortex-a72", "-smp", "2", "-m", "1500M"]
    command += ["-accel", "tcg,thread=multi", "-nographic", "-no-reboot", "-nic", "none"]
    command += ["-serial", "stdio", "-monitor", "none", "-kernel", str(MACHINE / "vmlinuz")]
    append = f"console=ttyAMA0 root=/dev/nvme0n1 rw rootwait quiet panic=-1 init=/begin -- {EXTENT}"
    command += ["-append", append]
    for name in ("root", "machine"):
        command += ["-drive", f"file={MACHINE}/{name}.img,if=none,id={name},format=raw,snapshot=on,cache=unsafe"]
        command += ["-device", f"nvme,serial={name},drive={name}"]
    return Console(command, SILENCE_S)


def test_everything_is_right_on_aarch64():
    if not (MACHINE / "machine.img").exists():
        pytest.skip("the machine is not there: tests/lab/arm64/make-machine says why")
    console = boot()
    if not console.done:
        print("booted again, since the machine fell silent")
        console = boot()
    assert console.done, "the machine fell silent"
    assert console.wrong == []
    # What is in init: programs, boxes of one shim each way, boxes of all.
    shims = len(list((MACHINE / "machine" / "build" / "shims").iterdir()))
    assert len(console.right) == {"quick": 2 + 4, "all": 10 + 4 + 6 * shims}[EXTENT]
    # For `make compatibility`; what the page has already is to be what was seen.
    (MACHINE / "rows.json").write_text(json.dumps(console.records) + "\n")
    shown = {tuple(row[:2]): row for row in arm64_rows(DOCUMENT.read_text(encoding="utf-8"))}
    assert [row for row in console.records if shown.get(tuple(row[:2]), row) != row] == []
