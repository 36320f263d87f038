"""The nameserver hears of a bridge on Go's own resolver only what we ask it, and afterwards all is as before."""

import os
import shutil
import subprocess

import pytest

from bridgehost import TESTS, probe
from conftest import LIBC, LONG, RECOGNISED, library

SCRIPT = """
default nxdomain
github.com answer 192.0.2.1,192.0.2.2
gitlab.com answer 192.0.2.7
iapi.sample.com answer 192.0.2.3
example.org answer 192.0.2.4
other.example answer 192.0.2.5
bare.example nodata
*.many.example answer 192.0.2.6
"""
ASKED = ["github.com", "iapi.sample.com"]
RULES = ["github.com:443", "IApi.Sample.com", "10.0.0.0/8", "10.0.0.0/8:443", "[fd00::/8]:443", "192.0.2.9:80"]
LEGACY = ["github.com", "gitlab.com"]
CANNOT = "the bridge's own lookups cannot be answered"


def asked(dns):
    """What was asked for, however often: on a loaded machine we ask again before the answer is read."""
    return {(query.type, query.name) for query in dns.queries()}


def ours(names):
    """We, and libc on our behalf, ask for A alone."""
    return {("A", name) for name in names}


def bridges(names):
    """Go asks for both."""
    return {(kind, name) for name in names for kind in ("A", "AAAA")}


def lookups(boxes):
    """What Go says of each of its lookups, with GODEBUG=netdns=2: [(name, order)]."""
    boxes.host.close()
    lines = [line for line in boxes.host.logs() if "hostLookupOrder(" in line]
    return [tuple(line.split("hostLookupOrder(")[1].split(") = ")) for line in lines]


@pytest.mark.parametrize("variant", RECOGNISED)
def test_control_the_bridge_asks_by_itself(dns, boxes, variant):
    dns.set_script(SCRIPT)
    boxes(variant, repaired=False).create(ASKED)
    assert asked(dns) == bridges(ASKED)


@pytest.mark.parametrize("variant", [name for name in RECOGNISED if name != "bridge-zonesfirst"])
def test_the_bridge_asks_nothing(dns, boxes, variant):
    """Twice: Go's variable is made by its first lookup, which here is a guest's between the two."""
    dns.set_script(SCRIPT)
    process = boxes(variant)
    for _ in range(2):
        config = process.create([*RULES, "*.example.org", "host.boxlite.internal"])
        assert asked(dns) == ours([*ASKED, "example.org"])
        answers = probe(config["socket_path"], ["github.com.", "iapi.sample.com.", "x.example.org.", "no.example."])
        assert list(answers.values()) == ["A 192.0.2.1", "A 192.0.2.3", "A 192.0.2.4", "A 0.0.0.0"]
        free = process.create([])
        assert probe(free["socket_path"], ["other.example."]) == {"other.example.": "A 192.0.2.5"}
        dns.reset()
    process.host.close()
    assert not [line for line in process.host.logs() if CANNOT in line]


def test_a_bridge_with_its_own_zones_first_asks_nothing(dns, boxes):
    """Two rules that do not shadow each other: such a one is left to its own zones."""
    dns.set_script(SCRIPT)
    boxes("bridge-zonesfirst").create(LEGACY, host_ip=None)
    assert asked(dns) == ours(LEGACY)


@pytest.mark.parametrize("variant", RECOGNISED[:1] + RECOGNISED[3:])
def test_the_bridge_gets_every_address(dns, boxes, variant):
    """Its debug lines name what it was given."""
    dns.set_script(SCRIPT)
    process = boxes(variant)
    process.create(ASKED)
    process.host.close()
    given = [line for line in process.host.logs() if "resolved and added DNS record" in line]
    assert sorted(line.split("ip=")[1].split()[0] for line in given) == ["192.0.2.1", "192.0.2.2", "192.0.2.3"]


@pytest.mark.parametrize("debug", ["netdns=go", "netdns=cgo", "netdns=go+2"])
def test_whatever_go_was_told_to_choose(dns, boxes, debug):
    dns.set_script(SCRIPT)
    process = boxes(GODEBUG=debug)
    free = process.create([])
    probe(free["socket_path"], ["other.example."])
    before = process.choice().whole()
    dns.reset()
    process.create(ASKED)
    assert asked(dns) == ours(ASKED)
    assert process.choice().whole() == before


@pytest.mark.parametrize("rule", ["*.bare.example", "*.bare.example.", "*.Bare.Example."])
def test_a_wildcard_without_address_is_not_asked_for(dns, boxes, rule):
    dns.set_script(SCRIPT)
    process = boxes(BOXLITE_ALLOWNET_WILDCARD="lenient", BOXLITE_ALLOWNET_ATTEMPTS="1")
    process.create([rule, *ASKED])
    # One is ours, for the text of a refusal; the bridge's would be a second.
    assert asked(dns) - ours([*ASKED, "bare.example"]) == {("AAAA", "bare.example")}
    assert [query.type for query in dns.queries() if query.name == "bare.example"].count("AAAA") == 1


# ---- afterwards -----------------------------------------------------------------------------------


@pytest.mark.parametrize("variant", RECOGNISED)
def test_afterwards_go_chooses_as_before(dns, boxes, variant):
    dns.set_script(SCRIPT)
    process = boxes(variant, GODEBUG="netdns=2")
    free = process.create([])
    choice = process.choice()
    assert not choice.made()

    names, legacy = (LEGACY, {"host_ip": None}) if variant == "bridge-zonesfirst" else (ASKED, {})
    process.create(names, **legacy)  # before Go has made its variable
    assert not choice.made()
    assert probe(free["socket_path"], ["other.example."]) == {"other.example.": "A 192.0.2.5"}
    made = choice.whole()
    assert choice.made() and choice.chosen() == (0, 0)

    process.create(names, **legacy)  # and after it has
    assert choice.whole() == made
    assert probe(free["socket_path"], ["other.example."]) == {"other.example.": "A 192.0.2.5"}
    probe(free["socket_path"], ["github.com."], "CNAME")
    probe(free["socket_path"], ["github.com."], "MX")
    assert choice.whole() == made

    # Of the first create Go says nothing: it reads GODEBUG when it makes the variable. A legacy bridge
    # goes through its rules in random order.
    said = [(name, order) for name, order in lookups(process) if name in ("other.example.", *names)]
    assert said[0] == said[-1] == ("other.example.", "files,dns")
    assert sorted(said[1:-1]) == [(name, "cgo") for name in names]


def test_control_unrepaired_go_chooses_the_same(dns, boxes):
    dns.set_script(SCRIPT)
    process = boxes(repaired=False, GODEBUG="netdns=2")
    free = process.create([])
    probe(free["socket_path"], ["other.example."])
    made = process.choice().whole()
    process.create(ASKED)
    assert process.choice().whole() == made
    assert {order for _, order in lookups(process)} == {"files,dns"}


@pytest.mark.parametrize("made", [False, True])
def test_after_a_create_that_fails(dns, boxes, made):
    dns.set_script(SCRIPT)
    process = boxes()
    free = process.create([])
    if made:
        probe(free["socket_path"], ["other.example."])
    choice = process.choice()
    before = choice.made(), choice.chosen()
    dns.reset()
    failed = process.host.create(process.config(ASKED, subnet="none"))
    assert not failed.created
    assert asked(dns) == ours(ASKED)
    assert choice.made() == before[0]
    if made:
        assert choice.chosen() == before[1]
    probe(free["socket_path"], ["other.example."])
    assert choice.chosen() == (0, 0)


def test_a_refused_create_changes_nothing(dns, boxes):
    process = boxes(BOXLITE_ALLOWNET_ATTEMPTS="1")
    before = process.choice().whole()
    assert not process.host.create(process.config(ASKED)).created
    assert process.choice().whole() == before


@pytest.mark.parametrize("mode, asks", [("observe", ours(ASKED) | bridges(ASKED)), ("off", bridges(ASKED))])
def test_go_is_left_alone(dns, boxes, mode, asks):
    dns.set_script(SCRIPT)
    process = boxes(GODEBUG="netdns=2", BOXLITE_ALLOWNET=mode)
    process.create(ASKED)
    assert asked(dns) == asks
    # netdns=2 shows all but the first lookup's making.
    assert {order for _, order in lookups(process)} == {"files,dns"}
    assert not [line for line in process.host.logs() if CANNOT in line]


# ---- meanwhile ------------------------------------------------------------------------------------

MANY = [f"h{i}.many.example" for i in range(200)]


# What a guest asks for, and is told.
QUESTIONS = {
    "A": {
        "other.example.": "A 192.0.2.5",
        "gone.example.": "NXDOMAIN",
        "h0.many.example.": "A 192.0.2.6",  # of the create's, though no zone of this box has it
        "host.boxlite.internal.": "A 192.168.127.254",
        "10.0.0.0.": "NXDOMAIN",
    },
    "CNAME": {"other.example.": "CNAME other.example."},
}


@pytest.mark.parametrize("variant", RECOGNISED[:1] + RECOGNISED[3:])
@pytest.mark.parametrize("made", [False, True])
def test_guests_are_answered_meanwhile(dns, boxes, variant, made):
    """A create is held in the middle of its lookups, by a log that nobody reads, and guests of boxes that
    run already ask. Before that Go's variable has been made or not."""
    dns.set_script(SCRIPT)
    process = boxes(variant, BOXLITE_ALLOWNET_LOG="error")
    guests = {kind: process.guest(process.create([]), kind) for kind in QUESTIONS}
    choice = process.choice()
    if made:
        guests["A"].ask("other.example.")
    process.host.stop_reading()
    process.host.create_start(config := process.config(MANY))
    process.wait_for(lambda: choice.made() and choice.chosen() == LIBC, "Go was not diverted")
    dns.reset()

    for kind, answers in QUESTIONS.items():
        assert {name: guests[kind].ask(name) for name in answers} == answers
    assert choice.chosen() == LIBC
    assert dns.count("other.example") > 0 and dns.count("other.example", "CNAME") > 0

    process.host.go_on_reading()
    assert process.host.create_finish().created
    assert choice.made() == made
    assert set(probe(config["socket_path"], [f"{name}." for name in MANY]).values()) == {"A 192.0.2.6"}


@pytest.mark.parametrize("variant", RECOGNISED[:1] + RECOGNISED[3:])
def test_64_creates_at_once(dns, boxes, variant):
    dns.set_script("".join(f"h{i}.example delay 5 answer 192.0.2.{i}\n" for i in range(64)) + "default answer 192.0.2.99\n")
    process = boxes(variant)
    for _ in range(20 if LONG else 2):
        dns.reset()
        rules = [[f"h{i}.example", f"h{(i + 1) % 64}.example", "shared.example"] for i in range(64)]
        configs = [process.config(listed) for listed in rules]
        results = process.host.parallel(configs)
        assert all(result.created for result in results), [result.text for result in results]
        assert asked(dns) == ours(name for listed in rules for name in listed)
        for i in 0, 31, 63:
            answers = probe(configs[i]["socket_path"], [f"h{i}.example.", "shared.example.", f"h{(i + 9) % 64}.example."])
            assert list(answers.values()) == [f"A 192.0.2.{i}", "A 192.0.2.99", "A 0.0.0.0"]
        for result in results:
            process.host.destroy(result.handle)
        assert not process.choice().made()


def test_control_the_guest_of_an_unrepaired_box_is_told_the_same(dns, boxes):
    dns.set_script(SCRIPT)
    free = boxes(repaired=False).create([])
    for kind, answers in QUESTIONS.items():
        assert probe(free["socket_path"], answers, kind) == answers


def test_the_hosts_own_lookups_are_not_answered(dns, boxes):
    """A name of the create's, looked up in the middle of it by code outside the bridge."""
    dns.set_script("host.many.example answer 192.0.2.6 ; answer 192.0.2.66\n" + SCRIPT)
    process = boxes(callback=False, BOXLITE_ALLOWNET_LOG="error")
    process.host.callback_look_up("host.many.example")
    process.create(["host.many.example"])
    process.host.close()
    lines = process.host.logs()
    told = next(i for i, line in enumerate(lines) if "resolved and added DNS record" in line)
    assert "ip=192.0.2.6 " in lines[told] + " "
    assert lines[told - 1] == "looked up host.many.example 0 192.0.2.66"


# ---- what is not recognised -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "variant, why",
    [("golookups/stripped", "it has no symbols (stripped)"), ("golookups/moved", "its Go version is not known")],
)
def test_a_bridge_that_is_not_recognised_asks_once_more(dns, boxes, variant, why):
    dns.set_script(SCRIPT)
    process = boxes(variant, GODEBUG="netdns=2")
    for _ in range(2):
        config = process.create(ASKED)
        assert asked(dns) == ours(ASKED) | bridges(ASKED)
        assert probe(config["socket_path"], ["github.com."]) == {"github.com.": "A 192.0.2.1"}
        dns.reset()
    assert {order for _, order in lookups(process)} == {"files,dns"}
    told = [line for line in process.host.logs() if CANNOT in line]
    assert len(told) == 1 and told[0].startswith("log 2 ") and f": {why}; " in told[0]


def test_a_file_that_was_replaced_is_not_believed(dns, boxes):
    """An upgrade while the process runs: the symbols of the new one are elsewhere."""
    dns.set_script(SCRIPT)
    place = TESTS / "golookups" / "replaced"
    place.mkdir(exist_ok=True)
    shutil.copy(library("bridge"), place)
    process = boxes("golookups/replaced")
    process.create([])
    other = place / "new"
    shutil.copy(library("bridge-onearg"), other)
    os.replace(other, place / "libgvproxy.so")
    config = process.create(ASKED)
    assert asked(dns) == ours(ASKED) | bridges(ASKED)
    assert probe(config["socket_path"], ["github.com."]) == {"github.com.": "A 192.0.2.1"}
    process.host.close()
    assert sum("its file has been replaced since it was loaded" in line for line in process.host.logs()) == 1


def test_a_bridge_in_c_is_none_of_gos(dns, boxes):
    dns.set_script(SCRIPT)
    process = boxes("bridge-standin")
    process.create(ASKED)
    process.host.close()
    assert not [line for line in process.host.logs() if CANNOT in line]


def test_the_bridges_are_what_they_are_said_to_be():
    """Else the two tests of what is not recognised would show nothing."""
    symbols = subprocess.run(["nm", library("golookups/moved")], capture_output=True, text=True, check=True).stdout
    assert " net.confVal\n" in symbols and " net.confOnce\n" in symbols
    none = subprocess.run(["nm", library("golookups/stripped")], capture_output=True, text=True, check=False)
    assert "no symbols" in none.stderr
