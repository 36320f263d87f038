"""A published shim, started by our command with chosen calls of that failing: in launch, attach and its
helper, one after the other."""

import chainbox
from chainbox import COMMAND, PARENTS, ChainBox
from conftest import QUICK
from faultlayer import LAYER, FaultLayer
from figures import note

# The bridge alone never gets the wildcard right, and the pair only now and then.
ANSWERS = {
    "api.example.": "A 192.0.2.1",
    "a.api.example.": "A 192.0.2.4",
    "x.wild.example.": "A 192.0.2.2",
}
RULES = ["api.example", "*.wild.example", "a.api.example", "example"]
SCRIPT = """
api.example answer 192.0.2.1
wild.example answer 192.0.2.2
a.api.example answer 192.0.2.4
example answer 192.0.2.3
"""

chainbox.PATIENCE_S = 30
# With the program's path, as our hooks find it.
PARENTS["launch"] = ["sh", "-c", f'exec {COMMAND} launch -- "$(command -v "$0")" "$@"']


class FaultyChain:
    """shim   its file, if it is not the published one
    look   called with a box that has started, to look at more than its answers
    """

    def __init__(self, version, jailed=False, shim=None, look=None, **settings):
        self.layer = FaultLayer(whole=True)
        self._version = version
        self._jailed = jailed
        self._shim = shim
        self._look = look
        self._settings = {**QUICK, **settings, **self.layer.env, "LD_PRELOAD": str(LAYER)}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.layer.__exit__()

    def start_with(self, call, nth, error="ENOMEM", times=1):
        """One start with a fault. True if that was reached; the outcome is judged here."""
        case = f"{call} {nth} {error} x{times}"
        self.layer.arm(call, nth, error, times)
        with ChainBox(
            self._version,
            RULES,
            parent="launch",
            jailed=self._jailed,
            repaired=False,
            shim=self._shim,
            settings=self._settings,
        ) as box:
            repaired = box.wait_started()
            if repaired:
                assert box.answers(ANSWERS) == ANSWERS, f"unrepaired: {case}: {box.lines}"
                if self._look is not None:
                    self._look(box)
            else:
                status = box.wait_ended()
                told = [line for line in [*box.lines, box.exit_message()] if "allow" in line]
                assert told, f"ended with {status} and without a text: {case}: {box.lines}"
                assert self.layer.failed, f"no fault, and yet {case}: {box.lines}"
            failed = self.layer.failed
        self.layer.clear()
        if failed:
            note("jailed command" if self._jailed else "command", call, repaired)
        return failed > 0
