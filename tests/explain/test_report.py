"""What explain says: of rules, zones and questions; in a terminal, in a pipe, as JSON."""

import json
import re

import pytest

from bridgehost import make_config
from clibox import Shown, checked_json, run

RULES = """\
# what the box may reach
github.com
iapi.sample.com   # ours
*.example.org
10.0.0.0/8

GitHub.com.
db
http://x.example/path
192.0.2.9:443
port.sample.com:8443
"""
ANSWERS = """\
github.com 192.0.2.1
iapi.sample.com 192.0.2.2 192.0.2.20   # two
example.org 192.0.2.3
db 192.0.2.4
port.sample.com 192.0.2.5
"""
SECRET = "t0p-s3cret-value"


@pytest.fixture
def files(tmp_path):
    """(rules, answers), paths."""
    (tmp_path / "rules").write_text(RULES)
    (tmp_path / "answers").write_text(ANSWERS)
    return tmp_path / "rules", tmp_path / "answers"


def text_of(path, answers, *words, **options):
    result = run("explain", path, "--answers", answers, *words, **options)
    assert result.returncode == 0, result.stderr
    return result.stdout


def by_name(report):
    return {query["name"]: query for query in report["queries"]}


# ---- rules ----


def test_each_rule_as_understood(explain):
    report = explain(RULES.splitlines(), answers=dict(line.split(" ", 1) for line in ANSWERS.splitlines()))
    rules = {rule["rule"]: rule for rule in report["rules"]}
    kinds = {name: rule["kind"] for name, rule in rules.items()}
    assert kinds == {
        "github.com": "host",
        "iapi.sample.com": "host",
        "*.example.org": "wildcard",
        "10.0.0.0/8": "address",
        "GitHub.com.": "host",
        "db": "host",
        "http://x.example/path": "bad",
        "192.0.2.9:443": "address",
        "port.sample.com:8443": "host",
    }
    assert rules["iapi.sample.com"]["addresses"] == ["192.0.2.2", "192.0.2.20"]
    assert 'write the host name alone: "x.example"' in rules["http://x.example/path"]["problem"]

    def noted(name, part):
        return any(part in note for note in rules[name]["notes"])

    assert noted("iapi.sample.com", "first address only")
    assert noted("GitHub.com.", "ends in a dot")
    assert noted("GitHub.com.", "upper case")
    assert noted("GitHub.com.", "same as a rule before it")
    assert noted("db", "single label")
    assert noted("192.0.2.9:443", "takes it for a host name")
    assert noted("port.sample.com:8443", "port is ignored")
    assert rules["github.com"]["notes"] == rules["10.0.0.0/8"]["notes"] == []
    assert report["repair"]["verdict"] == "refused" and "http://x.example" in report["repair"]["refusal"]


FAILURES = {
    "gone.example": ("nxdomain", "no such host"),
    "six.example": ("ipv6-only", "only IPv6 addresses"),
    "sixes.example": ("2001:db8::1", "only IPv6 addresses"),
    "dead.example": ("fails", "no answer after 4 attempts"),
    "denied.example": ("0.0.0.0", "0.0.0.0"),
}


@pytest.mark.parametrize("host", FAILURES)
def test_a_host_without_address(explain, host):
    word, cause = FAILURES[host]
    report = explain([host, "github.com"], answers={host: word, "github.com": "192.0.2.1"})
    assert cause in report["rules"][0]["failure"] and report["rules"][0]["addresses"] == []
    assert report["repair"]["verdict"] == "refused" and cause in report["repair"]["refusal"]
    query = by_name(report)[host]
    assert query["with_repair"] is None
    assert [outcome["told"] for outcome in query["without_repair"]] == ["sinkhole"]
    assert by_name(report)["github.com"]["without_repair"][0]["address"] == "192.0.2.1"


def test_a_host_that_the_file_lacks_does_not_exist(explain):
    report = explain(["github.com"], answers={})
    assert "does not exist" in report["rules"][0]["failure"]
    assert 'resolve "github.com"' in report["repair"]["refusal"]


def test_settings_count_and_the_switch_does_not(explain):
    rules, answers = ["*.gone.example", "github.com"], {"github.com": "192.0.2.1"}
    assert explain(rules, answers=answers)["repair"]["verdict"] == "refused"
    lenient = explain(rules, answers=answers, BOXLITE_ALLOWNET_WILDCARD="lenient")
    assert by_name(lenient)["www.gone.example"]["with_repair"][0]["told"] == "nxdomain"
    for mode in ("off", "observe"):
        report = explain(["github.com"], answers=answers, BOXLITE_ALLOWNET=mode)
        assert report["repair"]["verdict"] == "rewritten"
    bad = explain(["github.com"], answers=answers, BOXLITE_ALLOWNET_ATTEMPTS="99")
    assert "BOXLITE_ALLOWNET_ATTEMPTS" in bad["repair"]["refusal"]


# ---- zones and questions ----


def test_the_zone_that_hides_a_name_is_named(explain):
    report = explain(
        ["github.com", "iapi.sample.com"],
        answers={"github.com": "192.0.2.1", "iapi.sample.com": "192.0.2.2"},
    )
    hidden, shown = by_name(report)["iapi.sample.com"]["without_repair"]
    assert (hidden["told"], hidden["zone"], hidden["hides"]) == ("sinkhole", "com.", "sample.com.")
    assert "com. (of github.com) comes first and hides sample.com." in hidden["why"]
    assert (shown["address"], shown["zone"], shown["hides"]) == ("192.0.2.2", "sample.com.", None)
    assert by_name(report)["iapi.sample.com"]["depends_on_order"]
    (repaired,) = by_name(report)["iapi.sample.com"]["with_repair"]
    assert repaired["address"] == "192.0.2.2"
    assert not by_name(report)["github.com"]["depends_on_order"]


def test_questions_by_default(explain):
    rules = ["github.com", "GITHUB.com", "*.example.org", "www.example.org", "10.0.0.0/8", "*.example"]
    answers = {name: "192.0.2.1" for name in ("github.com", "example.org", "www.example.org", "example")}
    names = list(by_name(explain(rules, answers=answers)))
    assert names == [
        "github.com", "GITHUB.com", "any.example.org", "www.example.org", "www.example", "unlisted.test",
    ]  # fmt: skip


def test_questions_that_are_asked_for(explain):
    report = explain(
        ["github.com"], "--query", "A.example.", "--query", "github.com", answers={"github.com": "192.0.2.1"}
    )
    assert list(by_name(report)) == ["A.example", "github.com"]


def test_why_a_spelling_gets_nothing(explain):
    answers = {"github.com": "192.0.2.1", "db": "192.0.2.2", "site.net": "192.0.2.3"}
    report = explain(["GitHub.com", "db", "site.net."], answers=answers)
    whys = {name: query["without_repair"][0]["why"] for name, query in by_name(report).items()}
    assert "spelt GitHub.com" in whys["github.com"]
    assert "zone db. of it" in whys["db"]
    assert "keeps the dot" in whys["site.net"]
    assert {query["with_repair"][0]["told"] for query in report["queries"][:-1]} == {"address"}


def test_configured_zones_come_first(explain, tmp_path):
    zones = [{"name": "sample.com.", "records": [{"name": "x", "ip": "192.0.2.7"}], "default_ip": ""}]
    config = make_config(tmp_path / "s", ["iapi.sample.com", "host.boxlite.internal"])
    config["dns_zones"] += zones
    report = explain(config, answers={"iapi.sample.com": "192.0.2.2"})
    assert report["taken_for"] == "config"
    (without,) = by_name(report)["iapi.sample.com"]["without_repair"]
    # There is no such name in the zone that comes first, and libc looks for it below localdomain.
    assert (without["told"], without["zone"], without["hides"]) == ("sinkhole", "", None)
    assert without["asked"] == "iapi.sample.com.localdomain"
    assert "no such name" in without["why"]
    assert by_name(report)["host.boxlite.internal"]["with_repair"][0]["address"] == "192.168.127.254"
    origins = [zone["origin"] for zone in report["zones"]["without_repair"]]
    assert origins == ["configured", "configured", "rule", "catch-all"]


# ---- what it is taken for ----


def spec(key):
    return {
        "engine": "libkrun",
        key: {"allow_net": ["github.com"], "secrets": [{"name": "k", "value": SECRET}]},
    }


CONFIG = {
    **make_config("/tmp/box/net.sock", ["github.com"]),
    "secrets": [{"name": "k", "hosts": ["github.com"], "placeholder": SECRET, "value": SECRET}],
    "ca_key_pem": SECRET,
}


@pytest.mark.parametrize(
    "document, kind",
    [
        ("github.com\n", "list"),
        ('["github.com"]', "list"),
        (json.dumps(CONFIG), "config"),
        (json.dumps(spec("network_config")), "spec"),
        (json.dumps(spec("network_backend_spec")), "spec"),
    ],
)
def test_it_tells_what_it_was_given_and_no_secret(files, document, kind):
    words = ["explain", "-", "--answers", files[1]]
    result = run(*words, "--json", input=document)
    assert checked_json(result.stdout, "explain")["taken_for"] == kind
    text = run(*words, input=document)
    assert text.stdout.startswith(f"standard input: a{'n Instance' if kind == 'spec' else ' '}")
    for output in (result.stdout, result.stderr, text.stdout, text.stderr):
        assert SECRET not in output
    assert "github.com" in text.stdout and "192.0.2.1" in text.stdout


def test_a_list_and_a_spec_are_explained_alike(explain):
    answers = {"github.com": "192.0.2.1"}
    reports = [
        explain(config, answers=answers) for config in (["github.com"], spec("network_config"), CONFIG)
    ]
    for report in reports:
        report.pop("taken_for")
    assert reports[0] == reports[1] == reports[2]


# ---- for a person ----

COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def too_wide(text, columns):
    return [line for line in text.splitlines() if len(line) > columns]


@pytest.mark.parametrize("columns", [80, 160])
def test_no_line_is_wider_than_the_terminal(files, columns):
    shown = Shown("explain", files[0], "--answers", files[1], columns=columns)
    assert shown.status == 0
    assert COLOUR.search(shown.raw)
    assert not too_wide(shown.text, columns)
    assert columns == 80 or shown.widest > 80
    print("\n" + shown.text)


def test_a_narrow_terminal_has_it_all_too(files):
    narrow = Shown("explain", files[0], "--answers", files[1], columns=50).text
    wide = Shown("explain", files[0], "--answers", files[1], columns=200).text
    assert sorted(narrow.split()) == sorted(wide.split())


def test_colour_is_for_terminals_that_want_it(files):
    path, answers = files
    plain = text_of(path, answers)
    assert not COLOUR.search(plain) and not too_wide(plain, 80)
    unwanted = Shown("explain", path, "--answers", answers, NO_COLOR="1")
    assert not COLOUR.search(unwanted.raw)
    coloured = Shown("explain", path, "--answers", answers)
    assert coloured.text == unwanted.text == plain


def test_wrong_answers_are_red_and_right_ones_green(tmp_path, files):
    path = tmp_path / "two"
    path.write_text("github.com\niapi.sample.com\n")
    raw = Shown("explain", path, "--answers", files[1], "--query", "iapi.sample.com").raw
    assert re.search(r"without +\x1b\[31m0\.0\.0\.0", raw)
    assert re.search(r"or +\x1b\[32m192\.0\.2\.2", raw)


def test_text_and_json_agree(files):
    path, answers = files
    good = "".join(line for line in RULES.splitlines(keepends=True) if "http" not in line)
    path.write_text(good)
    text = text_of(path, answers)
    report = checked_json(text_of(path, answers, "--json"), "explain")
    differing = 0
    for query in report["queries"]:
        block = re.search(rf"^  {re.escape(query['name'])}\n((?: {{4}}.*\n)+)", text, re.M).group(1)
        shown = re.findall(r"^ {4}(?:without|or|with) +(no address|\S+)", block, re.M)
        outcomes = query["without_repair"] + query["with_repair"]
        assert shown == [outcome["address"] or "no address" for outcome in outcomes]
        differing += set(shown[:-1]) != {shown[-1]}
    assert f"{differing} of {len(report['queries'])} names may be told something else" in text


def test_a_terminal_is_not_driven_by_what_is_read(tmp_path, files):
    config = make_config("/s", ["github.com", "a\x1b[2Jb"], dns_zones=[
        {"name": "\x1b]0;x\x07.", "records": [{"name": "\x9b2J\u202e", "ip": "192.0.2.7"}], "default_ip": ""},
    ])  # fmt: skip
    path = tmp_path / "config\x1b[2J"
    path.write_text(json.dumps(config))
    shown = Shown("explain", path, "--answers", files[1], NO_COLOR="1")
    assert shown.status == 0
    assert not re.search(r"[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f\u202e]", shown.raw)


def test_that_an_answer_depends_on_the_order_is_said(tmp_path, files):
    path = tmp_path / "two"
    path.write_text("github.com\niapi.sample.com\n")
    said = 'Where there is an "or"'
    assert said in text_of(path, files[1])
    assert said not in text_of(path, files[1], "--query", "github.com")


@pytest.mark.parametrize(
    "name, asked, without, repaired",
    [
        ("db", "db.localdomain", "sinkhole", "192.0.2.4"),
        ("nobody", "nobody.localdomain", "sinkhole", "0.0.0.0"),
        ("x.boxlite.internal", "x.boxlite.internal.localdomain", "sinkhole", None),
        ("www.gone.example", "www.gone.example", "no-address", None),
    ],
)
def test_a_guest_looks_names_up_with_its_search_list(explain, name, asked, without, repaired):
    report = explain(
        ["db", "*.gone.example"],
        "--query",
        name,
        answers={"db": "192.0.2.4"},
        BOXLITE_ALLOWNET_WILDCARD="lenient",
    )
    (unrepaired,) = by_name(report)[name]["without_repair"]
    assert (unrepaired["told"], unrepaired["asked"]) == (without, asked)
    assert ("looked up as" in unrepaired["why"]) == (asked != name)
    (outcome,) = by_name(report)[name]["with_repair"]
    assert (outcome["address"], outcome["asked"]) == (repaired, name)
