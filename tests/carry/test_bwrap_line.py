"""The reader of bwrap's command lines against bwrap itself: its own parser decides what is executed.
BWRAP_LINES sets how many generated lines each release of bwrap is asked about."""

import ctypes
import itertools
import os
import random
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from conftest import BUILD, CARRY

LINES = int(os.environ.get("BWRAP_LINES", "300"))
COMMAND, NOTHING, UNREADABLE = range(3)
KNOWN, HIDDEN, NO_PLACE = range(3)

BWRAPS = {
    "system": shutil.which("bwrap"),
    "bundled": BUILD / "bwrap" / "bundled" / "bwrap",
    "debian13": BUILD / "bwrap" / "debian13" / "bwrap",
}


class Line(ctypes.Structure):
    _fields_ = [
        ("kind", ctypes.c_int),
        ("options_end", ctypes.c_size_t),
        ("command", ctypes.c_size_t),
    ]


READER = ctypes.CDLL(str(CARRY / "bwrap-line.so"))
READER.bwrap_line_read.restype = Line
READER.bwrap_line_shows.restype = ctypes.c_bool


def encode(words):
    return (ctypes.c_char_p * (len(words) + 1))(*[word.encode() for word in words], None)


def read(words):
    return READER.bwrap_line_read(encode(words))


def outside(words, path):
    """Where the path is out here, in words of the reader's, and that place."""
    out = ctypes.create_string_buffer(4096)
    line = read(words)
    place = READER.bwrap_line_outside(
        encode(words), ctypes.byref(line), path.encode(), out, ctypes.c_size_t(len(out))
    )
    return place, out.value.decode()


def shows(words, path):
    line = read(words)
    return READER.bwrap_line_shows(encode(words), ctypes.byref(line), path.encode())


def bwrap_of(name):
    path = BWRAPS[name]
    if path is None or not Path(path).exists():
        pytest.skip(f"no {name} bwrap: scripts/fetch-bwrap")
    return str(path)


def run(bwrap, words, cwd=None, fds=()):
    return subprocess.run(
        [bwrap, *words],
        cwd=cwd,
        pass_fds=fds,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=300,
        check=False,
    )


def options_of(bwrap):
    text = run(bwrap, ["--help"]).stdout.decode()
    return re.findall(r"^ +(--[\w-]+)", text, re.MULTILINE)


def values_read(option):
    """How many values our reader gives to it: the word behind them is the end."""
    return read(["bwrap", option, "--", "--", "--", "--", "--", "x"]).options_end - 2


@pytest.mark.parametrize("name", BWRAPS)
def test_every_option_takes_as_many_values_as_bwrap_says(name):
    bwrap = bwrap_of(name)
    options = options_of(bwrap)
    assert len(options) > 50
    for option in options:
        if option in ("--help", "--version"):
            assert read(["bwrap", option, "--", "x"]).kind == NOTHING
            continue
        # This one alone does not complain.
        needed = 1 if option == "--overlay-src" else 0
        while b" takes " in run(bwrap, [option, *["1"] * needed]).stderr:
            needed += 1
        assert values_read(option) == needed, option


def jail(*options):
    """A line whose jail can execute what the host can."""
    system = [word for name in ("usr", "bin", "lib", "lib64", "sbin") if Path("/", name).exists()
              for word in ("--ro-bind", f"/{name}", f"/{name}")]
    return [*system, *map(str, options), "--", "/bin/sh", "-c"]


@pytest.mark.parametrize("name", BWRAPS)
def test_each_option_shows_what_the_reader_says(name, tmp_path):
    """With each option that takes a path: what the jail has there is the file that the reader
    names, or nothing if it says so. A place that it calls hidden may have anything."""
    bwrap = bwrap_of(name)
    for directory in ("below", "given"):
        (tmp_path / directory).mkdir()
        (tmp_path / directory / "file").write_text(directory)
    below, given = tmp_path / "below", tmp_path / "given"
    judged = {KNOWN: set(), HIDDEN: set(), NO_PLACE: set()}
    read_only = set()
    # What comes before it: a mount at the same place, one elsewhere, what an overlay consists of.
    before = (
        ["--bind", below, "/at"],
        ["--bind", tmp_path, tmp_path],
        ["--bind", below, "/at", "--overlay-src", given],
    )
    for option in options_of(bwrap):
        count = values_read(option)
        tries = itertools.product(before, (given, given / "file", "FD"), ("/at", "/at/file"))
        for first, source, at in tries if count > 0 else ():
            file = os.open(given if at == "/at" else given / "file", os.O_RDONLY)
            values = [str(file) if source == "FD" else source] * (count - 1)
            words = jail(*first, option, *values, at)
            done = run(bwrap, [*words, "echo ran; cat /at/file"], fds=[file])
            os.close(file)
            if not done.stdout.startswith(b"ran\n"):
                continue
            place, path = outside(["bwrap", *words], "/at/file")
            seen = done.stdout.removeprefix(b"ran\n").decode() or None
            if place == KNOWN:
                assert seen == (Path(path).read_text() if Path(path).is_file() else None), words
            elif place == NO_PLACE:
                assert seen is None, words
            judged[place].add(option)
        # Under its own name, below an earlier mount that may be written to.
        words = jail("--bind", tmp_path, tmp_path, option, *[given] * count)
        done = run(bwrap, [*words, f"echo ran; [ ! -w {given}/file ] || echo writable"])
        if done.stdout.startswith(b"ran\n") and shows(["bwrap", *words], str(given / "file")):
            assert done.stdout == b"ran\n", words
            read_only.add(option)
    assert {"--bind", "--ro-bind-try", "--dev-bind", "--setenv", "--chdir"} <= judged[KNOWN]
    assert {"--file", "--ro-bind-data"} <= judged[HIDDEN]
    assert {"--tmpfs", "--proc", "--dev", "--mqueue"} <= judged[NO_PLACE]
    assert read_only == {"--ro-bind", "--ro-bind-try"}


INCOMPLETE = re.compile(r" takes (an|one|two|three) arguments?$", re.MULTILINE)

NASTY = ["--", "boxlite-shim", "-", "--bind", "--help", "a b", "--args", "--version", "sh", "--frob"]
COMMANDS = ["boxlite-shim", "env", "sh", "/p/boxlite-shim", "/p/env"]
AFTER_SEPARATOR = [*COMMANDS, "--", "--help", "-c"]


class Generator:
    """Lines that bwrap mostly executes: the values are such that it can, and look like options."""

    def __init__(self, seed, known, directory, fds):
        self.random = random.Random(seed)
        self.known = known
        self.directory = directory
        self.fds = list(fds)
        self.count = 0

    def nasty(self):
        return self.random.choice(NASTY)

    def place(self):
        """A path for a mount, a new one each time; it may begin with dashes."""
        self.count += 1
        return self.random.choice(["--", "-", "/", "--bind", "boxlite-shim"]) + f"{self.count}"

    def fd(self):
        return str(self.fds.pop()) if self.fds else None

    def source(self):
        return self.random.choice(["--", "boxlite-shim", "--help"])

    def with_fd(self, option, *rest):
        number = self.fd()
        return [option, number, *rest] if number is not None else []

    def args(self):
        number = self.fd()
        if number is None:
            return []
        words = [w for _ in range(self.random.randint(0, 2)) for w in self.simple()]
        words += self.random.choice([[], ["--"], ["--", "boxlite-shim"], ["boxlite-shim"]])
        os.pwrite(int(number), "".join(word + "\0" for word in words).encode(), 0)
        return ["--args", number]

    def simple(self):
        nasty, place, source = self.nasty, self.place, self.source
        return self.random.choice(
            [
                lambda: ["--setenv", nasty(), nasty()],
                lambda: ["--unsetenv", nasty()],
                lambda: ["--hostname", nasty()],
                lambda: ["--chdir", "/p"],
                lambda: ["--clearenv"],
                lambda: ["--new-session"],
                lambda: ["--die-with-parent"],
                lambda: ["--unshare-ipc"],
                lambda: ["--unshare-pid", "--as-pid-1"],
                lambda: ["--unshare-cgroup-try"],
                lambda: ["--unshare-user-try"],
                lambda: ["--unshare-all", "--share-net"],
                lambda: [self.random.choice(["--bind", "--ro-bind", "--dev-bind"]), source(), place()],
                lambda: [
                    self.random.choice(["--bind-try", "--ro-bind-try", "--dev-bind-try"]),
                    nasty(),
                    place(),
                ],
                lambda: ["--tmpfs", place()],
                lambda: ["--perms", "0755", "--tmpfs", place()],
                lambda: ["--size", "65536", "--tmpfs", place()],
                lambda: ["--dir", place()],
                lambda: ["--dev", place()],
                lambda: ["--mqueue", place()],
                lambda: ["--symlink", nasty(), place()],
                lambda: ["--remount-ro", "/p"],
                lambda: ["--chmod", "0755", "/dir"],
                lambda: ["--lock-file", "/p/env"],
                lambda: ["--cap-drop", "CAP_NET_RAW"],
                lambda: ["--cap-add", "CAP_NET_RAW"],
            ]
        )()

    def rich(self):
        return self.random.choice(
            [
                self.simple,
                self.simple,
                self.simple,
                lambda: self.with_fd("--sync-fd"),
                lambda: self.with_fd("--info-fd"),
                lambda: self.with_fd("--json-status-fd"),
                lambda: self.with_fd("--block-fd"),
                lambda: self.with_fd("--file", self.place()),
                lambda: self.with_fd("--bind-data", self.place()),
                lambda: self.with_fd("--ro-bind-data", self.place()),
                self.args,
                lambda: ["--argv0", self.nasty()] if "--argv0" in self.known else [],
                lambda: ["--level-prefix"] if "--level-prefix" in self.known else [],
                lambda: ["--not-a-security-boundary"]
                if "--not-a-security-boundary" in self.known
                else [],
            ]
        )()

    def line(self):
        words = [word for _ in range(self.random.randint(0, 6)) for word in self.rich()]
        fault = self.random.random()
        if fault < 0.06:
            at = self.random.randint(0, len(words))
            words[at:at] = [self.random.choice(["--help", "--version", "--frob", "-x", "-", "--uid="])]
        if self.random.random() < 0.5:
            words += ["--", self.random.choice(AFTER_SEPARATOR)]
        else:
            words += [self.random.choice(COMMANDS)]
        words += self.random.choices(NASTY + ["boxlite-shim", ""], k=self.random.randint(0, 3))
        if fault > 0.96:
            words = words[: self.random.randint(0, len(words))]
        return words


@pytest.fixture
def place(tmp_path):
    """A directory with sources named as options are, and one with commands named likewise."""
    programs = tmp_path / "programs"
    programs.mkdir()
    for name in {Path(command).name for command in AFTER_SEPARATOR}:
        shutil.copy(CARRY / "argv-probe", programs / name)
    cwd = tmp_path / "cwd"
    for name in ("--", "boxlite-shim", "--help"):
        (cwd / name).mkdir(parents=True)
    base = ["--unshare-uts", "--dir", "/dir", "--ro-bind", str(programs), "/p"]
    # Where execvp(3) looks without PATH as well.
    base += ["--ro-bind", str(programs), "/bin", "--setenv", "PATH", "/p"]
    return cwd, base


def check_line(bwrap, known, words, cwd, fds):
    """Whether bwrap had a say in it; fails where the reader's is another."""
    done = run(bwrap, words, cwd, fds)
    line = read(["bwrap", *words])
    error = done.stderr.decode()
    what = (words, line.kind, line.command, error)
    if done.stdout.startswith(b"executed\0"):
        _, file, *arguments = done.stdout.decode().split("\0")[:-1]
        assert line.kind == COMMAND, what
        command = ["bwrap", *words][line.command :]
        assert [Path(command[0]).name, *command[1:]] == [file, *arguments], what
    elif "Unknown option" in error:
        option = error.rsplit(" ", 1)[1].strip()
        assert option not in known, what
        assert line.kind == UNREADABLE, what
        assert ["bwrap", *words][line.options_end] == option, what
    elif "usage: " in error + done.stdout.decode() or INCOMPLETE.search(error):
        assert line.kind == NOTHING, what
    elif done.stdout.startswith(b"bubblewrap "):
        assert line.kind == NOTHING, what
    else:
        return False
    return True


@pytest.mark.parametrize("name", BWRAPS)
def test_the_command_is_what_bwrap_executes(name, place):
    bwrap = bwrap_of(name)
    known = options_of(bwrap)
    cwd, base = place
    said = asked = 0
    failures = {}
    while said < LINES:
        fds = [os.memfd_create("data", 0) for _ in range(6)]
        try:
            words = base + Generator(asked, known, cwd, fds).line()
            if check_line(bwrap, known, words, cwd, fds):
                said += 1
            else:
                text = run(bwrap, words, cwd, fds).stderr.decode()
                failures[text[:60]] = failures.get(text[:60], 0) + 1
        finally:
            for fd in fds:
                os.close(fd)
        asked += 1
        assert asked < 3 * LINES, failures
    print(f"{name}: {said} lines compared of {asked}; {failures}")
