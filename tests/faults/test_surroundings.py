"""Descriptors that run out or have large numbers, standard ones that are closed, logs on a full disk."""

import subprocess
import time

import pytest

from bridgehost import PRELOAD, BridgeHost, HostError, make_config, probe
from chainbox import COMMAND, PARENTS, ChainBox
from conftest import LONG, QUICK
from faultychain import ANSWERS, RULES, SCRIPT
from faultlayer import LAYER, FaultLayer
from publishedshims import VERSIONS, shim_path

NAMES = list(ANSWERS)
PATIENCE_S = 300

# Opens as many descriptors as its first argument says, all below what comes after.
CROWDED = """
import os, resource, sys
count = int(sys.argv[1])
resource.setrlimit(resource.RLIMIT_NOFILE, (count + 1000, count + 1000))
while os.dup(0) < count:
    pass
for number in range(4, count + 1):
    os.set_inheritable(number, True)
os.execvp(sys.argv[2], sys.argv[2:])
"""

# Goes on with as many descriptors as its first argument says.
SCARCE = """
import os, resource, sys
limit = int(sys.argv[1])
resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
os.execvp(sys.argv[2], sys.argv[2:])
"""


# With one less the loader cannot open what the command is linked with, and it never begins.
FEWEST = 5


def python(program, number):
    return ["/usr/bin/python3", "-c", program, str(number)]


def closing(redirections):
    return ["sh", "-c", f'exec "$@" {redirections}', "sh"]


@pytest.fixture(autouse=True)
def script(dns):
    dns.set_script(SCRIPT + "flaky.example servfail; answer 192.0.2.5\n")
    return dns


class Bridge:
    """A process with a bridge and the preload, in the surroundings that `prefix` makes."""

    def __init__(self, tmp_path, prefix, **env):
        self._config = make_config(tmp_path / "s", [*RULES, "flaky.example"])
        self.host = BridgeHost(preload=PRELOAD, prefix=prefix, env={**QUICK, **env})

    def __enter__(self):
        self.host.__enter__()
        return self

    def __exit__(self, *_):
        self.host.close()

    def assert_repaired_or_told(self):
        """True if it was repaired."""
        result = self.host.create(self._config)
        if not result.created:
            assert result.text
            return False
        expected = {**ANSWERS, "flaky.example.": "A 192.0.2.5"}
        assert probe(self._config["socket_path"], expected) == expected
        self.host.destroy(result.handle)
        return True


def test_descriptors_above_1024(tmp_path):
    with Bridge(tmp_path, python(CROWDED, 1100)) as bridge:
        assert bridge.assert_repaired_or_told()
        assert bridge.assert_repaired_or_told()


def test_descriptors_run_out_in_a_create(tmp_path):
    """Go, the host and a box of the bridge itself need some 20."""
    repaired = []
    for limit in range(5, 40, 1 if LONG else 3):
        try:
            with Bridge(tmp_path, python(SCARCE, limit)) as bridge:
                repaired.append(bridge.assert_repaired_or_told())
        except HostError:
            # The process could not start, or Go ended it.
            repaired.append(False)
    assert repaired[-1] and not repaired[0]


@pytest.mark.parametrize("path", ["/dev/full", "/nowhere/log", "/proc/self/nothing", "/tmp"])
def test_a_log_that_cannot_be_written_changes_nothing(tmp_path, path):
    with Bridge(tmp_path, [], BOXLITE_ALLOWNET_LOG_FILE=path) as bridge:
        assert bridge.assert_repaired_or_told()


def test_closed_standard_error_changes_nothing(tmp_path, script):
    with Bridge(tmp_path, closing("2>&-"), BOXLITE_ALLOWNET_LOG="debug") as bridge:
        assert bridge.assert_repaired_or_told()
    # Nothing went to a socket that got the number.
    assert all(query.name != "-" for query in script.queries())


class Chain:
    """A box of a published shim, started by launch in the surroundings that `prefix` makes."""

    def __init__(self, version, prefix, rules=RULES, **settings):
        PARENTS["surroundings"] = [*prefix, str(COMMAND), "launch", "--"]
        self.box = ChainBox(
            version, rules, parent="surroundings", repaired=False, settings={**QUICK, **settings}
        )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.box.close()

    def assert_repaired_or_told(self):
        if self.box.wait_started():
            assert self.box.answers(NAMES) == ANSWERS
            return True
        self.box.wait_ended()
        assert self.box.lines or self.box.exit_message()
        return False

    def assert_repaired(self):
        """Where nothing is to be seen on standard error."""
        deadline = time.monotonic() + PATIENCE_S
        while (answers := self._answers_if_any()) is None:
            assert self.box.process.poll() is None and time.monotonic() < deadline
            time.sleep(0.01)
        assert answers == ANSWERS

    def _answers_if_any(self):
        """None before the bridge listens, which it does after it has made the file. Its first connection is
        the guest's, and the only one: another would not find that out for us."""
        try:
            return probe(self.box.socket, NAMES)
        except HostError as error:
            if not str(error).endswith(("No such file or directory", "Connection refused")):
                raise
        return None


@pytest.fixture(params=VERSIONS if LONG else VERSIONS[-1:])
def version(request):
    if not shim_path(request.param).exists():
        pytest.skip("published shims are not there: scripts/fetch-shims")
    return request.param


def test_descriptors_of_the_command_above_1024(version):
    with Chain(version, python(CROWDED, 1100)) as chain:
        assert chain.assert_repaired_or_told()


def test_descriptors_of_the_command_run_out(version):
    repaired = []
    for limit in range(FEWEST, 40, 1 if LONG else 7):
        with Chain(version, python(SCARCE, limit)) as chain:
            try:
                repaired.append(chain.assert_repaired_or_told())
            except HostError:
                # Its guest has no descriptor left to be answered through.
                repaired.append(False)
    assert repaired[-1] and not repaired[0]


@pytest.mark.parametrize("redirections", ["2>&-", ">&-", ">&- 2>&-"])
def test_closed_standard_descriptors_of_the_command_change_nothing(version, redirections):
    with Chain(version, closing(redirections), BOXLITE_ALLOWNET_LOG="debug") as chain:
        chain.assert_repaired()


def test_with_standard_error_closed_a_refusal_is_in_the_exit_file(version):
    with Chain(version, closing(">&- 2>&-"), ["dead.example"]) as chain:
        assert chain.box.wait_ended() != 0
        assert 'allowNet: resolve "dead.example"' in chain.box.exit_message()


def test_closed_standard_input_of_the_command_is_told(version):
    command = [*closing("<&-"), str(COMMAND), "launch", "--", str(shim_path(version))]
    run = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S)
    assert run.returncode == 125
    assert "cannot read the box's configuration" in run.stderr.splitlines()[0]


@pytest.mark.parametrize("path", ["/dev/full", "/nowhere/log"])
def test_a_log_of_the_command_that_cannot_be_written_changes_nothing(version, path):
    with Chain(version, [], BOXLITE_ALLOWNET_LOG_FILE=path) as chain:
        assert chain.assert_repaired_or_told()


def test_an_overlay_reads_on_after_an_error(tmp_path):
    """A parent whose pipe breaks would report that, and not our text."""
    made = tmp_path / "overlay"
    subprocess.run([COMMAND, "overlay", made, "--shim", shim_path("0.9.7")], check=True)
    with FaultLayer(whole=True) as layer:
        layer.arm("read", 1, "EIO")
        with subprocess.Popen(
            [made / "boxlite-shim"],
            env={"LD_PRELOAD": str(LAYER), **layer.env},
            stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as shim:
            shim.stdin.write(b" " * 300_000)
            shim.stdin.close()
            text = shim.stderr.read().decode()
            assert shim.wait() == 125
        assert layer.failed == 1
    assert "cannot read the box's configuration from standard input: Input/output error" in text
