"""A boxlite-shim in a line of bwrap's is repaired, or the start ends with a text: never silence."""

import os
import shutil
import subprocess

import pytest

from conftest import BUILD, CARRY, PRELOAD, environment, fnv, run, shim_path, spec
from jail import Box
from test_bwrap_line import Generator, options_of

ENV = "/usr/bin/env"
CONFIG = spec(["api.example"], pad=200_000)
GENERATED = int(os.environ.get("GENERATED_STARTS", "100"))

pytestmark = pytest.mark.usefixtures("dns")


@pytest.fixture
def box(tmp_path):
    return Box(tmp_path / "box", shim_path("affected"))


def with_command(box, *command, options=()):
    """The line of a box with something else in place of the "--" and what follows."""
    words = box.command()
    return [*words[: words.index("--")], *options, *command]


def repaired(words, **options):
    """Attached, and the shim cannot tell the line from one without us."""
    control = run(words, CONFIG, environment(None), **options)
    start = run([ENV, *words], CONFIG, must_read=True, **options)
    assert control.status == start.status == 7, (control.stderr, start.stderr)
    assert start.attached and start.shim["input_hash"] == fnv(CONFIG)
    for key in ("argv", "exe", "cwd", "env"):
        assert sorted(start.shim[key]) == sorted(control.shim[key]), key
    return start


def test_without_a_separator(box):
    repaired(with_command(box, str(box.shim), "one", "--", "two"))


@pytest.mark.parametrize(
    "options",
    [
        ["--setenv", "--", "x"],
        ["--setenv", "x", "--"],
        ["--dir", "--"],
        ["--symlink", "--", "/link"],
        ["--unshare-uts", "--hostname", "--"],
    ],
)
@pytest.mark.parametrize("separator", [["--"], []])
def test_a_separator_that_is_the_value_of_an_option(box, options, separator):
    repaired(with_command(box, *separator, str(box.shim), "one", options=options))


@pytest.mark.parametrize("separator", [["--"], []])
def test_options_from_a_descriptor(box, separator):
    file = os.memfd_create("options", 0)
    try:
        os.write(file, b"--setenv\0HIDDEN\0value\0--dir\0/made\0")
        words = with_command(box, *separator, str(box.shim), options=["--args", str(file)])
        # Each bwrap reads it to its end.
        for preload in (None, PRELOAD):
            os.lseek(file, 0, os.SEEK_SET)
            start = run([ENV, *words], CONFIG, environment(preload), pass_fds=[file])
            assert start.status == 7 and start.env["HIDDEN"] == "value", start.stderr
        assert start.attached
    finally:
        os.close(file)


@pytest.mark.parametrize("bwrap", ["bundled", "debian13"])
def test_the_name_that_bwrap_gives(box, bwrap):
    """--argv0, which the system's does not know."""
    program = BUILD / "bwrap" / bwrap / "bwrap"
    if not program.exists():
        pytest.skip("scripts/fetch-bwrap")
    words = with_command(box, "--", str(box.shim), options=["--argv0", "named"])
    start = repaired([str(program), *words[1:]])
    assert start.shim["argv"] == ["named"]


def test_a_link_of_another_name(box):
    link = box.bin / "runner"
    link.symlink_to("boxlite-shim")
    repaired(with_command(box, "--", str(link), "one"))


def test_a_link_that_bwrap_makes(box):
    options = ["--symlink", str(box.shim), "/runner"]
    repaired(with_command(box, "--", "/runner", "one", options=options))


def test_a_name_without_a_path(box):
    """bwrap looks for it where the jail's PATH says."""
    path = ["--setenv", "PATH", f"/nowhere:{box.bin}"]
    repaired(with_command(box, "--", "boxlite-shim", "one", options=path))


@pytest.mark.parametrize(
    "options",
    [
        ["--remount-ro", "/"],
        ["--tmpfs", str(CARRY), "--remount-ro", str(CARRY), "--dir", "/tmp/made"],
        ["--remount-ro", "/", "--proc", "/proc"],
        ["--perms", "0755"],
        ["--perms", "0755", "--size", "4096"],
    ],
)
@pytest.mark.parametrize("separator", [["--"], []])
def test_options_that_leave_no_room_behind_them(box, options, separator):
    """bwrap can make no place for a mount where all is read-only, and insists on what has to follow one."""
    repaired(with_command(box, *separator, str(box.shim), "one", options=options))


# What takes room away from options of ours, or shows a jail what is not there outside.
TIGHT = [
    ["--remount-ro", "/"],
    ["--tmpfs", str(CARRY), "--remount-ro", str(CARRY)],
    ["--bind", str(CARRY), str(CARRY)],
    ["--dir", str(CARRY)],
    ["--ro-bind", str(CARRY), "/carry", "--symlink", "carry", "/via"],
    ["--perms", "0700"],
    ["--size", "4096"],
]


def generated(seed, programs, cwd, fds):
    """A line that starts the shim in /p, by one of the ways to name it."""
    generator = Generator(seed, options_of("bwrap"), cwd, fds)
    chance = generator.random
    words = ["bwrap", "--unshare-uts", "--dir", "/dir"]
    for directory in ("/usr", "/lib", "/lib64"):
        words += ["--ro-bind", directory, directory]
    words += ["--proc", "/proc", "--ro-bind", str(programs), "/p", "--setenv", "PATH", "/p"]
    words += [word for _ in range(chance.randint(0, 6)) for word in generator.rich()]
    words += chance.choice(TIGHT) if chance.random() < 0.4 else []
    words += chance.choice([[], ["--"]])
    return [*words, chance.choice(["/p/boxlite-shim", "boxlite-shim", "p/boxlite-shim"]), "one", "--"]


def test_what_starts_without_us_starts_repaired(box, tmp_path):
    """Generated lines, each with bwrap alone and with us."""
    cwd = tmp_path / "cwd"
    for name in ("--", "boxlite-shim", "--help"):
        (cwd / name).mkdir(parents=True)
    shutil.copy(CARRY / "argv-probe", box.bin / "env")
    started = 0
    for seed in range(GENERATED):
        starts = []
        for preload in (None, PRELOAD):
            fds = [os.memfd_create("data", 0) for _ in range(6)]
            try:
                words = generated(seed, box.bin, cwd, fds)
                env = environment(preload)
                starts.append(run([ENV, f"--chdir={cwd}", *words], CONFIG, env, pass_fds=fds))
            finally:
                for file in fds:
                    os.close(file)
        control, start = starts
        if control.status == 7:
            started += 1
            assert start.status == 7 and start.attached, (words, start.stderr)
            assert (start.shim["argv"], start.shim["exe"]) == (control.shim["argv"], control.shim["exe"]), words
    assert started > GENERATED * 3 // 4


def border(words, part):
    start = run([ENV, *words], CONFIG, must_read=True)
    line = start.stderr.splitlines()[0]
    assert start.status == 125 and not start.attached and not start.stdout, start.stdout
    assert line.startswith("boxlite-allownet: ERROR allowNet: ") and part in line
    assert "BOXLITE_ALLOWNET=off" in line
    start = run([ENV, *words], CONFIG, environment(BOXLITE_ALLOWNET_STATIC="warn"))
    assert part in start.stderr and "starts unrepaired" in start.stderr
    return start


@pytest.mark.parametrize(
    "command",
    [
        ["env", "A=b", "{}"],
        ["sh", "-c", "exec {} one"],
        ["sh", "-c", "cd /; '{}'"],
        ["env", "sh", "-c", 'exec "$0"', "{}"],
    ],
)
@pytest.mark.parametrize("separator", [["--"], []])
def test_something_before_the_shim(box, command, separator):
    """Inside the jail nothing of ours is there to follow it."""
    words = with_command(box, *separator, *(word.format(box.shim) for word in command))
    control = run(words, CONFIG, environment(None))
    assert control.status == 7, "the control: it starts, unrepaired"
    start = border(words, f"{command[0]} is to start boxlite-shim inside the jail")
    assert start.status == 7 and start.shim["input_hash"] == fnv(CONFIG)


def test_an_option_that_nobody_knows_yet(box):
    words = with_command(box, "--", str(box.shim), options=["--of-tomorrow", "--", "x"])
    border(words, "bwrap's option --of-tomorrow is not known here")


@pytest.mark.parametrize(
    "words",
    [
        ["--version"],
        ["--unshare-user", "--ro-bind", "/", "/", "--", "true"],
        ["--ro-bind", "/", "/", "cat", "/proc/self/comm"],
        ["--ro-bind", "/", "/", "--", "ls", "/nowhere/boxlite-shim.log"],
        ["--of-tomorrow", "true"],
        ["--ro-bind", "/", "/"],
    ],
)
def test_lines_of_others_are_left_alone(words):
    """Probes of boxlite's, and jails that have nothing to do with it."""
    seen = [
        subprocess.run(
            ["bwrap", *words], env=environment(preload), capture_output=True, stdin=subprocess.DEVNULL
        )
        for preload in (None, PRELOAD)
    ]
    assert [(done.returncode, done.stdout, done.stderr) for done in seen][0] == (
        seen[1].returncode,
        seen[1].stdout,
        seen[1].stderr,
    )
    assert b"boxlite-allownet" not in seen[1].stderr


def test_a_shim_inside_a_bwrap_that_was_not_routed(box, tmp_path):
    """One of another name: its exec inside the jail is what is seen, where our command is not."""
    other = tmp_path / "jailer"
    shutil.copy(shutil.which("bwrap"), other)
    words = [str(other), *with_command(box, "--", str(box.shim))[1:]]
    assert run(words, CONFIG, environment(None)).status == 7, "the control"
    start = run(words, CONFIG, environment(), must_read=True)
    line = start.stderr.splitlines()[0]
    assert start.status != 7 and not start.stdout
    assert f"cannot start {CARRY}/boxlite-allownet" in line and "BOXLITE_ALLOWNET=off" in line


# What starts boxlite-shim behind it, without a word that names it.
EMPTIED = {
    "bwrap": lambda box, given, launcher: with_command(box, "--", launcher, options=given),
    "env": lambda _box, given, launcher: [ENV, "-i", *given, launcher],
}
GIVEN = {
    "bwrap": ["--ro-bind", str(CARRY), str(CARRY), "--setenv", "LD_PRELOAD", str(PRELOAD)],
    "env": [f"LD_PRELOAD={PRELOAD}"],
}


@pytest.mark.parametrize("given", [False, True], ids=["emptied", "given"])
@pytest.mark.parametrize("kind", EMPTIED)
def test_a_launcher_behind_an_emptied_environment_needs_the_object_again(box, kind, given):
    """docs/limits.md: there is nothing of ours that could see the start, and nobody who could tell."""
    launcher = box.bin / "launcher"
    launcher.write_text('#!/bin/sh\nexec "${0%/*}/boxlite-shim" one\n')
    launcher.chmod(0o755)
    words = EMPTIED[kind](box, GIVEN[kind] if given else [], str(launcher))
    start = run([ENV, *words], CONFIG)
    assert start.status == 7 and start.shim["input_hash"] == fnv(CONFIG)
    assert start.attached == given and (given or start.stderr == "")
