"""What explain computes is what boxes get: 2,000 creates of the Go bridge for each set of rules, asked
by a guest, and the repaired bridge's answers for the same rules."""

import collections
import concurrent.futures
import json

import pytest

from bridgehost import BridgeHost, PRELOAD, make_config, probe
from chance import LIMIT, agrees, likelihood
from dnsserver import DnsServer
from clibox import checked_json, run

CREATES = 2000
WORKERS = 2

# What a guest may be told about a name that is looked up.
HOSTS = {
    "github.com": "192.0.2.1",
    "iapi.sample.com": "192.0.2.2",
    "one.net": "192.0.2.11",
    "two.b.net": "192.0.2.12",
    "three.a.b.net": "192.0.2.13",
    "example.org": "192.0.2.3",
    "api.example.org": "192.0.2.21",
    "v1.api.example.org": "192.0.2.22",
    "site.org": "192.0.2.23",
    "deep.example.org": "192.0.2.24",
    "db": "192.0.2.31",
    "port.test": "192.0.2.32",
}
SCRIPT = "six.sample.com aaaa-only 2001:db8::6\n"

# A deadline that no load of the machine makes an answer miss.
SETTINGS = {"BOXLITE_ALLOWNET_TIMEOUT_MS": "20000", "BOXLITE_ALLOWNET_BACKOFF_MS": "10"}
INTERNAL = {
    "name": "boxlite.internal.",
    "records": [{"name": "host", "ip": "192.168.127.254"}],
    "default_ip": "",
}
CONFIGURED = {
    "name": "sample.com.",
    "records": [
        {"name": "fixed", "ip": "192.0.2.77"},
        {"name": "odd", "ip": ""},
        {"name": "v6", "ip": "2001:db8::7"},
    ],
    "default_ip": "192.0.2.78",
}


def other_zones(first, count):
    """Rules whose zones nobody asks for."""
    return [f"h.f{number}.test" for number in range(first, first + count)]


class Case:
    def __init__(self, rules, names, variant="bridge", zones=(INTERNAL,)):
        self.rules = rules
        self.names = names
        self.variant = variant
        self.zones = list(zones)

    def config(self, path):
        changed = {"host_ip": None} if self.variant == "bridge-zonesfirst" else {}
        return make_config(path, self.rules, dns_zones=self.zones, **changed)


NESTED = ["one.net", "two.b.net", "three.a.b.net"]
NESTED_NAMES = [*NESTED, "other.a.b.net", "b.net", "other.net", "elsewhere.example"]
WILD = ["api.example.org", "*.example.org", "site.org", "v1.api.example.org", "*.deep.example.org"]

CASES = {
    "two zones": Case(["github.com", "iapi.sample.com"], ["github.com", "iapi.sample.com", "x.sample.com"]),
    "three zones, one within the other": Case(NESTED, NESTED_NAMES),
    "wildcards and exact names": Case(
        WILD,
        ["api.example.org", "site.org", "v1.api.example.org", "www.example.org", "x.deep.example.org",
         "deep.example.org"],
    ),
    "what the bridge leaves out or gets wrong": Case(
        [
            "gone.test",
            "six.sample.com",
            "GitHub.com",
            " db ",
            "192.0.2.40:443",
            "port.test:8080",
            "github.com.",
            "iapi.sample.com",
            "iapi.sample.com",
            "10.0.0.0/8",
            "gone.com",
        ],
        ["github.com", "GitHub.com", "iapi.sample.com", "db", "x.db", "port.test", "six.sample.com", "gone.com"],
    ),
    "configured zones": Case(
        ["one.net", "iapi.sample.com", "github.com", "host.boxlite.internal", "two.b.net", "fixed.sample.com"],
        ["iapi.sample.com", "fixed.sample.com", "odd.sample.com", "v6.sample.com", "github.com", "two.b.net", "host.boxlite.internal",
         "x.boxlite.internal"],
        zones=[INTERNAL, CONFIGURED],
    ),
    "fourteen zones": Case(
        ["one.net", *other_zones(0, 10), "two.b.net", *other_zones(10, 1), "three.a.b.net"], NESTED_NAMES[:4]
    ),
    "twenty zones": Case(
        [*other_zones(0, 9), "three.a.b.net", *other_zones(9, 5), "two.b.net", *other_zones(14, 3), "one.net"],
        NESTED_NAMES[:4],
    ),
    "0.8.x": Case(
        [*NESTED, "iapi.sample.com"], [*NESTED, "fixed.sample.com"], "bridge-zonesfirst", [INTERNAL, CONFIGURED]
    ),
}  # fmt: skip


@pytest.fixture
def hosts(etc):
    """Most names are in /etc/hosts, so that 2,000 creates need no server; what is not does not exist."""
    lines = [f"{address} {host}" for host, address in HOSTS.items()]
    lines += [f"192.0.2.99 h.f{number}.test" for number in range(20)]
    etc("hosts", "127.0.0.1 localhost\n" + "\n".join(lines) + "\n")
    with DnsServer(SCRIPT):
        yield


def told(outcome):
    """As the guest probe words it."""
    return {
        "address": f"A {outcome['address']}",
        "sinkhole": "A 0.0.0.0",
        "no-address": "A length-0",
        "nxdomain": "NXDOMAIN",
    }[outcome["told"]]


def distribution(outcomes):
    """{what the guest is told: probability}"""
    sums = collections.defaultdict(float)
    for outcome in outcomes:
        sums[told(outcome)] += outcome["probability"]
    return dict(sums)


def explained(case, directory):
    path = directory / "config.json"
    path.write_text(json.dumps(case.config(directory / "net.sock")))
    queries = [word for name in case.names for word in ("--query", name)]
    result = run("explain", path, "--json", *queries, **SETTINGS)
    assert result.returncode == 0, result.stderr
    return checked_json(result.stdout, "explain")


def ask(path, names):
    """{name: what a guest is told for exactly that name}"""
    return {name.removesuffix("."): told for name, told in probe(path, [f"{n}." for n in names]).items()}


def asked_zone(name, zones):
    """The first zone whose name ends the question: it alone answers (gvisor-tap-vsock, dns.go)."""
    return next(zone for zone in zones if f"{name}.".endswith(f".{zone}"))


def count_answers(case, directory, creates):
    """{name: Counter of what guests are told}, in boxes of one process. A guest asks in every tenth
    box, and wherever another zone than in all boxes before answers one of the names; in between, the
    zones that the bridge has are looked at, in their order."""
    counters = {name: collections.Counter() for name in case.names}
    known = {}
    with BridgeHost(case.variant) as host:
        for number in range(creates):
            path = directory / f"{number}.sock"
            result = host.create(case.config(path))
            assert result.created, result.text
            zones = host.stats(result.handle)["zone_names"]
            asked = {name: (name, asked_zone(name, zones)) for name in case.names}
            if number % 10 == 0 or not known.keys() >= set(asked.values()):
                for name, answer in ask(path, case.names).items():
                    assert known.setdefault(asked[name], answer) == answer
            for name in case.names:
                counters[name][known[asked[name]]] += 1
            host.destroy(result.handle)
    return counters


def count_all(case, directory, creates=CREATES):
    places = [directory / f"w{number}" for number in range(WORKERS)]
    for place in places:
        place.mkdir()
    with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
        parts = list(pool.map(lambda place: count_answers(case, place, creates // WORKERS), places))
    return {name: sum((part[name] for part in parts), collections.Counter()) for name in case.names}


@pytest.fixture(scope="module")
def frequencies(tmp_path_factory):
    """frequencies(title): counted once for all tests."""
    known = {}

    def count(title):
        if title not in known:
            known[title] = count_all(CASES[title], tmp_path_factory.mktemp("boxes"))
        return known[title]

    return count


@pytest.mark.parametrize("title", CASES)
def test_probabilities_are_the_frequencies_of_2000_creates(hosts, frequencies, tmp_path, title):
    case = CASES[title]
    report = explained(case, tmp_path)
    counters = frequencies(title)
    error = report["random_order"]["error"]
    for query in report["queries"]:
        counted = counters[query["name"]]
        expected = distribution(query["without_repair"])
        print(f"{title}: {query['name']}: {dict(counted)} of {CREATES}, computed {expected}")
        assert sum(expected.values()) == pytest.approx(1)
        assert set(counted) <= set(expected)
        for answer, probability in expected.items():
            assert agrees(counted[answer], CREATES, probability, error if probability < 1 else 0), answer


def test_control_a_model_in_which_all_orders_are_equally_likely_is_rejected(hosts, frequencies):
    counted = frequencies("two zones")["iapi.sample.com"]
    print(dict(counted))
    assert likelihood(counted["A 0.0.0.0"], CREATES, 1 / 2) < LIMIT
    assert likelihood(counted["A 0.0.0.0"], CREATES, 1 / 8) < LIMIT  # the wrong way round


@pytest.mark.parametrize("title", CASES)
def test_with_the_repair_the_guest_is_told_what_explain_says(hosts, tmp_path, title):
    case = CASES[title]
    report = explained(case, tmp_path)
    with BridgeHost(case.variant, preload=PRELOAD, env=SETTINGS) as host:
        for _ in range(3):
            result = host.create(case.config(tmp_path / "net.sock"))
            assert result.created == (report["repair"]["verdict"] != "refused")
            if not result.created:
                if case.variant == "bridge":  # that of 0.8.x has nowhere to say why
                    assert result.text == report["repair"]["refusal"]
                continue
            answers = ask(tmp_path / "net.sock", case.names)
            host.destroy(result.handle)
            for query in report["queries"]:
                assert {answers[query["name"]]: 1} == distribution(query["with_repair"])
    print(f"{title}: {report['repair']['verdict']}")


def test_servable_rules_of_0_8_are_told_alike_with_and_without(hosts, tmp_path):
    case = Case(["github.com", "site.org"], ["github.com", "site.org", "x.org"], "bridge-zonesfirst")
    report = explained(case, tmp_path)
    assert report["repair"]["verdict"] == "unchanged" and not report["configured_zones_first"]
    with BridgeHost(case.variant, preload=PRELOAD, env=SETTINGS) as host:
        host.create(case.config(tmp_path / "net.sock"))
        answers = ask(tmp_path / "net.sock", case.names)
    for query in report["queries"]:
        assert distribution(query["with_repair"]) == {answers[query["name"]]: 1}
        assert query["with_repair"] == query["without_repair"]


def test_a_host_that_answers_late_is_none_to_the_bridge(etc, tmp_path):
    """The bridge asks once: what needs a retry is missing without the repair."""
    script = "late.sample.com nxdomain; servfail; answer 192.0.2.9\ngithub.com answer 192.0.2.1\n"
    case = Case(["github.com", "late.sample.com"], ["late.sample.com"])
    with DnsServer(script):
        report = explained(case, tmp_path)
    query = report["queries"][0]
    assert distribution(query["without_repair"]) == {"A 0.0.0.0": 1}
    assert distribution(query["with_repair"]) == {"A 192.0.2.9": 1}
    assert any("asks once" in note for note in report["rules"][1]["notes"])
