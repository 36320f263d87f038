"""What attach adds to a start of the published shims: medians, on an idle machine. Asserts nothing.

usage: bench.py [STARTS]
"""

import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from publishedshims import VERSIONS  # noqa: E402
from shimbox import ShimBox, shim_path  # noqa: E402


def start_ms(version, directory, hosts, attached):
    """From the start of the process to the start of its machine."""
    pins = {host: ["192.0.2.7"] for host in hosts}
    settings = ["BOXLITE_ALLOWNET_LOG=info"]
    begun = time.monotonic()
    with ShimBox(version, directory, hosts, pins if attached else None, settings=settings) as box:
        assert box.wait_started(), box.stderr()
        return (time.monotonic() - begun) * 1000


def main(starts):
    for version in VERSIONS:
        if not shim_path(version).exists():
            print(f"{version}: not there, see scripts/fetch-shims")
            continue
        for count in 1, 10, 100:
            hosts = [f"h{number}.d{number}.example" for number in range(count)]
            Path("/etc/hosts").write_text("".join(f"192.0.2.7 {host}\n" for host in hosts))
            times = {False: [], True: []}
            with tempfile.TemporaryDirectory() as directory:
                for number in range(2 * starts):
                    attached = number % 2 == 1
                    box = Path(directory, f"b{number}")
                    times[attached].append(start_ms(version, box, hosts, attached))
            plain, repaired = (statistics.median(times[attached]) for attached in (False, True))
            print(
                f"{version:7} {count:3} hosts: plain {plain:5.1f} ms, repaired {repaired:5.1f} ms, "
                f"attach adds {repaired - plain:4.1f} ms (median of {starts})"
            )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
