"""What explain says is what boxes get: creates of the Go bridge for each set of rules, asked by a guest
as its libc asks, and the repaired bridge's answers for the same rules."""

import json

import pytest

from bridgehost import BridgeHost, PRELOAD, make_config, probe
from dnsserver import DnsServer
from clibox import checked_json, run

# So many boxes are told nothing else than explain says; and of what it says each in one of so many.
# The rarest answer here comes in one box of 20 or so: that 1000 lack it is no chance.
CREATES, PATIENCE = 60, 1000

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
        ["iapi.sample.com", "fixed.sample.com", "db", "odd.sample.com", "v6.sample.com", "github.com", "two.b.net", "host.boxlite.internal",
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
    """Most names are in /etc/hosts, so that creates need no server; what is not does not exist."""
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


def told_all(outcomes):
    """All that a guest may be told."""
    return {told(outcome) for outcome in outcomes}


def explained(case, directory):
    path = directory / "config.json"
    path.write_text(json.dumps(case.config(directory / "net.sock")))
    queries = [word for name in case.names for word in ("--query", name)]
    result = run("explain", path, "--json", *queries, **SETTINGS)
    assert result.returncode == 0, result.stderr
    return checked_json(result.stdout, "explain")


@pytest.mark.parametrize("title", CASES)
def test_without_the_repair_guests_are_told_what_explain_says(hosts, tmp_path, title):
    """Nothing else, and all of it."""
    case = CASES[title]
    report = explained(case, tmp_path)
    expected = {query["name"]: told_all(query["without_repair"]) for query in report["queries"]}
    seen = {name: set() for name in case.names}
    creates = 0
    with BridgeHost(case.variant) as host:
        while creates < CREATES or (seen != expected and creates < PATIENCE):
            creates += 1
            result = host.create(case.config(tmp_path / "net.sock"))
            assert result.created, result.text
            for name, answer in probe(tmp_path / "net.sock", case.names).items():
                assert answer in expected[name], name
                seen[name].add(answer)
            host.destroy(result.handle)
    print(f"{title}: {creates} creates: {seen}")
    assert seen == expected
    for query in report["queries"]:
        assert query["depends_on_order"] == (len(expected[query["name"]]) > 1)


def test_control_the_order_is_another_in_each_box(hosts, tmp_path):
    """Were it not, what was seen would not be all that there is."""
    case = CASES["two zones"]
    orders = set()
    with BridgeHost(case.variant) as host:
        for _ in range(CREATES):
            result = host.create(case.config(tmp_path / "net.sock"))
            orders.add(tuple(host.stats(result.handle)["zone_names"]))
            host.destroy(result.handle)
    assert len(orders) == 2


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
            answers = probe(tmp_path / "net.sock", case.names)
            host.destroy(result.handle)
            for query in report["queries"]:
                assert {answers[query["name"]]} == told_all(query["with_repair"])
    print(f"{title}: {report['repair']['verdict']}")


def test_servable_rules_of_0_8_are_told_alike_with_and_without(hosts, tmp_path):
    case = Case(["github.com", "site.org"], ["github.com", "site.org", "x.org"], "bridge-zonesfirst")
    report = explained(case, tmp_path)
    assert report["repair"]["verdict"] == "unchanged" and not report["configured_zones_first"]
    with BridgeHost(case.variant, preload=PRELOAD, env=SETTINGS) as host:
        host.create(case.config(tmp_path / "net.sock"))
        answers = probe(tmp_path / "net.sock", case.names)
    for query in report["queries"]:
        assert told_all(query["with_repair"]) == {answers[query["name"]]}
        assert query["with_repair"] == query["without_repair"]


def test_a_host_that_answers_late_is_none_to_the_bridge(etc, tmp_path):
    """The bridge asks once: what needs a second attempt, libc having been asked as well, is missing
    without the repair."""
    script = "late.sample.com nxdomain; nxdomain; answer 192.0.2.9\ngithub.com answer 192.0.2.1\n"
    case = Case(["github.com", "late.sample.com"], ["late.sample.com"])
    with DnsServer(script):
        report = explained(case, tmp_path)
    query = report["queries"][0]
    assert told_all(query["without_repair"]) == {"A 0.0.0.0"}
    assert told_all(query["with_repair"]) == {"A 192.0.2.9"}
    assert any("asks once" in note for note in report["rules"][1]["notes"])
