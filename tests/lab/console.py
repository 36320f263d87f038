"""A machine under software emulation, by what it says on its console."""

import json
import re
import subprocess
import threading

# Firmware and kernel write escape sequences and carriage returns.
NOISE = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]|\x1bc|[\r\n]")


class Console:
    """Of one boot, which is over when this is made. Each line is printed as it comes.

    lines    all of it
    records  of the lines "@@ JSON"
    right    names of the lines "ok NAME"
    wrong    names of the lines "FAILED NAME"
    done     whether "machine done" was said; else the machine fell silent, and was ended
    """

    def __init__(self, command, patience_s):
        """`command` starts qemu with the console as its standard output."""
        self.lines = list(self._listen(command, patience_s))
        self.records = [json.loads(text) for text in self._behind("@@ ")]
        self.right = self._behind("ok ")
        self.wrong = self._behind("FAILED ")
        self.done = any(line.startswith("machine done") for line in self.lines)

    def _behind(self, mark):
        return [line.removeprefix(mark) for line in self.lines if line.startswith(mark)]

    @staticmethod
    def _listen(command, patience_s):
        with subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, errors="replace",
        ) as machine:
            silenced = threading.Timer(patience_s, machine.kill)
            silenced.start()
            try:
                for line in machine.stdout:
                    line = NOISE.sub("", line)
                    if "TCG doesn't support" not in line:
                        print(line, flush=True)
                        yield line
            finally:
                silenced.cancel()
                machine.kill()
