"""A line of ours ends nobody, and goes nowhere but where it may."""

import json
import os
import shutil
import signal
import subprocess
from pathlib import Path

from bridgehost import COMMAND, PRELOAD, BridgeHost, clean_environment, encode, make_config
from conftest import USER
from publishedshims import shim_path
from shimbox import make_spec

LIMIT = 4096


def full(path):
    """A file that has reached the limit of the process that is to append to it."""
    path.write_bytes(b"x" * (LIMIT - 1) + b"\n")
    return path


def create_in_host(tmp_path, prefix=(), **env):
    """A create with the repair in the process of the bridge: its result, and all log lines."""
    config = tmp_path / "config.json"
    config.write_bytes(encode(make_config(tmp_path / "net.sock", ["a.example"])))
    with BridgeHost("bridge-standin", preload=PRELOAD, env=env, prefix=prefix) as host:
        host.callback(True)
        host.send(f"create {config}")
        result = host.create_finish()
        host.close()
        return result, host.logs()


PRLIMIT = ["prlimit", f"--fsize={LIMIT}:{LIMIT}", "--"]
NOTE = "allowNet: cannot append to the log file path="


def test_control_the_limit_kills(tmp_path):
    path = full(tmp_path / "log")
    done = subprocess.run([*PRLIMIT, "sh", "-c", f"echo x >> {path}"], capture_output=True)
    assert done.returncode in (-signal.SIGXFSZ, 128 + signal.SIGXFSZ)


def test_a_full_log_file_does_not_end_the_host(dns, tmp_path):
    dns.set_script("a.example answer 192.0.2.1\n")
    path = full(tmp_path / "log")
    result, lines = create_in_host(tmp_path, PRLIMIT, BOXLITE_ALLOWNET_LOG_FILE=str(path))
    assert result.created
    assert path.stat().st_size == LIMIT
    assert [line for line in lines if NOTE in line] == [
        line for line in lines if f'{NOTE}"{path}" error="File too large"' in line
    ]
    assert len([line for line in lines if NOTE in line]) == 1


def test_a_log_file_that_is_a_link_is_not_followed(dns, tmp_path):
    dns.set_script("a.example answer 192.0.2.1\n")
    (tmp_path / "log").symlink_to(tmp_path / "ld.so.preload")
    result, lines = create_in_host(tmp_path, BOXLITE_ALLOWNET_LOG_FILE=str(tmp_path / "log"))
    assert result.created and not (tmp_path / "ld.so.preload").exists()
    assert len([line for line in lines if f'{NOTE}"{tmp_path}/log" error="it is a link"' in line]) == 1


def test_a_pipe_that_nobody_reads_does_not_end_a_start(place):
    """Standard error of a shim, whose reader has gone, and a warning before the shim starts: its file
    can be executed and not be read."""
    shim = Path(shutil.copy("/usr/bin/true", place / "boxlite-shim"))
    shim.chmod(0o711)
    reader, writer = os.pipe()
    os.close(reader)
    command = [*USER, COMMAND, "launch", "--", shim]
    env = clean_environment(BOXLITE_ALLOWNET_STATIC="warn")
    assert subprocess.run(command, stderr=writer, env=env).returncode == 0
    os.close(writer)
    told = subprocess.run(command, capture_output=True, env=env)
    assert b"make it readable; the box starts unrepaired" in told.stderr


def test_a_pipe_that_nobody_reads_does_not_end_an_overlays_shim(tmp_path):
    """Without an overlay around it, which it says to nobody."""
    shim = shutil.copy(COMMAND, tmp_path / "boxlite-shim")
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run([shim], input=b"{}", stderr=writer, env=clean_environment())
    os.close(writer)
    assert done.returncode == 125


def test_a_full_log_file_does_not_end_launch(dns, tmp_path, version):
    dns.set_script("a.example nxdomain\n")
    path = full(tmp_path / "log")
    shim = tmp_path / "boxlite-shim"
    shutil.copy(shim_path(version), shim)
    spec = json.dumps(make_spec(version, tmp_path, ["a.example"])).encode()
    done = subprocess.run(
        [*PRLIMIT, COMMAND, "launch", "--", shim],
        input=spec,
        capture_output=True,
        env=clean_environment(BOXLITE_ALLOWNET_LOG_FILE=path, BOXLITE_ALLOWNET_BACKOFF_MS="1"),
    )
    message = (tmp_path / "exit").read_text()
    assert done.returncode == 1 and 'allowNet: resolve \\"a.example\\": no such host' in message, done
