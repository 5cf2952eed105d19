"""A graph in, what a search can find out: each thing with its kind, names, identifiers, and how much is known of it."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyoxigraph as ox

from cartkg.namespaces import BASE, RDFS, SKOS, TERM
from cartkg.search import codes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from cartkg.graph import KnowledgeGraph

_MONDO = "http://purl.obolibrary.org/obo/MONDO_"
_STATED = ox.DefaultGraph()
_TERM_OF_OURS, _TERM_OF_OTHERS = "class or property", "term of another vocabulary"
#: First part of an IRI of ours -> the kind, where it has another name; and the kind of terms of the ontology.
_KINDS = {"criterion": "measure", "term": "event", "ontology": _TERM_OF_OURS, "": _TERM_OF_OURS}
#: Kinds that are looked for most, and kinds that stand behind them; all others are parts of these.
MAIN = ("disease", "target", "product", "measure", "event", "publication", "trial")
_SECOND = ("study", "therapy", "drug", "organization", "site", "cohort", "question", "regimen")
#: Kinds that nobody looks for by name: a finding stands for its claims, a trial for its entries.
_LEFT_OUT = frozenset(
    {"claim", "count", "dataset", "graph", "prefix", ".well-known", "absence", "trial-entry", "administration"}
)
#: Predicates of ours whose texts or things help to find a thing, though they are not names of it.
_ABOUT = (
    "authorName", "shortAuthors", "journal", "year", "conditionNames", "conditionText", "investigatedNames",
    "developerNames", "therapyNames", "groupName", "cohortText", "kindName", "targetNames", "sponsorName",
)  # fmt: skip
_AGE_OF_ADULTS = 18


@dataclass(frozen=True, slots=True)
class Code:
    """An identifier of a thing in a register or another vocabulary.

    Attributes:
        forms: what it is looked up by.
        shown: as people write it; empty for what the thing is called anyway.
        own: whether it is of the thing itself, and not of a term that is close to it.
    """

    forms: tuple[str, ...]
    shown: str
    own: bool = True


@dataclass(frozen=True, slots=True)
class SearchEntry:
    """What a search can find.

    Attributes:
        iri: the thing.
        kind: as searches name it.
        place: 0 for the kinds that are looked for most, 1 for others, 2 for parts of these.
        label: its name for people.
        titles: further names that count as much, as the title of a publication.
        names: other names and abbreviations.
        codes: its identifiers.
        about: other words by which it is found.
        known: how much the graph knows of it: statements that point to it, of a disease its findings too.
        said: one line on what is known.
    """

    iri: str
    kind: str
    place: int
    label: str
    titles: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    codes: tuple[Code, ...] = ()
    about: str = ""
    known: int = 0
    said: str = ""


def kind_of(iri: str) -> str:
    """Return the kind of a thing as searches name it.

    Example:
        >>> kind_of("https://w3id.org/cartkg/criterion/doris-remission"), kind_of("http://purl.obolibrary.org/obo/HP_1")
        ('measure', 'term of another vocabulary')
    """
    if iri.startswith(_MONDO):
        return "disease"
    if not iri.startswith(BASE):
        return _TERM_OF_OTHERS
    first = iri.removeprefix(BASE).partition("/")[0].partition("#")[0]
    return _KINDS.get(first, first)


def start_of(kind: str) -> str | None:
    """Return what the IRIs of the things of a kind begin with; None where their IRIs do not tell them apart."""
    if kind == "disease":
        return _MONDO
    if kind in {_TERM_OF_OURS, _TERM_OF_OTHERS}:
        return None
    return f"{BASE}{next((first for first, name in _KINDS.items() if name == kind), kind)}/"


def entries(graph: KnowledgeGraph) -> list[SearchEntry]:
    """Return what a search can find in a graph, by IRI."""
    return _Reader(graph).entries()


class _Reader:
    """What is stated in a graph, taken out of it once."""

    def __init__(self, graph: KnowledgeGraph) -> None:
        self._store = graph.store
        self._labels = self._texts(f"{RDFS}label")
        self._preferred = self._texts(f"{SKOS}prefLabel")
        self._others = self._texts(f"{SKOS}altLabel")
        self._pointed = Counter(
            quad.object.value
            for quad in self._store.quads_for_pattern(None, None, None, _STATED)
            if isinstance(quad.object, ox.NamedNode)
        )
        self._exact, self._close = (self._links(f"{SKOS}{name}") for name in ("exactMatch", "closeMatch"))
        self._counts = self._known_of_diseases()

    def entries(self) -> list[SearchEntry]:
        matched = {code for found in (self._exact, self._close) for each in found.values() for code in each}
        things = self._labels.keys() | self._preferred.keys()
        found = (self._entry(iri) for iri in sorted(things) if iri.startswith((BASE, _MONDO)) or iri not in matched)
        return [entry for entry in found if entry.kind not in _LEFT_OUT]

    def _entry(self, iri: str) -> SearchEntry:
        kind = kind_of(iri)
        place = 0 if kind in MAIN else 1 if kind in _SECOND else 2
        label, *titles = self._names_of(iri, kind)
        others = tuple(sorted(self._others.get(iri, set()) - {label, *titles}))
        return SearchEntry(
            iri, kind, place, label, tuple(titles), others, tuple(self._codes(iri)), self._about(iri, kind),
            self._pointed[iri] + self._counts.get(iri, 0), self._said(iri, kind, titles),
        )  # fmt: skip

    def _names_of(self, iri: str, kind: str) -> list[str]:
        """Return the name for people, then others that count as much."""
        cited = self._values(iri, "citationName") if kind == "publication" else []
        named = sorted(self._preferred.get(iri, ())) or sorted(self._labels.get(iri, ()))
        return list(dict.fromkeys((*cited, *named, *sorted(self._labels.get(iri, ())))))

    def _codes(self, iri: str) -> Iterator[Code]:
        yield Code(codes.of_iri(iri), "")
        for doi in self._values(iri, "doi"):
            yield Code(codes.of_doi(doi), f"doi:{doi}")
        for name in ("pmid", "pmcid"):
            for number in self._values(iri, name):
                yield Code(codes.of_number(name, number), number if name == "pmcid" else f"PMID {number}")
        for name in ("registryNumber", "otherRegistryNumber"):
            for number in self._values(iri, name):
                yield Code(codes.of_number("registry", number), number)
        for own, links in ((True, self._exact), (False, self._close)):
            for code in sorted(links.get(iri, ())):
                if not code.startswith(BASE):
                    yield Code(codes.of_iri(code), codes.shown(code), own)

    def _about(self, iri: str, kind: str) -> str:
        words = [value for name in _ABOUT for value in self._values(iri, name)]
        if kind in {"publication", "study"}:
            words.append(iri.removeprefix(BASE).partition("/")[2].replace("/", " ").replace("-", " "))
        if kind == "trial" and any(int(age) < _AGE_OF_ADULTS for age in self._values(iri, "minimumAge")):
            words.append("children")
        return " ".join(words)

    def _said(self, iri: str, kind: str, titles: Sequence[str]) -> str:
        """Return one line on what is known."""
        if kind == "publication":
            return " · ".join((*titles[:1], *self._values(iri, "kindName")))
        if kind == "trial":
            status = [self._name(each) for name in ("trialStatus", "trialPhase") for each in self._values(iri, name)]
            return " · ".join((*self._values(iri, "registryNumber"), *status))
        if kind == "product":
            return " · ".join(value for name in ("targetNames", "developerNames") for value in self._values(iri, name))
        if kind == "disease":
            cohorts, trials = self._incoming(iri, "hasDisease"), self._incoming(iri, "trialCondition")
            return _counted({"finding": self._counts.get(iri, 0), "group of patients": cohorts, "trial": trials})
        if kind in {"measure", "event"}:
            return _counted({"finding": self._incoming(iri, "measure")})
        if kind == "target":
            return _counted({"cell therapy": self._incoming(iri, "targets")})
        return ""

    def _known_of_diseases(self) -> Counter[str]:
        """Count the findings of each disease by its cohorts."""
        of_cohort = Counter(cohort for _, cohort in self._pairs(f"{TERM}ofCohort"))
        found: Counter[str] = Counter()
        for cohort, disease in self._pairs(f"{TERM}hasDisease"):
            found[disease] += of_cohort[cohort]
        return found

    def _incoming(self, iri: str, name: str) -> int:
        found = self._store.quads_for_pattern(None, ox.NamedNode(TERM + name), ox.NamedNode(iri), _STATED)
        return sum(1 for _ in found)

    def _values(self, iri: str, name: str) -> list[str]:
        found = self._store.quads_for_pattern(ox.NamedNode(iri), ox.NamedNode(TERM + name), None, _STATED)
        return sorted(quad.object.value for quad in found if not isinstance(quad.object, ox.Triple))

    def _name(self, iri: str) -> str:
        return min(self._labels.get(iri, {iri}))

    def _pairs(self, predicate: str) -> Iterator[tuple[str, str]]:
        """Return the IRIs at both ends of a predicate."""
        for quad in self._store.quads_for_pattern(None, ox.NamedNode(predicate), None, _STATED):
            if isinstance(quad.subject, ox.NamedNode) and isinstance(quad.object, ox.NamedNode):
                yield quad.subject.value, quad.object.value

    def _texts(self, predicate: str) -> dict[str, set[str]]:
        found: defaultdict[str, set[str]] = defaultdict(set)
        for quad in self._store.quads_for_pattern(None, ox.NamedNode(predicate), None, _STATED):
            if isinstance(quad.subject, ox.NamedNode) and isinstance(quad.object, ox.Literal):
                found[quad.subject.value].add(quad.object.value)
        return dict(found)

    def _links(self, predicate: str) -> Mapping[str, set[str]]:
        """Return the terms that a thing of ours matches; a match stands for both directions."""
        found: defaultdict[str, set[str]] = defaultdict(set)
        for ends in self._pairs(predicate):
            for one, other in (ends, ends[::-1]):
                if one.startswith((BASE, _MONDO)) and not other.startswith((BASE, _MONDO)):
                    found[one].add(other)
        return found


def _counted(numbers: Mapping[str, int]) -> str:
    """Say numbers of things, those that there are."""
    return ", ".join(f"{number} {_plural(name, number)}" for name, number in numbers.items() if number)


def _plural(name: str, number: int) -> str:
    if number == 1:
        return name
    head, of, rest = name.partition(" of ")
    plural = f"{head[:-1]}ies" if head.endswith("y") else f"{head}s"
    return f"{plural}{of}{rest}"
