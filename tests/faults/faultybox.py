"""A process with the Go bridge and our preload, in which chosen calls fail, and what may come of it."""

import time

from bridgehost import PRELOAD, BridgeHost, make_config
from conftest import QUICK
from faultlayer import LAYER, FaultLayer
from figures import note

PATIENCE_S = 300
RULES = ["api.example", "*.wild.example", "x.wild.example", "GitHub.example:443", "db"]


class FaultyBridge:
    """Creates the same box again and again. `mended` has what the bridge is to be handed."""

    def __init__(self, directory, rules=RULES, variant="bridge", **env):
        self.layer = FaultLayer()
        self._config = make_config(directory / "s", rules)
        preload = f"{PRELOAD}:{LAYER}"
        self.host = BridgeHost(variant, preload, {**QUICK, **self.layer.env, **env})
        self.host.__enter__()
        # The second: the first also sets up what stays for the life of the process. So does libc's first
        # lookup; our create makes one only if an answer is late, which any later one can be.
        self.host.callback_look_up("api.example")
        self.create()
        self.host.callback(True)
        self.created = self.create()
        self.live = self.layer.live

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.host.close()
        self.layer.__exit__()

    def create(self):
        """(what the bridge was handed, "") or (None, the text of the refusal)."""
        result = self.host.create(self._config)
        if not result.created:
            return None, result.text
        handed = self.host.stats(result.handle)["config_sha256"]
        assert self.host.destroy(result.handle) == 0
        return handed, ""

    def create_with(self, call, nth, error="ENOMEM", times=1):
        """One create with a fault. True if that was reached; the outcome is judged here."""
        self.layer.arm(call, nth, error, times)
        outcome = self.create()
        failed = self.layer.failed
        self.layer.clear()
        case = f"{call} {nth} {error} x{times}: {outcome}"
        if outcome != self.created:
            assert failed, f"no fault, and yet {case}"
            assert outcome[0] is None, f"an unrepaired create: {case}"
            # Where memory stays short the log has to do.
            told = outcome[1].startswith("allowNet: ") or (times > 1 and self.logged_refusal())
            assert told, f"refused without a text: {case}"
        assert self.settles(), f"{self.layer.live - self.live} left: {case}"
        if failed:
            note("create", call, outcome[0] is not None)
        return failed > 0

    def settles(self):
        """Whether all is freed, as soon as a thread that was left inside libc's lookup has ended. Such a
        one may have been there when the blocks were counted first: the least counts."""
        deadline = time.monotonic() + PATIENCE_S
        while self.layer.live > self.live and time.monotonic() < deadline:
            time.sleep(0.002)
        settled = self.layer.live <= self.live
        self.live = min(self.live, self.layer.live)
        return settled

    def logged_refusal(self):
        return any("allowNet: " in line for line in self.host.logs())
