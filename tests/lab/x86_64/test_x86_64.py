"""x86-64, on an emulated machine with systemd as process 1: units, Yama, AppArmor, containers."""

import json
import os
import sys
import tarfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tests" / "lab"))

from console import NO_CX16, Console  # noqa: E402

BUILD = ROOT / os.environ.get("BUILD", "build")
MACHINE = BUILD / "lab" / "x86_64"
SILENCE_S = 600  # without a word for so long, something hangs
# Words of the names of what is to be tried; all of it without.
ONLY = os.environ.get("X86_64_ONLY", "")
# There are no devices to wait for. Saves half of the boot.
UNNEEDED = [
    "systemd-udevd.service",
    "systemd-udev-trigger.service",
    "systemd-random-seed.service",
    "systemd-modules-load.service",
    "modprobe@configfs.service",
    "modprobe@dm_mod.service",
    "modprobe@efi_pstore.service",
    "modprobe@fuse.service",
    "modprobe@loop.service",
    "dev-hugepages.mount",
    "apparmor.service",
    "proc-sys-fs-binfmt_misc.automount",
]


def write_job(path):
    """The sources, the package and what the tests use, for the machine's second disk."""
    with tarfile.open(path, "w") as tar:
        for name in ("tests", "docs", "scripts", "shim/boxlite"):
            tar.add(ROOT / name, name)
        for name in ("dns-server", "guest-probe", "firmware"):
            tar.add(BUILD / "tests" / name, f"build/tests/{name}")
        for package in BUILD.glob("boxlite-allownet_*.deb"):
            tar.add(package, package.name)


def boot(job):
    command = ["qemu-system-x86_64", "-M", "q35", "-cpu", f"Nehalem{NO_CX16}", "-smp", "2", "-m", "2G"]
    command += ["-accel", "tcg,thread=multi", "-nographic", "-no-reboot", "-nic", "none"]
    command += ["-serial", "stdio", "-monitor", "none", "-kernel", str(MACHINE / "vmlinuz")]
    command += ["-drive", f"file={MACHINE}/disk.img,if=none,id=disk,format=raw,snapshot=on,cache=unsafe"]
    command += ["-device", "nvme,serial=disk,drive=disk"]
    command += ["-drive", f"file={job},if=none,id=job,format=raw,readonly=on"]
    command += ["-device", "nvme,serial=job,drive=job"]
    words = ["console=ttyS0", "root=/dev/nvme0n1", "rw", "rootwait", "quiet", "panic=-1", "mitigations=off"]
    words += ["systemd.unit=lab.target", "systemd.show_status=no", f'lab.only="{ONLY}"']
    words += [f"systemd.mask={unit}" for unit in UNNEEDED]
    return Console([*command, "-append", " ".join(words)], SILENCE_S)


def test_each_start_is_repaired_or_refused_with_the_right_text(tmp_path):
    if not (MACHINE / "disk.img").exists():
        pytest.skip("the machine is not there: tests/lab/x86_64/make-machine says why")
    write_job(tmp_path / "job.tar")
    console = boot(tmp_path / "job.tar")
    (MACHINE / "results.json").write_text(json.dumps(console.records, indent=1) + "\n")
    assert console.done, "the machine fell silent"
    assert console.wrong == []
    assert len(console.right) == len(console.records) > 0
