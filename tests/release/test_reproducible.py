"""The same commit gives the same bytes, whoever makes the release."""

import hashlib
import json
import os
import re
import time
from pathlib import Path

import pytest

from packaging_tools import ROOT, WHO, run
from releases import files, make_release

(VERSION,) = re.findall(r"^VERSION := (\S+)$", (ROOT / "Makefile").read_text(), re.M)
PROCESSORS = {"x86_64": "amd64", "aarch64": "arm64"}
PUBLISHED = {
    "SHA256SUMS",
    *(f"boxlite_allownet-{VERSION}-py3-none-manylinux_2_28_{name}.whl" for name in PROCESSORS),
    *(f"boxlite-allownet-{VERSION}-{name}-linux-gnu.tar.gz" for name in PROCESSORS),
    *(f"boxlite-allownet_{VERSION}_{name}.deb" for name in PROCESSORS.values()),
}
RESULTS = ROOT / os.environ.get("BUILD", "build") / "tests" / "release" / "reproducible.json"


@pytest.fixture(scope="module")
def first(repository, tmp_path_factory):
    directory = tmp_path_factory.mktemp("one") / "tree"
    run("git", "clone", "-q", repository, directory)
    begun = time.monotonic()
    make_release(directory, umask=0o022, env={"TZ": "UTC", "LC_ALL": "C"})
    return files(directory), round(time.monotonic() - begun)


def test_what_is_published(first):
    made, _ = first
    assert made.keys() == PUBLISHED
    listed = dict(reversed(line.split()) for line in made["SHA256SUMS"].decode().splitlines())
    assert listed == {
        name: hashlib.sha256(content).hexdigest()
        for name, content in made.items() if name != "SHA256SUMS"
    }


@pytest.fixture
def faketime():
    """Of Debian's package. zig is static, and does not see it."""
    found = list(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))
    if not found:
        pytest.skip("no libfaketime")
    return found[0]


def test_made_elsewhere_later_and_by_another_person_it_is_the_same(first, clone, tmp_path, faketime):
    """Another directory, of another length; a home, a mask, a time zone and a locale that differ; files
    that are older; a clock that is years ahead for what asks libc."""
    made, seconds = first
    other = clone("a/directory/somewhere/else")
    for path in other.rglob("*"):
        os.utime(path, (86400, 86400), follow_symlinks=False)
    local = {"TZ": "Pacific/Kiritimati", "LC_ALL": "C.UTF-8", "HOME": str(tmp_path), "USER": "else"}
    # The files keep their own times, and get those that are asked for.
    clock = {"NO_FAKE_STAT": "1", "FAKE_UTIME": "0", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
    clock |= {"LD_PRELOAD": str(faketime), "FAKETIME": "+1500d"}
    assert int(run("date", "+%Y", env=clock)) >= int(run("date", "+%Y")) + 4
    make_release(other, umask=0o077, env=local | clock)
    again = files(other)
    assert again["SHA256SUMS"].decode() == made["SHA256SUMS"].decode()
    assert again == made
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    sizes = {name: len(content) for name, content in sorted(made.items())}
    RESULTS.write_text(json.dumps({"version": VERSION, "seconds": seconds, "sizes": sizes}) + "\n")


def test_control_another_commit_gives_other_bytes(first, clone):
    """The comparison can tell: the revision is in each."""
    made, _ = first
    other = clone("other")
    when = {"GIT_AUTHOR_DATE": "2002-02-02T02:02:02Z", "GIT_COMMITTER_DATE": "2002-02-02T02:02:02Z"}
    run("git", "commit", "-q", "--allow-empty", "-m", "another", cwd=other, env=WHO | when)
    make_release(other)
    again = files(other)
    assert again.keys() == made.keys()
    assert [name for name in made if again[name] == made[name]] == []
