"""A trial of a register and the stored one in, what differs and the fields that would say so out."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cartkg.nearest import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from cartkg.dossier.node import Node
    from cartkg.literature.registries.trial import Milestone, RegisteredTrial
    from cartkg.literature.writing import Value

#: What a register that says no more than `not recruiting` may mean.
_NOT_RECRUITING = frozenset({"active-not-recruiting", "suspended", "completed", "terminated", "withdrawn", "unknown"})
#: Lists of texts that are proposed where none are stored. Stored ones may be in other words, so that a difference is
#: listed and nothing proposed.
_TEXTS = ("conditions", "arms", "primary_outcomes", "secondary_outcomes")


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field in which the record of a register differs from what is stored.

    Attributes:
        field: the field of data/trials.yaml.
        stored: what stands; empty where nothing does.
        found: what the record states.
        value: what the field would be; None where nothing is proposed.
    """

    field: str
    stored: str
    found: str
    value: Value | None = None


@dataclass(frozen=True, slots=True)
class TrialChanges:
    """The changes of one trial.

    Attributes:
        trial: the record.
        id: the id of the stored trial, or the one that it would have.
        is_new: whether none is stored.
        changes: what differs; empty where the record and what is stored agree.
        pages: the pages of the trial with that of the record.
    """

    trial: RegisteredTrial
    id: str
    is_new: bool
    changes: tuple[FieldChange, ...]
    pages: tuple[Mapping[str, Value], ...] = ()


@dataclass(slots=True)
class _Comparison:
    """One trial during its comparison; `page` is the id of the page of the record."""

    trial: RegisteredTrial
    entry: Node
    page: str
    _given: dict[str, int] = field(default_factory=dict)

    def new_id(self, name: str, prefix: str) -> str:
        """Return an id that no entry of a list has."""
        if name not in self._given:
            ids = [each.text("id") or "" for each in self.entry.children(name)]
            numbers = [int(each[len(prefix) :]) for each in ids if re.fullmatch(rf"{prefix}[0-9]+", each)]
            self._given[name] = max(numbers, default=0)
        self._given[name] += 1
        return f"{prefix}{self._given[name]}"

    def kept(self, name: str) -> list[Value]:
        """Return the entries of a list as they are stored: history is never lost."""
        return [_plain(each) for each in self.entry.children(name)]

    @property
    def dated(self) -> dict[str, Value]:
        """Return the date of the record and its page."""
        return {**({"date": self.trial.recorded} if self.trial.recorded else {}), "page": self.page}


def changes_of(trial: RegisteredTrial, entry: Node, *, is_new: bool) -> TrialChanges:
    """Return what a record would change of a stored trial; of an older record only what is missing.

    Args:
        trial: the record.
        entry: the stored trial; an empty mapping where there is none.
        is_new: whether there is none.
    """
    pages = [each.text("id") or "" for each in entry.children("pages")]
    ranks = [int(each[1:]) for each in pages if re.fullmatch(r"r[0-9]+", each)]
    comparison = _Comparison(trial, entry, f"r{max(ranks, default=0) + 1}")
    parts: tuple[Callable[[_Comparison], Iterator[FieldChange]], ...] = (
        _texts,
        _status,
        _enrolment,
        _dates,
        _eligibility,
        _lists,
        _places,
    )
    found = tuple(change for part in parts for change in part(comparison))
    page: dict[str, Value] = {"id": comparison.page, "address": trial.address, "kind": "registry-page"}
    if trial.recorded:
        page["date"] = trial.recorded
    kept = [_plain(each) for each in entry.children("pages")]
    mappings = tuple(each for each in kept if isinstance(each, dict))
    id_ = entry.text("id") or trial.number.casefold()
    return TrialChanges(trial, id_, is_new, found, (*mappings, page))


def _plain(node: Node) -> Value:
    """Return the value of a node as it may be written again."""
    if isinstance(node.value, dict):
        return {name: _plain(node.child(name)) for name in node.names()}
    if isinstance(node.value, list):
        return [_plain(each) for each in node.items()]
    value = node.value
    return value if value is not None and not isinstance(value, float) else str(value)


def _is_older(comparison: _Comparison, stored: Node) -> bool:
    """Return whether the record is older than an entry that stands."""
    date = stored.text("date") or stored.text("record")
    return bool(date and comparison.trial.recorded and comparison.trial.recorded < date)


def _texts(comparison: _Comparison) -> Iterator[FieldChange]:
    trial, entry = comparison.trial, comparison.entry
    title = entry.text("title") or ""
    if trial.title and (not title or (fold(title) != fold(trial.title) and not entry.flag("own_title"))):
        yield FieldChange("title", title, trial.title, trial.title)
    phase = entry.text("phase") or "not-stated"
    if trial.phase not in {phase, "not-stated"}:
        yield FieldChange("phase", phase, trial.phase, trial.phase)
    for name in ("names", "other_numbers"):
        stored = entry.texts(name)
        known = {fold(each) for each in (*stored, entry.text("number") or "")}
        more = [each for each in getattr(trial, name) if fold(each) not in known]
        if more:
            yield FieldChange(name, "; ".join(stored), "; ".join(more), [*stored, *more])


def _lists(comparison: _Comparison) -> Iterator[FieldChange]:
    trial, entry = comparison.trial, comparison.entry
    for name in _TEXTS:
        found, stored = list(filter(None, getattr(trial, name))), entry.texts(name)
        if found and {fold(each) for each in found} != {fold(each) for each in stored}:
            yield FieldChange(name, "; ".join(stored), "; ".join(found), None if stored else found)


def _places(comparison: _Comparison) -> Iterator[FieldChange]:
    """Propose countries that are missing, and places where none are stored; a place that differs is listed."""
    trial, entry = comparison.trial, comparison.entry
    stored = entry.texts("countries")
    more = [each for each in trial.countries if each not in stored]
    gone = [each for each in stored if each not in trial.countries] if trial.countries else []
    if more or gone:
        found = "; ".join([*more, *(f"{each} is not in the record" for each in gone)])
        yield FieldChange("countries", "; ".join(stored), found, [*stored, *more] if more else None)
    said, found = entry.text("places") or "", "; ".join(trial.places)
    if found and fold(said) != fold(found):
        yield FieldChange("places", said, found, None if said else found)


def _status(comparison: _Comparison) -> Iterator[FieldChange]:
    trial, stored = comparison.trial, comparison.entry.children("status")
    now = stored[0].text("status") or "" if stored else ""
    same = trial.status == now or (trial.status == "not-recruiting" and now in _NOT_RECRUITING)
    if not trial.status or same:
        return
    said = f"{now} ({stored[0].text('date') or 'no date'})" if stored else ""
    found = f"{trial.status} ({trial.recorded or 'no date'})"
    if stored and _is_older(comparison, stored[0]):
        yield FieldChange("status", said, f"{found}, an older record")
        return
    entry: dict[str, Value] = {"id": comparison.new_id("status", "s"), "status": trial.status, **comparison.dated}
    if fold(trial.status_as_listed).replace(" ", "-") != trial.status:
        entry["note"] = f"listed as {trial.status_as_listed}"
    yield FieldChange("status", said, found, [entry, *comparison.kept("status")])


def _enrolment(comparison: _Comparison) -> Iterator[FieldChange]:
    trial, stored = comparison.trial, comparison.entry.children("enrolment")
    if trial.planned is None:
        return
    now, kind = (stored[0].count("n"), stored[0].text("kind")) if stored else (None, None)
    if now == trial.planned and (kind == trial.planned_kind or trial.planned_kind in {"planned", "not-stated"}):
        return
    said, found = (f"{now} ({kind})" if stored else ""), f"{trial.planned} ({trial.planned_kind})"
    if stored and _is_older(comparison, stored[0]):
        yield FieldChange("enrolment", said, f"{found}, an older record")
        return
    entry: dict[str, Value] = {
        "id": comparison.new_id("enrolment", "n"), "n": trial.planned, "kind": trial.planned_kind, **comparison.dated,
    }  # fmt: skip
    yield FieldChange("enrolment", said, found, [entry, *comparison.kept("enrolment")])


def _dates(comparison: _Comparison) -> Iterator[FieldChange]:
    stored: dict[str, Node] = {}
    for each in comparison.entry.children("dates"):
        stored.setdefault(each.text("what") or "", each)
    news: list[Value] = []
    said: list[str] = []
    found: list[str] = []
    for milestone in comparison.trial.dates:
        now = stored.get(milestone.what)
        if now is not None and (_is_same(now, milestone) or _is_older(comparison, now)):
            continue
        entry: dict[str, Value] = {
            "id": comparison.new_id("dates", "d"),
            "what": milestone.what,
            "date": milestone.date,
            "kind": milestone.kind,
        }
        if comparison.trial.recorded:
            entry["record"] = comparison.trial.recorded
        news.append({**entry, "page": comparison.page})
        said += [f"{milestone.what} {now.text('date')} ({now.text('kind')})"] if now is not None else []
        found.append(f"{milestone.what} {milestone.date} ({milestone.kind})")
    if news:
        yield FieldChange("dates", "; ".join(said), "; ".join(found), [*news, *comparison.kept("dates")])


def _is_same(stored: Node, milestone: Milestone) -> bool:
    """Return whether a date says nothing that is not stored: the same, or less exactly, and of the same kind."""
    date = stored.text("date") or ""
    return date.startswith(milestone.date) and milestone.kind in {stored.text("kind"), "not-stated"}


def _eligibility(comparison: _Comparison) -> Iterator[FieldChange]:
    trial, stored = comparison.trial, comparison.entry.child("eligibility")
    found: dict[str, Value] = {}
    if trial.min_age is not None and stored.count("min_age") != trial.min_age:
        found["min_age"] = trial.min_age
    if trial.max_age is not None and stored.count("max_age") != trial.max_age:
        found["max_age"] = trial.max_age
    if trial.sex and stored.text("sex") != trial.sex:
        found["sex"] = trial.sex
    if found:
        kept = _plain(stored)
        before = kept if isinstance(kept, dict) else {}
        said = "; ".join(f"{name} {before[name]}" for name in found if name in before)
        text = "; ".join(f"{name} {value}" for name, value in found.items())
        yield FieldChange("eligibility", said, text, {**before, **found, "page": comparison.page})
