"""The command as its user meets it. In the sandbox of tests/support/sandbox.c: loopback only."""

import sys
from pathlib import Path

pytest_plugins = ["sandboxfixtures"]

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "support")]
