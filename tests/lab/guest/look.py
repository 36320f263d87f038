"""What a box is to the machine, as lines that are the same for every box.

usage: look.py processes    of boxlite: command, parent, state, threads that trace or are traced
       look.py holders      the processes whose memory has what stdin says
"""

import os
import re
import sys

OF_BOXLITE = re.compile(rb"boxlite|bwrap|libkrun|drive")


def read(path):
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return b""


def processes():
    """{pid: (name, parent's pid, state, tracer, threads, blocked signals)}"""
    found = {}
    for pid in map(int, filter(str.isdigit, os.listdir("/proc"))):
        status = dict(line.split(":", 1) for line in read(f"/proc/{pid}/status").decode().splitlines() if ":" in line)
        command = read(f"/proc/{pid}/cmdline")
        if status and pid != os.getpid() and (OF_BOXLITE.search(command) or status["State"].strip()[0] == "Z"):
            words = [status[key].split()[0] for key in ("Name", "PPid", "State", "TracerPid", "NoNewPrivs", "Seccomp")]
            found[pid] = words
    return found


def show():
    found = processes()
    for name, parent, state, tracer, privileges, seccomp in sorted(
        [name, found.get(int(parent), ["none"])[0], state, tracer, privileges, seccomp]
        for name, parent, state, tracer, privileges, seccomp in found.values()
    ):
        print(f"{name} of {parent}: {'zombie' if state == 'Z' else 'alive'}, tracer {tracer}, "
              f"no_new_privs {privileges}, seccomp {seccomp}")


def regions(pid):
    """Those that can be read and have a page in memory."""
    region = None
    for line in read(f"/proc/{pid}/smaps").decode(errors="replace").splitlines():
        words = line.split()
        if re.fullmatch(r"[0-9a-f]+-[0-9a-f]+", words[0]):
            region = [int(end, 16) for end in words[0].split("-")] if words[1][0] == "r" else None
        elif words[0] == "Rss:" and words[1] != "0" and region:
            yield region


def holds(pid, value):
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for begin, end in regions(pid):
            last = b""
            for at in range(begin, end, 1 << 20):
                try:
                    memory.seek(at)
                    data = memory.read(min(1 << 20, end - at))
                except OSError:
                    break
                if value in last + data:
                    return True
                last = data[-len(value):]
    return False


if __name__ == "__main__":
    if sys.argv[1] == "processes":
        show()
    else:
        wanted = sys.stdin.read().strip().encode()
        print(*sorted({words[0] for pid, words in processes().items() if words[2] != "Z" and holds(pid, wanted)}))
