"""Where attach cannot go: the start ends with a text that names the border and the remedy, or is
let through unrepaired where the operator asked for that. The parent's pipe never breaks."""

import json
import subprocess

import pytest

from bridgehost import TESTS
from publishedshims import published
from shimbox import COMMAND, MARKER, ShimBox, make_spec, shim_path, without_lookups

RULES = ["h.example"]
HOSTS = {"h.example": ["192.0.2.7"]}
OURS = 125
BORDER = TESTS / "border"
WAY_OUT = "or set BOXLITE_ALLOWNET=off to start the box unrepaired"


@pytest.fixture
def large_spec(version, tmp_path):
    """Beyond what any pipe holds."""
    directory = tmp_path / "b0"
    directory.mkdir()
    spec = make_spec(version, directory, RULES, {"ca_cert_pem": "x" * (2 << 20)})
    return json.dumps(spec).encode()


def stripped(path, copy):
    subprocess.run(["strip", "-o", copy, path], check=True)
    return copy


def script(path, copy):
    copy.write_text(f"#!/bin/sh\nexec {path}\n")
    copy.chmod(0o755)
    return copy


def other_program(path, copy):
    source = copy.with_suffix(".c")
    source.write_text(f'const char marker[] = "{MARKER}"; int main(void) {{ return 0; }}\n')
    subprocess.run(["cc", "-static", "-o", copy, source], check=True)
    return copy


SHIMS = {
    "stripped": (stripped, "has no symbol table"),
    "script": (script, "is no ELF executable for this processor"),
    "other": (other_program, "does not define gvproxy_create"),
    "lookups": (without_lookups, "asks for its hosts in a way that is not known here"),
    "missing": (lambda path, copy: copy, "No such file or directory"),
    "dynamic": (lambda path, copy: "/bin/true", "is dynamically linked"),
}


@pytest.mark.parametrize("kind", SHIMS)
def test_a_shim_that_cannot_be_repaired_is_named(version, tmp_path, start, large_spec, kind):
    make, part = SHIMS[kind]
    shim = make(shim_path(version), tmp_path / "boxlite-shim")
    with start(RULES, HOSTS, shim=shim, spec=large_spec) as box:
        assert box.wait_ended() == OURS
        first = box.stderr()[0]
        assert str(shim) in first and part in first and first.endswith(WAY_OUT)
        assert len(box.stderr()) == 1


@pytest.mark.parametrize("kind", ["stripped", "lookups"])
def test_while_observing_it_is_started_all_the_same(version, tmp_path, etc, start, kind):
    """Observing changes nothing, and least of all whether a box starts."""
    etc("hosts", "127.0.0.1 localhost\n192.0.2.9 h.example\n")
    shim = SHIMS[kind][0](shim_path(version), tmp_path / "boxlite-shim")
    settings = ["BOXLITE_ALLOWNET=observe"]
    with start(RULES, HOSTS, shim=shim, settings=settings) as box:
        assert box.wait_started(), box.stderr()
        assert box.ask(["h.example"]) == {"h.example": "A 192.0.2.9"}
        if kind == "stripped":
            assert "WARN" in box.stderr()[0] and SHIMS[kind][1] in box.stderr()[0]
            assert "BOXLITE_ALLOWNET=observe: started unrepaired" in box.stderr()[0]
        else:
            # The lookups are not touched then: that they are unknown is no border.
            box.wait_log("allowNet: zones would be repaired")
            assert not [line for line in box.stderr() if "allowNet" in line]


def test_unknown_lookups_may_be_left_to_the_bridge(version, tmp_path, etc, start):
    """As launch does where it has seen to it that they are answered from a file."""
    etc("hosts", "127.0.0.1 localhost\n192.0.2.7 h.example\n192.0.2.8 x.example\n")
    shim = without_lookups(shim_path(version), tmp_path / "boxlite-shim")
    hosts = {**HOSTS, "x.example": ["192.0.2.8"]}
    with start(["h.example", "x.example"], hosts, shim=shim, options=["--own-lookups"]) as box:
        assert box.wait_started(), box.stderr()
        assert box.ask(["h.example", "x.example"]) == {
            "h.example": "A 192.0.2.7",
            "x.example": "A 192.0.2.8",
        }
        assert box.status()["TracerPid"] == "0"


CAP_ADD = "start the container with --cap-add SYS_PTRACE, or allow {0} in its seccomp profile"
PTRACE = {
    "errno": "a seccomp filter denies ptrace (Operation not permitted): " + CAP_ADD.format("ptrace"),
    "kill": "a seccomp filter kills any process that calls ptrace: " + CAP_ADD.format("ptrace"),
    "memory-kill": "a seccomp filter kills any process that calls process_vm_writev: "
    + CAP_ADD.format("process_vm_writev"),
    "traced": "traces it already: end that strace or debugger",
}


@pytest.mark.parametrize("how", PTRACE)
def test_ptrace_that_is_not_permitted_is_told_apart(start, large_spec, how):
    with start(RULES, HOSTS, prefix=[BORDER, how], spec=large_spec) as box:
        assert box.wait_ended() == OURS
        assert PTRACE[how] in box.stderr()[0]
        assert box.stderr()[0].endswith(WAY_OUT)
        assert len(box.stderr()) == 1
        assert not (box.directory / "net.sock").exists()


@pytest.mark.parametrize("setting", ["BOXLITE_ALLOWNET_STATIC=warn", "BOXLITE_ALLOWNET=observe"])
@pytest.mark.parametrize("how", PTRACE)
def test_the_operator_may_have_it_started_unrepaired(etc, start, how, setting):
    etc("hosts", "127.0.0.1 localhost\n192.0.2.9 h.example\n")
    with start(RULES, HOSTS, prefix=[BORDER, how], settings=[setting]) as box:
        assert box.wait_started(), box.stderr()
        assert "WARN" in box.stderr()[0] and PTRACE[how] in box.stderr()[0]
        assert f"{setting}: started unrepaired" in box.stderr()[0]
        assert box.ask(["h.example"]) == {"h.example": "A 192.0.2.9"}


def surroundings(yama=None, profile=None, capable=True):
    """Command line that goes on where /proc shows these; neither denies anything."""
    script = []
    if yama is not None:
        script += ["mount -t tmpfs none /proc/sys/kernel", "mkdir /proc/sys/kernel/yama"]
        script += [f"echo {yama} > /proc/sys/kernel/yama/ptrace_scope"]
    if profile is not None:
        # The pid stays the same through all that is executed.
        script += ["mount -t tmpfs none /mnt", f"echo '{profile}' > /mnt/profile"]
        script += ["mount --bind /mnt/profile /proc/$$/attr/current"]
    line = ["unshare", "--mount", "sh", "-e", "-c", "\n".join([*script, 'exec "$@"']), "sh"]
    drop = ["setpriv", "--bounding-set", "-sys_ptrace", "--inh-caps", "-sys_ptrace"]
    return line if capable else [*line, *drop]


SECCOMP = PTRACE["errno"] + " or its unit's SystemCallFilter"
YAMA_2 = (
    "kernel.yama.ptrace_scope is 2: for root --cap-add SYS_PTRACE will do, else set it to 1 on the host"
)
YAMA_3 = (
    "kernel.yama.ptrace_scope is 3: boot the host with it at 1, for it cannot be lowered before"
)
APPARMOR = (
    'the AppArmor profile docker-default denies ptrace: add the rule "ptrace peer=docker-default," to '
    "it, or start the container with --security-opt apparmor=unconfined"
)
SELINUX = (
    "SELinux denies ptrace to u:r:t:s0: setsebool deny_ptrace off, or allow it in the policy"
)
MODULE = (
    "a security module of the kernel denies ptrace: allow this user ptrace of its own processes there"
)
OTHER = "ptrace: Operation not permitted: allow this user ptrace of its own processes"
DOCKER = {"profile": "docker-default (enforce)"}

BARRIERS = {
    "seccomp in an AppArmor profile that allows it": ("errno", DOCKER, [SECCOMP]),
    "seccomp, and Yama that does not mind": ("errno", {"yama": 1}, [SECCOMP]),
    "seccomp and Yama": ("errno", {"yama": 3}, [SECCOMP, YAMA_3]),
    "seccomp and Yama, without the capability": (
        "errno",
        {"yama": 2, "capable": False},
        [SECCOMP, YAMA_2],
    ),
    "seccomp and Yama, with the capability": ("errno", {"yama": 2}, [SECCOMP]),
    "Yama, in an AppArmor profile": ("yama", {"yama": 3, **DOCKER}, [YAMA_3]),
    "AppArmor, below a filter that allows it": ("module", DOCKER, [APPARMOR]),
    "AppArmor and Yama": ("module", {"yama": 3, **DOCKER}, [YAMA_3, APPARMOR]),
    "SELinux": ("module", {"profile": "u:r:t:s0"}, [SELINUX]),
    "a module that does not show": ("module", {"profile": "unconfined"}, [MODULE]),
    "nothing that shows": ("yama", {"yama": 1}, [OTHER]),
}


@pytest.mark.parametrize("case", BARRIERS)
def test_every_barrier_is_named_and_no_other(version, start, case):
    """Under a filter as well, which "module" and "yama" are: it does not deny the call as such."""
    how, place, barriers = BARRIERS[case]
    with start(RULES, HOSTS, prefix=[*surroundings(**place), BORDER, how]) as box:
        assert box.wait_ended() == OURS
        text = "; ".join([*barriers, WAY_OUT])
        assert box.stderr() == [
            f"boxlite-allownet: ERROR allowNet: boxlite-shim cannot be attached to: {text}"
        ]


def test_a_command_that_the_user_may_not_read_is_named(tmp_path, start, as_user):
    """The kernel lets nobody look into it then; fs.suid_dumpable decides, so here it does so itself."""
    source = tmp_path / "closed.c"
    source.write_text(
        "#include <sys/prctl.h>\n"
        "__attribute__((constructor)) static void close_it(void) { prctl(PR_SET_DUMPABLE, 0); }\n"
    )
    closed = tmp_path / "closed.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-o", closed, source], check=True)
    prefix = [*as_user, "env", f"LD_PRELOAD={closed}"]
    with start(RULES, HOSTS, prefix=prefix) as box:
        assert box.wait_ended() == OURS
        text = "this user cannot read the file of boxlite-allownet: make it readable"
        assert box.stderr()[0].endswith(f"cannot be attached to: {text}; {WAY_OUT}")


def test_ptrace_alone_will_do(start):
    """Memory is then read and written a word at a time."""
    with start(RULES, HOSTS, prefix=[BORDER, "memory"]) as box:
        assert box.wait_started(), box.stderr()
        assert box.ask(["h.example"]) == {"h.example": "A 192.0.2.7"}


def test_a_shim_that_cannot_be_executed_is_told_by_the_kernels_word(
    version, tmp_path, start, large_spec
):
    copy = tmp_path / "boxlite-shim"
    copy.write_bytes(shim_path(version).read_bytes())
    copy.chmod(0o644)
    with start(RULES, HOSTS, shim=copy, spec=large_spec) as box:
        assert box.wait_ended() == 126
        assert box.stderr() == [f"boxlite-allownet: cannot run {copy}: Permission denied"]


def test_an_unaffected_shim_is_not_traced(dns, tmp_path):
    """Launch does not see each shim's file. To trace this one would be the end of the start."""
    shim = published("0.10.3")
    prefix = [BORDER, "kill"]
    with ShimBox("0.10.0", tmp_path / "b0", RULES, {}, shim=shim, prefix=prefix) as box:
        assert box.wait_started(), box.stderr()
        assert [line for line in box.stderr() if "allowNet" in line] == [
            f"boxlite-allownet: DEBUG allowNet: {shim} does not filter DNS any more; the repair "
            "does nothing and can be removed"
        ]
        assert "zones" not in box.log()
    assert dns.queries() == []


@pytest.mark.parametrize(
    "arguments", [[], ["--handover"], ["--handover", "x", "--", "y"], ["--handover", "4", "--"]]
)
def test_attach_without_what_it_needs_says_so(arguments):
    run = subprocess.run(
        [COMMAND, "attach", *arguments], capture_output=True, text=True, stdin=subprocess.DEVNULL
    )
    assert run.returncode == OURS
    assert run.stderr.startswith("boxlite-allownet: attach is for launch to call")


def test_a_descriptor_that_is_no_handover_is_named():
    with open("/etc/hosts", "rb") as file:
        run = subprocess.run(
            [COMMAND, "attach", "--handover", str(file.fileno()), "--", "/bin/true"],
            pass_fds=[file.fileno()],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
    assert run.returncode == OURS
    assert "cannot read descriptor" in run.stderr


def test_no_process_left_for_the_helper_is_told_as_such(start, large_spec, as_user):
    """An ordinary user at his limit; pids.max of a cgroup ends the same way."""
    prefix = [*as_user, "prlimit", "--nproc=1:1"]
    with start(RULES, HOSTS, prefix=prefix, spec=large_spec) as box:
        assert box.wait_ended() == OURS
        assert "clone: Resource temporarily unavailable; raise the limits" in box.stderr()[0]
