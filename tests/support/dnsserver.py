"""The scripted DNS server for end-to-end tests.

The script language is in `dns-server --help`. Needs nothing but the standard library (3.11).
"""

import collections
import os
import pathlib
import subprocess
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]

Query = collections.namedtuple("Query", "number transport server type name")


def build_dir():
    """Where the products are: $BUILD, relative to the repository, or `build`."""
    return ROOT / os.environ.get("BUILD", "build")


class DnsServer:
    """A server that lives as long as the `with` block.

    `addresses` has what it listens on, as "127.0.0.1:53", in the order given. All waiting ends by
    itself after `timeout` seconds, by a TimeoutError that tells what was seen.
    """

    def __init__(self, script, listen=("127.0.0.1:53",), timeout=300.0):
        self._script = script
        self._listen = list(listen)
        self._timeout = timeout
        self._changed = threading.Condition()
        self._queries = []
        self._replies = collections.Counter()
        self._ended = False
        self._stopped = False
        self._commanding = threading.Lock()
        self.addresses = []

    def __enter__(self):
        self._directory = tempfile.TemporaryDirectory(prefix="dns-server-")
        self._errors = tempfile.TemporaryFile()
        self._path = pathlib.Path(self._directory.name, "script")
        self._path.write_text(self._script)
        command = [str(build_dir() / "tests/dns-server"), "--stdin-eof"]
        for address in self._listen:
            command += ["--listen", address]
        try:
            self._process = subprocess.Popen(
                [*command, str(self._path)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._errors,
            )
        except OSError:
            self._clean_up()
            raise
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        try:
            self._wait(lambda: len(self.addresses) == len(self._listen), "ready", self._timeout)
        except BaseException:
            self._stop()
            self._clean_up()
            raise
        return self

    def __exit__(self, kind, value, trace):
        status = self._stop()
        errors = self._error_text()
        self._clean_up()
        # A test that failed already keeps its own reason.
        if kind is None and status != 0:
            raise RuntimeError(f"dns-server ended with {status}: {errors}")

    @property
    def port(self):
        """The port of the first address."""
        return int(self.addresses[0].rpartition(":")[2])

    @property
    def pid(self):
        return self._process.pid

    def set_script(self, text):
        """Replaces the script; returns when it is in force. Counters go on."""
        new = self._path.with_suffix(".new")
        new.write_text(text)
        new.replace(self._path)
        self._command("reload", "reloaded")

    def reset(self):
        """Forgets the queries seen so far and how often each name was asked."""
        self._command("reset", "reset")

    def queries(self):
        """All queries sent until now, in the order in which they came."""
        self._sync()
        with self._changed:
            return list(self._queries)

    def count(self, name, type="A"):
        """How often `name` has been asked for until now; with `type` None for anything."""
        self._sync()
        with self._changed:
            return self._count(name, type)

    def wait_for_query(self, name, n=1, type="A", timeout=None):
        """Returns when `name` has been asked for at least `n` times."""
        self._wait(
            lambda: self._count(name, type) >= n,
            f"query {n} for {name}",
            self._timeout if timeout is None else timeout,
        )

    def _count(self, name, type):
        wanted = name.lower()
        return sum(
            query.name.lower() == wanted and type in (None, query.type) for query in self._queries
        )

    def _sync(self):
        # A client may have its answer before the line about it has been read here.
        if not self._stopped:
            self._command("sync", "synced")

    def _command(self, command, reply):
        with self._commanding:
            with self._changed:
                before = self._replies[reply]
            try:
                self._process.stdin.write(command.encode() + b"\n")
                self._process.stdin.flush()
            except BrokenPipeError:
                pass  # it has ended: _wait says why
            self._wait(lambda: self._replies[reply] > before, reply, self._timeout)

    def _wait(self, done, what, timeout):
        deadline = time.monotonic() + timeout
        with self._changed:
            while not done():
                if self._ended:
                    raise RuntimeError(f"dns-server ended before {what}: {self._error_text()}")
                left = deadline - time.monotonic()
                if left <= 0:
                    raise TimeoutError(f"no {what} in {timeout} s; seen: {self._queries}")
                self._changed.wait(left)

    def _read(self):
        for line in self._process.stdout:
            with self._changed:
                self._take(line.decode().split())
                self._changed.notify_all()
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def _take(self, words):
        if words[0] == "query":
            self._queries.append(Query(int(words[1]), *words[2:]))
        elif words[0] == "ready":
            self.addresses.append(words[1])
        else:
            if words[0] == "reset":
                self._queries.clear()
            self._replies[words[0]] += 1

    def _stop(self):
        """Ends the server, if it still runs, and returns its exit status."""
        try:
            self._process.stdin.close()
        except BrokenPipeError:
            pass
        try:
            self._process.wait(self._timeout)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join()
        self._stopped = True
        self._process.stdout.close()
        return self._process.returncode

    def _error_text(self):
        self._errors.seek(0)
        return self._errors.read().decode(errors="replace").strip()

    def _clean_up(self):
        self._errors.close()
        self._directory.cleanup()
