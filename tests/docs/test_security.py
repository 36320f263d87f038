"""docs/security.md names a test for each sentence: each is there, and none of the sentences goes without."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROWS = [
    [cell.strip() for cell in line.strip("|").split(" | ")]
    for line in (ROOT / "docs" / "security.md").read_text().splitlines()
    if line.startswith("|") and "::" in line
]


def defines(path, name):
    text = (ROOT / path).read_text()
    pattern = rf"^def {name}\(" if path.endswith(".py") else rf"^START_TEST\({name}\)"
    return re.search(pattern, text, re.MULTILINE) is not None


@pytest.mark.parametrize("row", ROWS, ids=[row[0][:40] for row in ROWS])
def test_its_tests_are_there(row):
    _, tests = row
    for test in tests.split():
        path, name = test.split("::")
        assert (ROOT / path).is_file(), path
        assert defines(path, name), test


def test_every_sentence_of_a_table_names_one():
    lines = (ROOT / "docs" / "security.md").read_text().splitlines()
    tables = [index for index, line in enumerate(lines) if line == "| sentence | shown by |"]
    assert len(tables) > 5
    for index in tables:
        for line in lines[index + 2 :]:
            if not line.startswith("|"):
                break
            assert "::" in line, line


def test_what_is_not_there_is_found():
    assert not defines("tests/docs/test_security.py", "test_of_no_such_name")
    assert defines("tests/docs/test_security.py", "test_what_is_not_there_is_found")
