"""The worklist: `data/worklist.tsv`, a line for each paper or trial that was found, and what people decided of it."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields, replace
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Self

from cartkg.dossier.identifiers import DOI, TRIAL
from cartkg.literature.screening.searches import ID
from cartkg.literature.screening.tabbed import TabbedForm, read_tabbed, tabbed_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from cartkg.diagnostics import Diagnostic
    from cartkg.literature.screening.tabbed import TabbedLine

_MANY = ("searches", "news", "seen")
_BETWEEN = "; "


class State(StrEnum):
    """What has become of a record."""

    NEW = "new"
    EXCLUDED = "excluded"
    TO_EXTRACT = "to-extract"
    EXTRACTED = "extracted"
    CHECKED = "checked"


class ExclusionStage(StrEnum):
    """At which stage of PRISMA 2020 a record was excluded."""

    TITLE = "title-abstract"
    RETRIEVAL = "retrieval"
    FULL_TEXT = "full-text"


#: States of what is in the graph.
IN_GRAPH = frozenset({State.EXTRACTED, State.CHECKED})


@dataclass(frozen=True, slots=True)
class Item:
    """A line of the worklist; the fields are its columns, in this order, and all of them are texts.

    Attributes:
        id: its name in the worklist.
        state: one of `State`.
        stage: one of `Stage`, of what was excluded.
        reason: why it was excluded.
        news: what has changed since someone last looked, such as a retraction.
        title: as the record has it.
        doi: its DOI.
        pmid: its PMID.
        pmcid: its PMCID.
        trial: the number of a registered trial that it is the record of.
        searches: the searches that found it.
        found: the day on which the first of them did.
        by: who decided.
        on: the day of the decision.
        in_graph: the key of its dossier, or the id of the trial.
        seen: news that someone has looked at.
        note: a remark.
    """

    id: str
    state: str = State.NEW
    stage: str = ""
    reason: str = ""
    news: tuple[str, ...] = ()
    title: str = ""
    doi: str = ""
    pmid: str = ""
    pmcid: str = ""
    trial: str = ""
    searches: tuple[str, ...] = ()
    found: str = ""
    by: str = ""
    on: str = ""
    in_graph: str = ""
    seen: tuple[str, ...] = ()
    note: str = ""

    @classmethod
    def of_cells(cls, cells: Sequence[str]) -> Self:
        """Read a line, of as many cells as there are columns."""
        said = dict(zip(COLUMNS, cells, strict=True))
        texts = {name: value for name, value in said.items() if name not in _MANY}
        lists = {name: tuple(filter(None, said[name].split(_BETWEEN))) for name in _MANY}
        return cls(**texts, **lists)  # type: ignore[arg-type]  # the two kinds of fields, by their names

    @property
    def cells(self) -> tuple[str, ...]:
        """Return the line's cells."""
        values = (getattr(self, name) for name in COLUMNS)
        return tuple(_BETWEEN.join(value) if isinstance(value, tuple) else value for value in values)

    @property
    def keys(self) -> tuple[tuple[str, str], ...]:
        """Return what the record is recognised by."""
        said = (("doi", self.doi.casefold()), ("pmid", self.pmid), ("pmcid", self.pmcid), ("trial", self.trial.upper()))
        return tuple(each for each in said if each[1])

    def with_news(self, news: Iterable[str]) -> Item:
        """Return the line with news that no one has looked at."""
        more = [each for each in news if each not in self.news and each not in self.seen]
        return replace(self, news=(*self.news, *dict.fromkeys(more)))

    def decided(self, decision: Decision) -> Item:
        """Return the line as someone decided; its news has been looked at."""
        return replace(
            self,
            state=decision.state,
            by=decision.by,
            on=decision.on.isoformat(),
            news=(),
            seen=(*self.seen, *self.news),
            stage=decision.stage,
            reason=decision.reason,
            in_graph=decision.in_graph or self.in_graph,
            note=decision.note or self.note,
        )


@dataclass(frozen=True, slots=True)
class Decision:
    """What someone decided of lines.

    Attributes:
        state: their state.
        by: who decided.
        on: the day.
        stage: of what is excluded, at which stage.
        reason: of what is excluded, why.
        in_graph: the dossier or trial that they are; empty where that stays.
        note: a remark; empty where the one that there is stays.
    """

    state: State
    by: str
    on: date
    stage: str = ""
    reason: str = ""
    in_graph: str = ""
    note: str = ""


COLUMNS: tuple[str, ...] = tuple(each.name for each in fields(Item))
_FORM = TabbedForm("worklist", COLUMNS)


@dataclass(frozen=True, slots=True)
class Worklist:
    """The lines of a worklist in their order, and what is wrong with the file."""

    items: tuple[Item, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()

    @property
    def text(self) -> str:
        """Return the file: the names of the columns, and a line for each record."""
        return tabbed_text(_FORM, [each.cells for each in self.items])


@dataclass(frozen=True, slots=True)
class WorklistReferences:
    """What a worklist refers to.

    Attributes:
        searches: ids of the saved searches.
        in_graph: keys of dossiers and ids of trials, each with whether a second reader has checked it.
    """

    searches: frozenset[str]
    in_graph: Mapping[str, bool]

    def problems_of(self, item: Item) -> Iterator[tuple[str, str]]:
        """Return what a line refers to and is not there: the column, and what to write."""
        for name in item.searches:
            if name not in self.searches:
                yield "searches", f"data/searches.yaml has no search {name}"
        if item.in_graph and item.in_graph not in self.in_graph:
            yield "in_graph", f"no dossier and no trial is called {item.in_graph}"
        elif item.state == State.CHECKED and item.in_graph and not self.in_graph[item.in_graph]:
            yield "state", f"{item.in_graph} has no `checked_by`, or that of its first reader"


def read_worklist(data: bytes, path: Path, around: WorklistReferences | None = None) -> Worklist:
    """Read a worklist; a line with a mistake is a diagnostic and, where it has all cells, an item too.

    Args:
        data: the bytes of the file.
        path: the file, named in diagnostics.
        around: what it refers to; None where only its own form counts.
    """
    file = read_tabbed(data, path, _FORM)
    items, problems = list[Item](), list(file.diagnostics)
    taken: dict[tuple[str, str], int] = {}
    for line in file.lines:
        item = Item.of_cells(line.cells)
        items.append(item)
        problems += [line.at(*each) for each in problems_of(item)]
        problems += [line.at(*each) for each in around.problems_of(item)] if around else []
        problems += _twice(item, line, taken)
    return Worklist(tuple(items), tuple(problems))


def problems_of(item: Item) -> Iterator[tuple[str, str]]:
    """Return what is wrong with a line by itself: the column, and what to write."""
    if not ID.fullmatch(item.id):
        yield "id", "an id has small letters, digits and hyphens"
    if item.state not in set(State):
        yield "state", f"the state is one of {', '.join(State)}"
    excluded = item.state == State.EXCLUDED
    if excluded and item.stage not in set(ExclusionStage):
        yield "stage", f"what is excluded has a stage: {', '.join(ExclusionStage)}"
    if excluded and not item.reason:
        yield "reason", "what is excluded has a reason"
    for name in ("stage", "reason"):
        if getattr(item, name) and not excluded:
            yield name, f"only what is excluded has a {name}"
    if item.state in IN_GRAPH and not item.in_graph:
        yield "in_graph", f"what is {item.state} names its dossier or trial"
    if not item.title and not item.keys:
        yield "title", "the line has neither a title nor an identifier"
    yield from _identifiers(item)
    yield from _decision(item)


def _identifiers(item: Item) -> Iterator[tuple[str, str]]:
    forms = (("doi", DOI), ("pmid", re.compile(r"[0-9]{1,9}")), ("pmcid", re.compile(r"PMC[0-9]+")), ("trial", TRIAL))
    for name, form in forms:
        value = getattr(item, name)
        if value and not form.fullmatch(value):
            yield name, f"this is no {'number of a trial' if name == 'trial' else name.upper()}"


def _decision(item: Item) -> Iterator[tuple[str, str]]:
    for name in ("found", "on"):
        value = getattr(item, name)
        if value and not _is_day(value):
            yield name, "a day is written as 2026-11-30"
    by_hand = item.state in {State.EXCLUDED, State.TO_EXTRACT}
    for name in ("by", "on"):
        if by_hand and not getattr(item, name):
            yield name, f"what is {item.state} says who decided, and on which day"


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _twice(item: Item, line: TabbedLine, taken: dict[tuple[str, str], int]) -> Iterator[Diagnostic]:
    for kind, value in (("id", item.id), *item.keys):
        first = taken.setdefault((kind, value), line.number)
        if first != line.number:
            yield line.at(kind, f"line {first} has the same {kind}")
