"""`boxlite-allownet overlay`: what it makes, what it refuses, and that nothing half-made is left."""

import os
import re
import shutil
import signal
import stat
import subprocess
from pathlib import Path

import pytest

from overlaybox import COMMAND, FIRMWARE, clean_environment, overlay, unpack
from publishedshims import published

FILES = {"boxlite-shim", "boxlite-shim.original", "libkrunfw.so.5"}
USER = ["setpriv", "--reuid=65533", "--regid=65533", "--clear-groups"]


@pytest.fixture
def shim(tmp_path):
    """An affected shim with its firmware beside it, in a directory that does not tell the release."""
    directory = tmp_path / "runtime"
    directory.mkdir()
    shutil.copy(published("0.9.7"), directory / "boxlite-shim")
    shutil.copy(FIRMWARE / "libkrunfw.so.5", directory)
    return directory / "boxlite-shim"


@pytest.fixture
def place(tmp_path):
    """A directory for overlays, to be looked at whole."""
    (tmp_path / "place").mkdir()
    return tmp_path / "place"


def refused(place, *arguments, **options):
    """The message; exit 125, one line or more on standard error, nothing on standard output."""
    before = sorted(place.rglob("*"))
    run = overlay(*arguments, **options)
    assert run.returncode == 125, run
    assert run.stdout == ""
    assert sorted(place.rglob("*")) == before
    assert run.stderr.startswith("boxlite-allownet overlay: ") and run.stderr.endswith("\n")
    return run.stderr.removeprefix("boxlite-allownet overlay: ").rstrip("\n")


# ---- what it makes ----


def test_says_what_to_set_and_how_to_undo_it(shim, place):
    run = overlay(place / "o", "--shim", shim)
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout == (
        f"Made {place}/o for boxlite 0.9.7, from {shim}\n"
        "\n"
        "To use it, set for the process that uses boxlite:\n"
        f"  BOXLITE_RUNTIME_DIR={place}/o\n"
        "To undo it, unset BOXLITE_RUNTIME_DIR for that process, then:\n"
        f"  rm -r {place}/o\n"
    )


def test_real_copies_and_the_command_itself(shim, place):
    firmware = shim.parent / "libkrunfw.so.5"
    firmware.rename(shim.parent / "libkrunfw.so.5.1.0")
    firmware.symlink_to("libkrunfw.so.5.1.0")
    overlay(place / "o", "--shim", shim, check=True, umask=0o077)
    made = {path.name: path for path in (place / "o").iterdir()}
    assert set(made) == FILES
    for path in made.values():
        status = path.lstat()
        assert stat.S_ISREG(status.st_mode) and stat.S_IMODE(status.st_mode) == 0o755
        assert status.st_nlink == 1
    assert stat.S_IMODE((place / "o").stat().st_mode) == 0o755
    assert made["boxlite-shim.original"].read_bytes() == shim.read_bytes()
    assert made["libkrunfw.so.5"].read_bytes() == firmware.read_bytes()
    assert made["boxlite-shim"].read_bytes().startswith(COMMAND.read_bytes())


def test_settings_in_force_are_shown_and_carried(shim, place):
    settings = {"BOXLITE_ALLOWNET_ATTEMPTS": 2, "BOXLITE_ALLOWNET_LOG": "debug"}
    others = {"BOXLITE_ALLOWNET_DETECT": 1, "BOXLITE_ALLOWNET_STATIC": "", "BOXLITE_ALLOWNETS": 1}
    env = clean_environment(**settings, **others)
    run = overlay(place / "o", "--shim", shim, env=env, check=True)
    shown = re.findall(r"BOXLITE_ALLOWNET\S*=\S*", run.stdout)
    assert sorted(shown) == [f"{name}={value}" for name, value in sorted(settings.items())]
    tail = (place / "o/boxlite-shim").read_bytes()[-300:]
    assert tail.count(b"BOXLITE_ALLOWNET") == 2


def test_a_variable_that_is_in_use_is_kept(shim, place):
    env = clean_environment(BOXLITE_RUNTIME_DIR="/opt/a:/opt/b")
    run = overlay(place / "o", "--shim", shim, env=env, check=True)
    assert f"\n  BOXLITE_RUNTIME_DIR={place}/o:/opt/a:/opt/b\n" in run.stdout
    assert "To undo it, set BOXLITE_RUNTIME_DIR=/opt/a:/opt/b again, then:\n" in run.stdout
    for value in ("", f"{place}/o", f"/opt/a:{place}/o"):
        env = clean_environment(BOXLITE_RUNTIME_DIR=value)
        run = overlay(place / "o", "--shim", shim, env=env, check=True)
        assert f"\n  BOXLITE_RUNTIME_DIR={place}/o\n" in run.stdout


def test_a_missing_firmware_is_said_and_one_put_there_is_kept(shim, place):
    (shim.parent / "libkrunfw.so.5").unlink()
    run = overlay(place / "o", "--shim", shim, check=True)
    assert f"There is no libkrunfw.so.5 beside that shim, so none is in {place}/o" in run.stdout
    assert not (place / "o/libkrunfw.so.5").exists()
    (place / "o/libkrunfw.so.5").write_text("put there")
    run = overlay(place / "o", "--shim", shim, check=True)
    assert "There is no libkrunfw" not in run.stdout
    assert (place / "o/libkrunfw.so.5").read_text() == "put there"


def test_made_again_it_is_replaced_as_a_whole(shim, place):
    overlay(place / "o", "--shim", shim, check=True)
    first = (place / "o").stat().st_ino
    shutil.copy(published("0.10.0"), shim)
    run = overlay(place / "o", "--shim", shim, check=True)
    assert run.stdout.startswith(f"Updated {place}/o for boxlite 0.10.0, from {shim}\n")
    assert (place / "o").stat().st_ino != first
    assert [path.name for path in place.iterdir()] == ["o"]
    assert (place / "o/boxlite-shim.original").read_bytes() == shim.read_bytes()


def test_it_can_be_made_of_an_overlays_own_copies(shim, place):
    overlay(place / "o", "--shim", shim, check=True)
    shim.unlink()
    command = place / "command"
    shutil.copy(place / "o/boxlite-shim", command)
    run = subprocess.run(
        [command, "overlay", place / "o", "--shim", place / "o/boxlite-shim.original"],
        env=clean_environment(BOXLITE_ALLOWNET_LOG="debug"),
        stdout=subprocess.PIPE,
    )
    assert run.returncode == 0
    made = (place / "o/boxlite-shim").read_bytes()
    executable = COMMAND.read_bytes()
    assert made.startswith(executable)
    trailer = made[len(executable) :]
    assert trailer.startswith(bytes(place / "o")), "one trailer takes the place of the other"


@pytest.mark.parametrize("path", ["o", "./o/", "../place/o", "link/o"])
def test_the_path_is_shown_as_it_is_to_be_set(shim, place, path):
    (place / "link").symlink_to(place)
    run = overlay(path, "--shim", os.path.relpath(shim, place), cwd=place, check=True)
    assert f"  BOXLITE_RUNTIME_DIR={place}/o\n" in run.stdout


def test_a_link_to_an_overlay_is_followed(shim, place):
    overlay(place / "o", "--shim", shim, check=True)
    (place / "link").symlink_to("o")
    run = overlay(place / "link", "--shim", shim, check=True)
    assert run.stdout.startswith(f"Updated {place}/o ")
    assert (place / "link").is_symlink()


# ---- which release ----


def relabel(shim):
    """The same shim from a build that nobody knows."""
    content = shim.read_bytes()
    shim.write_bytes(re.sub(rb"(vcs\.revision=)[0-9a-f]{8}", rb"\g<1>ffffffff", content))


@pytest.mark.parametrize("version,span", [("0.9.7", "0.8.0 to 0.9.7"), ("0.10.0", "0.10")])
def test_an_unknown_build_is_named_by_its_generation(shim, place, version, span):
    shutil.copy(published(version), shim)
    relabel(shim)
    run = overlay(place / "o", "--shim", shim, check=True)
    assert run.stdout.startswith(f"Made {place}/o for boxlite {span}, from ")


def test_an_unknown_build_is_named_by_boxlites_directory(tmp_path, place):
    unpacked = unpack("0.10.1", tmp_path / "home", published("0.10.0"))
    relabel(unpacked / "boxlite-shim")
    run = overlay(place / "o", "--shim", unpacked / "boxlite-shim", check=True)
    assert run.stdout.startswith(f"Made {place}/o for boxlite 0.10.1, from ")


# ---- where it looks for the shim ----


def test_what_boxlite_unpacked_is_found(tmp_path, place):
    home = tmp_path / "no [pattern]*"
    unpacked = unpack("0.9.7", home, published("0.9.7"))
    env = clean_environment(HOME=home)
    run = overlay(place / "o", env=env, check=True)
    assert f", from {unpacked}/boxlite-shim\n" in run.stdout


def test_several_unpacked_releases_are_listed(tmp_path, place):
    for version in ("0.9.7", "0.10.0"):
        unpack(version, tmp_path / "home", published(version))
    env = clean_environment(HOME=tmp_path / "home")
    lines = refused(place, place / "o", env=env).splitlines()
    assert lines[0] == "boxlite has unpacked several releases; add the one that is in use:"
    runtimes = tmp_path / "home/.local/share/boxlite/runtimes"
    assert lines[1:] == [f"  --shim {runtimes}/v{v}/boxlite-shim" for v in ("0.10.0", "0.9.7")]


def test_boxlites_order_of_search(shim, tmp_path, place):
    unpacked = unpack("0.9.7", tmp_path / "home", published("0.9.7"))
    other = tmp_path / "other"
    shutil.copytree(shim.parent, other)
    empty = tmp_path / "empty"
    empty.mkdir()
    overlay(place / "earlier", "--shim", shim, check=True)
    lists = {
        "BOXLITE_RUNTIME_DIR": f"{empty}:{place}/earlier:{shim.parent}",
        "HOME": tmp_path / "home",
        "LD_LIBRARY_PATH": f"{empty}:{other}",
    }
    for variable, found in zip([*lists], [shim.parent, unpacked, other]):
        run = overlay(place / "o", env=clean_environment(**lists), check=True)
        assert f", from {found}/boxlite-shim\n" in run.stdout
        lists[variable] = empty
    text = refused(place, place / "o", env=clean_environment(**lists))
    assert text == (
        f"there is no boxlite-shim in BOXLITE_RUNTIME_DIR, as {empty}/.local/share/boxlite/runtimes"
        "/v*/boxlite-shim, or in LD_LIBRARY_PATH: start a box once, which unpacks it, or name it "
        "with --shim PATH"
    )


# ---- what it refuses: the command line ----


def test_errors_of_the_command_line(place):
    """The others are those of every command: tests/cli/test_commands.py."""
    again = "\nTry: boxlite-allownet overlay --help"
    assert refused(place, cwd=place) == "there is no directory to make" + again
    assert refused(place, "d", "e", cwd=place) == (
        'one directory at a time, not "e" as well' + again
    )


def test_a_directory_may_begin_with_a_dash(shim, place):
    overlay("--shim", shim, "--", "-o", cwd=place, check=True)
    assert (place / "-o/boxlite-shim").exists()


def test_a_bad_setting(shim, place):
    env = clean_environment(BOXLITE_ALLOWNET_ATTEMPTS="99")
    text = refused(place, place / "o", "--shim", shim, env=env)
    assert text == 'BOXLITE_ALLOWNET_ATTEMPTS="99" is not a number from 1 to 10 (attempts)'


def test_an_unknown_setting_is_warned_about(shim, place):
    env = clean_environment(BOXLITE_ALLOWNET_ATEMPTS="9")
    run = overlay(place / "o", "--shim", shim, env=env, check=True)
    assert run.stderr == (
        "boxlite-allownet overlay: warning: there is no setting BOXLITE_ALLOWNET_ATEMPTS; "
        "BOXLITE_ALLOWNET_ATTEMPTS may be meant\n"
    )


# ---- what it refuses: the shim ----


def test_the_library_of_an_sdk(shim, place):
    """It carries the static shim, which boxlite has to unpack first."""
    library = place / "boxlite.abi3.so"
    library.write_bytes(Path("/bin/true").read_bytes() + shim.read_bytes())
    text = refused(place, place / "o", "--shim", library)
    assert text.startswith(f"{library} is the library of an SDK: start a box once, ")


def test_a_shim_that_is_not_there(place):
    text = refused(place, place / "o", "--shim", place / "none")
    assert text == (
        f"cannot read {place}/none: No such file or directory; name the file of boxlite-shim"
    )


def test_a_directory_for_a_shim(place):
    text = refused(place, place / "o", "--shim", place)
    assert text == f"{place} is no file, but a directory: name the boxlite-shim in it"


def test_a_device_for_a_shim(place):
    text = refused(place, place / "o", "--shim", "/dev/null")
    assert text == "/dev/null is no file: name that of boxlite-shim"


@pytest.mark.parametrize("content", ["#!/bin/sh\nexec boxlite-shim\n", ""], ids=["script", "empty"])
def test_a_script(tmp_path, place, content):
    script = tmp_path / "boxlite-shim"
    script.write_text(content)
    text = refused(place, place / "o", "--shim", script)
    assert text == (
        f"{script} is no ELF executable, but a script or the like: name the static boxlite-shim "
        "itself"
    )


def test_an_unreadable_shim(tmp_path, place, shim):
    for directory in [tmp_path, *tmp_path.parents]:
        if directory.name.startswith(("pytest-", "test_")):
            directory.chmod(0o755)
    shim.chmod(0o711)
    run = subprocess.run(
        [*USER, COMMAND, "overlay", place / "o", "--shim", shim],
        env=clean_environment(),
        capture_output=True,
        text=True,
    )
    assert run.returncode == 125
    assert run.stderr == (
        f"boxlite-allownet overlay: cannot read {shim}: Permission denied; make it readable\n"
    )


def test_a_shim_without_the_fault(place):
    path = published("0.10.3")
    text = refused(place, place / "o", "--shim", path)
    assert text == (
        f"{path} needs no overlay: it does not filter DNS as boxlite 0.8.0 to 0.10.2 do"
    )


def test_a_dynamic_shim(place):
    path = published("0.2.11")
    text = refused(place, place / "o", "--shim", path)
    assert text == (
        f"{path} needs no overlay: it is dynamically linked, and boxlite-allownet run reaches it; "
        "an overlay is for the static boxlite-shim of boxlite 0.8.0 to 0.10.2"
    )


def test_a_stripped_shim(place, shim):
    subprocess.run(["strip", shim], check=True)
    text = refused(place, place / "o", "--shim", shim)
    assert text == (
        f"{shim} has no symbol table, so gvproxy_create cannot be found in it: name boxlite's "
        "own build of it"
    )


def test_an_overlay_for_a_shim(place, shim):
    overlay(place / "o", "--shim", shim, check=True)
    text = refused(place, place / "p", "--shim", place / "o/boxlite-shim")
    assert text == (
        f"{place}/o/boxlite-shim is itself part of an overlay: name the boxlite-shim that came with "
        "boxlite"
    )


def test_a_shim_of_neither_generation(place, shim):
    shim.write_bytes(shim.read_bytes().replace(b"network_config", b"network_contig"))
    text = refused(place, place / "o", "--shim", shim)
    assert text == (
        f"{shim} reads neither network_config (boxlite 0.8.0 to 0.9.7) nor network_backend_spec "
        "(0.10): name the boxlite-shim of one of these releases"
    )


# ---- what it refuses: the directory ----


@pytest.mark.parametrize("kind", ["empty", "filled", "file"])
def test_what_is_there_is_left_alone(place, shim, kind):
    if kind == "file":
        (place / "o").write_text("mine")
    else:
        (place / "o").mkdir()
    if kind == "filled":
        shutil.copy(shim, place / "o")
    text = refused(place, place / "o", "--shim", shim)
    assert text == (
        f"{place}/o is there already and no overlay: name a directory that is not there yet"
    )


def test_an_overlay_with_a_file_of_somebody_elses(place, shim):
    overlay(place / "o", "--shim", shim, check=True)
    (place / "o/notes").write_text("mine")
    text = refused(place, place / "o", "--shim", shim)
    assert text == (
        f"{place}/o/notes is not part of the overlay: move it away, since {place}/o is to be replaced"
    )


def test_a_link_to_nothing(place, shim):
    (place / "o").symlink_to("nothing")
    text = refused(place, place / "o", "--shim", shim)
    assert text == f"{place}/o is a link to nothing: name a directory that is not there yet"


def test_a_colon(place, shim):
    text = refused(place, place / "a:b", "--shim", shim)
    assert text == (
        f"{place}/a:b has a colon in it, which would split it in BOXLITE_RUNTIME_DIR: name another directory"
    )


def test_a_parent_that_is_not_there(place, shim):
    text = refused(place, place / "none/o", "--shim", shim)
    assert text == f"cannot make {place}/none/o: {place}/none: No such file or directory"


def test_a_full_disk(place, shim):
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", place], check=True)
    try:
        text = refused(place, place / "o", "--shim", shim)
    finally:
        subprocess.run(["umount", place], check=True)
    assert re.fullmatch(
        rf"cannot copy {shim} to {place}/o\.\w+/boxlite-shim\.original: No space left on device",
        text,
    )


def test_a_signal_meanwhile(place, shim):
    """Nothing is left; an overlay that was there stays."""
    overlay(place / "o", "--shim", shim, check=True)

    def which():
        """Not its atime: it is read."""
        status = (place / "o/boxlite-shim").stat()
        return status.st_ino, status.st_mtime_ns

    before = which()

    def pending():
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
        os.kill(os.getpid(), signal.SIGTERM)

    refused(place, place / "o", "--shim", shim, preexec_fn=pending)
    assert which() == before
    refused(place, place / "p", "--shim", shim, preexec_fn=pending)


def test_an_ignored_signal_meanwhile(place, shim):
    def ignored():
        signal.signal(signal.SIGHUP, signal.SIG_IGN)

    overlay(place / "o", "--shim", shim, preexec_fn=ignored, check=True)


def test_the_command_under_the_shims_name_but_without_an_overlay(tmp_path):
    """It must not pass for a shim that does nothing."""
    shutil.copy(COMMAND, tmp_path / "boxlite-shim")
    run = subprocess.run(
        [tmp_path / "boxlite-shim"], input=b"x" * 200_000, stderr=subprocess.PIPE
    )
    assert run.returncode == 125
    assert run.stderr.startswith(b"boxlite-allownet: cannot read what this boxlite-shim is to start")


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
@pytest.mark.parametrize("second", ["", ":when=2"], ids=["works", "fails"])
def test_a_file_system_that_cannot_exchange_names(shim, place, second):
    """With two renames, and back if the second fails."""
    overlay(place / "o", "--shim", shim, check=True)
    before = (place / "o").stat().st_ino
    inject = ["-e", "inject=renameat2:error=EINVAL"]
    if second:
        inject += ["-e", f"inject=rename:error=EACCES{second}"]
    run = subprocess.run(
        ["strace", "-o", "/dev/null", *inject, COMMAND, "overlay", place / "o", "--shim", shim],
        env=clean_environment(),
        capture_output=True,
        text=True,
    )
    assert [path.name for path in place.iterdir()] == ["o"]
    assert {path.name for path in (place / "o").iterdir()} == FILES
    if second:
        assert run.returncode == 125
        assert run.stderr == f"boxlite-allownet overlay: cannot put {place}/o in place: Permission denied\n"
        assert (place / "o").stat().st_ino == before
    else:
        assert run.returncode == 0, run.stderr
        assert (place / "o").stat().st_ino != before
