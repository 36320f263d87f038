"""Boxes with a booted guest, in a machine under software emulation: scenarios in, records out."""

import json
import os
import shutil
import sys
import tarfile
import tempfile
from dataclasses import asdict, dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
BUILD = ROOT / os.environ.get("BUILD", "build")
MACHINE = BUILD / "lab" / "guest"
HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from console import Console  # noqa: E402

# A boot takes 10 s, a box 15 s, on two idle cores. Beyond this something hangs.
PATIENCE_S = int(os.environ.get("GUEST_PATIENCE_S", "1500"))
# GUEST_LOADED=1: guest time follows the instructions, not the clock; slower, and the same on any load.
ACCELERATOR = (
    ["-accel", "tcg,thread=single", "-icount", "shift=0"]
    if os.environ.get("GUEST_LOADED")
    else ["-accel", "tcg,thread=multi", "-smp", "2"]
)

SCRIPT = """
github.com        answer 192.0.2.1
iapi.sample.com   answer 192.0.2.2
example.org       answer 192.0.2.3
db                answer 192.0.2.4
api.upper.example answer 192.0.2.5
*.flaky.example   servfail ; servfail ; answer 192.0.2.4
dead.example      drop
six.example       aaaa-only 2001:db8::1
noapex.example    nodata
other.com         answer 192.0.2.9
"""
ADDRESSES = ["192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4", "192.0.2.5", "192.0.2.9"]
SINKHOLE = "0.0.0.0"
NONE = "none"


@dataclass
class Scenario:
    """Some boxes one after the other, or at once; each runs the commands in its guest."""

    scenario: str
    release: str  # node-0.9.7
    rules: list
    commands: list
    repaired: bool = True
    boxes: int = 1
    jailed: bool = True
    detach: bool = False
    parallel: bool = False
    restart: bool = False
    leave: bool = False  # let them run
    hold: bool = False  # and do not end
    keep: bool = False  # stop, but do not remove
    attach: str = ""  # take over the box whose id this file of the machine has
    secrets: list = None
    environment: dict = field(default_factory=dict)
    after: str = ""  # shell, in the machine

    def lines(self):
        """What the machine's shell does for it."""
        kind, version = self.release.split("-", 1)
        job = {key: value for key, value in asdict(self).items() if key not in ("environment", "after")}
        job |= {"sdk": f"/opt/{self.release}", "home": f"/root/{self.release}"}
        words = [f"{key}='{value}'" for key, value in self.environment.items()]
        if self.repaired:
            words.append("LD_PRELOAD=/job/libboxlite_allownet.so")
        program = "node drive.mjs" if kind == "node" else "python3 drive.py"
        path = self.scenario.replace(" ", "-") + ".json"
        command = f"{' '.join(['env', *words])} {program} {path}"
        if self.hold:
            command = f"{command} > held & holder=$!; until grep -q held held; do sleep 0.2; done; cat held"
        return {path: json.dumps(job)}, [f"echo '== {self.scenario}, {version}'", command, self.after]


def machine_is_there(releases):
    return all((MACHINE / f"sdk-{release}.img").exists() for release in releases)


def run(scenarios):
    """Boots once, plays the scenarios in turn. Returns (records, console); records is a list of dicts."""
    releases = list(dict.fromkeys(scenario.release for scenario in scenarios))
    disks = [f"vd{chr(ord('c') + i)} {release}\n" for i, release in enumerate(releases)]
    with tempfile.TemporaryDirectory(prefix="guest-") as directory:
        job = Path(directory, "job")
        job.mkdir()
        for name in "drive.mjs", "drive.py", "services.mjs":
            shutil.copy(HERE / name, job)
        for product in "libboxlite_allownet.so", "boxlite-allownet":
            shutil.copy(BUILD / product, job)
        (job / "disks").write_text("".join(disks))
        (job / "dns-script").write_text(SCRIPT)
        (job / "addresses").write_text("\n".join(ADDRESSES) + "\n")
        shell = []
        for scenario in scenarios:
            files, lines = scenario.lines()
            for name, text in files.items():
                (job / name).write_text(text)
            shell += lines
        (job / "job.sh").write_text("\n".join(shell) + "\n")
        archive = Path(directory, "job.tar")
        with tarfile.open(archive, "w") as tar:
            tar.add(job, ".")
        with open(archive, "r+b") as file:
            file.truncate((archive.stat().st_size + 0xFFFFF) & ~0xFFFFF)
        return play(archive, releases)


def play(archive, releases):
    drives = [(MACHINE / "base.img", "snapshot=on,cache=unsafe"), (archive, "readonly=on")]
    drives += [(MACHINE / f"sdk-{release}.img", "readonly=on") for release in releases]
    command = ["qemu-system-x86_64", *ACCELERATOR, "-cpu", "EPYC-v2", "-m", "2560", "-nographic"]
    command += ["-no-reboot", "-nic", "none", "-monitor", "none", "-serial", "stdio"]
    command += ["-kernel", str(MACHINE / "vmlinuz"), "-initrd", str(MACHINE / "initrd.gz")]
    command += ["-append", "console=ttyS0 quiet panic=-1 mitigations=off"]
    for path, options in drives:
        command += ["-drive", f"file={path},if=virtio,format=raw,{options}"]
    console = Console(command, PATIENCE_S)
    return console.records, console.lines
