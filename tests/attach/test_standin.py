"""Static shims that boxlite has not published: stand-ins around the bridge of tests/bridge.

They take the bridge's own configuration on stdin and write its log to standard error.
"""

import os
import subprocess
from pathlib import Path

import pytest

from bridgehost import RESOLVER_VARIABLES, TESTS, encode, make_config, probe
from shimbox import COMMAND, IPV6_ONLY, PATIENCE_S, handover

HOSTS = {
    "github.com": ["192.0.2.1"],
    "iapi.sample.com": ["192.0.2.2"],
    "example.org": ["192.0.2.3"],
    "six.example": IPV6_ONLY,
}
REFUSAL = 'allowNet: resolve "six.example": only IPv6 addresses; the guest network is IPv4'


class Standin:
    def __init__(self, variant, directory, allow_net, attached=True, **overrides):
        shim = TESTS / variant / "boxlite-shim"
        if not shim.exists():
            pytest.skip("no Go, no static stand-in")
        self.socket = directory / "net.sock"
        descriptor = handover(HOSTS)
        attach = [COMMAND, "attach", "--handover", str(descriptor), "--"] if attached else []
        environment = {k: v for k, v in os.environ.items() if k not in RESOLVER_VARIABLES}
        self.process = subprocess.Popen(
            [*attach, shim],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            pass_fds=[descriptor],
        )
        os.close(descriptor)
        self.process.stdin.write(encode(make_config(self.socket, allow_net, **overrides)))
        self.process.stdin.close()

    def wait_created(self):
        return self.process.stdout.readline().startswith(b"created")

    def end(self):
        """Exit status and standard error."""
        self.process.terminate()
        errors = self.process.stderr.read().decode()
        status = self.process.wait(PATIENCE_S)
        self.process.stdout.close()
        self.process.stderr.close()
        return status, errors


def children(pid):
    return Path("/proc", str(pid), "task", str(pid), "children").read_text()


@pytest.mark.parametrize("variant", ["bridge-static", "static-onearg", "static-pie"])
def test_every_kind_is_repaired(dns, tmp_path, variant):
    for number in range(10):
        directory = tmp_path / str(number)
        directory.mkdir()
        shim = Standin(variant, directory, ["github.com", "iapi.sample.com", "*.example.org"])
        assert shim.wait_created()
        assert probe(shim.socket, ["github.com", "iapi.sample.com", "w.example.org"]) == {
            "github.com": "A 192.0.2.1",
            "iapi.sample.com": "A 192.0.2.2",
            "w.example.org": "A 192.0.2.3",
        }
        if variant != "bridge-static":  # which does not define waitpid
            assert children(shim.process.pid) == ""
        status, _ = shim.end()
        assert status == 0
    assert dns.queries() == []


def test_one_argument_gets_its_refusal_in_the_log_and_on_stderr(tmp_path):
    """The caller has a second argument in the register all the same: it must stay as it was."""
    shim = Standin("static-onearg", tmp_path, ["six.example"])
    assert not shim.wait_created()
    status, errors = shim.end()
    assert status == 1
    assert f"log 4 {REFUSAL}" in errors
    assert f"boxlite-allownet: ERROR {REFUSAL}" in errors
    assert "gvproxy_create failed: unknown" in errors


def test_two_arguments_get_it_as_the_bridges_own_text(tmp_path):
    shim = Standin("bridge-static", tmp_path, ["six.example"])
    assert not shim.wait_created()
    status, errors = shim.end()
    assert status == 1
    assert f"gvproxy_create failed: {REFUSAL}" in errors
    assert "boxlite-allownet:" not in errors


def test_0_8_is_told_what_it_cannot_serve(tmp_path):
    shim = Standin("static-zonesfirst", tmp_path, ["*.example.org"], host_ip=None)
    assert not shim.wait_created()
    _, errors = shim.end()
    assert "boxlite 0.8.x cannot serve these rules" in errors


def test_0_8_gets_what_it_can_serve_from_the_pins(dns, tmp_path):
    shim = Standin("static-zonesfirst", tmp_path, ["github.com"], host_ip=None)
    assert shim.wait_created()
    assert probe(shim.socket, ["github.com"]) == {"github.com": "A 192.0.2.1"}
    assert shim.end()[0] == 0
    assert dns.queries() == []
