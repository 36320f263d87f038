"""The rest of the stand-in bridge: what a repair has to leave as it is."""

import hashlib
import os
import signal
import socket
from pathlib import Path

import pytest
from bridgehost import HostError, encode, make_config, probe


def listening_ports(pid):
    """TCP ports that somebody listens on in the network namespace of a process."""
    # A wildcard listener of Go is an IPv6 socket that takes IPv4 as well.
    tables = [Path(f"/proc/{pid}/net/{table}").read_text() for table in ("tcp", "tcp6")]
    rows = [line.split() for table in tables for line in table.splitlines()[1:]]
    return {int(row[1].split(":")[1], 16) for row in rows if row[3] == "0A"}


def test_without_allow_net_the_host_answers(start, tmp_path):
    path = tmp_path / "net.sock"
    host = start()
    host.create(make_config(path, []))
    assert probe(path, ["example.org", "missing.example.net"]) == {
        "example.org": "A 192.0.2.3",
        "missing.example.net": "NXDOMAIN",
    }


def test_other_record_types_do_not_meet_the_sinkhole(start, tmp_path):
    path = tmp_path / "net.sock"
    start().create(make_config(path, ["github.com"]))
    assert probe(path, ["github.com"], "AAAA") == {"github.com": "empty"}
    assert probe(path, ["github.com"], "TXT") == {"github.com": "NXDOMAIN"}


@pytest.mark.parametrize(
    "config, text",
    [
        (b"{", "unexpected end of JSON input"),
        (b'{"mtu":"x","socket_path":"/nowhere"}', "cannot unmarshal string"),
        (b"{}", "socket_path is required"),
        (encode(make_config("/nonexistent/net.sock", None)), "no such file or directory"),
    ],
)
def test_a_refused_config_is_reported_through_the_second_argument(start, config, text):
    result = start().create(config)
    assert not result.created and text in result.text


def test_no_config_at_all_is_refused(start):
    assert "JSON" in start().create_null().text


def test_a_network_that_cannot_be_made_fails_and_leaves_no_socket(start, tmp_path):
    path = tmp_path / "net.sock"
    result = start().create(make_config(path, [], subnet="192.168.127.0"))
    assert not result.created and "cannot parse subnet cidr" in result.text
    assert not path.exists()


def test_a_taken_port_fails_the_second_create(start, tmp_path):
    host = start()
    ports = [{"host_port": 8080, "guest_port": 80}]
    assert host.create(make_config(tmp_path / "a.sock", [], port_mappings=ports)).created
    result = host.create(make_config(tmp_path / "b.sock", [], port_mappings=ports))
    assert not result.created and "address already in use" in result.text


def test_mapped_ports_are_open_on_the_host(start, tmp_path):
    host = start()
    ports = [{"host_port": 8080, "guest_port": 80}, {"host_port": 8443, "guest_port": 443}]
    host.version()  # once it answers it is in its own namespace
    assert listening_ports(host.pid) == set()
    result = host.create(make_config(tmp_path / "net.sock", [], port_mappings=ports))
    assert listening_ports(host.pid) == {8080, 8443}
    assert host.stats(result.handle)["port_mappings"] == {
        "0.0.0.0:8080": "192.168.127.2:80",
        "0.0.0.0:8443": "192.168.127.2:443",
    }


def test_stats_tell_what_was_received(start, tmp_path):
    host = start()
    secrets = [{"name": "k", "hosts": ["github.com"], "placeholder": "<k>", "value": "v\u00e9"}]
    config = encode(
        make_config(
            tmp_path / "net.sock",
            ["github.com"],
            secrets=secrets,
            ca_cert_pem="c",
            ca_key_pem="k",
            rate_limit={"rx": {"size": 1, "refill_time_ms": 100}},
        )
    )
    same, address, result = host.unchanged(config)
    stats = host.stats(result.handle)
    assert same and stats["config_address"] == address
    assert stats["config_sha256"] == hashlib.sha256(config).hexdigest()
    assert (stats["secrets"], stats["allow_net"], stats["zones"]) == (1, 1, 3)
    assert stats["zone_names"] == ["boxlite.internal.", "com.", ""]


def test_destroy_ends_the_network_once(start, tmp_path):
    path = tmp_path / "net.sock"
    host = start()
    host.callback()
    handle = host.create(make_config(path, [])).handle
    with socket.socket(socket.AF_UNIX) as guest:
        guest.settimeout(10)
        guest.connect(str(path))
        host.wait_log("new connection")
        assert host.destroy(handle) == 0
        assert guest.recv(1) == b""
    assert not path.exists()
    assert host.destroy(handle) == -1
    assert host.stats(handle) is None


def test_creates_at_once_get_networks_of_their_own(start, tmp_path):
    host = start()
    paths = [tmp_path / f"{number}.sock" for number in range(8)]
    results = host.parallel([make_config(path, ["github.com"]) for path in paths])
    assert all(result.created for result in results)
    assert len({result.handle for result in results}) == len(paths)
    for path in paths:
        assert probe(path, ["github.com"]) == {"github.com": "A 192.0.2.1"}


def test_version_is_that_of_the_network(start):
    assert start().version() == "v0.8.7"


def test_the_log_callback_can_be_taken_back(start, tmp_path):
    host = start()
    host.callback()
    host.create(make_config(tmp_path / "a.sock", []))
    host.wait_log("log 2 Created gvproxy instance")
    host.callback(False)
    host.create(make_config(tmp_path / "b.sock", []))
    host.wait_log("level=info msg=\"Created gvproxy instance\" id=2")


def test_the_bridge_leaves_signals_to_its_host(start, tmp_path):
    host = start()
    host.create(make_config(tmp_path / "net.sock", ["github.com"]))
    assert host.mask() == "blocked= SIGINT=default SIGTERM=default"
    os.kill(host.pid, signal.SIGTERM)
    with pytest.raises(HostError, match=str(-signal.SIGTERM)):
        host.threads()


@pytest.mark.parametrize(
    "files, env, resolver",
    [
        ({}, {}, "files,dns"),
        ({"nsswitch.conf": "hosts: files resolve [!UNAVAIL=return] dns\n"}, {}, "cgo"),
        ({"resolv.conf": "nameserver 127.0.0.1\noptions no-aaaa\n"}, {}, "cgo"),
        ({}, {"RES_OPTIONS": "ndots:1"}, "cgo"),
        ({}, {"LOCALDOMAIN": ""}, "cgo"),
    ],
)
def test_go_picks_its_resolver_by_the_hosts_settings(start, etc, files, env, resolver):
    for name, text in files.items():
        (etc / name).write_text(text)
    host = start(env={"GODEBUG": "netdns=2", **env})
    host.create(make_config(etc / "net.sock", ["github.com"]))
    host.wait_log(f"hostLookupOrder(github.com) = {resolver}")
    assert probe(etc / "net.sock", ["github.com"]) == {"github.com": "A 192.0.2.1"}
