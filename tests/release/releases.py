"""Releases, made as anybody makes them, of clones."""

import shutil

from packaging_tools import ROOT, run, set_up


def lend(names, directory):
    """Compiler and libraries, which are checked against their digests when they are fetched: as links to
    the same files, but nothing that was made with them."""
    for name in names:
        source = ROOT / "build" / "release" / name
        if source.exists():
            target = directory / "build" / "release" / name
            shutil.copytree(source, target, symlinks=True, copy_function=shutil.os.link)


def make_release(directory, status=0, lent=("zig", "libraries"), **options):
    """What it prints."""
    set_up(directory)
    lend(lent, directory)
    return run("make", "-s", "release", cwd=directory, status=status, **options)


def files(directory):
    """{name: content} of what is published."""
    return {path.name: path.read_bytes() for path in (directory / "build" / "dist").iterdir()}
