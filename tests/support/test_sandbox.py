"""What the sandbox keeps apart, and that it lets through everything else."""

import json
import os
import pathlib
import select
import shutil
import subprocess
import sys

import pytest

from dnsserver import build_dir

SANDBOX = build_dir() / "tests/sandbox"
FILES = ("resolv.conf", "hosts", "nsswitch.conf")
PATIENCE = 300
NOBODY = 65534

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root to change identity or root")


def sandbox(*arguments, program=SANDBOX, **options):
    return subprocess.run(
        [program, *arguments], capture_output=True, text=True, timeout=PATIENCE, **options
    )


def shell(script, *options, **arguments):
    """What `script` prints in a sandbox; it must end well."""
    result = sandbox(*options, "--", "sh", "-ec", script, **arguments)
    assert (result.returncode, result.stderr) == (0, "")
    return result.stdout


def python(program):
    """What `program` prints in a sandbox, as JSON."""
    result = sandbox(sys.executable, "-B", "-c", program)
    assert (result.returncode, result.stderr) == (0, "")
    return json.loads(result.stdout)


def machine_files():
    def content(path):
        return path.read_bytes() if path.exists() else None

    return {name: content(pathlib.Path("/etc", name)) for name in FILES}


class Session:
    """A shell in a sandbox that is asked again and again."""

    def __init__(self, *options):
        self._process = subprocess.Popen(
            [SANDBOX, *options, "sh"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.stdin.close()
        self._process.wait(PATIENCE)
        self._process.stdout.close()

    def ask(self, command):
        self._process.stdin.write(f"{command}\necho end-of-answer\n")
        self._process.stdin.flush()
        lines = []
        for line in self._process.stdout:
            if line == "end-of-answer\n":
                return "".join(lines)
            lines.append(line)
        raise EOFError("".join(lines))


# ---- /etc ----


def test_standard_files_know_only_this_machine():
    assert shell("cat /etc/resolv.conf") == "nameserver 127.0.0.1\n"
    assert shell("cat /etc/hosts") == "127.0.0.1 localhost\n::1 localhost\n"
    assert "hosts: files dns\n" in shell("cat /etc/nsswitch.conf")


def test_files_can_be_rewritten_inside_and_the_machine_keeps_its_own():
    before = machine_files()
    script = "; ".join(f"echo mine > /etc/{name}; cat /etc/{name}" for name in FILES)
    assert shell(script) == "mine\n" * 3
    assert shell(f"cd /etc; rm {' '.join(FILES)}; mkdir new; ls -d new") == "new\n"
    assert machine_files() == before
    assert not os.path.exists("/etc/new")
    assert shell("cat /etc/resolv.conf") == "nameserver 127.0.0.1\n"


def test_getaddrinfo_reads_the_private_hosts_file():
    program = "import socket, json; print(json.dumps(socket.gethostbyname('only.here.example')))"
    script = 'echo 192.0.2.9 only.here.example > /etc/hosts; exec "$@"'
    result = sandbox("sh", "-c", script, "sh", sys.executable, "-B", "-c", program)
    assert (result.stdout, result.stderr) == ('"192.0.2.9"\n', "")


def test_etc_dir_shows_every_change_while_it_runs(tmp_path):
    before = machine_files()
    conf = tmp_path / "resolv.conf"
    conf.write_text("nameserver 127.0.0.2\n")
    with Session("--etc-dir", tmp_path) as session:
        assert session.ask("cat /etc/resolv.conf") == "nameserver 127.0.0.2\n"
        conf.write_text("nameserver 127.0.0.3\n")
        assert session.ask("cat /etc/resolv.conf") == "nameserver 127.0.0.3\n"
        other = tmp_path / "other"
        other.write_text("nameserver 127.0.0.4\n")
        other.replace(conf)
        assert session.ask("cat /etc/resolv.conf") == "nameserver 127.0.0.4\n"
        conf.unlink()
        assert session.ask("test -e /etc/resolv.conf; echo $?") == "1\n"
        conf.write_text("nameserver 127.0.0.5\n")
        assert session.ask("cat /etc/resolv.conf") == "nameserver 127.0.0.5\n"
        assert session.ask("test -e /etc/hosts; echo $?") == "1\n"
        session.ask("echo '192.0.2.1 a' > /etc/hosts")
        assert (tmp_path / "hosts").read_text() == "192.0.2.1 a\n"
    assert machine_files() == before


def test_etc_dir_may_be_relative_and_the_working_directory_stays(tmp_path):
    (tmp_path / "hosts").write_text("mine\n")
    output = shell("pwd; cat /etc/hosts", "--etc-dir", ".", cwd=tmp_path)
    assert output == f"{tmp_path}\nmine\n"


def test_hidden_file_is_missing_and_the_others_are_not(tmp_path):
    program = """
import json, os
def error(path):
    try:
        open(path).close()
    except OSError as failure:
        return failure.errno
print(json.dumps([error("/etc/" + name) for name in ("resolv.conf", "hosts", "passwd")]
      + [os.path.lexists("/etc/resolv.conf")]))
"""
    (tmp_path / "resolv.conf").write_text("nameserver 127.0.0.2\n")
    (tmp_path / "hosts").write_text("")
    for extra in ([], ["--etc-dir", tmp_path]):
        result = sandbox("--hide", "resolv.conf", *extra, sys.executable, "-B", "-c", program)
        assert json.loads(result.stdout) == [2, None, None, False]
    assert shell("test -e /etc/passwd || echo gone", "--hide", "passwd") == "gone\n"


def test_etc_begins_as_a_copy(tmp_path):
    original = tmp_path / "original"
    original.write_text("x" * 10000)
    output = shell(
        "cat /etc/hosts /etc/brand-new.conf; echo changed > /etc/hosts",
        "--etc", f"hosts={original}", "--etc", f"brand-new.conf={original}",
    )
    assert output == "x" * 20000
    assert original.read_text() == "x" * 10000


def test_everything_else_in_etc_is_there_as_it_was():
    listing = f"""
import json, os
found = {{}}
for entry in os.scandir("/etc"):
    if entry.name not in {FILES!r}:
        is_link = entry.is_symlink()
        is_file = entry.is_file(follow_symlinks=False)
        found[entry.name] = [
            entry.is_dir(follow_symlinks=False),
            os.readlink(entry.path) if is_link else None,
            entry.stat().st_size if is_file else None,
        ]
print(json.dumps(found))
"""
    machine = subprocess.run([sys.executable, "-c", listing], capture_output=True, check=True)
    assert python(listing) == json.loads(machine.stdout)


def test_resolv_conf_that_is_a_link_into_run_is_replaced_not_followed(tmp_path):
    target = tmp_path / "stub-resolv.conf"
    target.write_text("of the machine\n")
    # The outer sandbox plays the machine; once with the target in place, once without.
    for link in (target, tmp_path / "missing"):
        output = shell(
            f"ln -sf {link} /etc/resolv.conf\n"
            f"{SANDBOX} sh -c 'cat /etc/resolv.conf; echo mine > /etc/resolv.conf'\n"
            "readlink /etc/resolv.conf"
        )
        assert output == f"nameserver 127.0.0.1\n{link}\n"
    assert target.read_text() == "of the machine\n"
    assert not (tmp_path / "missing").exists()


@needs_root
def test_mounts_below_etc_stay():
    # The outer sandbox plays the machine; Docker mounts single files there, others directories.
    script = f"""
        mkdir -p /etc/a/b
        touch /etc/file
        mount -t tmpfs tmpfs /etc/a/b
        echo deep > /etc/a/b/c
        mount --bind /etc/a/b/c /etc/file
        mount --bind /etc/a/b/c /etc/resolv.conf
        {SANDBOX} cat /etc/a/b/c /etc/file /etc/resolv.conf
    """
    assert shell(script) == "deep\ndeep\nnameserver 127.0.0.1\n"


def test_sandboxes_nest(tmp_path):
    (tmp_path / "hosts").write_text("outer\n")
    output = shell(
        f"{SANDBOX} sh -c 'cat /etc/hosts; test -e /etc/.sandbox || echo gone'; cat /etc/hosts",
        "--etc-dir", tmp_path,
    )
    assert output == "127.0.0.1 localhost\n::1 localhost\ngone\nouter\n"


def test_no_mount_reaches_the_machine():
    inside = shell("cat /proc/self/mountinfo")
    assert any(line.split()[4] == "/etc" for line in inside.splitlines())
    assert " shared:" not in inside and " master:" not in inside
    machine = pathlib.Path("/proc/self/mountinfo").read_text()
    assert not any(line.split()[4] == "/etc" for line in machine.splitlines())


# ---- network ----


def test_loopback_is_up_and_alone():
    program = """
import json, socket
names = [name for _, name in socket.if_nameindex()]
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.53", 53))
server.settimeout(10)
client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
client.sendto(b"hello", ("127.0.0.53", 53))
got = server.recv(100).decode()
v6 = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
v6.bind(("::1", 0))
try:
    client.sendto(b"hello", ("192.0.2.1", 53))
    outside = 0
except OSError as failure:
    outside = failure.errno
print(json.dumps([names, got, outside]))
"""
    names, got, outside = python(program)
    assert names == ["lo"]
    assert got == "hello"
    assert outside == 101  # ENETUNREACH


def test_two_sandboxes_have_the_same_port_to_themselves():
    program = """
import socket, sys
server = socket.socket()
server.bind(("127.0.0.1", 53))
print("bound", flush=True)
sys.stdin.read()
"""
    command = [SANDBOX, sys.executable, "-B", "-c", program]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    both = [subprocess.Popen(command, **pipes) for _ in range(2)]
    try:
        assert [process.stdout.readline() for process in both] == ["bound\n"] * 2
    finally:
        for process in both:
            process.communicate()


# ---- the command ----


def test_command_is_the_same_process_and_sees_the_sentinel():
    environment = {name: value for name, value in os.environ.items() if name != "ALLOWNET_SANDBOX"}
    process = subprocess.Popen(
        [SANDBOX, "sh", "-c", "echo $$ $ALLOWNET_SANDBOX"],
        stdout=subprocess.PIPE, text=True, env=environment,
    )
    output, _ = process.communicate(timeout=PATIENCE)
    assert output == f"{process.pid} 1\n"


def test_arguments_streams_and_exit_status_pass_through():
    result = sandbox("sh", "-c", 'cat; echo "$@" >&2; exit 7', "sh", "--hide", "x y", input="in")
    assert (result.returncode, result.stdout, result.stderr) == (7, "in", "--hide x y\n")
    assert sandbox("true").returncode == 0
    assert sandbox("--", "sh", "-c", "kill -KILL $$").returncode == -9


def test_signals_are_as_a_new_process_expects_them():
    """Whoever starts it may ignore SIGINT, as shells do for background jobs, or block signals."""
    careless = ["env", "--ignore-signal=INT,PIPE", "--block-signal=TERM,USR1"]
    libc_own = 1 << 31 | 1 << 32  # 32 and 33, which glibc lets nobody change

    def blocked_or_ignored(*command):
        status = subprocess.run(
            [*careless, *command, "cat", "/proc/self/status"],
            capture_output=True, text=True, timeout=PATIENCE, check=True,
        ).stdout
        fields = dict(line.split(":\t", 1) for line in status.splitlines())
        return (int(fields["SigBlk"], 16) | int(fields["SigIgn"], 16)) & ~libc_own

    assert blocked_or_ignored() != 0
    assert blocked_or_ignored(SANDBOX) == 0


def test_command_that_cannot_be_run():
    result = sandbox("/nonexistent")
    assert result.returncode == 127
    assert result.stderr == "sandbox: /nonexistent: No such file or directory\n"
    assert sandbox("/etc/passwd").returncode == 126


def test_command_does_not_outlive_whoever_started_it():
    program = (
        "import subprocess, sys\n"
        "child = subprocess.Popen([sys.argv[1], 'sh', '-c', 'echo up; exec sleep 600'],"
        " stdout=subprocess.PIPE)\n"
        "child.stdout.readline()\n"
        "print(child.pid, flush=True)\n"
        "sys.stdin.read()\n"
    )
    owner = subprocess.Popen(
        [sys.executable, "-B", "-c", program, SANDBOX],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )
    try:
        watched = os.pidfd_open(int(owner.stdout.readline()))
        owner.kill()
        owner.wait()
        assert select.select([watched], [], [], PATIENCE)[0] == [watched]
        os.close(watched)
    finally:
        owner.kill()
        owner.communicate()


def test_an_address_brings_a_route_to_its_network():
    program = """
import json, socket
def reaches(address):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        return client.connect_ex((address, 53)) == 0
print(json.dumps([reaches("10.1.2.3"), reaches("203.0.113.9")]))
"""
    assert python(program) == [False, False]
    result = sandbox("--address", "10.255.255.1", sys.executable, "-B", "-c", program)
    assert (json.loads(result.stdout), result.stderr) == ([True, False], "")


# ---- failures ----


@pytest.mark.parametrize(
    "arguments, text",
    [
        ([], "a command is needed"),
        (["--hide", "resolv.conf"], "a command is needed"),
        (["--frobnicate", "true"], "frobnicate"),
        (["--etc", "hosts", "true"], "not NAME=FILE: hosts"),
        (["--etc", "a/b=/dev/null", "true"], "no file in /etc, or too many: a/b"),
        (["--etc", "hosts=/nonexistent", "true"], "open /nonexistent: No such file or directory"),
        (["--etc-dir", "/nonexistent", "true"], "realpath /nonexistent: No such file or directory"),
        (["--address", "::1", "true"], "not an IPv4 address: ::1"),
        (["--hide", "", "true"], "no file in /etc, or too many: "),
        ([*[f"--hide={number}" for number in range(14)], "true"], "or too many: 13"),
    ],
)
def test_mistaken_arguments(arguments, text):
    result = sandbox(*arguments)
    assert (result.returncode, result.stdout) == (125, "")
    assert text in result.stderr


@pytest.fixture
def nobody(tmp_path_factory):
    """Options to run the sandbox without privileges, from a place that is open to all."""
    where = pathlib.Path("/tmp", f"sandbox-test-{os.getpid()}")
    where.mkdir()
    where.chmod(0o755)
    try:
        program = shutil.copy(SANDBOX, where)
        os.chmod(program, 0o755)
        identity = {}
        if os.geteuid() == 0:
            identity = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
        probe = subprocess.run(
            ["unshare", "--user", "true"], cwd="/", capture_output=True, **identity
        )
        if probe.returncode != 0:
            pytest.skip(f"no user namespaces here: {probe.stderr.decode().strip()}")
        yield {"program": program, "cwd": "/", **identity}
    finally:
        shutil.rmtree(where)


def test_without_privileges_a_user_namespace_makes_it_root(nobody):
    output = shell(
        "id -u; id -g; cat /etc/resolv.conf; echo mine > /etc/hosts; "
        "cat /etc/hosts; ls /etc/passwd",
        **nobody,
    )
    assert output == "0\n0\nnameserver 127.0.0.1\nmine\n/etc/passwd\n"


def test_port_53_can_be_bound_without_privileges(nobody):
    program = "import socket; s = socket.socket(); s.bind(('127.0.0.1', 53)); print('bound')"
    result = sandbox("/usr/bin/python3", "-c", program, **nobody)
    assert (result.stdout, result.stderr) == ("bound\n", "")


def test_namespace_that_cannot_be_had_is_named(nobody):
    # The limit is that of the user namespace, so the machine's stays.
    output = shell(
        "echo 0 > /proc/sys/user/max_net_namespaces; "
        f"{nobody['program']} echo never 2>&1 || echo $?",
        **nobody,
    )
    assert output == "sandbox: unshare (mount, network): No space left on device\n125\n"


@needs_root
def test_plain_chroot_below_a_shared_mount_keeps_its_etc(tmp_path):
    # The outer sandbox plays the machine, so that its mounts go away with it.
    script = f"""
        mount -t tmpfs tmpfs {tmp_path}
        mount --make-shared {tmp_path}
        root={tmp_path}/root
        mkdir -p $root/etc $root/proc
        for path in /bin /lib /lib64 /usr; do
            test -e $path || continue
            if test -L $path; then cp -P $path $root$path; continue; fi
            mkdir $root$path
            mount --bind $path $root$path
        done
        mount --rbind /proc $root/proc
        cp {SANDBOX} $root/sandbox
        echo theirs > $root/etc/resolv.conf
        echo kept > $root/etc/kept
        chroot $root /sandbox sh -c 'cat /etc/resolv.conf /etc/kept; pwd; ls -d /sandbox' 2>&1
        cat $root/etc/resolv.conf
        grep -c " $root/etc " /proc/self/mountinfo || true
    """
    assert shell(script).splitlines() == [
        "nameserver 127.0.0.1",
        "kept",
        "/",
        "/sandbox",
        "theirs",
        "0",
    ]
