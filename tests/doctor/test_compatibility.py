"""The table of releases in the documentation says what is seen here and now."""

import pytest

import compatibility
from doctorbox import module_of
from publishedshims import VERSIONS, published


def test_the_committed_table_is_what_the_artifacts_show():
    for version in compatibility.ARTIFACTS:
        published(version)
    for version in VERSIONS:
        if not module_of(version).exists():
            pytest.skip("the published SDK is not there: scripts/fetch-sdk")
    committed = compatibility.DOCUMENT.read_text(encoding="utf-8")
    assert committed == compatibility.document(), "make compatibility writes it anew"
