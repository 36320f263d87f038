"""The pictures are made of the sources beside them."""

import hashlib
import re
import subprocess
from xml.etree import ElementTree

import pytest

from messages import ROOT

SOURCES = sorted((ROOT / "docs" / "img").glob("*.dot"))


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.name)
def test_a_picture_is_of_its_source(source):
    picture = source.with_suffix(".svg").read_text()
    digest = hashlib.sha256(source.read_bytes()).hexdigest()
    assert f"<!-- Source: sha256 {digest}\n" in picture, "make pictures"


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.name)
def test_a_picture_shows_the_words_of_its_source(source):
    """A digest can be copied; words have to be drawn."""
    drawn = {
        " ".join((element.text or "").split())
        for element in ElementTree.parse(source.with_suffix(".svg")).iter()
        if element.tag.endswith("}text")
    }
    labels = re.findall(r'label="([^"]+)"', source.read_text())
    assert labels
    for label in labels:
        for line in label.split(r"\n"):
            assert " ".join(line.split()) in drawn


def test_the_graph_of_the_includes_is_that_of_the_sources():
    drawn = subprocess.run(
        [ROOT / "scripts/include-graph", "--folders"], capture_output=True, text=True, check=True
    )
    assert (ROOT / "docs/img/includes.dot").read_text() == drawn.stdout, "make pictures"


def test_a_circle_of_includes_is_found(tmp_path):
    """The control: what scripts/check-layers asks tells one file with a circle from one without."""
    (tmp_path / "scripts").mkdir()
    script = tmp_path / "scripts/include-graph"
    script.write_bytes((ROOT / "scripts/include-graph").read_bytes())
    for folder in ("zones", "resolver", "shim/base"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "zones/a.h").write_text('#include "zones/b.h"\n')
    (tmp_path / "zones/b.c").write_text('#include "zones/b.h"\n#include "zones/c.h"\n')
    (tmp_path / "zones/c.h").write_text("")

    def check():
        return subprocess.run(["python3", script], capture_output=True, text=True)

    assert (check().returncode, check().stdout) == (0, "")
    (tmp_path / "zones/c.h").write_text('#include "zones/a.h"\n')
    assert check().returncode == 1
    assert check().stdout == "circle of includes: zones/a, zones/b, zones/c\n"
