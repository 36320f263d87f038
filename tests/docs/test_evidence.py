"""docs/evidence.md: its figures are made by scripts/evidence, its commands and tests exist."""

import importlib.machinery
import importlib.util
import os
import re
import select
import shlex
import subprocess

import pytest

from messages import ROOT


def load(name):
    path = str(ROOT / "scripts" / name)
    loader = importlib.machinery.SourceFileLoader(name, path)
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(name, loader))
    loader.exec_module(module)
    return module


evidence, proof = load("evidence"), load("proof")
PAGE = evidence.PAGE.read_text()
REGIONS = evidence.regions(PAGE)
OPTIONS = proof.argparse.Namespace(fuzz=300, torture=60, creates=10000, boxes=20)
PARTS = proof.parts(OPTIONS)

MACHINE = {"processor": "Some Processor", "cores": 2, "memory": "8 GiB", "kernel": "Linux 6.1 x86_64",
           "gcc": "12.2.0"}


def record(part, figures, **more):
    return {
        "part": part, "commands": ["make x", "make y"], "date": "2026-01-02", "revision": "0123456789ab",
        "seconds": 300, "status": 0, "machine": MACHINE, "figures": figures, **more,
    }


def view(part, name, figures):
    return list(evidence.VIEWS[part][name](record(part, figures)))


def case(file, name, skipped=None, printed=""):
    return {"file": file, "name": name, "seconds": 1.5, "skipped": skipped, "printed": printed}


# ---- the page ---------------------------------------------------------------------------------


def test_every_region_is_one_that_is_made():
    assert PAGE.count("<!-- figures: ") == PAGE.count("<!-- end -->") == len(REGIONS)
    for part, name, _ in REGIONS:
        assert name in evidence.VIEWS[part]


def test_every_view_is_on_the_page_once():
    shown = [(part, name) for part, name, _ in REGIONS]
    assert sorted(shown) == sorted(
        (part, name) for part, views in evidence.VIEWS.items() for name in views
    )


def test_every_part_is_run_and_shown():
    assert list(PARTS) == list(evidence.VIEWS)
    for part in PARTS:
        assert re.search(rf"^\| \[{part}\]", PAGE, re.M)


def test_figures_of_a_part_are_of_one_run():
    for part in PARTS:
        texts = [text for own, name, text in REGIONS if own == part and name != "run"]
        assert len({"Not measured yet" in text for text in texts}) == 1, part


def targets():
    """What the Makefile can make."""
    command = ["make", "-pqrR", "BUILD=build/none"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    phony = re.search(r"^\.PHONY: (.*)$", done.stdout, re.M)
    return set(phony.group(1).split())


def test_commands_of_the_page_exist():
    known = targets()
    written = PAGE + "".join(f"`{step.command}`" for part in PARTS.values() for step in part.steps)
    commands = re.findall(r"(?:^ {4}|`)make ([^`\n]*)", written, re.M)
    wanted = {word for command in commands for word in shlex.split(command) if "=" not in word}
    assert {"proof", "fuzz", "torture", "bench", "coverage"} <= wanted <= known
    assert "no-such-target" not in known


def test_tests_of_the_page_exist():
    found = re.findall(r"`(tests/[^`:*]+)(?:::(\w+))?`", PAGE)
    assert len(found) > 20
    for path, name in found:
        assert (ROOT / path).exists(), path
        if name:
            assert re.search(rf"(def |START_TEST\(){name}\(?\)?", (ROOT / path).read_text()), (path, name)


def test_reasons_are_of_lines_that_exist():
    reasons = evidence.read_reasons(evidence.REASONS.read_text())
    assert reasons
    for file, source in reasons:
        lines = {line.strip() for line in (ROOT / file).read_text().splitlines()}
        assert source in lines, f"{file}: {source}"


# ---- rendering --------------------------------------------------------------------------------


def test_only_the_parts_that_are_given_are_made_anew():
    page = (
        "# Title\n<!-- figures: unit/builds -->\nold\n<!-- end -->\n"
        "by hand\n<!-- figures: faults/cases -->\nolder\n<!-- end -->\nend\n"
    )
    unit = {"unit": record("unit", {"builds": {"plain": [["a", 1000], ["b", 2]]}})}
    made = evidence.render(page, unit)
    assert made == (
        "# Title\n<!-- figures: unit/builds -->\n\n"
        "| build | programs | checks, all passed |\n|---|---:|---:|\n| plain | 2 | 1,002 |\n"
        "\n<!-- end -->\nby hand\n<!-- figures: faults/cases -->\nolder\n<!-- end -->\nend\n"
    )
    assert evidence.render(made, unit) == made


def test_where_and_when_it_was_run():
    assert " ".join(view("unit", "run", {})) == (
        "`make x`, `make y`: 2026-01-02, revision 0123456789ab, 5 min; Some Processor, 2 cores, 8 GiB, "
        "Linux 6.1 x86_64; gcc 12.2.0."
    )


def test_a_part_that_failed_is_not_published(tmp_path):
    path = tmp_path / "unit.json"
    path.write_text(evidence.json.dumps(record("unit", {}, status=2)))
    with pytest.raises(SystemExit, match="failed"):
        evidence.main([path])


def test_cases_of_faults():
    made = view("faults", "cases", {"cases": {"b": {"right": 1000}, "a": {"right": 1, "refused": 2}}})
    assert made[2:] == ["| a | 3 | 1 | 2 |", "| b | 1,000 | 1,000 | 0 |", "| all | 1,003 | 1,001 | 2 |"]


def test_tests_and_what_was_skipped():
    a, b = "tests/a.py", "tests/b.py"
    cases = [case(a, "test_x"), case(a, "test_y", "no shims"), case(b, "test_z")]
    assert view("hostile", "tests", {"tests": cases})[2:] == [
        "| `tests/a.py` | 1 | 1 |", "| `tests/b.py` | 1 | 0 |", "", "- 1 skipped: no shims",
    ]


def test_what_torture_printed():
    printed = "flat threads 1 fds 9 heap 4096\nflat threads 1 fds 9 heap 4097\n" \
        "created 1200 refused 7 cancelled 0 lines 5 wrong 0\n"
    cases = [
        case("t.py", "test_nothing_grows", printed=printed),
        case("t.py", "test_control_wrong", printed="created 1 refused 0 cancelled 0 lines 0 wrong 1\n"),
        case("t.py", "test_silent"),
        case("t.py", "test_few", printed="flat threads 1 fds 9 heap 1\nflat threads 2 fds 9 heap 2\n"),
    ]
    counts = view("torture", "counts", {"tests": cases})
    assert counts[2:] == ["| `test_nothing_grows` | 1,200 | 7 | 0 | 0 | 2 |"]
    flat = view("torture", "flat", {"tests": cases})
    assert flat[2:] == ["| `test_nothing_grows` | 1 / 1 | 9 / 9 | 4,096 / 4,097 |"]


def test_worlds():
    figures = {
        "kinds": {
            "plain": {"worlds": 1000, "compared": 999, "gained": 0},
            "loss": {"worlds": 10, "compared": 5, "gained": 2},
        },
        "excused": {"foreign owner": 3},
        "boxes": {"0.9.7": [60, 110]},
    }
    kinds = view("differential", "kinds", figures)
    assert kinds[2:] == [
        "| plain | 1,000 | 999 | 0 |", "| loss | 10 | 5 | 2 |", "| all | 1,010 | 1,004 | 2 |",
    ]
    assert view("differential", "excused", figures)[2:] == ["| foreign owner | 3 |"]
    assert view("differential", "boxes", figures)[2:] == ["| 0.9.7 | 60 | 110 |"]


def test_lines_that_bwrap_decided():
    cases = [
        case("t.py", "test_x[system]", printed="system: 1000 lines compared of 1204; {'bwrap: x': 204}\n"),
        case("t.py", "test_silent"),
    ]
    assert view("carry", "lines", {"tests": cases})[2:] == ["| system | 1,000 | 1,204 |"]


def test_what_a_machine_tried(tmp_path, monkeypatch):
    console = (
        'aarch64\nok arch\n@@ ["0.9.7", "plain", "a", "b", "c", "d", "e"]\nok compared, Yama 1: 0.9.7 plain\n'
        'ok compared, Yama 1: 0.9.7 jailed\n'
    )
    monkeypatch.setattr(proof, "cases", lambda part: [case("t.py", "test_all", printed=console)])
    figures = proof.arm64([])
    assert view("arm64", "boxes", figures)[2:] == ["| 0.9.7 | plain | a | b | c | d | e |"]
    assert view("arm64", "tried", figures) == ["- arch", "- compared, Yama 1: 2 boxes"]
    monkeypatch.setattr(proof, "cases", lambda part: [case("t.py", "test_all", "no machine")])
    with pytest.raises(ValueError):
        proof.arm64([])


def test_x86_64(monkeypatch):
    refused = "ERROR allowNet: boxlite-shim cannot be attached to: a filter: allow it; or set X=off"
    one, other = ({"outcome": outcome, "text": refused} for outcome in ("repaired", "refused"))
    starts = [{"name": "page", "plain": one}, {"name": "unit", "plain": other, "jailed": {**one, "outcome": "fails"}}]
    lines = view("x86_64", "starts", {"starts": starts})
    assert lines[2:] == [
        "| page | repaired | - |",
        "| unit | refused (1) | fails, as without |",
        "",
        "1. a filter: allow it.",
    ]
    monkeypatch.setattr(proof, "cases", lambda part: [case("t.py", "test_all", "no machine")])
    with pytest.raises(ValueError):
        proof.x86_64([])


def test_what_the_kills_printed():
    printed = "plain helper KILL: ended 15\nplain parent TERM: ended 9\nplain parent TERM: right 1\n" \
        "plain too late: right 2\n"
    cases = [
        case("k.py", "test_plain", printed=printed),
        case("k.py", "test_more", printed="plain helper KILL: ended 1\n"),
        case("s.py", "test_instants", printed="instants of 0.9.7: free 20 held 230\n"),
    ]
    outcomes = view("kills", "outcomes", {"tests": cases})
    assert outcomes[2:] == ["| plain | helper | KILL | 0 | 16 | 0 |", "| plain | parent | TERM | 1 | 9 | 0 |"]
    assert view("kills", "instants", {"tests": cases})[2:] == ["| 0.9.7 | 20 | 230 |"]


def test_fuzzers():
    target = {
        "target": "rule", "executions": 12345, "executions_per_second": 617, "edges": 99, "lines": 9,
        "lines_total": 10, "branches": 1, "branches_total": 3, "findings": [],
    }
    figures = {
        "targets": [target], "seconds_per_target": 20, "replayed": {"rule": 69},
        "oracle": {"unchanged": 1, "rewritten": 2, "refused": 3, "pairs": 6, "findings": 0},
    }
    made = view("fuzz", "targets", figures)
    assert made[2] == "| `rule` | 12,345 | 617 | 99 | 90.0 % | 33.3 % | 69 | 0 |"
    assert made[4].startswith("12,345 executions in all, 20 s for each target.")
    assert " ".join(view("fuzz", "oracle", figures)) == (
        "6 configurations before and after the plan: 1 unchanged, 2 rewritten, 3 refused; 0 disagreements."
    )
    assert view("fuzz", "oracle", {"oracle": {"skipped": "no Go toolchain"}}) == ["Skipped: no Go toolchain."]


def test_limits_and_why_a_ratio_is_above_two():
    limits = [
        {"name": "a", "measured": 3, "limit": 2, "unit": "ms", "what": "w", "why": "never shown"},
        {"name": "b", "measured": 4321, "limit": 2, "unit": "us", "what": "x", "why": "the work"},
        {"name": "c", "measured": 5, "limit": 2, "unit": "s", "what": "y", "why": None},
    ]
    for one in limits:
        one["ratio"] = one["measured"] / one["limit"]
    assert view("bench", "limits", {"limits": limits})[2:] == [
        "| a | 3 ms | 2 ms | 1.50 | w |",
        "| b | 4,321 us | 2 us | 2,160.50 | x |",
        "| c | 5 s | 2 s | 2.50 | y |",
        "", "Ratios above 2:", "",
        "- **b**, 2,160.5: the work.", "- **c**, 2.5: the cause is not known.",
    ]


def test_series():
    columns = ["hosts", "ours_ms", "original_ms", "pr645_ms", "round_trip_ms"]
    rows = [[1, 20.349, None, 20, 20.0]]
    assert view("bench", "healthy", {"series": {"healthy": {"columns": columns, "rows": rows}}})[2:] == [
        "| 1 | 20.3 | - | 20 | 20 |"
    ]
    assert view("bench", "healthy", {"series": {}}) == ["Not measured: what it needs was not to be had."]


def test_starts_are_shown_by_their_quantiles():
    rows = [[i / 10, float(i), 10.0 + i] for i in range(1, 11)]
    figures = {"series": {"attach-1.2": {"columns": ["share", "plain_ms", "repaired_ms"], "rows": rows}}}
    assert view("bench", "attach", figures)[2:] == [
        "| 1.2 plain | 10 | 2.0 | 6.0 | 10.0 |", "| 1.2 repaired | 10 | 12.0 | 16.0 | 20.0 |",
    ]


def test_untested_arms_by_reason():
    reasons = evidence.read_reasons(
        "# head\n== cannot happen\na.c: if (x) {\na.c: y();\n\n== waits\nb.c: z(); // : here\n"
    )
    arms = [["a.c", 1, "line", "if (x) {"], ["a.c", 9, "line", "y();"],
            ["b.c", 2, "line", "z(); // : here"], ["b.c", 3, "1 of 2 branches", "if (new)"], ["b.c", 4, "line", "new();"]]
    made = list(evidence.coverage_untested(record("coverage", {"untested": arms}), reasons))
    assert made == [
        "- **2 lines: cannot happen.** `a.c` 1, 9.", "- **1 line: waits.** `b.c` 2.",
        "- **1 line: not looked into, sides of conditions.** `b.c` 3.",
        "- **1 line: not looked into, whole lines.** `b.c` 4.",
    ]


# ---- collecting -------------------------------------------------------------------------------


def test_suites_are_counted_from_a_log():
    log = (
        "Running suite(s): rule\nsome line\n100%: Checks: 148, Failures: 0, Errors: 0\n1 skipped in 0s: x\n"
        "Running suite(s): config\n100%: Checks: 118, Failures: 0, Errors: 0\n"
    )
    assert proof.suites(log) == [["rule", 148], ["config", 118]]


def test_a_command_that_takes_too_long_is_ended_with_its_children(tmp_path):
    # make's options are added behind; sh takes them as arguments.
    step = proof.Step("sh -c 'sleep 600 & echo child $!; wait' sh")
    child = None
    seconds = 0.25
    while child is None:
        with (tmp_path / "log").open("w") as log:
            assert proof.run(step, seconds / 60, log) == "out of time"
        child = re.search(r"^child (\d+)$", (tmp_path / "log").read_text(), re.M)
        seconds *= 2
    try:
        process = os.pidfd_open(int(child.group(1)))
    except ProcessLookupError:
        return
    try:
        assert select.select([process], [], [], 10)[0], "it goes on"
    finally:
        os.close(process)


def test_a_part_without_results_has_failed(tmp_path, monkeypatch):
    """And those after it are run."""
    monkeypatch.setattr(proof, "OUT", tmp_path)
    monkeypatch.setattr(proof, "ROOT", tmp_path)
    steps = [proof.Step("true")]
    assert not proof.prove("lost", proof.Part(1, steps, lambda _: proof.read_json("nothing")), {})
    assert proof.prove("kept", proof.Part(1, steps, len), {})
    assert evidence.json.loads((tmp_path / "kept.json").read_text())["figures"] == 1
    assert not (tmp_path / "lost.json").exists() and (tmp_path / "lost.failed.json").exists()


def test_figures_are_of_the_commands_that_passed(tmp_path, monkeypatch):
    monkeypatch.setattr(proof, "OUT", tmp_path)
    monkeypatch.setattr(proof, "ROOT", tmp_path)
    steps = [proof.Step("true"), proof.Step("false"), proof.Step("touch more")]
    assert not proof.prove("x", proof.Part(1, steps, len), {})
    assert not (tmp_path / "x.json").exists() and not (tmp_path / "more").exists()
