"""fetch-shims leaves a whole, checked shim or none; what it cannot get is no failure."""

import os
import subprocess
import sys

import pytest

from bridgehost import ROOT
from shimbox import shim_path

CANNOT_FETCH = 3

# As `npm pack`, with the archive that $ARCHIVE names.
FAKE_NPM = """#!/bin/sh
[ -n "$ARCHIVE" ] || { echo "npm ERR! network is down" >&2; exit 1; }
/bin/cp "$ARCHIVE" package.tgz
"""


@pytest.fixture
def fetch(tmp_path):
    """fetch(version, archive=..., npm=True): the finished process; products in tmp_path/build."""
    binaries = tmp_path / "bin"
    binaries.mkdir()

    def run(version, archive="", npm=True):
        program = binaries / "npm"
        program.unlink(missing_ok=True)
        if npm:
            program.write_text(FAKE_NPM)
            program.chmod(0o755)
        # Found by its full path: what PATH holds is the test's to say.
        return subprocess.run(
            [sys.executable, ROOT / "scripts/fetch-shims", version],
            env={"PATH": f"{binaries}:/nowhere", "BUILD": str(tmp_path / "build")}
            | {"ARCHIVE": str(archive)},
            capture_output=True,
            text=True,
        )

    return run


@pytest.fixture
def pack(tmp_path):
    """pack(content): an archive whose Node module is `content`."""

    def make(content):
        package = tmp_path / "package"
        package.mkdir(exist_ok=True)
        (package / "boxlite.linux-x64-gnu.node").write_bytes(content)
        archive = tmp_path / "archive.tgz"
        # Not compressed: the module is large, and tar does not mind.
        subprocess.run(["tar", "cf", archive, "-C", tmp_path, "package"], check=True)
        return archive

    return make


def left_behind(tmp_path):
    return sorted(path.name for path in (tmp_path / "build/shims").iterdir() if path.is_dir())


def test_without_npm_it_is_to_be_skipped(fetch, tmp_path):
    result = fetch("0.9.7", npm=False)
    assert result.returncode == CANNOT_FETCH
    assert result.stderr == "fetch-shims: npm is not installed (Debian package: npm)\n"
    assert left_behind(tmp_path) == []


def test_without_registry_it_is_to_be_skipped(fetch, tmp_path):
    result = fetch("0.9.7")
    assert result.returncode == CANNOT_FETCH
    assert "npm ERR! network is down" in result.stderr
    assert left_behind(tmp_path) == []


def test_a_package_without_shim_is_an_error(fetch, pack, tmp_path):
    result = fetch("0.9.7", pack(b"\x7fELF\x02\x01\x01" + b"\0" * 1000))
    assert result.returncode == 1
    assert "embeds no image that defines gvproxy_create" in result.stderr
    assert left_behind(tmp_path) == []


def test_the_shim_is_found_and_kept(fetch, pack, tmp_path, version):
    shim = shim_path(version).read_bytes()
    archive = pack(b"\x7fELF\x02\x01\x01 not this one" + shim + b"behind it")
    result = fetch(version, archive)
    assert (result.returncode, result.stderr) == (0, "")
    made = tmp_path / "build/shims" / version / "boxlite-shim"
    assert made.read_bytes() == shim and os.access(made, os.X_OK)
    # It is there: nothing is fetched again.
    assert fetch(version, npm=False).returncode == 0
    assert left_behind(tmp_path) == [version]


def test_another_shim_is_an_error_and_a_broken_one_is_replaced(fetch, pack, tmp_path, version):
    shim = bytearray(shim_path(version).read_bytes())
    good = pack(b"head" + shim).rename(tmp_path / "good.tgz")
    shim[len(shim) // 2] ^= 1
    result = fetch(version, pack(b"head" + shim))
    assert result.returncode == 1 and "SHA-256" in result.stderr
    assert left_behind(tmp_path) == []

    directory = tmp_path / "build/shims" / version
    directory.mkdir()
    (directory / "boxlite-shim").write_bytes(b"half")
    assert fetch(version, good).returncode == 0
    assert (directory / "boxlite-shim").stat().st_size == len(shim)


def test_an_unknown_version_is_named(fetch):
    result = fetch("9.9.9")
    assert result.returncode == 2
    assert "9.9.9 is none of" in result.stderr
