"""Answers to the question for A of h.test, damaged wherever no needed record is. Their identifier is 0,
for whoever asks to put in."""

import struct

A, CNAME, OPT, IN = 1, 5, 41, 1
UNNEEDED = {"NS": 2, "SOA": 6, "MX": 15, "TXT": 16, "AAAA": 28, "SRV": 33, "DNAME": 39, "OPT": 41,
            "RRSIG": 46, "HTTPS": 65, "private": 65280}
QUESTION = 12  # where the name of the question stands


def wire(name):
    return b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"


def pointer(at):
    return struct.pack("!H", 0xC000 | at)


class Answer:
    """message: its bytes. own: the addresses of A records that the question's chain leads to."""

    def __init__(self, random):
        self.random = random
        self.own = set()
        # All records can be gone through. Else their order is that of the chain: an address does not
        # count where a link before it cannot be read.
        self.whole = random.randrange(2) == 0
        self.message = self.make()

    def chance(self, percent):
        return self.random.randrange(100) < percent

    def junk(self, most):
        return bytes(self.random.choice((self.random.randrange(256), 0, 0xC0, 12, 63, 64))
                     for _ in range(self.random.randint(0, most)))

    def record(self, owner, type, data, ttl=60):
        return owner + struct.pack("!2HIH", type, IN, ttl, len(data)) + data

    def unneeded(self):
        owner = self.random.choice((pointer(QUESTION), pointer(QUESTION), b"\0", wire("other.test")))
        if not self.whole and self.chance(10):
            owner = self.random.choice((pointer(self.random.randrange(0x4000)), b"\x40"))
        type = self.random.choice(list(UNNEEDED.values()))
        data = self.random.choice((self.junk(40), b"\0\x0a" + wire("mail.test"), b"\xff" * 3, b""))
        return self.record(owner, type, data, self.random.choice((60, 0, 1 << 24)))

    def needed(self):
        """The chain of the question, each with a name of its own, and an A record of another owner."""
        names = ["h.test", "a.test", "b.c.test"][: self.random.randint(1, 3)]
        owners = [pointer(QUESTION), *map(wire, names[1:])]
        records = [self.record(owner, CNAME, wire(target)) for owner, target in zip(owners, names[1:])]
        for _ in range(self.random.randint(0, 3)):
            address = bytes([192, 0, 2, self.random.randint(1, 254)])
            self.own.add(".".join(map(str, address)))
            records.append(self.record(owners[-1], A, address))
        if self.chance(10):
            records.append(self.record(wire("foreign.test"), A, bytes([10, 66, 66, 66])))
        if self.whole and self.chance(50):
            self.random.shuffle(records)
        return records

    def make(self):
        answers = self.needed()
        for _ in range(self.random.choice((0, 0, 1, 1, 2, 4))):
            answers.insert(self.random.randint(0, len(answers)), self.unneeded())
        others = [[self.unneeded() for _ in range(self.random.choice((0, 0, 0, 1, 2)))] for _ in range(2)]
        counts = [len(answers), *map(len, others)]
        if not self.whole and self.chance(40):
            which = self.random.randrange(3)
            counts[which] = max(0, counts[which] + self.random.choice((-1, 1, 2, 1000)))
        flags = 0x8000 | self.random.choice((0x0580, 0x0180, 0x0180, 0x0400, 0x0100))
        flags |= self.random.choice((0,) * 20 + (0x0200, 1, 2, 3, 4, 5, 9))
        body = b"".join([*answers, *others[0], *others[1]])
        if not self.whole and self.chance(40):
            body = body[: self.random.randint(0, len(body))]
        if self.chance(10):
            body += self.junk(20)
        return struct.pack("!6H", 0, flags, 1, *counts) + wire("h.test") + struct.pack("!2H", A, IN) + body
