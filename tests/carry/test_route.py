"""Starts of boxlite-shim are recognised and routed; what is started cannot tell."""

import os
import shutil
import subprocess

import pytest

from conftest import CARRY, NODE, PRELOAD, PROBE, environment, fnv, run, shim_path, spec
from test_passthrough import FUNCTIONS, UNTOUCHED, contexts_of

CONFIG = spec(["api.example"])

# A parent with the preload in it that executes what it is told, in its own process.
ENV = "/usr/bin/env"

pytestmark = pytest.mark.usefixtures("dns")


def by_name(function):
    return function in ("execvp", "execvpe", "execlp", "posix_spawnp")


@pytest.mark.parametrize(
    "function,context", [(f, c) for f in FUNCTIONS for c in contexts_of(f) if c != "signal"]
)
def test_every_function_routes(function, context):
    path = "boxlite-shim" if by_name(function) else shim_path("affected")
    env = environment(PATH=f"/nowhere:{CARRY}/affected:{os.environ['PATH']}")
    start = run([PROBE, function, context, "inherit", path, "zero", "one"], CONFIG, env)
    assert start.attached
    assert start.shim["argv"] == ["zero", "one"]
    assert start.shim["exe"] == str(shim_path("affected"))
    assert start.shim["input_hash"] == fnv(CONFIG)
    assert set(start.shim["fds"]) == {"0", "1", "2"}
    if context == "vfork":
        assert UNTOUCHED in start.stdout


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("kind", ["affected", "dynamic"])
@pytest.mark.parametrize("given", ["null", "empty", "given"])
def test_settings_survive_a_cleared_environment(function, kind, given):
    """A static shim gets the environment its parent gave; a dynamic one needs the variables."""
    settings = {"BOXLITE_ALLOWNET_LOG": "debug", "BOXLITE_ALLOWNET_ATTEMPTS": "2"}
    path = shim_path(kind)
    start = run(
        [PROBE, function, "fork", given, path, "zero"], CONFIG, environment(**settings)
    )
    expected = {"PROBE": "given", "PATH": "/nowhere"} if given == "given" else {}
    if kind == "dynamic":
        expected |= {"LD_PRELOAD": str(PRELOAD), **settings}
        assert not start.attached
    else:
        assert {line[4:] for line in start.handover if line.startswith("env ")} == {
            f"{key}={value}" for key, value in settings.items()
        }
    assert start.env == expected


def test_other_preloads_are_kept_behind_ours():
    code = (
        "import os, sys; os.execve(sys.argv[1], ['zero'],"
        " {'LD_PRELOAD': '/nowhere/a.so:/nowhere/b.so', 'BOXLITE_ALLOWNET_LOG': 'warn'})"
    )
    start = run(
        ["/usr/bin/python3", "-c", code, shim_path("dynamic")],
        env=environment(BOXLITE_ALLOWNET_LOG="debug"),
    )
    assert start.env == {
        "LD_PRELOAD": f"{PRELOAD}:/nowhere/a.so:/nowhere/b.so",
        "BOXLITE_ALLOWNET_LOG": "warn",
    }


def test_a_preload_that_names_us_already_stays_as_it_is():
    value = f"/nowhere/a.so {PRELOAD}"
    start = run([ENV, shim_path("dynamic")], env=environment(LD_PRELOAD=f"{PRELOAD}"))
    assert start.env["LD_PRELOAD"] == str(PRELOAD)
    code = "import os, sys; os.execve(sys.argv[1], ['zero'], {'LD_PRELOAD': sys.argv[2]})"
    start = run(["/usr/bin/python3", "-c", code, shim_path("dynamic"), value])
    assert start.env == {"LD_PRELOAD": value}


@pytest.mark.parametrize("kind", ["affected", "unaffected", "dynamic"])
def test_a_start_looks_as_it_would_without_us(kind):
    """Same pid, parent, group, session, descriptors, signals, environment, directory, limits."""

    def started(preload):
        reading, writing = os.pipe()
        try:
            return run(
                [ENV, shim_path(kind), "--flag", "", "two words"],
                CONFIG,
                environment(preload, BOXLITE_ALLOWNET_LOG="debug"),
                pass_fds=[reading],
                start_new_session=True,
                restore_signals=False,
            )
        finally:
            os.close(reading)
            os.close(writing)

    control, repaired = started(None), started(PRELOAD)
    assert repaired.attached == (kind == "affected")
    assert repaired.pid == repaired.shim["pid"] and control.pid == control.shim["pid"]
    expected, seen = control.shim, repaired.shim
    assert seen["children"] == "" and seen["sid"] == seen["pid"]
    assert [key for key in seen["fds"]] == [key for key in expected["fds"]]
    for key in ("pid", "sid", "pgid", "fds", "stdin"):
        del expected[key], seen[key]
    # A different run has pipes of other numbers, and one has the preload.
    seen["env"] = [entry for entry in seen["env"] if not entry.startswith("LD_PRELOAD=")]
    assert seen == expected
    assert repaired.status == control.status == 7


def test_actions_and_attributes_of_posix_spawn_are_the_childs_own(tmp_path):
    code = """
import os, signal, sys
child = os.posix_spawn(
    sys.argv[1], ["zero"], {"ONLY": "this"},
    file_actions=[
        (os.POSIX_SPAWN_OPEN, 2, sys.argv[2], os.O_WRONLY | os.O_CREAT, 0o600),
        (os.POSIX_SPAWN_DUP2, 0, 5),
        (os.POSIX_SPAWN_CLOSE, 7),
    ],
    setpgroup=0, setsigmask=[signal.SIGUSR1], setsigdef=[signal.SIGUSR2],
)
os._exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    control, repaired = (
        run(
            ["/usr/bin/python3", "-c", code, shim_path("affected"), tmp_path / "errors"],
            CONFIG,
            environment(preload),
        )
        for preload in (None, PRELOAD)
    )
    assert "handover: host api.example" in (tmp_path / "errors").read_text()
    seen, expected = repaired.shim, control.shim
    assert seen["pgid"] == seen["pid"] and expected["pgid"] == expected["pid"]
    assert seen["blocked"] == 1 << 9
    assert set(seen["fds"]) == {"0", "1", "2", "5"}
    # What is at 5 is the parent's end of a pipe that has been read to its end.
    assert seen["input_hash"] == fnv(CONFIG)
    for key in ("env", "argv", "blocked", "ignored", "cwd", "children"):
        assert seen[key] == expected[key]
    assert repaired.status == control.status == 7


def test_python_tries_one_exec_per_path_entry(tmp_path):
    """subprocess calls execve for each directory in PATH: those before the right one still fail."""
    (tmp_path / "boxlite-shim").mkdir()
    env = environment(PATH=f"/nowhere:{tmp_path}:{CARRY}/affected:{os.environ['PATH']}")
    code = (
        "import subprocess, sys; subprocess.run(['boxlite-shim', 'one'],"
        " input=sys.stdin.buffer.read(), close_fds=False, start_new_session=False)"
    )
    start = run(["/usr/bin/python3", "-c", code], CONFIG, env)
    assert start.attached and start.shim["argv"] == ["boxlite-shim", "one"]


@pytest.mark.skipif(shutil.which(NODE) is None, reason="no node")
def test_node_child_process():
    code = """
        const child = require('child_process').spawn(process.argv[1], ['one'],
            {stdio: ['pipe', 'inherit', 'inherit'], env: {ONLY: 'this'}});
        process.stdin.pipe(child.stdin);
        child.on('exit', status => process.exit(status));
    """
    start = run([NODE, "-e", code, shim_path("affected")], CONFIG)
    assert start.attached and start.status == 7
    assert start.shim["argv"] == [str(shim_path("affected")), "one"]
    assert start.env == {"ONLY": "this"}
    assert start.shim["input_hash"] == fnv(CONFIG)


@pytest.mark.parametrize("line", ['exec "$0" one', '"$0" one; exit $?', 'exec env -i "$0" one'])
def test_shell(line):
    start = run(["sh", "-c", line, shim_path("affected")], CONFIG)
    assert start.attached and start.status == 7
    assert start.shim["argv"] == [str(shim_path("affected")), "one"]


def test_switched_off_passes_through():
    start = run([ENV, shim_path("affected")], CONFIG, environment(BOXLITE_ALLOWNET="off"))
    assert not start.attached and start.status == 7
    assert start.env["BOXLITE_ALLOWNET"] == "off"


def test_a_child_that_is_told_off_is_left_alone():
    code = (
        "import os, sys; os.execve(sys.argv[1], ['zero'],"
        " {'BOXLITE_ALLOWNET': 'off', 'RES_OPTIONS': 'ndots:1'})"
    )
    start = run(["/usr/bin/python3", "-c", code, shim_path("affected")], CONFIG)
    assert not start.attached and start.status == 7
    assert start.env == {"BOXLITE_ALLOWNET": "off", "RES_OPTIONS": "ndots:1"}


def test_a_hook_before_the_constructor_passes_through():
    env = environment(EARLY_START=str(shim_path("affected")))
    env["LD_PRELOAD"] += f":{CARRY}/early-start.so"
    start = run(["/bin/true"], CONFIG, env)
    assert not start.attached and start.status == 7
    assert start.shim["argv"] == ["early"]


@pytest.fixture
def alone(tmp_path):
    """The preload without its command beside it."""
    return shutil.copy(PRELOAD, tmp_path / PRELOAD.name)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_without_its_command_the_start_fails_and_says_why(function, alone):
    start = run(
        [PROBE, function, "main", "inherit", shim_path("affected"), "zero"],
        CONFIG,
        environment(alone),
    )
    assert start.stdout in ("errno 2\n", "error 2\n")
    assert start.stderr.startswith("boxlite-allownet: ERROR allowNet: cannot start ")
    assert "BOXLITE_ALLOWNET=off" in start.stderr


@pytest.mark.parametrize("function", FUNCTIONS)
def test_without_its_command_a_tolerant_start_goes_on(function, alone):
    start = run(
        [PROBE, function, "main", "inherit", shim_path("affected"), "zero"],
        CONFIG,
        environment(alone, BOXLITE_ALLOWNET_STATIC="warn"),
    )
    assert not start.attached and start.shim["argv"] == ["zero"]
    assert "starts unrepaired" in start.stderr


@pytest.mark.parametrize("function", ["execv", "execvp", "execve", "posix_spawn", "fexecve"])
@pytest.mark.parametrize("count", [1500, 20000])
def test_a_start_with_many_arguments_is_routed(function, count):
    """Beyond what fits the stack of the hook."""
    start = run(
        [PROBE, function, "fork", "inherit", shim_path("affected"), "zero", f"@{count}"], CONFIG
    )
    assert start.attached and len(start.shim["argv"]) == count + 1


def test_a_relative_path(tmp_path):
    os.symlink(CARRY / "affected", tmp_path / "here")
    start = run(
        [PROBE, "execv", "fork", "inherit", "here/boxlite-shim", "zero"], CONFIG, cwd=tmp_path
    )
    assert start.attached and start.shim["cwd"] == str(tmp_path)


def test_a_deleted_shim_is_not_mistaken_for_its_successor(tmp_path):
    """By descriptor: what lies under the name by now is another file."""
    code = """
import os, shutil, sys
path = sys.argv[1]
old = os.open(path, os.O_RDONLY)
os.set_inheritable(old, True)
os.unlink(path)
shutil.copy(sys.argv[2], path)
os.execve(old, ['zero'], {})
"""
    shutil.copy(shim_path("unaffected"), tmp_path / "boxlite-shim")
    start = run(
        ["/usr/bin/python3", "-c", code, tmp_path / "boxlite-shim", shim_path("affected")], CONFIG
    )
    assert not start.attached and start.shim["marker"] == ord("e")


def test_unreadable_but_executable_shims_are_reported(tmp_path):
    """Nothing of it can be read, so nobody can tell whether it needs the repair."""
    prefix = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    if subprocess.run([*prefix, "true"], stderr=subprocess.DEVNULL, check=False).returncode != 0:
        pytest.skip("there is no second user in this namespace")
    directory = tmp_path
    while directory != directory.parent:
        if directory.stat().st_mode & 0o5 != 0o5:
            directory.chmod(directory.stat().st_mode | 0o55)
        directory = directory.parent
    shutil.copy(shim_path("affected"), tmp_path / "boxlite-shim")
    (tmp_path / "boxlite-shim").chmod(0o711)
    start = run([*prefix, tmp_path / "boxlite-shim"], CONFIG)
    assert start.status == 125
    assert start.stderr.splitlines()[0].startswith(
        f"boxlite-allownet: ERROR allowNet: cannot read {tmp_path}/boxlite-shim"
    )
