"""Services, as a real systemd has them: each way of setting a filter, and each kind of unit."""

import re

import pytest

from doctorbox import COMMAND, OBJECT, PythonProcess
from userunits import Manager, available

pytestmark = pytest.mark.skipif(not available(), reason="no systemd, or no control groups")

SERVICE = "[Service]\nType=exec\nExecStart={}\n"
UNIT = "my-app.service"


@pytest.fixture(scope="module")
def running():
    manager = Manager()
    yield manager
    manager.close()


@pytest.fixture
def manager(running, wheel):
    """Node itself dies of such filters: Python."""
    (library,) = (wheel / "boxlite").glob("boxlite.*.so")
    application = f'exec /usr/bin/python3 -c "{PythonProcess.SCRIPT}" {library.resolve()}\n'
    running.write("app.sh", application)
    yield running
    running.forget(UNIT)


def service(manager, *settings):
    """The service's file, with its own settings."""
    text = SERVICE.format(f"/bin/sh {manager.RUNTIME}/app.sh")
    manager.write(f"systemd/user/{UNIT}", text + "".join(f"{line}\n" for line in settings))


def started(manager, unit=UNIT):
    manager.must("systemctl", "--user", "daemon-reload")
    manager.must("systemctl", "--user", "restart", unit)
    return loaded(manager, unit)


def loaded(manager, unit=UNIT):
    """The number of its process, once the SDK is in it."""
    while True:
        pid = manager.pid_of(unit)
        assert pid > 0, manager.run("systemctl", "--user", "status", unit).stdout
        maps = manager.run("cat", f"/proc/{pid}/maps").stdout
        if "/boxlite/boxlite." in maps:
            return pid


def judged(manager, pid):
    """(unit, verdict), after a look at what the kernel has."""
    document = manager.told(pid)
    (finding,) = document["findings"]
    return finding["process"]["unit"], finding


FILTERS = {
    "system-service": (["SystemCallFilter=@system-service"], True),
    "with an error": (["SystemCallFilter=@system-service", "SystemCallErrorNumber=EPERM"], True),
    "given back": (["SystemCallFilter=@system-service", "SystemCallFilter=ptrace"], False),
    "the group": (["SystemCallFilter=@system-service @debug"], False),
    "denied": (["SystemCallFilter=~@debug @mount"], True),
    "something else denied": (["SystemCallFilter=~@mount @swap"], False),
    "denied and allowed again": (["SystemCallFilter=~@debug", "SystemCallFilter=ptrace"], False),
    "begun anew": (["SystemCallFilter=@system-service", "SystemCallFilter="], False),
    "memory alone": (["SystemCallFilter=~process_vm_writev"], True),
    "memory alone, with an error": (["SystemCallFilter=~process_vm_writev:EPERM"], False),
    "memory, an error for all": (
        ["SystemCallFilter=~process_vm_writev", "SystemCallErrorNumber=EPERM"], False,
    ),
    "two lines": (["SystemCallFilter=@system-service \\", "  ptrace"], False),
    "none": ([], False),
}


@pytest.mark.parametrize("case", FILTERS)
def test_the_filter_of_a_service(manager, case):
    settings, denied = FILTERS[case]
    service(manager, *settings)
    unit, finding = judged(manager, started(manager))
    assert unit["asked"]
    assert unit["file"] == f"{manager.RUNTIME}/systemd/user/{UNIT}"
    assert unit["filters"] == (case not in ("none", "begun anew"))
    assert unit["denies_ptrace"] == denied
    assert finding["verdict"] == ("cannot-be-covered" if denied else "not-covered")


@pytest.mark.parametrize(
    "place", ["my-app.service.d", "my-.service.d", "service.d"], ids=["its", "prefix", "all"]
)
def test_a_filter_in_a_drop_in(manager, place):
    service(manager)
    path = f"systemd/user/{place}/10-hard.conf"
    manager.write(path, "[Service]\nSystemCallFilter=@system-service\n")
    unit, finding = judged(manager, started(manager))
    assert unit["denies_ptrace"]
    assert unit["drop_ins"] == f"{manager.RUNTIME}/{path}"


def test_a_template_and_its_instance(manager):
    service(manager)
    manager.must("sh", "-c", f"cd {manager.RUNTIME}/systemd/user; mv {UNIT} box@.service")
    manager.write("systemd/user/box@.service.d/1.conf", "[Service]\nSystemCallFilter=@system-service\n")
    manager.write("systemd/user/box@two.service.d/2.conf", "[Service]\nSystemCallFilter=ptrace\n")
    try:
        assert judged(manager, started(manager, "box@one.service"))[0]["denies_ptrace"]
        unit, _ = judged(manager, started(manager, "box@two.service"))
        assert (unit["name"], unit["denies_ptrace"]) == ("box@two.service", False)
    finally:
        manager.run("systemctl", "--user", "stop", "box@one.service", "box@two.service")


def test_a_transient_unit(manager):
    """It has no file but systemd's own."""
    for filters in ("@system-service", "@system-service ptrace"):
        manager.must(
            *("systemd-run", "--user", "--quiet", "--collect", f"--unit={UNIT}"),
            *(f"--property=SystemCallFilter={filters}", "sh", f"{manager.RUNTIME}/app.sh"),
        )
        unit, finding = judged(manager, loaded(manager))
        assert "/transient/" in unit["file"]
        assert unit["denies_ptrace"] == (filters == "@system-service")
        manager.must("systemctl", "--user", "stop", UNIT)
    assert finding["do"][0].endswith(f"\nsystemd-run --user --setenv=LD_PRELOAD={OBJECT} COMMAND")


def test_a_quadlet(manager):
    """podman's generator writes such a file; a variable of the service would be podman's own."""
    service(manager)
    quadlet = f"{manager.RUNTIME}/my-app.container"
    manager.write("my-app.container", "[Unit]\nDescription=x\n\n[Container]\nImage=app\n")
    manager.must(
        "sh", "-c",
        f"cd {manager.RUNTIME}/systemd; mkdir -p generator; mv user/{UNIT} generator/;"
        f" printf '[Unit]\\nSourcePath={quadlet}\\n' >> generator/{UNIT}",
    )
    # A reload would empty the generators' directory: it is read when it is first asked for.
    manager.must("systemctl", "--user", "start", UNIT)
    unit, finding = judged(manager, loaded(manager))
    assert unit["source"] == quadlet
    lines = finding["do"][0].splitlines()
    assert lines[0] == "Set the variable for the container, and start it again:"
    manager.must("sh", "-e", "-c", "\n".join(line for line in lines[1:] if "systemctl" not in line))
    assert manager.must("cat", quadlet) == (
        "[Unit]\nDescription=x\n\n[Container]\n"
        f"Volume={OBJECT.parent}:{OBJECT.parent}:ro\nEnvironment=LD_PRELOAD={OBJECT}\nImage=app\n"
    )


@pytest.mark.parametrize("settings", [[], ["SystemCallFilter=@system-service"]])
def test_what_is_advised_helps(manager, settings):
    """Pasted, one after the other, until doctor has nothing more to say."""
    service(manager, *settings)
    pid = started(manager)
    for _ in range(2 if settings else 1):
        _, finding = judged(manager, pid)
        assert finding["verdict"] != "covered"
        sentence, *commands = finding["do"][0].splitlines()
        assert re.search("start it again:$", sentence)
        manager.must("sh", "-e", "-c", "\n".join(commands))
        pid = loaded(manager)
    assert judged(manager, pid)[1]["verdict"] == "covered"


def test_a_manager_that_cannot_be_asked(manager):
    """Its files are not guessed at: they may be another machine's."""
    service(manager, "SystemCallFilter=@system-service")
    pid = started(manager)
    result = manager.run("env", "PATH=/nowhere", COMMAND, "doctor", pid)
    assert f"\n  unit         {UNIT}; systemd could not be asked about it here: " in result.stdout
