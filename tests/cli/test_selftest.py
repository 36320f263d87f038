"""`--selftest`: it finds an installation in order, and says what is not in order."""

import os
import re
import shutil
import subprocess
import time

import pytest

from bridgehost import ROOT
from clibox import BUILD, COMMAND, environment, installed, run

CHECKS = 7


def selftest(command=COMMAND, **extra):
    """(exit status, {text of the check: (ok, reason)})."""
    result = run("--selftest", command=command, COLUMNS=1000, **extra)
    checks, last = {}, None
    for line in result.stdout.splitlines():
        if line.startswith(("ok ", "FAILED ")):
            last = line[8:]
            checks[last] = (line.startswith("ok"), "")
        else:
            checks[last] = (checks[last][0], line.strip())
    assert len(checks) == CHECKS, (result.stdout, result.stderr)
    return result.returncode, checks


def failures(checks):
    return {text: reason for text, (good, reason) in checks.items() if not good}


@pytest.mark.parametrize("word", ["--selftest", "selftest"])
def test_this_build_is_in_order(word):
    begun = time.monotonic()
    result = run(word)
    assert result.returncode == 0, result.stdout
    assert len(re.findall(r"^ok  ", result.stdout, re.M)) == CHECKS
    assert result.stderr == ""
    print(f"{time.monotonic() - begun:.1f} s")


def test_an_installed_copy_is_in_order(tmp_path):
    subprocess.run(
        # What is built is installed, and not built anew.
        ["make", "-s", "-o", "all", "install", f"BUILD={BUILD}", f"DESTDIR={tmp_path}", "PREFIX=/usr"],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    status, checks = selftest(tmp_path / "usr/lib/boxlite-allownet/boxlite-allownet")
    assert status == 0, failures(checks)


def test_settings_and_preloads_of_the_operator_do_not_disturb_it():
    status, checks = selftest(
        BOXLITE_ALLOWNET="off",
        BOXLITE_ALLOWNET_ATTEMPTS="bad",
        BOXLITE_ALLOWNET_DETECT="1",
        BOXLITE_RUNTIME_DIR="/nowhere",
    )
    assert status == 0, failures(checks)


@pytest.mark.parametrize("hosts", ["files dns", "files mymachines dns", "files resolve dns"])
def test_no_nameserver_is_asked(dns, etc, hosts):
    etc("nsswitch.conf", f"hosts: {hosts}\n")
    dns.set_script("default answer 192.0.2.99\n")
    status, checks = selftest()
    assert status == 0, failures(checks)
    assert dns.queries() == []


def test_without_a_nameserver(etc):
    etc("resolv.conf", "")
    assert selftest()[0] == 0


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
def test_it_makes_no_file_and_talks_to_loopback_only(tmp_path):
    log = tmp_path / "log"
    subprocess.run(
        ["strace", "-f", "-o", log, "-e", "trace=%file,%network,memfd_create", COMMAND, "selftest"],
        env=environment(),
        capture_output=True,
    )
    calls = log.read_text()
    made = r"O_CREAT|^\d+ +(creat|mkdir|mknod|link|symlink|rename|memfd_create|unlink)"
    assert not re.findall(made, calls, re.M)
    assert set(re.findall(r"sin_addr=inet_addr\(\"(\S+)\"\)", calls)) == {"127.0.0.1"}
    assert "AF_INET6" not in calls and "sun_path" not in calls


def test_no_process_is_left():
    """None of its group, which all of its processes are in."""
    process = subprocess.Popen(
        [COMMAND, "selftest"],
        env=environment(),
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    assert process.wait(60) == 0
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)


# ---- what is not in order ----


def test_an_object_of_another_build(tmp_path):
    command = installed(tmp_path / "d")
    path = tmp_path / "d/libboxlite_allownet.so"
    revision = re.search(r"\((\S+)\)", run("version").stdout).group(1).encode()
    other = revision[:-1] + bytes([revision[-1] ^ 1])
    assert path.read_bytes().count(revision) >= 1
    path.write_bytes(path.read_bytes().replace(revision, other))
    status, checks = selftest(command)
    assert status == 1
    (reason,) = failures(checks).values()
    assert reason.startswith(f"{path} is of another build, ")
    assert reason.endswith(": install both anew")


def test_an_object_that_cannot_be_loaded(tmp_path):
    command = installed(tmp_path / "d")
    (tmp_path / "d/libboxlite_allownet.so").write_bytes(b"no object")
    status, checks = selftest(command)
    assert status == 1
    failed = failures(checks)
    # Without it the faults are there, and off changes nothing.
    assert len(failed) == 4
    assert any(reason.startswith("ld.so does not load") for reason in failed.values())
    assert any('got "answer api.sample.example 0.0.0.0"' in reason for reason in failed.values())
    assert any(reason == "the box was created" for reason in failed.values())


def test_an_object_that_repairs_nothing(tmp_path):
    """It does not know the bridge for one with the faults any more."""
    command = installed(tmp_path / "d")
    path = tmp_path / "d/libboxlite_allownet.so"
    marker = b"allowNet: DNS sinkhole configured"
    assert marker in path.read_bytes()
    path.write_bytes(path.read_bytes().replace(marker, marker[::-1]))
    status, checks = selftest(command)
    assert status == 1
    assert len(failures(checks)) == 3


def test_a_bridge_without_the_faults(tmp_path):
    """Then nothing can be proved."""
    command = installed(tmp_path / "d")
    os.rename(
        tmp_path / "d/libboxlite_allownet.so", tmp_path / "d/libboxlite_allownet_selftest.so"
    )
    shutil.copy(BUILD / "libboxlite_allownet.so", tmp_path / "d/libboxlite_allownet.so")
    status, checks = selftest(command)
    assert status == 1
    assert "the bridge for the self-test could not be loaded" in failures(checks).values()


@pytest.mark.parametrize("name", ["libboxlite_allownet.so", "libboxlite_allownet_selftest.so"])
def test_a_file_that_is_missing(tmp_path, name):
    command = installed(tmp_path / "d")
    (tmp_path / "d" / name).unlink()
    result = run("selftest", command=command)
    assert result.returncode == 125
    assert result.stderr == (
        f"boxlite-allownet selftest: cannot read {tmp_path}/d/{name}: No such file or directory; "
        "it belongs beside this command\n"
    )


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
def test_a_machine_that_does_not_allow_ptrace():
    result = subprocess.run(
        ["strace", "-f", "-o", "/dev/null", "-e", "inject=ptrace:error=EPERM", COMMAND, "selftest"],
        env=environment(COLUMNS=1000),
        capture_output=True,
        text=True,
    )
    assert result.returncode == 1, result.stderr
    assert re.search(r"^FAILED  ptrace is allowed here", result.stdout, re.M)
    assert "Operation not permitted: a static boxlite-shim" in result.stdout
    assert len(re.findall(r"^ok  ", result.stdout, re.M)) == CHECKS - 1


def test_a_machine_without_loopback():
    """In a network namespace of its own, where lo is down."""
    result = subprocess.run(
        ["unshare", "-n", COMMAND, "selftest"], env=environment(), capture_output=True, text=True
    )
    assert result.returncode == 125
    assert result.stdout == ""
    assert "nothing comes back over loopback: bring the interface lo up" in result.stderr


def test_its_inner_command_is_for_its_own_use():
    assert run("selftest-box", "a.example").returncode == 125
    assert run("selftest-box", "a.example", "--", "a.example").returncode == 125
