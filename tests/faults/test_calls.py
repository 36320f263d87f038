"""System calls fail in a create, each with the errors it may plausibly have: the right result, or a
refusal with a text, within the deadline."""

import pytest

from conftest import LONG
from faultlayer import FOR_EVER, SHORT
from faultybox import FaultyBridge

# Over UDP, over TCP, and known only to libc, which asks once more.
SCRIPT = """
udp.example answer 192.0.2.1
tcp.example truncate answer 192.0.2.2
libc.example nxdomain; answer 192.0.2.3
six.example aaaa-only 2001:db8::1
"""
RULES = ["udp.example", "tcp.example", "libc.example", "db", "file.example"]

DESCRIPTORS = ["EMFILE", "ENFILE", "ENOMEM"]
FILES = [*DESCRIPTORS, "EACCES", "ENOENT", "EIO", "EINTR", "ELOOP"]

CREATE = {
    # The resolver's own sockets are made by raw system call: tests/unit/test_question_faults.c.
    "poll": ["EINTR", "ENOMEM", "EINVAL"],
    "fopen": FILES,
    "fgets": ["EIO", "EINTR", "EISDIR"],
    "signalfd": [*DESCRIPTORS, "ENODEV"],
    "eventfd": [*DESCRIPTORS, "ENODEV"],
    "pthread_create": ["EAGAIN", "EPERM"],
    "pthread_sigmask": ["EINVAL"],
    "open": [*FILES, "ENOSPC", "EROFS", "ENXIO"],
    "writev": ["ENOSPC", "EIO", "EINTR", "EAGAIN", "EPIPE", "EBADF", "EDQUOT", "EFBIG"],
}

# Which of a call's occurrences fail. The quick form takes the first ones.
OCCURRENCES = 40 if LONG else 3


@pytest.fixture
def bridge(dns, etc, tmp_path):
    dns.set_script(SCRIPT + "db answer 192.0.2.4\n")
    etc("nsswitch.conf", "hosts: files myhostname dns\n")
    etc("hosts", "127.0.0.1 localhost\n192.0.2.5 file.example\n")

    class Bridge(FaultyBridge):
        def create(self):
            dns.reset()  # the lists of the script begin anew
            return super().create()

    log = tmp_path / "log"
    with Bridge(tmp_path, RULES, BOXLITE_ALLOWNET_LOG_FILE=str(log)) as made:
        assert made.created[0] is not None, made.created
        yield made


@pytest.mark.parametrize("call", CREATE)
def test_a_call_of_a_create_fails_once(bridge, call):
    reached = 0
    for error in CREATE[call]:
        for nth in range(1, OCCURRENCES + 1):
            if not bridge.create_with(call, nth, error):
                break
            reached += 1
    # Of some calls there is a single one, and of shortened ones none may be long enough.
    assert reached >= len([error for error in CREATE[call] if error != SHORT])


@pytest.mark.parametrize("call", CREATE)
def test_a_call_of_a_create_fails_from_then_on(bridge, call):
    for error in CREATE[call] if LONG else CREATE[call][:2]:
        for nth in range(1, (OCCURRENCES if LONG else 1) + 1):
            if not bridge.create_with(call, nth, error, FOR_EVER):
                break


def test_every_allocation_may_fail_with_tcp_and_libc_in_it(bridge):
    nth = 1
    while bridge.create_with("alloc", nth):
        nth += 1 if LONG else 13
    assert nth > 100


def test_a_wait_that_fails_at_once_is_not_repeated_at_once(bridge):
    bridge.layer.arm("poll", 1, "ENOMEM", FOR_EVER)
    assert bridge.create()[0] is None
    # Within a budget of 3 s.
    assert bridge.layer.asked < 6000
