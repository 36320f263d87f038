"""attach inside the jail that boxlite makes, with and without the host's network configuration."""

import os
import shutil
from pathlib import Path

import pytest

from example import PINS, RIGHT, RULES
from shimbox import IPV6_ONLY

STARTS = int(os.environ.get("ATTACH_STARTS", "50"))


def shim_pid(box):
    """The shim is the child of bubblewrap's pid 1, a child of the bubblewrap that was started."""
    pid = box.pid
    for _ in range(2):
        pid = int(Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0])
    return pid


@pytest.mark.parametrize("etc", [True, False], ids=["etc", "no-etc"])
def test_answers_are_right_each_time(dns, start, tmp_path, jail, etc):
    for number in range(STARTS if etc else STARTS // 5):
        directory = tmp_path / f"b{number}"
        prefix = jail(directory, etc)
        with start(RULES, PINS, prefix=prefix, shim=directory / "bin/boxlite-shim") as box:
            assert box.wait_started(), (number, box.stderr())
            assert box.ask(RIGHT) == RIGHT, number
        shutil.rmtree(directory)
    assert dns.queries() == []


def test_nothing_is_left_in_the_jail(start, tmp_path, jail):
    prefix = jail(tmp_path / "b0")
    with start(RULES, PINS, prefix=prefix, shim=tmp_path / "b0/bin/boxlite-shim") as box:
        assert box.wait_started(), box.stderr()
        pid = shim_pid(box)
        assert Path(f"/proc/{pid}/cmdline").read_text() == f"{tmp_path}/b0/bin/boxlite-shim\0"
        assert Path(f"/proc/{pid}/task/{pid}/children").read_text() == ""
        assert "\nTracerPid:\t0\n" in Path(f"/proc/{pid}/status").read_text()
        environment = Path(f"/proc/{pid}/environ").read_text()
        assert "ALLOWNET" not in environment and "LD_PRELOAD" not in environment


def test_a_name_without_a_path_is_looked_for(start, tmp_path, jail):
    prefix = jail(tmp_path / "b0", env={"PATH": f"/nowhere:{tmp_path}/b0/bin"})
    with start(RULES, PINS, prefix=prefix, shim="boxlite-shim") as box:
        assert box.wait_started(), box.stderr()
        assert box.ask(RIGHT) == RIGHT


def test_a_refusal_reaches_the_exit_file(start, tmp_path, jail):
    prefix = jail(tmp_path / "b0")
    hosts = {**PINS, "github.com": IPV6_ONLY}
    with start(RULES, hosts, prefix=prefix, shim=tmp_path / "b0/bin/boxlite-shim") as box:
        assert box.wait_ended() == 1
        assert box.exit_file()["message"] == (
            'network error: gvproxy_create failed: allowNet: resolve "github.com": '
            "only IPv6 addresses; the guest network is IPv4"
        )
