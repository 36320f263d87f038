"""Our command under faults: allocations and system calls of launch, attach and its helper. A box of a
published shim answers right, or it ends with a text; nothing else."""

import shutil

import pytest

from conftest import LONG
from faultlayer import FOR_EVER, SHORT
from faultychain import SCRIPT, FaultyChain
from jail import etc_of
from publishedshims import VERSIONS, shim_path
from shimbox import without_lookups
from test_calls import DESCRIPTORS, FILES

STRIDE = 1 if LONG else 17
OCCURRENCES = 60

CALLS = {
    # launch: the configuration, the answers, the way on
    "read": ["EINTR", "EIO", "EAGAIN", "EISDIR", SHORT],
    "mmap": ["ENOMEM", "EAGAIN", "EACCES", "EPERM"],
    "open": FILES,
    "fopen": FILES,
    "fstat": ["EIO", "ENOMEM", "EOVERFLOW"],
    "readlink": ["EACCES", "EIO", "ENOENT"],
    "access": ["EACCES", "EIO", "ENOENT"],
    "memfd_create": [*DESCRIPTORS, "ENOSYS", "EPERM"],
    "pwrite": ["EINTR", "ENOSPC", "EIO", "EDQUOT", SHORT],
    "fcntl": ["EINTR", "EMFILE", "EPERM", "EBUSY", "EINVAL"],
    "pipe2": DESCRIPTORS,
    "write": ["EINTR", "EIO", "EPIPE", SHORT],
    "dup2": ["EINTR", "EMFILE", "EBUSY"],
    "poll": ["EINTR", "ENOMEM", "EINVAL"],
    "signalfd": DESCRIPTORS,
    # attach and its helper
    "pread": ["EINTR", "EIO", SHORT],
    "socketpair": [*DESCRIPTORS, "EAFNOSUPPORT"],
    "syscall": ["EAGAIN", "ENOMEM", "EPERM", "EACCES", "ENOENT", "ETXTBSY"],
    "prctl": ["EINVAL", "EPERM"],
    "send": ["EINTR", "ENOBUFS", "ECONNRESET", "EPIPE"],
    "recv": ["EINTR", "ENOMEM", "ECONNRESET"],
    "waitpid": ["EINTR", "ECHILD"],
    "ptrace": ["EPERM", "EIO", "EFAULT", "EBUSY"],
    "process_vm_readv": ["EPERM", "EFAULT", "ENOMEM", "ENOSYS", SHORT],
    "process_vm_writev": ["EPERM", "EFAULT", "ENOMEM", "ENOSYS", SHORT],
}

# What launch makes for the jail of a shim whose lookups it does not know: copies of files.
JAIL_CALLS = {
    # A file that is not there, or not for this user, is none.
    "fopen": [error for error in FILES if error not in ("ENOENT", "EACCES")],
    "fread": ["EIO", "EINTR", "ENOMEM"],
    "memfd_create": DESCRIPTORS,
    "fdopen": ["ENOMEM"],
    "fflush": ["EIO", "ENOSPC", "EINTR"],
    "fcntl": ["EMFILE", "EINVAL"],
    "lseek": ["EINVAL"],
    "alloc": ["ENOMEM"],
}

# What does not last: a signal; a descriptor that is readable and not to be read; input that cannot even
# be drained, so that its writer must find the pipe broken; a child that is there and is not.
PASSING = {("read", "EAGAIN"), ("read", "EIO"), ("read", "EISDIR"), ("waitpid", "ECHILD")}


@pytest.fixture(params=VERSIONS if LONG else VERSIONS[-1:])
def chain(request, dns):
    if not shim_path(request.param).exists():
        pytest.skip("published shims are not there: scripts/fetch-shims")
    dns.set_script(SCRIPT)
    with FaultyChain(request.param) as made:
        assert not made.start_with("", 0)
        yield made


def test_every_allocation_of_the_command_may_fail(chain):
    nth = 1
    while chain.start_with("alloc", nth):
        nth += STRIDE
    assert nth > 200


def test_memory_of_the_command_may_stay_short(chain):
    nth = 1
    while chain.start_with("alloc", nth, times=FOR_EVER):
        nth += 3 * STRIDE
    assert nth > 200


def occurrences(call, short):
    """Always all of ptrace: what a shim comes to that cannot go on depends on where it is."""
    return OCCURRENCES if LONG or call == "ptrace" else short


@pytest.mark.parametrize("call", CALLS)
def test_a_call_of_the_command_fails_once(chain, call):
    for error in CALLS[call]:
        for nth in range(1, occurrences(call, 2) + 1):
            if not chain.start_with(call, nth, error):
                break
        assert nth > 1 or error == SHORT, f"{call} was not made"


@pytest.mark.parametrize("call", CALLS)
def test_a_call_of_the_command_fails_from_then_on(chain, call):
    lasting = [error for error in CALLS[call] if (call, error) not in PASSING and error != "EINTR"]
    for error in lasting if LONG else lasting[:1]:
        for nth in range(1, occurrences(call, 1) + 1):
            if not chain.start_with(call, nth, error, FOR_EVER):
                break


@pytest.fixture
def jailed_chain(dns, etc, tmp_path):
    version = VERSIONS[-1]
    if shutil.which("bwrap") is None:
        pytest.skip("bubblewrap is not installed")
    if not shim_path(version).exists():
        pytest.skip("published shims are not there: scripts/fetch-shims")
    dns.set_script(SCRIPT)
    etc("hosts", "127.0.0.1 localhost\n192.0.2.8 kept.example\n")
    shim = without_lookups(shim_path(version), tmp_path / "boxlite-shim")

    def look(box):
        """All that the host's own files say is in the jail's."""
        files = etc_of(box)
        assert "192.0.2.8 kept.example" in files["hosts"]
        assert files["nsswitch.conf"] == "hosts: files dns\n"
        assert files["resolv.conf"] == "nameserver 127.0.0.1\n"

    with FaultyChain(version, jailed=True, shim=shim, look=look) as made:
        assert not made.start_with("", 0)
        yield made


@pytest.mark.parametrize("call", JAIL_CALLS)
def test_a_call_fails_as_files_are_made_for_a_jail(jailed_chain, call):
    for error in JAIL_CALLS[call] if LONG or call == "fread" else JAIL_CALLS[call][:1]:
        nth = 1
        while jailed_chain.start_with(call, nth, error):
            nth += STRIDE if call == "alloc" else 1
        assert nth > 1
