"""What the scripted DNS server puts on the wire, action by action. Runs in a sandbox."""

import contextlib
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import time

import pytest

from dnsserver import DnsServer, build_dir
from dnswire import Record, decode, encode_query

if os.environ.get("ALLOWNET_SANDBOX") != "1":
    pytest.exit("these tests bind port 53: run them by `make check-support`", 2)

SERVER = ("127.0.0.1", 53)
# For what must not come. A second server-side query proves that the first was dealt with, so this
# is only the time for the packet itself.
SILENCE = 0.2
# For what must come: long enough never to decide.
PATIENCE = 300


def udp_socket(server=SERVER, timeout=PATIENCE):
    client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    client.settimeout(timeout)
    client.connect(server)
    return client


def ask_raw(name, type="A", server=SERVER, timeout=PATIENCE, **query):
    with udp_socket(server, timeout) as client:
        client.send(encode_query(name, type, **query))
        return client.recv(65535)


def ask(name, type="A", **arguments):
    return decode(ask_raw(name, type, **arguments))


def is_silent(name, type="A", server=SERVER):
    try:
        ask_raw(name, type, server, timeout=SILENCE)
    except TimeoutError:
        return True
    return False


def read_exactly(stream, size):
    data = b""
    while len(data) < size:
        part = stream.recv(size - len(data))
        if not part:
            raise EOFError(f"end after {len(data)} of {size} bytes")
        data += part
    return data


def read_message(stream):
    (size,) = struct.unpack("!H", read_exactly(stream, 2))
    return read_exactly(stream, size)


def framed(*queries):
    return b"".join(struct.pack("!H", len(query)) + query for query in queries)


def tcp_socket(server=SERVER, timeout=PATIENCE):
    return socket.create_connection(server, timeout)


def ask_tcp_raw(name, type="A", **query):
    with tcp_socket() as stream:
        stream.sendall(framed(encode_query(name, type, **query)))
        return read_message(stream)


def ask_tcp(name, type="A", **query):
    return decode(ask_tcp_raw(name, type, **query))


def addresses(message):
    return [record.data for record in message.answer if record.type in ("A", "AAAA")]


def is_bare_truncated(message, name="a.example", id=0x1234):
    return (
        message.id == id
        and message.qr == 1
        and message.tc == 1
        and message.rcode == 0
        and message.question == [(name, "A")]
        and not (message.answer or message.authority or message.additional)
    )


def is_negative(message, rcode):
    return (
        message.rcode == rcode
        and not message.answer
        and [(record.name, record.type) for record in message.authority] == [(".", "SOA")]
    )


@pytest.fixture
def start():
    """Starts the program by itself; what a failing test leaves behind is ended here."""
    processes = []

    def run(*arguments, **options):
        process = subprocess.Popen(
            [build_dir() / "tests/dns-server", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **options,
        )
        processes.append(process)
        return process

    yield run
    for process in processes:
        process.kill()
        process.communicate()


# ---- right answers ----


def test_answer_repeats_id_question_and_flags():
    with DnsServer("a.example answer 192.0.2.1,192.0.2.2"):
        message = ask("a.example", id=0xBEEF)
    assert message.id == 0xBEEF
    assert (message.qr, message.aa, message.rd, message.ra, message.tc) == (1, 1, 1, 1, 0)
    assert message.question == [("a.example", "A")]
    assert message.answer == [
        Record("a.example", "A", 60, "192.0.2.1"),
        Record("a.example", "A", 60, "192.0.2.2"),
    ]
    assert not message.authority and not message.additional


def test_answer_gives_each_type_its_own_addresses():
    with DnsServer("a.example answer 192.0.2.1,2001:db8::1,192.0.2.2"):
        assert addresses(ask("a.example", "A")) == ["192.0.2.1", "192.0.2.2"]
        assert addresses(ask("a.example", "AAAA")) == ["2001:db8::1"]


@pytest.mark.parametrize("type", ["AAAA", "TXT", "NS"])
def test_answer_without_records_of_the_type_is_nodata(type):
    with DnsServer("a.example answer 192.0.2.1"):
        assert is_negative(ask("a.example", type), 0)


def test_name_is_matched_in_any_case_and_repeated_as_asked():
    with DnsServer("A.eXample. answer 192.0.2.1") as dns:
        message = ask("a.EXAMPLE")
        assert message.question == [("a.EXAMPLE", "A")]
        assert message.answer[0].name == "a.EXAMPLE"
        assert dns.queries()[0].name == "a.EXAMPLE"


def test_edns_query_gets_an_edns_answer_and_a_plain_one_does_not():
    with DnsServer("a.example answer 192.0.2.1"):
        assert [record.type for record in ask("a.example", edns=1232).additional] == ["OPT"]
        assert ask("a.example").additional == []


def test_aaaa_only_has_no_a():
    with DnsServer("a.example aaaa-only 2001:db8::7"):
        assert is_negative(ask("a.example", "A"), 0)
        assert addresses(ask("a.example", "AAAA")) == ["2001:db8::7"]


def test_sinkhole_answers_the_zero_address():
    with DnsServer("a.example sinkhole"):
        assert addresses(ask("a.example")) == ["0.0.0.0"]


def test_rotate_begins_one_further_each_time():
    with DnsServer("a.example rotate 192.0.2.1,192.0.2.2,192.0.2.3"):
        firsts = [addresses(ask("a.example")) for _ in range(4)]
    assert firsts == [
        ["192.0.2.1", "192.0.2.2", "192.0.2.3"],
        ["192.0.2.2", "192.0.2.3", "192.0.2.1"],
        ["192.0.2.3", "192.0.2.1", "192.0.2.2"],
        ["192.0.2.1", "192.0.2.2", "192.0.2.3"],
    ]


# ---- definite refusals ----


@pytest.mark.parametrize("action, rcode", [("nxdomain", 3), ("nodata", 0)])
def test_negative_answers_carry_a_soa(action, rcode):
    with DnsServer(f"a.example {action}"):
        assert is_negative(ask("a.example"), rcode)
        assert is_negative(ask("a.example", "AAAA"), rcode)


@pytest.mark.parametrize(
    "action, rcode", [("formerr", 1), ("servfail", 2), ("notimp", 4), ("refused", 5)]
)
def test_error_codes_carry_no_records(action, rcode):
    with DnsServer(f"a.example {action}"):
        message = ask("a.example")
    assert message.rcode == rcode
    assert message.question == [("a.example", "A")]
    assert not (message.answer or message.authority or message.additional)


# ---- CNAMEs ----


def test_cname_chain_ends_in_addresses():
    with DnsServer("a.example cname b.example,c.example.net:192.0.2.1,192.0.2.2"):
        message = ask("a.example")
    assert [(record.name, record.type, record.data) for record in message.answer] == [
        ("a.example", "CNAME", "b.example"),
        ("b.example", "CNAME", "c.example.net"),
        ("c.example.net", "A", "192.0.2.1"),
        ("c.example.net", "A", "192.0.2.2"),
    ]


def test_cname_chain_to_ipv6_has_no_a():
    with DnsServer("a.example cname b.example:2001:db8::1"):
        without = ask("a.example", "A")
        assert [record.type for record in without.answer] == ["CNAME"]
        assert [record.type for record in without.authority] == ["SOA"]
        assert addresses(ask("a.example", "AAAA")) == ["2001:db8::1"]


def test_cname_loop_comes_back_to_the_name():
    with DnsServer("a.example cname-loop b.example"):
        answer = ask("a.example").answer
    assert [(record.name, record.type, record.data) for record in answer] == [
        ("a.example", "CNAME", "b.example"),
        ("b.example", "CNAME", "a.example"),
    ]


def test_cname_dangling_ends_without_address():
    with DnsServer("a.example cname-dangling b.example"):
        message = ask("a.example")
    assert message.rcode == 0
    assert [(record.type, record.data) for record in message.answer] == [("CNAME", "b.example")]
    assert [record.type for record in message.authority] == ["SOA"]


# ---- silence and rubbish ----


def test_drop_sends_nothing():
    with DnsServer("a.example drop") as dns:
        assert is_silent("a.example")
        assert dns.count("a.example") == 1


def test_empty_datagram_has_no_bytes():
    with DnsServer("a.example empty-datagram"):
        assert ask_raw("a.example") == b""
        assert ask_tcp_raw("a.example") == b""


def test_garbage_has_the_id_and_is_no_dns():
    with DnsServer("a.example garbage"):
        wire = ask_raw("a.example", id=0x5678)
    assert wire[:2] == b"\x56\x78"
    assert set(wire[2:]) == {0xFF}
    with pytest.raises((ValueError, IndexError, struct.error)):
        decode(wire)


def test_garbage_answer_is_good_up_to_its_record():
    with DnsServer("a.example garbage-answer"):
        wire = ask_raw("a.example", id=0x5678)
    with pytest.raises((ValueError, IndexError, struct.error)):
        decode(wire)
    query = encode_query("a.example")
    assert struct.unpack("!6H", wire[:12]) == (0x5678, 0x8580, 1, 1, 0, 0)
    assert wire[12 : len(query)] == query[12:]
    assert wire[len(query) :] == b"\xff" * 8


def test_wrong_id_changes_the_id_only():
    with DnsServer("a.example wrong-id answer 192.0.2.1\nb.example answer 192.0.2.1"):
        wrong = ask_raw("a.example", id=0x1234)
        right = ask_raw("b.example", id=0x1234)
    assert wrong[:2] == b"\xed\xcb"
    assert wrong[2:].replace(b"\x01a\x07", b"\x01b\x07") == right[2:]


def test_wrong_question_answers_the_name_but_repeats_another():
    with DnsServer("a.example wrong-question answer 192.0.2.1"):
        message = ask("a.example")
    assert message.id == 0x1234
    assert message.question == [("wrong-question.invalid", "A")]
    assert message.answer == [Record("a.example", "A", 60, "192.0.2.1")]


def test_poison_is_in_the_additional_section_only():
    with DnsServer("a.example poison answer 192.0.2.1"):
        message = ask("a.example")
    assert addresses(message) == ["192.0.2.1"]
    assert message.additional == [
        Record("poisoned.example", "A", 60, "203.0.113.66"),
        Record("a.example", "A", 60, "203.0.113.66"),
    ]


def test_wrong_source_comes_from_another_address_only():
    with DnsServer("a.example wrong-source answer 192.0.2.1\nb.example answer 192.0.2.1"):
        assert is_silent("a.example")  # a connected socket takes it from nobody else
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as anyone:
            anyone.settimeout(PATIENCE)
            anyone.sendto(encode_query("a.example"), SERVER)
            wire, source = anyone.recvfrom(512)
        assert source == ("127.66.66.66", 53)
        assert wire.replace(b"\x01a\x07", b"\x01b\x07") == ask_raw("b.example")


# ---- truncation and TCP ----


def test_truncate_sends_the_answer_over_tcp_only():
    with DnsServer("a.example truncate answer 192.0.2.1") as dns:
        assert is_bare_truncated(ask("a.example"))
        message = ask_tcp("a.example")
        assert (message.tc, addresses(message)) == (0, ["192.0.2.1"])
        assert [query.transport for query in dns.queries()] == ["udp", "tcp"]


def test_truncate_refuse_resets_the_connection():
    with DnsServer("a.example truncate-refuse"):
        assert is_bare_truncated(ask("a.example"))
        with tcp_socket() as stream:
            stream.sendall(framed(encode_query("a.example")))
            with pytest.raises(ConnectionResetError):
                stream.recv(1)


def test_truncate_hang_keeps_the_connection_and_says_nothing():
    with DnsServer("a.example truncate-hang\nb.example answer 192.0.2.2"):
        assert is_bare_truncated(ask("a.example"))
        with tcp_socket() as stream:
            # The second answer shows that the first question was dealt with.
            stream.sendall(framed(encode_query("a.example", id=1), encode_query("b.example", id=2)))
            assert decode(read_message(stream)).id == 2
            stream.settimeout(SILENCE)
            with pytest.raises(TimeoutError):
                stream.recv(1)


def test_many_is_truncated_over_udp_and_whole_over_tcp():
    with DnsServer("a.example many 1000 198.18.0.254"):
        assert is_bare_truncated(ask("a.example"))
        message = ask_tcp("a.example")
    assert message.tc == 0
    assert len(message.answer) == 1000
    assert addresses(message)[:3] == ["198.18.0.254", "198.18.0.255", "198.18.1.0"]
    assert len(set(addresses(message))) == 1000


def test_most_records_fit_in_one_tcp_message():
    with DnsServer("a.example many 4000 198.18.0.0"):
        wire = ask_tcp_raw("a.example")
    assert len(decode(wire).answer) == 4000
    assert len(wire) <= 65535


def test_the_longest_chain_fits_in_one_tcp_message():
    with DnsServer("a.example cname-many 3600 192.0.2.1"):
        wire = ask_tcp_raw("a.example")
    records = decode(wire).answer
    assert len(records) == 3601 and len(wire) <= 65535
    assert len({record.name for record in records}) == 3601
    assert all(left.data == right.name for left, right in zip(records, records[1:]))
    assert records[-1].data == "192.0.2.1"


def test_dribble_sends_single_bytes_and_holds_up_nobody():
    with DnsServer("a.example dribble 20 answer 192.0.2.1\nb.example answer 192.0.2.2"):
        whole = ask_raw("a.example")
        with tcp_socket() as slow:
            begun = time.monotonic()
            slow.sendall(framed(encode_query("a.example")))
            parts = [slow.recv(65535)]
            assert addresses(ask_tcp("b.example")) == ["192.0.2.2"]
            while sum(map(len, parts)) < 2 + len(whole):
                parts.append(slow.recv(65535))
            assert time.monotonic() - begun >= 0.02 * (1 + len(whole))
    assert parts[0] == b"\0"
    assert b"".join(parts)[2:] == whole


def test_udp_limit_is_512_or_what_edns_says():
    # 12 bytes of header, 15 of question, 16 for each record, 11 of OPT.
    with DnsServer("a.example many 30 192.0.2.0\nb.example many 31 192.0.2.0"):
        assert len(ask_raw("a.example")) == 12 + 15 + 30 * 16
        assert is_bare_truncated(ask("b.example"), "b.example")
        assert len(ask("b.example", edns=1232).answer) == 31
        assert is_bare_truncated(ask("b.example", edns=100), "b.example")
        assert is_bare_truncated(ask("b.example", edns=12 + 15 + 31 * 16 + 10), "b.example")
        assert len(ask("b.example", edns=12 + 15 + 31 * 16 + 11).answer) == 31


def test_tcp_takes_queries_in_pieces():
    with DnsServer("a.example answer 192.0.2.1"):
        with tcp_socket() as stream:
            stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for byte in framed(encode_query("a.example")):
                stream.sendall(bytes([byte]))
            assert addresses(decode(read_message(stream))) == ["192.0.2.1"]


def test_slow_tcp_reader_gets_everything_and_holds_up_nobody():
    # More than the kernel buffers between the two, so that the server has to wait for the reader.
    count = 120
    with DnsServer("a.example many 4000 198.18.0.0\nb.example answer 192.0.2.1") as dns:
        with socket.socket() as stream:
            stream.settimeout(PATIENCE)
            stream.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            stream.connect(SERVER)
            stream.sendall(framed(*[encode_query("a.example", id=id) for id in range(count)]))
            dns.wait_for_query("a.example", count)
            assert addresses(ask("b.example")) == ["192.0.2.1"]
            messages = [decode(read_message(stream)) for _ in range(count)]
    assert [message.id for message in messages] == list(range(count))
    assert {len(message.answer) for message in messages} == {4000}


# ---- delay ----


def test_delay_waits_and_lets_others_pass():
    with DnsServer("a.example delay 300 answer 192.0.2.1\nb.example answer 192.0.2.2"):
        with udp_socket() as client:
            start = time.monotonic()
            client.send(encode_query("a.example", id=1))
            client.send(encode_query("b.example", id=2))
            order = [decode(client.recv(512)).id for _ in range(2)]
            elapsed = time.monotonic() - start
    assert order == [2, 1]
    assert elapsed >= 0.3


def test_delays_add_up_and_apply_from_where_they_stand():
    script = """
        a.example delay 100 delay 150 answer 192.0.2.1
        b.example truncate delay 200 answer 192.0.2.2
        c.example delay 200 truncate answer 192.0.2.2
    """
    with DnsServer(script):
        start = time.monotonic()
        ask("a.example")
        assert time.monotonic() - start >= 0.25
        with udp_socket() as client:
            client.send(encode_query("c.example", id=1))
            client.send(encode_query("b.example", id=2))
            assert [decode(client.recv(512)).id for _ in range(2)] == [2, 1]
        start = time.monotonic()
        ask_tcp("b.example")
        assert time.monotonic() - start >= 0.2


def test_delayed_answers_leave_in_the_order_in_which_they_are_due():
    delays = [400, 100, 700, 200, 600, 300, 500]
    with DnsServer("".join(f"d{delay}.example delay {delay} nodata\n" for delay in delays)):
        with tcp_socket() as stream:
            # All in one segment, so that they arrive together.
            queries = [encode_query(f"d{delay}.example", id=delay) for delay in delays]
            stream.sendall(framed(*queries))
            assert [decode(read_message(stream)).id for _ in delays] == sorted(delays)


def test_delayed_answer_to_a_closed_connection_is_forgotten():
    script = "a.example delay 100 answer 192.0.2.1\nb.example delay 150 answer 192.0.2.2"
    with DnsServer(script) as dns:
        with tcp_socket() as stream:
            stream.sendall(framed(encode_query("a.example")))
            dns.wait_for_query("a.example")
        assert addresses(ask_tcp("b.example")) == ["192.0.2.2"]


def test_five_hundred_delayed_answers_are_outstanding_at_once():
    # Fifty for each socket, so that none of the client's buffers can overflow.
    with contextlib.ExitStack() as stack:
        dns = stack.enter_context(DnsServer("default delay 500 answer 192.0.2.1"))
        clients = [stack.enter_context(udp_socket()) for _ in range(10)]
        start = time.monotonic()
        for id in range(500):
            clients[id % 10].send(encode_query(f"h{id}.example", id=id))
        ids = [decode(client.recv(512)).id for client in clients for _ in range(50)]
        elapsed = time.monotonic() - start
        assert len(dns.queries()) == 500
    assert sorted(ids) == list(range(500))
    # One after the other would take 250 s.
    assert 0.5 <= elapsed < 125


# ---- lists, counters, commands ----


def test_list_takes_one_step_for_each_a_query_and_the_last_stays():
    with DnsServer("a.example drop ; servfail;answer 192.0.2.1") as dns:
        assert is_silent("a.example")
        assert ask("a.example").rcode == 2
        assert addresses(ask("a.example")) == ["192.0.2.1"]
        assert addresses(ask("a.example")) == ["192.0.2.1"]
        assert dns.count("a.example") == 4


def test_other_types_see_the_current_step_without_taking_it():
    with DnsServer("a.example servfail ; answer 192.0.2.1,2001:db8::1") as dns:
        assert ask("a.example", "AAAA").rcode == 2
        assert ask("a.example", "AAAA").rcode == 2
        assert ask("a.example", "A").rcode == 2
        assert addresses(ask("a.example", "AAAA")) == ["2001:db8::1"]
        assert addresses(ask("a.example", "A")) == ["192.0.2.1"]
        assert (dns.count("a.example"), dns.count("a.example", "AAAA")) == (2, 3)
        assert dns.count("a.example", None) == 5


def test_tcp_after_truncation_belongs_to_the_same_step():
    with DnsServer("a.example truncate answer 192.0.2.1 ; answer 192.0.2.2 ; answer 192.0.2.3"):
        assert is_bare_truncated(ask("a.example"))
        assert addresses(ask_tcp("a.example")) == ["192.0.2.1"]
        assert addresses(ask_tcp("a.example")) == ["192.0.2.2"]
        assert addresses(ask("a.example")) == ["192.0.2.3"]


def test_each_name_below_a_wildcard_counts_for_itself():
    with DnsServer("*.example servfail ; answer 192.0.2.1"):
        assert ask("a.example").rcode == 2
        assert ask("b.x.example").rcode == 2
        assert addresses(ask("a.example")) == ["192.0.2.1"]
        assert addresses(ask("B.X.example")) == ["192.0.2.1"]


def test_nearest_entry_wins():
    script = """
        # a comment
        *.example   answer 192.0.2.1
        *.x.example answer 192.0.2.2   # another
        b.x.example answer 192.0.2.3
        default     answer 192.0.2.4
    """
    with DnsServer(script):
        found = {
            name: addresses(ask(name))
            for name in ("a.example", "a.b.x.example", "b.x.example", "x.example", "example", ".")
        }
    assert found == {
        "a.example": ["192.0.2.1"],
        "a.b.x.example": ["192.0.2.2"],
        "b.x.example": ["192.0.2.3"],
        "x.example": ["192.0.2.1"],
        "example": ["192.0.2.4"],
        ".": ["192.0.2.4"],
    }


def test_unlisted_name_does_not_exist_by_default():
    with DnsServer("a.example answer 192.0.2.1"):
        assert is_negative(ask("b.example"), 3)


def test_entries_for_an_address_go_first_and_count_apart():
    script = """
        a.example servfail ; answer 192.0.2.1
        b.example answer 192.0.2.5
        @127.0.0.2 a.example refused ; answer 192.0.2.2
        @127.0.0.3 default drop
    """
    listen = ["127.0.0.1:53", "127.0.0.2:53", "127.0.0.3:53"]
    one, two, three = [(address.split(":")[0], 53) for address in listen]
    with DnsServer(script, listen) as dns:
        assert ask("a.example", server=one).rcode == 2
        assert ask("a.example", server=two).rcode == 5
        assert addresses(ask("a.example", server=one)) == ["192.0.2.1"]
        assert addresses(ask("a.example", server=two)) == ["192.0.2.2"]
        assert addresses(ask("b.example", server=two)) == ["192.0.2.5"]
        assert is_silent("b.example", server=three)
        assert [query.server for query in dns.queries()] == [
            listen[index] for index in (0, 1, 0, 1, 1, 2)
        ]


def test_addresses_without_own_entry_share_the_count():
    with DnsServer("a.example drop ; answer 192.0.2.1", ["127.0.0.1:53", "127.0.0.2:53"]):
        assert is_silent("a.example")
        assert addresses(ask("a.example", server=("127.0.0.2", 53))) == ["192.0.2.1"]


def test_reload_keeps_the_counters_and_reset_forgets_them():
    with DnsServer("a.example servfail ; answer 192.0.2.1") as dns:
        assert ask("a.example").rcode == 2
        dns.set_script("a.example refused ; answer 192.0.2.2 ; answer 192.0.2.3")
        assert addresses(ask("a.example")) == ["192.0.2.2"]
        assert [query.number for query in dns.queries()] == [1, 2]
        dns.reset()
        assert dns.queries() == []
        assert ask("a.example").rcode == 5
        assert [query.number for query in dns.queries()] == [1]


def test_every_query_is_logged_in_order():
    with DnsServer("", ["127.0.0.1:53", "[::1]:53"]) as dns:
        ask("one.example", "AAAA")
        ask_tcp("Two.example", "TXT")
        with udp_socket() as client:
            client.send(b"no dns")
            client.send(encode_query("three.example"))
            client.recv(512)
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as client:
            client.settimeout(PATIENCE)
            client.connect(("::1", 53))
            client.send(encode_query("four.example"))
            client.recv(512)
        assert [tuple(query) for query in dns.queries()] == [
            (1, "udp", "127.0.0.1:53", "AAAA", "one.example"),
            (2, "tcp", "127.0.0.1:53", "TXT", "Two.example"),
            (3, "udp", "127.0.0.1:53", "-", "-"),
            (4, "udp", "127.0.0.1:53", "A", "three.example"),
            (5, "udp", "[::1]:53", "A", "four.example"),
        ]


def test_queries_tell_everything_that_was_sent_before():
    with DnsServer("default drop") as dns:
        for n in range(1, 101):
            with udp_socket() as client, tcp_socket() as stream:
                client.send(encode_query("a.example"))
                stream.sendall(framed(encode_query("b.example")))
                assert (dns.count("a.example"), dns.count("b.example")) == (n, n)
    assert len(dns.queries()) == 200


def test_sync_comes_after_queries_on_connections_not_accepted_yet(start):
    process = start("/dev/null", stdin=subprocess.PIPE)
    assert process.stdout.readline() == "ready 127.0.0.1:53\n"
    process.send_signal(signal.SIGSTOP)
    os.waitid(os.P_PID, process.pid, os.WSTOPPED)
    with tcp_socket() as stream:
        stream.sendall(framed(encode_query("a.example")))
        process.stdin.write("sync\n")
        process.stdin.flush()
        process.send_signal(signal.SIGCONT)
        lines = [process.stdout.readline() for _ in range(2)]
    process.terminate()
    process.communicate(timeout=PATIENCE)
    assert lines == ["query 1 tcp 127.0.0.1:53 A a.example\n", "synced\n"]


def test_port_zero_is_a_port_for_both_transports():
    with DnsServer("a.example truncate answer 192.0.2.1", ["127.0.0.1:0", "127.0.0.1:0"]) as dns:
        ports = [int(address.rpartition(":")[2]) for address in dns.addresses]
        assert 0 not in ports and len(set(ports)) == 2 and dns.port == ports[0]
        for port in ports:
            assert ask("a.example", server=("127.0.0.1", port)).tc == 1
            with tcp_socket(("127.0.0.1", port)) as stream:
                stream.sendall(framed(encode_query("a.example", "AAAA")))
                assert is_negative(decode(read_message(stream)), 0)


def test_wait_for_query_waits_and_gives_up():
    with DnsServer("a.example drop") as dns:
        with udp_socket() as client:
            client.send(encode_query("A.example"))
            client.send(encode_query("a.example"))
        dns.wait_for_query("a.example", 2)
        with pytest.raises(TimeoutError, match="query 3 for a.example"):
            dns.wait_for_query("a.example", 3, timeout=0.05)


# ---- modifiers that change which question is answered, and how ----


def test_reverse_turns_the_answer_round():
    with DnsServer("a.example reverse cname b.example:192.0.2.1,192.0.2.2"):
        answer = ask("a.example").answer
    assert [record.data for record in answer] == ["192.0.2.2", "192.0.2.1", "b.example"]


def test_upper_changes_the_case_of_question_and_owners():
    with DnsServer("a.example upper answer 192.0.2.1"):
        message = ask("a.example")
    assert message.question == [("A.EXAMPLE", "A")]
    assert [(record.name, record.data) for record in message.answer] == [("A.EXAMPLE", "192.0.2.1")]


def test_no_question_leaves_the_rest():
    with DnsServer("a.example no-question refused"):
        message = ask("a.example", id=0xBEEF)
    assert (message.id, message.rcode, message.question) == (0xBEEF, 5, [])


def test_foreign_records_belong_to_another_name():
    with DnsServer("a.example foreign 192.0.2.1"):
        message = ask("a.example")
    assert message.question == [("a.example", "A")]
    assert [(r.name, r.type, r.data) for r in message.answer] == [
        ("foreign.invalid", "A", "192.0.2.1")
    ]


def test_lame_has_no_authority_no_recursion_and_no_edns():
    with DnsServer("a.example lame"):
        message = ask("a.example", edns=1232)
    assert (message.rcode, message.aa, message.ra, message.answer) == (0, 0, 0, [])
    assert [record.type for record in message.authority] == ["NS"]
    assert message.additional == []


def test_formerr_edns_is_for_queries_with_edns():
    with DnsServer("a.example formerr-edns answer 192.0.2.1"):
        message = ask("a.example", edns=1232)
        assert (message.rcode, message.answer, message.additional) == (1, [], [])
        assert addresses(ask("a.example")) == ["192.0.2.1"]


def test_tcp_only_is_silent_over_udp():
    with DnsServer("a.example tcp-only answer 192.0.2.1"):
        assert is_silent("a.example")
        assert addresses(ask_tcp("a.example")) == ["192.0.2.1"]


def test_others_are_all_types_but_a():
    with DnsServer("a.example others nxdomain answer 192.0.2.1,2001:db8::1"):
        assert is_negative(ask("a.example", "AAAA"), 3)
        assert is_negative(ask("a.example", "TXT"), 3)
        assert addresses(ask("a.example")) == ["192.0.2.1"]


def test_lose_chooses_by_seed_type_and_number():
    script = "a.example lose 50 {} answer 192.0.2.1,2001:db8::1\nkept.example answer 192.0.2.2"

    def is_lost(client, type):
        """The answer to the next question comes first."""
        for name, asked in (("a.example", type), ("kept.example", "A")):
            client.send(encode_query(name, asked))
        names = [decode(client.recv(65535)).question[0][0]]
        if names[0] == "a.example":
            names.append(decode(client.recv(65535)).question[0][0])
        assert names[-1] == "kept.example"
        return len(names) == 1

    def lost(seed, type="A"):
        with DnsServer(script.format(seed)), udp_socket() as client:
            return [is_lost(client, type) for _ in range(12)]

    first = lost(1)
    assert 0 < sum(first) < len(first)
    assert first == lost(1)
    assert first != lost(2) and first != lost(1, "AAAA")


def test_lose_is_for_datagrams_and_has_the_percentage_that_it_is_told():
    with DnsServer("a.example lose 100 1 answer 192.0.2.1\nb.example lose 0 1 answer 192.0.2.1"):
        assert is_silent("a.example")
        assert addresses(ask_tcp("a.example")) == ["192.0.2.1"]
        assert all(addresses(ask("b.example")) for _ in range(50))


def test_limit_is_the_listeners_for_each_second():
    with DnsServer("default limit 3 answer 192.0.2.1"):
        with udp_socket() as client:
            for number in range(10):
                client.send(encode_query(f"n{number}.example"))
            # The next second begins with the first question after it.
            answered = [decode(client.recv(65535)).question[0][0] for _ in range(3)]
            assert answered == ["n0.example", "n1.example", "n2.example"]
            client.settimeout(SILENCE)
            with pytest.raises(TimeoutError):
                client.recv(65535)
        time.sleep(1)
        assert addresses(ask("again.example")) == ["192.0.2.1"]


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_a_listener_of_one_transport_leaves_the_other_closed(transport):
    with DnsServer("a.example answer 192.0.2.1", [f"{transport}:127.0.0.1:53"]) as dns:
        assert dns.addresses == ["127.0.0.1:53"]
        if transport == "udp":
            assert addresses(ask("a.example")) == ["192.0.2.1"]
            with pytest.raises(ConnectionRefusedError):
                tcp_socket()
        else:
            assert addresses(ask_tcp("a.example")) == ["192.0.2.1"]
            with pytest.raises(ConnectionRefusedError):
                ask_raw("a.example")


# ---- the program ----


@pytest.mark.parametrize(
    "line, text",
    [
        ("a.example frobnicate", 'unknown action "frobnicate"'),
        ("a.example", 'no action behind "a.example"'),
        ("a.example drop ;", 'no action behind ";"'),
        ("a.example ; drop", 'no action behind "a.example"'),
        ("; drop", 'no name behind ";"'),
        ("@127.0.0.1", 'no name behind "@127.0.0.1"'),
        ("@127.0.0.9 a.example drop", 'not a listen address: "@127.0.0.9"'),
        ("a.example answer", '"answer" needs addresses'),
        ("a.example answer ; drop", '"answer" needs addresses'),
        ("a.example answer 192.0.2.1,192.0.2.256", 'not an IP address: "192.0.2.256"'),
        ("a.example answer 192.0.2.1 192.0.2.2", 'unexpected "192.0.2.2"'),
        ("a.example aaaa-only 192.0.2.1", '"aaaa-only" takes IPv6 addresses only'),
        ("a.example many 4001 192.0.2.1", 'not a number up to 4000: "4001"'),
        ("a.example many 2 ::1", 'not an IPv4 address: "::1"'),
        ("a.example cname b.example", 'no address behind a colon: "b.example"'),
        ("a.example cname b.example,:192.0.2.1", 'not a name: ""'),
        ("a.example delay soon drop", 'not milliseconds up to 600000: "soon"'),
        ("a.example delay 5", 'no action behind "5"'),
        ("a.example" + " delay 1" * 9 + " drop", 'more than 8 modifiers at "delay"'),
        ("a.example lose 101 1 drop", 'not a percentage up to 100: "101"'),
        ("a.example lose 10", '"lose" needs a seed'),
        ("a.example limit few drop", 'not questions up to 1000000: "few"'),
        ("a.example others answer drop", 'not an action of one word: "answer"'),
        ("b.example drop", 'listed twice: "b.example"'),
    ],
)
def test_mistake_in_the_script_names_file_line_and_word(start, tmp_path, line, text):
    script = tmp_path / "script"
    script.write_text(f"# first\nB.example drop\n{line}\n")
    process = start("--listen", "127.0.0.1:0", script)
    output, errors = process.communicate(timeout=PATIENCE)
    assert (process.returncode, output) == (2, "")
    assert errors == f"dns-server: {script}:3: {text}\n"


def test_mistake_in_a_new_script_ends_the_server():
    with pytest.raises(RuntimeError, match=r':1: unknown action "frobnicate"'):
        with DnsServer("a.example drop") as dns:
            dns.set_script("a.example frobnicate")


@pytest.mark.parametrize(
    "arguments, status, text",
    [
        ([], 2, "a script is needed"),
        (["/nonexistent"], 2, "/nonexistent: No such file or directory"),
        (["--listen", "127.0.0.1", "/dev/null"], 1, 'not ADDRESS:PORT: "127.0.0.1"'),
        (["--listen", "127.0.0.1:65536", "/dev/null"], 1, "not ADDRESS:PORT"),
        (["--listen", "[::1:53", "/dev/null"], 1, "not ADDRESS:PORT"),
        (["--listen", "192.0.2.1:53", "/dev/null"], 1, "cannot listen on 192.0.2.1:53"),
        (["--log", "/nonexistent/log", "/dev/null"], 1, "/nonexistent/log"),
    ],
)
def test_mistaken_arguments(start, arguments, status, text):
    process = start(*arguments)
    output, errors = process.communicate(timeout=PATIENCE)
    assert (process.returncode, output) == (status, "")
    assert text in errors


def test_port_in_use_is_an_error(start):
    with DnsServer(""):
        process = start("/dev/null")
        _, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == 1
    assert "cannot listen on 127.0.0.1:53: Address already in use" in errors


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signal_ends_the_server_in_order(start, number):
    process = start("/dev/null", stdin=subprocess.DEVNULL)
    assert process.stdout.readline() == "ready 127.0.0.1:53\n"
    process.send_signal(number)
    _, errors = process.communicate(timeout=PATIENCE)
    assert (process.returncode, errors) == (0, "")


def test_end_of_stdin_ends_the_server_only_if_asked(start):
    for arguments, ends in ([], False), (["--stdin-eof"], True):
        process = start(*arguments, "/dev/null", stdin=subprocess.PIPE)
        assert process.stdout.readline() == "ready 127.0.0.1:53\n"
        process.stdin.close()
        process.stdin = None
        if not ends:
            # It goes on answering after it has seen the end.
            for _ in range(3):
                assert ask("a.example").rcode == 3
            process.terminate()
        process.communicate(timeout=PATIENCE)
        assert process.returncode == 0


def test_server_does_not_outlive_a_killed_test(tmp_path):
    program = (
        "import sys, time; from dnsserver import DnsServer\n"
        "with DnsServer('') as dns:\n"
        "    print(dns.pid, flush=True)\n"
        "    time.sleep(600)\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.path.dirname(__file__)}
    owner = subprocess.Popen(
        [sys.executable, "-B", "-c", program],
        stdout=subprocess.PIPE,
        env={**environment, "TMPDIR": str(tmp_path)},
    )
    try:
        watched = os.pidfd_open(int(owner.stdout.readline()))
        owner.kill()
        owner.wait()
        assert select.select([watched], [], [], PATIENCE)[0] == [watched]
        os.close(watched)
    finally:
        owner.kill()
        owner.wait()
        owner.stdout.close()


def test_unknown_command_is_an_error(start):
    process = start("/dev/null", stdin=subprocess.PIPE)
    _, errors = process.communicate("relaod\n", timeout=PATIENCE)
    assert process.returncode == 2
    assert "unknown command: relaod" in errors


def test_log_goes_to_the_file_and_the_rest_to_stdout(start, tmp_path):
    log = tmp_path / "log"
    process = start("--log", log, "/dev/null", stdin=subprocess.PIPE)
    assert process.stdout.readline() == "ready 127.0.0.1:53\n"
    ask("a.example")
    process.terminate()
    output, _ = process.communicate(timeout=PATIENCE)
    assert (process.returncode, output) == (0, "")
    assert log.read_text() == "query 1 udp 127.0.0.1:53 A a.example\n"


def test_a_command_runs_beside_the_server_which_ends_with_it(start, tmp_path):
    script = tmp_path / "script"
    script.write_text("a.example answer 192.0.2.1\n")
    process = start("--log", tmp_path / "log", script, "sh", "-c", "getent hosts a.example; exit 3")
    output, errors = process.communicate(timeout=PATIENCE)
    assert (process.returncode, errors) == (0, "")
    ready, answer, ended = output.splitlines()
    assert ready == "ready 127.0.0.1:53"
    assert answer.split() == ["192.0.2.1", "a.example"]
    assert ended.startswith("ended 3 ") and int(ended.split()[2]) > 0


@pytest.mark.parametrize("command, status", [(["/nonexistent"], 127), (["sh", "-c", "kill $$"], 143)])
def test_a_command_that_fails_has_a_status_as_in_a_shell(start, command, status):
    process = start("/dev/null", *command)
    output, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0
    assert f"\nended {status} " in output


def test_a_command_dies_with_the_server(start):
    process = start("/dev/null", "sh", "-c", "echo $$; exec sleep 600")
    process.stdout.readline()
    watched = os.pidfd_open(int(process.stdout.readline()))
    process.kill()
    assert select.select([watched], [], [], PATIENCE)[0] == [watched]
    os.close(watched)
