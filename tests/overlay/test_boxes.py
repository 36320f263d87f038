"""A parent that LD_PRELOAD cannot enter, BOXLITE_RUNTIME_DIR, and what the guest is told."""

import os
import shutil
import signal
from pathlib import Path

import pytest

from bridgehost import BUILD
from dnsserver import DnsServer
from example import RIGHT, RULES, SCRIPT
from openfiles import open_files
from overlaybox import OverlayBox, overlay

# Of a host that we cannot resolve libc is asked as well, once, and asks for its A record.
LIBCS_OWN = 1
# In each place; OVERLAY_STARTS=200 is the whole number.
STARTS = int(os.environ.get("OVERLAY_STARTS", "5"))

anywhere = pytest.mark.parametrize("jailed", [False, True], ids=["plain", "jailed"])


@pytest.fixture
def names(dns):
    dns.set_script(SCRIPT)
    return dns


@anywhere
def test_right_answers(version, unpacked, runtime, jailed, names):
    for _ in range(STARTS):
        names.reset()
        with OverlayBox(version, unpacked, RULES, runtime, jailed) as box:
            assert box.answers(RIGHT) == RIGHT
            # All by us: the shim itself would ask for AAAA as well.
            assert {(query.type, query.name) for query in names.queries()} == {
                ("A", "github.com"),
                ("A", "iapi.sample.com"),
                ("A", "example.org"),
            }


@anywhere
def test_control_without_the_overlay(version, unpacked, jailed, names):
    sinkholed = 0
    for _ in range(12):
        with OverlayBox(version, unpacked, RULES, None, jailed) as box:
            answers = box.answers(RIGHT)
            sinkholed += answers["iapi.sample.com"] == "A 0.0.0.0"
            assert answers["a.example.org"] != RIGHT["a.example.org"]
    assert sinkholed > 0, "it is in nine starts of ten"


@anywhere
def test_control_that_the_parent_cannot_be_preloaded(version, unpacked, jailed, names):
    """bwrap can, so that a jailed box is repaired all the same."""
    settings = {"LD_PRELOAD": BUILD / "libboxlite_allownet.so"}
    with OverlayBox(version, unpacked, RULES, None, jailed, settings) as box:
        assert (box.answers(RIGHT) == RIGHT) == jailed


@anywhere
def test_the_preload_and_an_overlay_get_along(version, unpacked, runtime, jailed, names):
    settings = {"LD_PRELOAD": BUILD / "libboxlite_allownet.so"}
    with OverlayBox(version, unpacked, RULES, runtime, jailed, settings) as box:
        assert box.answers(RIGHT) == RIGHT


@anywhere
def test_a_dead_host_is_named_where_boxlite_looks(version, unpacked, runtime, jailed, names):
    names.set_script(SCRIPT + "dead.example nxdomain\nsix.example aaaa-only 2001:db8::1\n")
    rules = [*RULES, "dead.example", "six.example"]
    with OverlayBox(version, unpacked, rules, runtime, jailed) as box:
        assert box.wait_ended() == 1
        message = box.exit_message()
    assert "network error: gvproxy_create failed: allowNet: resolve" in message
    assert 'resolve "dead.example": no such host' in message
    assert 'resolve "six.example": only IPv6 addresses; the guest network is IPv4' in message


@anywhere
@pytest.mark.parametrize("pad", [0, 2_000_000])
def test_a_configuration_of_another_generation(version, unpacked, runtime, jailed, pad, names):
    other = {"0.9.7": "0.10.0", "0.10.0": "0.9.7"}[version]
    with OverlayBox(other, unpacked, RULES, runtime, jailed, pad=pad) as box:
        assert box.wait_ended() == 125
        assert box.lines == [
            f"boxlite-allownet: overlay made for {version}; run overlay again or unset "
            "BOXLITE_RUNTIME_DIR"
        ]
    assert names.queries() == []


@anywhere
@pytest.mark.parametrize("pad", [200_000, 2_000_000])
def test_large_configurations(version, unpacked, runtime, jailed, pad, names):
    with OverlayBox(version, unpacked, RULES, runtime, jailed, pad=pad) as box:
        assert box.answers(RIGHT) == RIGHT


@anywhere
def test_without_the_variable_all_is_as_before(version, unpacked, runtime, jailed, names):
    with OverlayBox(version, unpacked, RULES, runtime, jailed) as box:
        assert box.answers(RIGHT) == RIGHT
    shutil.rmtree(runtime)
    with OverlayBox(version, unpacked, RULES, None, jailed) as box:
        assert box.answers(["a.example.org"]) != {"a.example.org": "A 192.0.2.3"}


@anywhere
def test_made_again_it_has_the_new_settings(version, unpacked, tmp_path, jailed, names):
    names.set_script("dead.example nxdomain\n")
    for attempts in ("1", "2"):
        names.reset()
        env = {**os.environ, "BOXLITE_ALLOWNET_ATTEMPTS": attempts}
        overlay(tmp_path / "o", "--shim", unpacked / "boxlite-shim", env=env, check=True)
        with OverlayBox(version, unpacked, ["dead.example"], tmp_path / "o", jailed) as box:
            assert box.wait_ended() == 1
        assert names.count("dead.example", "A") == int(attempts) + LIBCS_OWN


def test_the_environment_has_the_last_word(version, unpacked, tmp_path, names):
    env = {**os.environ, "BOXLITE_ALLOWNET_ATTEMPTS": "1", "BOXLITE_ALLOWNET_BACKOFF_MS": "1"}
    overlay(tmp_path / "o", "--shim", unpacked / "boxlite-shim", env=env, check=True)
    names.set_script("dead.example nxdomain\n")
    settings = {"BOXLITE_ALLOWNET_ATTEMPTS": "3"}
    with OverlayBox(version, unpacked, ["dead.example"], tmp_path / "o", False, settings) as box:
        assert box.wait_ended() == 1
    assert names.count("dead.example", "A") == 3 + LIBCS_OWN
    settings = {"BOXLITE_ALLOWNET": "off"}
    with OverlayBox(version, unpacked, RULES, tmp_path / "o", False, settings) as box:
        assert box.answers(["a.example.org"]) != {"a.example.org": "A 192.0.2.3"}


@pytest.mark.parametrize("servers", ["", "127.0.0.2"])
def test_a_jail_without_resolv_conf_needs_the_setting(version, unpacked, tmp_path, servers):
    """The jail of 0.9.0 to 0.9.5. There is no server at 127.0.0.1, the address for want of any."""
    env = {**os.environ, "BOXLITE_ALLOWNET_SERVERS": servers}
    overlay(tmp_path / "o", "--shim", unpacked / "boxlite-shim", env=env, check=True)
    options = {"jailed": True, "network_files": False}
    with DnsServer(SCRIPT, listen=["127.0.0.2:53"]):
        with OverlayBox(version, unpacked, RULES, tmp_path / "o", **options) as box:
            if servers:
                assert box.answers(RIGHT) == RIGHT
                return
            assert box.wait_ended() == 1
            message = box.exit_message()
    assert 'allowNet: resolve "github.com": ' in message
    assert "(no nameserver in /etc/resolv.conf)" in message


def test_sigterm_while_it_resolves_ends_the_start(version, unpacked, runtime, names):
    names.set_script("slow.example drop\n")
    with OverlayBox(version, unpacked, ["slow.example"], runtime) as box:
        names.wait_for_query("slow.example")
        os.kill(box.shim_pid(), signal.SIGTERM)
        assert box.wait_ended() == 128 + signal.SIGTERM
        assert box.lines == []


def test_the_shim_is_the_real_one_and_knows_nothing(version, unpacked, tmp_path, names):
    runtime = tmp_path / "o"
    env = {**os.environ, "BOXLITE_ALLOWNET_LOG": "debug"}
    overlay(runtime, "--shim", unpacked / "boxlite-shim", env=env, check=True)
    with OverlayBox(version, unpacked, RULES, runtime) as box:
        assert box.wait_started()
        process = Path(f"/proc/{box.shim_pid()}")
        assert os.readlink(process / "exe") == str(runtime / "boxlite-shim.original")
        assert (process / "cmdline").read_bytes() == bytes(runtime / "boxlite-shim") + b"\0"
        assert b"BOXLITE_ALLOWNET" not in (process / "environ").read_bytes()
        assert "TracerPid:\t0\n" in (process / "status").read_text()
        assert (process / "task" / process.name / "children").read_text() == ""
        assert os.readlink(process / "fd/0").startswith("pipe:")
        files = open_files(process.name)
        assert not [target for target in files.values() if "memfd" in target], files
        box.wait_log("allowNet: zones repaired")


@anywhere
@pytest.mark.parametrize("pad", [0, 2_000_000])
def test_an_overlay_that_was_moved(version, unpacked, runtime, tmp_path, jailed, pad, names):
    moved = tmp_path / "moved"
    runtime.rename(moved)
    with OverlayBox(version, unpacked, RULES, moved, jailed, pad=pad) as box:
        assert box.wait_ended() == 125
        assert box.lines == [
            f"boxlite-allownet: cannot start {runtime}/boxlite-shim.original: No such file or "
            f"directory; the overlay was made as {runtime}: put it there again and set "
            "BOXLITE_RUNTIME_DIR to that, or run boxlite-allownet overlay again"
        ]


@pytest.mark.parametrize("damage", ["cut", "garbled"])
def test_a_damaged_overlay(version, unpacked, runtime, damage, names):
    command = runtime / "boxlite-shim"
    content = command.read_bytes()
    if damage == "cut":
        content = content[:-10]
    else:
        content = content[:-2] + b"x\n"
    command.write_bytes(content)
    with OverlayBox(version, unpacked, RULES, runtime, pad=200_000) as box:
        assert box.wait_ended() == 125
        assert "it is no overlay, or a damaged one; run boxlite-allownet overlay again" in box.lines[0]
