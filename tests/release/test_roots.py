"""What is published, in fresh systems: the wheel beside boxlite from PyPI, and the package."""

import json
import os
import re

import pytest

from bridgehost import BUILD
from example import RIGHT, WILDCARD
from freshroot import ROOTS, SHIM_RELEASE, VENV, FreshRoot

SUITES = os.environ.get("SUITES", "bullseye bookworm trixie").split()
RESULTS = BUILD / "tests" / "release" / "roots.json"
PACKAGED = "/usr/lib/boxlite-allownet"


@pytest.fixture(scope="module")
def results():
    seen = {}
    yield seen
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(json.dumps(list(seen.values())) + "\n")


@pytest.fixture(scope="module", params=SUITES)
def root(request, registry):
    if not (ROOTS / f"{request.param}.tar.made-of").exists():
        pytest.skip(f"no root of {request.param}: tests/release/make-root says why")
    fresh = FreshRoot(request.param, registry)
    fresh.suite = request.param
    fresh.install_boxlite()
    yield fresh
    fresh.close()


@pytest.fixture
def result(root, results):
    """What is told of this root."""
    return results.setdefault(root.suite, {"suite": root.suite})


def newest(text):
    """The newest glibc that a dump of symbols names."""
    found = {tuple(map(int, version.split("."))) for version in re.findall(r"GLIBC_(\d+(?:\.\d+)+)", text)}
    return max(found)


def look_at_files(root, directory):
    """What the loader and the symbols say of each file, printed."""
    symbols = []
    for file in sorted(root.run("ls", directory).split()):
        linked = root.run("ldd", f"{directory}/{file}")
        symbols.append(root.run("objdump", "-T", f"{directory}/{file}"))
        print(f"{file}:\n{linked}newest symbol: GLIBC_{'.'.join(map(str, newest(symbols[-1])))}")
        assert "not found" not in linked
        libraries = re.findall(r"^\s+(\S+)", linked, re.M)
        own = r"linux-vdso|/lib64/ld-linux|lib(c|pthread|dl|rt|m)\.so"
        assert [name for name in libraries if not re.match(own, name)] == []
    return newest("".join(symbols))


def test_the_system(root, result):
    name = re.search('^PRETTY_NAME="(.*)"$', root.run("cat", "/etc/os-release"), re.M).group(1)
    result["system"] = name
    result["boxlite"] = root.boxlite or f"{SHIM_RELEASE}, its shim alone"
    result["glibc"] = root.run("ldd", "--version").split("\n")[0].split()[-1]
    result["python"] = root.run("python3", "--version").split()[-1]
    print(result)


def test_control_without_the_repair(root, result):
    answers, log = root.box(RIGHT)
    assert answers[WILDCARD] != RIGHT[WILDCARD] and "allowNet: zones repaired" not in log
    result["without"] = answers[WILDCARD]


def test_the_wheel(root, result):
    before = root.shell("find /opt/venv ! -name '*.pyc' ! -name __pycache__ | sort")
    root.shell(f"{VENV}/pip install --no-index boxlite_allownet-*-manylinux_2_28_x86_64.whl")
    (directory,) = root.run(
        f"{VENV}/python", "-c", "import boxlite_allownet; print(boxlite_allownet.directory)"
    ).split()
    symbol = look_at_files(root, directory)
    assert symbol <= (2, 28)
    result["symbol"] = ".".join(map(str, symbol))
    print(root.run(f"{VENV}/boxlite-allownet", "version"))
    root.run(f"{VENV}/boxlite-allownet", "selftest")
    if root.boxlite:
        told = root.run(f"{VENV}/boxlite-allownet", "doctor", status=1)
        assert f"AFFECTED, not covered: boxlite {root.boxlite}" in told
    answers, log = root.box(RIGHT, [f"{VENV}/boxlite-allownet", "run", "--"])
    assert answers == RIGHT and "allowNet: zones repaired" in log
    root.shell(f"{VENV}/pip uninstall --yes boxlite-allownet")
    assert root.shell("find /opt/venv ! -name '*.pyc' ! -name __pycache__ | sort") == before
    answers, log = root.box(RIGHT)
    assert answers[WILDCARD] != RIGHT[WILDCARD] and "allowNet: zones repaired" not in log
    result["wheel"] = "right"


def test_the_package(root, result):
    everything = "find / -xdev ( -path /proc -o -path /dev -o -path /var -o -path /root -o -path /tmp ) -prune -o -print"
    before = root.run(*everything.split())
    root.shell("dpkg -i boxlite-allownet_*_amd64.deb")
    assert look_at_files(root, PACKAGED) <= (2, 28)
    root.run("boxlite-allownet", "selftest")
    root.run("boxlite-allownet", "doctor", status=1 if root.boxlite else 4)
    answers, log = root.box(RIGHT, preload=f"{PACKAGED}/libboxlite_allownet.so")
    assert answers == RIGHT and "allowNet: zones repaired" in log
    root.shell("dpkg -r boxlite-allownet")
    assert root.run(*everything.split()) == before
    result["package"] = "right"


def test_the_tarball(root, result):
    root.shell("tar -xzf boxlite-allownet-*-x86_64-linux-gnu.tar.gz -C /opt")
    (command,) = root.shell("ls /opt/boxlite-allownet-*/bin/boxlite-allownet").split()
    root.run(command, "selftest")
    answers, _ = root.box(RIGHT, [command, "run", "--"])
    assert answers == RIGHT
    result["tarball"] = "right"
