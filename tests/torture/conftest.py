"""A host under torture: many creates at once, children, signals, a DNS server with faults."""

import os
import random
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))

from bridgehost import BUILD, RESOLVER_VARIABLES, TESTS, encode, make_config  # noqa: E402
from dnsserver import DnsServer  # noqa: E402
from etcfiles import reset_etc, write_etc  # noqa: E402

PRELOAD = BUILD / "libboxlite_allownet.so"
# The long form (make torture) sets these.
SECONDS = int(os.environ.get("TORTURE_SECONDS", "3"))
CREATES = int(os.environ.get("TORTURE_CREATES", "4000"))
SEED = int(os.environ.get("TORTURE_SEED") or random.randrange(1, 1 << 32))

SCRIPT = """
host.example answer 192.0.2.1
*.flaky.example servfail ; delay 5 answer 192.0.2.2
*.lost.example drop ; answer 192.0.2.3
*.cut.example truncate answer 192.0.2.4
*.slow.example delay 5 answer 192.0.2.5
*.lying.example wrong-id answer 192.0.2.66 ; poison answer 192.0.2.6
*.dead.example drop
*.gone.example nxdomain
*.six.example aaaa-only 2001:db8::1
*.odd.example garbage ; empty-datagram ; refused ; servfail
d.example answer 192.0.2.7
"""

# {name: (what comes of it, what the guest is told for host.example, rules)}
JOBS = {
    "plain": ("created", None, []),
    "addresses": ("created", None, ["192.0.2.0/24", "192.0.2.1:443"]),
    "good": ("created", "192.0.2.1", ["host.example", "*.d.example", "example"]),
    "flaky": ("created", "192.0.2.1", ["host.example", "a@N@.flaky.example", "b@N@.flaky.example"]),
    "lost": ("created", "192.0.2.1", ["@N@.lost.example", "host.example", "@N@.lying.example"]),
    "cut": ("created", "192.0.2.1", ["@N@.cut.example", "host.example", "@N@.slow.example"]),
    "dead": ("refused", None, ["host.example", "@N@.dead.example", "@N@.flaky.example"]),
    "gone": ("refused", None, ["@N@.gone.example", "@N@.odd.example", "host.example"]),
    "six": ("refused", None, ["@N@.six.example"]),
    "bad": ("refused", None, ["host.example", "https://x/"]),
}

QUICK = {"BOXLITE_ALLOWNET_TIMEOUT_MS": "500", "BOXLITE_ALLOWNET_BACKOFF_MS": "5",
         "GODEBUG": "netdns=cgo"}


@pytest.fixture(autouse=True)
def etc():
    """With a module besides DNS, so that hosts unknown to it are asked for in threads of their own."""
    reset_etc()
    write_etc("nsswitch.conf", "hosts: files myhostname dns\n")


@pytest.fixture
def dns():
    with DnsServer(SCRIPT + "example answer 192.0.2.8\n") as server:
        yield server


def block_term():
    """Before the program starts, so that the threads of Go's runtime block it as well."""
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])


class Outcome:
    """What the program printed."""

    def __init__(self, done):
        self.status = done.returncode
        self.stdout = done.stdout
        self.stderr = done.stderr
        self.counts = {
            name: int(number) for name, number in re.findall(r"(\w+) (\d+)", done.stdout)
        }
        self.flat = [
            tuple(map(int, found))
            for found in re.findall(r"^flat threads (\d+) fds (\d+) heap (\d+)$", done.stdout, re.M)
        ]

    def wrong(self):
        return [line for line in self.stderr.splitlines() if line.startswith("wrong")][:20]


@pytest.fixture
def torture(tmp_path):
    """torture(*words, jobs=..., variant=..., preload=..., program=..., runner=(), **env): an Outcome."""

    def run(*words, jobs=tuple(JOBS), variant="bridge", preload=PRELOAD, runner=(), tests=TESTS,
            timeout=60, **env):
        if not (tests / variant / "libgvproxy.so").exists():
            pytest.skip("the Go bridge is not built: no Go toolchain")
        directory = tmp_path / "boxes"
        directory.mkdir(exist_ok=True)
        arguments = []
        for name in jobs:
            expected, address, rules = JOBS[name]
            config = make_config("@SOCKET@", rules)
            path = tmp_path / f"{name}.json"
            path.write_bytes(encode(config))
            arguments.append(f"{expected}{f'@{address}' if address else ''}={path}")
        environment = {
            name: value
            for name, value in os.environ.items()
            if name not in RESOLVER_VARIABLES and not name.startswith("BOXLITE_ALLOWNET")
        }
        environment |= {"LD_LIBRARY_PATH": str(tests / variant), **QUICK, **env}
        settings = [f"LD_PRELOAD={preload}"] if preload else []
        command = [*runner, "env", *settings, tests / "torture", *words, directory, *arguments]
        print(f"TORTURE_SEED={SEED}")
        return Outcome(
            subprocess.run(
                list(map(str, command)), env=environment, capture_output=True, text=True,
                timeout=timeout, errors="replace", preexec_fn=block_term,
            )
        )

    return run
