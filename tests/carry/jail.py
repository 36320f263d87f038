"""The bwrap command line of boxlite 0.9.7, with a shim that was copied into a box's directory."""

import os
import shutil
from pathlib import Path

SYSTEM = ["/usr", "/lib", "/lib64", "/bin", "/sbin"]
NETWORK_FILES = ["/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf"]


class Box:
    """A box's directory, as boxlite lays it out."""

    def __init__(self, directory, shim):
        self.directory = Path(directory)
        self.bin = self.directory / "bin"
        for name in ("bin", "tmp", "logs", "sockets", "disks", "shared"):
            (self.directory / name).mkdir(parents=True)
        (self.directory / "exit").touch()
        self.shim = self.bin / "boxlite-shim"
        shutil.copy(shim, self.shim)

    def command(self, bwrap="bwrap", network_files=True, detached=False, options=(), arguments=()):
        words = [bwrap, "--unshare-user", "--unshare-pid", "--unshare-ipc", "--unshare-uts"]
        if not detached:
            words.append("--die-with-parent")
        words.append("--new-session")
        for path in SYSTEM + (NETWORK_FILES if network_files else []):
            if os.path.exists(path):
                words += ["--ro-bind", path, path]
        words += ["--dev", "/dev"]
        for device in ("/dev/kvm", "/dev/net/tun"):
            if os.path.exists(device):
                words += ["--dev-bind", device, device]
        words += ["--proc", "/proc", "--tmpfs", "/tmp"]
        for name in ("tmp", "logs", "sockets", "exit", "disks", "shared"):
            words += ["--bind", str(self.directory / name), str(self.directory / name)]
        words += ["--ro-bind", str(self.bin), str(self.bin), "--clearenv"]
        for key, value in self.environment().items():
            words += ["--setenv", key, value]
        words += ["--chdir", "/", *options]
        return [*words, "--", str(self.shim), *arguments]

    def environment(self):
        return {
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "HOME": "/root",
            "LD_LIBRARY_PATH": str(self.bin),
            "RUST_LOG": "info",
        }


def shim_process(box):
    """/proc of the shim, which is a child of bubblewrap's child."""
    pid = box.process.pid
    while os.path.basename(os.readlink(f"/proc/{pid}/exe")) != "boxlite-shim":
        pid = int(Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0])
    return Path(f"/proc/{pid}")


def etc_of(box):
    """What the shim sees."""
    etc = shim_process(box) / "root" / "etc"
    return {name: (etc / name).read_text() for name in ("hosts", "nsswitch.conf", "resolv.conf")}
