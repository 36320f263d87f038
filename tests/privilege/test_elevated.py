"""Programs that have more privileges than whoever starts them: nothing of that one's environment counts."""

import json
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from bridgehost import COMMAND, TESTS, clean_environment
from conftest import USER, elevate, preloaded_by_root, run
from overlaybox import overlay, unpack
from shimbox import make_spec

WAYS = ["setuid", "setgid", "capabilities"]
EVIL = "/tmp/evil.so"


# ---- the object ------------------------------------------------------------------------------


def detect(program, *arguments):
    """Started by an ordinary user who asks the object to answer; env(1) is started without that."""
    line = [*USER, "env", "BOXLITE_ALLOWNET_DETECT=1", program, *arguments]
    return run(preloaded_by_root(*line))


@pytest.mark.parametrize("how", WAYS)
def test_detect_does_not_end_a_program_with_privileges(place, how):
    program = elevate(Path(shutil.copy("/usr/bin/false", place)), how)
    result = detect(program)
    assert (result.returncode, result.stdout, result.stderr) == (1, b"", b"")


def test_control_detect_ends_one_without(place):
    program = elevate(Path(shutil.copy("/usr/bin/false", place)), "none")
    result = detect(program)
    assert result.returncode == 0
    assert b" preload mode=on\n" in result.stdout


def test_ids_that_differ_without_any_file_that_says_so(place):
    """What a set-user-ID program starts has its ids, and an ordinary file."""
    elevated = elevate(Path(shutil.copy(TESTS / "elevated", place)), "setuid")
    result = detect(elevated, "keep", "/usr/bin/false")
    assert (result.returncode, result.stdout) == (1, b"")


def test_a_set_user_id_script_has_no_privileges(place):
    """The kernel ignores the bit: it is the user's own process, and his variables are his business."""
    script = place / "script"
    script.write_text("#!/bin/sh\nexit 1\n")
    result = detect(elevate(script, "setuid"))
    assert b" preload mode=on\n" in result.stdout
    plain = place / "ids"
    plain.write_text("#!/bin/sh\nid -u\n")
    assert run([*USER, elevate(plain, "setuid")]).stdout == b"65533\n"


@pytest.mark.parametrize("how", ["setuid", "none"])
def test_a_set_user_id_bwrap_does_not_start_our_command(place, home, how, version):
    """The constructor in a bwrap that came past our hooks executes launch, and that the bwrap again,
    by the path that its caller gave, which is a link of the caller's. `none` is the control: there our
    command is executed, as the user himself, and with his rights what the link leads to by then."""
    if shutil.which("bwrap") is None:
        pytest.skip("bubblewrap is not installed")
    bwrap = elevate(Path(shutil.copy(shutil.which("bwrap"), place)), how)
    shim = unpack(version, place / "shim") / "boxlite-shim"
    link = home / "bwrap"
    link.symlink_to(bwrap)
    proof = home / "proof"
    evil = home / "evil"
    evil.write_text(f"#!/usr/bin/python3\nimport os\nopen('{proof}', 'w').write(str(os.geteuid()))\n")
    evil.chmod(0o755)
    # By way of a static program: the hooks of one with a loader would route it as the user's start.
    line = [TESTS / "elevated", "keep", link, "--unshare-user", "--ro-bind", "/", "/", "--", shim]
    process = subprocess.Popen(
        [str(word) for word in preloaded_by_root(*USER, *line)],
        env=clean_environment({"LD_PRELOAD"}),
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    # Launch waits for the end of its input: then the link leads elsewhere already.
    wait_for_input(process)
    link.unlink()
    link.symlink_to(evil)
    errors = process.communicate(json.dumps(make_spec(version, home, ["a.example"])).encode())[1]
    assert b"allowNet: " not in errors
    if how == "none":
        assert proof.read_text() == "65533"
    else:
        assert not proof.exists()


def wait_for_input(process):
    """Until the process, or its youngest descendant, reads its standard input, or has ended."""
    reads = {"0", "63"}  # the numbers of read(2): x86_64, aarch64
    deadline = time.monotonic() + 300
    while process.poll() is None and time.monotonic() < deadline:
        pid = process.pid
        try:
            while children := Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
                pid = int(children[-1])
            call = Path(f"/proc/{pid}/syscall").read_text().split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if call[0] in reads and call[1] == "0x0":
            return
        time.sleep(0.01)
    assert process.poll() is not None


# ---- the command -----------------------------------------------------------------------------


def start_overlay(place, home, version, how, *prefix, settings=None, **variables):
    """A start of an overlay's shim by an ordinary user, through a program with privileges."""
    shim = unpack(version, place / "shim") / "boxlite-shim"
    overlay(place / "o", "--shim", shim, env=clean_environment(**(settings or {})), check=True)
    elevated = elevate(Path(shutil.copy(TESTS / "elevated", place)), how)
    spec = json.dumps(make_spec(version, home, [EVIL])).encode()
    return run([*USER, *prefix, elevated, *variables.pop("words"), place / "o/boxlite-shim"], spec, **variables)


def said(home):
    """What the shim leaves for boxlite; nothing where it was ended before it began."""
    return (home / "exit").read_bytes() if (home / "exit").exists() else b""


@pytest.mark.parametrize("mode", ["keep", "become"])
@pytest.mark.parametrize("how", WAYS)
def test_the_overlay_writes_no_file_that_its_caller_names(place, home, version, how, mode):
    """Of /etc/ld.so.preload, say, whose every line is loaded into every program: a rule may hold the
    path of an object."""
    directory = place / "etc"
    directory.mkdir()
    directory.chmod(0o775)  # the group is root's, too
    log = directory / "ld.so.preload"
    result = start_overlay(
        place, home, version, how, words=[mode], BOXLITE_ALLOWNET_LOG_FILE=log
    )
    assert b"allowNet: " in result.stderr + said(home), result
    assert not log.exists()


@pytest.mark.parametrize("how", ["setuid"])
def test_control_it_does_write_what_its_maker_names(place, home, version, how):
    log = place / "own.log"
    start_overlay(
        place, home, version, how, words=["keep"], settings={"BOXLITE_ALLOWNET_LOG_FILE": log}
    )
    assert EVIL in log.read_text()


@pytest.mark.parametrize(
    "mode, repaired", [("keep", True), ("become", False)], ids=["keep", "become"]
)
def test_the_switch_counts_only_where_nobody_can_tell(place, home, version, mode, repaired):
    result = start_overlay(
        place, home, version, "setuid", words=[mode], BOXLITE_ALLOWNET="off"
    )
    assert (b"allowNet: " in result.stderr + said(home)) == repaired


def test_a_handover_of_another_user_is_not_taken(place, home):
    """attach believes what it is handed: a command that somebody has made set-user-ID must not."""
    command = elevate(Path(shutil.copy(COMMAND, place)), "setuid")
    log = place / "ld.so.preload"
    text = (
        "boxlite-allownet handover 2\n"
        f"env BOXLITE_ALLOWNET_LOG_FILE={log}\n"
        "end\n"
    )
    program = (
        "import fcntl, os, sys\n"
        "memory = os.memfd_create('handover', 0)\n"
        f"os.write(memory, {text.encode()!r})\n"
        "fd = fcntl.fcntl(memory, fcntl.F_DUPFD, 10)\n"
        "os.execv(sys.argv[1], [sys.argv[1], 'attach', '--handover', str(fd), '--', '/usr/bin/true'])\n"
    )
    result = run([*USER, "/usr/bin/python3", "-c", program, command])
    assert result.returncode == 125 and not log.exists()
    assert result.stderr == (
        b"boxlite-allownet: allowNet: cannot read descriptor 10 from launch: Operation not permitted\n"
    )
    # The control: his own command takes it.
    command.chmod(0o755)
    own = run([*USER, "/usr/bin/python3", "-c", program, command])
    assert b"/usr/bin/true is dynamically linked" in own.stderr, own


def test_settings_of_the_environment_do_not_count_in_any_command(place):
    command = elevate(Path(shutil.copy(COMMAND, place)), "setuid")
    control = run([*USER, COMMAND, "resolve", "a.example"], BOXLITE_ALLOWNET_ATTEMPTS="99")
    assert b'BOXLITE_ALLOWNET_ATTEMPTS="99" is not a number' in control.stderr
    elevated = run([*USER, command, "resolve", "a.example"], BOXLITE_ALLOWNET_ATTEMPTS="99")
    assert b"ATTEMPTS" not in elevated.stderr
