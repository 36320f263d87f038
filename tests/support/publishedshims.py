"""The shims that scripts/fetch-shims has fetched, and the table of releases."""

import ast
import re

from bridgehost import BUILD, ROOT

SHIMS = BUILD / "shims"
# Those with which every test is made that has to do with the repair of a box; npm has them.
VERSIONS = ("0.9.7", "0.10.0")


def releases():
    """{release: (revision, Go version, arguments of create, affected)}, of releases.def."""
    lines = (ROOT / "shim/boxlite/releases.def").read_text()
    rows = re.findall(r"^RELEASE\((.*), (true|false)\)$", lines, re.MULTILINE)
    table = {}
    for row, affected in rows:
        name, *others = ast.literal_eval(f"({row})")
        table[name] = (*others, affected == "true")
    return table


RELEASES = releases()
AFFECTED = tuple(name for name, row in RELEASES.items() if row[-1])
UNAFFECTED = tuple(name for name, row in RELEASES.items() if not row[-1])
# npm has them as well; what PyPI has of the same release is pypi-VERSION here.
TWINS = ("0.9.7", "0.10.0", "0.10.3")


def network_key(version):
    """Where the specification of a box has its network."""
    old = version.removeprefix("pypi-").startswith(("0.8.", "0.9."))
    return "network_config" if old else "network_backend_spec"


def shim_path(version):
    return SHIMS / version / "boxlite-shim"


def published(version):
    """Its path; skips the test where it is not there."""
    import pytest  # which a machine of tests/lab does without

    path = shim_path(version)
    if not path.exists():
        pytest.skip("published shims are not there: scripts/fetch-shims")
    return path
