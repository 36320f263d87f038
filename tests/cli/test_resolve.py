"""`resolve`: what a create would do, told beforehand."""

import json
import os
import re
import signal
import subprocess

import pytest

from bridgehost import make_config
from clibox import COMMAND, PATIENCE_S, QUICK, checked_json, environment, run


def resolve(*words, status=0, input=None, **extra):
    result = run("resolve", *words, input=input, **{**QUICK, **extra})
    assert result.returncode == status, (result.stdout, result.stderr)
    return result


def document(*words, **options):
    return checked_json(resolve("--json", *words, **options).stdout, "resolve")


def hosts_of(document):
    return {host["name"]: host for host in document["hosts"]}


# ---- what becomes of a host ----

# {name: (script, outcome, cause)}
OUTCOMES = {
    "good.example": ("answer 192.0.2.1,192.0.2.2", "resolved", None),
    "late.example": ("servfail; servfail; answer 192.0.2.3", "resolved", None),
    "dead.example": ("drop", "no_answer", "no answer after 4 attempts"),
    "six.example": (
        "aaaa-only 2001:db8::1",
        "ipv6_only",
        "only IPv6 addresses; the guest network is IPv4",
    ),
    "none.example": ("nodata", "no_address", "no IPv4 address after 4 attempts"),
    "gone.example": ("nxdomain", "no_such_host", "no such host (NXDOMAIN) after 4 attempts"),
    "ill.example": ("servfail", "server_error", "server failure (SERVFAIL) after 4 attempts"),
    "shut.example": (
        "refused",
        "refused",
        "refused by the nameserver (REFUSED) after 4 attempts",
    ),
    "sink.example": (
        "sinkhole",
        "sinkholed",
        "answered 0.0.0.0 (sinkholed upstream) after 4 attempts",
    ),
}


@pytest.fixture
def outcomes(dns, quiet_libc):
    dns.set_script("".join(f"{name} {case[0]}\n" for name, case in OUTCOMES.items()))
    return dns


def test_every_outcome_for_a_program(outcomes):
    got = document(*OUTCOMES, status=1)
    assert got["verdict"] == "refused"
    assert got["nameservers"] == ["127.0.0.1:53"]
    hosts = hosts_of(got)
    assert list(hosts) == list(OUTCOMES)
    for name, (_, outcome, cause) in OUTCOMES.items():
        assert (hosts[name]["outcome"], hosts[name]["cause"]) == (outcome, cause), name
        assert hosts[name]["fatal"] == (outcome != "resolved")
        silent = outcome == "no_answer"
        assert hosts[name]["source"] == (None if silent else "127.0.0.1:53"), name
    assert hosts["good.example"]["addresses"] == ["192.0.2.1", "192.0.2.2"]
    assert hosts["good.example"]["attempts"] == 1
    assert hosts["late.example"]["attempts"] == 3
    assert hosts["six.example"]["attempts"] == 1
    assert hosts["dead.example"]["elapsed_ms"] >= 4 * 200 + 10 + 30 + 90
    assert all(host["elapsed_ms"] < PATIENCE_S * 1000 for host in hosts.values())


def test_every_outcome_for_a_person(outcomes):
    lines = resolve(*OUTCOMES, status=1, COLUMNS=200).stdout.splitlines()
    assert lines[0] == "Nameservers: 127.0.0.1:53 (/etc/resolv.conf)"
    shown = {line.split()[1]: line for line in lines if line.startswith(("ok ", "FAILED "))}
    assert set(shown) == set(OUTCOMES)
    assert re.fullmatch(
        r"ok      good\.example  1 attempt, \d+ ms, 127\.0\.0\.1:53: 192\.0\.2\.1, 192\.0\.2\.2",
        shown["good.example"],
    )
    assert re.fullmatch(
        r"FAILED  dead\.example  4 attempts, \d+(\.\d s| ms): no answer", shown["dead.example"]
    )
    text = " ".join(line.strip() for line in lines)
    assert "The create would be refused: allowNet: resolve" in text
    for name, (_, outcome, cause) in OUTCOMES.items():
        if outcome != "resolved":
            assert f'resolve "{name}": {cause}' in text


def test_a_line_is_written_when_the_host_is_settled(dns):
    """Without a terminal as well: who reads a log sees how far it is."""
    dns.set_script("good.example answer 192.0.2.1\nlast.example drop; answer 192.0.2.2\n")
    process = subprocess.Popen(
        [COMMAND, "resolve", "last.example", "good.example"],
        env=environment(BOXLITE_ALLOWNET_TIMEOUT_MS=30000, BOXLITE_ALLOWNET_BUDGET_MS=0),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline().startswith("Nameservers:")
    assert "good.example" in process.stdout.readline()
    process.send_signal(signal.SIGTERM)
    assert "last.example" in process.stdout.read()
    assert process.wait(PATIENCE_S) == -signal.SIGTERM
    process.stdout.close()


def test_no_answer_is_a_refusal_with_the_text_of_a_create(outcomes):
    got = document("dead.example", "*.six.example", status=1)
    assert got["refusal"] == (
        'allowNet: resolve "dead.example": no answer after 4 attempts; resolve "six.example" (the '
        "domain of a wildcard): only IPv6 addresses; the guest network is IPv4 (list the names below "
        "it, or set BOXLITE_ALLOWNET_WILDCARD=lenient)"
    )


# ---- rules ----


def test_hosts_are_rules(outcomes):
    got = document("GOOD.Example:8443", "*.good.example", "10.0.0.0/8", "192.0.2.7:443")
    assert [host["name"] for host in got["hosts"]] == ["good.example"]
    assert outcomes.count("good.example") == 1


@pytest.mark.parametrize("rule, reason", [("http://a.example", "is a URL"), ("*", "*"), ("a b", " ")])
def test_a_rule_that_a_create_refuses(dns, rule, reason):
    got = document(rule, status=1)
    assert got["verdict"] == "refused" and f'rule "{rule}"' in got["refusal"]
    assert reason in got["refusal"]
    assert got["hosts"] == [] and got["nameservers"] == []
    assert dns.queries() == []


def test_without_a_host_name_nothing_is_looked_up(dns):
    assert document("10.0.0.0/8", "192.0.2.1")["verdict"] == "unconcerned"
    assert resolve("10.0.0.1").stdout == "No rule names a host: nothing is to be looked up.\n"
    assert dns.queries() == []


def test_the_boxs_own_name_is_not_looked_up(outcomes):
    got = hosts_of(document("host.boxlite.internal", "good.example"))
    assert got["host.boxlite.internal"]["outcome"] == "configured"
    assert got["host.boxlite.internal"]["addresses"] == ["192.168.127.254"]
    assert [query.name for query in outcomes.queries()] == ["good.example"]
    assert document("host.boxlite.internal")["verdict"] == "created"
    assert "dns_zones has it: 192.168.127.254" in resolve("host.boxlite.internal").stdout


def test_a_name_without_a_dot(dns, etc):
    dns.set_script("db.corp.example answer 192.0.2.5\n")
    etc("resolv.conf", "nameserver 127.0.0.1\nsearch corp.example\n")
    assert hosts_of(document("db"))["db"]["addresses"] == ["192.0.2.5"]


# ---- configurations ----

RULES = ["good.example", "late.example", "10.0.0.0/8"]


def bridge_config(tmp_path):
    return json.dumps(make_config(tmp_path / "s", RULES))


def spec(key):
    return json.dumps({"engine": "Libkrun", "box_id": "b", key: {"allow_net": RULES}})


FORMS = {
    "config": bridge_config,
    "spec-0.9": lambda _: spec("network_config"),
    "spec-0.10": lambda _: spec("network_backend_spec"),
    "array": lambda _: json.dumps(RULES),
    "list": lambda _: "# rules\n\n good.example  # a comment\r\nlate.example\n10.0.0.0/8",
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("source", ["file", "standard input"])
def test_every_form_of_configuration(outcomes, tmp_path, form, source):
    text = FORMS[form](tmp_path)
    (tmp_path / "file").write_text(text)
    if source == "file":
        got = document("--config", tmp_path / "file")
    else:
        got = document("--config=-", input=text)
    assert got["verdict"] == "created"
    assert list(hosts_of(got)) == ["good.example", "late.example"]


def test_a_configuration_is_judged_as_a_create_would(dns, tmp_path):
    """0.8.x, whose bridge puts its own zones first."""
    config = make_config(tmp_path / "s", ["*.good.example"], host_ip=None)
    got = document("--config", "-", input=json.dumps(config), status=1)
    assert "boxlite 0.8.x cannot serve these rules" in got["refusal"]
    twice = '{"host_ip":"1.2.3.4","allow_net":["a.example"],"allow_net":["b.example"]}'
    got = document("--config", "-", input=twice, status=1)
    assert 'the configuration gives "allow_net" twice' in got["refusal"]
    assert dns.queries() == []


def test_a_configured_record_that_is_no_address(dns, tmp_path):
    zones = [{"name": "corp.", "records": [{"name": "db", "ip": "::1"}], "default_ip": ""}]
    config = make_config(tmp_path / "s", ["db.corp"], dns_zones=zones)
    got = document("--config", "-", input=json.dumps(config), status=1)
    assert hosts_of(got)["db.corp"]["fatal"]


@pytest.mark.parametrize("rule", ["null", "true", "db"])
def test_a_list_of_one_rule_that_could_be_json(dns, rule):
    dns.set_script("default nxdomain\n")
    assert list(hosts_of(document("--config", "-", input=rule, status=1))) == [rule]


def test_an_empty_list(dns):
    assert document("--config", "-", input="# nothing\n")["verdict"] == "unconcerned"


@pytest.mark.parametrize(
    "input, text",
    [
        ("{", "neither a configuration of the bridge, an InstanceSpec, nor a list of rules"),
        ('{"network_config":{"allow_net":"a.example"}}', "neither a configuration"),
        ('["a.example", 1]', "standard input is neither"),
        (
            '{"host_ip":"1.2.3.4","allow_net":["a.example"],"dns_zones":7}',
            "standard input has a value of a type that the bridge does not take",
        ),
    ],
)
def test_a_configuration_that_is_none(input, text):
    result = resolve("--config", "-", input=input, status=125)
    assert text in result.stderr and result.stdout == ""


def test_a_configuration_that_cannot_be_read(tmp_path):
    result = resolve("--config", tmp_path / "none", status=125)
    assert result.stderr == (
        f"boxlite-allownet resolve: cannot read {tmp_path}/none: No such file or directory\n"
    )
    assert "Is a directory" in resolve("--config", tmp_path, status=125).stderr


def test_secrets_are_not_shown(outcomes, tmp_path):
    config = make_config(tmp_path / "s", ["good.example", "gone.example"])
    config["secrets"] = [{"name": "k", "value": "hush-hush", "hosts": [], "placeholder": "p"}]
    for option in ([], ["--json"]):
        result = resolve(*option, "--config", "-", input=json.dumps(config), status=1)
        assert "hush" not in result.stdout + result.stderr


# ---- settings ----


def test_settings_are_those_of_a_create(outcomes):
    hosts = hosts_of(document("ill.example", status=1, BOXLITE_ALLOWNET_ATTEMPTS=2))
    assert hosts["ill.example"]["attempts"] == 2
    assert outcomes.count("ill.example") == 2


def test_a_bad_setting_is_no_verdict(dns):
    result = resolve("good.example", status=125, BOXLITE_ALLOWNET_ATTEMPTS=11)
    assert 'BOXLITE_ALLOWNET_ATTEMPTS="11" is not a number from 1 to 10' in result.stderr
    assert result.stdout == "" and dns.queries() == []


@pytest.mark.parametrize(
    "name, value, doubt",
    [
        ("ALLOWNET_ATEMPTS", 2, "ALLOWNET_ATEMPTS; BOXLITE_ALLOWNET_ATTEMPTS may be meant"),
        ("ALOWNET", "off", "ALOWNET; BOXLITE_ALLOWNET may be meant"),
        ("ALLOWNETS_WINDOWS", 9, "ALLOWNETS_WINDOWS; BOXLITE_ALLOWNET_WINDOW may be meant"),
        ("RUNTIMEDIR", "/x", "RUNTIMEDIR; BOXLITE_RUNTIME_DIR may be meant"),
    ],
)
def test_a_setting_that_does_not_exist(outcomes, name, value, doubt):
    result = resolve("good.example", **{f"BOXLITE_{name}": value})
    assert result.stderr == (
        f"boxlite-allownet resolve: warning: there is no setting BOXLITE_{doubt}\n"
    )


def test_more_time_than_boxlite_has_is_doubted(outcomes):
    assert "boxlite gives a box up after 30000 ms" in resolve(
        "good.example", BOXLITE_ALLOWNET_BUDGET_MS=60000
    ).stderr
    assert resolve("good.example", BOXLITE_ALLOWNET_BUDGET_MS=29000).stderr == ""


def test_a_bad_rule_does_not_hide_the_hosts(outcomes):
    """Whoever mends it wants to know the rest as well."""
    words = ["regexp:x", "good.example", "[*.]good.example", "gone.example"]
    told = resolve(*words, status=1).stdout
    assert "\nok      good.example " in told and "\nFAILED  gone.example " in told
    refusal = " ".join(told[told.index("The create would be refused") :].split())
    assert 'rule "regexp:x": is a pattern' in refusal
    assert 'write "good.example", or "*.good.example" for the names below it' in refusal
    got = document(*words, status=1)
    assert got["verdict"] == "refused"
    assert hosts_of(got)["good.example"]["addresses"]


def test_what_is_asked_for_a_wildcard_is_told(outcomes):
    told = resolve("*.good.example").stdout
    assert (
        "For *.good.example, good.example is looked up: its address answers the names"
        in " ".join(told.split())
    )
    assert "is looked up:" not in resolve("good.example").stdout


@pytest.mark.parametrize("words", [[""], ["good.example", ""], ["--config", ""]])
def test_an_empty_word_is_no_host(dns, words):
    """As of an unset variable of a script: no rule at all would be well."""
    result = resolve(*words, status=125)
    assert result.stderr.startswith("boxlite-allownet resolve: an argument is empty\n")
    assert result.stdout == "" and dns.queries() == []


@pytest.mark.parametrize("mode", ["off", "observe"])
def test_the_switch_does_not_matter(outcomes, mode):
    assert document("gone.example", status=1, BOXLITE_ALLOWNET=mode)["verdict"] == "refused"
    told = resolve("gone.example", status=1, BOXLITE_ALLOWNET=mode).stderr
    assert f"BOXLITE_ALLOWNET={mode} is set, so no create is refused" in told


def test_nameservers_of_the_settings(dns):
    dns.set_script("@127.0.0.2 good.example answer 192.0.2.1\n")
    servers = "127.0.0.2,127.0.0.1:53"
    got = document("good.example", BOXLITE_ALLOWNET_SERVERS=servers)
    assert got["nameservers"] == ["127.0.0.2:53", "127.0.0.1:53"]
    assert got["hosts"][0]["source"] == "127.0.0.2:53"
    text = resolve("good.example", BOXLITE_ALLOWNET_SERVERS=servers).stdout
    assert "Nameservers: 127.0.0.2:53, 127.0.0.1:53 (BOXLITE_ALLOWNET_SERVERS)\n" in text


def test_the_second_nameserver_is_named_when_it_answers(dns, etc):
    etc("resolv.conf", "nameserver 127.0.0.1\nnameserver 127.0.0.2\n")
    dns.set_script("@127.0.0.1 default servfail\n@127.0.0.2 good.example answer 192.0.2.1\n")
    got = document("good.example")
    assert got["hosts"][0]["source"] == "127.0.0.2:53"


def test_the_hosts_file_is_named(dns, etc):
    etc("hosts", "192.0.2.6 intern.example\n")
    assert document("intern.example")["hosts"][0]["source"] == "/etc/hosts"
    assert dns.queries() == []


def test_no_nameserver_at_all(etc):
    etc("resolv.conf", "")
    text = resolve("good.example", status=1).stdout
    assert "Nameservers: 127.0.0.1:53, [::1]:53 (no nameserver is named in /etc/resolv.conf)\n" in text


def test_a_lenient_wildcard_is_no_failure(outcomes):
    lenient = {"BOXLITE_ALLOWNET_WILDCARD": "lenient"}
    without = ["*.gone.example", "*.none.example", "*.six.example"]
    got = document(*without, "good.example", **lenient)
    assert got["verdict"] == "created"
    assert not any(host["fatal"] for host in got["hosts"])
    text = " ".join(resolve("*.gone.example", "good.example", **lenient).stdout.split())
    assert "lenient lets a wildcard's domain without address pass" in text
    others = ["*.dead.example", "ill.example", "unknown.example"]
    got = document(*without, *others, status=1, **lenient)
    fatal = {host["name"] for host in got["hosts"] if host["fatal"]}
    assert fatal == {"dead.example", "ill.example", "unknown.example"}


def test_the_budget_is_named(outcomes):
    text = resolve("dead.example", status=1, BOXLITE_ALLOWNET_BUDGET_MS=300).stdout
    assert "no answer: the budget of time was used up" in " ".join(text.split())


def test_no_log_is_written(outcomes, tmp_path):
    result = resolve("good.example", BOXLITE_ALLOWNET_LOG_FILE=tmp_path / "log")
    assert result.stderr == "" and os.listdir(tmp_path) == []


# ---- signals ----


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("option", [[], ["--json"]])
def test_a_signal_ends_it_at_once(dns, number, option):
    dns.set_script("default drop\n")
    process = subprocess.Popen(
        [COMMAND, "resolve", *option, "dead.example"],
        env=environment(BOXLITE_ALLOWNET_TIMEOUT_MS=30000, BOXLITE_ALLOWNET_BUDGET_MS=0),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    dns.wait_for_query("dead.example")
    process.send_signal(number)
    _, errors = process.communicate(timeout=300)
    assert process.returncode == -number
    assert errors == b""
