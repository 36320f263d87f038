"""Our readers of resolv.conf, hosts and nsswitch.conf, beside Go's own, on the same random files; and of
answers, beside Go's resolver."""

import os
import random
import subprocess

import pytest

from answers import Answer
from conftest import BUILD
from generate import NAMES, Files

COUNT = int(os.environ.get("READERS_COUNT", "10000"))
SEED = int(os.environ.get("READERS_SEED", "9"))
# Nothing that decides the order in which Go asks before it looks at files.
ENVIRONMENT = {"PATH": os.environ["PATH"], "LANG": "C"}
BATCH = 10000  # files of a kind that are there at a time


def write(directory, first, count):
    (directory / "names").write_text("".join(f"{name}\n" for name in NAMES))
    for i in range(count):
        files = Files(random.Random(f"{SEED}.{first + i}"))
        for kind, make in (("resolv", files.resolv), ("hosts", files.hosts), ("nsswitch", files.nsswitch)):
            path = directory / f"{i}.{kind}"
            what = files.random.randrange(200)
            if path.is_dir():
                path.rmdir()
            path.unlink(missing_ok=True)
            text = make().encode("latin-1")
            if what == 0:
                path.mkdir()
            elif what > 1:
                path.write_bytes(text)


def read(program, kind, count, directory):
    command = [BUILD / "tests" / program, kind, str(count), directory]
    done = subprocess.run(
        ["unshare", "--uts", "sh", "-c", 'hostname box.corp.example && exec "$@"', "sh", *command],
        env=ENVIRONMENT, capture_output=True, check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    lines = done.stdout.split(b"\n")
    assert len(lines) == count + 1
    return lines[:-1]


def shown(directory, kind, i):
    """The file of case `i`, for whoever has to see why."""
    path = directory / f"{i}.{kind}"
    return f"{path.name}: {path.read_bytes()[:2000]!r}" if path.is_file() else f"{path.name}: no file"


@pytest.mark.skipif(not (BUILD / "tests" / "go-readers").exists(), reason="no Go toolchain")
def test_they_read_what_go_reads(tmp_path):
    different = dict.fromkeys(("resolv", "hosts", "nsswitch"), 0)
    seen = {kind: set() for kind in different}
    example = []
    for first in range(0, COUNT, BATCH):
        count = min(BATCH, COUNT - first)
        write(tmp_path, first, count)
        for kind in different:
            pairs = zip(read("readers", kind, count, tmp_path), read("go-readers", kind, count, tmp_path))
            for i, (ours, gos) in enumerate(pairs):
                seen[kind].add(gos)
                if ours != gos:
                    different[kind] += 1
                    if len(example) < 5:
                        example += [[kind, first + i, ours, gos, shown(tmp_path, kind, i)]]
    print(f"{COUNT} files of each kind, seed {SEED}: "
          + ", ".join(f"{kind} {len(seen[kind])} different readings" for kind in seen))
    assert not any(different.values()), f"{different}\n" + "\n".join(map(str, example))
    for kind, readings in seen.items():
        assert len(readings) > COUNT / 5, f"{kind}: the files are all alike"


@pytest.mark.skipif(not (BUILD / "tests" / "go-readers").exists(), reason="no Go toolchain")
def test_an_address_that_go_finds_in_a_damaged_answer_is_found(tmp_path):
    """Each that is the host's own. And a "no" is as good as Go's: else Go would ask the next server."""
    answers = [Answer(random.Random(f"{SEED}.{i}")) for i in range(COUNT)]
    (tmp_path / "answers").write_text("".join(f"{answer.message.hex()}\n" for answer in answers))
    kinds = dict.fromkeys(("found", "foreign", "no", "failed"), 0)
    for answer, ours, gos in zip(
        answers, read("readers", "answers", COUNT, tmp_path), read("go-readers", "answers", COUNT, tmp_path)
    ):
        ours, gos = ours.decode().split(), gos.decode().split()
        told = f"{answer.message.hex()}: Go {gos}, ours {ours}, the host's own {answer.own}"
        found, gos_found = ({word for word in words if "." in word} for words in (ours, gos))
        assert gos_found & answer.own <= found <= gos_found | answer.own, told
        assert ours != ["no"] or gos == ["no"] or gos_found, told
        kinds["found" if found else "foreign" if gos_found else ours[0]] += 1
    print(f"{COUNT} answers, seed {SEED}: {kinds}")
    assert min(kinds.values()) > COUNT / 1000, f"the answers are all alike: {kinds}"


def test_three_hundred_names_in_two_hundred_thousand_lines(tmp_path):
    """All of them are found, and the file is read once. `make bench` has the time."""
    with open(tmp_path / "big", "w", encoding="ascii") as file:
        file.writelines(f"0.0.0.0 tracker{i}.example\n" for i in range(200_000))
        file.writelines(f"192.0.2.7 tracker{i * 1001}.example\n" for i in range(200, 300))
    done = subprocess.run(
        [BUILD / "tests" / "readers", "big", "0", tmp_path], capture_output=True, text=True, check=True
    )
    read, found = map(int, done.stdout.split())
    assert found == 300
    assert read < 1.5 * (tmp_path / "big").stat().st_size
