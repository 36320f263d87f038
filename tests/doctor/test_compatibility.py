"""The table of releases in the documentation says what is seen here and now."""

import re

import pytest

import compatibility
from bridgehost import ROOT
from doctorbox import module_of
from publishedshims import AFFECTED, RELEASES, TWINS, UNAFFECTED, VERSIONS, published


def test_the_committed_table_is_what_the_artifacts_show():
    for version in compatibility.ARTIFACTS:
        published(version)
    for version in VERSIONS:
        if not module_of(version).exists():
            pytest.skip("the published SDK is not there: scripts/fetch-sdk")
    committed = compatibility.DOCUMENT.read_text(encoding="utf-8")
    seen = compatibility.document(compatibility.arm64_rows(committed))
    assert committed == seen, "make compatibility writes it anew"


def test_the_table_of_releases_is_what_the_artifacts_show():
    for version, (revision, go, arguments, affected) in RELEASES.items():
        for artifact in (version, f"pypi-{version}") if version in TWINS else (version,):
            published(artifact)
            boxlite = compatibility.Told(compatibility.shim_path(artifact)).only["boxlite"]
            shown = {
                "release": version, "revision": revision, "go": f"go{go}",
                "create_arguments": arguments, "affected": affected,
            }
            assert {key: boxlite[key] for key in shown} == shown, artifact


def test_the_texts_name_the_releases_of_the_table():
    header = (ROOT / "shim/boxlite/release.h").read_text()
    assert f'#define RELEASE_AFFECTED "0.8.0 to {AFFECTED[-1]}"' in header
    assert f'#define RELEASE_UNAFFECTED "{UNAFFECTED[0]}"' in header
    assert f'#define RELEASE_NEWEST "{list(RELEASES)[-1]}"' in header
    for text in "README.md", "docs/man/boxlite-allownet.1", "scripts/deb/control":
        assert f"0.8.0 to {AFFECTED[-1]}" in (ROOT / text).read_text(), text
    first = rf"\b{re.escape(UNAFFECTED[0])} (or|and)\s+(newer|later)"
    for text in "README.md", "docs/man/libboxlite_allownet.7", "docs/troubleshooting.md":
        assert re.search(first, (ROOT / text).read_text()), text


def test_rows_of_the_other_processor_are_of_releases_in_their_order():
    """`make check-arm64` compares them with what it sees."""
    rows = compatibility.arm64_rows(compatibility.DOCUMENT.read_text(encoding="utf-8"))
    assert rows
    places = [[name, box] for name in RELEASES for box in ("plain", "jailed")]
    assert [row[:2] for row in rows] == [place for place in places if place in [row[:2] for row in rows]]
