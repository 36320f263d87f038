"""Hosts, nameserver and networks of their own for the bridges under test."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from bridgehost import TESTS, BridgeHost  # noqa: E402

HOSTS = """\
127.0.0.1 localhost
192.0.2.1 github.com
192.0.2.2 iapi.sample.com
192.0.2.3 example.org
192.0.2.4 db
2001:db8::5 six.example.net
"""

# Loopback only, and nobody serves DNS there: what the hosts file lacks fails at once.
ETC = {
    "hosts": HOSTS,
    "resolv.conf": "nameserver 127.0.0.1\n",
    "nsswitch.conf": "hosts: files dns\n",
}


@pytest.fixture(name="etc")
def fixture_etc(tmp_path):
    for name, text in ETC.items():
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.fixture(name="private")
def fixture_private(etc):
    """Command line prefix: networks and /etc of one's own."""
    return [str(TESTS / "sandbox"), "--etc-dir", str(etc), "--"]


@pytest.fixture(name="start")
def fixture_start(private):
    """Starts bridge hosts in private namespaces and ends them."""
    hosts = []

    def start(variant="bridge", **options):
        host = BridgeHost(variant, prefix=private, **options)
        hosts.append(host)
        return host.__enter__()

    yield start
    for host in hosts:
        host.close()
