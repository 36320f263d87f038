"""Every exec that is no start of boxlite-shim goes as without the preload, errno included."""

import shutil
import subprocess

import pytest

from conftest import PATIENCE_S, PRELOAD, PROBE, environment, shim_path

PATH_FUNCTIONS = ["execv", "execve", "execl", "execle", "execveat", "fexecve", "execveat-empty"]
SEARCH_FUNCTIONS = ["execvp", "execvpe", "execlp"]
SPAWN_FUNCTIONS = ["posix_spawn", "posix_spawnp"]
LIST_FUNCTIONS = ["execl", "execlp", "execle"]
FUNCTIONS = PATH_FUNCTIONS + SEARCH_FUNCTIONS + SPAWN_FUNCTIONS
CONTEXTS = ["main", "fork", "vfork", "thread", "signal", "constructor"]
ENVIRONMENTS = ["inherit", "null", "empty", "given"]

# What the probe says about a vforked child's parent, always.
UNTOUCHED = "maps same data same environment same"


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Files of all kinds, under names that do and do not matter to the hooks."""
    directory = tmp_path_factory.mktemp("place")
    for name in ("tool", "boxlite-shim", "bwrap"):
        for kind in ("script", "plain", "directory", "no-interpreter", "garbage", "empty", "lost"):
            (directory / kind).mkdir(exist_ok=True)
            file = directory / kind / name
            if kind == "directory":
                file.mkdir()
                continue
            text = {
                "script": '#!/bin/sh\necho "script $# $1 $PROBE"\n',
                "plain": "#!/bin/sh\necho plain\n",
                "no-interpreter": 'echo "no interpreter $# $1 $PROBE"\n',
                "garbage": "\x7fELF and nothing else",
                "empty": "",
                "lost": "#!/nowhere/interpreter\n",
            }[kind]
            file.write_text(text)
            file.chmod(0o644 if kind == "plain" else 0o755)
        (directory / "loop").mkdir(exist_ok=True)
        (directory / "loop" / name).symlink_to(name)
    return directory


def outcome(words, preload, cwd, **env):
    done = subprocess.run(
        [str(PROBE), *map(str, words)],
        env=environment(preload, **env),
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=PATIENCE_S,
    )
    # The one variable in which the two must differ.
    lines = [line for line in done.stdout.splitlines() if not line.startswith(b"LD_PRELOAD=")]
    return done.returncode, lines, done.stderr


def same(words, cwd, **env):
    """The outcome, which is the same with and without the preload."""
    control = outcome(words, None, cwd, **env)
    assert outcome(words, PRELOAD, cwd, **env) == control
    return control


def contexts_of(function):
    # posix_spawn prints, which a vforked child must not.
    return [
        context
        for context in CONTEXTS
        if not (function.startswith("posix_spawn") and context == "vfork")
    ]


CASES = [(function, context) for function in FUNCTIONS for context in contexts_of(function)]
KINDS = "script plain directory no-interpreter garbage empty lost loop missing".split()


@pytest.mark.parametrize("function,context", CASES)
def test_files_of_all_kinds(function, context, place):
    failures = 0
    for kind in KINDS:
        for name in ("tool", "boxlite-shim", "bwrap"):
            status, lines, _ = same(
                [function, context, "given", place / kind / name, "zero", "one"], place
            )
            text = b"\n".join(lines).decode()
            failures += "errno" in text and "errno 0" not in text or "error" in text
            if context == "vfork":
                assert UNTOUCHED in text
    assert failures >= 3 * 5, "most of these cannot be executed"


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("kind", ["plain", "directory", "loop", "missing"])
def test_starts_of_a_shim_that_cannot_be(function, kind, place):
    """A jail whose bwrap is not there, a shim that nobody may execute: the original's error."""
    shim = shim_path("affected")
    line = ["bwrap", "--clearenv", "--", shim]
    _, lines, _ = same([function, "fork", "given", place / kind / "bwrap", *line], place)
    assert any(line not in (b"status 0", b"errno 0") for line in lines)
    copy = place / "boxlite-shim"
    shutil.copy(shim, copy)
    copy.chmod(0o644)
    _, lines, _ = same([function, "fork", "given", copy, "zero"], place)
    assert b"errno 13" in lines or b"error 13" in lines


@pytest.mark.parametrize("function,context", CASES)
def test_environments_reach_the_program(function, context, place):
    seen = {
        kind: same([function, context, kind, "/usr/bin/env", "env"], place, PROBE="inherited")[1]
        for kind in ENVIRONMENTS
    }
    assert b"PROBE=inherited" in seen["inherit"]
    assert b"PROBE=given" in seen["given"]
    assert not [line for line in seen["empty"] + seen["null"] if b"=" in line]


@pytest.mark.parametrize("function", SEARCH_FUNCTIONS + ["posix_spawnp"])
@pytest.mark.parametrize("name", ["tool", "boxlite-shim", "bwrap"])
@pytest.mark.parametrize(
    "entries",
    [
        "{p}/missing:{p}/plain:{p}/script",
        "{p}/directory:{p}/no-interpreter:{p}/script",
        "{p}/plain:{p}/directory",
        "{p}/loop:{p}/script",
        "{p}/lost:{p}/script",
        "{p}/garbage:{p}/script",
        "",
        ":",
        "{p}/missing::{p}/plain",
        "{p}/plain:",
        "{p}/script/" + "d" * 5000 + ":{p}/script",
        "/proc/self/mem/x:{p}/script",
    ],
)
def test_path_is_searched_alike(function, name, entries, place):
    """Also where the working directory, which an empty entry stands for, has such a file."""
    for cwd in (place / "script", place / "empty"):
        same(
            [function, "fork", "given", name, "zero", "one"],
            cwd,
            PATH=entries.format(p=place),
        )


@pytest.mark.parametrize("function", SEARCH_FUNCTIONS + ["posix_spawnp"])
def test_without_path_the_default_is_searched(function, place):
    def bare(preload):
        env = environment(preload)
        del env["PATH"]
        return subprocess.run(
            [PROBE, function, "main", "inherit", "true", "true"], env=env, capture_output=True
        )

    assert bare(None).returncode == bare(PRELOAD).returncode == 0


@pytest.mark.parametrize("function", FUNCTIONS)
def test_many_arguments(function, place):
    if function in LIST_FUNCTIONS:
        count = 1100
        words = [place / "script" / "tool", "zero", f"@{count}"]
    else:
        count = 30000
        words = ["/bin/sh", "sh", "-c", 'echo "script $# $1 $PROBE"', "sh", f"@{count}"]
    _, lines, _ = same([function, "fork", "given", *words], place)
    assert f"script {count} x given".encode() in lines


@pytest.mark.parametrize("function", sorted(set(FUNCTIONS) - set(LIST_FUNCTIONS)))
def test_too_many_arguments(function, place):
    _, lines, _ = same([function, "main", "given", "/bin/true", "zero", "@3000000"], place)
    assert lines in ([b"errno 7"], [b"error 7"])


@pytest.mark.parametrize("function", ["execv", "execve", "execl", "execle"])
def test_no_path(function, place):
    _, lines, _ = same([function, "main", "given", "@null", "zero"], place)
    assert lines == [b"errno 14"]


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize(
    "words",
    [
        ["--version"],
        ["--unshare-user", "--ro-bind", "/", "/", "--", "true"],
        ["--ro-bind", "/", "/", "sh", "-c", "echo sh", "--"],
        ["--", "sh", "-c", "echo $0", "--", "/x/boxlite-shim"][:3],
        ["--"],
    ],
)
def test_bwrap_without_a_shim(function, words, place):
    """Probes of boxlite's, other people's jails, and lines that are none."""
    _, lines, _ = same([function, "fork", "given", "/usr/bin/bwrap", "bwrap", *words], place)
    if words == ["--version"]:
        assert b"bubblewrap" in lines[0]
