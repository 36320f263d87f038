"""Shims, bridges, libraries and directories at rest."""

import json
import os
import platform
import re
import signal
import stat
import subprocess
import tarfile
import tempfile
import zipfile
from pathlib import Path

import pytest

from doctorbox import (
    COMMAND,
    OBJECT,
    SDKS,
    Told,
    copy_of,
    run,
    stripped,
    text,
)

# One that has nothing to do with boxlite.
LIBRARY = next(Path("/usr/lib").rglob("libc.so.6"))

# {version: (exit, verdict, release, exact, linkage, arguments, way in)}
PUBLISHED = {
    "0.2.11": (0, "not-affected", "0.5.11 to 0.6.0", False, "shared", 1, "none"),
    "0.9.7": (1, "not-covered", "0.9.7", True, "static", 2, "attach"),
    "0.10.0": (1, "not-covered", "0.10.0", True, "static", 2, "attach"),
    "0.10.3": (0, "not-affected", "0.10.3", True, "static", 2, "none"),
}


@pytest.mark.parametrize("version", PUBLISHED)
def test_published_shims(published, version):
    status, verdict, release, exact, linkage, arguments, way_in = PUBLISHED[version]
    told = Told(published(version))
    assert told.verdict == (status, verdict)
    assert told.only["kind"] == "shim"
    assert told.only["way_in"] == way_in
    boxlite = told.only["boxlite"]
    assert (boxlite["release"], boxlite["exact"]) == (release, exact)
    assert (boxlite["linkage"], boxlite["create_arguments"]) == (linkage, arguments)
    assert boxlite["affected"] == (status == 1)
    assert boxlite["gvisor_tap_vsock"] == "v0.8.7"
    # Not one sign alone.
    assert len(boxlite["evidence"]) >= 2


def one_argument(content):
    """Go's wrapper of create passes the size of its arguments on: mov $0x18,%edx for two."""
    (address, size) = re.search(
        r"Value +Size.*?(\w{16}) +(\d+) FUNC +GLOBAL \w+ +\d+ gvproxy_create\n",
        readelf("-sW", content),
        re.DOTALL,
    ).groups()
    for line in readelf("-lW", content).splitlines():
        if line.split()[:1] == ["LOAD"]:
            offset, begin, _, length = (int(word, 16) for word in line.split()[1:5])
            if begin <= int(address, 16) < begin + length:
                at = int(address, 16) - begin + offset
    code = content[at : at + int(size)]
    assert code.count(b"\xba\x18\0\0\0") == 1
    return content[:at] + code.replace(b"\xba\x18", b"\xba\x10") + content[at + int(size) :]


def readelf(option, content):
    with tempfile.NamedTemporaryFile() as file:
        file.write(content)
        file.flush()
        run = subprocess.run(
            ["readelf", option, file.name], capture_output=True, text=True, check=True
        )
        return run.stdout


REVISION = re.compile(rb"vcs\.revision=\w{8}")
UNKNOWN = b"vcs.revision=00000000"


@pytest.mark.parametrize(
    "version, changes, release",
    [
        ("0.9.7", [], "0.9.5 to 0.9.7"),
        ("0.9.7", [one_argument], "0.9.0 to 0.9.5"),
        ("0.9.7", [lambda content: content.replace(b'"host_ip"', b'"host_xx"')], "0.8.0 to 0.8.2"),
        ("0.10.0", [], "0.10.0 to 0.10.2"),
        ("0.10.3", [], "0.10.3 or newer"),
    ],
    ids=["two-arguments", "one-argument", "no-host-ip", "sinkhole", "no-sinkhole"],
)
def test_a_build_of_no_known_revision(published, tmp_path, version, changes, release):
    if one_argument in changes and platform.machine() != "x86_64":
        pytest.skip("written for x86-64")
    content = REVISION.sub(UNKNOWN, published(version).read_bytes())
    for change in changes:
        content = change(content)
    copy = tmp_path / "boxlite-shim"
    copy.write_bytes(content)
    told = Told(copy)
    assert told.status == Told(published(version)).status
    assert not told.only["boxlite"]["exact"]
    assert told.only["boxlite"]["release"] == release
    assert "which is not known here" in told.only["boxlite"]["evidence"][0]


def test_the_directory_of_a_shim_is_a_runtime_directory(published):
    told = Told(published("0.9.7").parent)
    assert told.verdict == (1, "not-covered")
    assert told.only["target"] == str(published("0.9.7"))


def test_a_shared_bridge_by_itself(published):
    told = Told(published("0.2.11").parent / "libgvproxy.so")
    assert told.verdict == (0, "not-affected")
    assert told.only["kind"] == "bridge"


def test_a_dynamic_shim_without_its_bridge_cannot_be_judged(published, tmp_path):
    told = Told(copy_of(published("0.2.11"), tmp_path))
    assert told.verdict == (1, "unclear")
    assert "libgvproxy.so" in told.only["reason"]


def test_what_to_set_has_the_installed_paths(published):
    advice = "\n".join(Told(published("0.9.7")).only["do"])
    assert f"\nexport LD_PRELOAD={OBJECT}\n" in advice
    assert f"{COMMAND} run -- COMMAND" in advice
    assert "BOXLITE_RUNTIME_DIR=" in advice


def test_in_an_environment_with_the_preload_it_is_covered(published):
    told = Told(published("0.9.7"), LD_PRELOAD=OBJECT)
    assert told.verdict == (0, "covered")
    observing = Told(published("0.9.7"), LD_PRELOAD=OBJECT, BOXLITE_ALLOWNET="observe")
    assert observing.verdict == (1, "not-covered")
    switched_off = Told(published("0.9.7"), LD_PRELOAD=OBJECT, BOXLITE_ALLOWNET="off")
    assert switched_off.verdict == (1, "not-covered")
    wrong = Told(published("0.9.7"), LD_PRELOAD=OBJECT, BOXLITE_ALLOWNET_ATTEMPTS="99")
    assert wrong.verdict == (1, "not-covered")
    assert "BOXLITE_ALLOWNET_ATTEMPTS" in wrong.only["reason"]


def test_the_rows_say_what_the_verdict_says(published, tmp_path):
    gone = tmp_path / "libboxlite_allownet.so"
    shown = text(published("0.9.7"), LD_PRELOAD=gone)
    assert f"LD_PRELOAD names {gone}, which is not there" in " ".join(shown.split())
    assert "has our object" not in shown
    shown = text(published("0.9.7"), LD_PRELOAD=OBJECT, BOXLITE_ALLOWNET="of")
    assert shown.startswith("AFFECTED, not covered: boxlite 0.9.7, creates are refused: ")
    assert "LD_PRELOAD has our object, which refuses creates" in shown
    assert "mode on" not in shown


def test_the_overlay_of_a_shim_that_was_named_is_made_of_it(published, module):
    (line,) = [item for item in Told(published("0.10.0")).only["do"] if "overlay" in item]
    assert f" --shim {published('0.10.0')}\n" in line
    (line,) = [item for item in Told(module("0.10.0")).only["do"] if "overlay" in item]
    assert "--shim" not in line and "once it has started a box" in line


def test_a_preload_that_is_gone_covers_nothing(published, tmp_path):
    gone = tmp_path / "libboxlite_allownet.so"
    told = Told(published("0.9.7"), LD_PRELOAD=gone)
    assert told.verdict == (1, "not-covered")
    assert str(gone) in told.only["reason"]


def test_a_stripped_shim_cannot_be_covered(published, tmp_path):
    told = Told(stripped(published("0.9.7"), tmp_path / "bin"))
    assert told.verdict == (2, "cannot-be-covered")
    assert told.only["boxlite"]["symbols"] == "stripped"
    assert "symbol table" in told.only["reason"]
    # What is no repair's business stays so.
    unaffected = Told(stripped(published("0.10.3"), tmp_path / "other"))
    assert unaffected.verdict == (0, "not-affected")


def test_a_shim_for_another_processor_cannot_be_covered(published, tmp_path):
    copy = tmp_path / "boxlite-shim"
    content = bytearray(published("0.9.7").read_bytes())
    content[18] = 183 if content[18] == 62 else 62  # e_machine: aarch64, x86-64
    copy.write_bytes(content)
    told = Told(copy)
    assert told.verdict == (2, "cannot-be-covered")
    assert told.only["boxlite"]["symbols"] == "other-processor"


@pytest.mark.parametrize("version", ["0.9.7", "0.10.0"])
def test_the_library_of_an_sdk_and_its_node_modules(module, version):
    library = module(version)
    told = Told(library)
    assert told.verdict == (1, "not-covered")
    assert (told.only["kind"], told.only["way_in"]) == ("sdk", "carry")
    assert told.only["package"] == f"npm {version}"
    assert told.only["boxlite"]["embedded"]
    assert told.only["boxlite"]["release"] == version
    assert told.only["boxlite"]["symbols"] == "complete"
    for directory in [SDKS / version, SDKS / version / "node_modules", library.parent]:
        below = Told(directory)
        assert below.verdict == (1, "not-covered")
        assert below.only["target"] == str(directory / library.relative_to(directory))


def test_a_library_that_pnpm_has_put_aside_is_told_once(module, tmp_path):
    modules = tmp_path / "node_modules"
    store = modules / ".pnpm" / "@boxlite-ai+boxlite-linux-x64-gnu@0.9.7" / "node_modules"
    library = copy_of(module("0.9.7"), store / "@boxlite-ai" / "boxlite-linux-x64-gnu")
    beside = modules / ".pnpm" / "@boxlite-ai+boxlite@0.9.7" / "node_modules" / "@boxlite-ai"
    beside.mkdir(parents=True)
    (beside / "boxlite-linux-x64-gnu").symlink_to(library.parent)
    (modules / "@boxlite-ai").symlink_to(beside)
    assert Told(modules).only["boxlite"]["release"] == "0.9.7"


def test_a_published_wheel(wheel):
    for directory in (wheel, wheel / "boxlite"):
        told = Told(directory)
        assert told.verdict == (1, "not-covered")
        assert (told.only["kind"], told.only["way_in"]) == ("sdk", "carry")
        assert told.only["package"] == "Python 0.9.7"
        assert told.only["boxlite"]["release"] == "0.9.7"


def test_a_wheel_as_it_was_fetched(wheel, tmp_path):
    file = tmp_path / "boxlite-0.9.7-cp311-cp311-manylinux_2_28_x86_64.whl"
    with zipfile.ZipFile(file, "w") as archive:
        for path in wheel.rglob("*"):
            archive.write(path, path.relative_to(wheel))
    (tmp_path / "tmp").mkdir()
    told = Told(file, TMPDIR=tmp_path / "tmp")
    assert told.verdict == (1, "not-covered")
    assert told.only["target"].startswith(f"{file}:boxlite/boxlite.")
    assert told.only["boxlite"]["file"] == told.only["target"]
    assert told.only["package"] == "Python 0.9.7"
    assert told.only["boxlite"]["release"] == "0.9.7"
    assert list((tmp_path / "tmp").iterdir()) == []


def test_a_wheel_by_the_python_of_a_virtual_environment(wheel, tmp_path):
    """Which looks for the rest of itself beside the path that it is started by."""
    subprocess.run(
        ["/usr/bin/python3", "-m", "venv", "--without-pip", tmp_path / "venv"], check=True
    )
    file = tmp_path / "boxlite.whl"
    with zipfile.ZipFile(file, "w") as archive:
        for path in (wheel / "boxlite").glob("*.so"):
            archive.write(path, f"boxlite/{path.name}")
    told = Told(file, PATH=f"{tmp_path}/venv/bin:/usr/bin:/bin")
    assert told.verdict == (1, "not-covered")


def test_a_tarball_as_it_was_fetched(module, tmp_path):
    file = tmp_path / "boxlite.tgz"
    with tarfile.open(file, "w:gz", compresslevel=1) as archive:
        archive.add(module("0.10.0").parent, "package")
    told = Told(file, TMPDIR=tmp_path)
    assert told.verdict == (1, "not-covered")
    assert told.only["target"] == f"{file}:package/{module('0.10.0').name}"
    assert told.only["package"] == "npm 0.10.0"
    assert list(tmp_path.iterdir()) == [file]


def test_a_tarball_leads_to_nothing_outside_of_it(published, tmp_path):
    """Neither by links nor by devices, which tar makes for root: to open some does something."""
    package = tmp_path / "package"
    package.mkdir()
    (package / "native").symlink_to(published("0.9.7").parent)
    os.mknod(package / "boxlite-shim", stat.S_IFCHR | 0o600, os.makedev(1, 5))
    file = tmp_path / "boxlite.tgz"
    with tarfile.open(file, "w:gz") as archive:
        archive.add(package, "package")
    trace = tmp_path / "trace"
    told = run("-e", "trace=open,openat", "-o", trace, COMMAND, "doctor", file, command="strace")
    assert told.stdout.startswith("NOTHING FOUND: ")
    assert str(file) in trace.read_text()
    assert "/boxlite-shim" not in trace.read_text()


def test_a_device_is_not_opened(tmp_path):
    """Where others can put a link, one may lead to /dev/watchdog."""
    (tmp_path / "boxlite.node").write_bytes(b"\x7fELF")
    for name in "boxlite-shim", "boxes/one/exit", "boxes/one/logs/boxlite-shim.log.2026-11-24", "../package.json":
        path = tmp_path / ".boxlite" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        os.mknod(path, stat.S_IFCHR | 0o600, os.makedev(1, 5))
    trace = tmp_path / "trace"
    words = ["-e", "trace=open,openat", "-o", trace, COMMAND, "doctor", tmp_path]
    told = run(*words, command="strace", HOME=tmp_path)
    assert told.stdout.startswith("NOTHING FOUND: ")
    for name in "boxlite-shim", "exit", "boxlite-shim.log.2026-11-24", "package.json":
        lines = [line for line in trace.read_text().splitlines() if f'/{name}"' in line]
        assert lines and all("O_PATH" in line for line in lines)


def test_an_interrupt_leaves_nothing_behind(tmp_path):
    (tmp_path / "tmp").mkdir()
    (tmp_path / "python3").write_text('#!/bin/sh\n: > "$6/half"; exec sleep 1000\n')
    (tmp_path / "python3").chmod(0o755)
    file = tmp_path / "boxlite.whl"
    file.write_bytes(b"PK\3\4")
    with subprocess.Popen(
        [COMMAND, "doctor", file],
        env={"PATH": f"{tmp_path}:/usr/bin:/bin", "TMPDIR": str(tmp_path / "tmp")},
        stderr=subprocess.DEVNULL,
        process_group=0,
    ) as doctor:
        while not list((tmp_path / "tmp").glob("*/half")):
            assert doctor.poll() is None
        os.killpg(doctor.pid, signal.SIGINT)
        assert doctor.wait() == -signal.SIGINT
    assert list((tmp_path / "tmp").iterdir()) == []


def test_archives_without_boxlite_and_damaged_ones(tmp_path):
    file = tmp_path / "other.whl"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("../../escaped", "x")
        archive.writestr("other.py", "")
    told = Told(file, TMPDIR=tmp_path)
    assert told.verdict == (4, "nothing-found")
    assert list(tmp_path.parent.rglob("escaped")) == []
    for content, tool in ((b"PK\3\4", "python3 -m zipfile"), (b"\x1f\x8b\x08\0", "tar")):
        file.write_bytes(content + b"x" * 99)
        result = run("doctor", file, TMPDIR=tmp_path)
        assert result.returncode == 3
        assert f"cannot look into {file}: {tool} could not unpack it; unpack it" in result.stderr
    assert list(tmp_path.iterdir()) == [file]


def test_a_python_package_with_several_others_about(module, tmp_path):
    packages = tmp_path / "venv/lib/python3.12/site-packages"
    library = copy_of(module("0.9.7"), packages / "boxlite")
    library.rename(packages / "boxlite" / "boxlite.abi3.so")
    (packages / "boxlite-0.9.7.dist-info").mkdir()
    (packages / "boxlite-0.9.7.dist-info/METADATA").write_text("Name: boxlite\nVersion: 0.9.7\n\n")
    (packages / "requests").mkdir()
    for directory in [packages / "boxlite", packages, tmp_path / "venv", tmp_path]:
        told = Told(directory)
        assert told.verdict == (1, "not-covered"), directory
        assert told.only["package"] == "Python 0.9.7"


def test_an_sdk_of_old_has_its_shim_beside_it(published, tmp_path):
    """npm 0.2.11: a library without a bridge, runtime/ with shim and libgvproxy.so."""
    package = tmp_path / "node_modules/@boxlite-ai/boxlite-linux-x64-gnu"
    (package / "runtime").mkdir(parents=True)
    (package / "package.json").write_text(json.dumps({"version": "0.2.11"}))
    (package / "boxlite.linux-x64-gnu.node").write_bytes(LIBRARY.read_bytes())
    for name in ("boxlite-shim", "libgvproxy.so"):
        copy_of(published("0.2.11").parent / name, package / "runtime")
    told = Told(package / "boxlite.linux-x64-gnu.node")
    assert told.verdict == (0, "not-affected")
    assert told.only["boxlite"]["linkage"] == "shared"
    assert Told(tmp_path / "node_modules").verdict == (0, "not-affected")


def test_the_name_of_the_directory_is_a_sign_too(published, tmp_path):
    shim = copy_of(published("0.9.7"), tmp_path / "runtimes" / "v0.9.7")
    assert "its directory is named v0.9.7" in Told(shim).only["boxlite"]["evidence"]


@pytest.mark.parametrize("target", ["/bin/true", "/etc/passwd", LIBRARY, OBJECT, COMMAND])
def test_what_is_no_part_of_boxlite(target):
    told = Told(target)
    assert told.verdict == (4, "nothing-found")
    assert told.only["boxlite"] is None
    assert text(target).startswith("NOTHING FOUND: there is no bridge of boxlite in it\n")


def test_an_empty_directory(tmp_path):
    told = Told(tmp_path)
    assert told.verdict == (4, "nothing-found")
    assert told.only["kind"] == "directory"
    # There may be more below it than was looked at.
    assert "no boxlite was found in it, or below it" in text(tmp_path)


def test_an_application_is_found_wherever_it_keeps_its_packages(module, tmp_path):
    directory = tmp_path / "srv/my app/current/deps/boxlite"
    copy_of(module("0.9.7"), directory)
    assert Told(tmp_path).verdict == (1, "not-covered")


def test_what_is_well_is_no_verdict_on_what_was_not_looked_at(published, as_user, tmp_path):
    copy_of(published("0.10.3"), tmp_path / "v0.10.3")
    for directory in [tmp_path, *tmp_path.parents]:
        if directory.owner() == "root" and directory.name.startswith(("pytest-", "test_")):
            directory.chmod(0o755)
    assert Told(tmp_path, prefix=as_user).verdict == (0, "not-affected")
    (tmp_path / "locked").mkdir(mode=0o700)
    told = Told(tmp_path, prefix=as_user)
    assert told.verdict == (1, "unclear")
    assert told.document["not_permitted"] == 1
    shown = run(*as_user[1:], COMMAND, "doctor", tmp_path, command=as_user[0]).stdout
    assert shown.startswith("CANNOT BE TOLD: not all of it could be looked at\n")


def test_directories_named_after_releases(published, tmp_path):
    for version, directory in (("0.9.7", "v0.9.7"), ("0.10.0", "0.10.0")):
        copy_of(published(version), tmp_path / directory)
    releases = {finding["boxlite"]["release"] for finding in Told(tmp_path).findings}
    assert releases == {"0.9.7", "0.10.0"}


def test_help_is_help_wherever_it_stands():
    told = run("doctor", "--json", "/nowhere", "--help")
    assert (told.returncode, told.stderr) == (0, "")
    assert told.stdout.startswith("Usage: boxlite-allownet doctor ")


@pytest.mark.parametrize(
    "words, text",
    [
        (["/nowhere/boxlite-shim"], "cannot read /nowhere/boxlite-shim: No such file or directory"),
        (["/dev/null"], "/dev/null is neither a file nor a directory"),
        (["4194304"], "there is no process 4194304"),
        (["--jsno", "."], 'there is no option "--jsno"; did you mean "--json"?'),
        (["-x"], 'there is no option "-x"'),
        (["--json=yes"], "--json takes no value"),
        ([".", "/"], 'one path or process at a time, not "/" as well'),
    ],
)
def test_wrong_use(words, text):
    told = run("doctor", *words)
    assert told.returncode == 3
    assert told.stdout == ""
    assert f"boxlite-allownet doctor: {text}\n" in told.stderr


def test_no_permission_names_path_and_remedy(published, as_user, tmp_path):
    secret = tmp_path / "secret"
    shim = copy_of(published("0.9.7"), secret)
    for directory in [tmp_path, *tmp_path.parents]:
        if directory.owner() == "root" and directory.name.startswith(("pytest-", "test_")):
            directory.chmod(0o755)
    secret.chmod(0o700)
    for target in (secret, shim):
        told = run(*as_user[1:], COMMAND, "doctor", target, command=as_user[0])
        assert told.returncode == 3
        assert f"no permission to read {target}: run it as root" in told.stderr
    # A file in a directory that may be read.
    secret.chmod(0o755)
    locked = secret / "locked"
    locked.write_bytes(b"")
    locked.chmod(0)
    told = run(*as_user[1:], COMMAND, "doctor", locked, command=as_user[0])
    assert told.returncode == 3
    assert f"no permission to read {locked}" in told.stderr


def test_an_ordinary_user_is_told_the_same(published, as_user):
    told = Told(published("0.9.7"), prefix=as_user)
    assert told.verdict == (1, "not-covered")
    assert told.host["ptrace"]["permitted"]


def test_a_number_is_a_file_if_only_that_is_there(published, tmp_path):
    copy_of(published("0.9.7"), tmp_path).rename(tmp_path / "4194304")
    told = subprocess.run(
        [COMMAND, "doctor", "4194304"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert told.returncode == 1, told.stderr
    assert told.stdout.startswith("AFFECTED, not covered: boxlite 0.9.7\n")


def test_an_installation_without_the_object_says_so(published, tmp_path):
    copy = copy_of(COMMAND, tmp_path / "bin")
    told = run("doctor", published("0.9.7"), command=copy)
    assert told.returncode == 1
    assert "libboxlite_allownet.so" in told.stdout
    assert "it belongs beside this command" in " ".join(told.stdout.split())


def test_shims_are_not_run(published, tmp_path):
    """What is judged is only read: a shim that would leave a trace leaves none."""
    trace = tmp_path / "trace"
    command = ["strace", "-f", "-e", "trace=execve", "-o", trace, COMMAND, "doctor"]
    subprocess.run([*command, published("0.9.7")], check=False, stdout=subprocess.DEVNULL)
    started = [line for line in trace.read_text().splitlines() if "execve(" in line]
    assert all("bwrap" in line or "doctor" in line for line in started), started
    assert "boxlite-shim" not in "".join(started[1:])


def test_our_own_files_are_no_bridge_when_stripped(tmp_path):
    """A package strips them; the marker of an affected bridge is among their texts."""
    for file in (OBJECT, COMMAND):
        subprocess.run(["strip", "-o", tmp_path / file.name, file], check=True)
        assert Told(tmp_path / file.name).verdict == (4, "nothing-found")
