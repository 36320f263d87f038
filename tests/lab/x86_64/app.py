"""The program of a service: starts two boxes as boxlite's SDK does, and stays whatever comes of them.

usage: app.py PLAIN JAILED (the release of the plain box and that of the jailed one)
Says in $STATE_DIRECTORY/outcome what came of each, and then to systemd that it is ready.
"""

import ctypes
import json
import os
import shutil
import signal
import socket
import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(TESTS / name) for name in ("support", "carry", "attach")]

from example import RULES  # noqa: E402
from jail import Box  # noqa: E402
from shimbox import FIRMWARE, make_spec, shim_path  # noqa: E402
from shimprocess import CREATED, ShimProcess  # noqa: E402


class ServiceBox(ShimProcess):
    patience_s = 240  # less than what the machine's console may be silent for

    def __init__(self, directory, version, jailed):
        box = Box(directory, shim_path(version))
        self.logs = box.directory / "logs"
        shutil.copy(FIRMWARE / "libkrunfw.so.5", box.bin)
        network = {"socket_path": str(box.directory / "sockets" / "net.sock")}
        spec = make_spec(version, box.directory, RULES, network)
        command = box.command() if jailed else [box.shim]
        try:
            self._start(command, {**os.environ, "LD_LIBRARY_PATH": str(box.bin)}, spec)
        except BrokenPipeError:
            pass  # bwrap has ended, and said why


def say_ready():
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        address = os.environ["NOTIFY_SOCKET"]
        systemd.connect(address.replace("@", "\0", 1) if address.startswith("@") else address)
        systemd.send(b"READY=1")


def outcome(box):
    started = box.wait_started()
    if started:
        box.wait_log(CREATED)  # doctor reads it
    else:
        box.wait_ended()
    return {"started": started, "lines": box.lines}


def main(plain, jailed):
    # As in every program that uses boxlite; doctor knows it by that.
    (sdk,) = (TESTS.parent / "build" / "wheel" / plain / "boxlite").glob("boxlite.*.so")
    ctypes.CDLL(sdk)
    state = Path(os.environ["STATE_DIRECTORY"])
    boxes = {
        "plain": ServiceBox(state / "plain", plain, False),
        "jailed": ServiceBox(state / "jailed", jailed, True),
    }
    (state / "outcome").write_text(json.dumps({way: outcome(box) for way, box in boxes.items()}))
    say_ready()
    signal.pause()


main(*sys.argv[1:])
