"""HOSTALIASES, LOCALDOMAIN and RES_OPTIONS: libc, which is asked in the end, does not follow them.

Our own nameserver has nothing, so that every address here is one that libc found at another.
"""

import json
import subprocess

import pytest

from clibox import PATIENCE_S, QUICK, environment, run

OURS = "127.0.0.2"
SCRIPT = f"""
@{OURS} default servfail
db answer 192.0.2.1
api.example answer 192.0.2.2
other.example answer 203.0.113.66
*.evil.test answer 203.0.113.66
*.corp.test answer 203.0.113.67
"""
# {variable: (its value, the rest of resolv.conf, host, its address, where the variable leads)}
CASES = {
    "HOSTALIASES": ("{aliases}", "", "db", "192.0.2.1", "203.0.113.66"),
    "LOCALDOMAIN": ("evil.test", "", "db", "192.0.2.1", "203.0.113.66"),
    "RES_OPTIONS": ("ndots:9", "search corp.test\n", "api.example", "192.0.2.2", "203.0.113.67"),
}


@pytest.fixture(params=CASES)
def case(request, dns, etc, tmp_path):
    """(the variable, host, its address, where the variable leads)"""
    value, more, host, address, led = CASES[request.param]
    aliases = tmp_path / "aliases"
    aliases.write_text("db other.example\n")
    dns.set_script(SCRIPT)
    etc("resolv.conf", f"nameserver 127.0.0.1\n{more}")
    return {request.param: value.format(aliases=aliases)}, host, address, led


# Not getent: it asks for no IPv4 address where loopback is the only one.
LOOK_UP = "import socket, sys; print(socket.getaddrinfo(sys.argv[1], None, socket.AF_INET)[0][4][0])"


def libc(host, **variables):
    """What libc alone finds, "" for nothing."""
    done = subprocess.run(
        ["/usr/bin/python3", "-c", LOOK_UP, host],
        env=environment(**variables),
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )
    return done.stdout.strip()


def ours(host, **variables):
    done = run("resolve", "--json", host, BOXLITE_ALLOWNET_SERVERS=OURS, **QUICK, **variables)
    return json.loads(done.stdout)["hosts"][0]


def test_control_libc_follows_the_variable(case):
    variable, host, address, led = case
    assert libc(host) == address
    assert libc(host, **variable) == led


def test_a_variable_does_not_decide_what_libc_tells_us(case):
    variable, host, address, _ = case
    for variables in {}, variable:
        found = ours(host, **variables)
        assert (found["source"], found["addresses"]) == ("getaddrinfo", [address])


# With RES_OPTIONS it is the operator's own search list, which is used for what is not there.
@pytest.mark.parametrize("case", ["HOSTALIASES", "LOCALDOMAIN"], indirect=True)
def test_what_only_a_variable_leads_to_is_not_found(case, dns):
    variable, host, address, led = case
    dns.set_script(SCRIPT.replace(f"answer {address}", "nxdomain"))
    assert libc(host, **variable) == led
    assert ours(host, **variable)["outcome"] == "server_error"
