"""docs/messages.md lists every message of the sources, and nothing else."""

import pytest

import messages


@pytest.fixture(scope="module")
def found():
    return messages.messages()


def shown(list_of_messages):
    return "\n".join(f"{message.where}: {message.text}" for message in list_of_messages)


def test_every_message_is_listed(found):
    missing = messages.undocumented(found, messages.entries())
    assert not missing, f"not in docs/messages.md:\n{shown(missing)}"


def test_every_entry_is_a_message(found):
    stale = messages.unfounded(found, messages.entries())
    assert not stale, "in docs/messages.md, but in no source:\n" + "\n".join(stale)


def test_exemptions_are_still_needed():
    """Each covers a literal that would be a message otherwise."""
    covered = [
        messages.exemptions(literal)
        for literal in messages.literals()
        if messages.may_be_message(literal)
    ]
    assert [entry for entry in messages.NO_MESSAGES if [entry] not in covered] == []


def test_control_a_message_that_is_not_listed_is_found(found):
    entries = messages.entries()
    for part in ("DNS resolution failed after retries", "kernel.yama.ptrace_scope", "is a URL"):
        kept = [entry for entry in entries if part not in entry]
        assert kept != entries
        assert any(part in message.text for message in messages.undocumented(found, kept))


def test_control_an_entry_without_a_source_is_found(found):
    invented = ["the box is haunted", "cannot read PATH: CAUSE; make it legible"]
    assert messages.unfounded(found, invented) == invented
