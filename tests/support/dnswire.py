"""Just enough DNS to ask a question and to read every byte of the answer, without the library that
the server is built on."""

import collections
import ipaddress
import struct

TYPES = {"A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "TXT": 16, "AAAA": 28, "OPT": 41}
TYPE_NAMES = {number: name for name, number in TYPES.items()}

Record = collections.namedtuple("Record", "name type ttl data")
Message = collections.namedtuple(
    "Message", "id qr opcode aa tc rd ra rcode question answer authority additional"
)


def encode_name(name):
    labels = [label.encode() for label in name.split(".") if label]
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


def encode_query(name, type="A", id=0x1234, edns=None):
    """A query with RD set; `edns` is the UDP size to announce, if any."""
    header = struct.pack("!6H", id, 0x0100, 1, 0, 0, 0 if edns is None else 1)
    question = encode_name(name) + struct.pack("!2H", TYPES[type], 1)
    opt = b"" if edns is None else b"\0" + struct.pack("!2HIH", TYPES["OPT"], edns, 0, 0)
    return header + question + opt


def _decode_name(wire, at):
    """The name at `at`, and where it ends there."""
    labels = []
    end = None
    for _ in range(128):
        length = wire[at]
        if length >= 0xC0:
            end = at + 2 if end is None else end
            at = (length & 0x3F) << 8 | wire[at + 1]
        elif length >= 0x40:
            raise ValueError(f"label type {length:#x} at {at}")
        elif length == 0:
            return ".".join(labels) or ".", at + 1 if end is None else end
        else:
            labels.append(wire[at + 1 : at + 1 + length].decode())
            at += 1 + length
    raise ValueError("name without end")


def _decode_record(wire, at):
    name, at = _decode_name(wire, at)
    type, _class, ttl, length = struct.unpack_from("!2HIH", wire, at)
    at += 10
    data = wire[at : at + length]
    if len(data) != length:
        raise ValueError("record longer than the message")
    if type in (TYPES["A"], TYPES["AAAA"]):
        data = str(ipaddress.ip_address(data))
    elif type == TYPES["CNAME"]:
        data, _ = _decode_name(wire, at)
    return Record(name, TYPE_NAMES.get(type, type), ttl, data), at + length


def decode(wire):
    """The whole message; ValueError, IndexError or struct.error where it is none."""
    id, flags, *counts = struct.unpack_from("!6H", wire)
    at = 12
    questions = []
    for _ in range(counts[0]):
        name, at = _decode_name(wire, at)
        type, _class = struct.unpack_from("!2H", wire, at)
        questions.append((name, TYPE_NAMES.get(type, type)))
        at += 4
    sections = []
    for count in counts[1:]:
        records = []
        for _ in range(count):
            record, at = _decode_record(wire, at)
            records.append(record)
        sections.append(records)
    if at != len(wire):
        raise ValueError(f"{len(wire) - at} bytes behind the message")
    return Message(
        id,
        flags >> 15,
        flags >> 11 & 15,
        flags >> 10 & 1,
        flags >> 9 & 1,
        flags >> 8 & 1,
        flags >> 7 & 1,
        flags & 15,
        questions,
        *sections,
    )
