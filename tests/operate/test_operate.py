"""docs/operate.md, followed: what it switches on repairs, and what it switches off brings the fault
back. The boxes are those of the published SDKs, release 0.9.7."""

import re
import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path

import pytest

from example import RIGHT, WILDCARD
from operatebox import PAGE, blocks

OBJECT = "/usr/lib/boxlite-allownet/libboxlite_allownet.so"
EXAMPLES = Path("/usr/share/doc/boxlite-allownet/examples")

pytestmark = pytest.mark.usefixtures("installed")


@contextmanager
def ended(box):
    try:
        yield box
    finally:
        box.end()


def is_repaired(box):
    return box.answers(RIGHT) == RIGHT


def is_faulty(box):
    return box.answers([WILDCARD])[WILDCARD] != RIGHT[WILDCARD]


def clear_boxes(operator):
    shutil.rmtree(operator.home / ".boxlite" / "boxes")


def test_python(python):
    with ended(python.start("python-on")) as box:
        assert is_repaired(box)
        assert python.do("log").count("allowNet: zones repaired") == 1
    clear_boxes(python)
    with ended(python.start("python-off")) as box:
        assert is_faulty(box)
        assert python.do("log", status=1, as_shown=False) == ""
        assert "allow_zones=3" in python.do("sinkhole-log")


def test_node(node):
    with ended(node.start("node-on")) as box:
        assert is_repaired(box)
        node.do("log")
    with ended(node.start("node-off")) as box:
        assert is_faulty(box)


def test_observe_changes_nothing(python):
    with ended(python.start("observe")) as box:
        assert is_faulty(box)
        assert "zones would be repaired" in python.do("observe-log")


@pytest.fixture
def unit(python):
    """A service as an operator has it."""
    text = (
        "[Unit]\nDescription=My application\n\n"
        "[Service]\n"
        f"Environment=HOME={python.home} REGISTRY={python.environment['REGISTRY']}\n"
        "SystemCallFilter=@system-service\n"
        f"ExecStart=/usr/bin/python3 {python.directory}/app.py\n\n"
        "[Install]\nWantedBy=multi-user.target\n"
    )
    path = Path("/etc/systemd/system/my-app.service")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    yield path
    path.unlink()


def test_systemd(python, unit):
    python.do("systemd-on")
    with ended(python.unit_box(unit.name)) as box:
        assert is_repaired(box)
    drop_in = unit.with_name(f"{unit.name}.d") / "boxlite-allownet.conf"
    python.do("systemd-ptrace")
    python.unit_box(unit.name).end()
    assert "\nSystemCallFilter=ptrace\n" in drop_in.read_text()
    if shutil.which("systemd-analyze"):
        assert "my-app" not in python.do("systemd-verify")
    python.do("systemd-off")
    with ended(python.unit_box(unit.name)) as box:
        assert is_faulty(box)


def test_no_list_of_ptrace_alone_is_made(python, unit):
    unit.write_text(unit.read_text().replace("SystemCallFilter=@system-service\n", ""))
    python.do("systemd-on")
    python.unit_box(unit.name).end()
    python.do("systemd-ptrace")
    drop_in = unit.with_name(f"{unit.name}.d") / "boxlite-allownet.conf"
    assert "SystemCallFilter" not in drop_in.read_text()
    python.do("systemd-off")
    python.unit_box(unit.name).end()


def test_the_settings_file_switches_off_as_well(python, unit):
    python.do("systemd-on")
    with ended(python.unit_box(unit.name)):
        pass
    text = (EXAMPLES / "boxlite-allownet.default").read_text()
    Path("/etc/default/boxlite-allownet").write_text(
        text.replace("#BOXLITE_ALLOWNET=on", "BOXLITE_ALLOWNET=off")
    )
    subprocess.run(
        [python.directory / "bin" / "systemctl", "restart", unit.name],
        env=python.environment,
        check=True,
    )
    with ended(python.unit_box(unit.name)) as box:
        assert is_faulty(box)
    python.do("systemd-off")
    python.unit_box(unit.name).end()


def needs_systemd_analyze():
    if shutil.which("systemd-analyze") is None:
        pytest.skip("no systemd-analyze (Debian package: systemd)")


def test_systemd_analyze_would_find_a_mistake(python, unit):
    needs_systemd_analyze()
    python.do("systemd-on")
    python.unit_box(unit.name).end()
    drop_in = Path(f"{unit}.d/boxlite-allownet.conf")
    drop_in.write_text(drop_in.read_text().replace("EnvironmentFile", "EnvironmentFiles"))
    assert "EnvironmentFiles" in python.do("systemd-verify")
    python.do("systemd-off")
    python.unit_box(unit.name).end()


def test_ptrace_is_where_the_page_says_it_is():
    needs_systemd_analyze()

    def calls(name):
        command = ["systemd-analyze", "syscall-filter", f"@{name}"]
        text = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
        words = text.split()
        return {word for word in words if word.islower()}.union(
            *(calls(word[1:]) for word in words[1:] if word.startswith("@"))
        )

    allowed = calls("system-service")
    assert "ptrace" not in allowed
    assert {"process_vm_readv", "process_vm_writev"} <= allowed


def test_the_installed_drop_in_is_the_page_s():
    def settings(text):
        return [line for line in text.splitlines() if line and not line.startswith("#")]

    shown = re.search(r"<<'END'\n(.*?)END\n", blocks("sh")["systemd-on"], re.S).group(1)
    assert settings((EXAMPLES / "boxlite-allownet.conf").read_text()) == settings(shown)


def test_every_block_is_one_for_a_shell(tmp_path):
    found = re.findall(r"^```sh\b.*?\n(.*?)^```$", PAGE.read_text(), re.M | re.S)
    assert len(found) > len(blocks("sh")) > 10
    for block in found:
        (tmp_path / "block").write_text(block)
        subprocess.run(["sh", "-n", tmp_path / "block"], check=True)


def load(name):
    yaml = pytest.importorskip("yaml", reason="no PyYAML (Debian package: python3-yaml)")
    return yaml.safe_load(blocks("yaml")[name])


def test_a_pod(node):
    """The init container's command copies the object, and the program finds it where it then is."""
    pod = load("pod")["spec"]
    (init,), (program,) = pod["initContainers"], pod["containers"]
    (mount,) = init["volumeMounts"]
    assert program["volumeMounts"] == [{**mount, "readOnly": True}]
    assert pod["volumes"] == [{"name": mount["name"], "emptyDir": {}}]
    Path(mount["mountPath"]).mkdir()
    subprocess.run(init["command"], check=True)
    environment = {entry["name"]: entry["value"] for entry in program["env"]}
    assert environment["LD_PRELOAD"].startswith(mount["mountPath"])
    with ended(node.start("pod", environment, ["node", "app.mjs"])) as box:
        assert is_repaired(box)


def test_compose():
    service = load("compose")["services"]["my-app"]
    assert service["environment"] == {"LD_PRELOAD": OBJECT}
    (volume,) = service["volumes"]
    source, target, mode = volume.split(":")
    assert source == target == str(Path(OBJECT).parent) and mode == "ro"


def test_every_path_on_the_page_is_there():
    for path in set(re.findall(r"/usr/(?:lib|share/doc)/boxlite-allownet[\w./-]*", PAGE.read_text())):
        assert Path(path.rstrip(".")).exists(), path


def test_overlay(python):
    python.do("overlay-make")
    with ended(python.start("overlay-on")) as box:
        assert is_repaired(box)
    with ended(python.start("python-off")) as box:
        assert is_faulty(box)


def test_explain(python):
    text = python.do("explain")
    assert "iapi.sample.com" in text and "www.example.org" in text


def test_resolve(python, names):
    assert "192.0.2.2" in python.do("resolve")
    names.set_script("default nxdomain\n")
    python.environment["BOXLITE_ALLOWNET_BACKOFF_MS"] = "1"
    try:
        assert 'resolve "github.com": no such host' in python.do("resolve", status=1, as_shown=False)
    finally:
        del python.environment["BOXLITE_ALLOWNET_BACKOFF_MS"]


def test_doctor_tells_that_it_is_affected(python):
    assert "0.9.7" in python.do("affected", status=1)


def test_doctor_tells_that_a_program_is_repaired(python):
    with ended(python.start("python-on")):
        python.do("doctor-python")
    with ended(python.start("python-off")):
        python.do("doctor-python", status=1, as_shown=False)
