"""What a create's lookups cost the machine and a nameserver that is dead, beside Go's resolver and
#645, which go from host to host. All of it in the same run."""

import collections
import concurrent.futures
import json
import resource
import statistics

import etcfiles
from bridgehost import make_config
from dnsserver import DnsServer
from series import SERIAL, Server, bench

HOSTS_LINES = 200_000
HOSTS = 300
CPU_MOST_MS = 150
DEAD = 10
# One, and two more within the attempt.
QUESTIONS_MOST = 3
ATTEMPTS = 4
# libc is asked once about a host whose first attempt failed, and tries twice, 5 s each.
OF_LIBC = 2
TITLES = {"ours": "ours", "original": "Go's resolver", "pr645": "#645"}


def look_up(directory, way, names):
    """What became of `names`: the first word of the program's line."""
    path = directory / f"burden-{way}"
    if way == "ours":
        path.write_text(json.dumps(make_config(directory / "net.sock", names)))
        return bench("bench-plan", "decide", path)[0].split()[0]
    path.write_text("\n".join(names))
    return bench("serial", way, path)[0].split()[0]


def ways():
    return [way for way in TITLES if way == "ours" or SERIAL.exists()]


def cpu_ms(directory, way, names, expected):
    """Of the whole program, from its start to its end."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    found = look_up(directory, way, names)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if found != expected:
        raise RuntimeError(f"{way}: {found}, not {expected}")
    return sum(getattr(after, part) - getattr(before, part) for part in ("ru_utime", "ru_stime")) * 1000


def long_hosts_file(report, directory):
    names = [f"h{number}.example.com" for number in range(HOSTS)]
    lines = [f"198.18.{i >> 8 & 255}.{i & 255} n{i}.files.example alias{i}" for i in range(HOSTS_LINES)]
    rows = []
    with Server(directory, "default answer 192.0.2.1\n"):
        for title, text in (
            ("a hosts file of one line", etcfiles.STANDARD["hosts"]),
            (f"of {HOSTS_LINES:,} lines", "\n".join(lines) + "\n"),
        ):
            etcfiles.write_etc("hosts", text)
            costs = {}
            for way in ways():
                expected = "rewritten" if way == "ours" else "created"
                costs[way] = statistics.median(cpu_ms(directory, way, names, expected) for _ in range(5))
            rows.append([title, *(f"{costs[way]:,.0f}" if way in costs else "-" for way in TITLES)])
            rows[-1] += [f"< {CPU_MOST_MS} ms", report.verdict(title, costs["ours"], CPU_MOST_MS)]
    etcfiles.reset_etc()
    report.table(
        f"11. processor time of {HOSTS} hosts that are not in the hosts file, ms",
        ["", *TITLES.values(), "aim", ""],
        rows,
    )


def questions(queries, prefix):
    """The most questions for the address of one host that the dead server got."""
    counts = collections.Counter(
        query.name for query in queries
        if query.name.startswith(prefix) and query.server == "127.0.0.1:53" and query.type == "A"
    )
    return max(counts.values(), default=0)


def dead_server(report, directory):
    """A host that fails ends #645, so that it is asked for no other."""
    rows = []
    for title, addresses, attempts, script in (
        ("the only nameserver", ["127.0.0.1"], ATTEMPTS, "default drop\n"),
        (
            "the first of two",
            ["127.0.0.1", "127.0.0.2"],
            1,
            "@127.0.0.1 default drop\ndefault answer 192.0.2.1\n",
        ),
    ):
        etcfiles.write_etc("resolv.conf", "".join(f"nameserver {address}\n" for address in addresses))
        listen = [f"{address}:53" for address in addresses]
        with DnsServer(script, listen) as server, concurrent.futures.ThreadPoolExecutor() as pool:
            for way in ways():
                # Go's resolver takes 5 s for each of its questions.
                count = DEAD if way == "ours" else 1
                names = [f"{way}{number}.example.com" for number in range(count)]
                pool.submit(look_up, directory, way, names)
            pool.shutdown()
            queries = server.queries()
        most = {way: questions(queries, way) for way in ways()}
        rows.append([f"{title}, {attempts} attempt{'s' if attempts > 1 else ''}"])
        rows[-1] += [str(most[way]) if way in most else "-" for way in TITLES]
        limit = QUESTIONS_MOST * attempts + (OF_LIBC if attempts > 1 else 0)
        rows[-1] += [f"<= {limit}", report.verdict(f"questions: {title}", most["ours"], limit + 1)]
    etcfiles.reset_etc()
    report.table(
        f"12. questions for A that a dead nameserver gets for a host, the most of {DEAD} hosts at once (ours; with "
        f"{OF_LIBC} of libc's after a first attempt) or of one",
        ["", *TITLES.values(), "aim", ""],
        rows,
    )
