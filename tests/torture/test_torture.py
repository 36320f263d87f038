"""Races and lifetimes. TORTURE_SECONDS and TORTURE_CREATES make it long, TORTURE_SEED repeats a run."""

import shutil
from pathlib import Path

import pytest

from bridgehost import BUILD, TESTS
from etcfiles import reset_etc
from conftest import CREATES, PRELOAD, SECONDS, SEED

HERE = Path(__file__).parent


def check(outcome):
    print(outcome.stdout)
    assert outcome.status == 0, (outcome.status, outcome.wrong(), outcome.stderr[-3000:])
    assert outcome.counts["wrong"] == 0


def test_64_threads_among_children_and_signals(dns, torture):
    outcome = torture(
        "-t", 64, "-s", SECONDS, "-r", SEED, "-l", "-S", "fork,spawn,signals,interrupts",
        timeout=SECONDS + 60,
    )
    check(outcome)
    for kind in "created", "refused", "cancelled", "lines", "INT", "USR1", "USR2", "CHLD":
        assert outcome.counts[kind] > 0, outcome.stdout
    assert "TERM pending yes" in outcome.stdout


def test_64_threads_on_gos_own_resolver(dns, torture):
    """Which is made to ask us, and let go again, by creates that begin and end at any time."""
    outcome = torture("-t", 64, "-s", SECONDS, "-r", SEED, "-l", "-S", "fork,spawn,signals,interrupts",
                      timeout=SECONDS + 60, GODEBUG="netdns=go")
    check(outcome)
    for kind in "created", "refused", "cancelled":
        assert outcome.counts[kind] > 0, outcome.stdout


def test_without_interrupts_every_create_comes_to_what_it_must(dns, torture):
    outcome = torture("-t", 64, "-s", SECONDS, "-r", SEED, "-S", "fork,spawn,signals",
                      timeout=SECONDS + 60)
    check(outcome)
    assert outcome.counts["cancelled"] == 0
    assert outcome.counts["INT"] == 0


def test_shims_are_started_meanwhile(dns, torture):
    """Starts that our hooks route through our command, from vforked children of a busy process. The
    shim says that it was reached by its status."""
    shim = TESTS / "carry" / "unaffected" / "boxlite-shim"
    outcome = torture("-t", 16, "-s", SECONDS, "-r", SEED, "-S", "spawn,signals", "-x", f"{shim}=7",
                      timeout=SECONDS + 60)
    check(outcome)


def test_control_the_bridge_itself_gives_wrong_boxes(dns, torture):
    outcome = torture("-t", 8, "-s", 1, "-r", SEED, jobs=["six", "gone"], preload=None)
    assert outcome.status == 1
    assert "wrong: created, and should have been refused" in outcome.wrong()


def test_a_fork_inside_our_lock_leaves_the_child_free(dns, torture):
    """The storms hardly ever meet the few nanoseconds; this does, each time."""
    outcome = torture("-n", 10, jobs=["good"], variant="bridge-standin",
                      preload=f"{PRELOAD}:{TESTS / 'fork-inside.so'}")
    check(outcome)
    assert [line for line in outcome.stderr.splitlines() if "child" in line] == ["child 0"]


@pytest.mark.parametrize("preload", [PRELOAD, None], ids=["repaired", "control"])
def test_a_create_does_with_the_stack_that_the_bridge_does_with(dns, torture, preload):
    """32 KiB, the least that Python gives a thread. The control: the host and the bridge alone."""
    jobs = ["good", "cut"] if preload is None else ["good", "flaky", "cut", "six", "bad"]
    check(torture("-n", 60, "-t", 4, "-k", 32, "-r", SEED, jobs=jobs, preload=preload))


# What does not depend on when an answer comes, so that each create does the same.
STEADY = ["plain", "addresses", "good", "cut", "six", "bad"]


def test_nothing_grows(dns, torture):
    """Threads and descriptors are as many after a tenth of the creates as at the end, and the heap grows by
    less than three bytes a create: what libc keeps from a first use, or of one more thread for NSS since an
    answer was late, may come late (5 KB each), but a block that each create of one kind loses takes half as
    much again. Without jobs that need such threads: how many of their stacks libc keeps for the next depends
    on their timing."""
    reset_etc()
    outcome = torture("-n", CREATES, "-r", SEED, jobs=STEADY, variant="bridge-standin",
                      timeout=CREATES * 0.1 + 60)
    check(outcome)
    early, late = outcome.flat
    assert late[:2] == early[:2]
    assert late[2] - early[2] < CREATES * 3


def test_nothing_grows_with_many_threads(dns, torture):
    jobs = [*STEADY, "flaky", "gone"]
    outcome = torture("-n", CREATES, "-t", 16, "-r", SEED, jobs=jobs, variant="bridge-standin",
                      timeout=CREATES * 0.1 + 60)
    check(outcome)
    (threads, fds, heap), (late_threads, late_fds, late_heap) = outcome.flat
    assert (late_threads, late_fds) == (threads, fds)
    # Each thread's first use of libc's tables, of arenas and of caches is in the first tenth or not.
    assert late_heap - heap < 64 << 10


def test_nothing_grows_with_the_go_bridge(dns, torture):
    outcome = torture("-n", CREATES, "-t", 4, "-r", SEED, jobs=STEADY, timeout=CREATES * 0.1 + 60)
    check(outcome)
    (threads, fds, heap), (late_threads, late_fds, late_heap) = outcome.flat
    assert late_fds == fds
    # Go's runtime makes threads as it needs them, and has a heap of its own.
    assert late_threads <= threads + 4
    assert late_heap - heap < 64 << 10


@pytest.mark.parametrize("sanitizer", ["tsan", "asan"])
def test_a_sanitizer_finds_nothing(dns, torture, sanitizer):
    """The preload, the host and the bridge in C, built with it (make builds them). Without children that
    allocate: the sanitizers of gcc 12 leave the locks of their own allocator taken in them. Leaks are
    for test_nothing_grows: here libc's threads are still at work at the end."""
    build = BUILD / sanitizer
    if not (build / "tests" / "torture").exists():
        pytest.skip("not built with sanitizers")
    outcome = torture(
        "-t", 16, "-s", SECONDS, "-r", SEED, "-l", "-S", "spawn,signals,interrupts",
        variant="bridge-standin", tests=build / "tests", preload=build / PRELOAD.name,
        timeout=SECONDS * 4 + 60, ASAN_OPTIONS="verify_asan_link_order=0:detect_leaks=0",
    )
    found = outcome.stderr.find("Sanitizer")
    assert found < 0, outcome.stderr[found : found + 4000]
    check(outcome)


def test_helgrind_finds_no_race(dns, torture):
    if shutil.which("valgrind") is None:
        pytest.skip("valgrind is not installed")
    runner = ["valgrind", "--tool=helgrind", "--quiet", "--error-exitcode=9", "--history-level=approx",
              "--trace-children=yes", f"--suppressions={HERE / 'helgrind.supp'}"]
    outcome = torture(
        "-t", 6, "-s", max(2, SECONDS // 2), "-r", SEED, "-l", jobs=[*STEADY, "flaky", "gone"],
        variant="bridge-standin", runner=runner, timeout=SECONDS * 10 + 100,
        BOXLITE_ALLOWNET_TIMEOUT_MS="3000",
    )
    report = outcome.stderr.find("Possible data race")
    assert report < 0, outcome.stderr[report : report + 4000]
    check(outcome)
