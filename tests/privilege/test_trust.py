"""What is executed, copied or loaded is out of the reach of other users, or is refused with the reason."""

import multiprocessing
import os
import shutil
import subprocess

import pytest

from bridgehost import COMMAND, PRELOAD, clean_environment
from conftest import USER, USER_ID, run
from overlaybox import OverlayBox, overlay, unpack
from publishedshims import published, shim_path

STRANGER = 65532
RULES = ["a.example"]
RIGHT = {"a.example": "A 192.0.2.1", "b.example": "A 0.0.0.0"}


@pytest.fixture
def shared(place):
    """A directory such as /tmp."""
    path = place / "shared"
    path.mkdir()
    path.chmod(0o1777)
    return path


@pytest.fixture
def shim(place):
    """An affected shim with its firmware, in a directory of root's."""
    return unpack("0.9.7", place / "shim", published("0.9.7")) / "boxlite-shim"


def as_stranger(*command):
    line = ["setpriv", f"--reuid={STRANGER}", f"--regid={STRANGER}", "--clear-groups", *command]
    done = subprocess.run([str(word) for word in line], env=clean_environment(), capture_output=True)
    assert done.returncode == 0, done.stderr


def refused(*arguments):
    run = overlay(*arguments)
    assert (run.returncode, run.stdout) == (125, ""), run
    return run.stderr.removeprefix("boxlite-allownet overlay: ").rstrip("\n")


ADVICE = ": name a directory that only you and root can change, and those above it"


# ---- the overlay, as it is made --------------------------------------------------------------


def test_a_strangers_overlay_is_not_made_anew(shared, shim):
    """With the firmware that is in it."""
    firmware = shim.parent / "libkrunfw.so.5"
    as_stranger(COMMAND, "overlay", shared / "o", "--shim", shim)
    (shared / "o/libkrunfw.so.5").write_bytes(b"evil")
    firmware.unlink()
    text = refused(shared / "o", "--shim", shim)
    assert text == f"{shared}/o belongs to user {STRANGER}{ADVICE}"


def test_nor_one_with_a_strangers_file_in_it(place, shim):
    overlay(place / "o", "--shim", shim, check=True)
    os.chown(place / "o/libkrunfw.so.5", STRANGER, STRANGER)
    text = refused(place / "o", "--shim", shim)
    assert text == f"{place}/o/libkrunfw.so.5 belongs to user {STRANGER}{ADVICE}"


def test_a_strangers_firmware_beside_the_shim_is_not_taken(shared, place, shim):
    shutil.copy(shim, shared)
    (shared / "libkrunfw.so.5").write_bytes(b"evil")
    os.chown(shared / "libkrunfw.so.5", STRANGER, STRANGER)
    text = refused(place / "o", "--shim", shared / "boxlite-shim")
    assert text == (
        f"{shared}/libkrunfw.so.5 belongs to a user who cannot change {shared}/boxlite-shim, or "
        "others can write to it: remove it, or put boxlite's own there"
    )
    assert not (place / "o").exists()
    # The control: of the one whose shim it is.
    os.chown(shared / "libkrunfw.so.5", 0, 0)
    overlay(place / "o", "--shim", shared / "boxlite-shim", check=True)


@pytest.mark.parametrize(
    "owner, group, mode, fault",
    [
        (0, 0, 0o777, "everybody can write to {}"),
        (0, STRANGER, 0o775, f"group {STRANGER} can write to {{}}"),
        (STRANGER, 0, 0o755, f"{{}} belongs to user {STRANGER}"),
        (0, 0, 0o1777, None),
        (0, 0, 0o775, None),
    ],
)
def test_every_directory_above_it_counts(place, shim, owner, group, mode, fault):
    above = place / "above"
    (above / "below").mkdir(parents=True)
    os.chown(above, owner, group)
    above.chmod(mode)
    target = above / "below/o"
    if fault is None:
        overlay(target, "--shim", shim, check=True)
    else:
        assert refused(target, "--shim", shim) == fault.format(above) + ADVICE


def test_an_ordinary_users_own_directory_does(place, home, shim):
    """Also where his group, which he is alone in, may write to it (umask 002)."""
    home.chmod(0o775)
    line = [*USER, COMMAND, "overlay", home / "o", "--shim", shim]
    subprocess.run([str(word) for word in line], env=clean_environment(), check=True)


def test_a_group_that_root_has_taken_on_does_not(place, shim):
    above = place / "above"
    above.mkdir()
    os.chown(above, 0, STRANGER)
    above.chmod(0o775)
    line = ["setpriv", f"--regid={STRANGER}", "--clear-groups", COMMAND, "overlay", above / "o", "--shim", shim]
    done = subprocess.run([str(word) for word in line], env=clean_environment(), capture_output=True)
    assert done.returncode == 125
    assert f"group {STRANGER} can write to {above}{ADVICE}" in done.stderr.decode()


# ---- the overlay at work ---------------------------------------------------------------------


@pytest.fixture
def names(knowing_dns):
    knowing_dns.set_script("a.example answer 192.0.2.1\n")
    return knowing_dns


def test_an_overlay_within_a_strangers_reach_is_not_started(place, version, names):
    unpacked = unpack(version, place / "shim")
    (place / "above").mkdir()
    overlay(place / "above/o", "--shim", unpacked / "boxlite-shim", check=True)
    with OverlayBox(version, unpacked, RULES, place / "above/o") as box:
        assert box.answers(RIGHT) == RIGHT
    os.chown(place / "above", STRANGER, STRANGER)
    with OverlayBox(version, unpacked, RULES, place / "above/o") as box:
        assert box.wait_ended() == 125
        assert box.lines == [
            f"boxlite-allownet: {place}/above belongs to user {STRANGER}, and nobody else may be "
            "able to change what an overlay starts; run overlay again for another directory or unset "
            "BOXLITE_RUNTIME_DIR"
        ]


def as_user(version, unpacked, runtime):
    os.setgroups([])
    os.setgid(USER_ID)
    os.setuid(USER_ID)
    for jailed in False, True:
        with OverlayBox(version, unpacked, RULES, runtime, jailed) as box:
            assert box.answers(RIGHT) == RIGHT


def test_roots_overlay_serves_an_ordinary_user(place, version, names):
    """In the jail root's id has no number of its own."""
    unpacked = unpack(version, place / "shim")
    overlay(place / "o", "--shim", unpacked / "boxlite-shim", check=True)
    context = multiprocessing.get_context("fork")
    process = context.Process(target=as_user, args=[version, unpacked, place / "o"])
    process.start()
    process.join(60)
    assert process.exitcode == 0


# ---- one release, not another ----------------------------------------------------------------


def test_an_overlay_of_one_release_refuses_another(place, names):
    """Both read the same configuration. boxlite names the directory of its own shim by its release."""
    unpacked = unpack("0.10.0", place / "shim", published("0.10.0"))
    overlay(place / "o", "--shim", unpacked / "boxlite-shim", check=True)
    newer = unpacked.rename(unpacked.parent / "v0.10.1-e70bb89-0123456789ab")
    with OverlayBox("0.10.0", newer, RULES, place / "o") as box:
        assert box.wait_ended() == 125
        assert box.lines == [
            "boxlite-allownet: overlay made for 0.10.0, but it is boxlite 0.10.1 that starts it; run "
            "overlay again or unset BOXLITE_RUNTIME_DIR"
        ]
    same = newer.rename(unpacked.parent / "v0.10.0-006b953-0123456789ab")
    with OverlayBox("0.10.0", same, RULES, place / "o") as box:
        assert box.answers(RIGHT) == RIGHT


def test_doctor_tells_builds_of_no_known_release_apart(place):
    """Of two of the same generation, that no table has."""
    revision = b"006b953a560a8293b7b646288d9e4fd9c1cad00a"
    original = shim_path("0.10.0").read_bytes() if published("0.10.0") else b""
    assert original.count(revision) > 0
    for name, digit in ("one", b"1"), ("other", b"2"):
        (place / name).mkdir()
        (place / name / "boxlite-shim").write_bytes(original.replace(revision, digit * 40))
        (place / name / "boxlite-shim").chmod(0o755)
    overlay(place / "o", "--shim", place / "one/boxlite-shim", check=True)
    told = {}
    for name in "one", "other":
        env = clean_environment(LD_LIBRARY_PATH=place / name, HOME=place, PATH="/usr/bin:/bin")
        run = subprocess.run(
            [COMMAND, "doctor", "--json", place / "o"], env=env, capture_output=True, text=True
        )
        told[name] = '"stale": true' in run.stdout or '"stale":true' in run.stdout
    assert told == {"one": False, "other": True}


# ---- the command beside the object -----------------------------------------------------------

STARTS = {
    "exec": "import os, sys; os.execv(sys.argv[1], sys.argv[1:])",
    "spawn": "import os, sys; child = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ);"
    "sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))",
}


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("owner, mode, runs", [
    (STRANGER, 0o755, False), (0, 0o757, False), (0, 0o755, True), (USER_ID, 0o755, True)
])
def test_a_strangers_command_beside_the_object_is_not_executed(
    shared, home, shim, start, owner, mode, runs
):
    """The object lies in a directory such as /tmp, and our command does not, until he puts one there."""
    object_ = shutil.copy(PRELOAD, shared)
    planted = shared / "boxlite-allownet"
    planted.write_text(f"#!/bin/sh\necho ran > {home}/proof\n")
    planted.chmod(mode)
    os.chown(planted, owner, owner)
    line = [*USER, "env", f"LD_PRELOAD={object_}", "/usr/bin/python3", "-c", STARTS[start], shim]
    done = run(line)
    assert (home / "proof").exists() == runs
    if not runs:
        assert done.returncode != 0
        assert (
            f"allowNet: cannot start {planted} (EPERM), which others can change, unlike "
            "libboxlite_allownet.so; " in done.stderr.decode()
        )
