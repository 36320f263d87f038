"""Packages are made of a copy of these sources that is a git repository of its own: what the working
tree holds, committed, and what `git clone` and an unpacked tarball make of that."""

import os
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

from packaging_tools import ROOT, make, run, set_up

COMMITTED = "2001-09-09T01:46:40Z"


def listed_files():
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
    )
    if listed.returncode != 0:
        pytest.skip("these sources are in no git working tree")
    return [name for name in os.fsdecode(listed.stdout).split("\0") if name]


@pytest.fixture(scope="session")
def repository(tmp_path_factory):
    directory = tmp_path_factory.mktemp("repository")
    for name in listed_files():
        if (ROOT / name).exists():
            (directory / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, directory / name)
    run("git", "init", "-q", cwd=directory)
    run("git", "add", "--all", cwd=directory)
    who = [f"GIT_{role}_{what}" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")]
    when = {"GIT_AUTHOR_DATE": COMMITTED, "GIT_COMMITTER_DATE": COMMITTED}
    run("git", "commit", "-q", "-m", "all", cwd=directory, env=dict.fromkeys(who, "test") | when)
    return directory


@pytest.fixture
def clone(repository, tmp_path):
    """clone(NAME): a clone in tmp_path/NAME."""

    def make_clone(name):
        run("git", "clone", "-q", repository, tmp_path / name)
        return tmp_path / name

    return make_clone


@pytest.fixture(scope="session")
def revision(repository):
    return run("git", "rev-parse", "HEAD", cwd=repository).strip()


@pytest.fixture(scope="session")
def tarball(repository):
    return repository / make(repository, "dist").split()[-1]


@pytest.fixture(scope="session")
def unpacked(tarball, tmp_path_factory):
    """The tarball's content, in no git working tree."""
    directory = tmp_path_factory.mktemp("unpacked")
    with tarfile.open(tarball) as archive:
        archive.extractall(directory)
    (content,) = directory.iterdir()
    assert subprocess.run(["git", "rev-parse"], cwd=content, stderr=subprocess.DEVNULL).returncode
    return content


@pytest.fixture(scope="session")
def package(unpacked):
    """The Debian package that is made of it."""
    for tool in ("dpkg-shlibdeps", "dpkg-gencontrol", "dpkg-deb"):
        if shutil.which(tool) is None:
            pytest.skip(f"no {tool} (Debian package: dpkg-dev)")
    set_up(unpacked)
    return Path(unpacked, make(unpacked, "-j2", "deb").splitlines()[-1])
