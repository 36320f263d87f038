"""The object in /etc/ld.so.preload, which no environment takes away: it is in bwrap as well."""

import pytest

import chainbox
from bridgehost import PRELOAD, TESTS
from publishedshims import published

RULES = ["github.com"]
RIGHT = {"github.com": "A 192.0.2.1"}


@pytest.fixture
def everywhere(tmp_path, monkeypatch):
    """A parent for a box; there the hosts file knows the names."""
    (tmp_path / "preload").write_text(f"{PRELOAD}\n")
    (tmp_path / "hosts").write_text("192.0.2.1 github.com\n")
    prefix = [str(TESTS / "sandbox"), "--etc", f"ld.so.preload={tmp_path}/preload"]
    prefix += ["--etc", f"hosts={tmp_path}/hosts", "--"]
    monkeypatch.setitem(chainbox.PARENTS, "everywhere", [*prefix, *chainbox.PARENTS["python"]])
    return "everywhere"


@pytest.mark.parametrize("repaired", [False, True], ids=["alone", "and-by-environment"])
@pytest.mark.parametrize("jailed", [False, True], ids=["plain", "jailed"])
@pytest.mark.parametrize("version", ["0.9.7", "0.10.8"])
def test_a_box_starts_and_is_right(version, jailed, repaired, everywhere):
    published(version)
    with chainbox.ChainBox(version, RULES, parent=everywhere, jailed=jailed, repaired=repaired) as box:
        if version == "0.9.7":
            assert box.answers(RIGHT) == RIGHT
            assert "way_in=attach" in box.wait_log("allowNet: repair loaded")
        else:
            assert box.wait_started(), box.lines
