"""launch: what it reads, resolves, hands over and hands on, plain and around a jail."""

import os
import resource
import select
import shutil
import signal
import socket
import subprocess
import threading
from pathlib import Path

import pytest

from conftest import PATIENCE_S, BUILD, CARRY, PRELOAD, environment, fnv, run, shim_path, spec
from jail import Box

ENV = "/usr/bin/env"
SIZES = {"3 KB": 3_000, "60 KB": 60_000, "200 KB": 200_000, "2 MB": 2_000_000}


@pytest.fixture
def box(tmp_path):
    return Box(tmp_path / "box", shim_path("affected"))


@pytest.fixture(params=["plain", "jailed"])
def command(request, box):
    """A start of an affected shim."""
    return [ENV, box.shim] if request.param == "plain" else [ENV, *box.command()]


def hosts(start):
    """{name: (outcome, addresses)} as handed over."""
    found = {}
    for line in start.handover:
        words = line.split(" ")
        if words[0] == "host":
            found[words[1]] = (int(words[2]), words[9])
    return found


RESOLVED, NO_SUCH_HOST = 1, 3


@pytest.mark.parametrize("generation", ["0.9.7", "0.10.0"])
def test_names_are_resolved_with_the_hosts_view(command, generation, dns):
    dns.set_script("api.example answer 192.0.2.1,192.0.2.2\ndb answer 192.0.2.3\n")
    rules = ["API.example:443", "*.db", "10.0.0.0/8", "192.0.2.9", "host.boxlite.internal"]
    rules.append("gone.example")
    env = environment(BOXLITE_ALLOWNET_ATTEMPTS="1", BOXLITE_ALLOWNET_LOG="debug")
    start = run(command, spec(rules, generation), env)
    assert start.status == 7
    assert hosts(start) == {
        "api.example": (RESOLVED, "192.0.2.1,192.0.2.2"),
        "db": (RESOLVED, "192.0.2.3"),
        "gone.example": (NO_SUCH_HOST, ""),
    }
    assert dns.count("host.boxlite.internal") == 0
    logged = [line for line in start.handover if line.startswith("log ")]
    assert any("host resolved hostname=api.example v4_count=2" in line for line in logged)
    assert any("failed after retries hostname=gone.example" in line for line in logged)
    # The rest is said by the plan at create.
    assert not [line for line in logged if "zones" in line or "resolve \"" in line]
    assert "env BOXLITE_ALLOWNET_ATTEMPTS=1" in start.handover
    assert not [line for line in start.stderr.splitlines() if not line.startswith("handover")]


def test_a_jail_without_resolv_conf_makes_no_difference(box, dns):
    start = run([ENV, *box.command(network_files=False)], spec(["api.example"]))
    assert hosts(start) == {"api.example": (RESOLVED, "192.0.2.7")}


@pytest.mark.parametrize(
    "config",
    [
        spec([]),
        spec(None),
        spec(["10.0.0.0/8", "192.0.2.1", "2001:db8::/32", "", " "]),
        b'{"engine":"Libkrun","network_config":null}',
        b'{"engine":"Libkrun"}',
    ],
)
def test_a_box_without_names_starts_without_attach(command, config, dns):
    start = run(command, config)
    assert start.status == 7 and not start.attached
    assert start.shim["input_hash"] == fnv(config)
    assert dns.queries() == []


@pytest.mark.parametrize(
    "config",
    [
        b"",
        b"no json",
        b'["api.example"]',
        spec(["api.example"])[:-1],
        b'{"network_config":{"allow_net":"api.example"}}',
        spec(["https://api.example/"]),
        spec(["api.example"]) + b"\n\0",
    ],
)
def test_what_cannot_be_understood_is_attached_all_the_same(command, config, dns):
    """The JSON at create decides; nothing was looked up for what it may say."""
    start = run(command, config)
    assert start.status == 7 and start.attached
    assert hosts(start) == {} and dns.queries() == []
    assert start.shim["input_hash"] == fnv(config)


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
@pytest.mark.parametrize("allow_net", [["api.example"], []], ids=["attached", "not"])
def test_configurations_of_all_sizes_arrive(command, size, allow_net, dns):
    config = spec(allow_net, pad=size)
    start = run(command, config)
    assert start.status == 7 and start.attached == bool(allow_net)
    assert start.shim["input_length"] == len(config)
    assert start.shim["input_hash"] == fnv(config)
    assert start.shim["stdin"].startswith("pipe:")


@pytest.mark.parametrize("jailed", [False, True])
def test_without_privilege_a_large_configuration_is_fed(box, jailed, dns):
    """A pipe of more than 1 MiB takes CAP_SYS_RESOURCE: the rest is written by a process that
    leaves nothing behind, no child of the shim, no descriptor held open."""
    config = spec(["api.example"], pad=3_000_000)
    drop = ["setpriv", "--bounding-set=-sys_resource", "--inh-caps=-sys_resource"]
    if os.geteuid() != 0:
        drop = [ENV]
    command = box.command() if jailed else [str(box.shim)]
    start = run([*drop, *command], config)
    assert start.status == 7 and start.attached
    assert start.shim["input_length"] == len(config)
    assert start.shim["input_hash"] == fnv(config)
    assert start.shim["children"] == ""


def test_the_feeder_holds_nothing_and_ends_with_its_reader(tmp_path, dns):
    """Whoever waits for the end of the shim's outputs does not wait for it."""
    drop = ["setpriv", "--bounding-set=-sys_resource", "--inh-caps=-sys_resource"]
    if os.geteuid() != 0:
        drop = [ENV]
    box = Box(tmp_path / "box", shim_path("affected"))
    config = spec(["api.example"], pad=3_000_000)
    with subprocess.Popen(
        [*drop, str(box.shim)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(FAKE_SHIM_HOLD="1"),
    ) as process:
        process.stdin.write(config)
        process.stdin.close()
        assert process.stdout.readline() == b"holding\n"
        try:
            # The shim lives, and has closed its outputs: nobody else holds them.
            for output in (process.stdout, process.stderr):
                ends, _, _ = select.select([output], [], [], 20)
                assert ends
                while output is process.stderr and output.readline():
                    pass
            assert process.poll() is None and process.stdout.read() == b""
            feeders = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
            assert feeders == "", "it is nobody's child"
        finally:
            process.kill()
            process.wait(20)


def test_a_parent_without_its_end_of_the_pipe_never_sees_it_break(command, dns):
    """boxlite writes, closes, and goes on, whatever becomes of the start."""
    for config in (spec(["api.example"], pad=200_000), b"x" * 2_000_000):
        with subprocess.Popen(
            [str(word) for word in command],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=environment(),
        ) as process:
            process.stdin.write(config)
            process.stdin.close()
            assert process.wait(20) == 7


def test_a_jail_gets_one_file_and_one_descriptor(box, dns):
    """fd 3 is the watchdog's; what we pass is above 9 and gone before the shim runs."""
    reading, writing = os.pipe()
    try:
        command = box.command()
        code = (
            "import os, sys; os.dup2(int(sys.argv[1]), 3); os.closerange(4, 256);"
            " os.execvp(sys.argv[2], sys.argv[2:])"
        )
        parent = ["/usr/bin/python3", "-c", code, str(reading)]
        config = spec(["api.example"])
        control = run([*parent, *command], config, environment(None), pass_fds=[reading])
        start = run([*parent, *command], config, pass_fds=[reading])
    finally:
        os.close(reading)
        os.close(writing)
    assert start.attached and start.handover_fd >= 10 and not control.stderr
    assert start.shim["argv"] == control.shim["argv"] == [str(box.shim)]
    assert start.shim["exe"] == str(box.shim)
    assert sorted(start.shim["env"]) == sorted(control.shim["env"])
    assert set(start.shim["fds"]) == set(control.shim["fds"]) == {"0", "1", "2", "3"}
    assert start.shim["pid"] == control.shim["pid"], "a place of its own in the jail's process list"
    for key in ("ppid", "cwd", "blocked", "ignored", "nofile", "children"):
        assert start.shim[key] == control.shim[key]


def test_the_jail_holds_our_command_and_nothing_else_of_ours(box, dns):
    """Seen by the shim: the command's directory has that one file, which cannot be written."""
    start = run([ENV, *box.command(arguments=[f"--list={CARRY}"])], spec(["api.example"]))
    assert start.attached and start.shim["listed"] == ["boxlite-allownet"]


def test_an_unaffected_shim_starts_at_once_with_its_input_unread(box, dns):
    """Before anything is written to it."""
    shutil.copy(shim_path("unaffected"), box.shim)
    held = box.command(options=["--setenv", "FAKE_SHIM_HOLD", "1"])
    for command in ([ENV, str(box.shim)], [ENV, *held]):
        with subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment(FAKE_SHIM_HOLD="1"),
        ) as process:
            assert process.stdout.readline() == b"holding\n"
            process.stdin.write(spec(["api.example"]))
            process.stdin.close()
            process.kill()
            process.wait(20)
    for command in ([ENV, str(box.shim)], [ENV, *box.command()]):
        start = run(command, spec(["api.example"]))
        assert start.status == 7 and not start.attached and start.stderr == ""
    assert dns.queries() == []


def test_an_unaffected_shim_is_mentioned_at_debug_level_only(box, dns):
    shutil.copy(shim_path("unaffected"), box.shim)
    start = run([ENV, box.shim], b"", environment(BOXLITE_ALLOWNET_LOG="debug"))
    assert start.status == 7 and "does not filter DNS any more" in start.stderr


@pytest.mark.parametrize(
    "given,left",
    [
        ("netdns=cgo", None),
        ("netdns=go+2,madvdontneed=1", "madvdontneed=1"),
        ("madvdontneed=1,netdns=cgo", "madvdontneed=1"),
        ("a=1,netdns=cgo,b=2", "a=1,b=2"),
        ("xnetdns=cgo", "xnetdns=cgo"),
        ("", ""),
    ],
)
def test_a_static_shim_is_kept_from_the_hosts_resolver_modules(box, given, left, dns):
    unwanted = {"RES_OPTIONS": "ndots:2", "LOCALDOMAIN": "example", "HOSTALIASES": "/none"}
    env = environment(GODEBUG=given, OTHER="o", **unwanted)
    start = run([ENV, box.shim], spec(["api.example"]), env)
    assert start.attached and start.env.get("GODEBUG") == left
    assert start.env["OTHER"] == "o"
    assert not unwanted.keys() & start.env.keys()


def test_the_search_of_res_options_is_not_lost_for_the_lookup(box, dns):
    """They are taken from the shim's environment, not from ours."""
    start = run([ENV, box.shim], spec(["api.example"]), environment(LOCALDOMAIN="example"))
    assert hosts(start)["api.example"] == (RESOLVED, "192.0.2.7")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("phase", ["reading", "resolving"])
def test_a_signal_ends_the_start_at_once_with_its_own_status(command, number, phase, dns):
    dns.set_script("default drop\n")
    with subprocess.Popen(
        [str(word) for word in command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
    ) as process:
        try:
            process.stdin.write(spec(["api.example"]))
            process.stdin.flush()
            if phase == "resolving":
                process.stdin.close()
                dns.wait_for_query("api.example")
            process.send_signal(number)
            assert process.wait(PATIENCE_S) == -number
        finally:
            process.kill()


@pytest.mark.parametrize("settings", [{}, {"BOXLITE_ALLOWNET_LOG": "warn"}], ids=["none", "one"])
@pytest.mark.parametrize("cleared", [True, False])
def test_a_dynamic_shim_in_a_jail_gets_the_preload(box, settings, cleared, dns):
    """Its environment begins empty there; the one file of ours is the object."""
    shutil.copy(shim_path("dynamic"), box.shim)
    words = box.command(arguments=[f"--list={CARRY}"])
    env = environment(**settings)
    if not cleared:
        words.remove("--clearenv")
    start = run([ENV, *words], b"", env)
    assert start.status == 7 and start.stderr == ""
    expected = {} if cleared else dict(env)
    expected |= {**box.environment(), "LD_PRELOAD": str(PRELOAD), **settings, "PWD": "/"}
    assert {"PWD": "/", **start.env} == expected
    assert start.shim["listed"] == [PRELOAD.name]


@pytest.mark.parametrize("cleared", [True, False])
@pytest.mark.parametrize("kind", ["affected", "unaffected"])
def test_bwrap_itself_brings_a_start_that_the_parent_did_not(box, kind, cleared, dns):
    """Started past our hooks, as by a static program: here by the test, which has no preload."""
    shutil.copy(shim_path(kind), box.shim)
    words = box.command(bwrap=shutil.which("bwrap"))
    if not cleared:
        words.remove("--clearenv")
    control = run(words, spec(["api.example"]), environment(None))
    start = run(words, spec(["api.example"]), environment())
    assert start.status == 7 and start.attached == (kind == "affected")
    seen = {entry for entry in start.shim["env"] if not entry.startswith("LD_PRELOAD=")}
    assert seen == set(control.shim["env"])


def test_bwrap_itself_without_the_command_says_so(box, tmp_path, dns):
    alone = shutil.copy(PRELOAD, tmp_path / PRELOAD.name)
    words = box.command(bwrap=shutil.which("bwrap"))
    start = run(words, b"", environment(alone))
    assert start.status == 125 and "cannot start" in start.stderr
    start = run(words, b"", environment(alone, BOXLITE_ALLOWNET_STATIC="warn"))
    assert start.status == 7 and "starts unrepaired" in start.stderr


def border(command, **env):
    """A start that ends at a border: the first line. The writer never sees a broken pipe."""
    config = spec(["api.example"], pad=200_000)
    start = run(command, config, environment(**env), must_read=True)
    assert start.status == 125 and not start.attached, start.stderr
    line = start.stderr.splitlines()[0]
    assert line.startswith("boxlite-allownet: ERROR allowNet: ")
    assert "BOXLITE_ALLOWNET=off" in line
    return line


def tolerated(command, **env):
    """The same start with warnings in place of borders."""
    config = spec(["api.example"], pad=200_000)
    start = run(command, config, environment(**env))
    assert start.status == 7 and not start.attached
    assert "starts unrepaired" in start.stderr.splitlines()[0]
    assert start.shim["input_hash"] == fnv(config)


def without_system(box):
    """A jail in which no dynamic program can run."""
    words = box.command()
    separator = words.index("--")
    head = ["bwrap", "--unshare-user", "--proc", "/proc", "--ro-bind", str(box.bin), str(box.bin)]
    return [*head, *words[separator:]]


def test_border_command_cannot_run_in_the_jail(box, dns):
    command = [ENV, *without_system(box)]
    assert "cannot run inside the jail, which has no /lib" in border(command)
    tolerated(command, BOXLITE_ALLOWNET_STATIC="warn")
    tolerated(command, BOXLITE_ALLOWNET="observe")


def test_border_script_in_a_jail(box, dns):
    box.shim.write_text("#!/bin/sh\ncat > /dev/null; echo ran\n")
    command = [ENV, *box.command()]
    assert f"{box.shim} is no ELF executable" in border(command)
    start = run(command, b"x" * 200_000, environment(BOXLITE_ALLOWNET_STATIC="warn"))
    assert start.stdout == "ran\n" and "starts unrepaired" in start.stderr


def test_border_object_is_gone(box, tmp_path, dns):
    """A dynamic shim in a jail needs it there."""
    shutil.copy(shim_path("dynamic"), box.shim)
    own = shutil.copy(CARRY / "boxlite-allownet", tmp_path / "boxlite-allownet")
    command = [own, "launch", "--", shutil.which("bwrap"), *box.command()[1:]]
    assert f"cannot read {tmp_path}/{PRELOAD.name}" in border(command, preload=None)


def test_a_script_outside_a_jail_is_followed(box, dns):
    """What it starts is caught where it starts it."""
    box.shim.write_text(f'#!/bin/sh\nexec {shim_path("affected")} "$@"\n')
    start = run([ENV, box.shim, "one"], spec(["api.example"]))
    assert start.attached and start.shim["argv"] == [str(shim_path("affected")), "one"]


def test_border_command_is_gone(box, tmp_path, dns):
    """Its file was removed while it started, by an upgrade say."""
    own = shutil.copy(CARRY / "boxlite-allownet", tmp_path / "boxlite-allownet")
    code = """
import os, sys
own = os.open(sys.argv[1], os.O_RDONLY)
os.unlink(sys.argv[1])
os.execve(own, ["boxlite-allownet", "launch", "--", sys.argv[2]], {})
"""
    assert "the command boxlite-allownet is gone" in border(
        ["/usr/bin/python3", "-c", code, own, box.shim], preload=None
    )


def test_a_shim_under_another_name_in_the_jail_is_looked_at(box, dns):
    """The mount says where its file is on this side."""
    words = box.command()
    separator = words.index("--")
    inside = "/opt/shim/boxlite-shim"
    words = [*words[:separator], "--ro-bind", str(box.bin), "/opt/shim/", "--", inside]
    start = run([ENV, *words], spec(["api.example"]))
    assert start.attached and start.shim["exe"] == inside
    shutil.copy(shim_path("unaffected"), box.shim)
    start = run([ENV, *words], spec(["api.example"]))
    assert not start.attached and start.shim["exe"] == inside


INSIDE = "/opt/boxlite-shim"


def run_unseen(box, kind, env):
    """A start of a shim whose file comes from a place that cannot be told from here."""
    file = os.open(shim_path(kind), os.O_RDONLY)
    try:
        words = box.command()
        separator = words.index("--")
        words = [*words[:separator], "--perms", "0755", "--file", str(file), INSIDE, "--", INSIDE]
        return run([ENV, *words], spec(["api.example"]), env, pass_fds=[file])
    finally:
        os.close(file)


def test_a_shim_seen_only_inside_the_jail_is_attached(box, dns):
    start = run_unseen(box, "unaffected", environment())
    assert start.attached and start.shim["exe"] == INSIDE


def test_and_looked_at_there(box, dns):
    """With the attach that is one. Neither shim has a bridge: what is affected stops at a border."""
    env = environment(BUILD / PRELOAD.name)
    start = run_unseen(box, "unaffected", env)
    assert start.status == 7 and start.stderr == "" and start.shim["exe"] == INSIDE
    start = run_unseen(box, "affected", env)
    assert start.status == 125 and f"{INSIDE} does not define gvproxy_create" in start.stderr


def test_observing_attaches_as_well(command, dns):
    start = run(command, spec(["api.example"]), environment(BOXLITE_ALLOWNET="observe"))
    assert start.attached and "env BOXLITE_ALLOWNET=observe" in start.handover


def test_the_log_file_gets_what_is_said_before_the_shim_starts(command, tmp_path, dns):
    log = tmp_path / "log"
    run(command, spec(["api.example"]), environment(BOXLITE_ALLOWNET_LOG_FILE=str(log)))
    assert "host resolved hostname=api.example" in log.read_text()


def test_secrets_are_in_no_argument_variable_or_log(command, tmp_path, dns):
    """Everything that the shim and attach were started with, and every line that was written."""
    secret = "s3cr3t-marker"
    log = tmp_path / "log"
    secrets = f'"ca_key_pem":"{secret}","secrets":[{{"value":"{secret}"}}],'.encode()
    config = spec(["api.example"]).replace(b'"allow_net"', secrets + b'"allow_net"')
    assert config.count(secret.encode()) == 2
    env = environment(BOXLITE_ALLOWNET_LOG="trace", BOXLITE_ALLOWNET_LOG_FILE=str(log))
    start = run(command, config, env)
    assert start.attached and start.shim["input_hash"] == fnv(config)
    assert secret not in start.stdout + start.stderr + log.read_text()


def test_arguments_nobody_should_type():
    lines = ["", "x", "--", "--lent", "--lent x -- /bin/true", "--lent 1000000 -- /bin/true"]
    for words in map(str.split, lines):
        done = subprocess.run([CARRY / "boxlite-allownet", "launch", *words], capture_output=True)
        assert done.returncode == 125 and b"for the preload's use" in done.stderr


def test_few_descriptors_are_needed(command, dns):

    def limit():
        resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))

    start = run(command, spec(["api.example"], pad=200_000), preexec_fn=limit)
    assert start.status == 7 and start.attached


# Prints the command's exit status and its peak of resident memory in KiB, from a parent whose own, which
# is the child's until it executes something, is small.
PEAK = """
import os, sys
child = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ)
_, status, usage = os.wait4(child, 0)
print(os.waitstatus_to_exitcode(status), usage.ru_maxrss)
"""


class LongAnswers:
    """A nameserver on 127.0.0.1 whose answers fit no datagram and have `size` bytes. All streams get all
    of it but the last byte before any gets that: what a resolver keeps of an answer, it keeps of all."""

    def __init__(self, streams, size):
        self.streams = streams
        self.count = (size - 64) // 16
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=streams)
        self.port = self.listener.getsockname()[1]
        self.datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.datagrams.bind(("127.0.0.1", self.port))

    def __enter__(self):
        self.threads = [threading.Thread(target=do, daemon=True) for do in (self._refer, self._answer)]
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.datagrams.sendto(b"", self.datagrams.getsockname())
        self.threads[0].join()
        self.datagrams.close()
        self.listener.close()

    def _refer(self):
        """Cut answers, until an empty question."""
        while True:
            query, asker = self.datagrams.recvfrom(4096)
            if not query:
                return
            self.datagrams.sendto(reply(query, 0, flags=0x8780), asker)

    def _answer(self):
        connections = [self.listener.accept()[0] for _ in range(self.streams)]
        answers = [reply(stream.recv(4096)[2:], self.count) for stream in connections]
        for stream, answer in zip(connections, answers):
            stream.sendall(len(answer).to_bytes(2, "big") + answer[:-1])
        for stream, answer in zip(connections, answers):
            stream.sendall(answer[-1:])
            stream.close()


def reply(query, count, flags=0x8180):
    """With `count` addresses."""
    question_end = query.index(b"\0", 12) + 5
    head = query[:2] + flags.to_bytes(2, "big") + (1).to_bytes(2, "big") + count.to_bytes(2, "big") + bytes(4)
    record = b"\xc0\x0c\0\1\0\1\0\0\1\0\0\4\12"
    records = b"".join(record + (i + 1).to_bytes(3, "big") for i in range(count))
    return head + query[12:question_end] + records


def test_the_memory_of_long_answers_that_come_at_the_same_time_is_bounded():
    """256 of 64 KiB, over TCP: 16 MiB, of which addresses are kept, and little else for long."""
    names = [f"h{i}.example" for i in range(256)]
    words = ["/usr/bin/python3", "-ISc", PEAK, CARRY / "boxlite-allownet", "launch", "--", shim_path("affected")]
    with LongAnswers(len(names), 65_535) as server:
        servers = f"127.0.0.1:{server.port}"
        env = environment(None, BOXLITE_ALLOWNET_LOG="error", BOXLITE_ALLOWNET_SERVERS=servers)
        start = run(words, spec(names), env, preexec_fn=many_descriptors)
    found = hosts(start)
    assert len(found) == len(names), start.stderr
    assert all(outcome == RESOLVED and addresses for outcome, addresses in found.values())
    peak_mib = int(start.stdout.split()[-1]) / 1024
    print(f"peak: {peak_mib:.0f} MiB")
    assert 16 < peak_mib < 45


def many_descriptors():
    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
