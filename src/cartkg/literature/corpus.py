"""The publications of the graph -> which of them a citation is, or may share its report or its patients with."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING, Self

from cartkg.dossier.identifiers import IdentifierKind, identifier_in_text
from cartkg.literature.formats.citation import Citation, NoticeKind
from cartkg.namespaces import BASE
from cartkg.nearest import fold, spelling

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Protocol

    from cartkg.literature.formats.citation import Notice

    class Asked(Protocol):
        """What answers SELECT queries row by row."""

        def select(self, text: str) -> Iterator[dict[str, str]]:
            """Return the rows: variable -> IRI or text of a literal."""


_PREFIXES = """PREFIX cartkg: <https://w3id.org/cartkg/ontology#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX dct: <http://purl.org/dc/terms/>
"""
_FACTS = f"""{_PREFIXES}SELECT ?it ?kind ?value {{
  ?it rdfs:label ?name . FILTER STRSTARTS(STR(?it), "{BASE}publication/")
  {{ ?it cartkg:doi ?value BIND("doi" AS ?kind) }}
  UNION {{ ?it cartkg:pmid ?value BIND("pmid" AS ?kind) }}
  UNION {{ ?it cartkg:pmcid ?value BIND("pmcid" AS ?kind) }}
  UNION {{ ?it rdfs:label ?value BIND("title" AS ?kind) }}
  UNION {{ ?it cartkg:authorName ?value BIND("author" AS ?kind) }}
  UNION {{ ?it cartkg:year ?value BIND("year" AS ?kind) }}
  UNION {{ ?it cartkg:readBy ?value BIND("reader" AS ?kind) }}
  UNION {{ ?it (cartkg:reportsStudy?/cartkg:registeredAs)/cartkg:registryNumber ?value BIND("trial" AS ?kind) }}
  UNION {{ ?it cartkg:hasSource/cartkg:pageAddress ?value BIND("address" AS ?kind) }}
}}"""
_TRIALS = f"{_PREFIXES}SELECT ?number {{ ?trial cartkg:registryNumber ?number }}"
_ADDRESS = re.compile(r"https?://", re.IGNORECASE)
#: Words of a title that say little of it, once folded.
_COMMON = frozenset((
    "a", "an", "and", "anti", "antigen", "as", "at", "by", "car", "cell", "cells", "chimeric", "for", "from", "in",
    "of", "on", "or", "patients", "receptor", "study", "t", "the", "therapy", "to", "treatment", "trial", "with",
))  # fmt: skip
#: The share of words that two titles have in common: of one report under two titles, and of a report and its abstract.
_SAME, _ALIKE = 0.75, 0.4
#: Years between a congress abstract and its paper; authors that two teams share.
_YEARS, _TEAM = 3, 2
_LEAST_WORDS = 3


class Status(StrEnum):
    """What is known of a citation, most first."""

    KNOWN = "known"
    MENTIONED = "only mentioned"
    SAME_REPORT = "possibly the same report"
    SAME_PATIENTS = "possibly the same patients"
    NEW = "new"


@dataclass(frozen=True, slots=True)
class Publication:
    """What the graph has of a publication.

    Attributes:
        key: the key of its dossier or mention.
        read: whether it has a dossier; otherwise others mention it.
        citation: its identifiers, title, authors, year and trials.
        addresses: the pages that were read for it.
    """

    key: str
    read: bool
    citation: Citation
    addresses: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Likeness:
    """A publication that a citation may be, or may share its patients with, and why."""

    publication: Publication
    status: Status
    reason: str


@dataclass(frozen=True, slots=True)
class CitationLookup:
    """The answer for one citation: its status, and the publications that it rests on, nearest first."""

    citation: Citation
    status: Status
    likenesses: tuple[Likeness, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class KnownLiterature:
    """The publications and trials of a graph, indexed so that a look-up does not go through all of them."""

    publications: tuple[Publication, ...]
    trials: frozenset[str]
    _by_id: Mapping[tuple[str, str], tuple[Publication, ...]] = field(default_factory=dict)
    _by_key: Mapping[str, Publication] = field(default_factory=dict)
    _words_of: Mapping[str, frozenset[str]] = field(default_factory=dict)
    _by_word: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    _by_author: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, graph: Asked) -> Self:
        """Read the publications of a graph."""
        facts: defaultdict[str, defaultdict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        for row in graph.select(_FACTS):
            facts[row["it"]][row["kind"]].append(row["value"])
        found = tuple(_publication(iri, each) for iri, each in sorted(facts.items()))
        by_id: defaultdict[tuple[str, str], list[Publication]] = defaultdict(list)
        words_of = {each.key: _words(each.citation.title) for each in found}
        by_word: defaultdict[str, list[str]] = defaultdict(list)
        by_author: defaultdict[str, list[str]] = defaultdict(list)
        for publication in found:
            for kind in _identifiers(publication.citation):
                by_id[kind].append(publication)
            for address in publication.addresses:
                by_id["address", _bare(address)].append(publication)
            for word in words_of[publication.key]:
                by_word[word].append(publication.key)
            for name in publication.citation.authors:
                by_author[_spelling(name)].append(publication.key)
        return cls(
            found,
            frozenset(row["number"].upper() for row in graph.select(_TRIALS)),
            {key: tuple(each) for key, each in by_id.items()},
            {each.key: each for each in found},
            words_of,
            {key: tuple(each) for key, each in by_word.items()},
            {key: tuple(each) for key, each in by_author.items()},
        )

    def look_up(self, citation: Citation, address: str = "") -> CitationLookup:
        """Return what is known of a citation; identifiers count before titles, and titles before people."""
        keys = [*_identifiers(citation), ("address", _bare(address))]
        same = [(each, kind) for kind in keys if kind[0] != "trial" for each in self._by_id.get(kind, ())]
        found = {
            each.key: Likeness(each, _status(each), f"same {_SAID[kind]}: {value}") for each, (kind, value) in same
        }
        for each in [] if found else self._near(citation):
            found.setdefault(each.publication.key, each)
        order = list(Status)
        near = sorted(found.values(), key=lambda each: order.index(each.status))
        trials = [number for number in citation.trials if number.upper() in self.trials]
        notes = [f"registered trial in the graph: {', '.join(trials)}"] if trials else []
        if any(each.status is Status.KNOWN for each in near):
            notes += [f"not in the graph: {each.said}" for each in citation.notices if self.lacks(each)]
        of_trial = Status.KNOWN if trials and not citation.title else Status.NEW
        status = min((near[0].status if near else Status.NEW, of_trial), key=order.index)
        return CitationLookup(citation, status, tuple(near), "; ".join(notes))

    def lacks(self, notice: Notice) -> bool:
        """Return whether the graph lacks a correction or retraction of a paper."""
        if notice.is_this or notice.kind in _NO_CORRECTIONS:
            return False
        named = _identifiers(Citation("", doi=notice.doi, pmid=notice.pmid))
        return not any(key in self._by_id for key in named)

    def _near(self, citation: Citation) -> Iterator[Likeness]:
        """Go through the publications that are like a citation, the likest of each publication first."""
        words = _words(citation.title)
        shared = Counter(chain.from_iterable(self._by_word.get(word, ()) for word in words))
        fewest = _ALIKE * len(words)
        for key, count in shared.most_common() if len(words) >= _LEAST_WORDS else ():
            if count < fewest:
                break
            yield from _alike(citation, self._by_key[key], count / len(words | self._words_of[key]))
        for number in citation.trials:
            for each in self._by_id.get(("trial", number.upper()), ()):
                status = Status.SAME_PATIENTS if citation.title else _status(each)
                yield Likeness(each, status, f"same registered trial: {number}")
        both: defaultdict[str, list[str]] = defaultdict(list)
        for name in citation.authors:
            for key in self._by_author.get(_spelling(name), ()):
                both[key].append(name)
        for key in sorted(key for key, names in both.items() if len(names) >= _TEAM):
            reason = f"authors in common: {', '.join(both[key])}"
            yield Likeness(self._by_key[key], Status.SAME_PATIENTS, reason)


def cited(text: str) -> Citation:
    """Return what one word or line of a user cites: a DOI, PMID, PMCID, trial number, address or title.

    Example:
        >>> cited("https://doi.org/10.1038/s41591-022-02017-5").doi
        '10.1038/s41591-022-02017-5'
        >>> cited("NCT05859997").trials
        ('NCT05859997',)
    """
    text = text.strip()
    found = identifier_in_text(text)
    if found is None:
        return Citation("" if _ADDRESS.match(text) else text)
    match found.kind:
        case IdentifierKind.DOI:
            return Citation("", doi=found.value)
        case IdentifierKind.PMID:
            return Citation("", pmid=found.value)
        case IdentifierKind.PMCID:
            return Citation("", pmcid=found.value)
        case IdentifierKind.TRIAL:
            return Citation("", trials=(found.value,))


#: Notices that correct nothing.
_NO_CORRECTIONS = frozenset({NoticeKind.COMMENT, NoticeKind.UPDATE})
_SAID = {"doi": "DOI", "pmid": "PMID", "pmcid": "PMCID", "address": "address", "title": "title"}


def _publication(iri: str, facts: Mapping[str, list[str]]) -> Publication:
    def first(kind: str) -> str | None:
        return min(facts[kind]) if facts.get(kind) else None

    citation = Citation(
        first("title") or "",
        authors=tuple(sorted(set(facts.get("author", ())))),
        issued=first("year"),
        doi=first("doi"),
        pmid=first("pmid"),
        pmcid=first("pmcid"),
        trials=tuple(sorted(set(facts.get("trial", ())))),
    )
    addresses = frozenset(facts.get("address", ()))
    return Publication(iri.removeprefix(f"{BASE}publication/"), "reader" in facts, citation, addresses)


def _identifiers(citation: Citation) -> Iterator[tuple[str, str]]:
    """Return what a citation is looked up by; a trial is many reports'."""
    if citation.doi:
        yield "doi", citation.doi.casefold()
    if citation.pmid:
        yield "pmid", citation.pmid
    if citation.pmcid:
        yield "pmcid", citation.pmcid.upper()
    title = fold(citation.title)
    if len(title.split()) >= _LEAST_WORDS:
        yield "title", title
    for number in citation.trials:
        yield "trial", number.upper()


def _status(publication: Publication) -> Status:
    return Status.KNOWN if publication.read else Status.MENTIONED


def _alike(citation: Citation, other: Publication, share: float) -> Iterator[Likeness]:
    """Return why two reports may be one: nearly one title, or a like title of people or a trial in common."""
    if share < _ALIKE:
        return
    said = f"titles share {share:.0%} of their words"
    if share >= _SAME:
        yield Likeness(other, Status.SAME_REPORT, said)
        return
    team = {_spelling(name) for name in citation.authors}
    both = [name for name in other.citation.authors if _spelling(name) in team]
    trials = sorted(set(citation.trials) & set(other.citation.trials))
    if _near_in_time(citation, other.citation) and (both or trials):
        yield Likeness(other, Status.SAME_REPORT, f"{said}; in common: {', '.join([*both, *trials])}")


def _near_in_time(one: Citation, other: Citation) -> bool:
    """Return whether two reports lie few years apart; those without a year may."""
    years = [int(each.issued[:4]) for each in (one, other) if each.issued]
    return len(years) < 2 or abs(years[0] - years[1]) <= _YEARS  # noqa: PLR2004  # two reports


def _words(title: str) -> frozenset[str]:
    return frozenset(fold(title).split()) - _COMMON


@lru_cache(maxsize=65536)
def _spelling(name: str) -> str:
    """Return the spelling of an author, who is asked for again and again."""
    return spelling(name)


def _bare(address: str) -> str:
    """Return an address without what two spellings of it may differ in."""
    return re.sub(r"^https?://(www\.)?", "", address.strip(), flags=re.IGNORECASE).rstrip("/")


def found_in(lookups: Iterable[CitationLookup]) -> dict[Status, int]:
    """Count the look-ups of each status, all named."""
    counted = Counter(each.status for each in lookups)
    return {status: counted[status] for status in Status}
