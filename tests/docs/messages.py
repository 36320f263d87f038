"""The messages of the sources and the entries of docs/messages.md, and which fits which.

An entry is a line indented by four spaces. It fits a format string if it equals it with a word in
capitals, a part in brackets, or another literal of the same call in place of each conversion. What
the sources put together out of pieces is listed put together, so it may also be tiled by pieces.
"""

import functools
import re
from pathlib import Path

import csource

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "docs" / "messages.md"
FOLDERS = ("shim", "zones", "resolver")

# Argument that is the whole of a message, by function; in which folder.
WHOLE = {
    "border": (1, "shim/launch"),
    "complain": (0, "shim/command/overlay"),
    "conclude": (2, "shim/command/doctor"),
    "doctor_row": (2, "shim/command/doctor"),
    "dprintf": (1, ""),
    "facts_say": (1, "shim/command/doctor"),
    "log_line": (2, ""),
    "log_to_stderr": (2, ""),
    "refusal_add": (1, ""),
    "tell": (2, "shim/attach"),
    "usage_complain": (1, ""),
    "usage_error": (1, ""),
}
# Definitions all of whose literals are messages, however short.
ALL_OF = {"resolver_outcome_text"}

# Compared or written as data, not told to anybody.
DATA_CALLS = {
    "memmem", "sizeof", "sscanf", "strcasecmp", "strcmp", "strncasecmp", "strncmp", "strstr",
}
# Argument that is the label of a line of a report.
LABELS = {"doctor_row": 1, "doctor_row_list": 1}
# (file, definition, part of the text), None for any: literals that are no messages, and why.
NO_MESSAGES = [
    ("shim/boxlite/image.c", None, "DNS sinkhole configured", "a text of boxlite's"),
    ("shim/command/help.c", None, None, "help"),
    ("shim/command/main.c", "commands", None, "help"),
    ("shim/command/main.c", "print_overview", None, "help"),
    ("shim/command/version.c", "cli_version", "c-ares", "what was asked for"),
    ("shim/command/selftest/bridge.c", None, "DNS sinkhole configured", "a text of boxlite's"),
    ("shim/command/doctor/box_log.c", "sinkholed", None, "a text of boxlite's"),
    ("shim/command/doctor/box_log.c", "started", None, "a text of boxlite's"),
    ("shim/command/doctor/box_log.c", "created", None, "a text of boxlite's"),
    ("shim/command/doctor/box_log.c", "filter", None, "a text of boxlite's"),
    ("shim/command/doctor/box_log.c", "observed", None, "part of a line that is listed"),
    ("shim/command/doctor/box_zones.c", "request", None, "HTTP"),
    ("shim/boxlite/go_info.c", "magic", None, "a text of Go's"),
    ("shim/command/doctor/package.c", None, "npm %s", "the name of a package"),
    ("shim/command/doctor/trial.c", None, None, "texts of the kernel's"),
    ("shim/command/doctor/package.c", None, "Python %", "the name of a package"),
    ("shim/base/home.c", None, "(deleted)", "a text of the kernel's"),
    ("shim/plan/handover.c", None, None, "the form of a handover"),
    ("shim/launch/jail_files.c", None, None, "files for the jail"),
    ("shim/base/log.c", "log_to_stderr", None, "what stands before a line, described at the top"),
    ("shim/command/output/usage.c", "usage_error", None, "what stands behind a line"),
    ("shim/command/output/usage.c", "complain", None, "what stands before a line"),
    ("shim/command/overlay/complain.c", None, None, "what stands before a line"),
    ("shim/command/overlay/make.c", "say_how_to_use_it", None, "a result, shown in docs/operate.md"),
    ("shim/command/overlay/make.c", "say_what_was_made", None, "a result, shown in docs/operate.md"),
    ("shim/command/overlay/search.c", "take_only", "  --shim", "the lines of a list"),
    ("shim/command/overlay/trailer.c", None, None, "the form of a trailer"),
    ("shim/preload/bridge.c", None, "DNS sinkhole configured", "a text of boxlite's"),
    ("shim/preload/process.c", "answer_detect", None, "what was asked for"),
    ("shim/plan/refusal.c", "refusal_add", None, "what stands before a line"),
    ("shim/command/selftest/box.c", "on_log", None, "between the processes of the self-test"),
    ("shim/command/selftest/box.c", "print_answer", None, "between the processes of the self-test"),
    ("shim/command/selftest/box.c", "create", None, "between the processes of the self-test"),
    ("shim/command/selftest/checks.c", "faulty", None, "between the processes of the self-test"),
    ("shim/command/selftest/checks.c", "observed", None, "between the processes of the self-test"),
    ("shim/command/selftest/checks.c", "repaired", None, "between the processes of the self-test"),
    ("shim/command/selftest/checks.c", None, "preload mode=", "what was asked for"),
    ("shim/command/selftest/checks.c", None, "refused allowNet", "between the processes of the self-test"),
    ("shim/command/selftest/checks.c", None, "log allowNet", "between the processes of the self-test"),
]

PREFIX = re.compile(r"^(?:boxlite-allownet(?: [a-z]+)?: )?(?:ERROR )?(?:allowNet: )?")
CONVERSION = re.compile(r"%[-+ #0]*[\d*]*(?:\.[\d*]+)?(?:hh|h|ll|l|z|j|t)?[diouxXcspfg]|%%")
PLACE = r"[A-Z][A-Z0-9_]*(?:\[[^\]]*\])*|(?:\[[^\]]*\])+"
RELEASES = re.compile(r"[\d.]+ (?:to [\d.]+|or newer)")
PROSE = re.compile(r"[A-Za-z]{2}.* |  ?.*[A-Za-z]{2}", re.DOTALL)


def plain(text):
    return PREFIX.sub("", " ".join(text.split()))


def is_whole(literal):
    argument, folder = WHOLE.get(literal.call.name, (None, ""))
    return argument == literal.argument and f"{ROOT}/{folder}" in literal.path


class Message:
    def __init__(self, literal):
        self.where = literal.where().removeprefix(f"{ROOT}/")
        self.text = plain(literal.text)
        # Else it is a piece of one.
        self.whole = is_whole(literal) or (
            literal.call.name in ("fprintf", "fputs") and literal.text.startswith("boxlite-"))
        others = [other.text for other in literal.call.literals if other is not literal]
        place = "|".join([PLACE, *map(re.escape, filter(None, others))])
        place = f"(?:{place})" + ("?" if "" in others else "")
        parts = re.split(f"(?:{CONVERSION.pattern})+", self.text)
        self.form = place.join(map(re.escape, parts))
        self.pattern = re.compile(self.form)

    def fits(self, entry):
        match = self.pattern.fullmatch if self.whole else self.pattern.search
        return match(entry) is not None


def exemptions(literal):
    """The entries of NO_MESSAGES that cover it."""
    name = literal.path.removeprefix(f"{ROOT}/")
    return [
        entry
        for entry in NO_MESSAGES
        if name == entry[0]
        and entry[1] in (None, literal.definition)
        and (entry[2] is None or entry[2] in literal.text)
    ]


def may_be_message(literal):
    words = CONVERSION.sub("", literal.text)
    if literal.call.name in DATA_CALLS or LABELS.get(literal.call.name) == literal.argument:
        return False
    if literal.definition in ALL_OF or is_whole(literal):
        return re.search("[A-Za-z]{3}", words) is not None
    return PROSE.search(words) is not None and not RELEASES.fullmatch(words)


@functools.cache
def literals():
    """All of the product's, in order."""
    paths = [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.c"))]
    return [literal for path in paths for literal in csource.literals(path)]


def messages():
    return [
        Message(literal)
        for literal in literals()
        if may_be_message(literal) and not exemptions(literal)
    ]


def entries(text=None):
    """The entries of the document, without what stands before each message."""
    found = []
    fenced = False
    for line in (DOCUMENT.read_text() if text is None else text).splitlines():
        if line.startswith("```"):
            fenced = not fenced
        elif not fenced and line.startswith("    ") and line.strip():
            found.append(plain(line))
    return found


def undocumented(found, listed):
    return [message for message in found if not any(message.fits(entry) for entry in listed)]


def is_tiled(entry, pieces):
    """Whether `entry` can be laid out of `pieces` without a gap."""
    reached = {0}
    for at in range(len(entry)):
        if at in reached:
            for piece in pieces:
                match = piece.match(entry, at)
                if match:
                    reached.add(match.end())
    return len(entry) in reached


def unfounded(found, listed):
    """Entries that no source has, neither as they are nor in pieces."""
    pieces = [message.pattern for message in found]
    pieces += [re.compile(r"[A-Z][A-Z0-9_]*"), re.compile(r"[\[\]\"'.,:;() ]")]
    return [
        entry
        for entry in listed
        if not any(message.whole and message.fits(entry) for message in found)
        and not is_tiled(entry, pieces)
    ]
