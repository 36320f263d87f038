"""Boxes whose parent is statically linked (parent.c), with BOXLITE_RUNTIME_DIR set or not."""

import shutil
import subprocess
from pathlib import Path

import bridgehost
from bridgehost import TESTS
from chainbox import ChainBox
from shimbox import COMMAND, FIRMWARE, shim_path

PARENT = TESTS / "overlay-parent"


def clean_environment(**extra):
    """Nothing in it changes who resolves, which shim is found, or how it is repaired."""
    return bridgehost.clean_environment({"BOXLITE_RUNTIME_DIR", "LD_LIBRARY_PATH"}, **extra)


def overlay(*arguments, env=None, check=False, **options):
    """Runs `boxlite-allownet overlay`."""
    run = subprocess.run(
        [COMMAND, "overlay", *arguments],
        env=clean_environment() if env is None else env,
        capture_output=True,
        text=True,
        **options,
    )
    assert not check or run.returncode == 0, run.stderr
    return run


def unpack(version, home, shim=None):
    """boxlite's own directory in `home`: shim and firmware (the stand-in)."""
    directory = home / ".local/share/boxlite/runtimes" / f"v{version}"
    directory.mkdir(parents=True)
    shutil.copy(shim or shim_path(version), directory / "boxlite-shim")
    shutil.copy(FIRMWARE / "libkrunfw.so.5", directory)
    return directory


class OverlayBox(ChainBox):
    """A box's whole life, from its parent's start to its end.

    unpacked  where boxlite's own shim is
    runtime   BOXLITE_RUNTIME_DIR, None where it is unset
    """

    def __init__(
        self,
        version,
        unpacked,
        allow_net,
        runtime=None,
        jailed=False,
        settings=None,
        pad=0,
        network_files=True,
    ):
        self._lay_out("ob", version, allow_net, unpacked / "boxlite-shim", pad)
        self.box.shim.unlink()  # the parent makes the copy
        words = [PARENT, unpacked]
        if jailed:
            # boxlite binds the directory of the shim that it has copied.
            words.append(self.box.bin)
            words += self.box.command(
                network_files=network_files, options=["--ro-bind", "@", "@"]
            )
        extra = {"LD_LIBRARY_PATH": unpacked, **(settings or {})}
        if runtime is not None:
            extra["BOXLITE_RUNTIME_DIR"] = runtime
        self._start(words, clean_environment(**extra), self.spec)

    def shim_pid(self):
        """Of a shim without a jail: the parent's child."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        (child,) = children.read_text().split()
        return int(child)
