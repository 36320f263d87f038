"""The measurements behind the plots: how it grows with the number of hosts and of rules, and how the
starts of shims are spread. What is compared runs side by side, in the same minute."""

import concurrent.futures
import json
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "attach"))

import etcfiles  # noqa: E402
from bridgehost import PRELOAD, TESTS, make_config  # noqa: E402
from dnswire import encode_query  # noqa: E402

BENCH = TESTS / "bench"
SERIAL = BENCH / "serial"
LATENCY_MS = 20
# 4 attempts of 2 s with 100, 300 and 900 ms in between.
SCHEDULE_S = 4 * 2.0 + 0.1 + 0.3 + 0.9
# What one dead host costs Go's resolver: two attempts of 5 s (resolv.conf(5)).
UNBOUNDED_S = 2 * 5.0
STARTS = 60

WINDOW = (
    "the window: at most 256 questions are out at a time, so as not to flood a resolver, and the rest "
    "wait for answers: two round trips"
)
WORK = (
    "no copy, but work on each rule, and no hot spot (perf: the topmost function has 6 %): reading the "
    "rule, tables of zones and records, a log line for each host, sorting, writing. It grows as the "
    "rules do, and is done once in the life of a box"
)
TABLES = (
    "about 650 bytes a rule for as long as a create takes (massif: 120 for the host being resolved, 220 "
    "for the rule and its text, 215 for zone and record); the new JSON is larger than the old one as well"
)


class Server:
    """The scripted DNS server, its log thrown away."""

    def __init__(self, directory, script, listen=("127.0.0.1:53",)):
        self._path = directory / "dns-script"
        self._path.write_text(script)
        self._listen = listen

    def __enter__(self):
        addresses = [word for address in self._listen for word in ("--listen", address)]
        self._process = subprocess.Popen(
            [TESTS / "dns-server", "--stdin-eof", "--log", "/dev/null", *addresses, self._path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        for _ in self._listen:
            if not self._process.stdout.readline().startswith(b"ready"):
                raise RuntimeError("dns-server does not start")

    def __exit__(self, *_):
        self._process.communicate()


def names(count):
    return [f"h{number}.example.com" for number in range(count)]


def bench(program, *arguments, **env):
    done = subprocess.run(
        [BENCH / program, *map(str, arguments)],
        env={"PATH": "/usr/bin:/bin", **env},
        stdout=subprocess.PIPE,
        text=True,
        timeout=300,
        check=True,
    )
    return done.stdout.splitlines()


def ours_ms(directory, count, expected, **env):
    """Milliseconds until the plan has its verdict."""
    path = directory / f"ours-{count}.json"
    path.write_text(json.dumps(make_config(directory / "net.sock", names(count))))
    word, ms = bench("bench-plan", "decide", path, **env)[0].split()
    if word != expected:
        raise RuntimeError(f"the plan's verdict is {word}, not {expected}")
    return float(ms)


def serial_ms(directory, mode, count, expected):
    """Likewise for an algorithm that goes from host to host; None without Go."""
    if not SERIAL.exists():
        return None
    path = directory / f"serial-{count}"
    path.write_text("\n".join(names(count)))
    word, what, ms = bench("serial", mode, path)[0].split()
    if (word, what) != expected:
        raise RuntimeError(f"{mode}: {word} {what}")
    return float(ms)


def round_trip_ms():
    """One question and its answer, without any resolver."""
    samples = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.connect(("127.0.0.1", 53))
        for number in range(21):
            begun = time.perf_counter()
            client.send(encode_query("h0.example.com", id=number))
            client.recv(512)
            samples.append((time.perf_counter() - begun) * 1000)
    return statistics.median(samples)


def healthy(report, directory):
    rows = []
    with Server(directory, f"default delay {LATENCY_MS} answer 192.0.2.1\n"):
        trip = round_trip_ms()
        for count in 1, 2, 5, 10, 20, 50, 100, 150, 200, 256, 300, 400, 500:
            ours = statistics.median(ours_ms(directory, count, "rewritten") for _ in range(7))
            done = ("created", str(count))
            few = count <= 256
            original = serial_ms(directory, "original", count, done) if few else None
            pr645 = serial_ms(directory, "pr645", count, done) if few else None
            rows.append([count, ours, original, pr645, trip])
        wide = statistics.median(
            ours_ms(directory, 500, "rewritten", BOXLITE_ALLOWNET_WINDOW="500") for _ in range(7)
        )
    report.series("healthy", ["hosts", "ours_ms", "original_ms", "pr645_ms", "round_trip_ms"], rows)
    for count, ours, *_ in rows:
        if count in (1, 100, 256, 500):
            report.limit(f"hosts that answer: {count}", ours, trip, "ms", "one round trip", WINDOW)
    report.limit("hosts that answer: 500, WINDOW=500", wide, trip, "ms", "one round trip")


def dead(report, directory):
    """All at the same time: each of them waits and does little else."""
    counts = [1, 2, 5, 10, 20, 50, 100, 200]
    with Server(directory, "default drop\n"), concurrent.futures.ThreadPoolExecutor(64) as pool:
        ours = {count: pool.submit(ours_ms, directory, count, "refused") for count in counts}
        first = ("refused", names(1)[0])
        pr645 = {
            count: pool.submit(serial_ms, directory, "pr645", count, first)
            for count in (1, 10, 100)
        }
        original = {
            count: pool.submit(serial_ms, directory, "original", count, ("created", "0"))
            for count in (1, 2, 5)
        }
        rows = []
        for count in counts:
            row = [count]
            for results in ours, original, pr645:
                ms = results[count].result() if count in results else None
                row.append(None if ms is None else ms / 1000)
            rows.append([*row, count * UNBOUNDED_S, count * SCHEDULE_S])
    report.series(
        "dead",
        ["hosts", "ours_s", "original_s", "pr645_s", "original_computed_s", "pr645_all_named_s"],
        rows,
    )
    for count, seconds, *_ in rows:
        if count in (1, 200):
            report.limit(
                f"dead hosts: {count}", seconds, SCHEDULE_S, "s", "the schedule: 4 x 2 s and 3 pauses"
            )


# What goes wrong, for one host; nameservers; what ours may take more than without it, ms.
PATIENCE = [
    ("nothing", f"default delay {LATENCY_MS} answer 192.0.2.1\n", ("127.0.0.1",), 0),
    (
        "one lost datagram",
        f"default drop ; delay {LATENCY_MS} answer 192.0.2.1\n",
        ("127.0.0.1",),
        350,
    ),
    (
        "first of two nameservers silent",
        f"default delay {LATENCY_MS} answer 192.0.2.1\n@127.0.0.1 default drop\n",
        ("127.0.0.1", "127.0.0.2"),
        250,
    ),
]


def patience(report, directory):
    """One host, looked up by ours, by Go's resolver and by #645, in the same run."""
    rows = []
    calm = None
    created, refused = ("created", "1"), ("refused", names(1)[0])
    for name, script, addresses, limit in PATIENCE:
        etcfiles.write_etc("resolv.conf", "".join(f"nameserver {address}\n" for address in addresses))
        samples = []
        listen = [f"{address}:53" for address in addresses]
        for times, ask in (
            (5, lambda: ours_ms(directory, 1, "rewritten")),
            (1, lambda: serial_ms(directory, "original", 1, created)),
            # An attempt of its is over before Go's resolver comes to a second nameserver.
            (1, lambda: serial_ms(directory, "pr645", 1, refused if len(addresses) > 1 else created)),
        ):
            taken = []
            for _ in range(times):
                with Server(directory, script, listen):
                    taken.append(ask())
            samples.append(statistics.median(taken) if taken[0] is not None else None)
        calm = calm or samples[0]
        rows.append(
            [name]
            + [f"{ms:,.0f}" if ms is not None else "-" for ms in samples]
            + [f"< {calm + limit:,.0f} ms" if limit else "-"]
            + [report.verdict(name, samples[0], calm + limit) if limit else "-"]
        )
    etcfiles.reset_etc()
    report.table(
        "9. one host when something goes wrong, ms (#645 refuses it where the first nameserver is silent)",
        ["", "ours", "Go's resolver", "#645", "aim", ""],
        rows,
    )


# Two servers, of which the first never answers for some names.
BRIDGE_SCRIPT = f"""
default delay {LATENCY_MS} answer 192.0.2.1
@127.0.0.1 *.dead.example drop
"""


def bridge_ms(directory, hosts, repaired):
    """The first create of a process with the bridge, which is on Go's own resolver."""
    with tempfile.TemporaryDirectory(dir=directory) as name:
        path = Path(name, "config.json")
        path.write_text(json.dumps(make_config(Path(name, "net.sock"), hosts)))
        env = {"LD_LIBRARY_PATH": str(TESTS / "bridge")}
        if repaired:
            env["LD_PRELOAD"] = str(PRELOAD)
        return float(bench("bench-create", path, 1, 0, **env)[0]) / 1e6


def bridge(report, directory):
    """A bridge in the process, unrepaired and repaired. The slow control waits while the rest is measured.
    With all hosts in /etc/hosts nobody waits for anybody: what is left is what the bridge takes to go
    through its rules, one after the other, which no repair can spare it. With 256 questions the process
    outgrows its table of descriptors, for which the kernel has the thread wait (resolver/wire.c)."""
    if not (TESTS / "bridge" / "libgvproxy.so").exists():
        print("bridge in Go: not built")
        return
    etcfiles.write_etc("resolv.conf", "nameserver 127.0.0.1\nnameserver 127.0.0.2\n")
    dead = [f"h{number}.dead.example" for number in range(10)]
    alive = names(256)
    servers = Server(directory, BRIDGE_SCRIPT, listen=("127.0.0.1:53", "127.0.0.2:53"))
    with servers, concurrent.futures.ThreadPoolExecutor(1) as pool:
        control = pool.submit(bridge_ms, directory, dead, False)

        def ours(hosts, rounds):
            """Milliseconds with these rules, without rules, and how many more: the two in turns."""
            turns = [[bridge_ms(directory, those, True) for those in (hosts, [])] for _ in range(rounds)]
            added = statistics.quantiles([with_ - without for with_, without in turns], n=4)
            return *map(statistics.median, zip(*turns)), added

        measured = [
            ("256 hosts", ours(alive, 25), bridge_ms(directory, alive, False), 2 * LATENCY_MS + 10),
            ("10 hosts, first of two servers dead", ours(dead, 3), control.result(), 1000),
        ]
        etcfiles.write_etc("hosts", "".join(f"192.0.2.1 {name}\n" for name in alive))
        unrepaired = statistics.median(bridge_ms(directory, alive, False) for _ in range(25))
        measured.append(("256 hosts of /etc/hosts", ours(alive, 25), unrepaired, None))
    etcfiles.reset_etc()
    rows = []
    for name, (repaired, empty, (low, added, high)), unrepaired, aim in measured:
        rows.append(
            [name, f"{empty:.1f}", f"{unrepaired:,.0f}", f"{repaired:,.1f}", f"+{added:,.1f}",
             f"{low:,.1f} to {high:,.1f}", f"{unrepaired / repaired:,.0f} x",
             f"< {aim} ms more" if aim else "-", report.verdict(name, added, aim) if aim else "-"]
        )
    report.table(
        f"10. create in a bridge on Go's own resolver, servers that take {LATENCY_MS} ms, ms",
        ["", "no rules", "unrepaired", "repaired", "added", "quartiles", "faster", "aim", ""],
        rows,
    )


def rules(count):
    """One in ten a wildcard; of the rest every second lies beside others in its zone."""
    made = []
    for i in range(count):
        if i % 10 == 0:
            made.append(f"*.w{i}.example.net")
        elif i % 2:
            made.append(f"h{i}.example.com")
        else:
            made.append(f"api.d{i}.example.org:443")
    return made


def growth(report, directory):
    rows = []
    for count, times in (10, 400), (30, 400), (100, 200), (300, 100), (1000, 50), (3000, 30), (10000, 15):
        path = directory / "rules.json"
        config = make_config(directory / "net.sock", rules(count))
        path.write_text(json.dumps(config, separators=(",", ":")))
        *samples, copy, peak = map(int, bench("bench-plan", "rules", path, times))
        size = path.stat().st_size
        rows.append([count, size / 1024, copy / 1000, statistics.median(samples) / 1e6, peak / 1024])
    report.series("rules", ["rules", "json_kib", "memcpy_us", "plan_ms", "peak_kib"], rows)
    _, size, copy, plan, peak = rows[-1]
    report.limit("plan, 10,000 rules", plan * 1000, copy, "us", "memcpy of the JSON", WORK)
    report.limit("heap, 10,000 rules", peak, size, "KiB", "the JSON itself", TABLES)


def attach(report):
    """Starts of the published shims, plain and repaired in turns, from process to machine."""
    from bench import start_ms
    from publishedshims import VERSIONS, shim_path

    for version in VERSIONS:
        if not shim_path(version).exists():
            print(f"{version}: not there, see scripts/fetch-shims")
            continue
        hosts = ["h0.d0.example"]
        Path("/etc/hosts").write_text("192.0.2.7 h0.d0.example\n")
        times = {False: [], True: []}
        with tempfile.TemporaryDirectory() as name:
            for number in range(2 * STARTS):
                attached = number % 2 == 1
                times[attached].append(start_ms(version, Path(name, f"b{number}"), hosts, attached))
        plain, repaired = sorted(times[False]), sorted(times[True])
        rows = [[(i + 1) / STARTS, plain[i], repaired[i]] for i in range(STARTS)]
        report.series(f"attach-{version}", ["share", "plain_ms", "repaired_ms"], rows)
        report.limit(
            f"start of shim {version}", statistics.median(repaired), statistics.median(plain), "ms",
            "the same start unrepaired",
        )
