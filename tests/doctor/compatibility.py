"""docs/compatibility.md: what doctor and real boxes show of the published artifacts.

Every cell is what was seen: for x86-64 just now, for aarch64 on the machine of tests/lab/arm64, whose last
rows are in BUILD/lab/arm64/rows.json. Nothing in it is random: of a bridge without the repair only
the wildcard is asked for, which it always answers wrongly.
"""

import json

from bridgehost import BUILD, ROOT
from chainbox import ChainBox
from dnsserver import DnsServer
from doctorbox import DEAD, SDKS, Told, dead_box, module_of, shim_of
from example import RULES, WILDCARD
import example
from publishedshims import RELEASES, TWINS, shim_path
from shimprocess import CREATED

DOCUMENT = ROOT / "docs" / "compatibility.md"
ARM64_ROWS = BUILD / "lab" / "arm64" / "rows.json"
# 0.2.11 takes its configuration otherwise, and has no allow_net to be tried.
STARTED = tuple(
    artifact for name in RELEASES for artifact in ((name, f"pypi-{name}") if name in TWINS else (name,))
)
ARTIFACTS = ("0.2.11", *STARTED)

SCRIPT = example.SCRIPT + """
a.example.org answer 192.0.2.4
other.com answer 192.0.2.5
default nxdomain
"""
RIGHT = {
    "github.com": "A 192.0.2.1",
    "iapi.sample.com": "A 192.0.2.2",
    WILDCARD: "A 192.0.2.3",
    "host.boxlite.internal": "A 192.168.127.254",
}
QUICK = {"BOXLITE_ALLOWNET_BACKOFF_MS": "1"}

HEAD = """# Compatibility

What the published artifacts show, written by `make compatibility` from what `boxlite-allownet
doctor` says of them and from boxes that were started, asked and looked at. The tests compare it
with what they see. The artifacts are those of the npm package
`@boxlite-ai/boxlite-linux-x64-gnu` (0.2.11, 0.9.7, 0.10.0, 0.10.3) and the wheels of `boxlite` on
PyPI (all others, and those marked PyPI), for x86-64, and of the wheels also those for aarch64.

## The files

"""

BOXES = """
## Boxes

Rules `github.com`, `iapi.sample.com`, `*.example.org`; a DNS server that knows them; a firmware
that does nothing, so that of the box only its network is there. *Listed names* are `github.com`,
`iapi.sample.com` and `host.boxlite.internal`. `*.example.org` is right when it answers with the
address of `example.org`, as the repair does, or, where the bridge no longer answers from zones,
with that of the name itself. The dead host is one that does not exist, on the list; the places are
those in which the box leaves the text of the refusal.

"""

ARM64 = """
## Boxes on aarch64

The same boxes on an emulated machine with Debian 12, by `make check-arm64`. **The published shims for
aarch64 cannot start a real box, repaired or not**: their static libc looks for `_dl_var_init` in each
object that it loads, and finds none in `libkrunfw.so.5` (`Couldn't find or load libkrunfw.so.5`). The
firmware here has one, so that what they do about names can be seen.

"""

TAIL = """
## What was not started

0.2.11 was not started: it has no `allow_net`. Of 0.8.x nothing was published as a binary; it and
position independent shims are tested on bridges built from sources with the same faults
(`tests/bridge`, `make check-attach`, `make check-e2e`).
"""


def table(heads, rows):
    """Markdown with columns of equal width."""
    cells = [list(heads), *[[str(cell) for cell in row] for row in rows]]
    widths = [max(len(row[i]) for row in cells) for i in range(len(heads))]
    lines = ["| " + " | ".join(c.ljust(w) for c, w in zip(row, widths)) + " |" for row in cells]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines) + "\n"


def shown(artifact):
    """As the tables have it."""
    return artifact.removeprefix("pypi-") + (" (PyPI)" if artifact.startswith("pypi-") else "")


def file_row(version):
    told = Told(shim_path(version))
    boxlite = told.only["boxlite"]
    way_in = told.only["way_in"]
    if version in TWINS and module_of(version).exists() and way_in == "attach":
        inside = Told(SDKS / version).only
        assert inside["boxlite"]["revision"] == boxlite["revision"]
        way_in = f"{inside['way_in']}, {way_in}"
    return [
        shown(version),
        boxlite["release"],
        (boxlite["revision"] or "not recorded")[:12],
        boxlite["go"],
        boxlite["gvisor_tap_vsock"],
        boxlite["linkage"],
        boxlite["create_arguments"],
        "yes" if boxlite["affected"] else "no",
        way_in,
        told.only["verdict"],
    ]


def judge(answers):
    """Of the listed names, and of the wildcard."""
    wrong = {n: a for n, a in answers.items() if n != WILDCARD and a != RIGHT[n]}
    listed = "right" if not wrong else f"wrong: {wrong}"
    wildcard = answers[WILDCARD]
    if wildcard in (RIGHT[WILDCARD], "A 192.0.2.4"):
        return listed, "right"
    return listed, "an A record of length 0" if wildcard == "A length-0" else wildcard


def wildcard_without(version, jailed):
    with ChainBox(version, RULES, jailed=jailed, repaired=False) as box:
        return judge(RIGHT | box.answers([WILDCARD]))[1]


def with_the_repair(version, jailed):
    with ChainBox(version, RULES, jailed=jailed) as box:
        listed, wildcard = judge(box.answers(RIGHT))
        box.wait_log(CREATED)
        return listed, wildcard, Told(shim_of(box)).only["verdict"]


def dead_host(version, jailed):
    """Whether the box starts; if it is refused, where the text is that names the host."""
    with dead_box(version, jailed=jailed, settings=QUICK) as box:
        if box.wait_started():
            return "starts"
        places = {
            "exit file": DEAD in box.exit_message(),
            "standard error": DEAD in "\n".join(box.lines),
            "log": DEAD in box.log(),
        }
        assert any(places.values())
        return f"refused, and named: {', '.join(place for place, there in places.items() if there)}"


def box_rows(version):
    for jailed in (False, True):
        yield [
            shown(version),
            "jailed" if jailed else "plain",
            wildcard_without(version, jailed),
            *with_the_repair(version, jailed),
            dead_host(version, jailed),
        ]


def arm64_rows(page):
    """Of the page's text, those that there are."""
    lines = page.partition("## Boxes on aarch64")[2].partition("\n## ")[0].splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| ")]
    return rows[1:]


def newest_arm64_rows(page):
    """Those of the page, and in their place what was seen since."""
    rows = {tuple(row[:2]): row for row in arm64_rows(page)}
    if ARM64_ROWS.exists():
        rows |= {tuple(row[:2]): row for row in json.loads(ARM64_ROWS.read_text())}
    order = list(RELEASES)
    return sorted(rows.values(), key=lambda row: (order.index(row[0]), row[1] != "plain"))


def document(arm64):
    """The page, with these rows for aarch64."""
    heads = ["artifact", "box", "`*.example.org` without", "with: listed names", "`*.example.org`"]
    heads += ["doctor of the box", "dead host"]
    files = table(
        ["artifact", "boxlite", "revision", "Go", "gvisor-tap-vsock", "bridge", "create takes"]
        + ["affected", "way in", "doctor"],
        [file_row(version) for version in ARTIFACTS],
    )
    with DnsServer(SCRIPT, listen=["127.0.0.1:53"]):
        boxes = table(heads, [row for version in STARTED for row in box_rows(version)])
    seen = table(heads, arm64) if arm64 else "Not measured yet.\n"
    return HEAD + files + BOXES + boxes + ARM64 + seen + TAIL


if __name__ == "__main__":
    page = DOCUMENT.read_text(encoding="utf-8")
    DOCUMENT.write_text(document(newest_arm64_rows(page)), encoding="utf-8")
