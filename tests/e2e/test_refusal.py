"""A create that cannot be repaired fails, says why, and leaves nothing behind."""

import pytest

SCRIPT = """
good.example answer 192.0.2.1
dead.example drop
six.example aaaa-only 2001:db8::1
none.example nxdomain
"""


def test_every_failing_host_is_named_in_one_text(dns, boxes):
    dns.set_script(SCRIPT)
    result = boxes().create(["good.example", "dead.example", "six.example", "none.example"])
    assert not result.created
    assert result.text == (
        'allowNet: resolve "dead.example": no answer after 4 attempts; '
        'resolve "six.example": only IPv6 addresses; the guest network is IPv4; '
        'resolve "none.example": no such host (NXDOMAIN) after 4 attempts'
    )


def test_an_ipv6_only_host_fails_at_once(dns, boxes, quiet_libc):
    dns.set_script(SCRIPT)
    result = boxes().create(["six.example"])
    assert result.text == (
        'allowNet: resolve "six.example": only IPv6 addresses; the guest network is IPv4'
    )
    assert dns.count("six.example", "A") == 1
    assert dns.count("six.example", "AAAA") == 1


def test_control_an_ipv6_only_host_is_sinkholed(dns, boxes):
    dns.set_script(SCRIPT)
    answers = boxes(repaired=False).answers(["six.example"], ["six.example"])
    assert answers == {"six.example": "A 0.0.0.0"}


def test_a_lost_a_answer_is_never_called_ipv6_only(dns, boxes):
    """A is lost, AAAA would be there: asking for both at once ends as success with IPv6 only."""
    dns.set_script("half.example drop\n")
    result = boxes(BOXLITE_ALLOWNET_ATTEMPTS="2").create(["half.example"])
    assert result.text == 'allowNet: resolve "half.example": no answer after 2 attempts'
    assert dns.count("half.example", "AAAA") == 0


def test_a_failed_create_leaves_nothing_behind(dns, boxes):
    dns.set_script(SCRIPT)
    repaired = boxes()
    made = repaired.create(["good.example"])  # whatever a bridge sets up once is there now
    repaired.host.destroy(made.handle)
    threads, descriptors, sockets = (
        repaired.host.threads(), repaired.host.fds(), repaired.sockets(),
    )
    for _ in range(20):
        assert not repaired.create(["six.example"]).created
    assert repaired.host.fds() == descriptors
    # Go starts and parks threads as it likes, though not one for each create.
    assert repaired.host.threads() < threads + 10
    assert repaired.sockets() == sockets == []


def test_the_text_is_freed_by_the_bridge(dns, boxes):
    """The host frees every text through gvproxy_free_string; a foreign block would abort it."""
    dns.set_script(SCRIPT)
    repaired = boxes(MALLOC_CHECK_="3", MALLOC_PERTURB_="165")
    for _ in range(50):
        assert not repaired.create(["six.example"]).created
    assert repaired.host.version()  # still alive


def test_a_one_argument_bridge_tells_log_and_stderr(dns, boxes):
    """Its caller has no place for a text; the second register points at a guard page."""
    dns.set_script(SCRIPT)
    repaired = boxes(variant="bridge-onearg")
    result = repaired.host.create_onearg(repaired.config(["six.example"]))
    assert not result.created and result.text == ""
    text = 'allowNet: resolve "six.example": only IPv6 addresses; the guest network is IPv4'
    repaired.host.close()
    assert f"log 4 {text}" in repaired.host.logs()
    assert f"boxlite-allownet: ERROR {text}" in repaired.host.logs()


def test_a_one_argument_bridge_is_repaired(dns, boxes):
    dns.set_script("github.com answer 192.0.2.1\niapi.sample.com answer 192.0.2.2\n")
    repaired = boxes(variant="bridge-onearg")
    for _ in range(20):
        answers = repaired.answers(["github.com", "iapi.sample.com"], ["iapi.sample.com"])
        assert answers == {"iapi.sample.com": "A 192.0.2.2"}


@pytest.mark.parametrize(
    "rule, part",
    [
        ("https://api.example.com/x", 'rule "https://api.example.com/x": is a URL'),
        ("api.*.example.com", '"*.example.com"'),
        ("two words.example", "space"),
        ("-x.example", "hyphen"),
        ("bücher.example", "ASCII"),
        ("a" * 64 + ".example", "63"),
        ("host.example:99999", "port"),
    ],
)
def test_a_bad_rule_is_named_with_its_reason(dns, boxes, rule, part):
    result = boxes().create(["good.example", rule])
    assert not result.created
    assert result.text.startswith("allowNet: rule ")
    assert part in result.text
    assert dns.queries() == []


def test_a_setting_that_is_wrong_is_named_with_its_range(dns, boxes):
    dns.set_script(SCRIPT)
    repaired = boxes(BOXLITE_ALLOWNET_ATTEMPTS="forty")
    assert repaired.create(["10.0.0.0/8"]).created
    result = repaired.create(["good.example"])
    assert result.text == (
        'allowNet: BOXLITE_ALLOWNET_ATTEMPTS="forty" is not a number from 1 to 10 (attempts)'
    )


def test_secrets_reach_no_log(dns, boxes, tmp_path):
    dns.set_script(SCRIPT)
    log = tmp_path / "repair.log"
    repaired = boxes(BOXLITE_ALLOWNET_LOG="trace", BOXLITE_ALLOWNET_LOG_FILE=str(log))
    secrets = [{"name": "k", "hosts": ["good.example"], "placeholder": "<K>", "value": "MARKER-1"}]
    for rules in ["good.example"], ["six.example"], ["a b"]:
        repaired.create(rules, secrets=secrets, ca_key_pem="MARKER-2")
    repaired.host.close()
    text = log.read_text() + "\n".join(repaired.host.logs())
    assert "good.example" in text
    assert "MARKER" not in text
