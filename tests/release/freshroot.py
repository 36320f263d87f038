"""A system that has nothing but what a distribution brings, and commands in it: root, mounts and processes
are its own, the network is the sandbox's. There is no KVM (tests/sdk)."""

import os
import select
import shutil
import subprocess
import tempfile
from pathlib import Path

from bridgehost import BUILD, ROOT, probe
from example import RULES
from publishedshims import shim_path
from shimbox import make_spec
from shimprocess import CREATED, encode, wait_log
from sdkbox import FIRMWARE, KVM, replace_firmware, wait_started

ROOTS = BUILD / "roots"
APP = ROOT / "tests" / "operate" / "app.py"
KVM_INSIDE = "/opt/kvm-answers.so"
VENV = "/opt/venv/bin"
# Where there is no SDK for the system's Python, a program of its starts the shim as an SDK does.
SHIM = "/tmp/b/boxlite-shim"
SHIM_RELEASE = "0.9.7"
SHIM_PROGRAM = "import subprocess, sys; sys.exit(subprocess.run(sys.argv[1:], pass_fds=[3]).returncode)"
# Beyond it something hangs: pip makes a venv and unpacks wheels, maybe on a busy machine.
PATIENCE_S = 900
# Its arguments: the root, and what env(1) takes. Not by bwrap, which would hide parts of /proc, and with
# that keep the jails of boxes from having one.
ENTER = """
set -e
mount --bind "$1" "$1"
mount -t proc proc "$1/proc"
mount --rbind /dev "$1/dev"
cd "$1"
shift
pivot_root . .
umount -l .
exec env -i -C /opt "$@"
"""
ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LANG": "C.UTF-8"}


class FreshRoot:
    """Of ROOTS/SUITE.tar; close() removes it.

    boxlite  the release of the SDK in its venv, None if there is none
    """

    def __init__(self, suite, registry):
        # Short: a socket's path has at most 107 bytes.
        self.directory = Path(tempfile.mkdtemp(prefix="r", dir="/tmp"))
        self._environment = {**ENVIRONMENT, "REGISTRY": registry}
        tar = ["tar", "-x", "--numeric-owner", "-C", self.directory, "-f", ROOTS / f"{suite}.tar"]
        subprocess.run([*tar, "--exclude=./dev/*"], check=True)
        self._write("etc/resolv.conf", "nameserver 127.0.0.1\n")
        self._write("etc/hosts", "127.0.0.1 localhost\n")
        for file in (APP, KVM):
            shutil.copy(file, self.directory / "opt")
        self._write("opt/rules.txt", "".join(f"{rule}\n" for rule in RULES))
        wheels = self.directory / "opt" / "wheels"
        wheels.mkdir()
        for wheel in (ROOTS / suite).glob("*.whl"):
            shutil.copy(wheel, wheels)
        for file in (BUILD / "dist").iterdir():
            shutil.copy(file, self.directory / "opt")

    def _write(self, name, text):
        path = self.directory / name
        path.unlink(missing_ok=True)
        path.write_text(text)

    def close(self):
        shutil.rmtree(self.directory)

    def _command(self, words, environment):
        inside = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--propagation", "private"]
        inside += ["sh", "-c", ENTER, "sh", self.directory]
        inside += [f"{key}={value}" for key, value in (self._environment | environment).items()]
        return [*map(str, inside), *words]

    def run(self, *words, status=0, **environment):
        """What the command prints; it has to end with `status`."""
        done = subprocess.run(
            self._command(words, environment), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, errors="replace", timeout=PATIENCE_S,
        )
        assert done.returncode == status, f"{words}: exit {done.returncode}\n{done.stdout}"
        return done.stdout

    def shell(self, line, **environment):
        return self.run("sh", "-ec", line, **environment)

    def install_boxlite(self):
        """Into a venv, from PyPI's wheel. It unpacks its programs when it first needs them; the firmware is
        then replaced."""
        self.run("python3", "-m", "venv", "/opt/venv")
        self.boxlite = None
        for wheel in self.directory.glob("opt/wheels/boxlite-*.whl"):
            self.run(f"{VENV}/pip", "install", "--no-index", f"/opt/wheels/{wheel.name}")
            self.boxlite = wheel.name.split("-")[1]
        if self.boxlite is None:
            return
        words = self._command([f"{VENV}/python", "app.py"], {"UNPACK": "1", "LD_PRELOAD": KVM_INSIDE})
        subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE_S)
        replace_firmware(self.directory / "root")

    def box(self, names, prefix=(), preload=""):
        """{name: what the guest is told} in a box of a program that starts with `prefix` before it, and the
        box's log. The program ends, and the box with it."""
        return (self._sdk_box if self.boxlite else self._shim_box)(names, prefix, preload)

    def _sdk_box(self, names, prefix, preload):
        environment = {"LD_PRELOAD": f"{preload}:{KVM_INSIDE}" if preload else KVM_INSIDE}
        words = self._command([*prefix, f"{VENV}/python", "app.py"], environment)
        with tempfile.TemporaryFile("w+") as errors, subprocess.Popen(
            words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, text=True
        ) as program:
            try:
                assert select.select([program.stdout], [], [], PATIENCE_S)[0], "no box"
                said = program.stdout.readline().split()
                errors.seek(0)
                assert len(said) == 2, errors.read()
                box = self.directory / "root/.boxlite/boxes" / said[1]
                return self._told(box, box / "sockets" / "net.sock", names, program)
            finally:
                program.kill()

    def _shim_box(self, names, prefix, preload):
        inside = Path(SHIM).parent
        box = self.directory / inside.relative_to("/")
        shutil.rmtree(box, ignore_errors=True)
        box.mkdir()
        shutil.copy(shim_path(SHIM_RELEASE), box)
        shutil.copy(FIRMWARE, box)
        environment = {"LD_LIBRARY_PATH": str(inside), **({"LD_PRELOAD": preload} if preload else {})}
        words = self._command([*prefix, "python3", "-c", SHIM_PROGRAM, SHIM], environment)
        theirs, ours = os.pipe()
        with open(box / "shim.stderr", "wb") as errors, subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=errors, pass_fds=[3],
            preexec_fn=lambda: os.dup2(theirs, 3),
        ) as program:
            try:
                program.stdin.write(encode(make_spec(SHIM_RELEASE, inside, RULES)))
                program.stdin.close()
                return self._told(box, box / "net.sock", names, program)
            finally:
                program.kill()
                os.close(theirs)
                os.close(ours)

    @staticmethod
    def _told(box, socket, names, program):
        """As box() has it; the log once the box's start is in it."""

        def has_ended():
            return program.poll() is not None

        wait_started(box / "shim.stderr", has_ended)
        return probe(socket, names), wait_log(box / "logs", CREATED, has_ended, PATIENCE_S)
