"""Packages are made of a copy of these sources that is a git repository of its own: what the working
tree holds, committed, and what `git clone` and an unpacked tarball make of that."""

import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

from packaging_tools import make, run, set_up

pytest_plugins = ["repositories"]


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
