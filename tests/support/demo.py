"""The table of scripts/demo. Run inside the sandbox.

usage: demo.py RELEASE|bridge|bridge-standin

RELEASE: boxes are its published boxlite-shim, started as boxlite starts it, with our object in the
LD_PRELOAD of the process that starts it, or without. Else a process that has that bridge loaded.
"""

import collections
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bridgehost import PRELOAD, ROOT, BridgeHost, make_config, probe
from dnsserver import DnsServer

sys.path.insert(0, str(ROOT / "tests" / "attach"))

from shimbox import ShimBox  # noqa: E402

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

# Each of these takes seconds, so the boxes are made at the same time. {} is the
# number of the box: a name of its own has a count of its own at the DNS server.
AT_ONCE = [
    ("fails twice, then answers", "box{}.flaky.example"),
    ("never answers", "dead.example"),
]


class Shims:
    """Boxes of a published shim; they end when they have been asked."""

    def __init__(self, release, preload, directory):
        self._release = release
        self._directory = directory
        environment = [f"LD_PRELOAD={preload}"] if preload else []
        # Whoever starts a shim, starts it by exec.
        self._prefix = ["env", *environment, "sh", "-c", 'exec "$0"']

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def ask(self, number, rules, names):
        """{name: answer}, or the text of the refusal."""
        directory = self._directory / str(number)
        with ShimBox(self._release, directory, rules, prefix=self._prefix) as box:
            if not box.wait_started():
                box.wait_ended()
                return box.exit_file()["message"].partition("gvproxy_create failed: ")[2]
            return box.ask(names)

    def ask_all(self, questions):
        """Of boxes that are made at the same time."""
        with ThreadPoolExecutor(len(questions)) as pool:
            return list(pool.map(lambda question: self.ask(*question), questions))


class Bridges:
    """Boxes of a process that has the bridge loaded."""

    def __init__(self, variant, preload, directory):
        self._host = BridgeHost(variant=variant, preload=preload)
        self._directory = directory

    def __enter__(self):
        self._host.__enter__()
        self._host.callback(True)
        return self

    def __exit__(self, *fault):
        self._host.__exit__(*fault)

    def _config(self, number, rules):
        return make_config(self._directory / f"{number}.sock", rules)

    def _settle(self, config, result, names):
        if not result.created:
            return result.text
        answers = probe(config["socket_path"], names)
        self._host.destroy(result.handle)
        return answers

    def ask(self, number, rules, names):
        config = self._config(number, rules)
        return self._settle(config, self._host.create(config), names)

    def ask_all(self, questions):
        configs = [self._config(number, rules) for number, rules, _ in questions]
        results = self._host.parallel(configs)
        return [self._settle(*each, names) for each, (_, _, names) in zip(zip(configs, results), questions)]


class Story:
    """What came of the boxes, by line of the table: {(what, name): Counter of outcomes}."""

    def __init__(self, kind, preload, dns, say):
        self.outcomes = collections.defaultdict(collections.Counter)
        self.texts = {}
        self._say = say
        boxes = Bridges if kind.startswith("bridge") else Shims
        with tempfile.TemporaryDirectory(prefix="demo-") as directory:
            with boxes(kind, preload, Path(directory)) as self._boxes:
                self._run(dns)

    def _count(self, what, answers, names):
        """`names` maps the name that was asked for to the name in the table."""
        for name, shown in names.items():
            if isinstance(answers, str):
                self.outcomes[what, shown]["refused"] += 1
                self.texts[what] = answers
            else:
                self.outcomes[what, shown][answers[f"{name}."].removeprefix("A ")] += 1

    def _run(self, dns):
        number = 0
        for what, rules, names in ONE_BY_ONE:
            self._say(what)
            for _ in range(CREATES):
                number += 1
                answers = self._boxes.ask(number, rules, [f"{name}." for name in names])
                self._count(what, answers, {name: name for name in names})
        for what, pattern in AT_ONCE:
            self._say(what)
            dns.reset()
            names = [pattern.format(i) for i in range(CREATES)]
            questions = [(number + i + 1, [name], [f"{name}."]) for i, name in enumerate(names)]
            number += CREATES
            for name, answers in zip(names, self._boxes.ask_all(questions)):
                self._count(what, answers, {name: pattern.format("N")})


def cell(counter):
    return ", ".join(f"{outcome} {count}" for outcome, count in counter.most_common())


def print_table(rows):
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for index, row in enumerate(rows):
        print("  ".join(text.ljust(width) for text, width in zip(row, widths)).rstrip())
        if index == 0:
            print("  ".join("-" * width for width in widths))


def main():
    kind = sys.argv[1]
    begun = time.monotonic()

    def say(text):
        print(f"[{time.monotonic() - begun:3.0f} s] {text}", file=sys.stderr, flush=True)

    with DnsServer(SCRIPT) as dns:
        plain = Story(kind, None, dns, lambda what: say(f"{CREATES} boxes without the repair: {what}"))
        dns.reset()
        repaired = Story(kind, PRELOAD, dns, lambda what: say(f"{CREATES} boxes with it: {what}"))
    say("done")
    print()
    print(f"What the guest is told, and how often in {CREATES} boxes")
    print()
    rows = [("case", "asked for", "without the repair", "with it")]
    rows += [
        (*key, cell(plain.outcomes[key]), cell(repaired.outcomes[key])) for key in plain.outcomes
    ]
    print_table(rows)
    print()
    print("0.0.0.0 is the sinkhole; length-0 is an A record without an address. A box is refused with:")
    for text in repaired.texts.values():
        print(f"  {text}")


if __name__ == "__main__":
    main()
