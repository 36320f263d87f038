"""A process that is confined, unprivileged or shared with other preloads: the same repair, or a text."""

import json
import multiprocessing
import os
import re
import shutil
import socket
import subprocess
from pathlib import Path

import pytest

from bridgehost import COMMAND, RESOLVER_VARIABLES
from conftest import CONTAINER, DENY_SOCKETS, PRELOAD, QUICK, SCHEDULE_MS, TESTS, USER, ChainBox
from publishedshims import shim_path

SCRIPT = """
flaky.example servfail ; answer 192.0.2.1
*.com answer 192.0.2.2
a.com answer 192.0.2.3
b.a.com answer 192.0.2.4
six.example aaaa-only 2001:db8::1
default answer 192.0.2.9
"""
RULES = ["flaky.example", "a.com", "b.a.com", "*.wild.example"]
NAMES = ["flaky.example.", "a.com.", "b.a.com.", "x.wild.example.", "elsewhere.net."]
REPAIRED = dict(
    zip(NAMES, ["A 192.0.2.1", "A 192.0.2.3", "A 192.0.2.4", "A 192.0.2.9", "A 0.0.0.0"])
)
REFUSED = 'allowNet: resolve "six.example": only IPv6 addresses; the guest network is IPv4'


def works(one):
    """The whole repair: retry, order, wildcard, refusal."""
    assert one.answers(RULES, NAMES) == REPAIRED
    assert one.create(["six.example"]).text == REFUSED


# ---- confinement ------------------------------------------------------------------------------


@pytest.mark.parametrize("how", [[], ["--no-ptrace"]], ids=["ptrace", "no-ptrace"])
def test_preload_in_a_container(dns, box, how):
    dns.set_script(SCRIPT)
    one = box(prefix=[CONTAINER, *how])
    assert "Seccomp:\t2" in Path(f"/proc/{one.host.pid}/status").read_text()
    works(one)


@pytest.mark.parametrize("how", [[], ["--no-memory"]], ids=["ptrace", "no-memory"])
def test_a_shim_in_a_container_is_repaired(dns, chain, how):
    dns.set_script(SCRIPT)
    assert chain(RULES, CONTAINER, *how).answers(NAMES) == REPAIRED


def test_a_large_configuration_in_a_container_is_repaired(dns, chain):
    """A quarter of a mebibyte, by ptrace alone: a word at a time."""
    dns.set_script(SCRIPT)
    assert chain(RULES, CONTAINER, "--no-memory", pad=1 << 18).answers(NAMES) == REPAIRED


def test_the_self_test_passes_in_a_container_without_process_vm(dns):
    result = run([CONTAINER, "--no-memory", COMMAND, "selftest"])
    assert result.returncode == 0, result.stdout + result.stderr


def test_a_shim_in_a_container_without_ptrace_is_refused_with_a_text(dns, chain):
    dns.set_script(SCRIPT)
    one = chain(RULES, CONTAINER, "--no-ptrace")
    assert one.wait_ended() == 125
    assert "a seccomp filter denies ptrace (Operation not permitted): start the container" in one.lines[0]


def test_it_is_started_unrepaired_where_the_operator_says_so(dns, chain):
    dns.set_script(SCRIPT)
    settings = {"BOXLITE_ALLOWNET_STATIC": "warn"}
    one = chain(RULES, CONTAINER, "--no-ptrace", settings=settings)
    assert one.answers(["elsewhere.net."]) == {"elsewhere.net.": "A 0.0.0.0"}
    assert "started unrepaired" in one.lines[0]


def read_only_root(*writable):
    """Not by bwrap: a start of boxlite-shim in the line of one is another matter."""
    lines = [f"mount --bind {path} {path}" for path in writable]
    lines.append("mount -o remount,bind,ro /")
    return ["unshare", "--mount", "sh", "-ec", "; ".join([*lines, 'exec "$@"']), "sh"]


def test_preload_on_a_read_only_root(dns, box, tmp_path):
    dns.set_script(SCRIPT)
    one = box(prefix=read_only_root(tmp_path), BOXLITE_ALLOWNET_LOG_FILE="/var/log/allownet.log")
    works(one)
    assert not Path("/var/log/allownet.log").exists()


def test_a_shim_on_a_read_only_root(dns, chain):
    dns.set_script(SCRIPT)
    settings = {"BOXLITE_ALLOWNET_LOG_FILE": "/var/log/allownet.log"}
    one = chain(RULES, *read_only_root("/tmp"), settings=settings)
    assert one.answers(NAMES) == REPAIRED


WITHOUT_PROC = ["unshare", "--mount", "sh", "-c", 'mount -t tmpfs none /proc; exec "$@"', "sh"]


def test_a_shim_without_proc_is_repaired(dns, chain):
    """As it would start without us."""
    dns.set_script(SCRIPT)
    assert chain(RULES, *WITHOUT_PROC).answers(NAMES) == REPAIRED


def test_without_proc_a_command_that_cannot_know_its_place_says_so(dns):
    start = ["sh", "-c", f"cd {COMMAND.parent}; exec ./{COMMAND.name} launch -- {shim_path('0.9.7')}"]
    done = run([*WITHOUT_PROC, *start])
    assert done.returncode == 125
    assert "cannot read /proc/self/exe (No such file or directory): mount /proc" in done.stderr


# ---- users ------------------------------------------------------------------------------------


def test_preload_for_an_ordinary_user(dns, box, open_to_all):
    dns.set_script(SCRIPT)
    one = box(prefix=[*USER, "--no-new-privs"])
    assert "Uid:\t65533" in Path(f"/proc/{one.host.pid}/status").read_text()
    works(one)


def as_user_chain(version):
    """In a process of its own, all of it that user's: the box's files, its parent, the shim."""
    os.setgroups([])
    os.setgid(65533)
    os.setuid(65533)
    for jailed in False, True:
        with ChainBox(version, RULES, jailed=jailed) as one:
            assert one.answers(NAMES) == REPAIRED


def test_a_shim_of_an_ordinary_user(dns, version, open_to_all):
    dns.set_script(SCRIPT)
    process = multiprocessing.get_context("fork").Process(target=as_user_chain, args=[version])
    process.start()
    process.join(60)
    assert process.exitcode == 0


def environment(**more):
    mine = {
        name: value
        for name, value in os.environ.items()
        if name not in RESOLVER_VARIABLES and not name.startswith("BOXLITE_ALLOWNET")
    }
    return {**mine, **more}


def run(command, **more):
    return subprocess.run(
        [str(word) for word in command], env=environment(**more), capture_output=True, text=True, timeout=60
    )


@pytest.fixture
def setuid_program(open_to_all):
    """A program that calls getaddrinfo in every form, as root whoever starts it."""
    program = open_to_all / "setuid-lookups"
    shutil.copy(TESTS / "lookups", program)
    program.chmod(0o4755)
    return program


def test_a_setuid_program_does_not_get_the_preload(dns, setuid_program):
    dns.set_script("known.example answer 192.0.2.1\n")
    plain = run([*USER, setuid_program])
    assert plain.returncode == 0 and "192.0.2.1" in plain.stdout
    # env is an ordinary program: it is preloaded only from its own start on, hence the order.
    preloaded = ["env", f"LD_PRELOAD={PRELOAD}", "BOXLITE_ALLOWNET_DETECT=1"]
    dropped = run([*USER, *preloaded, setuid_program])
    assert (dropped.returncode, dropped.stdout, dropped.stderr) == (0, plain.stdout, "")
    setuid_program.chmod(0o755)
    control = run([*USER, *preloaded, setuid_program])
    assert re.match(r"boxlite-allownet .* preload mode=on\n", control.stdout)


def test_a_setuid_program_started_through_our_hooks_is_as_ever(dns, setuid_program):
    dns.set_script("known.example answer 192.0.2.1\n")
    plain = run([*USER, setuid_program])
    for start in (
        "import os, sys; os.execv(sys.argv[1], sys.argv[1:])",
        "import subprocess, sys; sys.exit(subprocess.run(sys.argv[1:]).returncode)",
        "import os, sys; p = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ);"
        "sys.exit(os.waitstatus_to_exitcode(os.waitpid(p, 0)[1]))",
    ):
        command = [*USER, "env", f"LD_PRELOAD={PRELOAD}", "/usr/bin/python3", "-c", start]
        started = run([*command, setuid_program])
        assert (started.returncode, started.stdout, started.stderr) == (0, plain.stdout, "")


# ---- resolver variables -----------------------------------------------------------------------


def test_resolver_variables_do_not_decide_what_is_pinned(dns, box, etc, tmp_path):
    """Neither for us nor for libc, which alone finds an address here. tests/cli has each of them."""
    etc("resolv.conf", "nameserver 127.0.0.1\nsearch corp.test\n")
    dns.set_script(
        "@127.0.0.2 default servfail\na.example answer 192.0.2.1\ndb.corp.test answer 192.0.2.2\n"
        "default answer 203.0.113.66\n"
    )
    aliases = tmp_path / "aliases"
    aliases.write_text("db other.example\n")
    one = box(
        BOXLITE_ALLOWNET_SERVERS="127.0.0.2",
        HOSTALIASES=str(aliases),
        LOCALDOMAIN="evil.test",
        RES_OPTIONS="ndots:9",
    )
    assert one.answers(["a.example", "db"], ["a.example.", "db."]) == {
        "a.example.": "A 192.0.2.1",
        "db.": "A 192.0.2.2",
    }
    assert one.pins() == {"a.example": ["192.0.2.1"], "db": ["192.0.2.2"]}


# ---- clocks -----------------------------------------------------------------------------------


def library(pattern):
    found = sorted(Path("/usr/lib").glob(pattern))
    if not found:
        pytest.skip(f"not installed: {pattern}")
    return found[0]


def test_the_wall_clock_set_back_and_forth_changes_nothing(dns, box, quiet_libc, tmp_path):
    """Attempts, pauses and deadlines go by the monotonic clock."""
    faketime = library("*/faketime/libfaketimeMT.so.1")
    clock = tmp_path / "clock"
    dns.set_script("dead.example drop\nlate.example delay 200 answer 192.0.2.1\n")
    faked = {
        "FAKETIME_TIMESTAMP_FILE": clock,
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }

    def set_clock(text):
        new = tmp_path / "clock.new"
        new.write_text(text)
        new.replace(clock)

    set_clock("-4000d")
    env = {name: str(value) for name, value in faked.items()}
    year = run(["env", f"LD_PRELOAD={faketime}", "date", "+%Y"], **env).stdout
    assert 2000 < int(year) < 2020  # the control: the wall clock is ours to set
    one = box(preload=f"{PRELOAD}:{faketime}", **env)
    one.begin(["dead.example", "late.example"])
    for attempt in range(1, 5):
        dns.wait_for_query("dead.example", n=attempt)
        for text in "+4000d", "-4000d", "@1970-01-01 00:00:00", "+0":
            set_clock(text)
    result = one.host.create_finish()
    assert result.text == 'allowNet: resolve "dead.example": no answer after 4 attempts'
    assert SCHEDULE_MS <= result.ms < SCHEDULE_MS + 5000
    assert dns.count("dead.example") == 4


@pytest.mark.parametrize("days", [24.8, 49.7])
def test_a_machine_that_has_been_up_for_long(dns, box, days):
    """Uptimes at which 31 and 32 bits of milliseconds run over, in the middle of a create."""
    if run(["unshare", "--time", "--fork", "true"]).returncode != 0:
        pytest.skip("no time namespaces here")
    dns.set_script(SCRIPT + "dead.example drop\n")
    overflow_ms = 2**31 if days < 30 else 2**32
    now_ms = int(float(Path("/proc/uptime").read_text().split()[0]) * 1000)
    offset = (overflow_ms - now_ms) // 1000 - 1
    one = box(prefix=["unshare", "--time", f"--monotonic={offset}", f"--boottime={offset}", "--fork"])
    works(one)
    result = one.create(["dead.example"])
    assert SCHEDULE_MS <= result.ms < SCHEDULE_MS + 5000
    works(one)


# ---- other preloads ---------------------------------------------------------------------------

OTHERS = {
    "jemalloc": "*/libjemalloc.so.2",
    "tcmalloc": "*/libtcmalloc_minimal.so.4",
    "faketime": "*/faketime/libfaketime.so.1",
    "asan": "gcc/*/*/libasan.so",
}
ENVIRONMENT = {
    "faketime": {"FAKETIME": "-10d"},
    # It wants to be the first, or asks to be told that it need not.
    "asan": {"ASAN_OPTIONS": "detect_leaks=0:verify_asan_link_order=0"},
}


@pytest.mark.parametrize("order", ["before", "after"])
@pytest.mark.parametrize("other", OTHERS)
def test_with_another_preload(dns, box, other, order):
    dns.set_script(SCRIPT)
    path = library(OTHERS[other])
    if path.is_symlink():
        path = path.resolve()
    preload = f"{path}:{PRELOAD}" if order == "before" else f"{PRELOAD}:{path}"
    one = box(preload=preload, **ENVIRONMENT.get(other, {}))
    maps = Path(f"/proc/{one.host.pid}/maps").read_text()
    assert str(path) in maps and str(PRELOAD) in maps
    works(one)
    one.host.close()
    assert one.host.returncode == 0
    assert not [line for line in one.host.logs() if "ERROR:" in line or "Sanitizer" in line]


def descendant(pid, program):
    """The directory in /proc of the process that runs `program`."""
    process = Path(f"/proc/{pid}")
    if process.joinpath("exe").readlink().name == program:
        return process
    children = process.joinpath("task", str(pid), "children").read_text().split()
    return next(filter(None, (descendant(child, program) for child in children)), None)


@pytest.mark.parametrize("order", ["before", "after"])
def test_with_fakeroot(dns, box, order):
    """It adds itself to LD_PRELOAD by a name that only its own library path finds."""
    if shutil.which("fakeroot") is None:
        pytest.skip("fakeroot is not installed")
    dns.set_script(SCRIPT)
    value = {"before": f"$LD_PRELOAD:{PRELOAD}", "after": f"{PRELOAD}:$LD_PRELOAD"}[order]
    one = box(
        preload=None,
        prefix=["fakeroot", "sh", "-c", f'LD_PRELOAD="{value}" exec "$@"', "sh"],
    )
    works(one)
    maps = descendant(one.host.pid, "bridge-host").joinpath("maps").read_text()
    assert "libfakeroot" in maps and str(PRELOAD) in maps


@pytest.mark.parametrize("order", ["before", "after"])
@pytest.mark.parametrize("other", OTHERS)
def test_lookups_are_the_same_as_with_the_other_alone(dns, other, order):
    dns.set_script("known.example answer 192.0.2.1,192.0.2.2\n")
    path = library(OTHERS[other])
    preload = f"{path}:{PRELOAD}" if order == "before" else f"{PRELOAD}:{path}"
    results = [
        run(["env", f"LD_PRELOAD={value}", TESTS / "lookups"], **ENVIRONMENT.get(other, {}))
        for value in (path, preload)
    ]
    alone, both = [(result.returncode, result.stdout, result.stderr) for result in results]
    assert alone == both and alone[0] == 0 and "192.0.2.1" in alone[1]




# ---- preloads that keep programs off the network --------------------------------------------------

# What a program that has been handed a socket of the internet can do with it.
DENIED = """
import errno, socket, sys
def word(call, *arguments):
    try:
        call(*arguments)
    except OSError as error:
        return errno.errorcode[error.errno]
    return "done"
one = socket.socket(fileno=int(sys.argv[1]))
to = ("127.0.0.1", 53)
print(
    word(socket.socket, socket.AF_INET, socket.SOCK_DGRAM), word(one.connect, to), word(one.send, b"x"),
    word(one.sendto, b"x", to), word(one.sendmsg, [b"x"], [], 0, to), word(one.recv, 1),
    word(one.recvfrom, 1), word(one.recvmsg, 1), word(socket.socketpair),
)
"""


@pytest.fixture
def seen(tmp_path):
    """The programs that the preload below has been in."""
    file = tmp_path / "seen"
    file.touch()
    return file


def test_control_a_program_is_kept_off_the_network(dns, seen):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.setblocking(False)
        command = ["/usr/bin/python3", "-c", DENIED, str(one.fileno())]
        env = environment(LD_PRELOAD=str(DENY_SOCKETS), DENY_SOCKETS_SEEN=str(seen))
        done = subprocess.run(command, env=env, capture_output=True, text=True, pass_fds=[one.fileno()])
    assert done.stdout.split() == 8 * ["EACCES"] + ["done"], done.stderr
    assert dns.queries() == []


def test_the_resolver_asks_where_a_preload_denies_sockets(dns, quiet_libc, seen):
    """By itself: libc asks nobody here."""
    dns.set_script(SCRIPT)
    env = {**QUICK, "LD_PRELOAD": f"{DENY_SOCKETS}:{PRELOAD}", "DENY_SOCKETS_SEEN": str(seen)}
    done = run([COMMAND, "resolve", "--json", *RULES], **env)
    assert done.returncode == 0, done.stdout + done.stderr
    hosts = {host["name"]: host["addresses"] for host in json.loads(done.stdout)["hosts"]}
    assert hosts["flaky.example"] == ["192.0.2.1"] and hosts["b.a.com"] == ["192.0.2.4"]
    assert dns.count("flaky.example") == 2
    assert str(COMMAND) in seen.read_text()


@pytest.mark.parametrize("order", ["before", "after"])
def test_a_shim_of_a_parent_whose_sockets_are_denied_is_repaired(dns, chain, quiet_libc, seen, order):
    dns.set_script(SCRIPT)
    preload = f"{DENY_SOCKETS}:{PRELOAD}" if order == "before" else f"{PRELOAD}:{DENY_SOCKETS}"
    one = chain(RULES, "env", f"LD_PRELOAD={preload}", settings={"DENY_SOCKETS_SEEN": str(seen)})
    assert one.answers(NAMES) == REPAIRED
    assert str(COMMAND) in seen.read_text()
