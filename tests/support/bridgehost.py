"""bridge-host and guest-probe for Python tests: a process with a bridge in it, and its guest's view.

A host answers one line for one command; what the process and the bridge log is collected aside.
"""

import json
import os
import queue
import subprocess
import tempfile
import threading
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / os.environ.get("BUILD", "build")
TESTS = BUILD / "tests"
# Of another directory where tests/counted has its own.
PRODUCTS = ROOT / os.environ.get("PRODUCTS", BUILD)
COMMAND = PRODUCTS / "boxlite-allownet"
PRELOAD = PRODUCTS / "libboxlite_allownet.so"

# A create may use up a whole budget of the repair; beyond this something hangs.
ANSWER_TIMEOUT_S = 300

# Would change who resolves, and how: a test sets them itself or does without.
RESOLVER_VARIABLES = {"GODEBUG", "HOSTALIASES", "LOCALDOMAIN", "RES_OPTIONS"}


def clean_environment(dropped=(), prefix="BOXLITE_ALLOWNET", **extra):
    """What the tests are run with, without what changes who resolves, and how: resolver variables,
    those that begin with `prefix`, and `dropped`. In `extra`, None takes a variable out."""
    kept = {
        key: value
        for key, value in os.environ.items()
        if key not in RESOLVER_VARIABLES and key not in dropped and not key.startswith(prefix)
    }
    kept |= extra
    return {key: str(value) for key, value in kept.items() if value is not None}


class HostError(Exception):
    """The host ended, hung, or rejected a command."""


class Result(NamedTuple):
    created: bool
    handle: int
    ms: int
    text: str  # the bridge's error text, "" if it gave none


def make_config(socket_path, allow_net, **overrides):
    """The configuration boxlite 0.9.x writes (generation D). A key overridden with None is left out."""
    config = {
        "socket_path": str(socket_path),
        "subnet": "192.168.127.0/24",
        "gateway_ip": "192.168.127.1",
        "gateway_mac": "5a:94:ef:e4:0c:dd",
        "guest_ip": "192.168.127.2",
        "host_ip": "192.168.127.254",
        "guest_mac": "5a:94:ef:e4:0c:ee",
        "mtu": 1500,
        "port_mappings": [],
        "dns_zones": [
            {
                "name": "boxlite.internal.",
                "records": [{"name": "host", "ip": "192.168.127.254"}],
                "default_ip": "",
            }
        ],
        "dns_search_domains": ["local"],
        "debug": False,
        "allow_net": allow_net or None,  # boxlite leaves out an empty list
    }
    config.update(overrides)
    return {key: value for key, value in config.items() if value is not None}


def encode(config):
    """Bytes as serde_json writes them; bytes pass through."""
    if isinstance(config, bytes):
        return config
    return json.dumps(config, separators=(",", ":"), ensure_ascii=False).encode()


def probe(socket_path, names, record_type="A", libc="glibc"):
    """What a guest's libc makes of each name: {name: answer}, worded as in guest_probe.h. A name with
    a dot at its end is asked for as it is, others with the search list."""
    names = list(names)
    musl = ["--musl"] if libc == "musl" else []
    run = subprocess.run(
        [TESTS / "guest-probe", socket_path, "--type", record_type, *musl, "--stdin"],
        input="".join(f"{name}\n" for name in names),
        capture_output=True,
        text=True,
        timeout=ANSWER_TIMEOUT_S,
    )
    if run.returncode != 0:
        raise HostError(f"guest-probe: {run.stderr.strip()}")
    return dict(line.split(" ", 1) for line in run.stdout.splitlines())


class BridgeHost:
    """A bridge-host process.

    variant  directory of the bridge below build/tests
    preload  object for LD_PRELOAD, or None
    env      added to the environment
    prefix   command line to start the host with, such as one that enters a sandbox
    """

    def __init__(self, variant="bridge", preload=None, env=None, prefix=()):
        # Set by the host's own command line, so that no program of `prefix` is preloaded.
        settings = [f"LD_PRELOAD={preload}"] if preload else []
        settings += [f"{key}={value}" for key, value in (env or {}).items()]
        self._command = [*map(str, prefix), "env", *settings, str(TESTS / "bridge-host")]
        self._environment = clean_environment(LD_LIBRARY_PATH=TESTS / variant)
        self._answers = queue.SimpleQueue()
        self._log = []
        self._logged = threading.Condition()
        self._files = None
        self._process = None
        self._readers = []

    def __enter__(self):
        self._files = tempfile.TemporaryDirectory(prefix="bridge-host-")
        self._process = subprocess.Popen(
            self._command,
            env=self._environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for target in (self._read_answers, self._read_log):
            reader = threading.Thread(target=target, daemon=True)
            reader.start()
            self._readers.append(reader)
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Ends the process; its log stays readable."""
        if self._process is None:
            return
        try:
            self._process.stdin.close()
        except BrokenPipeError:
            pass
        try:
            self._process.wait(timeout=ANSWER_TIMEOUT_S)
        finally:
            self._process.kill()
            self._process.wait()
        for reader in self._readers:
            reader.join()
        self._process.stdout.close()
        self._process.stderr.close()
        self._files.cleanup()

    def _read_answers(self):
        for line in self._process.stdout:
            self._answers.put(line.rstrip("\n"))
        self._answers.put(None)

    def _read_log(self):
        for line in self._process.stderr:
            with self._logged:
                self._log.append(line.rstrip("\n"))
                self._logged.notify_all()

    @property
    def pid(self):
        return self._process.pid

    @property
    def returncode(self):
        return self._process.poll()

    def send(self, command):
        """Gives a command without waiting for its answer."""
        try:
            self._process.stdin.write(command + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            raise HostError(f"bridge-host ended before: {command}") from None

    def answer(self, timeout=ANSWER_TIMEOUT_S):
        """The next line of answer."""
        try:
            line = self._answers.get(timeout=timeout)
        except queue.Empty:
            raise HostError("bridge-host does not answer") from None
        if line is None:
            self._answers.put(None)
            rc = self._process.wait()
            raise HostError(f"bridge-host ended with {rc}: {self._log[-5:]}")
        if line.startswith("error "):
            raise HostError(line)
        return line

    def ask(self, command):
        self.send(command)
        return self.answer()

    def write_config(self, config):
        """Path of a file with the configuration, kept until the host ends."""
        file = tempfile.NamedTemporaryFile(dir=self._files.name, delete=False)
        with file:
            file.write(encode(config))
        return file.name

    @staticmethod
    def _result(line):
        words = line.split(" ", 2)
        if words[0] == "created":
            return Result(True, int(words[1]), int(words[2]), "")
        text = words[2]
        return Result(False, -1, int(words[1]), "" if text == "-" else text)

    def create(self, config):
        return self._result(self.ask(f"create {self.write_config(config)}"))

    def create_onearg(self, config):
        return self._result(self.ask(f"create-onearg {self.write_config(config)}"))

    def create_null(self):
        return self._result(self.ask("create-null"))

    def create_start(self, config):
        """Begins a create; create_finish returns its result."""
        self.send(f"create {self.write_config(config)}")

    def create_finish(self):
        return self._result(self.answer())

    def unchanged(self, config):
        """Creates from write-protected memory: (same bytes afterwards, its address, result)."""
        state, address, result = self.ask(f"unchanged {self.write_config(config)}").split(" ", 2)
        return state == "same", address, self._result(result)

    def parallel(self, configs):
        """One create in a thread each, all at once; results in order."""
        files = [self.write_config(config) for config in configs]
        self.send(f"parallel {len(files)} {' '.join(files)}")
        return [self._result(self.answer().split(" ", 1)[1]) for _ in files]

    def destroy(self, handle):
        return int(self.ask(f"destroy {handle}").split()[1])

    def stats(self, handle):
        """What the bridge received (see stats.go), or None for an unknown handle."""
        text = self.ask(f"stats {handle}").split(" ", 1)[1]
        return None if text == "-" else json.loads(text)

    def version(self):
        return self.ask("version").split(" ", 1)[1]

    def callback(self, on=True):
        self.ask(f"callback {'on' if on else 'off'}")

    def callback_look_up(self, name):
        """A callback that looks `name` up for each line, in the host itself, and logs that as well."""
        self.ask(f"callback look-up {name}")

    def threads(self):
        return int(self.ask("threads").split()[1])

    def fds(self):
        """{number: target} of the open descriptors."""
        words = self.ask("fds").split(" ")[2:]
        return {int(word.split("=", 1)[0]): word.split("=", 1)[1] for word in words}

    def mask(self):
        return self.ask("mask").split(" ", 1)[1]

    def logs(self):
        """Lines the process wrote to stderr; the bridge's as "log LEVEL MESSAGE". The last ones may
        still be on their way: close() first, or wait for one with wait_log."""
        with self._logged:
            return list(self._log)

    def wait_log(self, part, timeout=300):
        """The first line that holds `part`, as soon as there is one."""

        def found():
            return next((line for line in self._log if part in line), None)

        with self._logged:
            line = self._logged.wait_for(found, timeout)
        if line is None:
            raise HostError(f"not logged: {part}")
        return line
