"""A world: a machine's three files, its nameservers, and the names that a bridge asks for.

World `number` of a seed is always the same one.
"""

import dataclasses
import random

from draft import Draft
from kinds import KINDS


@dataclasses.dataclass(frozen=True)
class World:
    number: int
    kind: str
    names: list  # draft.Name
    listen: list  # of the scripted DNS server
    script: str
    routed: bool  # the sandbox has the address draft.ROUTED
    files: dict  # name in /etc: text; None: there is no such file
    variables: dict  # of the environment

    def describe(self):
        """Everything that it takes to type it in."""
        parts = [f"world {self.number}, {self.kind}"]
        parts += [f"{name.asked}: rule {name.rule}, first {sorted(name.first)}" for name in self.names]
        parts += [f"--- listen\n{' '.join(self.listen)}", f"--- script\n{self.script}"]
        parts += [f"{name}={value}" for name, value in self.variables.items()]
        for name, text in self.files.items():
            parts.append(f"--- /etc/{name}\n{'(none)' if text is None else text[:2000]}")
        return "\n".join(parts)


def decorate(draft):
    """What is beside the point on most machines, and must stay so."""
    chance = draft.random.random
    if chance() < 0.25:
        draft.options += draft.random.sample(
            ["edns0", "trust-ad", "ndots:1", "ndots:2", "single-request", "no-reload", "attempts:3"], 2
        )
    if chance() < 0.1:
        draft.options.append("no-aaaa")
    if chance() < 0.25 and not draft.search and not draft.lines:
        draft.search = [f"{draft.label()}.corp.test"]
    if chance() < 0.1:
        draft.lines.append("sortlist 130.155.160.0/255.255.240.0")
    if chance() < 0.2:
        draft.hosts += "192.0.2.77 printer printer.lan\n"


def ndots(options):
    """The last one counts."""
    return next((int(o[6:]) for o in reversed(options) if o.startswith("ndots:")), 1)


def make(seed, number):
    draft = Draft(random.Random(f"{seed} {number}"))
    kind = list(KINDS)[number % len(KINDS)]
    KINDS[kind](draft)
    decorate(draft)
    last = any(
        name.listed_below and 0 < name.asked.count(".") >= ndots(draft.options)
        for name in draft.names
    )
    for name in draft.names:  # a box waits for all of them
        name.late_excuse = "searched last" if last else ""
    resolv_conf = draft.resolv_conf if draft.resolv_conf is not None else draft.make_resolv_conf()
    files = {"resolv.conf": resolv_conf, "hosts": draft.hosts, "nsswitch.conf": draft.nsswitch}
    files.update({name: None for name in draft.hidden})
    return World(
        number,
        kind,
        draft.names,
        draft.listen(),
        draft.script(),
        draft.routed,
        files,
        draft.variables,
    )
