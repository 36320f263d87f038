"""Faults 1 and 2: one lookup without retry or deadline; a host that failed is skipped silently."""

import pytest

FLAKY = "flaky.example drop ; drop ; answer 192.0.2.7\n"


def test_control_one_lost_answer_is_not_made_up_for(dns, boxes, etc):
    # libc and Go ask again by themselves inside one lookup; a server failure ends it at once.
    dns.set_script("flaky.example servfail ; servfail ; servfail ; servfail ; answer 192.0.2.7\n")
    etc("resolv.conf", "nameserver 127.0.0.1\noptions attempts:1 timeout:1\n")
    unrepaired = boxes(repaired=False)
    assert unrepaired.answers(["flaky.example"], ["flaky.example"]) == {
        "flaky.example": "A 0.0.0.0"
    }


def test_a_transient_failure_is_retried_and_recovers(dns, boxes, quiet_libc):
    dns.set_script(FLAKY)
    repaired = boxes()
    assert repaired.answers(["flaky.example"], ["flaky.example"]) == {
        "flaky.example": "A 192.0.2.7"
    }
    repaired.host.close()
    lines = [line for line in repaired.host.logs() if "hostname=flaky.example" in line]
    assert lines[0] == (
        "log 3 allowNet: DNS resolution failed, will retry hostname=flaky.example attempt=1 "
        'next_delay=10ms error="no answer"'
    )
    assert lines[1] == (
        "log 3 allowNet: DNS resolution failed, will retry hostname=flaky.example attempt=2 "
        'next_delay=30ms error="no answer"'
    )
    assert lines[2] == (
        "log 2 allowNet: DNS resolution succeeded after retry hostname=flaky.example attempt=3"
    )
    assert lines[3] == (
        "log 2 allowNet: host resolved hostname=flaky.example v4_count=1 v4_ips=192.0.2.7"
    )


def test_create_fails_after_the_last_attempt(dns, boxes, quiet_libc):
    dns.set_script("dead.example drop\n")
    repaired = boxes()
    result = repaired.create(["dead.example"])
    assert not result.created
    assert result.text == 'allowNet: resolve "dead.example": no answer after 4 attempts'
    assert dns.count("dead.example") == 4


def test_each_attempt_keeps_its_deadline(dns, boxes, quiet_libc):
    # An answer that comes after the deadline of the last attempt is no answer.
    dns.set_script("late.example delay 5000 answer 192.0.2.1\n")
    result = boxes(BOXLITE_ALLOWNET_ATTEMPTS="2").create(["late.example"])
    assert result.text == 'allowNet: resolve "late.example": no answer after 2 attempts'
    assert result.ms >= 2 * 300 + 10
    assert dns.count("late.example") == 2


def test_an_answer_counts_after_the_deadline_of_its_attempt(dns, boxes, quiet_libc):
    dns.set_script("late.example delay 700 answer 192.0.2.1 ; drop\n")
    repaired = boxes(BOXLITE_ALLOWNET_BACKOFF_MS="500")
    assert repaired.create(["late.example"]).created


@pytest.mark.parametrize("position", [0, 1, 2])
def test_one_bad_host_among_three_fails_the_whole_and_is_named(dns, boxes, position):
    dns.set_script("good1.example answer 192.0.2.1\ngood2.example answer 192.0.2.2\ndead.example drop\n")
    rules = ["good1.example", "good2.example"]
    rules.insert(position, "dead.example")
    result = boxes().create(rules)
    assert not result.created
    assert result.text == 'allowNet: resolve "dead.example": no answer after 4 attempts'


def test_control_a_failing_host_is_skipped_and_the_box_starts(dns, boxes):
    dns.set_script("good.example answer 192.0.2.1\n")
    unrepaired = boxes(repaired=False)
    answers = unrepaired.answers(["good.example", "gone.example"], ["gone.example"])
    assert answers == {"gone.example": "A 0.0.0.0"}


def test_ten_dead_hosts_share_one_schedule(dns, boxes):
    """With the defaults: 4 attempts of 2 s and 1.3 s of pauses, for all ten together."""
    dns.set_script("default drop\n")
    defaults = {"BOXLITE_ALLOWNET_TIMEOUT_MS": "2000", "BOXLITE_ALLOWNET_BACKOFF_MS": "100"}
    hosts = [f"dead{i}.example" for i in range(10)]
    result = boxes(**defaults).create(hosts)
    assert not result.created
    for host in hosts:
        assert f'resolve "{host}": no answer after 4 attempts' in result.text
    assert 9300 <= result.ms < 2 * 9300  # ten schedules one after the other take 93 s


def test_the_budget_ends_it_all(dns, boxes):
    dns.set_script("default drop\n")
    result = boxes(
        BOXLITE_ALLOWNET_BUDGET_MS="500", BOXLITE_ALLOWNET_WINDOW="1", BOXLITE_ALLOWNET_ATTEMPTS="1"
    ).create(["a.example", "b.example", "c.example"])
    assert 'resolve "a.example": no answer after 1 attempt' in result.text
    assert 'resolve "c.example": budget of 0.5 s used up' in result.text
    assert 500 <= result.ms < 5000


def test_the_resolver_configuration_is_read_anew_for_each_attempt(dns, boxes, etc):
    """A VPN that comes up in between brings its own nameserver."""
    dns.set_script("vpn.example answer 192.0.2.9\n")
    etc("resolv.conf", "nameserver 127.0.0.99\n")
    repaired = boxes(BOXLITE_ALLOWNET_BACKOFF_MS="500")
    config = repaired.config(["vpn.example"])
    repaired.host.create_start(config)
    repaired.host.wait_log("will retry hostname=vpn.example")
    etc("resolv.conf", "nameserver 127.0.0.1\n")
    assert repaired.host.create_finish().created


def test_every_nameserver_has_its_turn_inside_an_attempt(dns, boxes, etc):
    # The first one takes questions and never answers, the second is closed.
    dns.set_script("a.example answer 192.0.2.1\n@127.0.0.2 default drop\n")
    etc("resolv.conf", "nameserver 127.0.0.2\nnameserver 127.0.0.3\nnameserver 127.0.0.1\n")
    repaired = boxes(BOXLITE_ALLOWNET_ATTEMPTS="1", BOXLITE_ALLOWNET_TIMEOUT_MS="3000")
    assert repaired.answers(["a.example"], ["a.example"]) == {"a.example": "A 192.0.2.1"}
