"""Fixtures for conftest.py, of tests in the sandbox of tests/support/sandbox.c."""

import pytest

from dnsserver import DnsServer
from etcfiles import reset_etc, write_etc
from publishedshims import VERSIONS, published


@pytest.fixture(autouse=True)
def etc():
    """etc(name, text) rewrites a file of the sandbox's own /etc, with which every test begins."""
    reset_etc()
    return write_etc


@pytest.fixture
def quiet_libc(etc):
    """libc, which is asked about a host that our first attempt did not resolve, asks no nameserver:
    what the server counts is ours."""
    etc("nsswitch.conf", "hosts: files\n")


@pytest.fixture
def dns():
    """A server that knows what it is told, on two addresses."""
    with DnsServer("", listen=["127.0.0.1:53", "127.0.0.2:53"]) as server:
        yield server


@pytest.fixture
def knowing_dns():
    """A server that has an address for every name."""
    with DnsServer("default answer 192.0.2.7\n", listen=["127.0.0.1:53"]) as server:
        yield server


@pytest.fixture(params=VERSIONS)
def version(request):
    """Of a published shim that is there."""
    published(request.param)
    return request.param
