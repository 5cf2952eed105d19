"""The trials that are stored and those of a register in, a list of trials to accept with `cartkg add` out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cartkg.diagnostics import Diagnostic, Severity
from cartkg.dossier.node import Node
from cartkg.escaping import one_line
from cartkg.literature.formats.format import TWICE
from cartkg.literature.registries.changes import TrialChanges, changes_of
from cartkg.literature.writing import flow, scalar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from cartkg.literature.registries.trial import RegisteredTrial
    from cartkg.literature.writing import Value

_RESUBMITTED = re.compile(r"\A(20[0-9]{2}-[0-9]{6}-[0-9]{2})-[0-9]{2}\Z")
_HEAD = """\
# Changes that records of registers propose; nothing is stored yet. Compare each with the record, delete what you do not
# accept, add products, diseases and sponsors by their ids, remove `unconfirmed: true` from each trial that you have
# compared, and run `cartkg add` with this file, which refuses the others.
#
"""


@dataclass(frozen=True, slots=True)
class Proposals:
    """What the records of registers would change, in their order, and records that were left out."""

    trials: tuple[TrialChanges, ...]
    diagnostics: tuple[Diagnostic, ...] = ()


def compare_trials(trials: Iterable[RegisteredTrial], stored: Node, path: Path) -> Proposals:
    """Compare records with the trials that are stored, by their numbers and other numbers.

    Args:
        trials: the records.
        stored: the content of data/trials.yaml.
        path: the export, named in diagnostics.
    """
    entries: dict[str, Node] = {}
    for entry in stored.children("trials"):
        for number in (entry.text("number") or "", *entry.texts("other_numbers")):
            entries.setdefault(_plain_number(number), entry)
    found: dict[str, TrialChanges] = {}
    problems = []
    for trial in trials:
        numbers = [_plain_number(number) for number in (trial.number, *trial.other_numbers)]
        known = next((entries[number] for number in numbers if number in entries), None)
        each = changes_of(trial, known or Node("", {}, {}), is_new=known is None)
        if each.id in found:
            message = (
                f"{trial.number} is the trial {each.id}, as {found[each.id].trial.number} is; compare it by itself"
            )
            problems.append(Diagnostic(path, trial.line, 1, TWICE, message, Severity.WARNING))
            continue
        found[each.id] = each
    return Proposals(tuple(found.values()), tuple(problems))


def _plain_number(number: str) -> str:
    """Return a number in capitals, one of CTIS without the count of resubmissions at its end."""
    return _RESUBMITTED.sub(r"\1", number.strip().upper())


def write_proposals(proposals: Iterable[TrialChanges], stored: Node) -> str:
    """Write the list of trials that states the changes; empty where there are none."""
    changed = [each for each in proposals if any(change.value is not None for change in each.changes)]
    if not changed:
        return ""
    phases = {entry.text("id"): entry.text("phase") or "not-stated" for entry in stored.children("trials")}
    numbers = {entry.text("id"): entry.text("number") or "" for entry in stored.children("trials")}
    remarks = "".join(f"# {one_line(line)}\n" for each in changed for line in _remarks(each))
    lines = [
        line
        for each in changed
        for line in _entry(each, numbers.get(each.id, each.trial.number), phases.get(each.id, "not-stated"))
    ]
    return f"{_HEAD}{remarks}trials:\n" + "".join(f"{line}\n" for line in lines)


def _remarks(each: TrialChanges) -> Iterator[str]:
    yield f"{each.id}: {'a new trial' if each.is_new else 'stored'}; {each.trial.address}"
    for change in () if each.is_new else each.changes:
        yield f"  {change.field}: {change.stored or 'nothing'} -> {change.found}"
    for said in each.trial.unlisted:
        yield f"  in the record, and in no field: {said}"


def _entry(each: TrialChanges, number: str, phase: str) -> Iterator[str]:
    fields: dict[str, Value] = {"number": number, "phase": phase}
    fields |= {change.field: change.value for change in each.changes if change.value is not None}
    yield f"- id: {scalar(each.id)}"
    yield "  unconfirmed: true"
    for name, value in fields.items():
        yield from _field(name, value)
    yield from _field("pages", list(each.pages))


def _field(name: str, value: Value) -> Iterator[str]:
    if not isinstance(value, list):
        yield f"  {name}: {flow(value)}"
    else:
        yield f"  {name}:"
        yield from (f"  - {flow(item)}" for item in value)
