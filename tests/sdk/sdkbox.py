"""Applications of the published SDKs, and the boxes that they create.

An SDK is named by its version, 0.9.7 for Node's and python-0.9.7 for Python's.

There is no KVM here: /dev/kvm is a plain file, kvm_answers.c lets the SDK believe in it, and the
firmware is a stand-in that never returns, so that a box stays in its start with its network up.
"""

import json
import os
import queue
import shutil
import signal
import subprocess
import threading
import time
from pathlib import Path

from bridgehost import BUILD, COMMAND, PRELOAD, TESTS, clean_environment, probe
from shimprocess import STARTED

HERE = Path(__file__).resolve().parent
FIRMWARE = TESTS / "firmware" / "libkrunfw.so.5"
KVM = TESTS / "kvm-answers.so"
NODE = os.environ.get("NODE") or "node"
# The first box unpacks the SDK's programs and makes disk images.
PATIENCE_S = 300


def sdk_directory(sdk):
    if sdk.startswith("python-"):
        return BUILD / "wheel" / release_of(sdk)
    return BUILD / "sdk" / sdk


def release_of(sdk):
    return sdk.removeprefix("python-")


def driver(sdk):
    """The command that uses it."""
    if sdk.startswith("python-"):
        return ["/usr/bin/python3", "-B", HERE / "driver.py"]
    return [NODE, HERE / "driver.mjs"]


def unpacked_firmware(home):
    """In the programs that an SDK has unpacked there."""
    return list(home.glob(f".local/share/boxlite/runtimes/*/{FIRMWARE.name}"))


def replace_firmware(home):
    """By the stand-in."""
    files = unpacked_firmware(home)
    assert files, "the SDK has not unpacked its programs, or keeps them elsewhere"
    for file in files:
        shutil.copy(FIRMWARE, file)


def wait_started(errors, has_ended):
    """Returns when the network is up of the box whose standard error is in that file."""
    deadline = time.monotonic() + PATIENCE_S
    while STARTED not in (story := errors.read_text(errors="replace") if errors.exists() else "no box"):
        assert not has_ended() and time.monotonic() < deadline, story
        time.sleep(0.02)


class Application:
    """A process with the SDK in it, which creates boxes with the options given, all at once.

    repaired  True: it has the preload; "run": it was started by `boxlite-allownet run`
    """

    def __init__(self, sdk, home, registry, boxes, repaired=True, settings=None):
        self.home = Path(home)
        options = {"home": str(self.home / "boxlite"), "registry": registry, "boxes": boxes}
        proxies = {key for key in os.environ if key.lower().endswith("_proxy")}
        environment = clean_environment(
            proxies, prefix="BOXLITE", **{"HOME": self.home, **(settings or {})}
        )
        command = [*driver(sdk), sdk_directory(sdk), json.dumps(options)]
        environment["LD_PRELOAD"] = str(KVM)
        if repaired == "run":
            command = [COMMAND, "run", "--", *command]
        elif repaired:
            environment["LD_PRELOAD"] = f"{PRELOAD}:{KVM}"
        self._errors = open(self.home / "application.stderr", "w+", encoding="utf-8")
        self.process = subprocess.Popen(
            [str(word) for word in command],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
        )
        self._events = queue.SimpleQueue()
        self._said = {}
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _read(self):
        for line in self.process.stdout:
            self._events.put(json.loads(line))
        self._events.put(None)

    def _take(self, timeout):
        """Remembers the next event; False if there is none in that time."""
        try:
            event = self._events.get(timeout=timeout)
        except queue.Empty:
            return False
        assert event is not None, f"the application has ended: {self._error_text()}"
        if "box" in event:
            self._said.setdefault(event["box"], {}).update(event)
        return True

    def _error_text(self):
        self._errors.seek(0)
        return self._errors.read()

    def _wait_said(self, index, key):
        deadline = time.monotonic() + PATIENCE_S
        while key not in self._said.get(index, {}):
            left = deadline - time.monotonic()
            assert left > 0 and self._take(left), f"nothing more is said: {self._said}"
        return self._said[index][key]

    def error(self, index=0):
        """What the SDK tells its user about a box that does not start."""
        return self._wait_said(index, "error")

    def directory(self, index=0):
        """The box's own."""
        return self.home / "boxlite" / "boxes" / self._wait_said(index, "id")

    def exit_message(self, index=0):
        """What the shim left for the SDK to report."""
        return json.loads((self.directory(index) / "exit").read_text())["message"]

    def log(self, text):
        """The SDK's own log, once `text` is in it: a thread writes it, and with its process it ends."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            files = (self.home / "boxlite" / "logs").iterdir()
            found = "".join(file.read_text(errors="replace") for file in files)
            if text in found or time.monotonic() > deadline:
                return found
            self._take(0.02)

    def wait_started(self, index=0):
        """Returns when the box's network is up."""
        errors = self.directory(index) / "shim.stderr"
        deadline = time.monotonic() + PATIENCE_S
        while not errors.exists() or STARTED not in errors.read_text(errors="replace"):
            assert time.monotonic() < deadline, f"box {index} does not start: {self._said}"
            assert "error" not in self._said.get(index, {}), self._said
            self._take(0.02)

    def answers(self, names, index=0):
        """{name: what the guest is told}."""
        self.wait_started(index)
        return probe(self.directory(index) / "sockets" / "net.sock", names)

    def shims(self):
        """Processes that belong to the boxes: {pid: command line}."""
        found = {}
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit() or int(entry.name) == self.process.pid:
                continue
            try:
                words = (entry / "cmdline").read_bytes().decode(errors="replace").split("\0")
            except OSError:
                continue
            ours = any(str(self.home) in word for word in words)
            if ours and any(word.endswith(("boxlite-shim", "bwrap")) for word in words):
                found[int(entry.name)] = words
        return found

    def close(self):
        """Ends the application; its boxes notice by their watchdog pipes, and end."""
        self.process.kill()
        self.process.wait()
        self._reader.join(PATIENCE_S)
        self.process.stdin.close()
        self.process.stdout.close()
        deadline = time.monotonic() + PATIENCE_S
        while self.shims() and time.monotonic() < deadline:
            time.sleep(0.02)
        left = self.shims()
        for pid in left:
            os.kill(pid, signal.SIGKILL)
        self._errors.close()
        assert not left, f"boxes outlive their application: {left}"
