"""What searches have found and a worklist in, the worklist with what is new or has changed out."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from cartkg.literature.corpus import Status
from cartkg.literature.formats.citation import NoticeKind
from cartkg.literature.screening.worklist import Item, State
from cartkg.literature.words import slug
from cartkg.nearest import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date

    from cartkg.literature.corpus import CitationLookup, KnownLiterature
    from cartkg.literature.formats.citation import Citation
    from cartkg.literature.registries.changes import TrialChanges
    from cartkg.literature.screening.worklist import Worklist

RETRACTED, COMPLETED = "retracted", "completed"
#: Notices that are news of a paper; comments and updates are not.
_NEWS = {
    NoticeKind.RETRACTION: RETRACTED,
    NoticeKind.PARTIAL_RETRACTION: "partly retracted",
    NoticeKind.CONCERN: "expression of concern",
    NoticeKind.ERRATUM: "erratum",
}
#: Fields of a trial whose change is news; the others are in `cartkg registry`.
_FIELDS = ("status", "enrolment", "phase", "dates")
_LONGEST = 80
#: Words of a title that is one paper's alone; shorter ones are of editorials and letters.
_FEWEST_WORDS = 5


@dataclass(slots=True)
class Watch:
    """A worklist that takes in what searches have found.

    Attributes:
        items: the lines by their ids, in order.
        on: the day.
        added: how many lines came in, by their state.
        reported: lines with news that nobody has looked at, and did not have before.
    """

    items: dict[str, Item]
    on: date
    added: Counter[str] = field(default_factory=Counter)
    reported: list[Item] = field(default_factory=list)
    _known: dict[tuple[str, str], str] = field(default_factory=dict)
    _titles: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, worklist: Worklist, on: date) -> Watch:
        """Begin with the lines of a worklist."""
        watch = cls({each.id: each for each in worklist.items}, on)
        for each in worklist.items:
            watch._learn(each)
        return watch

    def take_papers(self, search: str, papers: Iterable[Citation], corpus: KnownLiterature) -> None:
        """Take in the papers that a search has found.

        Args:
            search: its id.
            papers: what it found.
            corpus: the publications of the graph.
        """
        for paper in papers:
            item = _of_paper(paper)
            found = self._find(item)
            if found is None:
                lookup = corpus.look_up(paper)
                kept = next((each for each in lookup.likenesses if each.status is Status.KNOWN), None)
                state = State.EXTRACTED if kept else State.NEW
                item = replace(item, state=state, in_graph=kept.publication.key if kept else "", note=_note(lookup))
            self._put(found or item, item, search, _news_of(paper, corpus))

    def take_trials(self, search: str, trials: Iterable[TrialChanges]) -> None:
        """Take in the trials that a search of a register has found.

        Args:
            search: its id.
            trials: each with what it would change of the trial that is stored.
        """
        for each in trials:
            number = each.trial.number
            kept = "" if each.is_new else each.id
            state = State.EXTRACTED if kept else State.NEW
            item = Item(slug(number), state, title=each.trial.title[:_LONGEST], trial=number, in_graph=kept)
            self._put(self._find(item) or item, item, search, () if each.is_new else _news_of_trial(each))

    def _find(self, item: Item) -> Item | None:
        """Return the line of a record: by its identifiers, or by its title where no identifier says otherwise."""
        name = next((self._known[key] for key in item.keys if key in self._known), None)
        if name is not None:
            return self.items[name]
        same = self.items.get(self._titles.get(fold(item.title), ""))
        if same is None or item.trial or {kind for kind, _ in item.keys} & {kind for kind, _ in same.keys}:
            return None
        says = len(fold(item.title).split()) >= _FEWEST_WORDS or not (item.keys or same.keys)
        return same if says else None

    def _put(self, item: Item, record: Item, search: str, news: Iterable[str]) -> None:
        """Keep a line, with the search that found it, and identifiers that it did not have."""
        is_new = item is record
        if is_new:
            item = replace(item, id=self._free(item.id), found=self.on.isoformat())
            self.added[item.state] += 1
        more = {name: getattr(item, name) or getattr(record, name) for name in ("doi", "pmid", "pmcid", "title")}
        searches = item.searches if search in item.searches else (*item.searches, search)
        updated = replace(item, searches=searches, **more).with_news(news)
        if updated.news != item.news:
            self.reported.append(updated)
        self.items[updated.id] = updated
        self._learn(updated)

    def _learn(self, item: Item) -> None:
        for key in item.keys:
            self._known.setdefault(key, item.id)
        if not item.trial:
            self._titles.setdefault(fold(item.title), item.id)

    def _free(self, wanted: str) -> str:
        rank, name = 1, wanted
        while name in self.items:
            rank += 1
            name = f"{wanted}-{rank}"
        return name


def _of_paper(paper: Citation) -> Item:
    name = f"pmid-{paper.pmid}" if paper.pmid else slug(paper.doi or paper.pmcid or paper.title, "paper")
    title = " ".join(paper.title.split())
    return Item(
        name[:_LONGEST].strip("-"), title=title, doi=paper.doi or "", pmid=paper.pmid or "", pmcid=paper.pmcid or ""
    )


def _note(lookup: CitationLookup) -> str:
    """Say what a record may be that the graph does not have under its identifiers."""
    near = [each for each in lookup.likenesses[:1] if each.status is not Status.KNOWN]
    return "".join(f"{each.status}: {each.publication.key} ({each.reason})" for each in near).replace("; ", ", ")


def _news_of(paper: Citation, corpus: KnownLiterature) -> Iterator[str]:
    """Return corrections and retractions of a paper that the graph lacks, each with its identifier."""
    is_marked = False
    for each in paper.notices:
        word = _NEWS.get(each.kind)
        if word is None or each.is_this:
            continue
        is_marked = is_marked or word == RETRACTED
        if not corpus.lacks(each):
            continue
        name = f"PMID {each.pmid}" if each.pmid else f"DOI {each.doi}" if each.doi else each.text[:_LONGEST]
        yield f"{word}: {name}".replace("; ", ", ").strip(": ")
    if paper.is_retracted and not is_marked:
        yield RETRACTED


def _news_of_trial(trial: TrialChanges) -> Iterator[str]:
    """Return what has changed of a stored trial since it was stored; one that was completed by that word."""
    for change in trial.changes:
        if change.field not in _FIELDS or change.value is None:
            continue
        done = change.field == "status" and trial.trial.status == "completed"
        word = COMPLETED if done else f"changed {change.field}"
        yield f"{word}: {change.stored or 'nothing'} -> {change.found}".replace("; ", ", ")
