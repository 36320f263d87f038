"""On each way each text is read once: the configuration or the spec, its rules, the files of the host."""

import json
import subprocess
from collections import Counter, defaultdict

import pytest

from bridgehost import COMMAND, PRELOAD, BridgeHost, clean_environment, make_config
from chainbox import ChainBox
from overlaybox import OverlayBox, overlay, unpack
from shimbox import make_spec

RULES = ["github.com", "iapi.sample.com", "*.example.org"]
RESOLVER = {"resolv.conf": 1, "hosts": 1, "nsswitch.conf": 1}
# The nameservers that are about to be asked are told first.
SHOWN = RESOLVER | {"resolv.conf": 2}
CREATE = {"json": 1, "rules": 1, "zones": 1}


class Counts:
    """What the counted products have read."""

    def __init__(self, path):
        self.path = path

    def by_process(self):
        """{pid: {text: how often}}, in the order of the processes."""
        counts = defaultdict(Counter)
        for line in self.path.read_text().splitlines() if self.path.exists() else []:
            pid, what = line.split()
            counts[pid][what] += 1
        return counts

    def one(self):
        (counts,) = self.by_process().values()
        return counts


@pytest.fixture
def counts(tmp_path):
    return Counts(tmp_path / "counted")


@pytest.fixture
def command(counts, knowing_dns):
    """command(*words, input=None): runs our command, which must succeed."""

    def run(*words, text=None):
        subprocess.run(
            [COMMAND, *words],
            input=text,
            text=True,
            env=clean_environment(COUNTED=counts.path),
            check=True,
            stdout=subprocess.DEVNULL,
        )

    return run


def test_preload(counts, knowing_dns, tmp_path):
    with BridgeHost(
        variant="bridge-standin", preload=PRELOAD, env={"COUNTED": counts.path}
    ) as host:
        assert host.create(make_config(tmp_path / "s", RULES)).created
    assert counts.one() == CREATE | RESOLVER


def test_preload_without_hosts(counts, tmp_path):
    """What the repair has nothing to do with costs one look at it."""
    with BridgeHost(
        variant="bridge-standin", preload=PRELOAD, env={"COUNTED": counts.path}
    ) as host:
        assert host.create(make_config(tmp_path / "s", ["10.0.0.0/8"])).created
    assert counts.one() == {"json": 1, "rules": 1}


def assert_launched_and_attached(counts):
    """Outside the jail the spec says what to resolve, inside the create says what is wanted."""
    launched, attached = counts.by_process().values()
    assert launched == {"json": 1, "rules": 1} | RESOLVER
    assert attached == CREATE


def test_carry_launch_and_attach(version, counts, knowing_dns):
    with ChainBox(version, RULES, settings={"COUNTED": str(counts.path)}) as box:
        assert box.wait_started(), box.lines
        assert_launched_and_attached(counts)


def test_overlay(version, counts, knowing_dns, tmp_path):
    unpacked = unpack(version, tmp_path / "home")
    overlay(tmp_path / "overlay", "--shim", unpacked / "boxlite-shim", check=True)
    settings = {"COUNTED": str(counts.path)}
    with OverlayBox(version, unpacked, RULES, tmp_path / "overlay", settings=settings) as box:
        assert box.wait_started(), box.lines
        assert_launched_and_attached(counts)


def documents(directory):
    directory.mkdir()
    return {
        "config": json.dumps(make_config("/s", RULES)),
        "spec": json.dumps(make_spec("0.9.7", directory, RULES)),
        "array": json.dumps(RULES),
        "lines": "".join(f"{rule}\n" for rule in RULES),
    }


FORMS = ["config", "spec", "array", "lines"]


@pytest.mark.parametrize("form", FORMS)
def test_explain(form, command, counts, tmp_path):
    (tmp_path / "document").write_text(documents(tmp_path / "d")[form])
    command("explain", tmp_path / "document")
    assert counts.one() == CREATE | RESOLVER


@pytest.mark.parametrize("form", FORMS)
def test_explain_with_answers(form, command, counts, tmp_path):
    (tmp_path / "document").write_text(documents(tmp_path / "d")[form])
    command("explain", tmp_path / "document", "--answers", "-", text="github.com 192.0.2.1\n"
            "iapi.sample.com 192.0.2.2\nexample.org 192.0.2.3\n")
    assert counts.one() == CREATE


@pytest.mark.parametrize("form", FORMS)
def test_resolve(form, command, counts, tmp_path):
    (tmp_path / "document").write_text(documents(tmp_path / "d")[form])
    command("resolve", "--config", tmp_path / "document")
    assert counts.one() == CREATE | SHOWN


def test_resolve_of_hosts(command, counts):
    command("resolve", *RULES)
    # No document: the words are the rules.
    assert counts.one() == {"rules": 1, "zones": 1} | SHOWN
