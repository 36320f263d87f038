"""What the tests of faults share. Everything runs in the sandbox of tests/support/sandbox.c.

FAULTS=long makes every case; without it each test takes a part of them, evenly.
"""

import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
for folder in "support", "attach", "carry":
    sys.path.insert(0, str(ROOT / "tests" / folder))

from figures import write  # noqa: E402

pytest_plugins = ["sandboxfixtures"]

LONG = os.environ.get("FAULTS") == "long"

# Short where a fault makes us wait, and long enough for a machine that has other things to do.
QUICK = {
    "BOXLITE_ALLOWNET_ATTEMPTS": "3",
    "BOXLITE_ALLOWNET_TIMEOUT_MS": "500",
    "BOXLITE_ALLOWNET_BACKOFF_MS": "1",
    "BOXLITE_ALLOWNET_BUDGET_MS": "3000",
}


@pytest.fixture
def dns(knowing_dns):
    return knowing_dns


def pytest_sessionfinish():
    write("long" if LONG else "quick")
