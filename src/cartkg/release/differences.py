"""Compare two snapshots: what was added, corrected and withdrawn, thing by thing.

A claim is corrected, not replaced, when the same publication still says something of the same cohort, measure and time,
but another amount: IRIs of findings end with their value, so a correction gives the finding, and the claim on it, a new
IRI. Everything else is corrected when its IRI stays and its facts differ.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from cartkg.namespaces import BASE, RDFS, TERM

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from cartkg.release.snapshots import Snapshot

    Facts = Mapping[str, frozenset[str]]

#: Kinds of things in the order in which they are listed; others follow by name.
KINDS = ("claim", "finding", "conflict", "overlap", "absence", "remark", "cohort", "study", "publication")
MAPPING = "mapping"

_LABEL = f"{RDFS}label"
_ASSERTS = f"{TERM}asserts"
#: What a finding is about; the rest is what it says.
_SUBJECT_OF_FINDING = tuple(
    f"{TERM}{name}"
    for name in ("ofCohort", "measure", "aboutDrug", "timeKind", "timeValue", "timeUnit", "gradeLow", "gradeHigh")
)
#: Bookkeeping: a change in it alone is none.
_NOT_COMPARED = frozenset((_LABEL, f"{TERM}dossierRow", _ASSERTS))


class ChangeKind(Enum):
    """What happened to a thing: added, corrected or withdrawn."""

    ADDED = "added"
    CORRECTED = "corrected"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class FactChange:
    """One predicate whose objects differ; terms as in N-Triples."""

    predicate: str
    before: tuple[str, ...]
    after: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """What happened to one thing.

    Attributes:
        of: kind of thing, as in its IRI: claim, finding ...; `mapping` for a row of a mapping file.
        kind: added, corrected or withdrawn.
        before: its IRI in the old snapshot; empty when added.
        after: its IRI in the new one; empty when withdrawn.
        label: its label, the newer one.
        facts: what differs, when corrected.
    """

    of: str
    kind: ChangeKind
    before: str
    after: str
    label: str
    facts: tuple[FactChange, ...] = ()


def compare(old: Snapshot, new: Snapshot) -> list[Change]:
    """Compare two snapshots; sorted by kind of thing, kind of change and IRI.

    Mappings are compared when both snapshots have a place for them.
    """
    changes = [*_things(_View(old), _View(new)), *_mappings(old, new)]
    ranks = {name: rank for rank, name in enumerate(KINDS)}

    def order(change: Change) -> tuple[int, str, str, str, str]:
        rank = len(KINDS) + (change.of == MAPPING) if change.of not in ranks else ranks[change.of]
        return rank, change.of, change.kind.value, change.after or change.before, change.before

    return sorted(changes, key=order)


@dataclass(frozen=True, slots=True)
class _View:
    """A snapshot as the comparison sees it."""

    snapshot: Snapshot

    def compared(self, thing: str) -> dict[str, frozenset[str]]:
        """Return the facts to compare; those of what a claim asserts belong to the claim."""
        facts = self.snapshot.facts[thing]
        compared = {key: values for key, values in facts.items() if key not in _NOT_COMPARED}
        for target in facts.get(_ASSERTS, ()):
            asserted = self.snapshot.facts.get(target[1:-1], {})
            compared |= {f"{_ASSERTS} {key}": values for key, values in asserted.items() if key not in _NOT_COMPARED}
        return compared

    def label(self, thing: str) -> str:
        """Return the label of a thing; of a claim, that of what it asserts."""
        labels = sorted(self.snapshot.facts[self._asserted(thing) or thing].get(_LABEL, ()))
        return labels[0][1 : labels[0].rindex('"')] if labels else ""

    def signature(self, thing: str) -> tuple[object, ...] | None:
        """Return what a claim or finding is about; None for a thing that is known by its IRI alone."""
        asserted = self._asserted(thing)
        about = self.snapshot.facts[asserted or thing]
        if f"{TERM}measure" not in about:
            return None
        facts = self.snapshot.facts[thing]
        said = (facts.get(f"{TERM}claimedBy"), facts.get(f"{TERM}readIn")) if asserted else ()
        return (asserted is not None, said, *(about.get(key) for key in _SUBJECT_OF_FINDING))

    def _asserted(self, thing: str) -> str | None:
        """Return the first thing that a claim asserts and that the snapshot describes."""
        targets = sorted(target[1:-1] for target in self.snapshot.facts[thing].get(_ASSERTS, ()))
        return next((target for target in targets if target in self.snapshot.facts), None)


def _things(old: _View, new: _View) -> Iterator[Change]:
    before, after = set(old.snapshot.facts), set(new.snapshot.facts)
    for thing in before & after:
        change = _corrected(old, new, thing, thing)
        if change.facts:
            yield change
    gone, come = before - after, after - before
    for earlier, later in _pairs(old, new, gone, come):
        gone.discard(earlier)
        come.discard(later)
        yield _corrected(old, new, earlier, later)
    for thing in come:
        yield Change(_kind(thing), ChangeKind.ADDED, "", thing, new.label(thing))
    for thing in gone:
        yield Change(_kind(thing), ChangeKind.WITHDRAWN, thing, "", old.label(thing))


def _pairs(old: _View, new: _View, gone: Iterable[str], come: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Pair what went with what came about the same matter, those with most facts in common first."""
    waiting: dict[tuple[object, ...], list[str]] = {}
    for thing in sorted(gone):
        signature = old.signature(thing)
        if signature is not None:
            waiting.setdefault(signature, []).append(thing)
    candidates = [
        (-_shared(old.compared(earlier), new.compared(later)), earlier, later)
        for later in sorted(come)
        for earlier in waiting.get(new.signature(later) or (), ())
    ]
    taken: set[str] = set()
    for _, earlier, later in sorted(candidates):
        if not {earlier, later} & taken:
            taken |= {earlier, later}
            yield earlier, later


def _shared(one: Facts, other: Facts) -> int:
    return sum(len(values & other.get(key, frozenset())) for key, values in one.items())


def _corrected(old: _View, new: _View, earlier: str, later: str) -> Change:
    before, after = old.compared(earlier), new.compared(later)
    facts = tuple(
        FactChange(key, tuple(sorted(before.get(key, ()))), tuple(sorted(after.get(key, ()))))
        for key in sorted(before.keys() | after.keys())
        if before.get(key) != after.get(key)
    )
    return Change(_kind(later), ChangeKind.CORRECTED, earlier, later, new.label(later), facts)


def _mappings(old: Snapshot, new: Snapshot) -> Iterator[Change]:
    if old.mappings is None or new.mappings is None:
        return
    for row in new.mappings - old.mappings:
        yield Change(MAPPING, ChangeKind.ADDED, "", row[0], " ".join(f"<{name}>" for name in row))
    for row in old.mappings - new.mappings:
        yield Change(MAPPING, ChangeKind.WITHDRAWN, row[0], "", " ".join(f"<{name}>" for name in row))


def _kind(thing: str) -> str:
    return thing.removeprefix(BASE).partition("/")[0]
