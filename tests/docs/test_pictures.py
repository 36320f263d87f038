"""The pictures are made of the sources beside them."""

import hashlib
import re
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
