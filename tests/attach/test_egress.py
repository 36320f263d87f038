"""What 0.10.0 lets out: TCP to a named host only at an address that the shim itself has resolved.

A nameserver that turns its addresses between two lookups makes that another address than the one
the guest was told, unless both come from the same lookup.
"""

import socket
import subprocess
import threading

import pytest

from guesttcp import Guest, client_hello
from shimbox import PATIENCE_S

HOST = "h.example"
LEARNED, LATER = "192.0.2.51", "192.0.2.52"


@pytest.fixture
def listener():
    """Stands for the host at the address that launch learned: greets whoever comes."""
    subprocess.run(["ip", "address", "add", f"{LEARNED}/32", "dev", "lo"], check=True)
    server = socket.create_server((LEARNED, 443))
    heard = []

    def serve():
        try:
            while True:
                connection, _ = server.accept()
                with connection:
                    connection.settimeout(PATIENCE_S)
                    heard.append(connection.recv(4096))
                    connection.sendall(b"greetings")
        except OSError:
            pass  # closed

    thread = threading.Thread(target=serve)
    thread.start()
    yield heard
    server.shutdown(socket.SHUT_RDWR)
    server.close()
    thread.join()
    subprocess.run(["ip", "address", "del", f"{LEARNED}/32", "dev", "lo"], check=True)


def talk(guest, name):
    return guest.talk(LEARNED, 443, client_hello(name))


def test_a_host_is_let_out_at_the_address_that_launch_learned(dns, start_anywhere, listener):
    dns.set_script(f"{HOST} answer {LATER}\n")
    with start_anywhere([HOST], {HOST: [LEARNED]}) as box:
        assert box.wait_started(), box.stderr()
        with Guest(box.directory / "net.sock") as guest:
            assert talk(guest, HOST) == b"greetings"
            assert HOST.encode() in listener[0]
            assert talk(guest, "other.example") == b""
    assert len(listener) == 1


@pytest.mark.parametrize("version", ["0.10.0"], indirect=True)
def test_control_the_shims_own_lookup_denies_it(dns, start_anywhere, listener):
    dns.set_script(f"{HOST} answer {LATER}\n")
    with start_anywhere([HOST], {HOST: [LEARNED]}, options=["--own-lookups"]) as box:
        assert box.wait_started(), box.stderr()
        with Guest(box.directory / "net.sock") as guest:
            assert talk(guest, HOST) == b""
    assert listener == []
