"""Every allocation fails once: the right result, or a refusal with a text; nothing is left."""

from conftest import LONG
from faultlayer import FOR_EVER
from faultybox import FaultyBridge

# Every how many-th allocation the quick form lets fail. Prime, so that loops are met anywhere.
STRIDE = 1 if LONG else 13


def count_cases(bridge, times=1, stride=STRIDE):
    """Lets one allocation fail after the other, until none is reached."""
    nth = 1
    while bridge.create_with("alloc", nth, times=times):
        nth += stride
    return nth


def test_every_allocation_of_a_create_may_fail(dns, tmp_path):
    with FaultyBridge(tmp_path) as bridge:
        assert bridge.created[0] is not None
        assert count_cases(bridge) > 100


def test_memory_may_stay_short_from_any_allocation_on(dns, tmp_path):
    with FaultyBridge(tmp_path) as bridge:
        assert count_cases(bridge, FOR_EVER) > 10


def test_every_allocation_of_a_refusal_may_fail(dns, tmp_path):
    dns.set_script("six.example aaaa-only 2001:db8::1\ndefault answer 192.0.2.7\n")
    with FaultyBridge(tmp_path, ["six.example", "api.example"]) as bridge:
        assert bridge.created == (
            None,
            'allowNet: resolve "six.example": only IPv6 addresses; the guest network is IPv4',
        )
        assert count_cases(bridge) > 50


def test_every_allocation_of_a_create_with_many_sockets_may_fail(dns, tmp_path):
    """Names without a dot have a socket each; the room for them has to grow."""
    names = [f"host{number}" for number in range(70)]
    with FaultyBridge(tmp_path, names) as bridge:
        assert bridge.created[0] is not None
        assert count_cases(bridge, stride=3 if LONG else 131) > 1000
