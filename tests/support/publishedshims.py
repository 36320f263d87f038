"""The shims that scripts/fetch-shims has fetched."""

import pytest

from bridgehost import BUILD

SHIMS = BUILD / "shims"
# Those of which a box can be repaired.
VERSIONS = ("0.9.7", "0.10.0")


def shim_path(version):
    return SHIMS / version / "boxlite-shim"


def published(version):
    """Its path; skips the test where it is not there."""
    path = shim_path(version)
    if not path.exists():
        pytest.skip("published shims are not there: scripts/fetch-shims")
    return path
