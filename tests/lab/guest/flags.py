"""What the processor makes of its flags when it executes cmpxchg16b: that instruction sets or clears ZF and leaves
the others (AMD64 Architecture Programmer's Manual, volume 3). Printed as a record: "right", or the flags, and what
they should be; or that there is no such instruction.

qemu 7.2 computes the others from a kind of operation that is out of date (helper_cmpxchg16b_unlocked reads CC_OP,
which disas_insn has not stored). If that kind is "the operand is the flags", any of the low 32 bits can come out.
"""

import ctypes
import json
import mmap

OPERAND = 0x150660  # of a comparison; as flags: VIP, AC, RF, DF, IF, ZF, and bit 5, which is always 0
CODE = bytes.fromhex(
    "53"  # push rbx
    "31c0 31d2 31db 31c9"  # xor: rdx:rax to compare with, rcx:rbx to store
    "9c 9d"  # pushfq, popfq: the flags are themselves what is recorded
    "4839f0"  # cmp rax, rsi
    "9c 4158"  # pushfq, pop r8
    "9c 9d"
    "4839f0"
    "480fc70f"  # cmpxchg16b [rdi], where 16 bytes are 0
    "9c 58"  # pushfq, pop rax
    "48c1e020 4c09c0"  # rax = rax << 32 | r8
    "5b c3"
)
ZERO = 1 << 6  # it is equal


def around():
    """The flags before and after."""
    memory = mmap.mmap(-1, mmap.PAGESIZE, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    memory.write(CODE)
    begin = ctypes.addressof(ctypes.c_char.from_buffer(memory))
    function = ctypes.CFUNCTYPE(ctypes.c_uint64, ctypes.c_uint64, ctypes.c_uint64)(begin)
    both = function(begin + mmap.PAGESIZE // 2, OPERAND)
    return both & 0xFFFFFFFF, both >> 32


def main():
    flags = "no cmpxchg16b"
    if " cx16 " in open("/proc/cpuinfo", encoding="ascii").read():
        before, after = around()
        right = before | ZERO
        flags = "right" if after == right else f"wrong ({after:#x}, not {right:#x})"
    print("@@ " + json.dumps({"event": "flags", "flags": flags}), flush=True)


main()
