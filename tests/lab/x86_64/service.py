"""my-app.service of docs/operate.md, with whatever its [Service] section is to have."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(TESTS / name) for name in ("support", "operate", "sdk")]

from bridgehost import probe  # noqa: E402
from example import RIGHT, WILDCARD  # noqa: E402
from operatebox import blocks  # noqa: E402

NAME = "my-app.service"
UNIT = Path("/etc/systemd/system", NAME)
STATE = Path("/var/lib/my-app")
APP = Path(__file__).with_name("app.py")


def run(command, status=0):
    """What it prints."""
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    if status is not None and done.returncode != status:
        journal = run(["journalctl", "--no-pager", "-o", "cat", "-n", "20"], None)
        raise AssertionError(f"{command}: {done.returncode}\n{done.stdout}\n{journal}")
    return done.stdout


def page(name, status=0):
    """Does what the block of the page says, to the letter; what it prints."""
    return run(["sh", "-e", "-c", blocks("sh")[name]], status)


def show(name):
    return run(["systemctl", "show", "-p", name, "--value", NAME]).strip()


class BoxOutcome:
    """Of a start: "starts" (and has the fault), "repaired", "refused" (with our text), or "fails".

    lines  of the box's standard error
    text   the first of them, if the box did not start
    """

    def __init__(self, way, told):
        self.lines = told["lines"]
        self.text = "" if told["started"] else (self.lines or [""])[0]
        self.what = self._judge(way, told["started"])

    def _judge(self, way, started):
        if not started:
            return "refused" if "allowNet: " in self.text else "fails"
        # The bridge serves one guest, once.
        answers = probe(STATE / way / "sockets" / "net.sock", RIGHT)
        if answers == RIGHT:
            return "repaired"
        # The fault that every box has, whatever the order of its zones.
        assert answers[WILDCARD] == "A length-0", answers
        return "starts"


class Outcome:
    """Of a start of the service.

    boxes   {way: BoxOutcome}
    report  what doctor says of the service, as for a program; doctor: its verdict
    """

    def __init__(self):
        told = json.loads((STATE / "outcome").read_text())
        self.report = json.loads(run(["boxlite-allownet", "doctor", "--json", show("MainPID")], None))
        self.doctor = self.report["verdict"]
        self.boxes = {way: BoxOutcome(way, one) for way, one in told.items()}


class Service:
    """Is there until close().

    lines  of its [Service] section
    """

    def __init__(self, lines):
        UNIT.write_text(
            "[Unit]\nDescription=My application\n\n"
            "[Service]\nType=notify\nTimeoutStartSec=infinity\nKillSignal=SIGKILL\nStateDirectory=my-app\n"
            f"ExecStart=/usr/bin/python3 -B {APP} 0.9.7 0.10.1\n" + "".join(f"{line}\n" for line in lines)
        )
        self._clear()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _clear(self):
        run(["systemctl", "stop", NAME], None)
        for directory in (STATE, STATE.parent / "private" / STATE.name):
            if directory.is_symlink():
                directory.unlink()
            elif directory.exists():
                shutil.rmtree(directory)

    def start(self):
        """As it stands."""
        self._clear()
        run(["systemctl", "daemon-reload"])
        run(["systemctl", "restart", NAME])
        return Outcome()

    def do(self, block):
        """As the page says, of which a restart is a part."""
        self._clear()
        page(block)
        return Outcome()

    def close(self):
        self._clear()
        shutil.rmtree(f"{UNIT}.d", ignore_errors=True)
        UNIT.unlink()
