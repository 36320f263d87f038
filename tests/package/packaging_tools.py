"""Commands as a person would type them, and what they leave in the file system."""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OURS = "boxlite-allownet"
# Who commits.
WHO = {f"GIT_{role}_{what}": "test" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
# Of the make that runs these tests, or of the person who does.
NOT_INHERITED = {"BUILD", "MAKEFLAGS", "MAKEOVERRIDES", "MAKELEVEL", "MFLAGS", "CFLAGS", "LD_PRELOAD"}


def environment(changes=()):
    kept = {
        key: value
        for key, value in os.environ.items()
        if key not in NOT_INHERITED and not key.startswith(("BOXLITE", "GIT_"))
    }
    nobodys = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1"}
    return kept | nobodys | dict(changes)


def run(*command, cwd=None, env=(), umask=-1, status=0):
    """What the command prints; it has to end with `status`."""
    done = subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        env=environment(env),
        umask=umask,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.returncode == status, f"{command}: exit {done.returncode}\n{done.stdout}"
    return done.stdout


def make(directory, *words, **options):
    return run("make", "-s", *words, cwd=directory, **options)


def set_up(directory):
    """What scripts/setup fetches before a build, from where it has been fetched already."""
    for sources in ROOT.glob("build/cares-*"):
        shutil.copytree(sources, directory / "build" / sources.name, dirs_exist_ok=True)
    run("scripts/fetch-cares", cwd=directory)


def snapshot(directory, leave_out=()):
    """{path: what is there} of all that lies below `directory`."""
    found = {}
    for parent, directories, files in os.walk(directory):
        for name in [*directories, *files]:
            path = Path(parent, name)
            relative = path.relative_to(directory).as_posix()
            if relative in leave_out:
                if name in directories:
                    directories.remove(name)
                continue
            mode = oct(path.lstat().st_mode)
            if path.is_symlink():
                found[relative] = (mode, os.readlink(path))
            elif path.is_file():
                found[relative] = (mode, hashlib.sha256(path.read_bytes()).hexdigest())
            else:
                found[relative] = (mode,)
    return found
