"""The other generations of the bridge, and the one that is linked into a static shim."""

import subprocess

import bridgehost
import pytest
from bridgehost import HostError, encode, make_config, probe

MARKER = b"allowNet: DNS sinkhole configured"


def test_a_stray_second_argument_is_left_alone_by_one_argument_builds(start, tmp_path):
    host = start("bridge-onearg")
    path = tmp_path / "net.sock"
    assert not host.create_onearg(b"{").created
    assert host.create_onearg(make_config(path, ["github.com"])).created
    assert probe(path, ["github.com", "host.boxlite.internal"]) == {
        "github.com": "A 192.0.2.1",
        "host.boxlite.internal": "A 192.168.127.254",
    }


def test_a_stray_second_argument_kills_with_two_argument_builds(start):
    with pytest.raises(HostError, match="ended with"):
        start("bridge").create_onearg(b"{")


@pytest.mark.parametrize("variant", ["bridge-onearg", "bridge-zonesfirst"])
def test_one_argument_builds_give_no_reason(start, variant):
    result = start(variant).create(b"{")
    assert not result.created and result.text == ""


def test_one_argument_builds_do_not_wait_for_the_network(start, tmp_path):
    host = start("bridge-onearg")
    host.callback()
    assert host.create(make_config(tmp_path / "net.sock", [], subnet="192.168.127.0")).created
    host.wait_log("log 4 Failed to create virtual network")


def test_zones_first_hides_configured_zones_behind_the_sinkhole(start, tmp_path):
    host = start("bridge-zonesfirst")
    path = tmp_path / "net.sock"
    result = host.create(make_config(path, ["github.com"], host_ip=None))
    assert host.stats(result.handle)["zone_names"] == ["com.", "", "boxlite.internal."]
    assert probe(path, ["github.com", "host.boxlite.internal"]) == {
        "github.com": "A 192.0.2.1",
        "host.boxlite.internal": "A 0.0.0.0",
    }


def test_zones_first_knows_no_records(start, tmp_path):
    path = tmp_path / "net.sock"
    start("bridge-zonesfirst").create(make_config(path, []))
    assert probe(path, ["host.boxlite.internal"]) == {"host.boxlite.internal": "NXDOMAIN"}


def test_fixed_looks_nothing_up_and_sinkholes_nothing(start, tmp_path):
    host = start("bridge-fixed")
    host.callback()
    path = tmp_path / "net.sock"
    assert host.create(make_config(path, ["missing.example.net"])).created
    assert probe(path, ["example.org", "missing.example.net", "host.boxlite.internal"]) == {
        "example.org": "A 192.0.2.3",
        "missing.example.net": "NXDOMAIN",
        "host.boxlite.internal": "A 192.168.127.254",
    }
    host.close()
    assert not [line for line in host.logs() if "allowNet" in line]


@pytest.mark.parametrize(
    "file, affected",
    [
        ("bridge/libgvproxy.so", True),
        ("bridge-onearg/libgvproxy.so", True),
        ("bridge-zonesfirst/libgvproxy.so", True),
        ("bridge-fixed/libgvproxy.so", False),
        ("bridge-static/boxlite-shim", True),
    ],
)
def test_affected_builds_carry_the_marker(file, affected):
    assert (MARKER in (bridgehost.TESTS / file).read_bytes()) == affected


def test_the_static_shim_serves_until_terminated(private, etc):
    path = etc / "net.sock"
    shim = subprocess.Popen(
        [*private, bridgehost.TESTS / "bridge-static/boxlite-shim"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    try:
        shim.stdin.write(encode(make_config(path, ["github.com", "*.example.org"])))
        shim.stdin.close()
        assert shim.stdout.readline() == b"created 1\n"
        assert probe(path, ["github.com", "a.example.org"]) == {
            "github.com": "A 192.0.2.1",
            "a.example.org": "A length-0",
        }
        shim.terminate()
        assert shim.wait(timeout=300) == 0
        assert not path.exists()
    finally:
        shim.kill()
        shim.wait()
        shim.stdout.close()
