"""The terminal sessions in README.md: each is run again, and has to show the same."""

import os
import re
import shutil
import subprocess

import pytest

from messages import ROOT

BUILD = ROOT / os.environ.get("BUILD", "build")
COMMAND = BUILD / "boxlite-allownet"
README = (ROOT / "README.md").read_text()
SESSIONS = re.findall(r"^```console\n(.*?)^```$", README, re.M | re.S)


def steps(session):
    """(command, what it shows), one for each line that begins with a prompt."""
    parts = re.split(r"^\$ (.*)\n", session, flags=re.MULTILINE)
    assert parts[0] == ""
    return list(zip(parts[1::2], parts[2::2]))


def test_there_is_one():
    assert SESSIONS


@pytest.mark.parametrize("session", SESSIONS)
def test_a_session_shows_what_it_says(session, tmp_path):
    # Where it is for a reader: on the PATH.
    (tmp_path / "bin").mkdir()
    shutil.copy(COMMAND, tmp_path / "bin")
    environment = {
        "PATH": f"{tmp_path}/bin:/usr/bin:/bin", "HOME": str(tmp_path), "LC_ALL": "C.UTF-8"
    }
    for command, wanted in steps(session):
        done = subprocess.run(
            ["sh", "-c", command],
            cwd=tmp_path,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert done.stdout == wanted, command


def test_doctor_says_of_the_published_sdk_what_it_says():
    """But for the advice, which has the paths of an installation, and what it says of a machine."""
    sdk = BUILD / "sdk" / "0.9.7"
    if not (sdk / "complete").exists():
        pytest.skip("the published SDK is not there: scripts/fetch-sdk")
    shown = re.search(r"^\$ boxlite-allownet doctor node_modules\n(.*?)^\.\.\.$", README, re.M | re.S)
    verdict, evidence = shown.group(1).split("\n", 1)
    evidence = evidence[evidence.index("\nEvidence\n") :]
    done = subprocess.run(
        [COMMAND, "doctor", "node_modules"], cwd=sdk, env={"PATH": "/usr/bin:/bin"},
        stdout=subprocess.PIPE, text=True,
    )
    assert done.returncode == 1
    assert done.stdout.startswith(verdict + "\n")
    assert evidence in done.stdout
