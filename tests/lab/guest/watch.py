"""Prints what every process does, and what the guests have their processors do, once whatever writes
FILE has been silent for SECONDS, and again after as long again. Started early: where all is slow, it
must not have to be loaded first.

usage: watch.py FILE SECONDS
"""

import glob
import os
import sys
import time

KVM = "/sys/kernel/debug/kvm"


def read(path):
    try:
        with open(path, "rb") as file:
            return file.read().replace(b"\0", b" ").decode(errors="replace").strip()
    except OSError:
        return ""


def tell(text, indent=0):
    for line in text.splitlines():
        print("## " + " " * indent + line)


def fields(text):
    return dict(line.split(":", 1) for line in text.splitlines() if ":" in line)


def tasks():
    for path in glob.glob("/proc/[0-9]*/task/[0-9]*"):
        status, stat = fields(read(f"{path}/status")), read(f"{path}/stat")
        if not stat:
            continue
        state = status["State"].split()[0]
        # Of the kernel's threads those that run or cannot be woken; of the processes, what is boxlite's.
        command = read(f"{path}/cmdline")
        if command and "services" not in command or not command and state not in "SI":
            yield path, command, state, status, stat.rpartition(") ")[2].split()[11:13]


def everything():
    seen = None
    for path, command, state, status, ticks in tasks():
        if command != seen:
            tell(command[:300])
            seen = command
        tell(f"{path[6:]} {read(path + '/comm')} {state} ticks={ticks} syscall={read(path + '/syscall')}", 2)
        stack = " < ".join(line.partition("] ")[2] for line in read(f"{path}/stack").splitlines())
        tell(f"tracer={status['TracerPid'].strip()} blocked={status['SigBlk'].strip()} {stack}", 4)


def processors():
    for path, command, state, _, ticks in tasks():
        if command:
            tell(f"{path[6:]} {read(path + '/comm')} {state} ticks={ticks}", 2)
    for machine in sorted(glob.glob(f"{KVM}/[0-9]*-*")):
        counts = {os.path.basename(path): read(path) for path in glob.glob(f"{machine}/*")}
        tell(f"{machine} " + " ".join(f"{k}={v}" for k, v in sorted(counts.items()) if v not in ("", "0")))


def logs():
    for pattern in "logs/boxlite-shim.log*", "shim.stderr", "logs/console.log", "exit":
        for path in glob.glob(f"/root/*/boxes/*/{pattern}"):
            tell(path)
            tell("\n".join(read(path).splitlines()[-12:]), 2)


file, patience = sys.argv[1], float(sys.argv[2])
os.system(f"mount -t debugfs debugfs {os.path.dirname(KVM)} 2>/dev/null")
sys.stdout.reconfigure(line_buffering=False)
size, since = -1, 0.0
while True:
    time.sleep(1)
    now = time.monotonic()
    if os.path.getsize(file) != size:
        size, since = os.path.getsize(file), now
        quiet = patience
    elif now - since >= quiet:
        quiet += patience
        print(f"## silent for {now - since:.0f} s, load {read('/proc/loadavg')}", flush=True)
        processors()
        time.sleep(2)
        processors()
        everything()
        logs()
        print("## end", flush=True)
