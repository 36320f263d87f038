"""The rule: wherever Go's resolver gives an IPv4 address, ours gives one that Go's could give first,
no later than it and MARGIN_MS; and never one that is nobody's. A bridge asks for one name after the
other and the box is up behind the last, so the time that counts is that of all names.

The exceptions are EXCUSES, and nothing else.
"""

import dataclasses

MARGIN_MS = 300
# What a box has before boxlite gives it up, less a reserve.
PATIENCE_MS = 20_000

EXCUSES = {
    "0.0.0.0": "Go takes it for an address. To the guest it looks just like the fault that is "
    "repaired, so the box is refused, and the text says who answered so.",
    "foreign owner": "Go takes any A record of the answer. One of another name, to which no CNAME "
    "leads, is not an address of the rule's host.",
    "as it stands": "With a large ndots Go asks the search list first, so a wildcard of a search "
    "domain takes the place of a host that is there. Ours takes the host that the rule names.",
}


# The same for lateness alone.
LATE = {
    "searched last": "A dotted name that ndots does not send to the search list is what the rule says. "
    "Ours tries the list only before it would refuse the box, so it finds such a name later than Go.",
}


@dataclasses.dataclass
class Answer:
    addresses: list  # the first is the one that counts
    ms: float  # after the start
    cause: str = ""

    @property
    def first(self):
        return self.addresses[0] if self.addresses else None


@dataclasses.dataclass
class Verdict:
    """fault: "" or what is wrong, one of the words below. compared: Go had an address to compare."""

    fault: str = ""
    text: str = ""
    compared: bool = False
    excuse: str = ""


# `model`: the world is not what its maker thinks it is, so it proves nothing.
FAULTS = ("model", "refused", "other address", "stranger", "late")


def judge(name, go, ours, go_whole_ms):
    """name: a draft.Name. go, ours: Answers; `go` is that of PreferGo: false, and `go_whole_ms` when
    it was done with all names."""
    known = name.first | name.also
    told = (
        f"Go {go.first or go.cause}, {go.ms:.0f} ms, all {go_whole_ms:.0f} ms; "
        f"ours {ours.first or ours.cause}, {ours.ms:.0f} ms"
    )
    if go.first is None or go.ms > PATIENCE_MS:
        if ours.first is not None and ours.first not in known - {"0.0.0.0"}:
            return Verdict("stranger", told)
        return Verdict()
    if go.first not in name.first:
        return Verdict("model", f"{told}; expected {sorted(name.first)}", True)
    excuse = "0.0.0.0" if go.first == "0.0.0.0" else name.excuse
    if excuse:
        own = name.also if excuse == "foreign owner" else known - {"0.0.0.0"}
        if ours.first is not None and ours.first not in own:
            return Verdict("stranger", told, True)
        if ours.first is None and excuse == "as it stands":
            return Verdict("refused", told, True)
        return Verdict(excuse=excuse)
    if ours.first is None:
        return Verdict("refused", told, True)
    if ours.first not in name.first:
        return Verdict("other address" if ours.first in known else "stranger", told, True)
    if ours.ms > go_whole_ms + MARGIN_MS:
        if name.late_excuse:
            return Verdict(compared=True, excuse=name.late_excuse)
        return Verdict("late", told, True)
    return Verdict(compared=True)
