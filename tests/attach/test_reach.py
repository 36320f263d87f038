"""What a guest reaches by TCP, unrepaired and repaired: the repair opens no door.

The same connections are tried from both: to a listed host and its addresses, to others, to the alias
of the host's own loopback and to the gateway; on ports that rules for names open and on others; with
the name of a listed host, of another one and of none, in TLS and in HTTP.
"""

import functools
import itertools
import socket
import subprocess
import threading

import pytest

from guesttcp import Guest, client_hello
from shimbox import PATIENCE_S

VERSIONS = ("0.9.7", "0.10.0", "0.10.2")

ALIAS, GATEWAY, LINK_LOCAL = "192.168.127.254", "192.168.127.1", "169.254.169.254"
LISTED, SECOND, REBOUND, FLAKY = "192.0.2.51", "192.0.2.52", "192.0.2.53", "192.0.2.54"
WILD, BY_ADDRESS, UNLISTED = "192.0.2.55", "192.0.2.56", "192.0.2.57"
SERVED = (LISTED, SECOND, REBOUND, FLAKY, WILD, BY_ADDRESS, UNLISTED)
PORTS = (22, 80, 443, 8080)

RULES = [
    "listed.example",
    "rebound.example",
    "inward.example",
    "flaky.example",
    "*.wild.example",
    "host.boxlite.internal",
    BY_ADDRESS,
]
# What launch learns. A host that is told another address later, one that lies inside the box's own
# network, and one that does not answer at once.
LEARNED = {
    "listed.example": [LISTED, SECOND],
    "rebound.example": [SECOND],
    "inward.example": [GATEWAY],
    "flaky.example": [FLAKY],
    "wild.example": [WILD],
}
SCRIPT = f"""
listed.example answer {LISTED},{SECOND}
rebound.example answer {SECOND}; answer {REBOUND}; answer {ALIAS}
inward.example answer {GATEWAY}
flaky.example servfail
wild.example answer {WILD}
host.boxlite.internal nxdomain
"""
NAMES = (
    "listed.example",
    "rebound.example",
    "inward.example",
    "flaky.example",
    "x.wild.example",
    "host.boxlite.internal",
    "unlisted.example",
    None,
)
ADDRESSES = (*SERVED, ALIAS, GATEWAY, LINK_LOCAL)
PROBES = tuple(itertools.product(ADDRESSES, PORTS, NAMES))


@pytest.fixture(scope="module")
def listeners():
    """On all addresses that are there, loopback among them: says which one was reached."""
    for address in SERVED:
        subprocess.run(["ip", "address", "add", f"{address}/32", "dev", "lo"], check=True)
    servers = [socket.create_server(("0.0.0.0", port)) for port in PORTS]

    def greet(connection):
        with connection:
            connection.settimeout(PATIENCE_S)
            try:
                if connection.recv(4096):
                    address, port = connection.getsockname()
                    connection.sendall(f"reached {address} {port}".encode())
            except OSError:
                pass  # the guest has gone

    def serve(server):
        try:
            while True:
                greet(server.accept()[0])
        except OSError:
            pass  # closed

    threads = [threading.Thread(target=serve, args=[server]) for server in servers]
    for thread in threads:
        thread.start()
    yield
    for server in servers:
        server.shutdown(socket.SHUT_RDWR)
        server.close()
    for thread in threads:
        thread.join()
    for address in SERVED:
        subprocess.run(["ip", "address", "del", f"{address}/32", "dev", "lo"], check=True)


@functools.cache
def words(port, name):
    """What a client says first: TLS with or without a server's name, else HTTP with or without."""
    if port == 443:
        return client_hello(name)
    host = f"Host: {name}\r\n" if name else ""
    return f"GET / HTTP/1.1\r\n{host}\r\n".encode()


def reach(box, probes=PROBES):
    """{probe: what answers there}"""
    assert box.wait_started(), box.stderr()
    with Guest(box.directory / "net.sock") as guest:
        return {
            (address, port, name): guest.talk(address, port, words(port, name)).decode()
            for address, port, name in probes
        }


@pytest.mark.parametrize("version", VERSIONS, indirect=True)
def test_only_listed_hosts_are_reached_that_were_not(dns, start, listeners, version):
    dns.set_script(SCRIPT)
    with start(RULES) as box:
        before = reach(box)
    with start(RULES, LEARNED) as box:
        after = reach(box)
    assert len(PROBES) >= 100
    differing = {probe: (before[probe], after[probe]) for probe in PROBES if before[probe] != after[probe]}
    # From 0.10.0 on a name is let out at addresses alone that the shim has resolved for it: here for
    # a host that did not answer it.
    allowed = {
        (FLAKY, port, "flaky.example"): ("", f"reached {FLAKY} {port}") for port in (80, 443)
    }
    assert differing == ({} if version == "0.9.7" else allowed)
    # The comparison has something to compare: what is open is open, and what is closed is closed.
    assert after[LISTED, 443, "listed.example"] == f"reached {LISTED} 443"
    assert after[WILD, 80, "x.wild.example"] == f"reached {WILD} 80"
    assert after[BY_ADDRESS, 8080, None] == f"reached {BY_ADDRESS} 8080"
    assert not any(after[UNLISTED, port, "unlisted.example"] for port in PORTS)
    # The alias of the host's loopback is open to all in 0.9.7, and to none since.
    open_alias = {after[ALIAS, port, name] for port in PORTS for name in NAMES} != {""}
    assert open_alias == (version == "0.9.7")
    print(f"{version}: {len(PROBES)} probes, {sum(map(bool, after.values()))} open, {len(differing)} differ")
