"""Where our command cannot be started, or was replaced: a text and no broken pipe, and healthy shims
start all the same."""

import contextlib
import os
import shutil
import subprocess
import threading

import pytest

from conftest import CARRY, PRELOAD, environment, fnv, run, shim_path, spec
from jail import Box

CONFIG = spec(["api.example"], pad=200_000)
STARTS = 25
REPLACED_STARTS = int(os.environ.get("REPLACED_STARTS", "40"))

pytestmark = pytest.mark.usefixtures("dns")


@pytest.fixture
def home(tmp_path):
    """An installation of its own."""
    directory = tmp_path / "home"
    directory.mkdir()
    for name in (PRELOAD.name, "boxlite-allownet"):
        shutil.copy(CARRY / name, directory / name)
    return directory


def missing(command):
    command.unlink()


def not_executable(command):
    command.chmod(0o644)


def being_written(command):
    """As a copy onto it does."""
    return command.open("r+b")


# boxlite 0.9.5 and older: fork, the pipe at 0, all else closed, exec; the parent writes at once.
LIKE_BOXLITE = """
import os, sys
reading, writing = os.pipe()
child = os.fork()
if child == 0:
    os.dup2(reading, 0)
    os.closerange(3, 1024)
    try:
        os.execvp(sys.argv[1], sys.argv[1:])
    except OSError:
        os._exit(127)
os.close(reading)
data = sys.stdin.buffer.read()
try:
    while data:
        data = data[os.write(writing, data):]
    os.close(writing)
except BrokenPipeError:
    print("broken pipe", flush=True)
os._exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def start_like_boxlite(command, home, **settings):
    env = environment(home / PRELOAD.name, **settings)
    return run(["/usr/bin/python3", "-c", LIKE_BOXLITE, *command], CONFIG, env)


@pytest.mark.parametrize("jailed", [False, True], ids=["plain", "jailed"])
@pytest.mark.parametrize(
    "spoil, error",
    [(missing, "ENOENT"), (not_executable, "EACCES"), (being_written, "ETXTBSY")],
    ids=["missing", "not-executable", "being-written"],
)
def test_the_text_and_no_broken_pipe(home, tmp_path, spoil, error, jailed):
    box = Box(tmp_path / "box", shim_path("affected"))
    command = box.command() if jailed else [box.shim]
    held = spoil(home / "boxlite-allownet")
    for _ in range(3 if jailed else STARTS):
        start = start_like_boxlite(command, home)
        assert start.status == 127 and start.stdout == ""
        line = start.stderr.splitlines()[0]
        assert f"cannot start {home}/boxlite-allownet ({error})" in line
        assert "BOXLITE_ALLOWNET=off" in line
    if held is not None:
        held.close()


@pytest.mark.parametrize("jailed", [False, True], ids=["plain", "jailed"])
@pytest.mark.parametrize("kind", ["unaffected", "affected", "unknown"])
def test_a_shim_known_to_need_no_repair_starts_all_the_same(home, tmp_path, kind, jailed):
    box = Box(tmp_path / "box", shim_path(kind))
    missing(home / "boxlite-allownet")
    start = start_like_boxlite(box.command() if jailed else [box.shim], home)
    if kind == "unaffected":
        assert start.status == 7 and start.stderr == ""
        assert start.shim["input_hash"] == fnv(CONFIG)
    else:
        assert start.status == 127 and "cannot start" in start.stderr


def test_a_parent_that_waits_for_the_exec_is_not_waited_for(home):
    """Python's subprocess and Rust's Command learn of a failed exec by a pipe, and write afterwards."""
    missing(home / "boxlite-allownet")
    code = """
import subprocess, sys
try:
    subprocess.run([sys.argv[1]], input=sys.stdin.buffer.read(), preexec_fn=lambda: None)
except FileNotFoundError:
    print("told")
"""
    env = environment(home / PRELOAD.name)
    start = run(["/usr/bin/python3", "-c", code, shim_path("affected")], CONFIG, env)
    assert start.stdout == "told\n" and "cannot start" in start.stderr


@pytest.mark.parametrize("jailed", [False, True], ids=["plain", "jailed"])
def test_a_command_that_was_replaced_while_it_started(home, tmp_path, jailed):
    """/proc/self/exe says "(deleted)"; the path has its successor."""
    box = Box(tmp_path / "box", shim_path("affected"))
    command = [shutil.which("bwrap"), *box.command()[1:]] if jailed else [str(box.shim)]
    code = """
import os, shutil, sys
home, source, *command = sys.argv[1:]
own = os.open(home, os.O_RDONLY)
shutil.copy(source, home + ".new")
os.replace(home + ".new", home)
os.execve(own, ["boxlite-allownet", "launch", "--", *command], os.environ)
"""
    words = ["/usr/bin/python3", "-c", code, home / "boxlite-allownet", CARRY / "boxlite-allownet"]
    start = run([*words, *command], CONFIG, environment(None), must_read=True)
    assert start.status == 7 and start.attached, start.stderr


def test_an_object_that_was_replaced_while_it_was_loaded(home):
    """Its command is where it was: beside the object's successor."""
    object_ = home / PRELOAD.name
    env = environment(object_, EARLY_REMOVE=str(object_))
    env["LD_PRELOAD"] += f":{CARRY}/early-start.so"
    code = "import os, sys; os.unsetenv('LD_PRELOAD'); os.unsetenv('EARLY_REMOVE'); os.execv(sys.argv[1], sys.argv[1:])"
    start = run(["/usr/bin/python3", "-c", code, shim_path("affected")], CONFIG, env, must_read=True)
    assert not object_.exists()
    assert start.status == 7 and start.attached, start.stderr


@contextlib.contextmanager
def being_replaced(home):
    """As by an upgrade that does not end: another file of the same name, again and again."""
    ended = threading.Event()

    def replace():
        while not ended.is_set():
            for name in (PRELOAD.name, "boxlite-allownet"):
                shutil.copy(CARRY / name, home / "new")
                os.replace(home / "new", home / name)

    replacer = threading.Thread(target=replace)
    replacer.start()
    try:
        yield
    finally:
        ended.set()
        replacer.join()


# What a jail shows of the installation: with /usr, that of a package; of others nothing.
JAILS = {
    "nothing": "",
    "shown": "--ro-bind HOME HOME",
    "may-be-written": "--bind HOME HOME",
    "covered": "--ro-bind HOME HOME --tmpfs HOME",
    "another-there": "--ro-bind CARRY HOME",
}


def jail_command(box, home, jail, arguments=()):
    options = JAILS[jail].replace("HOME", str(home)).replace("CARRY", str(CARRY)).split()
    return box.command(options=options, arguments=arguments)


@pytest.mark.parametrize("jail", [None, "nothing", "shown"])
def test_starts_while_the_package_is_replaced(home, tmp_path, jail):
    """Each is repaired. But where bwrap has to mount our command, a rename between its mount(2) and its
    look at it makes bwrap give up, as it does on any file: then nothing has started, and that is rare."""
    box = Box(tmp_path / "box", shim_path("affected"))
    command = [str(box.shim)] if jail is None else jail_command(box, home, jail)
    given_up = 0
    with being_replaced(home):
        for _ in range(REPLACED_STARTS):
            start = run(["/usr/bin/env", *command], CONFIG, environment(home / PRELOAD.name))
            if jail == "nothing" and "bwrap: Can't bind mount" in start.stderr:
                assert start.status == 1 and not start.attached
                given_up += 1
            else:
                assert start.status == 7 and start.attached, start.stderr
    assert given_up <= REPLACED_STARTS // 10


def test_control_a_mount_over_a_file_that_is_replaced_falls_off(home, tmp_path):
    """bwrap itself, without us: why a jail that shows our command gets no mount over it."""
    box = Box(tmp_path / "box", "/bin/true")
    file = str(home / "boxlite-allownet")
    shown = ["--ro-bind", str(home), str(home), "--ro-bind", file, file]
    with being_replaced(home):
        for _ in range(10_000):
            done = subprocess.run(box.command(options=shown), capture_output=True, check=False)
            if done.returncode != 0:
                break
    assert b"Can't bind mount" in done.stderr, done.stderr


@pytest.mark.parametrize("jail", JAILS)
def test_the_command_is_found_in_the_jail_and_cannot_be_written(home, tmp_path, jail):
    box = Box(tmp_path / "box", shim_path("affected"))
    words = jail_command(box, home, jail, [f"--list={home}"])
    start = run(["/usr/bin/env", *words], CONFIG, environment(home / PRELOAD.name))
    # What can be written would be listed with a "+".
    assert start.attached and "boxlite-allownet" in start.shim["listed"]


@pytest.mark.parametrize("function", ["posix_spawn", "posix_spawnp", "execve", "execvpe"])
def test_a_start_from_a_small_stack_with_a_large_environment(function):
    """A thread may have 16 KiB in all, and 1,200 variables are more than half of that."""
    probe = CARRY / "exec-probe"
    words = [probe, function, "small-thread", "many", shim_path("affected"), "zero"]
    start = run(words, CONFIG)
    assert start.attached and start.shim["argv"] == ["zero"], (start.status, start.stderr)
    assert start.env["MANY_1199"] == "x"


def test_unknown_flags_of_execveat_are_the_kernels_business():
    """AT_EXECVE_CHECK executes nothing; a kernel that does not know it says EINVAL."""
    seen = [
        subprocess.run(
            [CARRY / "exec-probe", "execveat-check", "main", "inherit", shim_path("affected"), "zero"],
            env=environment(preload),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
        for preload in (None, PRELOAD)
    ]
    assert seen[0].returncode == seen[1].returncode == 0
    assert seen[0].stdout == seen[1].stdout and b"{" not in seen[1].stdout
