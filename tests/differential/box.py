#!/usr/bin/python3
"""usage: box.py VERSION plain|repaired RULE... -- NAME...

A box of a published shim with these rules of allow_net, in the sandbox of a world, started by a Python
process, which has the preload where the box is to be repaired. Prints a line of JSON: what the guest
is told for each name, how many milliseconds after the start the network was up, and what the shim
said on standard error where it was not.
"""

import json
import sys
import tempfile
import time
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / name) for name in ("support", "attach", "carry")]

from bridgehost import PRELOAD, clean_environment  # noqa: E402
from chainbox import PARENTS  # noqa: E402
from shimbox import FIRMWARE, make_spec  # noqa: E402
from publishedshims import shim_path  # noqa: E402
from shimprocess import ShimProcess  # noqa: E402


class WorldBox(ShimProcess):
    def __init__(self, version, directory, rules, repaired):
        self.socket = directory / "net.sock"
        self.logs = directory / "logs"
        environment = clean_environment(LD_LIBRARY_PATH=FIRMWARE)
        if repaired:
            environment["LD_PRELOAD"] = str(PRELOAD)
        command = [*PARENTS["python"], shim_path(version)]
        self._start(command, environment, make_spec(version, directory, rules))

    def close(self):
        """Ends the box as boxlite does."""
        self.drop_watchdog()
        self.process.wait(self.patience_s)
        self._clean_up()


def main():
    version, way, *words = sys.argv[1:]
    rules, names = words[: words.index("--")], words[words.index("--") + 1 :]
    with tempfile.TemporaryDirectory(prefix="wb", dir="/tmp") as place:
        begun = time.monotonic()
        with WorldBox(version, Path(place), rules, way == "repaired") as box:
            started = box.wait_started()
            ms = 1000 * (time.monotonic() - begun)
            answers = box.ask(names) if started else {}
            lines = [] if started else box.lines[:20]
    print(json.dumps({"ms": round(ms), "answers": answers, "lines": lines}))


if __name__ == "__main__":
    main()
