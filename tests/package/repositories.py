"""A git repository of its own with these sources as the working tree holds them, committed, and clones of
it."""

import os
import shutil
import subprocess

import pytest

from packaging_tools import ROOT, WHO, run

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
    when = {"GIT_AUTHOR_DATE": COMMITTED, "GIT_COMMITTER_DATE": COMMITTED}
    run("git", "commit", "-q", "-m", "all", cwd=directory, env=WHO | when)
    return directory


@pytest.fixture
def clone(repository, tmp_path):
    """clone(NAME): a clone in tmp_path/NAME."""

    def make_clone(name):
        run("git", "clone", "-q", repository, tmp_path / name)
        return tmp_path / name

    return make_clone
