"""The fault layer (layer.c) from a test's side: which call is to fail, and whether it did."""

import errno
import mmap
import struct
import tempfile

from bridgehost import TESTS

LAYER = TESTS / "faults" / "layer.so"

# As in control.h.
ORDERS = struct.Struct("=32s5Q")
REPORT = struct.Struct("=QQq")
SHORTENED = 1
FOR_EVER = 1 << 62

SHORT = "short"  # in place of an error's name: the call does less than it was asked for


class FaultLayer:
    """One layer for one program and those that it executes.

    env    what the program's environment must hold, beside LD_PRELOAD with LAYER in it
    whole  all calls of our command count, instead of our preload's in any process
    """

    def __init__(self, whole=False):
        self._whole = whole
        self._file = tempfile.NamedTemporaryFile(prefix="fault-control-")
        self._file.truncate(mmap.PAGESIZE)
        self._memory = mmap.mmap(self._file.fileno(), mmap.PAGESIZE)
        self.env = {"FAULT_CONTROL": self._file.name}
        self.clear()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._memory.close()
        self._file.close()

    def clear(self):
        """All calls pass; what was counted is forgotten, but for what is allocated."""
        self.arm("", 0)

    def arm(self, call, nth, error="ENOMEM", times=1):
        """From the `nth` on, counted from now, `times` calls of `call` fail with `error`."""
        shortened = error == SHORT
        number = 0 if shortened else getattr(errno, error)
        live = self.live
        orders = [nth, times, number, SHORTENED if shortened else 0, int(self._whole)]
        self._memory[: ORDERS.size] = ORDERS.pack(b"", *orders)
        REPORT.pack_into(self._memory, ORDERS.size, 0, 0, live)
        self._memory[: ORDERS.size] = ORDERS.pack(call.encode(), *orders)

    def _report(self):
        return REPORT.unpack_from(self._memory, ORDERS.size)

    @property
    def asked(self):
        """Calls since arm()."""
        return self._report()[0]

    @property
    def failed(self):
        """How many of them were made to fail."""
        return self._report()[1]

    @property
    def live(self):
        """Blocks allocated and not freed, since the program started."""
        return self._report()[2]
