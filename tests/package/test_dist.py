"""The tarball: the same bytes wherever it is made, and whole enough to build without git."""

import gzip
import tarfile

from packaging_tools import OURS, make, run
from repositories import COMMITTED

SECONDS = 1_000_000_000  # COMMITTED


def test_two_clones_make_the_same_bytes(clone):
    assert COMMITTED == "2001-09-09T01:46:40Z"
    one, other = clone("one"), clone("an/other")
    first = make(one, "dist", umask=0o022, env={"TZ": "UTC", "LC_ALL": "C"}).split()[-1]
    # What a person may have about him that differs.
    run("git", "config", "tar.umask", "0077", cwd=other)
    (other / "Makefile").touch()
    (other / "left-behind.c").write_text("int x;\n")
    local = {"TZ": "Pacific/Kiritimati", "LC_ALL": "C.UTF-8", "BUILD": "elsewhere"}
    second = make(other, "dist", umask=0o077, env=local).split()[-1]
    assert (one / first).read_bytes() == (other / second).read_bytes()


def test_what_is_in_it(tarball, repository):
    # RFC 1952: flags, which would announce a name, and the time, at 3 and 4.
    assert tarball.read_bytes()[3:8] == bytes(5)
    with gzip.open(tarball) as stream, tarfile.open(fileobj=stream) as archive:
        members = archive.getmembers()
    version = tarball.name.removeprefix(f"{OURS}-").removesuffix(".tar.gz")
    tracked = set(run("git", "ls-files", cwd=repository).split())
    files = {member.name for member in members if member.isfile()}
    assert files == {f"{OURS}-{version}/{name}" for name in tracked}
    assert {(member.uid, member.gid, member.mtime) for member in members} == {(0, 0, SECONDS)}
    assert {member.mode for member in members} == {0o755, 0o644}


def test_it_knows_its_revision(unpacked, revision):
    assert f'"{revision[:12]}"' in run("scripts/build-identity", "1", cwd=unpacked)
    assert run("scripts/source-stamp", cwd=unpacked) == f"{revision[:12]} {SECONDS}\n"


def test_and_not_that_of_a_repository_it_lies_in(tarball, clone, revision):
    outer = clone("outer")
    (outer / "changed").touch()
    run("git", "commit", "-q", "--allow-empty", "-m", "another", cwd=outer, env=AUTHOR)
    run("tar", "xf", tarball, cwd=outer)
    (inner,) = outer.glob(f"{OURS}-*")
    assert run("scripts/source-stamp", cwd=inner) == f"{revision[:12]} {SECONDS}\n"
    stamp = run("scripts/source-stamp", cwd=outer)
    assert "+ " in stamp and not stamp.startswith(revision[:12])


AUTHOR = {
    "GIT_AUTHOR_NAME": "test",
    "GIT_AUTHOR_EMAIL": "test",
    "GIT_COMMITTER_NAME": "test",
    "GIT_COMMITTER_EMAIL": "test",
}


def test_sources_of_unknown_origin(unpacked, tmp_path):
    run("cp", "-r", unpacked / "scripts", unpacked / "Makefile", tmp_path)
    stamp = tmp_path / "scripts" / "source-stamp"
    lines = stamp.read_text().splitlines(keepends=True)
    lines = ["exported='$Format:x$'\n" if line.startswith("exported=") else line for line in lines]
    stamp.write_text("".join(lines))
    assert run("scripts/source-stamp", cwd=tmp_path).startswith("unknown ")
