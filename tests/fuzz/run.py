"""`make fuzz T=SECONDS`: searches with each target for that long, one after the other, and prints
what came of it; results.json has the same for machines. Inputs that reach new code are kept in
BUILD/fuzz/TARGET/corpus, those that fail in BUILD/fuzz/TARGET."""

import json
import os
import pathlib
import re
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).parent
BUILD = pathlib.Path(os.environ["BUILD"])
OUT = BUILD / "fuzz"

# The longest input worth a try, the words that are put into it, and the code that it is meant for.
# resolver: the threads that ask libc, and the system's clock, are not in it.
TARGETS = {
    "plan": (4096, "json", "zones/*.c shim/plan*.c shim/plan/refusal.c"),
    "rule": (400, "rule", "zones/rule*.c zones/hostname.c zones/address.c"),
    "resolver": (2048, None, "resolver/[!cfn]*.c resolver/c[ah]*.c resolver/nsswitch.c"),
    "elf": (4096, None, "shim/boxlite/image.c shim/boxlite/symbols.c shim/arch/x86_64.c"),
    "symtab": (4096, None, "shim/preload/symbol_table.c"),
    "doctor": (6000, None, "shim/command/doctor/bridge_image.c shim/boxlite/go_info.c shim/command/doctor/build.c"),
    "trailer": (1024, "trailer", "shim/command/overlay/trailer.c"),
    "settings": (6000, "settings", "shim/plan/settings.c"),
    "jail": (3000, "jail", "shim/carry/exec_route.c shim/launch/start.c"),
    "spec": (4096, "json", "shim/boxlite/spec.c shim/boxlite/document.c zones/json*.c"),
    "handover": (2048, "handover", "shim/plan/handover.c"),
}

# After a finding the search goes on, but not for ever with the same one.
FINDINGS_MAX = 8

# Sanitizers keep freed memory to find its use; a few inputs' worth is enough.
SANITIZERS = {"ASAN_OPTIONS": "quarantine_size_mb=16", "UBSAN_OPTIONS": "print_stacktrace=1"}


def seeds(target):
    """Folders of the repository. What attach is given, doctor may be given too."""
    return [HERE / "corpus" / name for name in ([target, "elf"] if target == "doctor" else [target])]


def number(pattern, text, otherwise=0):
    found = re.findall(pattern, text)
    return int(found[-1]) if found else otherwise


def cause(text):
    """The line that says what was wrong."""
    for pattern in (r".*does not hold: .*", r".*runtime error: .*", r"SUMMARY: .*"):
        found = re.search(pattern, text)
        if found:
            return found.group().strip()
    return "unknown"


def search_once(target, seconds):
    """One process; returns its output and whether it ended with a finding."""
    longest, words, _ = TARGETS[target]
    folder = OUT / target
    command = ["nice", "-n", "10", BUILD / "fuzz" / "tests" / f"fuzz-{target}"]
    command += [f"-max_total_time={seconds}", f"-max_len={longest}", "-timeout=30"]
    command += ["-rss_limit_mb=1024", "-print_final_stats=1", f"-artifact_prefix={folder}/"]
    if words:
        command.append(f"-dict={HERE / 'dict' / words}.dict")
    command += [folder / "corpus", *seeds(target)]
    done = subprocess.run(command, env={**os.environ, **SANITIZERS}, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    return done.stdout.decode(errors="replace"), done.returncode != 0


def search(target, seconds):
    corpus = OUT / target / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    result = {"target": target, "executions": 0, "edges": 0, "edges_total": 0, "findings": []}
    begin = time.monotonic()
    left = seconds
    while left > 0 and len(result["findings"]) < FINDINGS_MAX:
        text, failed = search_once(target, left)
        result["executions"] += number(r"stat::number_of_executed_units:\s+(\d+)", text)
        result["edges"] = max(result["edges"], number(r" cov: (\d+)", text))
        result["edges_total"] = number(r"\((\d+) inline 8-bit counters\)", text)
        if failed:
            file = re.search(r"Test unit written to (\S+)", text)
            result["findings"].append({"cause": cause(text), "input": file and file.group(1)})
            (OUT / target / f"finding-{len(result['findings'])}.log").write_text(text)
        left = seconds - int(time.monotonic() - begin)
    spent = time.monotonic() - begin
    result["seconds"] = round(spent, 1)
    result["executions_per_second"] = round(result["executions"] / max(spent, 0.1))
    files = [file.stat().st_size for file in corpus.iterdir()]
    result["corpus_files"], result["corpus_bytes"] = len(files), sum(files)
    return result


def measure(target):
    """Lines and branches of the code that all inputs together reach, by gcov in a build without
    sanitizers, whose own branches would count."""
    objects = OUT / "gcov" / "obj"
    for counts in objects.rglob("*.gcda"):
        counts.unlink()
    program = OUT / "gcov" / "tests" / f"fuzz-{target}"
    folders = [*seeds(target), OUT / target / "corpus"]
    subprocess.run([program, *folders], stdout=subprocess.DEVNULL, check=False)
    reached = {"lines": 0, "lines_total": 0, "branches": 0, "branches_total": 0}
    for source in (source for words in TARGETS[target][2].split() for source in
                   sorted(HERE.parent.parent.glob(words))):
        source = source.relative_to(HERE.parent.parent)
        if not (objects / source).with_suffix(".gcda").exists():
            continue
        text = subprocess.run(["gcov", "-n", "-b", "-o", objects / source.parent, source],
                              cwd=HERE.parent.parent, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, check=True)
        # Of this file, not of headers.
        text = text.stdout.decode().split(f"File '{source}'")[1].split("File '")[0]
        for name, words in (("lines", "Lines executed"), ("branches", "Taken at least once")):
            for share, total in re.findall(rf"{words}:([0-9.]+)% of (\d+)", text):
                reached[name] += round(float(share) * int(total) / 100)
                reached[f"{name}_total"] += int(total)
    return reached


def ask_oracle():
    """What the bridge in Go reads in each configuration found so far, and in mutants of them."""
    oracle = BUILD / "tests" / "oracle"
    if not oracle.exists():
        return {"skipped": "no Go toolchain"}
    folders = [HERE / "corpus" / "plan", OUT / "plan" / "corpus"]
    with subprocess.Popen([BUILD / "tests" / "plan-pairs", "-m", "100", *folders],
                          stdout=subprocess.PIPE) as pairs:
        done = subprocess.run([oracle], stdin=pairs.stdout, stdout=subprocess.PIPE, check=False)
    text = done.stdout.decode(errors="replace")
    failed = done.returncode != 0 or pairs.returncode != 0
    if failed:
        (OUT / "oracle.log").write_text(text)
        print(text)
    names = ("unchanged", "rewritten", "refused")
    result = {name: number(rf"(\d+) {name}", text) for name in names}
    result["pairs"] = sum(result.values())
    result["findings"] = number(r"(\d+) disagree", text, int(failed))
    return result


def share(result, name):
    return f"{100 * result[name] / max(result[f'{name}_total'], 1):.1f} %"


def print_table(results):
    print(f"{'target':10} {'executions':>11} {'exec/s':>8} {'edges':>6} {'lines':>8} {'branches':>8}"
          f" {'corpus':>7}  findings")
    for result in results:
        print(f"{result['target']:10} {result['executions']:11} {result['executions_per_second']:8}"
              f" {result['edges']:6} {share(result, 'lines'):>8} {share(result, 'branches'):>8}"
              f" {result['corpus_files']:7}  {len(result['findings'])}")


def main():
    seconds = int(os.environ.get("T") or 20)
    names = sys.argv[1:] or list(TARGETS)
    results = []
    for target in names:
        results.append(search(target, seconds))
        results[-1].update(measure(target))
        for finding in results[-1]["findings"]:
            print(f"{target}: {finding['cause']}: {finding['input']}")
    oracle = ask_oracle()
    report = {"seconds_per_target": seconds, "targets": results, "oracle": oracle}
    (OUT / "results.json").write_text(json.dumps(report, indent=2) + "\n")
    print_table(results)
    print("oracle:", ", ".join(f"{value} {name}" if isinstance(value, int) else value
                               for name, value in oracle.items()))
    found = sum(len(result["findings"]) for result in results) + oracle.get("findings", 0)
    return 1 if found else 0


sys.exit(main())
