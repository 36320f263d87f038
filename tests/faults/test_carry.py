"""System calls of the exec hooks fail in the process that starts a shim: the box answers right, or its
start fails with a text. It is never started unrepaired."""

import pytest

from chainbox import PARENTS, PRELOAD, ChainBox
from conftest import LONG, QUICK
from faultlayer import LAYER, FaultLayer
from faultychain import ANSWERS, RULES, SCRIPT
from figures import note
from publishedshims import VERSIONS, shim_path

# By execve after vfork, and by fexecve on a descriptor.
FEXECVE = (
    "import os, sys; file = os.open(sys.argv[1], os.O_RDONLY | os.O_CLOEXEC);"
    " os.execve(file, sys.argv[1:], os.environ)"
)
PARENTS["fexecve"] = ["/usr/bin/python3", "-c", FEXECVE]

CALLS = {
    "fstatat": ["ENOMEM", "EIO", "ESTALE"],
    "access": ["ENOMEM", "EIO", "ESTALE"],
    "open": ["EMFILE", "ENFILE", "ENOMEM", "EACCES", "EIO", "EINTR"],
    "pread": ["EINTR", "EIO", "short"],
    "realpath": ["ENOMEM", "EACCES", "EIO", "ELOOP"],
    "alloc": ["ENOMEM"],
}
OCCURRENCES = 20 if LONG else 2


@pytest.fixture(params=VERSIONS if LONG else VERSIONS[-1:])
def start(request, dns):
    if not shim_path(request.param).exists():
        pytest.skip("published shims are not there: scripts/fetch-shims")
    dns.set_script(SCRIPT)

    def begin(layer, parent):
        settings = {**QUICK, **layer.env, "LD_PRELOAD": f"{PRELOAD}:{LAYER}"}
        return ChainBox(request.param, RULES, parent=parent, repaired=False, settings=settings)

    return begin


def assert_repaired_or_told(box, case):
    """True if it was repaired."""
    if box.wait_started():
        assert box.answers(ANSWERS) == ANSWERS, f"unrepaired: {case}: {box.lines}"
        return True
    box.wait_ended()
    # Python, too, says why an exec fails.
    told = [line for line in [*box.lines, box.exit_message()] if "allow" in line or "Errno" in line]
    assert told, f"ended without a text: {case}: {box.lines}"
    return False


@pytest.mark.parametrize("parent", ["python", "fexecve"])
@pytest.mark.parametrize("call", CALLS)
def test_a_call_of_an_exec_hook_fails(start, call, parent):
    reached = 0
    with FaultLayer() as layer:
        for error in CALLS[call]:
            for nth in range(1, OCCURRENCES + 1):
                layer.arm(call, nth, error)
                with start(layer, parent) as box:
                    repaired = assert_repaired_or_told(box, f"{call} {nth} {error}")
                    if not layer.failed:
                        break
                note("exec hooks", call, repaired)
                reached += 1
    assert reached or call == "alloc"
