"""The table of scripts/demo. Run inside the sandbox: demo.py VARIANT-OF-THE-BRIDGE."""

import collections
import sys
import tempfile
from pathlib import Path

from bridgehost import PRELOAD, BridgeHost, make_config, probe
from dnsserver import DnsServer

CREATES = 20

SCRIPT = """
github.com        answer 192.0.2.1
iapi.sample.com   answer 192.0.2.2
example.org       answer 192.0.2.3
*.flaky.example   drop ; drop ; answer 192.0.2.4
dead.example      drop
six.example       aaaa-only 2001:db8::1
"""

# (what it is, rules of a box, names its guest asks for)
ONE_BY_ONE = [
    ("overlapping pair", ["github.com", "iapi.sample.com"], ["github.com", "iapi.sample.com"]),
    ("wildcard *.example.org", ["*.example.org"], ["www.example.org"]),
    ("IPv6-only host", ["six.example"], ["six.example"]),
    ("boxlite's own name", ["github.com"], ["host.boxlite.internal"]),
    ("unlisted name", ["github.com"], ["elsewhere.net"]),
]

# Each of these takes seconds, so the boxes are created at the same time, one thread each. {} is the
# number of the box: a name of its own has a count of its own at the DNS server.
AT_ONCE = [
    ("fails twice, then answers", "box{}.flaky.example"),
    ("never answers", "dead.example"),
]


class Story:
    """What came of the creates, by line of the table: {(what, name): Counter of outcomes}."""

    def __init__(self, variant, preload, dns):
        self.outcomes = collections.defaultdict(collections.Counter)
        self.texts = {}
        self._dns = dns
        self._count = 0
        with tempfile.TemporaryDirectory(prefix="demo-") as directory:
            self._directory = Path(directory)
            with BridgeHost(variant=variant, preload=preload) as self._host:
                self._host.callback(True)
                self._run()

    def _config(self, rules):
        self._count += 1
        return make_config(self._directory / f"{self._count}.sock", rules)

    def _take(self, what, config, result, names):
        """`names` maps the name to ask for to the name in the table."""
        if not result.created:
            for shown in names.values():
                self.outcomes[what, shown]["create refused"] += 1
                self.texts[what] = result.text
            return
        answers = probe(config["socket_path"], [f"{name}." for name in names])
        for name, shown in names.items():
            self.outcomes[what, shown][answers[f"{name}."].removeprefix("A ")] += 1
        self._host.destroy(result.handle)

    def _run(self):
        for what, rules, names in ONE_BY_ONE:
            for _ in range(CREATES):
                config = self._config(rules)
                self._take(what, config, self._host.create(config), {name: name for name in names})
        for what, pattern in AT_ONCE:
            self._dns.reset()
            names = [pattern.format(number) for number in range(CREATES)]
            configs = [self._config([name]) for name in names]
            for name, config, result in zip(names, configs, self._host.parallel(configs)):
                self._take(what, config, result, {name: pattern.format("N")})


def cell(counter):
    return ", ".join(f"{outcome} {count}" for outcome, count in counter.most_common())


def print_table(rows):
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for index, row in enumerate(rows):
        print("  ".join(text.ljust(width) for text, width in zip(row, widths)).rstrip())
        if index == 0:
            print("  ".join("-" * width for width in widths))


def main():
    variant = sys.argv[1]
    with DnsServer(SCRIPT) as dns:
        print(f"{CREATES} creates without the repair ...", file=sys.stderr)
        plain = Story(variant, None, dns)
        dns.reset()
        print(f"{CREATES} creates with it ...", file=sys.stderr)
        repaired = Story(variant, PRELOAD, dns)

    print(f"What the guest is told, and how often in {CREATES} boxes")
    print()
    rows = [("case", "asked for", "without the repair", "with it")]
    rows += [
        (*key, cell(plain.outcomes[key]), cell(repaired.outcomes[key])) for key in plain.outcomes
    ]
    print_table(rows)
    print()
    print("0.0.0.0 is the sinkhole; length-0 is an A record without an address. Create refuses with:")
    for text in repaired.texts.values():
        print(f"  {text}")


if __name__ == "__main__":
    main()
