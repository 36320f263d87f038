"""The bridge's own lookups: answered from what launch has learned, and kept off the network.

Without that they run after the plan, one by one and without a timeout, and may choose addresses
other than those the guest was told; and a static glibc may die of the host's NSS modules.
"""

import signal
import time

import pytest

from shimprocess import STARTED

# Go gives each nameserver 5 s, libc likewise.
DEAD_FIRST = "nameserver 127.0.0.9\nnameserver 127.0.0.1\n"
ANSWER = ["192.0.2.7"]


def host_names(count):
    return [f"h{number}.d{number}.example" for number in range(count)]


@pytest.mark.parametrize("count", [5, 10])
def test_a_dead_first_nameserver_costs_nothing(dns, etc, start_anywhere, count):
    hosts = host_names(count)
    dns.set_script("@127.0.0.2 default drop\ndefault answer 192.0.2.8\n")
    etc("resolv.conf", "nameserver 127.0.0.2\nnameserver 127.0.0.1\n")
    with start_anywhere(hosts, {host: ANSWER for host in hosts}) as box:
        assert box.wait_started(), box.stderr()
        assert box.ask(f"{host}." for host in hosts) == {f"{h}.": "A 192.0.2.7" for h in hosts}
    assert dns.queries() == []


def test_control_a_dead_first_nameserver_costs_seconds(dns, etc, start):
    dns.set_script("@127.0.0.2 default drop\ndefault answer 192.0.2.8\n")
    etc("resolv.conf", "nameserver 127.0.0.2\nnameserver 127.0.0.1\n")
    begun = time.monotonic()
    with start(["h.example"]) as box:
        assert box.wait_started(), box.stderr()
        assert time.monotonic() - begun > 4
    assert dns.queries() != []


def test_a_hundred_hosts_are_not_asked_for_one_by_one(dns, start_anywhere):
    hosts = host_names(100)
    dns.set_script("default delay 20 answer 192.0.2.8\n")
    with start_anywhere(hosts, {host: ANSWER for host in hosts}) as box:
        assert box.wait_started(), box.stderr()
        assert box.ask(["h99.d99.example"]) == {"h99.d99.example": "A 192.0.2.7"}
    assert dns.queries() == []


# What makes Go choose libc's resolver in a static program: {name: (nsswitch, resolv.conf, env)}.
LIBC = {
    "godebug": ("hosts: files dns\n", "", {"GODEBUG": "netdns=cgo"}),
    "resolve": ("hosts: files resolve [!UNAVAIL=return] dns\n", "", {}),
    "res_options": ("hosts: files dns\n", "", {"RES_OPTIONS": "rotate"}),
    "no-aaaa": ("hosts: files dns\n", "options no-aaaa\n", {}),
}


@pytest.fixture(params=LIBC)
def libc_environment(request, etc):
    nsswitch, options, env = LIBC[request.param]
    etc("nsswitch.conf", nsswitch)
    etc("resolv.conf", f"nameserver 127.0.0.1\n{options}")
    return env


def test_control_the_static_shim_dies_of_nss_modules(dns, start_anywhere, libc_environment):
    """Or cannot find them, in a jail without ld.so.cache, and then knows no host at all."""
    dns.set_script("default answer 192.0.2.8\n")
    with start_anywhere(["h.example"], env=libc_environment) as box:
        if box.wait_started():
            assert box.ask(["h.example"]) == {"h.example": "A 0.0.0.0"}
        else:
            # bubblewrap reports it as a shell does.
            assert box.wait_ended() in (-signal.SIGSEGV, 128 + signal.SIGSEGV)


def test_a_repaired_shim_does_not_touch_nss(dns, start_anywhere, libc_environment):
    dns.set_script("default answer 192.0.2.8\n")
    with start_anywhere(["h.example"], {"h.example": ANSWER}, env=libc_environment) as box:
        assert box.wait_started(), box.stderr()
        assert box.ask(["h.example"]) == {"h.example": "A 192.0.2.7"}
    assert dns.queries() == []


@pytest.mark.parametrize("rule", ["H.Example", "h.example.", "h.example:8443"])
def test_a_host_is_recognised_as_the_rule_spells_it(dns, start, rule):
    dns.set_script("default answer 192.0.2.8\n")
    with start([rule], {"h.example": ANSWER}) as box:
        assert box.wait_started(), box.stderr()
        assert box.ask(["h.example"]) == {"h.example": "A 192.0.2.7"}
    assert dns.queries() == []


def test_a_wildcard_without_address_is_not_looked_up_either(dns, start_anywhere):
    """The plan serves it without a pin; the bridge asks, and is told that there is no such host."""
    dns.set_script("default answer 192.0.2.8\n")
    settings = ["BOXLITE_ALLOWNET_WILDCARD=lenient", "BOXLITE_ALLOWNET_LOG=debug"]
    hosts = {"h.example": ANSWER, "none.example": 3}
    with start_anywhere(["h.example", "*.none.example"], hosts, settings=settings) as box:
        assert box.wait_started(), box.stderr()
        assert box.ask(["h.example", "www.none.example"]) == {
            "h.example": "A 192.0.2.7",
            "www.none.example": "NXDOMAIN",
        }
        box.wait_log('lookup without pin refused hostname="none.example"')
    assert dns.queries() == []


def test_a_configured_name_is_no_such_host_to_the_bridge(dns, start):
    """Its address would be one to which guests may connect: that of the host's own loopback."""
    rules = ["host.boxlite.internal", "h.example"]
    with start(rules, {"h.example": ANSWER}) as box:
        assert box.wait_started(), box.stderr()
        assert box.ask(["host.boxlite.internal", "h.example"]) == {
            "host.boxlite.internal": "A 192.168.127.254",
            "h.example": "A 192.0.2.7",
        }
        box.wait_log('lookup without pin refused hostname="host.boxlite.internal"')
    assert dns.queries() == []


def test_answers_survive_preemption_and_collection(dns, start):
    """Go moves stacks, stops its threads by SIGURG and sweeps its heap; the answers lie outside."""
    hosts = host_names(60)
    env = {"GOGC": "1", "GODEBUG": "clobberfree=1"}
    for _ in range(5):
        with start(hosts, {host: ANSWER * 3 for host in hosts}, env=env) as box:
            while not box.has_said(STARTED):
                box.interrupt()
            assert box.ask(f"{host}." for host in hosts) == {f"{h}.": "A 192.0.2.7" for h in hosts}
    assert dns.queries() == []


def test_lookups_that_are_not_the_bridges_reach_the_network(dns, start):
    """Behind create the resolver is Go's own again: the bridge forwards what is not an address."""
    dns.set_script("h.example answer 192.0.2.8\n")
    with start(["h.example"], {"h.example": ANSWER}) as box:
        assert box.wait_started(), box.stderr()
        assert dns.queries() == []
        box.ask(["h.example"], "TXT")
        assert dns.count("h.example", None) > 0


def test_observing_leaves_lookups_and_answers_alone(dns, start):
    dns.set_script("h.example answer 192.0.2.8\n")
    settings = ["BOXLITE_ALLOWNET=observe"]
    with start(["h.example"], {"h.example": ANSWER}, settings=settings) as box:
        assert box.wait_started(), box.stderr()
        assert box.ask(["h.example"]) == {"h.example": "A 192.0.2.8"}
        assert box.status()["TracerPid"] == "0"
        box.wait_log("allowNet: zones would be repaired")
    assert dns.count("h.example") > 0
