"""Random files as people and programs write them, and as neither should."""

LONGEST = 64 * 1024 - 1

NAMES = [
    "db", "db.", "DB", "a.example", "a.example.", "A.Example", "a.example..", ".", "..", "x.db.",
    "b.a.example", "localhost", "x.localhost", "localhost.localdomain", "_gateway", "_outbound",
    "printer.local", "printer.LOCAL.", "local", "back\\slash", "per%cent", "under_score.example",
    "box", "box.corp.example", "BOX.corp.example.",
]

V4 = ["127.0.0.1", "192.0.2.1", "10.0.0.255", "0.0.0.0", "01.2.3.4", "1.2.3", "1.2.3.4.5", "256.1.1.1",
      "1.2.3.4%lo", "1..3.4", "0x7f.0.0.1", "2130706433", "1.2.3.00", "1.2.3.4.", "+1.2.3.4"]
V6 = ["::1", "2001:db8::1", "::", "::ffff:192.0.2.9", "::FFFF:10.0.0.1", "fe80::1%lo", "fe80::1%1",
      "fe80::1%nowhere", "fe80::1%", "::ffff:192.0.2.9%lo", "1::2::3", ":1", "1:", "1:2:3:4:5:6:7:8",
      "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8", "1:2:3:4:5:6:7::8", "12345::", "::1.2.3.4", "::1.2.3",
      "0:0:0:0:0:ffff:c000:0209", "1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:1.2.3.4", "::01.2.3.4", "[::1]",
      "2001:DB8::A", "::g", "00001::", "::ffff:1.2.3.256", "%lo", "::1%lo%lo", "1::%25"]


class Files:
    """Texts of one random source. Half of the files are of words that everybody knows."""

    def __init__(self, random):
        self.random = random
        self.wild = True

    def chance(self, percent):
        return self.random.randrange(100) < percent

    def pick(self, *words):
        return self.random.choice(words)

    def some(self, most, make):
        return [make() for _ in range(self.random.randint(0, most))]

    # ---- what all have ----

    def blanks(self):
        if not self.wild:
            return self.pick(" ", " ", " ", "\t", "  ")
        return self.pick(" ", " ", " ", " ", "\t", "  ", " \t ", "\r", "\f", "\v", "\xa0")

    def damaged(self, text):
        """Now and then a byte is changed, put in or lost."""
        if text and self.wild and self.chance(8):
            at = self.random.randrange(len(text))
            junk = self.pick("\0", "#", ";", "\t", "\n", "\r", ":", "[", "]", "=", "!", ".", "%", "\xff")
            return text[:at] + self.pick("", junk) + text[at + self.random.randint(0, 1):]
        return text

    def line(self, words, comment="#"):
        text = self.pick("", "", "", "", self.blanks()) + words[0]
        for word in words[1:]:
            text += self.blanks() + word
        text += self.pick("", "", "", self.blanks())
        if self.wild:
            text += self.pick("", "", f" {comment} note", f"{comment}note")
        return self.damaged(text) + self.pick("\n", "\n", "\n", "\n", "\n", "\r\n")

    def long_line(self):
        """About as long as Go takes, of blanks or of a comment."""
        return self.pick(" ", "#", "x", "::1 ") * self.random.randint(LONGEST - 2, LONGEST + 2) + "\n"

    def file(self, most, make_line):
        self.wild = self.chance(50)
        lines = self.some(most, make_line)
        if self.chance(1):
            lines.insert(self.random.randint(0, len(lines)), self.long_line()[-LONGEST - 3:])
        text = "".join(lines)
        if self.wild and self.chance(5):
            text = "\ufeff".encode().decode("latin-1") + text
        return text[:-1] if self.chance(15) else text

    # ---- hosts ----

    def hosts(self):
        return self.file(12, self.hosts_line)

    def hosts_line(self):
        if self.chance(10):
            return self.pick("\n", "# all\n", "\t\n", self.pick(*V4) + "\n", "a.example 192.0.2.1\n")
        address = self.pick(*V4) if self.chance(55) else self.pick(*V6)
        return self.line([address, *self.some(3, lambda: self.pick(*NAMES)), self.pick(*NAMES)])

    # ---- resolv.conf ----

    def resolv(self):
        return self.file(9, self.resolv_line)

    def resolv_line(self):
        kind = self.random.randrange(100)
        if kind < 40:
            words = ["nameserver", *self.some(2, lambda: self.pick(*V4[:6], *V6))]
        elif kind < 52:
            words = ["search", *self.some(4, self.domain)]
        elif kind < 60:
            words = ["domain", *self.some(2, self.domain)]
        elif kind < 90 or not self.wild:
            words = ["options", *self.some(4, self.option)]
        else:
            words = [self.pick("lookup", "sortlist", "family", "Nameserver", "nameservers", "option",
                               ";", "#", "search:", "nameserver192.0.2.1"), self.domain()]
        return self.line(words, self.pick("#", ";"))

    def domain(self):
        return self.pick("corp.example", "Corp.Example.", "svc.cluster.local", "local", ".", "..", "a..b",
                         "x" * 70, ".".join(["y" * 60] * 5), "0")

    def option(self):
        if not self.wild and self.chance(98):
            return self.pick(*[f"{name}:{self.number()}" for name in ("ndots", "timeout", "attempts")],
                             "rotate", "use-vc", "tcp", "trust-ad", "edns0", "single-request")
        return self.pick(
            "ndots:", "timeout:", "attempts:", "Ndots:", "ndots") + self.number() if self.chance(50) else \
            self.pick("rotate", "use-vc", "usevc", "tcp", "trust-ad", "edns0", "no-reload", "no-aaaa",
                      "single-request", "single-request-reopen", "inet6", "debug", "ROTATE", "rotate:1",
                      "no-tld-query", "use-vc,rotate")

    def number(self):
        return self.pick("0", "1", "2", "5", "15", "16", "99", "-1", "", "x", "3x", "007", "16777214",
                         "16777215", "99999999999999999999")

    # ---- nsswitch.conf ----

    def nsswitch(self):
        return self.file(5, self.nsswitch_line)

    def nsswitch_line(self):
        database = self.pick(*["hosts"] * 6, "passwd", "Hosts", "hosts.", "host")
        words = [database + (self.pick(":", ":", ":", " :", "", ":files") if self.wild else ":")]
        for _ in range(self.random.randint(0, 5)):
            words.append(self.source())
            if self.chance(30) and (self.wild or self.chance(50)):
                words.append(self.criteria())
        return self.line(words)

    def source(self):
        if not self.wild:
            return self.pick("files", "files", "dns", "dns", "myhostname", "mdns4_minimal", "sss")
        return self.pick("files", "files", "files", "dns", "dns", "myhostname", "mymachines", "mdns",
                         "mdns4_minimal", "mdns_minimal", "resolve", "sss", "compat", "Files",
                         "files[NOTFOUND=return]", "nis", "[NOTFOUND=return]")

    def criteria(self):
        if not self.wild:
            return self.pick("[NOTFOUND=return]", "[UNAVAIL=continue]", "[!UNAVAIL=return]",
                             "[SUCCESS=return NOTFOUND=return]", "[NOTFOUND=return SUCCESS=return]")
        return self.pick("[", "[", "[ ", "[\t") + " ".join(self.some(3, self.criterion)) + self.pick(
            "]", "]", "]", " ]", "", "]dns")

    def criterion(self):
        return self.pick("", "", "", "!") + self.pick(
            "NOTFOUND", "notfound", "UNAVAIL", "SUCCESS", "TRYAGAIN", "merge", "", "x") + self.pick(
            "=", "=", "=", "=", "", " = ") + self.pick("return", "continue", "RETURN", "merge", "")
