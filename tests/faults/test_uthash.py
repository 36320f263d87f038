"""uthash ends the process when memory is short, unless it is told not to: zones/hash.h tells it."""

import subprocess

import pytest

from conftest import ROOT


@pytest.mark.parametrize("flags, status", [([], 0), (["-DAS_IT_COMES"], 255)])
def test_the_end_that_uthash_brings_is_off(tmp_path, flags, status):
    program = tmp_path / "uthash-oom"
    source = ROOT / "tests" / "faults" / "uthash_oom.c"
    subprocess.run(["cc", *flags, f"-I{ROOT}", "-o", program, source], check=True)
    assert subprocess.run([program]).returncode == status
