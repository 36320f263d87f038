"""A guest's TCP connections, made frame by frame on a box's net.sock; just enough for a TLS hello.

The socket carries Ethernet frames, each behind its length in 4 bytes (QEMU's stream protocol).
Nothing is ever lost on it, so nothing is sent twice. A shim serves one guest in its life.
"""

import socket
import ssl
import struct

GUEST_MAC = bytes.fromhex("5a94efe40cee")
GATEWAY_MAC = bytes.fromhex("5a94efe40cdd")
GUEST_IP = socket.inet_aton("192.168.127.2")
ARP, IPV4, TCP = 0x0806, 0x0800, 6
FIN, SYN, RST, ACK = 1, 2, 4, 16
PATIENCE_S = 10


def client_hello(name):
    """What a TLS client says first to the server `name`; None: without saying to which."""
    hello = ssl.MemoryBIO()
    context = ssl.create_default_context()
    context.check_hostname = name is not None
    client = context.wrap_bio(ssl.MemoryBIO(), hello, server_hostname=name)
    try:
        client.do_handshake()
    except ssl.SSLWantReadError:
        pass
    return hello.read()


def checksum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


class Guest:
    """The guest on a net.sock; one connection at a time."""

    def __init__(self, path):
        self._ports = (40000, 0)
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(PATIENCE_S)
        self._socket.connect(str(path))
        self._frames = self._socket.makefile("rb")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._frames.close()
        self._socket.close()

    def _send_frame(self, kind, payload):
        frame = GATEWAY_MAC + GUEST_MAC + struct.pack("!H", kind) + payload
        self._socket.sendall(struct.pack("!I", len(frame)) + frame)

    def _send(self, flags, data=b""):
        head = struct.pack(
            "!HHIIBBHHH", *self._ports, self._next, self._expected, 5 << 4, flags, 65000, 0, 0
        )
        pseudo = GUEST_IP + self._address + struct.pack("!BBH", 0, TCP, len(head) + len(data))
        segment = bytearray(head + data)
        struct.pack_into("!H", segment, 16, checksum(pseudo + bytes(segment)))
        packet = bytearray(
            struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(segment), 1, 0, 64, TCP, 0)
            + GUEST_IP
            + self._address
        )
        struct.pack_into("!H", packet, 10, checksum(bytes(packet)))
        self._send_frame(IPV4, bytes(packet + segment))
        self._next += len(data) + bool(flags & (SYN | FIN))

    def _answer_arp(self, request):
        operation, asked = struct.unpack("!H", request[6:8])[0], request[24:28]
        if operation == 1 and asked == GUEST_IP:
            reply = request[:6] + b"\0\2" + GUEST_MAC + GUEST_IP + request[8:18]
            self._send_frame(ARP, reply)

    def _receive(self):
        """Flags and data of the next segment for this connection."""
        while True:
            length = struct.unpack("!I", self._frames.read(4))[0]
            frame = self._frames.read(length)
            kind, payload = struct.unpack("!H", frame[12:14])[0], frame[14:]
            if kind == ARP:
                self._answer_arp(payload)
            if kind != IPV4 or payload[9] != TCP:
                continue
            segment = payload[(payload[0] & 15) * 4 : struct.unpack("!H", payload[2:4])[0]]
            source, target, sequence = struct.unpack("!HHI", segment[:8])
            if (target, source) != self._ports:
                continue
            flags, data = segment[13], segment[(segment[12] >> 4) * 4 :]
            if flags & SYN:
                self._expected = sequence
            if sequence == self._expected:
                self._expected += len(data) + bool(flags & (SYN | FIN))
                return flags, data

    def talk(self, address, port, text):
        """Connects and says `text`; what is said in return, b"" if the gateway hangs up."""
        self._address = socket.inet_aton(address)
        self._ports = (self._ports[0] + 1, port)
        self._next, self._expected = 1000, 0
        self._send(SYN)
        flags, _ = self._receive()
        if flags & RST:
            return b""
        self._send(ACK)
        self._send(ACK, text)
        while True:
            flags, data = self._receive()
            if data:
                return data
            if flags & (RST | FIN):
                return b""
