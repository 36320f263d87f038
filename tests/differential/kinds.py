"""The kinds of worlds: what a bridge meets on the machines that it runs on.

Each function makes a Draft such a world; its name is the kind, its doc string says where it is met.
"""

from draft import HOSTS, NSSWITCH

KINDS = {}


def kind(function):
    KINDS[function.__name__] = function
    return function


# ---- healthy ----------------------------------------------------------------------------------


@kind
def plain(d):
    """One nameserver, one name."""
    d.host()


@kind
def several_names(d):
    """A usual allow_net."""
    for _ in range(d.random.randint(2, 12)):
        d.host()


@kind
def wildcard(d):
    """The domain of a wildcard is looked up for its zone."""
    name = d.dotted()
    d.host(name, rule=f"*.{name}")


@kind
def spelled(d):
    """Rules as people write them."""
    name = d.dotted()
    asked = d.pick(name.upper(), name.capitalize(), f"{name}.")
    d.host(asked)


@kind
def special_names(d):
    """Names that some resolvers treat apart, and the longest."""
    d.host(
        d.pick(
            f"{d.label()}.localhost",
            f"{d.label()}.local",
            f"{d.label()}.internal",
            f"{d.label()}.home.arpa",
            "host.docker.internal",
            "xn--bcher-kva.example",
            "1.2.3.4.example",
            "127.example",
            f"{'l' * 63}.example",
            ".".join(["x" * 49] * 5),
        )
    )


@kind
def turning(d):
    """A pool whose order turns with each answer."""
    name = d.host(action="rotate", addresses=[d.address(routed=True) for _ in range(3)])
    name.first |= name.also


# ---- slow, silent, lossy ----------------------------------------------------------------------


@kind
def slow(d):
    """A resolver behind a VPN."""
    d.host()
    d.serve(*[{"modifiers": f"delay {d.random.randint(300, 4500)}"}] * d.random.randint(1, 2))


@kind
def very_slow(d):
    """A satellite, and a resolv.conf that knows of it."""
    d.host()
    d.serve({"modifiers": f"delay {d.random.randint(5000, 8000)}"})
    d.options.append("timeout:10")


@kind
def slow_behind_silent(d):
    """The first nameserver is gone, the second far away."""
    d.host()
    d.serve({"instead": "drop"}, {"modifiers": f"delay {d.random.randint(300, 2500)}"})


@kind
def slow_first(d):
    """Two that both answer, the first of them late."""
    d.host()
    d.with_good({"modifiers": f"delay {d.random.randint(300, 4000)}"})


@kind
def silent_first(d):
    """The first of two nameservers is gone."""
    d.host()
    d.with_good({"instead": "drop"})


@kind
def silent_two(d):
    """Two of three are gone."""
    d.host()
    bad = [{"instead": "drop"}, {"instead": "drop"}]
    bad.insert(d.random.randrange(3), {})
    d.serve(*bad)


@kind
def short_timeout(d):
    """Patience as resolv.conf sets it."""
    d.host()
    d.with_good({"instead": "drop"})
    d.options += [f"timeout:{d.random.randint(1, 4)}", f"attempts:{d.random.randint(1, 5)}"]


@kind
def awake_later(d):
    """A link that comes up while the box starts."""
    name = d.host()
    d.zone[name.key] = "drop ; " * d.random.randint(1, 2) + d.zone[name.key]


@kind
def closed_first(d):
    """Nothing listens at the first address: ICMP says so at once."""
    d.host()
    d.with_good({"listen": None})


@kind
def loss(d):
    """Radio."""
    d.host()
    d.serve({"modifiers": f"lose {d.random.randint(5, 40)} {d.random.randrange(10**6)}"})


@kind
def loss_of_two(d):
    """Radio, and two nameservers."""
    d.host()
    d.serve(
        *[
            {"modifiers": f"lose {d.random.randint(5, 40)} {d.random.randrange(10**6)}"}
            for _ in range(2)
        ]
    )


@kind
def loss_of_many(d):
    """Radio, and an allowlist."""
    for _ in range(d.random.randint(2, 4)):
        d.host()
    d.serve({"modifiers": f"lose {d.random.randint(5, 30)} {d.random.randrange(10**6)}"})


# ---- nameservers that fail --------------------------------------------------------------------


@kind
def servfail_first(d):
    """A validating resolver without its upstream."""
    d.host()
    d.with_good({"instead": "servfail"})


@kind
def servfail_once(d):
    """An upstream that was slow for the first question."""
    name = d.host()
    d.zone[name.key] = "servfail ; " + d.zone[name.key]


@kind
def refused_first(d):
    """A nameserver of another network."""
    d.host()
    d.with_good({"instead": "refused", "modifiers": d.pick("", "no-question")})


@kind
def refused_once(d):
    """An access list that is being loaded; dnsmasq's limit."""
    name = d.host()
    d.zone[name.key] = d.pick("", "no-question ") + "refused ; " + d.zone[name.key]


@kind
def notimp_first(d):
    """An appliance that knows few types."""
    d.host()
    d.with_good({"instead": d.pick("notimp", "formerr")})


@kind
def formerr_for_edns(d):
    """A nameserver from before 1999."""
    d.host()
    d.serve({"modifiers": "formerr-edns"})
    if d.random.random() < 0.5:
        d.options.append("no-aaaa")  # libc asks, and without EDNS


@kind
def formerr_for_edns_first(d):
    """Such a one, and a better one behind it."""
    d.host()
    d.with_good({"modifiers": "formerr-edns"})


@kind
def lame_first(d):
    """A nameserver that neither serves the zone nor asks others."""
    d.host()
    d.with_good({"instead": "lame"})


@kind
def nxdomain_second(d):
    """The second nameserver is that of another network and does not know the name."""
    d.host()
    d.serve({"modifiers": f"delay {d.random.randint(0, 3000)}"}, {"instead": "nxdomain"})


@kind
def nodata_second(d):
    """The second nameserver knows the name, but no address."""
    d.host()
    d.serve({"modifiers": f"delay {d.random.randint(0, 3000)}"}, {"instead": "nodata"})


@kind
def nxdomain_first(d):
    """The first one does not know it."""
    d.host()
    d.with_good({"instead": "nxdomain"})


@kind
def unlike_answers(d):
    """Split horizon: each nameserver has addresses of its own."""
    name = d.host()
    other = d.addresses()
    name.first.add(d.first_of(other))
    name.also |= set(other)
    d.serve(
        {"modifiers": d.pick("", "delay 700", "lose 30 5")},
        {"own": {name.key: f"answer {','.join(other)}"}},
    )


@kind
def rubbish_before(d):
    """Answers that are none, before the right one or from another nameserver."""
    name = d.host()
    rubbish = d.pick(
        "garbage",
        "empty-datagram",
        "wrong-id answer 10.66.66.66",
        "wrong-question answer 10.66.66.66",
        "wrong-source answer 10.66.66.66",
        "garbage-answer",
    )
    if d.random.random() < 0.5:
        d.zone[name.key] = f"{rubbish} ; {d.zone[name.key]}"
    else:
        d.with_good({"instead": rubbish})


@kind
def upper_case(d):
    """A nameserver that changes the case of names, in its question too."""
    d.host(action=d.pick("answer", "upper answer"))
    name = d.names[-1].key
    d.zone[name] = d.pick(f"upper {d.zone[name]}", f"upper cname x.test,y.test:{d.zone[name].split()[-1]}")


@kind
def poisoned(d):
    """Records that nobody asked for, beside the answer."""
    d.host()
    d.serve({"modifiers": "poison"})


@kind
def rate_limited(d):
    """An allowlist, and a nameserver that answers so many questions a second."""
    for _ in range(d.random.randint(20, 60)):
        d.host(addresses=[d.address()])
    d.serve({"modifiers": f"limit {d.random.randint(20, 60)}"})


# ---- several troubles at once -----------------------------------------------------------------


def trouble(d):
    """What a nameserver may suffer from; of none it gives a wrong address."""
    return d.pick(
        {},
        {"instead": "drop"},
        {"instead": "servfail"},
        {"instead": "refused", "modifiers": d.pick("", "no-question")},
        {"instead": "lame"},
        {"instead": "nxdomain"},
        {"instead": "nodata"},
        {"instead": d.pick("formerr", "notimp", "garbage", "empty-datagram")},
        {"instead": d.pick("truncate-refuse", "truncate-hang")},
        {"listen": None},
        {"listen": "udp:"},
        {"listen": "tcp:"},
        {"modifiers": f"delay {d.random.randint(1, 3000)}"},
        {"modifiers": f"lose {d.random.randint(5, 40)} {d.random.randrange(10**6)}"},
        {"modifiers": f"truncate delay {d.random.randint(1, 1000)}"},
        {"modifiers": "tcp-only"},
        {"modifiers": "formerr-edns"},
        {"modifiers": "poison reverse"},
        {"modifiers": f"others {d.pick('drop', 'servfail')}"},
    )


def troubles(d):
    servers = [trouble(d) for _ in range(d.random.randint(1, 3))]
    if all(server.get("listen") is None and "listen" in server for server in servers):
        servers[0] = {}
    d.serve(*servers)
    if d.random.random() < 0.3:
        d.options.append(d.pick("rotate", "use-vc", "timeout:1", "timeout:8", "attempts:1", "attempts:4"))


@kind
def troubled(d):
    """Nameservers of which each has something."""
    d.host(addresses=[d.address()])
    troubles(d)


@kind
def troubled_list(d):
    """The same, and an allowlist."""
    for _ in range(d.random.randint(2, 8)):
        d.host(addresses=[d.address()])
    troubles(d)


@kind
def troubled_search(d):
    """The same, and a name that is found through the search list."""
    d.search = [d.dotted() for _ in range(d.random.randint(1, 3))]
    d.options.append(f"ndots:{d.random.randint(2, 6)}")
    d.below(d.pick(d.label(), f"{d.label()}.{d.label()}"), d.search, [d.address()])
    troubles(d)


# ---- size and transport -----------------------------------------------------------------------


@kind
def truncated(d):
    """The answer comes over TCP."""
    d.host()
    d.serve({"modifiers": "truncate"})


@kind
def truncated_slowly(d):
    """The answer comes over TCP, byte by byte."""
    d.host()
    d.serve({"modifiers": f"truncate dribble {d.random.randint(1, 15)}"})


@kind
def truncated_without_tcp_first(d):
    """The first nameserver cuts answers, and a firewall does not let TCP through."""
    d.host()
    bad = d.pick(
        {"instead": "truncate-refuse"},
        {"instead": "truncate-hang"},
        {"modifiers": "truncate", "listen": "udp:"},
    )
    d.with_good(bad)


@kind
def tcp_only(d):
    """UDP is dropped or closed, and resolv.conf says so."""
    d.host()
    d.serve(d.pick({"modifiers": "tcp-only"}, {"listen": "tcp:"}))
    d.options.append(d.pick("use-vc", "usevc", "tcp"))


@kind
def tcp_only_first(d):
    """UDP is dropped or closed at the first nameserver, and resolv.conf does not say so."""
    d.host()
    d.with_good(d.pick({"modifiers": "tcp-only"}, {"listen": "tcp:"}))


def many(d, count):
    base = d.address(routed=True).rpartition(".")[0]
    addresses = [f"{base}.{number}" for number in range(1, count + 1)]
    name = d.host(addresses=addresses)
    d.zone[name.key] = f"many {count} {base}.1"


@kind
def big(d):
    """A headless service of 40 pods: over 512 bytes, within what EDNS allows."""
    many(d, d.random.randint(30, 60))
    d.serve({"listen": d.pick("", "udp:")})


@kind
def very_big(d):
    """More than a datagram takes, whatever EDNS says."""
    many(d, d.random.randint(90, 200))


# ---- answers ----------------------------------------------------------------------------------


@kind
def alias(d):
    """A content network: a chain of CNAMEs, in any order of the records."""
    name = d.dotted()
    addresses = d.addresses()
    chain = ",".join(d.dotted() for _ in range(d.random.randint(1, 8)))
    d.zone[name] = f"{d.pick('', 'reverse ')}cname {chain}:{','.join(addresses)}"
    found = d.listed(name, addresses)
    if d.zone[name].startswith("reverse"):
        found.first = {d.first_of(addresses[::-1])}


@kind
def foreign_owner(d):
    """Addresses of another name in the answer. Go takes them; ours must not."""
    d.host(action="foreign", excuse="foreign owner")
    d.names[-1].also = set()
    d.names[-1].first |= {a for a in d.zone[d.names[-1].key].split()[1].split(",")}


@kind
def sinkhole(d):
    """A filter says 0.0.0.0, alone or among others."""
    address = d.address()
    answer = d.pick(["0.0.0.0"], ["0.0.0.0", address], [address, "0.0.0.0"])
    name = d.host(addresses=answer)
    name.first = {address, "0.0.0.0"}
    # Go may put it behind, by RFC 6724, depending on the routes.
    name.excuse = "0.0.0.0" if answer[0] == "0.0.0.0" else ""


@kind
def sinkhole_first(d):
    """A filter at the first of two nameservers."""
    name = d.host()
    name.first.add("0.0.0.0")
    d.with_good({"own": {name.key: "sinkhole"}})


@kind
def routes(d):
    """A VPN's addresses beside public ones that cannot be reached."""
    d.routed = True
    addresses = [d.address(routed=False), d.address(routed=False), d.address(routed=True)]
    d.random.shuffle(addresses)
    d.host(addresses=addresses)


@kind
def both_families(d):
    """A and AAAA."""
    name = d.host()
    d.zone[name.key] += ",2001:db8::1"


@kind
def ipv6_only(d):
    """No A, definitely."""
    name = d.nowhere()
    d.zone[name.key] = "aaaa-only 2001:db8::1"


@kind
def only_a_is_answered(d):
    """A nameserver that is silent, wrong or sick where AAAA is asked for."""
    d.host()
    d.serve({"modifiers": f"others {d.pick('drop', 'nxdomain', 'servfail', 'notimp', 'refused')}"})


@kind
def dead(d):
    """A name that is not there, beside one that is."""
    d.nowhere(action=d.pick("nxdomain", "nodata", "servfail", "cname-loop other.test"))
    d.host()


# ---- resolv.conf ------------------------------------------------------------------------------


@kind
def kubernetes(d):
    """`db.prod` is found through the search list, with ndots:5 and now and then without."""
    d.search = ["prod.svc.cluster.local", "svc.cluster.local", "cluster.local"]
    d.options.append(d.pick("ndots:5", "ndots:5", "ndots:5", "edns0"))
    d.below(d.pick("db.prod", "api", "web.prod", "_grpc.db.prod"), d.search, d.addresses())
    if d.random.random() < 0.5:
        d.host()


@kind
def single_label(d):
    """Found through the search list, of up to six domains, or as it stands."""
    asked = d.label()
    d.search = [d.dotted() for _ in range(d.random.randint(0, 6))]
    addresses = d.addresses()
    place = d.pick(asked, *(f"{asked}.{domain}" for domain in d.search))
    d.zone[place] = f"answer {','.join(addresses)}"
    d.listed(asked, addresses)


@kind
def searched_twice(d):
    """There is one as it stands and one through the list. Go takes the list's; ours, the rule's."""
    d.search = [d.dotted()]
    d.options.append("ndots:5")
    name = d.host(excuse="as it stands")
    other = d.address()
    d.zone[f"*.{d.search[0]}"] = f"answer {other}"
    name.first.add(other)


@kind
def search_root(d):
    """`search .`, as some VPNs write it."""
    d.search = d.pick(["."], ["corp.test", "."], [".", "corp.test"])
    d.host(d.pick(None, d.label()))


@kind
def domain_line(d):
    """`domain`, and which of two lines counts."""
    asked = d.label()
    d.lines = d.pick(
        ["domain corp.test"],
        ["search other.test", "domain corp.test"],
        ["domain other.test", "search corp.test"],
    )
    d.below(asked, ["corp.test"], d.addresses())


@kind
def odd_lines(d):
    """Blanks, tabs, comments, CRLF, more than one line of options, no last line end."""
    d.host()
    d.with_good({"instead": "drop"} if d.random.random() < 0.3 else {})
    d.options.append(d.pick("edns0", "trust-ad", "ndots:2", "attempts:3"))
    text = d.make_resolv_conf()
    change = d.pick(
        lambda t: "".join(f"  {line}\n" for line in t.splitlines()),
        lambda t: "".join(f"\t{line}\n" for line in t.splitlines()),
        lambda t: t.replace("\n", "\r\n"),
        lambda t: t.replace("nameserver ", "nameserver\t\t "),
        lambda t: t.replace("\n", "   \n"),
        lambda t: "# made by a tool\n; and by another\n\n" + t,
        lambda t: "#nameserver 127.0.0.99\n;nameserver 127.0.0.98\n" + t,
        lambda t: t.replace("\nnameserver", " # the first\nnameserver"),
        lambda t: t.rstrip("\n"),
        lambda t: t + "options timeout:3\noptions attempts:2\n",
        lambda t: "nameserver\nnameserver bad.example\nnameserver 127.0.0.1:53\n" + t,
        lambda t: "\ufeff# a byte order mark\n" + t,
    )
    d.resolv_conf = change(text)


@kind
def odd_options(d):
    """Numbers out of range, and words that nobody knows the meaning of."""
    d.host()
    d.options += d.pick(
        ["timeout:0"],
        ["attempts:0"],
        ["ndots:99"],
        ["ndots:0"],
        ["ndots:-1"],
        ["timeout:abc"],
        ["timeout:60", "attempts:9"],
        ["attempts"],
        ["ndots:", "timeout:"],
        ["rotate", "rotate"],
        ["EDNS0"],
        ["insecure1"],
    )
    if d.random.random() < 0.3:
        d.with_good({"instead": d.pick("servfail", "refused")})


@kind
def variables(d):
    """What the environment tells libc, and Go to leave it to libc."""
    d.host()
    d.variables = dict(
        [
            d.pick(
                ("RES_OPTIONS", "edns0"),
                ("RES_OPTIONS", "timeout:1 attempts:1"),
                ("LOCALDOMAIN", "corp.test"),
                ("HOSTALIASES", "/nonexistent"),
                ("GODEBUG", "netdns=cgo"),
                ("GODEBUG", "netdns=go"),
            )
        ]
    )


@kind
def rotate(d):
    """`rotate`, and one of the nameservers gone."""
    for _ in range(d.random.randint(1, 4)):
        d.host()
    servers = [{} for _ in range(d.random.randint(1, 2))]
    servers.insert(d.random.randrange(2), d.pick({}, {"instead": "drop"}, {"instead": "servfail"}))
    d.serve(*servers)
    d.options.append("rotate")


@kind
def four_servers(d):
    """More than three: the fourth is not asked."""
    d.host()
    d.serve({"instead": "drop"}, d.pick({}, {"instead": "servfail"}), {}, {"instead": "nxdomain"})


@kind
def no_nameserver(d):
    """None in resolv.conf, or no such file: this machine is asked."""
    d.host()
    if d.random.random() < 0.5:
        d.hidden.append("resolv.conf")
    d.resolv_conf = d.pick("", "# empty\n", "search corp.test\n")


@kind
def ipv6_nameserver(d):
    """A nameserver on IPv6, alone or before another."""
    d.host()
    d.servers[0].address = "::1"
    if d.random.random() < 0.5:
        d.servers[0].instead = "drop"
        d.servers += [type(d.servers[0])("127.0.0.1")]


@kind
def single_request(d):
    """For routers that drop the second of two questions."""
    d.host()
    d.options.append(d.pick("single-request", "single-request-reopen"))
    d.serve({"modifiers": d.pick("", "delay 400", "lose 20 9")})


@kind
def no_aaaa(d):
    """An option by which Go leaves the lookup to libc."""
    d.host()
    d.options.append(d.pick("no-aaaa", "inet6", "debug", "no-tld-query"))
    if d.random.random() < 0.5:
        d.with_good(d.pick({"instead": "drop"}, {"instead": "servfail"}, {"listen": None}))


# ---- nsswitch.conf and hosts ------------------------------------------------------------------


@kind
def nsswitch(d):
    """Spellings and orders of one line."""
    d.host()
    line = d.pick(
        "hosts: files dns",
        "hosts:files dns",
        "hosts:\tfiles\t\tdns",
        "   hosts: files dns",
        "hosts: dns files",
        "hosts: dns",
        "hosts: files",
        "hosts: files dns # the usual",
        "hosts: files dns [!UNAVAIL=return]",
        "hosts: files [NOTFOUND=continue] dns",
        "hosts: files [success=return notfound=continue] dns",
        "hosts: files resolve [!UNAVAIL=return] dns",
        "hosts: files mdns4_minimal [NOTFOUND=return] dns",
        "hosts: files mymachines dns myhostname",
        "hosts: files myhostname dns",
        "hosts: mymachines resolve [!UNAVAIL=return] files myhostname dns",
        "hosts: nis files dns",
        "hosts: Files DNS",
        "hosts: db files dns",
        "hosts: files dns\r",
        "#hosts: nothing",
        "hosts:",
        "",
    )
    d.nsswitch = f"passwd: files\n{line}\ngroup: files\n"
    if d.random.random() < 0.3:
        listed = d.dotted()
        addresses = [d.address()]
        d.hosts += f"{addresses[0]} {listed}\n"
        d.listed(listed, addresses)
    if d.random.random() < 0.1:
        d.hidden.append("nsswitch.conf")


@kind
def listed_in_hosts(d):
    """Names of the hosts file, as people and tools write them."""
    asked = d.pick(d.dotted(), d.label())
    address = d.address()
    line = d.pick(
        f"{address} {asked}",
        f"{address}\t\t{asked}\t# ours",
        f"   {address} {asked}",
        f"{address} other.test {asked} third.test",
        f"{address} {asked.upper()}",
        f"{address} {asked}.",
        f"::ffff:{address} {asked}",
        f"{address} {asked}\r",
        f"2001:db8::9 {asked}\n{address} {asked}",
        f"#{d.address()} {asked}\n{address} {asked}",
        f"{address} " + " ".join(f"n{number}.test" for number in range(70)) + f" {asked}",
        f"bad.address {asked}\n{address} {asked}",
        f"{address} {asked}#close",
    )
    d.hosts = d.pick("", HOSTS) + line + d.pick("", "\n")
    d.listed(asked, [address])
    if d.random.random() < 0.5:
        d.host()


@kind
def no_hosts(d):
    """No hosts file, or an empty one."""
    d.host()
    d.hosts = ""
    if d.random.random() < 0.5:
        d.hidden.append("hosts")


@kind
def listed_several_times(d):
    """Lines for the same name add up."""
    asked = d.dotted()
    addresses = [d.address() for _ in range(d.random.randint(2, 4))]
    d.hosts += "".join(f"{address} {asked}\n" for address in addresses)
    d.listed(asked, addresses)


@kind
def listed_and_in_dns(d):
    """The order of nsswitch.conf decides."""
    asked = d.dotted()
    name = d.host(asked)
    address = d.address()
    d.hosts += f"{address} {asked}\n"
    if d.random.random() < 0.3:
        d.nsswitch = NSSWITCH.replace("files dns", "dns files")
    else:
        name.first = {address}
    name.also.add(address)


@kind
def listed_as_ipv6(d):
    """The hosts file has IPv6 only, DNS has both."""
    name = d.host()
    d.hosts += f"2001:db8::9 {name.asked}\n"


@kind
def blocked_in_hosts(d):
    """An ad blocker's hosts file denies a name that a rule allows."""
    name = d.host()
    d.hosts += f"{d.pick('0.0.0.0', '127.0.0.1')} {name.asked}\n"
    name.first |= {"0.0.0.0", "127.0.0.1"}


@kind
def big_hosts(d):
    """An ad blocker's hosts file, and an allowlist."""
    count = d.pick(2000, 20000, 100000)
    d.hosts += "".join(f"0.0.0.0 ad{number}.ads.test\n" for number in range(count))
    for _ in range(d.random.randint(5, 40)):
        d.host(addresses=[d.address()])
