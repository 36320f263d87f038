"""The machine: jailer, ptrace, resolver, service, process 1; faked in mount namespaces."""

import shutil
import subprocess

import pytest

from clibox import checked_json, environment
from doctorbox import BUILD, COMMAND, NODE, NodeProcess, Told, module_of
from etcfiles import write_etc

BORDER = BUILD / "tests" / "border"


@pytest.fixture
def shim(published):
    return published("0.9.7")


@pytest.fixture(scope="module")
def application():
    """A process with the SDK in it, for all tests of this file."""
    if not module_of("0.9.7").exists() or shutil.which(NODE) is None:
        pytest.skip("no node, or no published SDK: scripts/fetch-sdk")
    with NodeProcess(module_of("0.9.7")) as process:
        yield process


def in_mounts(script):
    """Command line that goes on in a mount namespace of its own, after `script`."""
    return ["unshare", "--mount", "sh", "-e", "-c", f'{script}\nexec "$@"', "sh"]


def with_yama(scope):
    """As in_mounts, where Yama seems to be in force; it denies nothing."""
    return in_mounts(
        "mount -t tmpfs none /proc/sys/kernel && mkdir /proc/sys/kernel/yama &&"
        f" echo {scope} > /proc/sys/kernel/yama/ptrace_scope"
    )


# ---- bubblewrap ----


def fake_bwrap(directory, script, mode=0o755):
    directory.mkdir()
    (directory / "bwrap").write_text(f"#!/bin/sh\n{script}\n")
    (directory / "bwrap").chmod(mode)
    return {"PATH": f"{directory}:/usr/bin:/bin"}


def test_bwrap_on_the_path(shim, tmp_path):
    path = fake_bwrap(tmp_path / "bin", 'echo "bubblewrap 9.8.7"', mode=0o4755)
    assert Told(shim, **path).host["bwrap"] == {
        "path": str(tmp_path / "bin/bwrap"),
        "version": "9.8.7",
        "setuid": True,
    }


def test_a_bwrap_that_hangs_is_not_waited_for(shim, tmp_path):
    path = fake_bwrap(tmp_path / "bin", "exec sleep 600")
    assert Told(shim, **path).host["bwrap"]["version"] is None


def test_no_bwrap(shim, tmp_path):
    (tmp_path / "bin").mkdir()
    assert Told(shim, PATH=tmp_path / "bin").host["bwrap"] is None


# ---- ptrace ----


def test_ptrace_is_tried(shim):
    assert Told(shim).host["ptrace"]["permitted"]


def test_ptrace_alone_will_do(shim):
    assert Told(shim, prefix=[BORDER, "memory"]).host["ptrace"]["permitted"]


@pytest.mark.parametrize("how", ["errno", "kill", "memory-kill"])
def test_a_seccomp_filter_that_denies_ptrace(shim, published, how):
    told = Told(shim, prefix=[BORDER, how])
    assert told.verdict == (2, "cannot-be-covered")
    assert told.only["way_in"] == "none"
    assert "seccomp" in told.only["reason"]
    assert "Allow ptrace, process_vm_readv and process_vm_writev" in told.only["do"][0]
    # It matters to those alone that need attach.
    assert Told(published("0.10.3"), prefix=[BORDER, how]).verdict == (0, "not-affected")


def test_a_security_module_that_denies_ptrace(shim):
    """As AppArmor does under a profile without a ptrace rule: to the call as such it says nothing."""
    told = Told(shim, prefix=[BORDER, "module"])
    assert told.verdict == (2, "cannot-be-covered")
    assert told.only["reason"].startswith("ptrace is denied: Permission denied")
    assert "AppArmor" in told.only["do"][0]


def test_a_doctor_that_is_traced_itself_is_no_obstacle(shim):
    assert Told(shim, prefix=["strace", "-o", "/dev/null"]).host["ptrace"]["permitted"]


@pytest.mark.parametrize("scope, remedy", [(2, "Let a process trace its own parent; as root:\nsysctl kernel.yama"), (3, "Boot with")])
def test_yama_is_named_where_ptrace_is_denied(shim, scope, remedy):
    fake = with_yama(scope)
    told = Told(shim, prefix=[*fake, BORDER, "errno"])
    assert told.verdict == (2, "cannot-be-covered")
    assert told.only["reason"] == f"kernel.yama.ptrace_scope is {scope}"
    assert told.only["do"][0].startswith(remedy)
    # What was tried counts, not the number.
    tried = Told(shim, prefix=fake)
    assert tried.host["ptrace"] == {
        "permitted": True,
        "error": None,
        "signal": None,
        "yama_scope": scope,
        "seccomp": 0,
    }


def test_yama_asks_the_process_for_a_capability(application):
    """What we were let says nothing: we have it."""
    fake = with_yama(2)
    assert Told(application.pid, prefix=fake).verdict == (1, "not-covered")
    without = ["setpriv", "--bounding-set", "-sys_ptrace", "--inh-caps", "-sys_ptrace"]
    with NodeProcess(module_of("0.9.7"), prefix=without) as process:
        assert not Told(process.pid).only["process"]["cap_sys_ptrace"]
        assert Told(process.pid, prefix=fake).verdict == (2, "cannot-be-covered")


# ---- resolver ----


def test_the_inputs_of_the_resolver(shim):
    write_etc(
        "resolv.conf",
        "# nameserver 192.0.2.9\nnameserver 192.0.2.1\nnameserver 192.0.2.2\n"
        "search one.test two.test\noptions ndots:2 no-aaaa\n",
    )
    modules = "files sss resolve [!UNAVAIL=return] dns"
    write_etc("nsswitch.conf", f"passwd: files sss\nhosts: {modules}\n")
    write_etc("hosts", "127.0.0.1 localhost\n192.0.2.7 git.test git # mine\n")
    resolver = Told(shim, RES_OPTIONS="ndots:4").host["resolver"]
    assert resolver["nameservers"] == ["192.0.2.1", "192.0.2.2"]
    assert resolver["search"] == ["one.test", "two.test"]
    assert resolver["options"] == ["ndots:2", "no-aaaa"]
    assert resolver["nsswitch_hosts"] == modules.split()
    assert resolver["hosts"] == ["192.0.2.7 git.test", "192.0.2.7 git"]
    assert resolver["variables"] == ["RES_OPTIONS=ndots:4"]
    assert resolver["static_shim_dies_of"] == [
        "nsswitch.conf: hosts: sss",
        "nsswitch.conf: hosts: resolve",
        "resolv.conf: options no-aaaa",
        "environment: RES_OPTIONS=ndots:4",
    ]


@pytest.mark.parametrize(
    "hosts, dies_of",
    [
        ("files dns", []),
        ("files mdns4_minimal [NOTFOUND=return] dns myhostname", []),
        ("files libvirt mymachines dns", ["hosts: libvirt", "hosts: mymachines"]),
        ("files [NOTFOUND=continue] dns [NOTFOUND=return]", []),
        ("files [!NOTFOUND=continue] dns", ["hosts: files [!NOTFOUND=continue] (likely; not tried)"]),
        ("files [ NOTFOUND = continue ] dns", ["a line that Go cannot read (likely; not tried)"]),
        ("files ldap dns", ["hosts: ldap (likely; not tried)"]),
    ],
)
def test_modules_that_send_a_static_shim_into_libc(shim, hosts, dies_of):
    write_etc("nsswitch.conf", f"hosts: {hosts}\n")
    told = Told(shim).host["resolver"]["static_shim_dies_of"]
    assert told == [f"nsswitch.conf: {what}" for what in dies_of]


def test_words_of_resolv_conf_that_send_a_static_shim_into_libc(shim):
    write_etc("resolv.conf", "  nameserver 192.0.2.1\nsortlist 192.0.2.0\noptions use-vc inet6\n")
    resolver = Told(shim).host["resolver"]
    assert resolver["nameservers"] == ["192.0.2.1"]
    assert resolver["options"] == ["use-vc", "inet6"]
    assert resolver["static_shim_dies_of"] == ["resolv.conf: sortlist", "resolv.conf: options inet6"]


def test_there_is_no_resolv_conf(shim):
    hidden = in_mounts("umount /etc/resolv.conf 2>/dev/null || true; mount -t tmpfs none /etc")
    told = Told(shim, prefix=hidden)
    assert not told.host["resolver"]["resolv_conf"]


# ---- the service; test_units.py has what systemd tells ----


def test_a_service_that_nobody_can_be_asked_about(application):
    """As in a container: the name is seen, the manager is not."""
    script = (
        f"mount -t tmpfs none /run; echo 0::/system.slice/my-app.service > /run/cgroup;"
        f" mount --bind /run/cgroup /proc/{application.pid}/cgroup"
    )
    told = Told(application.pid, prefix=in_mounts(script))
    unit = told.only["process"]["unit"]
    assert (unit["name"], unit["asked"], unit["file"]) == ("my-app.service", False, None)
    assert told.verdict == (1, "not-covered")
    assert told.only["do"][0].endswith("\nsystemctl restart my-app.service")


# ---- process 1 ----

INIT = """
import os, signal, subprocess, sys
if {ignores}:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
subprocess.run(["mount", "-t", "proc", "proc", "/proc"])
if {leaves}:
    read, write = os.pipe()
    if os.fork() == 0:
        if os.fork() == 0:
            os.write(write, b"x")
            os._exit(0)
        os._exit(0)
    if not {ignores}:
        os.waitpid(-1, 0)
    os.read(read, 1)
    while not {ignores}:
        states = [open("/proc/%s/stat" % p).read() for p in os.listdir("/proc") if p.isdigit()]
        if any(") Z 1 " in state for state in states):
            break
os.write(1, subprocess.run(sys.argv[1:], stdout=subprocess.PIPE).stdout)
"""


@pytest.mark.parametrize(
    "ignores, leaves, reaps",
    [(False, True, "no"), (False, False, "unknown"), (True, True, "yes")],
    ids=["leaves-zombies", "plain", "ignores-sigchld"],
)
def test_process_1(ignores, leaves, reaps):
    script = INIT.format(ignores=ignores, leaves=leaves)
    run = subprocess.run(
        ["unshare", "--pid", "--fork", "--mount", "/usr/bin/python3", "-c", script]
        + [COMMAND, "doctor", "--json", "/bin/true"],
        env=environment(),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=300,
    )
    init = checked_json(run.stdout, "doctor")["host"]["init"]
    assert init["name"] == "python3"
    assert init["reaps"] == reaps
    assert init["zombies"] == (1 if reaps == "no" else 0)


def test_a_process_below_a_filter_is_told(module, node):
    """Its filter is there, what it lets through is not to be seen."""
    with NodeProcess(module("0.9.7"), prefix=[BORDER, "errno"]) as process:
        told = Told(process.pid)
        assert told.only["process"]["seccomp"] == 2
        assert told.only["process"]["no_new_privileges"]
        assert told.verdict == (1, "not-covered")
