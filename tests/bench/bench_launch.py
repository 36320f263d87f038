"""What the way through launch costs a start: medians, printed, nothing is asserted.

A fake shim (tests/carry/fake_shim.c) is started and waited for, with and without the preload, plain
and in boxlite's jail; attach is the one of tests/carry/fake_attach.c, which only executes. The names
are answered at once and after 20 ms.
"""

import os
import statistics
import subprocess
import sys
import tempfile

from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "carry"))

from conftest import PRELOAD, environment, shim_path, spec  # noqa: E402
from dnsserver import DnsServer  # noqa: E402
from jail import Box  # noqa: E402

STARTS = int(os.environ.get("BENCH_STARTS", "50"))
CHILD = """
import subprocess, sys, time
command, config, count = sys.argv[2:], open(sys.argv[1], "rb").read(), {count}
for _ in range(count):
    began = time.perf_counter()
    subprocess.run(command, input=config, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    print((time.perf_counter() - began) * 1000)
"""


def measure(preload, command, config):
    """Milliseconds of one start, by a parent that has the preload in it or not."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(config)
        file.flush()
        done = subprocess.run(
            ["/usr/bin/python3", "-c", CHILD.format(count=STARTS), file.name, *map(str, command)],
            env=environment(preload),
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
    return statistics.median(map(float, done.stdout.split()))


def main():
    hosts = {count: spec([f"h{i}.example" for i in range(count)]) for count in (0, 1, 10, 100)}
    print(f"median of {STARTS} starts, ms")
    with tempfile.TemporaryDirectory() as directory, DnsServer("default answer 192.0.2.1\n") as dns:
        for kind in ("unaffected", "affected"):
            box = Box(Path(directory) / kind, shim_path(kind))
            for name, command in (("plain", [box.shim]), ("jailed", box.command())):
                control = measure(None, command, hosts[0])
                print(f"{kind:>10} {name:>6}  without the preload {control:8.2f}")
                for count, config in hosts.items() if kind == "affected" else [(1, hosts[1])]:
                    for delay in (0, 20) if count else (0,):
                        dns.set_script(f"default delay {delay} answer 192.0.2.1\n")
                        took = measure(PRELOAD, command, config)
                        print(
                            f"{kind:>10} {name:>6}  {count:4} hosts, {delay:2} ms   {took:8.2f}"
                            f"   +{took - control:.2f}"
                        )


if __name__ == "__main__":
    main()
