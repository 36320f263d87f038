"""Boxes of published shims, with and without `boxlite-allownet attach` in front of them.

A box is a boxlite-shim with an InstanceSpec on stdin and a watchdog pipe as descriptor 3, as
boxlite starts it; its firmware is a stand-in that never returns (firmware.c).
"""

import ctypes
import fcntl
import json
import os
import platform
import re
import signal
import time
from pathlib import Path

from bridgehost import COMMAND, TESTS, clean_environment
from publishedshims import network_key, shim_path
from shimprocess import ShimProcess

FIRMWARE = TESTS / "firmware"

# By which an affected shim is known.
MARKER = "allowNet: DNS sinkhole configured"
# A start takes some 20 ms; beyond this something hangs.
PATIENCE_S = 300

# The system call in firmware.c.
FIRMWARE_SLEEPS_IN = {"x86_64": "34", "aarch64": "73"}[platform.machine()]

LIBC = ctypes.CDLL(None)

# As in resolver/resolver.h.
RESOLVED, NO_ANSWER, IPV6_ONLY = 1, 2, 5


def without_lookups(path, copy):
    """Go's function by another name: as far as we can tell, another Go."""
    name = b"\0net.(*Resolver).lookupIPAddr\0"
    # The symbol table is the last that has it; Go's own table must stay.
    head, found, tail = path.read_bytes().rpartition(name)
    copy.write_bytes(head + found.replace(b"lookup", b"search") + tail)
    copy.chmod(0o755)
    return copy


def handover(hosts, environment=(), logs=()):
    """A descriptor as launch hands it to attach. {name: addresses, or a number of an outcome}."""
    lines = ["boxlite-allownet handover 2"]
    lines += [f"env {variable}" for variable in environment]
    for name, answer in hosts.items():
        if isinstance(answer, int):
            lines.append(f"host {name} {answer} 4 0 0 0 0 0 ")
        else:
            lines.append(f"host {name} {RESOLVED} 1 0 0 0 0 0 {','.join(answer)}")
    lines += [f"log {level} {text}" for level, text in logs]
    memory = os.memfd_create("handover", 0)
    try:
        os.write(memory, "".join(f"{line}\n" for line in [*lines, "end"]).encode())
        return fcntl.fcntl(memory, fcntl.F_DUPFD, 10)
    finally:
        os.close(memory)


def make_spec(version, directory, allow_net, network=None, **overrides):
    """What boxlite writes on the shim's stdin."""
    spec = {
        "engine": "Libkrun",
        "box_id": directory.name,
        network_key(version): {
            "port_mappings": [],
            "socket_path": str(directory / "net.sock"),
            "allow_net": allow_net,
            "secrets": [],
            "ca_cert_pem": None,
            "ca_key_pem": None,
            **(network or {}),
        },
        "disable_network": False,
        "detach": False,
        "exit_file": str(directory / "exit"),
        "fs_shares": {"shares": []},
        "block_devices": {"devices": []},
        "guest_entrypoint": {"executable": "/bin/true", "args": [], "env": []},
        "transport": {"Unix": {"socket_path": str(directory / "box.sock")}},
        "ready_transport": {"Unix": {"socket_path": str(directory / "ready.sock")}},
        "guest_rootfs": {
            "path": str(directory),
            "strategy": {"Extracted": {"layers": 1}},
            "kernel": None,
            "initrd": None,
            "env": [],
        },
        "home_dir": str(directory),
    }
    spec.update(overrides)
    return spec


def count_in_memory(pid, marker):
    """How often `marker` lies in what the process can read."""
    found = 0
    with open(f"/proc/{pid}/mem", "rb") as memory:
        for line in Path("/proc", str(pid), "maps").read_text().splitlines():
            begin, end, mode = re.match(r"(\w+)-(\w+) (\S+)", line).groups()
            if "r" in mode and not line.endswith(("[vvar]", "[vvar_vclock]", "[vsyscall]")):
                memory.seek(int(begin, 16))
                found += memory.read(int(end, 16) - int(begin, 16)).count(marker)
    return found


class ShimBox(ShimProcess):
    """A running shim; ends with close().

    hosts      what launch has learned, for attach; None starts the shim itself
    prefix     command line in front of all
    options    more for attach
    arguments  of the shim
    """

    patience_s = PATIENCE_S

    def __init__(
        self,
        version,
        directory,
        allow_net,
        hosts=None,
        env=None,
        settings=("BOXLITE_ALLOWNET_LOG=debug",),
        logs=(),
        shim=None,
        prefix=(),
        options=(),
        arguments=(),
        argv0=None,
        network=None,
        spec=None,
    ):
        self.directory = directory
        self.version = version
        directory.mkdir(exist_ok=True)
        self.socket = directory / "net.sock"
        self.logs = directory / "logs"
        shim = str(shim or shim_path(version))
        command = [*map(str, prefix)]
        inherited = []
        if hosts is not None:
            descriptor = handover(hosts, settings, logs)
            # As launch makes it: it runs as that user already.
            for user in re.findall(r"--reuid=(\d+)", " ".join(command)):
                os.fchown(descriptor, int(user), -1)
            inherited.append(descriptor)
            command += [str(COMMAND), "attach", "--handover", str(descriptor), *options]
            command += [] if argv0 is None else ["--argv0", argv0]
            command += ["--"]
        command += [shim, *map(str, arguments)]
        environment = clean_environment(
            **{"LD_LIBRARY_PATH": FIRMWARE, "RUST_LOG": "debug", **(env or {})}
        )
        if spec is None:
            spec = make_spec(version, directory, allow_net, network)
        self._start(command, environment, spec, inherited)

    @property
    def pid(self):
        return self.process.pid

    def has_said(self, part):
        """Whether `part` is on standard error by now."""
        with self._changed:
            assert not self._ended, self.lines
            return any(part in line for line in self.lines)

    def wait_settled(self):
        """Returns when the shim's main thread sleeps in the firmware: it opens nothing any more."""
        assert self.wait_started(), self.stderr()
        deadline = time.monotonic() + PATIENCE_S
        while self.proc("syscall").split()[0] != FIRMWARE_SLEEPS_IN:
            assert time.monotonic() < deadline, self.proc("syscall")
            time.sleep(0.005)

    def stderr(self):
        with self._changed:
            return list(self.lines)

    def exit_file(self):
        return json.loads((self.directory / "exit").read_text())

    def proc(self, name):
        return Path("/proc", str(self.pid), name).read_text()

    def interrupt(self):
        """SIGURG for the main thread, as Go sends it; the watchdog takes one for its end."""
        LIBC.tgkill(self.pid, self.pid, signal.SIGURG)

    def status(self):
        return dict(line.split(":\t", 1) for line in self.proc("status").splitlines())

    def close(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
        self._clean_up()
