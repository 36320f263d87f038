"""`boxlite-allownet doctor`, asked about files, packages and processes, and judged by its JSON."""

import os
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / name) for name in ("support", "carry", "attach", "overlay", "cli")]

from clibox import COMMAND, checked_json, environment, run  # noqa: E402
from bridgehost import BUILD, PRELOAD  # noqa: E402
from chainbox import ChainBox  # noqa: E402

SDKS = BUILD / "sdk"
NODE = os.environ.get("NODE") or "node"
OBJECT = PRELOAD
PATIENCE_S = 300
# Of a refusal.
DEAD = 'allowNet: resolve "dead.test": '


class Told:
    """What doctor said: its document, and the same as text."""

    def __init__(self, *words, prefix=(), **extra):
        command = [*map(str, prefix), str(COMMAND), "doctor", *map(str, words)]
        self.run = run(*command[1:], "--json", command=command[0], **extra)
        self.status = self.run.returncode
        self.errors = self.run.stderr
        if self.status != 3:
            self.document = checked_json(self.run.stdout, "doctor")
            assert self.document["exit"] == self.status
            self.host = self.document["host"]
            self.findings = self.document["findings"]

    @property
    def only(self):
        (finding,) = self.findings
        return finding

    @property
    def verdict(self):
        return self.status, self.document["verdict"]


def text(*words, **extra):
    """The text that it prints without a terminal."""
    return run("doctor", *words, **extra).stdout


def stripped(shim, directory):
    directory.mkdir(exist_ok=True)
    copy = directory / "boxlite-shim"
    subprocess.run(["strip", "-o", copy, shim], check=True)
    return copy


def find_process(needle, below=None):
    """The pid of the process whose executable's path has `needle` in it."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                executable = os.readlink(entry / "exe")
            except OSError:
                continue
            if needle in executable:
                return int(entry.name)
        time.sleep(0.01)
    raise AssertionError(f"no process of {needle}")


def shim_of(box):
    """The shim of a ChainBox, jailed or not."""
    return find_process(f"{box.directory.name}/b/bin/boxlite-shim")


@contextmanager
def dead_box(version, **options):
    """A ChainBox whose one host does not exist, when it has started or ended.

    A shim that ends waits only so long for its log: on a slow disk the last lines are lost. Such a box is
    made again, at most twice.
    """
    for left in (2, 1, 0):
        with ChainBox(version, ["dead.test"], **options) as box:
            if not box.wait_started():
                box.wait_ended()
                if left and DEAD not in box.log():
                    continue
            yield box
            return


class Application:
    """A process with the published SDK's library in it, and nothing else done."""

    def __init__(self, interpreter, library, prefix=(), **extra):
        self.process = subprocess.Popen(
            [*map(str, prefix), *interpreter, str(library)],
            env=environment(**extra),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout.readline() == "loaded\n"

    @property
    def pid(self):
        return self.process.pid

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


class NodeProcess(Application):
    SCRIPT = (
        "process.dlopen({exports: {}}, process.argv[1]);"
        "console.log('loaded'); setInterval(() => {}, 1 << 30)"
    )

    def __init__(self, library, prefix=(), **extra):
        super().__init__([NODE, "-e", self.SCRIPT], library, prefix, **extra)


class PythonProcess(Application):
    SCRIPT = (
        "import ctypes, signal, sys; ctypes.CDLL(sys.argv[1]);"
        "print('loaded', flush=True); signal.pause()"
    )

    def __init__(self, library, prefix=(), **extra):
        super().__init__(["/usr/bin/python3", "-c", self.SCRIPT], library, prefix, **extra)


def module_of(version):
    """The SDK's library as npm has installed it."""
    package = SDKS / version / "node_modules/@boxlite-ai/boxlite-linux-x64-gnu"
    return package / "boxlite.linux-x64-gnu.node"


def copy_of(path, directory):
    """A hard link where that can be had: the libraries are large."""
    directory.mkdir(parents=True, exist_ok=True)
    copy = directory / path.name
    try:
        os.link(path, copy)
    except OSError:
        shutil.copy(path, copy)
    return copy
