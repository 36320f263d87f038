"""The reader of an emulated machine's console, with a script as the machine."""

import contextlib
import os
import select
import signal
import subprocess
import sys
from pathlib import Path

from console import Console

ALIVE = "echo one; sleep 0.2; echo two; echo machine done"
# A kernel that spins says so every few seconds, for ever; here for 60 s, and then it is well again.
SPINS = """
for i in $(seq 600); do echo "[  $i.123456] watchdog: BUG: soft lockup - CPU#0 stuck"; sleep 0.1; done
echo machine done
"""


def hear(script, silence_s):
    return Console(["sh", "-c", script], silence_s, tell=lambda line: None)


def test_a_machine_is_heard_to_its_end():
    console = hear(ALIVE, 100)
    assert console.lines == ["one", "two", "machine done"] and console.done


def test_a_kernel_that_complains_for_ever_is_no_sign_of_life():
    console = hear(SPINS, 1)
    assert console.lines and not console.done


def test_a_machine_ends_with_the_one_who_listens():
    listener = "import console; console.Console(['sh', '-c', 'echo $$; exec sleep 600'], 600)"
    command = [sys.executable, "-B", "-u", "-c", listener]
    with subprocess.Popen(command, cwd=Path(__file__).parent, stdout=subprocess.PIPE, text=True) as process:
        machine = os.pidfd_open(int(process.stdout.readline()))
        try:
            process.kill()
            process.wait()
            assert select.select([machine], [], [], 60)[0]
        finally:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(machine, signal.SIGKILL)
            os.close(machine)
