"""A boxlite-shim, or what comes to be one, as boxlite starts it: an InstanceSpec on stdin, a watchdog
pipe as descriptor 3, and a standard error that is read."""

import json
import os
import subprocess
import threading
import time

from bridgehost import probe

# On standard error: the network is up.
STARTED = "krun_start_enter called"
# In the log: the bridge is there. What it has said of its zones comes before.
CREATED = "Created GvproxyInstance"


def encode(spec):
    """An InstanceSpec as boxlite writes it."""
    return json.dumps(spec, separators=(",", ":")).encode()


def read_log(logs):
    """What a shim has logged so far; `logs` is the directory."""
    return "".join(path.read_text() for path in sorted(logs.glob("*.log*")))


def wait_log(logs, part, has_ended, patience_s):
    """The log, as soon as it holds `part`: a thread of the shim writes it in its own time, while it runs."""
    deadline = time.monotonic() + patience_s
    while True:
        last = has_ended() or time.monotonic() > deadline
        if part in (log := read_log(logs)):
            return log
        assert not last, f"not logged: {part}\n{log}"
        time.sleep(0.005)


class ShimProcess:
    """Ends with close(), which a subclass has.

    process  the one that was started
    lines    of its standard error, so far
    socket   of the box's network; set by a subclass, as `logs`, the directory of the shim's log
    """

    # Beyond this something hangs.
    patience_s = 300

    def _start(self, command, environment, spec, inherited=()):
        """`spec`: an InstanceSpec, or bytes. Descriptors of `inherited` are for the process alone."""
        watchdog, self._watchdog = os.pipe()
        try:
            self.process = subprocess.Popen(
                [str(word) for word in command],
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                pass_fds=[3, *inherited],
                preexec_fn=lambda: os.dup2(watchdog, 3),
            )
        finally:
            for descriptor in (watchdog, *inherited):
                os.close(descriptor)
        self._listen()
        # Whoever breaks this pipe hides his own message from boxlite's user.
        self.process.stdin.write(spec if isinstance(spec, bytes) else encode(spec))
        self.process.stdin.close()

    def _listen(self):
        """Begins to read what the process says."""
        self.lines = []
        self._changed = threading.Condition()
        self._ended = False
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _read(self):
        for line in self.process.stderr:
            with self._changed:
                self.lines.append(line.decode(errors="replace").rstrip("\n"))
                self._changed.notify_all()
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def wait_started(self):
        """Returns when the network is up; True, or False if the shim has ended instead."""
        with self._changed:
            done = self._changed.wait_for(
                lambda: self._ended or any(STARTED in line for line in self.lines), self.patience_s
            )
            assert done, f"neither started nor ended: {self.lines}"
            return any(STARTED in line for line in self.lines)

    def wait_ended(self):
        """The exit status."""
        status = self.process.wait(self.patience_s)
        self._reader.join(self.patience_s)
        return status

    def ask(self, names, record_type="A", libc="glibc"):
        """{name: what the guest's libc makes of it}."""
        return probe(self.socket, names, record_type, libc)

    def log(self):
        """What the shim has logged so far."""
        return read_log(self.logs)

    def wait_log(self, part):
        """The log, as soon as it holds `part`."""
        return wait_log(self.logs, part, lambda: self.process.poll() is not None, self.patience_s)

    def drop_watchdog(self):
        """As when boxlite lets go of the box."""
        if self._watchdog is not None:
            os.close(self._watchdog)
            self._watchdog = None

    def _clean_up(self):
        """When the process has ended."""
        self._reader.join(self.patience_s)
        self.process.stderr.close()
        self.drop_watchdog()
