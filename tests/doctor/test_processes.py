"""Running shims, jailed and not, and the processes that start them."""

import os
import platform
import re
import shutil
import signal
import subprocess

import pytest

from chainbox import PARENTS, ChainBox
from doctorbox import (
    COMMAND,
    OBJECT,
    NodeProcess,
    PythonProcess,
    Told,
    copy_of,
    dead_box,
    run,
    shim_of,
)
from overlaybox import OverlayBox, overlay, unpack
from shimprocess import CREATED

RULES = ["github.com", "iapi.sample.com"]


@pytest.fixture(params=[False, True], ids=["plain", "jailed"])
def jailed(request):
    return request.param


def told_of(box, logged=CREATED):
    """Of the box's shim, once its bridge is there."""
    assert box.wait_started(), box.lines
    if logged:
        box.wait_log(logged)
    told = Told(shim_of(box))
    assert told.only["process"]["role"] == "shim"
    assert told.only["boxlite"]["affected"]
    return told


def test_a_box_that_was_repaired(version, jailed, dns):
    with ChainBox(version, RULES, jailed=jailed) as box:
        told = told_of(box)
        process = told.only["process"]
        assert told.verdict == (0, "covered")
        assert process["coverage"] == "repaired"
        assert process["jailed"] == jailed
        evidence = "\n".join(process["coverage_evidence"])
        assert "allowNet: zones repaired" in evidence
        assert ("ours before its own" in evidence) == (version == "0.10.0")
        assert ("attach" in evidence) == jailed


def test_a_box_that_was_not(version, jailed, dns):
    with ChainBox(version, RULES, jailed=jailed, repaired=False) as box:
        told = told_of(box)
        assert told.verdict == (1, "not-covered")
        assert told.only["process"]["coverage"] == "unrepaired"
        # A running box cannot be repaired any more.
        assert told.only["afterwards"].startswith("Then make the box anew")


def test_a_box_that_was_observed(version, dns):
    with ChainBox(version, RULES, jailed=True, settings={"BOXLITE_ALLOWNET": "observe"}) as box:
        told = told_of(box)
        assert told.verdict == (1, "not-covered")
        assert told.only["process"]["coverage"] == "observed"


def test_a_box_without_hosts_on_its_list(version, dns):
    with ChainBox(version, ["10.0.0.0/8"], jailed=True, repaired=False) as box:
        told = told_of(box)
        assert told.verdict == (0, "not-affected")
        assert told.only["process"]["coverage"] == "no-rules"


def test_a_silent_box_is_judged_by_its_start(published, dns):
    """0.9.7 has no control socket; without its log only the start is left."""
    published("0.9.7")
    quiet = {"RUST_LOG": "error"}
    with ChainBox("0.9.7", RULES, settings=quiet) as box:
        told = told_of(box, logged=None)
        assert told.verdict == (0, "covered")
        assert told.only["process"]["coverage"] == "launched"
    with ChainBox("0.9.7", RULES, settings=quiet, repaired=False) as box:
        told = told_of(box, logged=None)
        assert told.verdict == (1, "unclear")
        assert told.only["process"]["coverage"] == "unknown"


def test_a_log_is_no_proof_where_we_were_told_to_be_silent(published, dns):
    published("0.9.7")
    with ChainBox("0.9.7", RULES, settings={"BOXLITE_ALLOWNET_LOG": "error"}) as box:
        told = told_of(box)
        assert told.only["process"]["coverage"] == "launched"


# No exec function of libc's: no hook sees it. 59 is execve on x86-64.
PAST_THE_HOOKS = """
import ctypes, os, sys
words = [word.encode() for word in sys.argv[1:]]
child = os.fork()
if child == 0:
    argv = (ctypes.c_char_p * (len(words) + 1))(*words, None)
    env = [b"=".join(pair) for pair in os.environb.items()]
    envp = (ctypes.c_char_p * (len(env) + 1))(*env, None)
    ctypes.CDLL(None).syscall(59, words[0], argv, envp)
    os._exit(9)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) & 255)
"""


@pytest.mark.skipif(platform.machine() != "x86_64", reason="written for x86-64")
def test_a_start_that_no_hook_saw_is_not_taken_for_ours(published, dns, monkeypatch):
    """Its parent has our object, which alone would speak for it; its log speaks against it."""
    published("0.9.7")
    monkeypatch.setitem(PARENTS, "raw", ["/usr/bin/python3", "-c", PAST_THE_HOOKS])
    with ChainBox("0.9.7", RULES, parent="raw") as box:
        told = told_of(box)
        assert told.verdict == (1, "not-covered")
        assert told.only["process"]["coverage"] == "unrepaired"
        assert "has our object loaded" in "\n".join(told.only["process"]["coverage_evidence"])


def test_lines_of_an_earlier_start_do_not_count(published, dns):
    """The log of a box goes on when it is started again."""
    published("0.9.7")
    with ChainBox("0.9.7", RULES, repaired=False) as box:
        assert box.wait_started()
        box.wait_log(CREATED)
        (log,) = (box.box.directory / "logs").iterdir()
        now = log.read_bytes()
        repaired = b"T  INFO gvproxy: allowNet: zones repaired\n"
        earlier = b"T  INFO boxlite_shim: Box runner starting\n" + repaired
        with open(log, "r+b") as file:
            file.write(earlier + now)
        assert Told(shim_of(box)).only["process"]["coverage"] == "unrepaired"
        # The control: in the place of the last start it would count.
        with open(log, "r+b") as file:
            file.write(now.ljust(len(earlier + now)) + b"\n" + repaired)
        assert Told(shim_of(box)).only["process"]["coverage"] == "repaired"


def test_a_start_of_yesterday_is_in_yesterdays_log(published, dns):
    published("0.9.7")
    with ChainBox("0.9.7", RULES) as box:
        assert box.wait_started()
        box.wait_log(CREATED)
        (log,) = (box.box.directory / "logs").iterdir()
        log.with_name("boxlite-shim.log.2020-01-01").write_bytes(log.read_bytes())
        log.write_bytes(b"T  INFO gvproxy: something of today\n")
        assert Told(shim_of(box)).only["process"]["coverage"] == "repaired"


def test_the_jail_stands_for_the_shim_in_it(version, dns):
    """boxlite knows the number of the outer bwrap."""
    with ChainBox(version, RULES, jailed=True, parent="sh-exec") as box:
        assert box.wait_started()
        box.wait_log(CREATED)
        assert os.readlink(f"/proc/{box.process.pid}/exe").endswith("/bwrap")
        told = Told(box.process.pid)
        assert told.verdict == (0, "covered")
        assert told.only["process"]["pid"] == shim_of(box)
        assert told.only["process"]["bwrap"] == box.process.pid


def test_the_shim_of_an_overlay(version, jailed, dns, tmp_path):
    unpacked = unpack(version, tmp_path / "home")
    overlay(tmp_path / "overlay", "--shim", unpacked / "boxlite-shim", check=True)
    with OverlayBox(version, unpacked, RULES, tmp_path / "overlay", jailed=jailed) as box:
        assert box.wait_started(), box.lines
        box.wait_log(CREATED)
        (pid,) = [
            int(entry)
            for entry in os.listdir("/proc")
            if entry.isdigit() and overlay_shim(entry, tmp_path)
        ]
        told = Told(pid)
        assert told.verdict == (0, "covered")
        assert told.only["process"]["coverage"] == "repaired"
        assert "it is the shim of an overlay" in told.only["process"]["coverage_evidence"]


def overlay_shim(pid, directory):
    try:
        return os.readlink(f"/proc/{pid}/exe") == str(directory / "overlay/boxlite-shim.original")
    except OSError:
        return False


# ---- the process that uses the SDK ----


def test_an_application_without_the_repair(module, node):
    with NodeProcess(module("0.9.7")) as application:
        told = Told(application.pid)
        assert told.verdict == (1, "not-covered")
        finding = told.only
        assert (finding["process"]["role"], finding["way_in"]) == ("sdk", "carry")
        assert finding["boxlite"]["release"] == "0.9.7"
        assert finding["boxlite"]["file"] == str(module("0.9.7").resolve())
        assert finding["package"] == "npm 0.9.7"
        assert finding["process"]["object"] is None
        assert any(f"LD_PRELOAD={OBJECT}" in line for line in finding["do"])


@pytest.mark.parametrize("mode", ["on", "observe", "off"])
def test_an_application_with_it(module, node, mode):
    with NodeProcess(module("0.9.7"), LD_PRELOAD=OBJECT, BOXLITE_ALLOWNET=mode) as application:
        told = Told(application.pid)
        assert told.verdict == ((0, "covered") if mode == "on" else (1, "not-covered"))
        assert told.only["process"]["object"] == str(OBJECT)
        assert told.only["process"]["mode"] == mode


@pytest.mark.parametrize("repaired", [True, False])
def test_an_application_in_python(wheel, repaired):
    (library,) = (wheel / "boxlite").glob("boxlite.*.so")
    with PythonProcess(library, **({"LD_PRELOAD": OBJECT} if repaired else {})) as application:
        told = Told(application.pid)
        assert told.verdict == ((0, "covered") if repaired else (1, "not-covered"))
        assert told.only["package"] == "Python 0.9.7"
        assert told.only["way_in"] == "carry"


def test_an_application_started_by_run(module, node):
    with NodeProcess(module("0.10.0"), prefix=[COMMAND, "run", "--"]) as application:
        assert Told(application.pid).verdict == (0, "covered")


def test_a_preload_that_the_loader_did_not_take(module, node, tmp_path):
    """It was not there when the process started."""
    late = tmp_path / "libboxlite_allownet.so"
    with NodeProcess(module("0.9.7"), LD_PRELOAD=late) as application:
        missing = Told(application.pid)
        assert missing.verdict == (1, "not-covered")
        assert "is not there" in missing.only["reason"]
        copy_of(OBJECT, tmp_path)
        assert "did not take" in Told(application.pid).only["reason"]


def test_an_overlay_covers_an_application_of_its_release_alone(module, published, node, tmp_path):
    directory = tmp_path / "overlay"
    overlay(directory, "--shim", published("0.9.7"), check=True)
    with NodeProcess(module("0.9.7"), BOXLITE_RUNTIME_DIR=directory) as application:
        told = Told(application.pid)
        assert told.verdict == (0, "covered")
        assert told.only["way_in"] == "overlay"
        assert not told.only["overlay"]["stale"]
    with NodeProcess(module("0.10.0"), BOXLITE_RUNTIME_DIR=directory) as application:
        told = Told(application.pid)
        assert told.verdict == (1, "not-covered")
        assert "stale overlay" in told.only["reason"]
        assert told.only["do"][0].splitlines()[1:] == [f"{COMMAND} overlay {directory}"]


def test_another_shim_in_the_runtime_directory_comes_first(module, published, node):
    """boxlite prefers it to what the SDK carries: util/binary_finder.rs."""
    runtime = published("0.10.3").parent
    with NodeProcess(module("0.10.0"), BOXLITE_RUNTIME_DIR=runtime) as application:
        told = Told(application.pid)
        assert told.verdict == (0, "not-affected")
        assert told.only["boxlite"]["release"] == "0.10.3"


def test_a_library_is_judged_as_it_is_in_memory(module, published, node, tmp_path):
    library = copy_of(module("0.9.7"), tmp_path)
    with NodeProcess(library) as application:
        library.unlink()
        copy_of(published("0.10.3"), tmp_path).rename(library)
        told = Told(application.pid)
        assert told.verdict == (1, "not-covered")
        assert told.only["boxlite"]["release"] == "0.9.7"
        assert told.only["boxlite"]["file"] == str(library)


def test_a_bad_setting_refuses_creates_and_is_told(module, node):
    with NodeProcess(
        module("0.9.7"), LD_PRELOAD=OBJECT, BOXLITE_ALLOWNET_ATTEMPTS="0"
    ) as application:
        told = Told(application.pid)
        assert told.verdict == (1, "not-covered")
        assert "BOXLITE_ALLOWNET_ATTEMPTS" in told.only["reason"]


def test_resolver_variables_of_the_process_are_told(module, node):
    variables = {"RES_OPTIONS": "ndots:3", "GODEBUG": "netdns=cgo", "LOCALDOMAIN": "corp.test"}
    with NodeProcess(module("0.9.7"), **variables) as application:
        told = Told(application.pid)
        expected = [f"{name}={value}" for name, value in variables.items()]
        assert sorted(told.only["process"]["resolver_variables"]) == sorted(expected)
        dies_of = told.host["resolver"]["static_shim_dies_of"]
        assert sorted(dies_of) == sorted(f"environment: {variable}" for variable in expected)


def test_a_process_that_has_no_boxlite():
    with subprocess.Popen(["sleep", "60"]) as process:
        try:
            assert Told(process.pid).verdict == (4, "nothing-found")
        finally:
            process.kill()


def test_a_zombie_has_no_boxlite():
    with subprocess.Popen(["true"]) as process:
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert Told(process.pid).verdict == (4, "nothing-found")


def test_a_process_of_somebody_else(as_user):
    with subprocess.Popen(["sleep", "60"]) as process:
        try:
            told = run(*as_user[1:], COMMAND, "doctor", process.pid, command=as_user[0])
            assert told.returncode == 3
            assert f"no permission to look at process {process.pid}" in told.stderr
            assert f"as root, or as user {os.getuid()}" in told.stderr
        finally:
            process.kill()


def test_the_process_is_not_disturbed(module, node):
    with NodeProcess(module("0.9.7")) as application:
        os.kill(application.pid, signal.SIGSTOP)
        assert Told(application.pid).verdict == (1, "not-covered")
        with open(f"/proc/{application.pid}/status", encoding="utf-8") as status:
            lines = dict(line.split(":\t", 1) for line in status)
        assert lines["State"].startswith("T") and lines["TracerPid"].strip() == "0"


# Both the SDK's library and a box, as in an application.
SDK_AND_BOX = (
    "process.dlopen({exports: {}}, process.env.SDK_LIBRARY);"
    "require('child_process').spawn(process.argv[1], process.argv.slice(2),"
    " {stdio: ['inherit', 'inherit', 'inherit', 3]}).on('exit', code => process.exit(code))"
)


@pytest.mark.parametrize("repaired", [True, False])
def test_an_application_and_its_boxes(published, module, node, dns, monkeypatch, repaired):
    published("0.9.7")
    monkeypatch.setitem(PARENTS, "sdk", [node, "-e", SDK_AND_BOX])
    settings = {"SDK_LIBRARY": str(module("0.9.7"))}
    with ChainBox(
        "0.9.7", RULES, parent="sdk", jailed=True, repaired=repaired, settings=settings
    ) as box:
        assert box.wait_started(), box.lines
        box.wait_log(CREATED)
        told = Told(box.process.pid)
        assert told.verdict == ((0, "covered") if repaired else (1, "not-covered"))
        roles = [(item["process"]["role"], item["process"]["pid"]) for item in told.findings]
        assert roles == [("sdk", box.process.pid), ("shim", shim_of(box))]


# ---- nothing named ----


def alone(*words, **extra):
    """doctor without an argument, in a pid namespace where no process but the test's is seen."""
    script = 'mount -t proc proc /proc && exec "$@"'
    prefix = ["unshare", "--pid", "--fork", "--mount", "sh", "-c", script, "sh", *map(str, words)]
    return Told(prefix=prefix, **extra)


def test_what_is_found_without_an_argument(published, module, tmp_path):
    home = tmp_path / "home"
    copy_of(published("0.10.3"), home / ".local/share/boxlite/runtimes/v0.10.3")
    library = copy_of(module("0.9.7"), tmp_path / "python/lib/python3.12/site-packages/boxlite")
    library.rename(library.with_name("boxlite.abi3.so"))
    python = tmp_path / "python/bin/python3"
    python.parent.mkdir()
    python.write_text(f"#!/bin/sh\ntouch {tmp_path}/was-run\n")
    python.chmod(0o755)
    copy_of(published("0.2.11"), tmp_path / "libraries")
    copy_of(published("0.2.11").parent / "libgvproxy.so", tmp_path / "libraries")
    copy_of(module("0.10.0"), tmp_path / "node/@boxlite-ai/boxlite-linux-x64-gnu")
    copy_of(published("0.9.7"), tmp_path / "runtime")
    told = alone(
        HOME=home,
        PATH=f"{python.parent}:/usr/bin:/bin",
        LD_LIBRARY_PATH=tmp_path / "libraries",
        NODE_PATH=tmp_path / "node",
        BOXLITE_RUNTIME_DIR=tmp_path / "runtime",
    )
    assert told.verdict == (1, "not-covered")
    found = {
        finding["target"].removeprefix(f"{tmp_path}/"): finding["verdict"]
        for finding in told.findings
    }
    assert found == {
        "runtime/boxlite-shim": "not-covered",
        "home/.local/share/boxlite/runtimes/v0.10.3/boxlite-shim": "not-in-use",
        "libraries/boxlite-shim": "not-affected",
        "node/@boxlite-ai/boxlite-linux-x64-gnu/boxlite.linux-x64-gnu.node": "not-covered",
        "python/lib/python3.12/site-packages/boxlite/boxlite.abi3.so": "not-covered",
    }
    assert not (tmp_path / "was-run").exists()


def test_nothing_is_found(tmp_path):
    told = alone(HOME=tmp_path, PATH="/usr/bin:/bin")
    assert told.verdict == (4, "nothing-found")
    assert told.findings == []


def test_what_to_name_is_told_where_nothing_is_found(tmp_path):
    (finding,) = Told(tmp_path).findings
    assert "boxlite-allownet doctor PID" in "\n".join(finding["do"]).splitlines()
    assert "boxlite-allownet doctor DIRECTORY" in "\n".join(finding["do"]).splitlines()


QUICK = {"BOXLITE_ALLOWNET_ATTEMPTS": "1", "BOXLITE_ALLOWNET_TIMEOUT_MS": "200"}
# What the shims leave; the SDKs 0.10.0 to 0.10.2 do not hand it on.
LEFT = {"0.9.5": "shim.stderr", "0.9.7": "logs", "0.10.2": "exit"}


@pytest.fixture(scope="module")
def refused_boxes(tmp_path_factory):
    """{release: its directory, in which only one of the files is}; no nameserver is there."""
    boxes = tmp_path_factory.mktemp("refused") / "boxes"
    for version, file in LEFT.items():
        with dead_box(version, settings=QUICK) as box:
            assert not box.wait_started()
            (boxes / version).mkdir(parents=True)
            if file == "shim.stderr":
                (boxes / version / file).write_text("\n".join(box.lines))
            elif file == "logs":
                shutil.copytree(box.box.directory / file, boxes / version / file)
            else:
                shutil.copy(box.box.directory / file, boxes / version)
    return boxes


def test_the_last_refused_boxes_are_told_with_their_texts(published, refused_boxes, tmp_path):
    home = tmp_path / "home"
    shutil.copytree(refused_boxes, home / ".boxlite/boxes")
    well = home / ".boxlite/boxes/well"
    well.mkdir()
    (well / "exit").write_text('{"message": "the guest ended"}')
    log = home / ".boxlite/boxes/later/logs"
    shutil.copytree(refused_boxes / "0.9.7/logs", log)
    with open(next(log.iterdir()), "a", encoding="utf-8") as file:
        file.write("2020-01-01T00:00:00.0Z  INFO boxlite_shim: Box runner starting\n")
    told = Told(published("0.9.7"), HOME=home)
    lines = [line for line in told.host["refused"] if "/" not in line.split(",")[0]]
    assert sorted(line.split(",")[0] for line in lines) == sorted(LEFT)
    for line in lines:
        assert re.search(r', \d{4}-\d\d-\d\dT[\d:]{8}Z: allowNet: resolve "dead.test": ', line)
    shown = run("doctor", published("0.9.7"), HOME=home).stdout
    assert "0.10.2, " in shown and 'allowNet: resolve "dead.test": ' in shown


def test_the_refused_boxes_of_other_users(published, refused_boxes, as_user, tmp_path):
    """Where they may be read."""
    script = 'mount -t tmpfs none /home; mkdir -p /home/app/.boxlite; cp -r "$0" /home/app/.boxlite;'
    inside = ["unshare", "--mount", "sh", "-e", "-c", script + '"$@"', refused_boxes]
    (line, *_) = Told(published("0.9.7"), prefix=inside, HOME=tmp_path).host["refused"]
    assert line.startswith("/home/app/.boxlite/boxes/")
    inside[-2] = script + 'chmod 700 /home/app; "$@"'
    told = Told(published("0.9.7"), prefix=[*inside, *as_user], HOME=tmp_path)
    assert not [line for line in told.host["refused"] if line.startswith("/home/")]


def test_opt_is_looked_into(module, tmp_path):
    copy_of(module("0.9.7"), tmp_path / "opt/shop/venv/lib/python3.12/site-packages/boxlite")
    bound = ["unshare", "--mount", "sh", "-e", "-c", 'mount --bind "$0" /opt; exec "$@"']
    told = alone(*bound, tmp_path / "opt", HOME=tmp_path, PATH="/usr/bin:/bin")
    assert told.verdict == (1, "not-covered")
    assert told.only["target"].startswith("/opt/shop/venv/")


def test_a_start_under_way(published):
    """It waits for its configuration; it is no shim yet."""
    command = [COMMAND, "run", "--", published("0.9.7")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        told = Told(process.pid)
        assert told.verdict == (0, "covered")
        assert told.only["process"]["role"] == "start"
        assert "being started with the repair" in told.only["reason"]
        process.kill()


@pytest.mark.parametrize("command", ["doctor", "run"])
def test_a_misspelt_setting_and_a_bad_value_are_told(command, published):
    bad = {"BOXLITE_ALLOWNET_ATEMPTS": "3", "BOXLITE_ALLOWNET": "of"}
    words = [published("0.9.7")] if command == "doctor" else ["--", "true"]
    told = run(command, *words, **bad)
    shown = told.stdout + told.stderr
    assert "there is no setting BOXLITE_ALLOWNET_ATEMPTS" in shown
    assert 'BOXLITE_ALLOWNET="of" is not one of on, observe, off' in shown


def test_a_misspelt_setting_of_an_application(module, node):
    with NodeProcess(module("0.9.7"), BOXLITE_ALLOWNET_ATEMPTS="3") as application:
        told = Told(application.pid)
    doubt = told.only["process"]["settings_doubt"]
    assert doubt.startswith("there is no setting BOXLITE_ALLOWNET_ATEMPTS")


def test_what_a_wrapper_has_started_is_looked_at(module, node):
    """npm, a shell, a supervisor: the number that one has is often theirs."""
    with NodeProcess(module("0.9.7"), prefix=["sh", "-c", '"$@"; exit 0', "sh"]) as wrapper:
        told = Told(wrapper.pid)
        assert told.verdict == (1, "not-covered")
        assert told.only["process"]["role"] == "sdk"
        assert told.only["process"]["pid"] != wrapper.pid
        os.kill(told.only["process"]["pid"], signal.SIGKILL)


def test_what_an_sdk_has_left_behind_is_a_note(module, published, tmp_path):
    """boxlite removes it a week later; until then it says nothing about what runs."""
    runtimes = tmp_path / ".local/share/boxlite/runtimes"
    copy_of(published("0.9.7"), runtimes / "v0.9.7")
    # The control: nothing else is there, so that it is all that is known.
    assert alone(HOME=tmp_path, PATH="/usr/bin:/bin").verdict == (1, "not-covered")
    packages = tmp_path / ".local/lib/python3.12/site-packages/boxlite"
    sdk = copy_of(module("0.10.0"), packages)
    sdk.rename(packages / "boxlite.abi3.so")
    told = alone(HOME=tmp_path, PATH="/usr/bin:/bin", LD_PRELOAD=OBJECT)
    verdicts = {finding["boxlite"]["release"]: finding["verdict"] for finding in told.findings}
    assert verdicts == {"0.9.7": "not-in-use", "0.10.0": "covered"}
    assert told.verdict == (0, "covered")
    # In use again.
    (packages / "boxlite.abi3.so").unlink()
    copy_of(module("0.9.7"), packages).rename(packages / "boxlite.abi3.so")
    told = alone(HOME=tmp_path, PATH="/usr/bin:/bin")
    assert [finding["verdict"] for finding in told.findings] == ["not-covered"] * 2


def test_the_shim_of_somebody_else(published, dns, as_user):
    published("0.9.7")
    with ChainBox("0.9.7", RULES, repaired=False) as box:
        assert box.wait_started()
        box.wait_log(CREATED)
        pid = shim_of(box)
        told = run(*as_user[1:], COMMAND, "doctor", pid, command=as_user[0])
        assert told.returncode == 3
        assert f"no permission to look at process {pid}" in told.stderr
        assert f"as root, or as user {os.getuid()}" in told.stderr
        # Root is shown it, whoever has started it.
        assert Told(pid).only["verdict"] == "not-covered"


def test_running_processes_are_found(published, dns):
    """One line for each, and the worst of them decides."""
    published("0.9.7")
    with (
        ChainBox("0.9.7", RULES, jailed=True) as good,
        ChainBox("0.9.7", RULES, jailed=True, repaired=False) as bad,
    ):
        for box in (good, bad):
            assert box.wait_started()
            box.wait_log(CREATED)
        told = Told(HOME="/nowhere", PATH="/usr/bin:/bin")
        # Processes of other tests are found as well, and can only make it worse.
        assert told.status in (1, 2)
        verdicts = {
            finding["process"]["pid"]: finding["verdict"]
            for finding in told.findings
            if finding["process"] is not None
        }
        assert verdicts[shim_of(good)] == "covered"
        assert verdicts[shim_of(bad)] == "not-covered"


def test_an_overlay_is_stale_when_boxlite_has_moved_on(published, tmp_path):
    directory = tmp_path / "overlay"
    overlay(directory, "--shim", published("0.9.7"), check=True)
    home = tmp_path / "home"
    alone_told = Told(directory, HOME=tmp_path, PATH="/usr/bin:/bin")
    assert alone_told.verdict == (0, "covered")
    copy_of(published("0.9.7"), home / ".local/share/boxlite/runtimes/v0.9.7")
    assert Told(directory, HOME=home, PATH="/usr/bin:/bin").verdict == (0, "covered")
    (home / ".local/share/boxlite/runtimes/v0.9.7/boxlite-shim").unlink()
    copy_of(published("0.10.0"), home / ".local/share/boxlite/runtimes/v0.10.0")
    stale = Told(directory, HOME=home, PATH="/usr/bin:/bin")
    assert stale.verdict == (1, "not-covered")
    assert stale.only["kind"] == "overlay"
    assert stale.only["reason"] == "stale overlay: no boxlite of that release is here"
    assert "boxlite 0.10.0 is in" in stale.only["overlay"]["compared_with"][0]


def test_a_damaged_overlay(published, tmp_path):
    directory = tmp_path / "overlay"
    overlay(directory, "--shim", published("0.9.7"), check=True)
    directory.rename(tmp_path / "moved")
    told = Told(tmp_path / "moved")
    assert told.verdict == (1, "not-covered")
    assert told.only["overlay"]["damaged"]
