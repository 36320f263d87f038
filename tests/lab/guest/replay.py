"""Starts one box's shim again and again, without the SDK, each time until its guest's agent runs. Each start is
of one of three kinds, by chance:

without  the shim alone
with     it is repaired
traced   not repaired, and nothing of ours is near it, but what the repair does to a shim is done to it and far
         more so: it is started under ptrace, and every page of its code is written to, so copied (tracer.py)

Each is a record, "@@ {JSON}" a line, with what became of it:

up     the agent runs
died   the shim has ended
stuck  none of these for LIMIT_S
WRONG  it runs, repaired where it should not be, or not where it should

A kernel that panics has the shim end with 0 and says nothing, since its console is not there yet. So the shim
that is started has the guest's command line changed: "panic=-1" is "panic=99", and the kernel stays as it is
for 99 s, so the start is stuck. What it has logged is then found in the guest's memory.

usage: replay.py keep SHIM           has the shim keep what it is given on stdin, and its environment
       replay.py start SHIM COUNT SEED
"""

import array
import glob
import itertools
import json
import os
import random
import re
import shutil
import subprocess
import sys
import time

import tracer
from look import read

LIMIT_S = 90
SPEC, ENVIRONMENT, DISKS = "/tmp/spec", "/tmp/environment.json", "/tmp/disks"
TRACING = "/sys/kernel/tracing"
# A reset by the keyboard controller, which is how this kernel restarts; a triple fault (SVM's shutdown).
EVENTS = {"kvm_pio": "port == 0x64", "kvm_exit": "exit_reason == 0x7f"}
KEEPER = f"""#!/bin/sh
cat > {SPEC}
python3 -c 'import json, os; json.dump(dict(os.environ), open("{ENVIRONMENT}", "w"))'
exec $0.real < {SPEC}
"""
KINDS = ("without", "with", "traced")
# Dynamically linked, so the repair goes along with it; fd 3 is how the shim sees that its parent is alive.
STARTER = """
import os, sys
shim, alive, kind = sys.argv[1:]
os.dup2(int(alive), 3)
os.set_inheritable(3, True)
if kind == "traced":
    import tracer
    tracer.be_traced()
os.execv(shim, [shim])
"""


def keep(shim):
    os.rename(shim, f"{shim}.real")
    with open(shim, "w") as file:
        file.write(KEEPER)
    os.chmod(shim, 0o755)


def have_panics_stay(shim):
    program = read(f"{shim}.real")
    assert program.count(b" panic=-1 ") == 1
    os.unlink(shim)
    with open(shim, "wb") as file:
        file.write(program.replace(b" panic=-1 ", b" panic=99 "))
    os.chmod(shim, 0o755)


def trace(*settings):
    for path, text in settings:
        with open(f"{TRACING}/{path}", "w") as file:
            file.write(text)


def pieces(pid, begin, end):
    """Those of the region that are in memory, no longer than 1 MiB; to read the others would make them."""
    page = os.sysconf("SC_PAGESIZE")
    with open(f"/proc/{pid}/pagemap", "rb", buffering=0) as pagemap:
        pagemap.seek(begin // page * 8)
        entries = array.array("Q", pagemap.read((end - begin) // page * 8))
    for is_there, group in itertools.groupby(range(len(entries)), lambda i: (entries[i] >> 63, i * page >> 20)):
        if is_there[0]:
            numbers = list(group)
            yield begin + numbers[0] * page, len(numbers) * page


def guest_log(pid):
    """Readable text around a panic, an oops and the first line of the kernel's, in the guest's memory."""
    wanted = re.compile(rb"Kernel panic - not|Oops: |BUG: |Linux version \d")
    for line in read(f"/proc/{pid}/maps").decode().splitlines():
        begin, end = (int(address, 16) for address in line.split()[0].split("-"))
        if end - begin < 32 << 20 or "rw" not in line:
            continue
        with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
            for at, length in pieces(pid, begin, end):
                memory.seek(at)
                data = memory.read(length)
                for found in wanted.finditer(data):
                    around = data[max(found.start() - 3000, 0):found.start() + 3500]
                    yield b" | ".join(re.findall(rb"[\x20-\x7e]{6,}", around)).decode()


def tell(heading, text):
    for line in [heading, *text.splitlines()]:
        print("## " + line[:8000], flush=True)


class Box:
    def __init__(self, shim):
        self.shim = shim
        self.directory, = glob.glob("/root/*/boxes/*")
        self.spec = read(SPEC)
        self.environment = json.loads(read(ENVIRONMENT))
        shutil.copytree(f"{self.directory}/disks", DISKS)

    def make_new(self):
        shutil.rmtree(f"{self.directory}/disks")
        shutil.copytree(DISKS, f"{self.directory}/disks")
        for pattern in "logs/*", "shim.stderr", "exit", "sockets/*":
            for path in glob.glob(f"{self.directory}/{pattern}"):
                os.unlink(path)

    def start(self, kind, alive):
        """`alive` is the reading end of a pipe that is closed when the parent is gone."""
        environment = dict(self.environment)
        if kind == "with":
            environment["LD_PRELOAD"] = "/job/libboxlite_allownet.so"
        with open(f"{self.directory}/shim.stderr", "wb") as errors:
            process = subprocess.Popen(
                ["/usr/bin/python3", "-c", STARTER, self.shim, str(alive), kind],
                env=environment, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=errors, pass_fds=[alive],
            )
        if kind == "traced":
            tracer.trace(process.pid, self.shim)
        process.stdin.write(self.spec)
        process.stdin.close()
        return process

    def logs(self):
        return sorted(glob.glob(f"{self.directory}/logs/boxlite-shim*"))

    def became(self, process):
        until = time.monotonic() + LIMIT_S
        while time.monotonic() < until:
            if process.poll() is not None:
                return f"died ({process.returncode})"
            if b"zygote started" in read(f"{self.directory}/logs/console.log"):
                return "up"
            time.sleep(0.1)
        return "stuck"

    def show(self, process):
        for path in [*self.logs(), f"{self.directory}/shim.stderr", f"{self.directory}/logs/console.log"]:
            tell(path, read(path).decode(errors="replace")[-20000:])
        tell("kvm", "\n".join(line for line in read(f"{TRACING}/trace").decode().splitlines() if line[:1] != "#"))
        if process.poll() is None:
            for text in guest_log(process.pid):
                tell("in the guest's memory", text)


def start(shim, count, seed):
    have_panics_stay(shim)
    subprocess.run(["mount", "-t", "tracefs", "tracefs", TRACING], check=False)
    for event, condition in EVENTS.items():
        trace((f"events/kvm/{event}/filter", condition), (f"events/kvm/{event}/enable", "1"))
    box, chance = Box(shim), random.Random(seed)
    for number in range(count):
        kind = chance.choice(KINDS)
        record = {"scenario": "replay", "box": number, "event": "starting", "kind": kind}
        print("@@ " + json.dumps(record), flush=True)
        box.make_new()
        trace(("trace", ""))
        alive, ours = os.pipe()
        begun = time.monotonic()
        process = box.start(kind, alive)
        how = box.became(process)
        repaired = any(b"allowNet: zones repaired" in read(path) for path in box.logs())
        if how == "up" and repaired != (kind == "with"):
            how = "WRONG"
        record |= {"event": "replayed", "how": how, "seconds": round(time.monotonic() - begun, 1)}
        print("@@ " + json.dumps(record), flush=True)
        if how != "up":
            box.show(process)
        process.kill()
        process.wait()
        os.close(alive)
        os.close(ours)


if __name__ == "__main__":
    if sys.argv[1] == "keep":
        keep(sys.argv[2])
    else:
        start(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
