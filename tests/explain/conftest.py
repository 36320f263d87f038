"""`boxlite-allownet explain`, held against the bridge and against Go. In the sandbox of
tests/support/sandbox.c: loopback only, /etc of its own."""

import json
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / name) for name in ("support", "cli", "attach")]

from clibox import checked_json, run  # noqa: E402

pytest_plugins = ["sandboxfixtures"]


@pytest.fixture
def explain(tmp_path):
    """explain(config, *words, answers=None): the JSON of it. A config is a dict, or a list of rules;
    answers are {host: "address..." or a word}."""
    count = 0

    def call(config, *words, answers=None, **extra):
        nonlocal count
        count += 1
        path = tmp_path / f"config{count}"
        path.write_text(json.dumps(config) if isinstance(config, dict) else "\n".join(config))
        if answers is not None:
            file = tmp_path / f"answers{count}"
            file.write_text("".join(f"{host} {answer}\n" for host, answer in answers.items()))
            words = (*words, "--answers", file)
        result = run("explain", path, "--json", *words, **extra)
        assert result.returncode == 0, result.stderr
        return checked_json(result.stdout, "explain")

    return call
