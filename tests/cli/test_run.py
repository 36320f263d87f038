"""`run`: what it starts, and what it refuses since LD_PRELOAD would not enter it.

That a static shim told to use libc's resolver crashes, so that run must not tell it that, is shown by
tests/attach/test_lookups.py (test_control_the_static_shim_dies_of_nss_modules).
"""

import os
import re
import shutil
import struct
import subprocess

import pytest

from bridgehost import PRELOAD
from clibox import BUILD, COMMAND, installed, run

# Part of what an ELF file begins with, see elf(5).
E_CLASS, E_MACHINE = 4, 18


@pytest.fixture
def place(tmp_path):
    """A directory into which other users may look."""
    for directory in [tmp_path, *tmp_path.parents]:
        if directory.name.startswith(("pytest-", "test_")):
            directory.chmod(0o755)
    return tmp_path


@pytest.fixture
def program(place):
    """A copy of a dynamic program that prints what it is told."""
    return shutil.copy("/bin/echo", place / "program")


def patched(program, offset, value):
    with open(program, "r+b") as file:
        file.seek(offset)
        file.write(value)
    return program


def refused(*words, **options):
    """What it says; it has started nothing."""
    result = run("run", "--", *words, **options)
    assert result.returncode == 125, (result.stdout, result.stderr)
    assert result.stdout == ""
    assert result.stderr.startswith("boxlite-allownet run: ")
    return result.stderr.removeprefix("boxlite-allownet run: ").rstrip("\n")


def started(*words, **options):
    result = run("run", "--", *words, **options)
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""
    return result.stdout


def as_user(*words, user=65534, **options):
    """As run, by somebody who is not root."""
    return subprocess.run(
        ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", *map(str, words)],
        capture_output=True,
        text=True,
        **options,
    )


# ---- what it does to the environment ----


def test_the_preload_comes_first_and_the_others_stay():
    assert started("printenv", "LD_PRELOAD") == f"{PRELOAD}\n"
    other = BUILD / "libboxlite_allownet_selftest.so"
    assert started("printenv", "LD_PRELOAD", LD_PRELOAD=other) == f"{PRELOAD}:{other}\n"


def test_nothing_else_is_changed():
    before = run(command="/usr/bin/env").stdout.splitlines()
    after = started("env").splitlines()
    assert set(after) - set(before) == {f"LD_PRELOAD={PRELOAD}"}
    assert set(before) - set(after) <= {"_=/usr/bin/env"}


def test_observe():
    result = run("run", "--observe", "env")
    assert "BOXLITE_ALLOWNET=observe" in result.stdout.splitlines()


def test_a_switch_that_is_off_is_told():
    told = run("run", "--", "true", BOXLITE_ALLOWNET="off")
    assert "BOXLITE_ALLOWNET=off is set, so nothing is repaired: unset it" in told.stderr
    assert run("run", "--", "true", BOXLITE_ALLOWNET="on").stderr == ""


def test_an_empty_word_is_the_programs_own_matter():
    assert started("printf", "[%s]", "") == "[]"


@pytest.mark.parametrize("name", ["GODEBUG", "RES_OPTIONS", "LOCALDOMAIN", "HOSTALIASES"])
def test_resolver_variables_are_the_operators(name):
    assert f"{name}=" not in started("env")
    assert f"{name}=mine\n" in started("env", **{name: "mine"})


# ---- exit statuses ----


def test_the_commands_exit_status_is_its_own():
    assert run("run", "sh", "-c", "exit 9").returncode == 9


def test_a_command_that_is_not_there():
    result = run("run", "/nowhere")
    assert result.returncode == 127
    assert result.stderr == "boxlite-allownet run: cannot run /nowhere: No such file or directory\n"
    assert run("run", "no-such-command-anywhere").returncode == 127


def test_a_command_that_is_not_executable(place):
    (place / "text").write_text("text")
    assert run("run", place / "text").returncode == 126
    assert run("run", place).returncode == 126
    assert run("run", "text", PATH=place).returncode == 126


def test_path_is_searched_as_execvp_does(place, program):
    """What is not executable there is passed over, whatever would be said of it."""
    (place / "first").mkdir()
    foreign = patched(shutil.copy(program, place / "foreign"), E_CLASS, b"\1")
    shutil.copyfile(foreign, place / "first/program")
    assert started("program", "x", PATH=f"{place}/first:{place}") == "x\n"
    assert started("sh", "-c", "echo x", PATH=None) == "x\n"


# ---- what LD_PRELOAD does not enter ----


@pytest.mark.parametrize("bit, word", [(0o4755, "setuid"), (0o2755, "setgid")])
def test_a_program_with_another_users_rights(place, program, bit, word):
    os.chown(program, 12345, 12345)
    os.chmod(program, bit)
    text = refused(program, "x")
    assert text == (
        f"{program} is {word}, and ld.so leaves LD_PRELOAD out of such a program: start it as the "
        "user that it becomes, or make an overlay for it (boxlite-allownet overlay)"
    )


@pytest.mark.parametrize("bit", [0o4755, 0o2755])
def test_control_ld_so_leaves_the_preload_out(place, program, bit):
    """What run refuses does start, without the repair; as everybody else's it is entered."""
    detect = {"LD_PRELOAD": str(PRELOAD), "BOXLITE_ALLOWNET_DETECT": "1"}
    os.chown(program, 12345, 12345)
    os.chmod(program, bit)
    assert run("plain", command=program, **detect).stdout == "plain\n"
    os.chmod(program, 0o755)
    assert run("plain", command=program, **detect).stdout.startswith("boxlite-allownet ")


def test_a_setuid_program_of_ones_own(place, program):
    """The kernel raises nothing, so ld.so does not mind."""
    os.chmod(program, 0o6755)
    assert started(program, "x") == "x\n"
    detected = started(program, "x", BOXLITE_ALLOWNET_DETECT=1)
    assert detected.startswith("boxlite-allownet ")


def test_a_setgid_bit_without_execution_by_the_group(place, program):
    os.chown(program, 0, 12345)
    os.chmod(program, 0o2705)
    assert started(program, "x", BOXLITE_ALLOWNET_DETECT=1).startswith("boxlite-allownet ")


def test_a_setuid_program_that_may_not_gain_rights(place, program):
    os.chown(program, 12345, 12345)
    os.chmod(program, 0o4755)
    words = ["setpriv", "--no-new-privs", COMMAND, "run", "--", program, "x"]
    result = subprocess.run(words, capture_output=True, text=True)
    assert result.stdout == "x\n", result.stderr
    detected = subprocess.run(
        words, capture_output=True, text=True, env={"BOXLITE_ALLOWNET_DETECT": "1"}
    )
    assert detected.stdout.startswith("boxlite-allownet ")


def test_a_setuid_program_on_a_mount_without_setuid(place):
    (place / "mount").mkdir()
    subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "nosuid", "tmpfs", place / "mount"], check=True
    )
    try:
        program = shutil.copy("/bin/echo", place / "mount/program")
        os.chown(program, 12345, 12345)
        os.chmod(program, 0o4755)
        assert started(program, "x", BOXLITE_ALLOWNET_DETECT=1).startswith("boxlite-allownet ")
    finally:
        subprocess.run(["umount", place / "mount"], check=True)


@pytest.fixture
def capable(place, program):
    """With a capability, as the kernel's vfs_cap_data: version 2, effective, CAP_NET_RAW."""
    data = struct.pack("<5I", 0x02000001, 1 << 13, 0, 0, 0)
    try:
        os.setxattr(program, "security.capability", data)
    except OSError as error:
        pytest.skip(f"no file capabilities here: {error}")
    return program


def test_a_program_with_capabilities(place, capable):
    command = installed(place / "installed")
    result = as_user(command, "run", "--", capable, "x")
    assert result.returncode == 125
    assert f"{capable} is given capabilities, and ld.so leaves LD_PRELOAD out" in result.stderr


def test_control_capabilities_keep_the_preload_out(place, capable):
    installed(place / "installed")
    preload = f"LD_PRELOAD={place}/installed/libboxlite_allownet.so"
    words = ["env", preload, "BOXLITE_ALLOWNET_DETECT=1", capable, "x"]
    assert as_user(*words).stdout == "x\n"
    os.removexattr(capable, "security.capability")
    assert as_user(*words).stdout.startswith("boxlite-allownet ")


def test_capabilities_are_no_matter_to_root(capable):
    assert started(capable, "x", BOXLITE_ALLOWNET_DETECT=1).startswith("boxlite-allownet ")


def test_a_32_bit_program(program):
    text = refused(patched(program, E_CLASS, b"\1"))
    assert text == (
        f"{program} is a 32-bit program, and {PRELOAD} is not: ld.so would start it without the "
        "repair; use a 64-bit build of it"
    )


def test_a_program_for_another_processor(program):
    text = refused(patched(program, E_MACHINE, struct.pack("<H", 0x0F1E)))
    assert text.startswith(f"{program} is for another processor than {PRELOAD} (ELF machine 3870,")


@pytest.fixture
def static(place):
    source = place / "static.c"
    source.write_text("int main(void) { return 7; }\n")
    for options in (["-static"], ["-static-pie"]):
        subprocess.run(["cc", *options, "-o", place / options[0][1:], source], check=True)
    return place / "static", place / "static-pie"


def test_a_static_program(static):
    for program in static:
        assert refused(program) == (
            f"{program} is statically linked, so LD_PRELOAD does not enter it: make an overlay "
            "for it (boxlite-allownet overlay), or start with the repair what it starts"
        )


def test_a_program_of_musl(program):
    with open(program, "rb") as file:
        loader = re.search(rb"/lib[^\0]*/ld-linux[^\0]*\0", file.read(4096))
    text = refused(patched(program, loader.start(), b"/lib/ld-musl.so.1\0"))
    assert text.startswith(f"{program} is a program of musl libc (/lib/ld-musl.so.1), and the repair")


def test_the_loader_itself_preloads():
    with open("/bin/echo", "rb") as file:
        loader = re.search(rb"/lib[^\0]*/ld-linux[^\0]*", file.read(4096)).group().decode()
    out = started(loader, "/bin/echo", "x", BOXLITE_ALLOWNET_DETECT=1)
    assert out.startswith("boxlite-allownet ")


# ---- scripts ----


def script(path, first_line, rest="true"):
    path.write_text(f"{first_line}\n{rest}\n")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize(
    "first_line",
    ["#!{}", "#! {} -x", "#!/usr/bin/env {}", "#!/usr/bin/env -S {} -u", "#!/usr/bin/env A=b {}"],
)
def test_a_script_of_an_interpreter_that_cannot_be_entered(place, static, first_line):
    program = script(place / "script", first_line.format(static[0]))
    assert refused(program).startswith(f"{static[0]} is statically linked")


def test_a_script_by_way_of_path_and_of_another_script(place, static):
    script(place / "inner", f"#!{static[0]}")
    outer = script(place / "outer", "#!/usr/bin/env inner")
    path = f"{place}:{os.environ['PATH']}"
    assert refused("outer", PATH=path).startswith(f"{static[0]} is statically linked")
    assert refused(outer, PATH=path).startswith(f"{static[0]} is statically linked")


@pytest.mark.parametrize("first_line", ["#!/bin/sh", "#!/usr/bin/env sh", "# none at all"])
def test_a_script_that_can_be_entered(place, first_line):
    program = script(place / "script", first_line, "echo hello")
    assert started(program) == "hello\n"
    assert started(program, BOXLITE_ALLOWNET_DETECT=1).startswith("boxlite-allownet ")


def test_a_setuid_script_is_judged_by_its_interpreter(place):
    """The kernel ignores the bit."""
    program = script(place / "script", "#!/bin/sh", "echo hello")
    os.chown(program, 12345, 12345)
    os.chmod(program, 0o4755)
    assert started(program) == "hello\n"


def test_scripts_that_name_each_other_are_the_kernels_matter(place):
    script(place / "a", f"#!{place}/b")
    script(place / "b", f"#!{place}/a")
    assert run("run", place / "a").returncode == 126


@pytest.mark.parametrize("content", [b"", b"#!", b"#!\n", b"\x7fELF", b"\x7fELF" + b"\xff" * 200])
def test_a_file_that_makes_no_sense_is_the_kernels_matter(place, content):
    (place / "file").write_bytes(content)
    (place / "file").chmod(0o755)
    assert run("run", place / "file").returncode in (0, 125, 126, 127)


# ---- where the object lies ----


@pytest.mark.parametrize("name", ["a b", "a:b"])
def test_a_directory_that_ld_preload_cannot_name(tmp_path, name):
    command = installed(tmp_path / name)
    text = refused("true", command=command)
    assert text == (
        f'"{tmp_path}/{name}/libboxlite_allownet.so" contains a space or a colon, which would split '
        "it in LD_PRELOAD; move it to a directory whose path has neither"
    )


def test_an_object_that_is_not_there(tmp_path):
    command = installed(tmp_path / "d")
    (tmp_path / "d/libboxlite_allownet.so").unlink()
    assert refused("true", command=command) == (
        f"cannot read {tmp_path}/d/libboxlite_allownet.so: No such file or directory; it belongs "
        "beside this command"
    )


def test_a_command_reached_by_a_link(tmp_path):
    """As from /usr/local/bin."""
    command = installed(tmp_path / "lib")
    (tmp_path / "link").symlink_to(command)
    out = started("printenv", "LD_PRELOAD", command=tmp_path / "link")
    assert out == f"{tmp_path}/lib/libboxlite_allownet.so\n"
