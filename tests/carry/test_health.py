"""Health needs proof: a shim is affected, known not to be, or unknown, and unknown is a border."""

import json
import shutil
import subprocess

import pytest

from conftest import BUILD, CARRY, environment, fnv, run, shim_path, spec
from jail import Box
from publishedshims import RELEASES, published

ENV = "/usr/bin/env"

# As in shim/boxlite/health_marks.h.
AFFECTED = b"allowNet: DNS sinkhole configured"
UNAFFECTED = [
    b"egress dialer: parse box subnet",
    b"allowNet TCP: blocked (resolved address unroutable)",
    b"main.(*egressDialer).",
]
UNKNOWN = "tells whether it needs the repair"


def affected(path):
    done = subprocess.run(
        [BUILD / "boxlite-allownet", "doctor", "--json", path], capture_output=True, check=False
    )
    (finding,) = json.loads(done.stdout)["findings"]
    return finding["boxlite"]["affected"]


def without(content, *texts):
    for text in texts:
        assert text in content
        content = content.replace(text, bytes(reversed(text)))
    return content


@pytest.mark.parametrize("version", RELEASES)
def test_marks_are_those_of_the_published_releases(version, tmp_path):
    """Each mark alone is enough; without any, and without the revision, a shim is unknown."""
    revision, _, _, needs_repair = RELEASES[version]
    content = published(version).read_bytes()
    assert [mark in content for mark in UNAFFECTED] == [not needs_repair] * len(UNAFFECTED)
    assert (AFFECTED in content) == needs_repair
    file = tmp_path / "boxlite-shim"

    def judged(*texts):
        file.write_bytes(without(content, *texts))
        return affected(file)

    marks = [AFFECTED] if needs_repair else UNAFFECTED
    assert judged() is needs_repair
    assert judged(*marks) is needs_repair, "by its revision"
    number = revision.encode()
    assert judged(number) is needs_repair
    assert judged(number, *marks) is None
    if not needs_repair:
        for mark in marks:
            assert judged(number, *(other for other in marks if other != mark)) is False


def test_a_bridge_without_rules_needs_no_repair(tmp_path):
    """As the static shims before 0.8.0, of which none was published: here by erasing the key."""
    content = published("0.9.7").read_bytes()
    file = tmp_path / "boxlite-shim"
    file.write_bytes(without(content, AFFECTED, RELEASES["0.9.7"][0].encode(), b"allow_net"))
    assert affected(file) is False


@pytest.fixture(params=["plain", "jailed"])
def start_of(request, tmp_path):
    """The command that starts a shim of a kind, or the file that is given."""

    def command(kind):
        box = Box(tmp_path / "box", shim_path(kind) if isinstance(kind, str) else kind)
        return [ENV, *box.command()] if request.param == "jailed" else [ENV, str(box.shim)]

    return command


@pytest.mark.usefixtures("dns")
def test_an_unknown_shim_is_a_border(start_of):
    config = spec(["api.example"], pad=200_000)
    start = run(start_of("unknown"), config, must_read=True)
    assert start.status == 125 and not start.attached
    line = start.stderr.splitlines()[0]
    assert line.startswith("boxlite-allownet: ERROR allowNet: nothing in ") and UNKNOWN in line
    assert "BOXLITE_ALLOWNET=off" in line


@pytest.mark.usefixtures("dns")
@pytest.mark.parametrize("setting", ["BOXLITE_ALLOWNET_STATIC=warn", "BOXLITE_ALLOWNET=observe"])
def test_a_tolerant_operator_gets_it_started_with_a_warning(start_of, setting):
    config = spec(["api.example"], pad=200_000)
    key, value = setting.split("=")
    start = run(start_of("unknown"), config, environment(**{key: value}))
    assert start.status == 7 and not start.attached
    assert UNKNOWN in start.stderr and "starts unrepaired" in start.stderr
    assert start.shim["input_hash"] == fnv(config)


@pytest.mark.usefixtures("dns")
def test_a_static_wrapper_around_a_shim_is_a_border(tmp_path):
    """It would start an affected one where no hook of ours is."""
    source = tmp_path / "wrapper.c"
    real = shim_path("affected")
    source.write_text(
        "#include <unistd.h>\n"
        f'int main(int c, char **v) {{ (void)c; execv("{real}", v); return 1; }}\n'
    )
    wrapper = tmp_path / "boxlite-shim"
    subprocess.run(["cc", "-static", "-o", wrapper, source], check=True)
    assert run([wrapper], b"", environment(None)).shim["exe"] == str(real), "the control"
    start = run([ENV, wrapper], spec(["api.example"], pad=200_000), must_read=True)
    assert start.status == 125 and UNKNOWN in start.stderr.splitlines()[0]


@pytest.mark.usefixtures("dns")
def test_an_unknown_shim_seen_only_in_the_jail_is_a_border_there(tmp_path):
    """With the attach that is one: what launch cannot see, it does."""
    box = Box(tmp_path / "box", shim_path("unknown"))
    words = box.command()
    end = words.index("--")
    inside = "/opt/boxlite-shim"
    with shim_path("unknown").open("rb") as file:
        options = ["--perms", "0755", "--file", str(file.fileno()), inside]
        start = run(
            [ENV, *words[:end], *options, "--", inside],
            spec(["api.example"], pad=200_000),
            environment(BUILD / "libboxlite_allownet.so"),
            must_read=True,
            pass_fds=[file.fileno()],
        )
    assert start.status == 125 and f"nothing in {inside} {UNKNOWN}" in start.stderr


def test_the_marks_of_the_tests_are_those_of_the_sources():
    assert shutil.which("cc") and CARRY.exists()
    source = '#include "shim/boxlite/health_marks.h"\nconst char *all[] = {MARKS_AFFECTED, MARKS_UNAFFECTED};'
    done = subprocess.run(
        ["cc", "-I.", "-E", "-P", "-xc", "-"], input=source.encode(), capture_output=True, check=True
    )
    for mark in [AFFECTED, *UNAFFECTED]:
        assert b'"' + mark + b'"' in done.stdout
