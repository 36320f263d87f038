"""A machine under software emulation, by what it says on its console."""

import json
import os
import re
import select
import subprocess
import time

# Firmware and kernel write escape sequences and carriage returns.
NOISE = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]|\x1bc|[\r\n]")
# What begins a line of the kernel's own. One that hangs goes on complaining: no sign of life.
KERNEL = re.compile(r"\[ *\d+\.\d+\]")
# Follows the name of an emulated x86-64 processor. qemu 7.2 gets the flags of cmpxchg16b wrong (guest/flags.py);
# Debian's kernel and that of boxlite's guests use it where there is one, and die of it now and then
# (docs/evidence.md).
NO_CX16 = ",-cx16"


def start(command):
    """It ends with us: an emulated machine would go on for ever."""
    return subprocess.Popen(
        ["setpriv", "--pdeathsig", "KILL", *command],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )


def listen(machine, silence_s):
    """The lines of a started machine, as they come: until it ends, or until none but its kernel's has
    come for so long."""
    rest = b""
    silent_at = time.monotonic() + silence_s
    while (left_s := silent_at - time.monotonic()) > 0 and select.select([machine.stdout], [], [], left_s)[0]:
        data = os.read(machine.stdout.fileno(), 65536)
        if not data:
            break
        *whole, rest = (rest + data).split(b"\n")
        for line in whole:
            line = NOISE.sub("", line.decode(errors="replace"))
            if not KERNEL.match(line):
                silent_at = time.monotonic() + silence_s
            if "TCG doesn't support" not in line:
                yield line


class Console:
    """Of one boot, which is over when this is made. Each line is printed as it comes, or
    told to `tell`.

    lines    all of it
    records  of the lines "@@ JSON"
    right    names of the lines "ok NAME"
    wrong    names of the lines "FAILED NAME"
    done     whether "machine done" was said; else the machine fell silent, and was ended
    """

    def __init__(self, command, silence_s, tell=None):
        """`command` starts qemu with the console as its standard output."""
        tell = tell or (lambda line: print(line, flush=True))
        self.lines = []
        with start(command) as machine:
            try:
                for line in listen(machine, silence_s):
                    tell(line)
                    self.lines.append(line)
            finally:
                machine.kill()
        self.records = [json.loads(text) for text in self._behind("@@ ")]
        self.right = self._behind("ok ")
        self.wrong = self._behind("FAILED ")
        self.done = any(line.startswith("machine done") for line in self.lines)

    def _behind(self, mark):
        return [line.removeprefix(mark) for line in self.lines if line.startswith(mark)]
