"""Starts a program under ptrace, writes to every page of its code, lets it run into a breakpoint at its entry, and
leaves it: a control for what the repair's own tracer does, which shares no code with it. x86-64 alone."""

import ctypes
import os
import signal
import struct

PTRACE_TRACEME, PTRACE_CONT, PTRACE_GETREGS, PTRACE_SETREGS, PTRACE_DETACH = 0, 7, 12, 13, 17
AT_ENTRY = 9
RIP = 16  # its place in struct user_regs_struct, 27 registers
BREAKPOINT = b"\xcc"


def ptrace(request, pid, data=None):
    call = ctypes.CDLL(None, use_errno=True).ptrace
    call.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
    if call(request, pid, None, data) == -1:
        raise OSError(ctypes.get_errno(), "ptrace")


def be_traced():
    """The next execve stops this process for its parent."""
    ptrace(PTRACE_TRACEME, 0)


def await_trap(pid):
    _, status = os.waitpid(pid, 0)
    assert os.WIFSTOPPED(status) and os.WSTOPSIG(status) == signal.SIGTRAP, status


def entry_of(pid):
    with open(f"/proc/{pid}/auxv", "rb") as file:
        return dict(struct.iter_unpack("QQ", file.read()))[AT_ENTRY]


def copy_code(pid, program, memory):
    """Each page is written to with what it holds, which gives the process one of its own."""
    with open(f"/proc/{pid}/maps", encoding="utf-8") as file:
        regions = [line.split()[0] for line in file if "r-xp" in line and line.rstrip().endswith(program)]
    assert regions, program
    for region in regions:
        begin, end = (int(address, 16) for address in region.split("-"))
        for page in range(begin, end, os.sysconf("SC_PAGESIZE")):
            memory.seek(page)
            byte = memory.read(1)
            memory.seek(page)
            memory.write(byte)


def trace(pid, program):
    await_trap(pid)
    entry = entry_of(pid)
    with open(f"/proc/{pid}/mem", "r+b", buffering=0) as memory:
        copy_code(pid, program, memory)
        memory.seek(entry)
        original = memory.read(1)
        memory.seek(entry)
        memory.write(BREAKPOINT)
        ptrace(PTRACE_CONT, pid)
        await_trap(pid)
        registers = (ctypes.c_ulonglong * 27)()
        ptrace(PTRACE_GETREGS, pid, registers)
        assert registers[RIP] == entry + len(BREAKPOINT)
        registers[RIP] = entry
        ptrace(PTRACE_SETREGS, pid, registers)
        memory.seek(entry)
        memory.write(original)
    ptrace(PTRACE_DETACH, pid)
