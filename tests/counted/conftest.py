"""Products that note what they read (counter.c), in the sandbox of tests/support/sandbox.c."""

import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / name) for name in ("support", "carry", "attach", "overlay")]

pytest_plugins = ["sandboxfixtures"]
