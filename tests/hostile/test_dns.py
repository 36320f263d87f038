"""DNS that lies, stalls or changes. tests/e2e/test_dns_faults.py has the single faults that end in one
outcome (wrong id, wrong question, search domains); here is what must never be pinned, and what must
end in time."""

import threading

import pytest

TRUE, FALSE = "192.0.2.1", "192.0.2.66"


@pytest.mark.parametrize("lie", ["wrong-source", "wrong-id", "wrong-question"])
def test_a_lie_is_not_pinned_though_it_comes_first(dns, box, lie):
    """The false answer is there at once, the true one of the same question 100 ms later from the
    second nameserver: its turn comes after half an attempt."""
    dns.set_script(
        f"@127.0.0.1 host.example {lie} answer {FALSE}\n@127.0.0.2 host.example answer {TRUE}\n"
    )
    one = box(BOXLITE_ALLOWNET_SERVERS="127.0.0.1,127.0.0.2")
    assert one.create(["host.example"]).created
    assert one.pins() == {"host.example": [TRUE]}


@pytest.mark.parametrize("lie", ["wrong-source", "wrong-id", "wrong-question"])
def test_lies_alone_are_a_refusal(dns, box, lie):
    dns.set_script(f"host.example {lie} answer {FALSE}\n")
    one = box()
    result = one.create(["host.example"])
    assert result.text == 'allowNet: resolve "host.example": no answer after 4 attempts'
    assert one.pins() == {}


@pytest.mark.parametrize(
    "lie", ["wrong-id answer", "wrong-question answer", "garbage", "garbage-answer", "empty-datagram"]
)
def test_a_lie_over_tcp_is_not_pinned(dns, box, lie):
    answer = f"{lie} {FALSE}" if lie.endswith(" answer") else lie
    dns.set_script(f"host.example truncate {answer} ; answer {TRUE}\n")
    one = box()
    assert one.create(["host.example"]).created
    assert one.pins() == {"host.example": [TRUE]}


def test_control_the_lie_itself_would_be_pinned(dns, box):
    dns.set_script(f"host.example answer {FALSE}\n")
    one = box()
    assert one.create(["host.example"]).created
    assert one.pins() == {"host.example": [FALSE]}


def test_additional_records_are_not_pinned(dns, box):
    """They name a host that is on the list too, and add an address to the one that was asked for."""
    dns.set_script(f"host.example poison answer {TRUE}\npoisoned.example delay 100 answer 192.0.2.2\n")
    one = box()
    assert one.answers(
        ["host.example", "poisoned.example"], ["host.example.", "poisoned.example."]
    ) == {"host.example.": f"A {TRUE}", "poisoned.example.": "A 192.0.2.2"}
    assert one.pins() == {"host.example": [TRUE], "poisoned.example": ["192.0.2.2"]}


SEARCHING = "nameserver 127.0.0.1\nsearch corp.example\noptions timeout:1 attempts:1\n"


@pytest.mark.parametrize("rule", ["host.example", "*.host.example"])
@pytest.mark.parametrize("script", ["nxdomain ; answer", "servfail ; answer", "drop ; drop ; answer"])
def test_a_search_domains_wildcard_does_not_stand_in_for_a_host_that_is_there(
    dns, box, etc, rule, script
):
    """Neither after a definite no nor after silence, nor by way of libc."""
    dns.set_script(f"*.corp.example answer {FALSE}\nhost.example {script} {TRUE}\n")
    etc("resolv.conf", SEARCHING)
    etc("nsswitch.conf", "hosts: files myhostname dns\n")
    one = box()
    assert one.create([rule]).created
    assert one.pins() == {"host.example": [TRUE]}


@pytest.mark.parametrize("rule", ["host.example", "*.host.example"])
def test_a_search_domains_wildcard_is_the_last_resort_and_told(dns, box, etc, rule):
    """As the unrepaired bridge does it."""
    dns.set_script(f"*.corp.example answer {FALSE}\nhost.example nxdomain\n")
    etc("resolv.conf", SEARCHING)
    one = box()
    assert one.create([rule]).created
    assert one.pins() == {"host.example": [FALSE]}
    one.host.close()
    assert any("full_name=host.example.corp.example" in line for line in one.host.logs())


def test_the_longest_chain_of_cnames_ends_in_an_address(dns, box):
    """3,600 names, as many as fit in one answer over TCP."""
    dns.set_script(f"host.example cname-many 3600 {TRUE}\n")
    one = box(BOXLITE_ALLOWNET_TIMEOUT_MS="2000")
    result = one.create(["host.example"])
    assert result.created, result.text
    assert one.pins() == {"host.example": [TRUE]}


def test_the_budget_ends_an_answer_that_dribbles(dns, box):
    """64 KiB at a byte a second would take 18 hours. Deadlines longer than the budget, so that it is
    the budget that ends it."""
    dns.set_script("host.example dribble 1000 many 4000 10.0.0.1\nother.example answer 192.0.2.1\n")
    one = box(BOXLITE_ALLOWNET_TIMEOUT_MS="30000", BOXLITE_ALLOWNET_BUDGET_MS="1500")
    result = one.create(["host.example", "other.example"])
    assert not result.created
    assert result.text.startswith('allowNet: resolve "host.example": ')
    assert result.text.endswith("then the budget of 1.5 s was used up")
    assert result.ms >= 1500
    assert dns.count("host.example") == 2  # the datagram, then TCP


def test_the_deadline_ends_it_before_the_budget(dns, box):
    dns.set_script(f"host.example dribble 1000 many 4000 10.0.0.1 ; answer {TRUE}\n")
    one = box()
    assert one.create(["host.example"]).created
    assert one.pins() == {"host.example": [TRUE]}


@pytest.mark.parametrize("dead", ["drop", "servfail", "refused", "garbage", "truncate-refuse"])
def test_nine_of_ten_nameservers_are_dead(dns, box, etc, dead):
    """libc looks at three. The last has its turn within the first attempt."""
    dns.set_script(f"default {dead}\n@127.0.0.10 host.example answer {TRUE}\n")
    etc("resolv.conf", "".join(f"nameserver 127.0.0.{number}\n" for number in range(1, 11)))
    one = box(BOXLITE_ALLOWNET_TIMEOUT_MS="1000", BOXLITE_ALLOWNET_ATTEMPTS="1")
    result = one.create(["host.example"])
    assert result.created, result.text
    assert one.pins() == {"host.example": [TRUE]}


def test_resolv_conf_is_rewritten_over_and_over(dns, box, etc):
    """Half written, empty, absent, garbage and good, while 40 hosts are resolved: an address, or a
    reason with the host's name; and once it is good, an address."""
    dns.set_script(f"default answer {TRUE}\n")
    one = box(BOXLITE_ALLOWNET_TIMEOUT_MS="100", BOXLITE_ALLOWNET_ATTEMPTS="10")
    states = ["", "nameserver", "nameserver 127.0.0.99\n", "\0" * 4096, "name" * 5000,
              "nameserver 999.1.1.1\nnameserver ::1%nowhere\n", "nameserver 127.0.0.1\n"]
    stop = threading.Event()

    def rewrite():
        while not stop.is_set():
            for state in states:
                etc("resolv.conf", state)

    rewriter = threading.Thread(target=rewrite)
    rewriter.start()
    try:
        rules = [f"h{number}.example" for number in range(40)]
        for _ in range(5):
            result = one.create(rules)
            assert result.created or result.text.startswith('allowNet: resolve "h')
    finally:
        stop.set()
        rewriter.join()
    assert one.create(rules).created
    assert all(pins == [TRUE] for pins in one.pins().values())


def test_a_nameserver_that_comes_up_in_mid_resolution_is_used(dns, box, etc, quiet_libc):
    dns.set_script(f"@127.0.0.1 host.example drop\n@127.0.0.2 host.example answer {TRUE}\n")
    one = box(BOXLITE_ALLOWNET_TIMEOUT_MS="1000")
    one.begin(["host.example"])
    dns.wait_for_query("host.example")
    etc("resolv.conf", "nameserver 127.0.0.2\n")
    assert one.host.create_finish().created
    assert one.pins() == {"host.example": [TRUE]}
    *first, last = [query.server for query in dns.queries() if query.type == "A"]
    assert set(first) == {"127.0.0.1:53"} and last == "127.0.0.2:53"
