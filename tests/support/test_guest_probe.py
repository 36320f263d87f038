"""The guest probe against a gateway that is none of the best: whatever comes, it says what it saw."""

import os
import socket
import struct
import subprocess
import sys
import threading
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from bridgehost import TESTS  # noqa: E402

GUEST_MAC, GATEWAY_MAC = bytes.fromhex("5a94efe40cee"), bytes.fromhex("5a94efe40cdd")
GUEST, GATEWAY = bytes([192, 168, 127, 2]), bytes([192, 168, 127, 1])
NAME = b"\7example\3org\0"
POINTER = b"\xc0\x0c"


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def ipv4(payload, protocol=17, source=GATEWAY, offset=0):
    header = struct.pack(
        "!BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), 1, offset, 64, protocol, 0, source, GUEST
    )
    return header[:10] + struct.pack("!H", checksum(header)) + header[12:] + payload


def udp(port, payload, source_port=53, source=GATEWAY):
    header = struct.pack("!HHHH", source_port, port, 8 + len(payload), 0)
    pseudo = source + GUEST + struct.pack("!BBH", 0, 17, 8 + len(payload))
    total = checksum(pseudo + header + payload) or 0xFFFF
    return ipv4(header[:6] + struct.pack("!H", total) + payload, source=source)


def record(data, kind=1, name=POINTER, length=None):
    return name + struct.pack("!HHIH", kind, 1, 0, len(data) if length is None else length) + data


def message(query, records=(), flags=0x8180, question=None, count=None):
    """A DNS response to `query` (its bytes)."""
    count = len(records) if count is None else count
    header = query[:2] + struct.pack("!HHHHH", flags, 1, count, 0, 0)
    return header + (query[12:] if question is None else question) + b"".join(records)


class Gateway:
    """Answers ARP, and each DNS query with the frames that `respond` makes of it."""

    def __init__(self, path, respond):
        self.queries = []  # (source port, bytes)
        self.wrong = []  # what was wrong with the guest's packets
        self._respond = respond
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self):
        self._thread.join()
        self._listener.close()

    def _serve(self):
        guest, _ = self._listener.accept()
        with guest, guest.makefile("rb") as stream:
            try:
                while prefix := stream.read(4):
                    frame = stream.read(struct.unpack("!I", prefix)[0])
                    guest.sendall(b"".join(self._handle(frame)))
            except OSError:
                pass  # the guest has left

    def _handle(self, frame):
        if frame[12:14] == b"\x08\x06":
            reply = b"\0\1\x08\0\6\4\0\2" + GATEWAY_MAC + GATEWAY + GUEST_MAC + GUEST
            return [wire(b"\x08\x06", reply)]
        packet = frame[14:]
        datagram = packet[20:]
        pseudo = GUEST + GATEWAY + struct.pack("!BBH", 0, 17, len(datagram))
        if checksum(packet[:20]) != 0 or checksum(pseudo + datagram) != 0:
            self.wrong.append(packet)
        port = struct.unpack("!H", datagram[:2])[0]
        self.queries.append((port, datagram[8:]))
        return [
            piece if isinstance(piece, Raw) else wire(b"\x08\x00", piece)
            for piece in self._respond(port, datagram[8:], len(self.queries))
        ]


class Raw(bytes):
    """Bytes for the stream as they are."""


def wire(ethertype, payload):
    frame = GUEST_MAC + GATEWAY_MAC + ethertype + payload
    return struct.pack("!I", len(frame)) + frame


@pytest.fixture(name="ask")
def fixture_ask(tmp_path):
    """Asks for example.org. through a gateway; returns (exit code, stdout, stderr, queries)."""

    def ask(respond, *arguments):
        path = tmp_path / "net.sock"
        gateway = Gateway(path, respond)
        run = subprocess.run(
            [TESTS / "guest-probe", path, *(arguments or ("example.org.",))],
            capture_output=True,
            text=True,
            timeout=300,
        )
        gateway.close()
        os.unlink(path)
        assert gateway.wrong == []
        return run.returncode, run.stdout.strip(), run.stderr, gateway.queries

    return ask


A1, A2 = record(bytes([192, 0, 2, 1])), record(bytes([192, 0, 2, 2]))
LOOP = record(b"x", name=b"\xc0\x1d")  # points at itself


@pytest.mark.parametrize(
    "answer, said",
    [
        (lambda q: message(q, [A1]), "A 192.0.2.1"),
        (lambda q: message(q, [A1, A2]), "A 192.0.2.1,192.0.2.2"),
        (lambda q: message(q, [record(b"")]), "A length-0"),
        (lambda q: message(q, [record(NAME, kind=5), A1]), "A 192.0.2.1"),
        (lambda q: message(q, [record(b"\1\2\3")]), "A 010203"),
        (lambda q: message(q), "empty"),
        (lambda q: message(q, flags=0x8183), "NXDOMAIN"),
        (lambda q: message(q, flags=0x8182), "SERVFAIL"),
        (lambda q: message(q, flags=0x8189), "rcode-9"),
        (lambda q: message(q, [A1], flags=0x8380), "truncated"),
        (lambda q: message(q, [A1], count=2), "malformed"),
        (lambda q: message(q, [A1])[:-1], "malformed"),
        (lambda q: message(q, [record(b"\1", length=65535)]), "malformed"),
        (lambda q: message(q, [LOOP]), "malformed"),
        (lambda q: message(q, [record(b"", name=b"\x80")]), "malformed"),
        (lambda q: message(q, count=65535), "malformed"),
    ],
)
def test_answer_is_put_into_words(ask, answer, said):
    rc, out, _, queries = ask(lambda port, query, _: [udp(port, answer(query))])
    assert (rc, out) == (0, f"example.org. {said}")
    assert len(queries) == 1


SEARCHED = {
    # libc: {name: the questions where nothing exists}
    "glibc": {
        "db": ["db.localdomain.", "db."],
        "a.example": ["a.example.", "a.example.localdomain."],
        "db.": ["db."],
    },
    "musl": {"db": ["db.localdomain.", "db."], "a.example": ["a.example."], "db.": ["db."]},
}


def question_of(query):
    labels, at = [], 12
    while query[at]:
        labels.append(query[at + 1 : at + 1 + query[at]].decode())
        at += 1 + query[at]
    return "".join(f"{label}." for label in labels)


def as_libc(libc):
    return ["--musl"] if libc == "musl" else []


@pytest.mark.parametrize("libc", SEARCHED)
def test_a_name_is_searched_for_as_libc_does(ask, libc):
    names = SEARCHED[libc]
    _, out, _, queries = ask(
        lambda port, query, _: [udp(port, message(query, flags=0x8183))], *as_libc(libc), *names
    )
    assert out.splitlines() == [f"{name} NXDOMAIN" for name in names]
    assert [question_of(query) for _, query in queries] == sum(names.values(), [])


@pytest.mark.parametrize("libc", SEARCHED)
@pytest.mark.parametrize("name", ["db", "a.example"])
def test_the_first_name_that_exists_ends_the_search(ask, libc, name):
    """Each name in turn is the one that exists."""
    questions = SEARCHED[libc][name]
    for good in questions:

        def respond(port, query, _, good=good):
            found = question_of(query) == good
            return [udp(port, message(query, [A1] if found else [], 0x8180 if found else 0x8183))]

        _, out, _, queries = ask(respond, *as_libc(libc), name)
        assert out == f"{name} A 192.0.2.1"
        assert [question_of(query) for _, query in queries] == questions[: questions.index(good) + 1]


@pytest.mark.parametrize("libc, asked", [("glibc", 2), ("musl", 1)])
def test_a_name_without_an_address_ends_the_search_of_musl_alone(ask, libc, asked):
    _, out, _, queries = ask(lambda port, query, _: [udp(port, message(query))], *as_libc(libc), "db")
    assert (out, len(queries)) == ("db empty", asked)


@pytest.mark.parametrize(
    "kind, data, said",
    [
        ("TXT", b"\3abc\2de", 'TXT "abc""de"'),
        ("TXT", b"\5abc", "TXT "),
        ("CNAME", b"\1a" + POINTER, "CNAME a.example.org."),
        ("CNAME", b"\1a\xc0\xff", "malformed"),
        ("AAAA", bytes(15) + b"\1", "AAAA ::1"),
        ("MX", b"\0\1", "MX 0001"),
    ],
)
def test_other_types_have_their_text(ask, kind, data, said):
    number = {"TXT": 16, "CNAME": 5, "AAAA": 28, "MX": 15}[kind]
    rc, out, _, queries = ask(
        lambda port, query, _: [udp(port, message(query, [record(data, kind=number)]))],
        "--type",
        kind,
        "example.org.",
    )
    assert (rc, out) == (0, f"example.org. {said}".strip())
    assert struct.unpack("!HH", queries[0][1][-4:]) == (number, 1)


def stray(port, query):
    """Frames that are not the answer, each for a reason of its own."""
    good = message(query, [A2])
    other_id = bytes([query[0] ^ 1]) + good[1:]
    datagram = udp(port, good)
    return [
        udp(port, other_id),
        udp(port ^ 1, good),
        udp(port, good, source_port=54),
        udp(port, good, source=bytes([192, 168, 127, 9])),
        udp(port, message(query, [A2], flags=0x0180)),
        udp(port, message(query, [A2], question=b"\7exampl3" + query[20:])),
        udp(port, b""),
        udp(port, good[:11]),
        datagram[:-1] + bytes([datagram[-1] ^ 1]),
        datagram[:8] + bytes([datagram[8] ^ 1]) + datagram[9:],
        ipv4(datagram[20:], protocol=6),
        ipv4(datagram[20:], offset=0x2000),
        ipv4(b"\0\0"),
        b"",
        datagram[:19],
        b"\x4f" + datagram[1:],
        b"\x60" + datagram[1:],
        Raw(struct.pack("!I", 0)),
        Raw(struct.pack("!I", 5) + b"short"),
        Raw(wire(b"\x08\x06", b"\0\1")),
    ]


def test_what_is_not_the_answer_is_passed_over(ask):
    rc, out, _, _ = ask(
        lambda port, query, _: [*stray(port, query), udp(port, message(query, [A1]))]
    )
    assert (rc, out) == (0, "example.org. A 192.0.2.1")


def test_a_lost_query_is_sent_again(ask):
    rc, out, _, queries = ask(
        lambda port, query, number: [udp(port, message(query, [A1]))] if number == 3 else []
    )
    assert (rc, out) == (0, "example.org. A 192.0.2.1")
    assert len(queries) == 3 and len(set(queries)) == 1


def test_silence_is_said_to_be_silence(ask):
    rc, out, _, queries = ask(lambda *_: [])
    assert (rc, out) == (0, "example.org. no-reply")
    assert 2 <= len(queries) <= 11


def test_a_frame_too_long_for_any_network_ends_the_probe(ask):
    rc, out, err, _ = ask(lambda *_: [Raw(struct.pack("!I", 0xFFFFFFFF) + bytes(70000))])
    assert (rc, out) == (1, "") and "Protocol error" in err


@pytest.mark.parametrize("name", ["a..b", ".a", "a" * 64, ".".join(["a" * 60] * 5)])
def test_what_is_no_name_is_refused(ask, name):
    rc, out, err, queries = ask(lambda *_: [], name)
    assert (rc, out, queries) == (1, "", []) and "Invalid argument" in err


def test_the_name_is_asked_as_written(ask):
    _, out, _, queries = ask(
        lambda port, query, _: [udp(port, message(query))], "eXample.ORG.", "."
    )
    assert out == "eXample.ORG. empty\n. empty"
    assert [query[12:-4] for _, query in queries] == [b"\7eXample\3ORG\0", b"\0"]


def test_a_missing_socket_is_an_error(tmp_path):
    run = subprocess.run(
        [TESTS / "guest-probe", tmp_path / "none", "example.org"], capture_output=True, text=True
    )
    assert run.returncode == 1 and "No such file" in run.stderr
