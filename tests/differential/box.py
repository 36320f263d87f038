#!/usr/bin/python3
"""usage: box.py bridge|VERSION plain|repaired RULE... -- NAME...

A box with these rules of allow_net, in the sandbox of a world: the Go bridge of tests/bridge in a
process, or a published shim that a Python process starts; that process has the preload where the box
is to be repaired. Prints a line of JSON: what the guest is told for each name, how many milliseconds
after the start the network was up, and what was said where it was not.
"""

import json
import sys
import tempfile
import time
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / name) for name in ("support", "attach", "carry")]

from bridgehost import PRELOAD, BridgeHost, clean_environment, make_config, probe  # noqa: E402
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


def with_shim(version, directory, rules, names, repaired):
    begun = time.monotonic()
    with WorldBox(version, directory, rules, repaired) as box:
        started = box.wait_started()
        return {
            "ms": round(1000 * (time.monotonic() - begun)),
            "answers": box.ask(names) if started else {},
            "lines": [] if started else box.lines[:20],
        }


def with_bridge(directory, rules, names, repaired):
    config = make_config(directory / "net.sock", rules)
    with BridgeHost(preload=PRELOAD if repaired else None) as host:
        result = host.create(config)
        answers = probe(config["socket_path"], names) if result.created else {}
    return {"ms": result.ms, "answers": answers, "lines": [result.text]}


def main():
    version, way, *words = sys.argv[1:]
    rules, names = words[: words.index("--")], words[words.index("--") + 1 :]
    repaired = way == "repaired"
    # Short: a socket's path has at most 107 bytes.
    with tempfile.TemporaryDirectory(prefix="wb", dir="/tmp") as place:
        if version == "bridge":
            found = with_bridge(Path(place), rules, names, repaired)
        else:
            found = with_shim(version, Path(place), rules, names, repaired)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
