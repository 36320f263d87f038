"""Conduct in a foreign process: silence, no change of behaviour, and the right copy of c-ares."""

import json
import os
import re
import subprocess

import pytest

from bridgehost import BUILD, TESTS, encode, make_config
from conftest import PRELOAD

PYTHON = "/usr/bin/python3"


def run(command, preload, **env):
    environment = {**os.environ, **env}
    if preload:
        environment["LD_PRELOAD"] = str(preload)
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)


def both(command, **env):
    plain, preloaded = run(command, None, **env), run(command, PRELOAD, **env)
    assert (plain.returncode, plain.stdout, plain.stderr) == (
        preloaded.returncode, preloaded.stdout, preloaded.stderr,
    )
    return preloaded


def test_getaddrinfo_is_the_same_in_every_form_and_context(dns, etc):
    dns.set_script("known.example answer 192.0.2.1,192.0.2.2\n")
    result = both([TESTS / "lookups"])
    assert result.returncode == 0
    contexts = {line.split()[0] for line in result.stdout.splitlines()}
    assert contexts == {"constructor", "main", "thread", "child"}
    assert "192.0.2.1" in result.stdout


def test_a_hook_before_our_constructor_passes_through():
    result = run(["true"], f"{PRELOAD}:{TESTS / 'early.so'}")
    assert result.stdout == "early getaddrinfo 0\n"
    assert result.stderr == ""


@pytest.mark.parametrize(
    "command",
    [
        ["bash", "-c", "echo hello; (exit 3); echo $?; ls /nowhere"],
        [PYTHON, "-c", "import socket, subprocess; print(socket.getaddrinfo('localhost', 80, 2, 1));"
                       "print(subprocess.run(['sh', '-c', 'exit 7']).returncode)"],
        ["git", "--no-pager", "config", "--list", "--system"],
        ["curl", "--version"],
        ["sh", "-c", "curl -sS http://127.0.0.1:9/ 2>&1 | sed 's/after [0-9]* ms/after some time/'"],
        ["env", "-i", "/bin/echo", "cleared"],
    ],
    ids=["bash", "python", "git", "curl", "curl-refused", "env"],
)
def test_a_program_does_not_notice(command):
    both(command)


def test_git_works_in_a_repository(tmp_path):
    script = (
        "git init -q . && git -c user.name=a -c user.email=a@b commit -q --allow-empty -m x "
        "--date='2026-01-01T00:00:00Z' && git log --format=%s"
    )
    for name, preload in ("plain", None), ("preloaded", PRELOAD):
        directory = tmp_path / name
        directory.mkdir()
        result = subprocess.run(
            ["sh", "-c", script], cwd=directory, capture_output=True, text=True,
            env={**os.environ, "HOME": str(tmp_path), **({"LD_PRELOAD": str(preload)} if preload else {})},
        )
        assert (result.returncode, result.stdout, result.stderr) == (0, "x\n", "")


def test_curl_gets_a_page_by_name(dns, etc, tmp_path):
    dns.set_script("page.example answer 127.0.0.1\n")
    (tmp_path / "index.html").write_text("page\n")
    server = subprocess.Popen(
        [PYTHON, "-u", "-m", "http.server", "--bind", "127.0.0.1", "--directory", tmp_path, "8080"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )
    try:
        assert "Serving" in server.stdout.readline()
        result = both(["curl", "-sS", "http://page.example:8080/index.html"])
        assert result.stdout == "page\n"
    finally:
        server.kill()
        server.communicate()


def test_detect_prints_version_and_mode(tmp_path):
    result = run(["false"], PRELOAD, BOXLITE_ALLOWNET_DETECT="1", BOXLITE_ALLOWNET="observe")
    assert result.returncode == 0
    revision = r"([0-9a-f]{12}\+?|unknown)"
    assert re.fullmatch(
        rf"boxlite-allownet \d+\.\d+\.\d+ \({revision}\) preload mode=observe\n", result.stdout
    )
    assert result.stderr == ""


def plugin_config(tmp_path, rules):
    path = tmp_path / "config.json"
    path.write_bytes(encode(make_config(tmp_path / "net.sock", rules)))
    return {"PLUGIN_CONFIG": str(path), "LD_LIBRARY_PATH": str(TESTS / "bridge")}


def test_a_bridge_in_a_local_scope_is_repaired(dns, tmp_path):
    """An extension module opened with RTLD_LOCAL, as Python opens them."""
    dns.set_script("six.example aaaa-only 2001:db8::1\n")
    command = [PYTHON, "-c", f"import ctypes; ctypes.CDLL('{TESTS / 'plugin.so'}')"]
    env = plugin_config(tmp_path, ["six.example"])
    assert run(command, None, **env).stdout == "created\n"
    result = run(command, PRELOAD, **env)
    assert result.stdout == (
        'failed allowNet: resolve "six.example": only IPv6 addresses; the guest network is IPv4\n'
    )


def node():
    path = os.environ.get("NODE")
    if not path:
        pytest.skip("no Node.js with c-ares of its own (scripts/setup)")
    return path


def test_node_has_its_own_c_ares_and_we_have_ours(dns, tmp_path):
    """Node exports ares_*; a library that left them undefined would be bound to Node's copy."""
    symbols = subprocess.run(["nm", "-D", "--defined-only", node()], capture_output=True, text=True)
    assert len(re.findall(r" [TW] ares_\w+", symbols.stdout)) > 100
    dns.set_script("flaky.example servfail ; answer 192.0.2.1\n")
    script = (
        "console.log('node', process.versions.ares);"
        f"try {{ process.dlopen({{exports: {{}}}}, {json.dumps(str(TESTS / 'plugin.so'))}) }} catch (e) {{}}"
        "require('dns').lookup('unknown.example', (e) => console.log(e.code))"
    )
    env = {**plugin_config(tmp_path, ["flaky.example"]), "BOXLITE_ALLOWNET_BACKOFF_MS": "10"}
    result = run([node(), "-e", script], PRELOAD, **env)
    assert result.returncode == 0, result.stderr
    lines = result.stdout.splitlines()
    assert sorted(lines) == sorted(["created", "ENOTFOUND", lines[0]])
    ours = re.search(r"c_ares=(\S+)", result.stderr).group(1)
    theirs = lines[0].split()[1]
    print(f"node's c-ares {theirs}, ours {ours}")
    linked = subprocess.run(
        [BUILD / "boxlite-allownet", "version"], capture_output=True, text=True
    ).stdout
    assert f"c-ares {ours}" in linked
    assert ours != theirs
    assert "retry hostname=flaky.example attempt=2" in result.stderr


def test_node_resolves_as_before(dns):
    dns.set_script("known.example answer 192.0.2.1\nsilent.example drop\n")
    script = (
        "const dns = require('dns');"
        "dns.lookup('known.example', {family: 4}, (e, a) => { console.log(a);"
        "dns.lookup('unknown.example', (e) => { console.log(e.code);"
        "new dns.Resolver({timeout: 200, tries: 1}).resolve4('silent.example', (e) => console.log(e.code)) }) })"
    )
    result = both([node(), "-e", script])
    assert result.stdout == "192.0.2.1\nENOTFOUND\nETIMEOUT\n"
    assert result.stderr == ""


def test_run_starts_a_command_with_the_preload(dns):
    command = BUILD / "boxlite-allownet"
    result = run([command, "run", "--", "sh", "-c", "echo $LD_PRELOAD"], None)
    assert result.stdout == f"{PRELOAD}\n"
    result = run([command, "run", "--observe", "env"], None, LD_PRELOAD="")
    assert "BOXLITE_ALLOWNET=observe" in result.stdout.splitlines()
    assert run([command, "run", "/nowhere"], None).returncode == 127
    assert run([command, "run", "/etc/hosts"], None).returncode == 126
    assert run([command, "run"], None).returncode == 125
    assert run([command, "run", "sh", "-c", "exit 9"], None).returncode == 9
    assert "no command \"rnu\"" in run([command, "rnu"], None).stderr
