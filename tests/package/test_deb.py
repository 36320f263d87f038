"""The Debian package: clean, reproducible, and gone without a trace when it is removed."""

import gzip
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from packaging_tools import OURS, ROOT, make, run, set_up, snapshot

HOME = f"usr/lib/{OURS}"
DOCUMENTS = {".md", ".svg", ".json"}
# What dpkg keeps for itself.
DATABASE = ("var/lib/dpkg",)


def field(package, name):
    return run("dpkg-deb", "-f", package, name).strip()


def test_lintian_finds_nothing(package):
    if shutil.which("lintian") is None:
        pytest.skip("no lintian")
    run("lintian", "--fail-on", "error,warning", package)


def test_the_same_bytes_from_a_clone_elsewhere(package, clone):
    local = {"TZ": "Pacific/Kiritimati", "LC_ALL": "C.UTF-8"}
    other = clone("an/other")
    set_up(other)
    made = make(other, "-j2", "deb", umask=0o077, env=local).splitlines()[-1]
    assert (other / made).read_bytes() == package.read_bytes()


def test_what_is_in_it(package, tmp_path, repository, revision):
    run("dpkg-deb", "-x", package, tmp_path)
    files = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    doc = f"usr/share/doc/{OURS}"
    for name in (
        f"usr/bin/{OURS}",
        f"{HOME}/{OURS}",
        f"{HOME}/libboxlite_allownet.so",
        f"{HOME}/libboxlite_allownet_selftest.so",
        f"{doc}/copyright",
        f"{doc}/changelog.gz",
        f"{doc}/examples/{OURS}.default",
        f"{doc}/examples/{OURS}.conf",
        f"usr/share/man/man1/{OURS}.1.gz",
        "usr/share/man/man7/libboxlite_allownet.7.gz",
        f"usr/share/bash-completion/completions/{OURS}",
    ):
        assert name in files
    written = [path for path in (repository / "docs").rglob("*") if path.suffix in DOCUMENTS]
    assert {f"{doc}/{path.relative_to(repository / 'docs')}" for path in written} <= files
    for path in tmp_path.rglob("*.gz"):
        assert path.read_bytes()[3:8] == bytes(5), f"{path} holds a name or a time"
    assert revision[:12] in gzip.decompress((tmp_path / doc / "changelog.gz").read_bytes()).decode()
    assert f"({revision[:12]})" in run(tmp_path / HOME / OURS, "version")
    assert Path(tmp_path, f"usr/bin/{OURS}").readlink() == Path(f"../lib/{OURS}/{OURS}")


def test_copyright_names_what_is_linked_in(package, tmp_path):
    run("dpkg-deb", "-x", package, tmp_path)
    text = (tmp_path / f"usr/share/doc/{OURS}/copyright").read_text()
    sources = set(re.findall(r"(\S+) \(=", field(package, "Built-Using")))
    assert {"jansson", "uthash"} <= sources
    # Not Debian's, so the field cannot name it.
    (pinned,) = re.findall(r"^CARES_VERSION *:= *(\S+)$", (ROOT / "Makefile").read_text(), re.M)
    assert f"c-ares\n is version {pinned} " in text
    for source in sources | {"c-ares"}:
        assert f"\nFiles: {'libelf' if source == 'elfutils' else source}\n" in text


def depended(package):
    """Names of the packages that this one needs, and those need, and so on."""
    wanted, waiting = set(), [field(package, "Depends")]
    while waiting:
        for name in re.findall(r"(?:^|,)\s*([a-z0-9.+-]+)", waiting.pop()):
            if name not in wanted:
                wanted.add(name)
                waiting.append(run("dpkg-query", "-W", "-f", "${Pre-Depends}, ${Depends}", name))
    return wanted


def copy_installed(name, root):
    """The files of a package that is installed here, and its entry in dpkg's database."""
    listed = run("dpkg-query", "-L", name).splitlines()
    for path in listed:
        target = Path(f"{root}{path}")
        if os.path.isdir(path) and not os.path.islink(path):
            target.mkdir(parents=True, exist_ok=True)
        elif os.path.lexists(path) and not os.path.lexists(target):
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, target, follow_symlinks=False)
    label = run("dpkg-query", "-W", "-f", "${binary:Package}", name)
    database = root / "var/lib/dpkg"
    (database / "info" / f"{label}.list").write_text("".join(f"{path}\n" for path in listed))
    with open(database / "status", "a", encoding="utf-8") as status:
        status.write(run("dpkg-query", "-s", name) + "\n")


@pytest.fixture
def root(package, tmp_path):
    """A root with nothing in it but the usual directories and what the package says it needs."""
    directory = tmp_path / "root"
    for name in ("usr", "proc", "dev", "tmp", "etc", "var/lib/dpkg/info", "var/lib/dpkg/updates"):
        (directory / name).mkdir(parents=True)
    (directory / "var/lib/dpkg/status").touch()
    for name in ("bin", "sbin", "lib", "lib64"):
        if os.path.islink(f"/{name}"):
            (directory / os.readlink(f"/{name}")).mkdir(parents=True, exist_ok=True)
            (directory / name).symlink_to(os.readlink(f"/{name}"))
    # base-files owns the directories that every system has: dpkg removes those that nobody owns.
    for name in {"base-files"} | depended(package):
        copy_installed(name, directory)
    return directory


def dpkg(root, *words):
    path = f"{os.environ['PATH']}:/usr/sbin:/sbin"
    return run("dpkg", f"--root={root}", "--log=/dev/null", *words, env={"PATH": path})


def in_root(root, *command):
    """What the command prints in the root, with /proc and /dev as they are here."""
    mounted = []
    try:
        for name in ("proc", "dev"):
            run("mount", "--rbind", f"/{name}", root / name)
            mounted.append(root / name)
        return run("chroot", root, *command)
    finally:
        for place in mounted:
            run("umount", "-l", place)


def test_it_works_in_a_root_with_nothing_else_and_goes_without_a_trace(package, root):
    before = snapshot(root, DATABASE)
    dpkg(root, "-i", package)
    assert "Status: install ok installed" in dpkg(root, "-s", OURS)
    assert OURS in in_root(root, f"/usr/bin/{OURS}", "version")
    in_root(root, f"/usr/bin/{OURS}", "--selftest")
    installed = set(snapshot(root, DATABASE)) - set(before)
    assert f"{HOME}/libboxlite_allownet.so" in installed
    dpkg(root, "-r", OURS)
    assert snapshot(root, DATABASE) == before
    known = subprocess.run(["dpkg", f"--root={root}", "-s", OURS], capture_output=True, text=True)
    assert known.returncode == 1, "removal leaves nothing to purge"


def test_purge_goes_without_a_trace(package, root):
    before = snapshot(root, DATABASE)
    dpkg(root, "-i", package)
    dpkg(root, "-P", OURS)
    assert snapshot(root, DATABASE) == before
    assert OURS not in (root / "var/lib/dpkg/status").read_text()
    assert not list((root / "var/lib/dpkg/info").glob(f"{OURS}*"))
