"""Boxes with a booted guest, in a machine under software emulation: scenarios in, records out."""

import json
import os
import shutil
import socket
import subprocess
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

from console import NO_CX16, Console  # noqa: E402

QEMU = "qemu-system-x86_64"
CPU = f"EPYC-v2{NO_CX16}"


def processors(count):
    """Each is a thread of qemu's: two machines with one each keep two cores busy."""
    return ["-accel", f"tcg,thread={'single' if count == 1 else 'multi'}", "-smp", str(count)]


# How it is started, and after how long without a word something hangs. A boot takes 10 s and a box 15 s, on an idle
# core.
QUICK = (processors(1), 180)
# The machine's time follows the instructions, not the clock: several times slower, and the same on any load.
STEADY = (["-accel", "tcg,thread=single", "-icount", "shift=0"], 600)
SPEEDS = [QUICK, QUICK, STEADY]

# Why a box ends before its guest has been asked, as the SDK tells it: boxlite's patience is over, which a machine
# that has to share its processor outlasts; the guest has died, which an emulator can cause (docs/evidence.md; how
# often, with and without the repair, soak.py and soak_starts.py count); the SDK read the image before it had
# written it.
UNASKED = ("timeout after 30s", "guest agent exited immediately", "transport error", "Failed to pull image")

SCRIPT = """
github.com        answer 192.0.2.1
iapi.sample.com   answer 192.0.2.2
example.org       answer 192.0.2.3
db                answer 192.0.2.4
api.upper.example answer 192.0.2.5
*.flaky.example   servfail ; servfail ; answer 192.0.2.4
dead.example      drop
six.example       aaaa-only 2001:db8::1
secret.example    answer 192.0.2.7
closed.example    answer 192.0.2.8
noapex.example    nodata
other.com         answer 192.0.2.9
"""
ADDRESSES = ["192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4", "192.0.2.5", "192.0.2.9"]
SECRET_HOST, SECRET_ADDRESS = "secret.example", "192.0.2.7"  # speaks TLS
CLOSED_ADDRESS = "192.0.2.8"
SINKHOLE = "0.0.0.0"
NONE = "none"


@dataclass
class Scenario:
    """Some boxes one after the other, or at once; each runs the commands in its guest.

    What comes of it is records with its name, the number of the box, and an event: created, started,
    output (of each command), error, held, over; shell (what `after` printed).
    """

    scenario: str
    release: str  # node-0.9.7
    rules: list
    commands: list
    repaired: bool = True
    boxes: int = 1
    jailed: bool = True
    parallel: bool = False
    restart: bool = False  # stop it, start it, and ask again
    leave: bool = False  # detached, and still running when its SDK has ended
    takes_over: bool = False  # instead of a box of its own, the one that was left
    hold: bool = False  # the SDK does not end; its pid is in $holder
    keep: bool = False  # stop, but do not remove
    secrets: list = None
    environment: dict = field(default_factory=dict)
    before: str = ""  # shell, in the machine
    after: str = ""
    with_last: bool = False  # if it has to be played again, so has the one before it

    def lines(self, number):
        """What the machine's shell does for it: files to be there, and lines."""
        kind = self.release.split("-", 1)[0]
        job = asdict(self) | {"sdk": f"/opt/{self.release}", "home": self.home}
        words = [f"{key}='{value}'" for key, value in self.environment.items()]
        if self.repaired:
            words.append("LD_PRELOAD=/job/libboxlite_allownet.so")
        program = "node drive.mjs" if kind == "node" else "python3 drive.py"
        command = f"env {' '.join(words)} {program} {number}.json"
        if self.hold:
            command = (
                f"{command} > held & holder=$!; export holder; "
                "until grep -Eq '\"(held|over)\"' held; do sleep 0.2; done; cat held"
            )
        lines = [f"echo '== {self.scenario}'", self.before, command]
        if self.after:
            lines.append(f"python3 tell.py '{self.scenario}' {number}.sh")
        return {f"{number}.json": json.dumps(job), f"{number}.sh": self.after}, lines

    @property
    def home(self):
        return f"/root/{self.release}"


def machine_is_there(releases):
    return all((MACHINE / f"sdk-{release}.img").exists() for release in releases)


def pack(directory, scenarios, before, after):
    """The disk with what the machine is to do; `before` is shell that comes first, `after` last."""
    job = Path(directory, "job")
    job.mkdir()
    for name in (
        "drive.mjs", "drive.py", "services.mjs", "look.py", "tell.py", "remains.sh", "replay.py", "tracer.py", "watch.py",
        "flags.py",
    ):
        shutil.copy(HERE / name, job)
    for product in "libboxlite_allownet.so", "boxlite-allownet":
        shutil.copy(BUILD / product, job)
    (job / "disks").write_text("".join(f"vd{chr(ord('c') + i)} {release}\n" for i, release in enumerate(releases_of(scenarios))))
    (job / "dns-script").write_text(SCRIPT)
    (job / "addresses").write_text("\n".join(ADDRESSES) + "\n")
    make_certificate(job)
    shell = [before]
    for number, scenario in enumerate(scenarios):
        files, lines = scenario.lines(number)
        for name, text in files.items():
            (job / name).write_text(text)
        shell += lines
    shell.append(after)
    (job / "job.sh").write_text("\n".join(shell) + "\n")
    archive = Path(directory, "job.tar")
    with tarfile.open(archive, "w") as tar:
        tar.add(job, ".")
    with open(archive, "r+b") as file:
        file.truncate((archive.stat().st_size + 0xFFFFF) & ~0xFFFFF)
    return archive


def make_certificate(directory):
    """Of the host that secrets are for; the machine trusts it."""
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    command += ["-keyout", "tls.key", "-out", "tls.crt", "-days", "7300", "-subj", f"/CN={SECRET_HOST}"]
    command += ["-addext", f"subjectAltName=DNS:{SECRET_HOST}"]
    subprocess.run(command, cwd=directory, check=True, capture_output=True)


def releases_of(scenarios):
    return list(dict.fromkeys(scenario.release for scenario in scenarios))


class Machine:
    """What one boot plays in turn: the scenarios, between the shell lines `before` and `after`.

    command  starts qemu with the console as its standard output
    """

    def __init__(self, scenarios, before=":", after=":", accelerator=QUICK[0], cpu=CPU):
        self.directory = tempfile.TemporaryDirectory(prefix="guest-")
        self.monitor = Path(self.directory.name, "monitor")
        archive = pack(self.directory.name, scenarios, before, after)
        drives = [(MACHINE / "base.img", "snapshot=on,cache=unsafe"), (archive, "readonly=on")]
        drives += [(MACHINE / f"sdk-{release}.img", "readonly=on") for release in releases_of(scenarios)]
        command = [QEMU, *accelerator, "-cpu", cpu, "-m", "2560", "-nographic"]
        command += ["-no-reboot", "-nic", "none", "-monitor", "none", "-serial", "stdio"]
        command += ["-qmp", f"unix:{self.monitor},server=on,wait=off"]
        command += ["-kernel", str(MACHINE / "vmlinuz"), "-initrd", str(MACHINE / "initrd.gz")]
        # At fixed addresses, so that what the monitor shows of a processor can be named.
        command += ["-append", "console=ttyS0 quiet panic=-1 mitigations=off nokaslr"]
        for path, options in drives:
            command += ["-drive", f"file={path},if=virtio,format=raw,{options}"]
        self.command = command

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.directory.cleanup()

    def ask_monitor(self, words):
        """What qemu's monitor answers (QEMU Machine Protocol, human-monitor-command)."""
        with socket.socket(socket.AF_UNIX) as monitor:
            monitor.settimeout(10)
            monitor.connect(str(self.monitor))
            stream = monitor.makefile("rw", encoding="utf-8")
            stream.readline()  # the greeting
            for execute, arguments in (
                ("qmp_capabilities", {}),
                ("human-monitor-command", {"command-line": words}),
            ):
                print(json.dumps({"execute": execute, "arguments": arguments}), file=stream, flush=True)
                answer = {}
                while "return" not in answer and "error" not in answer:
                    answer = json.loads(stream.readline())
        return str(answer.get("return", answer))


def run(scenarios, speed, tell=None):
    """Boots once, plays the scenarios in turn. `tell` is given each line of the console, else printed."""
    accelerator, silence_s = speed
    with Machine(scenarios, accelerator=accelerator) as machine:
        return Console(machine.command, silence_s, tell)


class Story:
    """What came of the scenarios. One whose guest died or never came up is played again, and that is said."""

    def __init__(self, scenarios, tell=None):
        self.records = run(scenarios, SPEEDS[0], tell).records
        for speed in SPEEDS[1:]:
            missing = self._missing(scenarios)
            if not missing:
                break
            names = [scenario.scenario for scenario in missing]
            print(f"played again, since a guest died, or it or the machine fell silent: {', '.join(names)}")
            self.records = [record for record in self.records if record["scenario"] not in names]
            self.records += run(missing, speed, tell).records

    def _missing(self, scenarios):
        again = [number for number, each in enumerate(scenarios) if self._is_silent(each)]
        again += [number - 1 for number in again if scenarios[number].with_last]
        return [scenarios[number] for number in sorted(set(again))]

    def _is_silent(self, scenario):
        """Not over, or ended before its guest could be asked."""
        end = "held" if scenario.hold else "over"
        return not self.of(scenario.scenario, end) or any(
            reason in record["message"] for record in self.of(scenario.scenario, "error") for reason in UNASKED
        )

    def of(self, scenario, event="output"):
        return [r for r in self.records if (r["scenario"], r["event"]) == (scenario, event)]
