"""A world while it is being made: names and their records, nameservers, and the three files of /etc.

What is not said stays as on an ordinary machine: one nameserver that answers at once.
"""

import dataclasses

# Of a sandbox with --address: the network of this address has a route, no other has.
ROUTED = "10.255.255.1"

NSSWITCH = "passwd: files\nhosts: files dns\n"
HOSTS = "127.0.0.1 localhost\n::1 localhost ip6-localhost\n"


@dataclasses.dataclass
class Name:
    """A name that is looked up.

    asked   as the bridge asks for it
    rule    of allow_net, which makes it be asked for
    first   addresses that the original can be told first
    also    others that are the name's own
    excuse  a word of judge.EXCUSES: why ours may be without an address
    listed_below  it is found through the search list
    late_excuse  a word of judge.LATE: why ours may be late
    """

    asked: str
    rule: str
    first: set
    also: set = dataclasses.field(default_factory=set)
    excuse: str = ""
    listed_below: bool = False
    late_excuse: str = ""

    @property
    def key(self):
        """As ours reports it."""
        return self.asked.lower().rstrip(".")


@dataclasses.dataclass
class Server:
    """modifiers: before each of its actions. instead: an action that takes the place of all."""

    address: str
    listen: str = ""  # "udp:" or "tcp:": the other is closed; None: nobody is there
    modifiers: str = ""
    instead: str = ""
    own: dict = dataclasses.field(default_factory=dict)  # name: action

    @property
    def host(self):
        return f"[{self.address}]:53" if ":" in self.address else f"{self.address}:53"

    def script(self, zone):
        where = f"@{self.address}"
        if self.instead:
            return f"{where} default {self.modifiers} {self.instead}\n"
        actions = {**zone, **self.own}
        lines = [
            f"{where} {name} "
            + " ; ".join(f"{self.modifiers} {step}" for step in action.split(" ; "))
            for name, action in actions.items()
        ]
        if "default" not in actions:
            lines.append(f"{where} default {self.modifiers} nxdomain")
        return "\n".join(lines) + "\n"


class Draft:
    def __init__(self, random):
        self.random = random
        self.routed = random.random() < 0.4
        self.servers = [Server("127.0.0.1")]
        self.zone = {}
        self.names = []
        self.search = []
        self.options = []
        self.lines = []  # more of resolv.conf
        self.resolv_conf = None  # all of it
        self.hosts = HOSTS
        self.nsswitch = NSSWITCH
        self.hidden = []
        self.variables = {}  # of whoever looks up

    # ---- pieces

    def pick(self, *choices):
        return self.random.choice(choices)

    def label(self):
        return self.pick("api", "db", "git", "pypi", "x", "a_b", "node-7") + str(
            self.random.randrange(1000)
        )

    def dotted(self):
        """A name that has not been used, with one dot or more."""
        labels = [self.label() for _ in range(self.random.randint(1, 4))]
        return ".".join([*labels, self.pick("example", "test", "corp", "invalid")])

    def address(self, routed=None):
        if routed is None:
            routed = self.random.random() < 0.5
        network = "10.{}.{}.{}" if routed else self.pick("203.0.113.{2}", "198.51.{1}.{2}")
        return network.format(*(self.random.randint(1, 254) for _ in range(3)))

    def addresses(self, most=4):
        return list(dict.fromkeys(self.address() for _ in range(self.random.randint(1, most))))

    def first_of(self, addresses):
        """As sent, but what has no route goes behind."""
        with_route = [a for a in addresses if self.routed and a.startswith("10.")]
        return (with_route or addresses)[0]

    # ---- names

    def listed(self, asked, addresses, rule=None, excuse=""):
        """A name with these addresses, wherever they come from."""
        first = {self.first_of(addresses)} if addresses else set()
        name = Name(asked, rule or asked, first, set(addresses), excuse)
        self.names.append(name)
        return name

    def host(self, asked=None, addresses=None, action="answer", **more):
        """A name in DNS. Returns it."""
        asked = asked or self.dotted()
        addresses = addresses or self.addresses()
        self.zone[asked.lower().rstrip(".")] = f"{action} {','.join(addresses)}"
        return self.listed(asked, addresses, **more)

    def below(self, asked, domains, addresses):
        """A name in DNS that one of the domains completes."""
        self.zone[f"{asked}.{self.pick(*domains)}"] = f"answer {','.join(addresses)}"
        self.listed(asked, addresses).listed_below = True

    def nowhere(self, asked=None, action="nxdomain"):
        asked = asked or self.dotted()
        self.zone[asked.lower()] = action
        return self.listed(asked, [])

    # ---- nameservers

    def serve(self, *servers):
        """Sets them: a Server's fields without its address, each."""
        self.servers = [
            Server(f"127.0.0.{number}", **fields) for number, fields in enumerate(servers, 1)
        ]

    def with_good(self, *bad):
        """The bad ones, and a good one behind them."""
        self.serve(*bad, {})

    # ---- the files

    def make_resolv_conf(self):
        lines = [f"nameserver {server.address}" for server in self.servers]
        if self.search:
            lines.append("search " + " ".join(self.search))
        if self.options:
            lines.append("options " + " ".join(self.options))
        lines += self.lines
        return "".join(f"{line}\n" for line in lines)

    def script(self):
        return "".join(s.script(self.zone) for s in self.servers if s.listen is not None)

    def listen(self):
        return [s.listen + s.host for s in self.servers if s.listen is not None]
