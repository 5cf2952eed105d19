"""Registered trials out of the graph, with what readers choose them by: words of each facet, "not stated" among them.

A trial that enrols for a disease is found under every broader disease too. Nothing is read from prose: who may take
part is what the record states in years and by sex.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cartkg.facts.homes import TRIAL_STATUSES, slug
from cartkg.facts.phrases import citation
from cartkg.facts.records import PREFIXES, iri_tokens

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cartkg.facts.records import Record, Records

NOT_STATED = "not-stated"
#: What a trial is chosen by, in the order of the page.
FACETS = ("status", "disease", "target", "age", "phase", "country", "sex")
#: Word of an age group -> its name, its lowest and its highest age in years; the limits of ClinicalTrials.gov.
AGES: Mapping[str, tuple[str, int, int]] = {
    "children": ("children (under 18)", 0, 17),
    "adults": ("adults (18 to 64)", 18, 64),
    "older-adults": ("older adults (65 and over)", 65, 200),
}
_UNSTATED_LABELS = frozenset({"phase not stated", "status not stated"})
_CONDITION = "cartkg:trialCondition/(rdfs:subClassOf|cartkg:broaderDisease)*"


@dataclass(frozen=True, slots=True)
class Named:
    """A thing with its name; `iri` is empty where the graph has no such thing."""

    label: str
    iri: str = ""

    @property
    def word(self) -> str:
        """Return its name in an address."""
        return NOT_STATED if self.label in _UNSTATED_LABELS else slug(self.label)


@dataclass(frozen=True, slots=True)
class Trial:
    """A registered trial as its records were read; a field that no record states is empty.

    Attributes:
        iri: the trial.
        number: its number in the registry.
        title: its title.
        phase: its phase.
        status: its status when the record was read.
        as_of: day of the status, as YYYY-MM-DD.
        diseases: what it enrols for.
        broader: these and all broader diseases.
        targets: target antigens of its cells.
        cells: products and therapies that it tests.
        publications: what reports on it, named by its citation.
        sponsors: who is responsible.
        planned: planned number of patients.
        youngest: lowest age to take part, in years.
        oldest: highest age to take part, in years.
        sex: who may take part, as "all sexes".
        countries: two-letter codes of countries with a site.
        start: its start, as the record states it.
        completion: its end, planned or reached.
        others: further numbers and names.
        conditions: the diseases in the words of the record.
        doubts: where its records disagree.
    """

    iri: str
    number: str
    title: str
    phase: Named
    status: Named
    as_of: str = ""
    diseases: tuple[Named, ...] = ()
    broader: tuple[Named, ...] = ()
    targets: tuple[Named, ...] = ()
    cells: tuple[Named, ...] = ()
    publications: tuple[Named, ...] = ()
    sponsors: tuple[Named, ...] = ()
    planned: int | None = None
    youngest: int | None = None
    oldest: int | None = None
    sex: str = ""
    countries: tuple[str, ...] = ()
    start: str = ""
    completion: str = ""
    others: tuple[str, ...] = field(default=())
    conditions: tuple[str, ...] = field(default=())
    doubts: tuple[str, ...] = field(default=())

    @property
    def ages(self) -> str:
        """Return who may take part by age, as "5 to 17" or "from 18"; empty where no record states it."""
        if self.youngest is not None and self.oldest is not None:
            return f"{self.youngest} to {self.oldest}"
        if self.youngest is not None:
            return f"from {self.youngest}"
        return f"up to {self.oldest}" if self.oldest is not None else ""

    def words(self, facet: str) -> Mapping[str, str]:
        """Return what the trial is found by in a facet: word of an address -> name; "not stated" where it has none."""
        if facet == "age":
            found = {word: name for word, (name, low, high) in AGES.items() if self._takes(low, high)}
        elif facet == "country":
            found = {code.casefold(): code for code in self.countries}
        elif facet == "sex":
            found = {slug(self.sex): self.sex} if self.sex else {}
        else:
            things = {"disease": self.broader, "target": self.targets, "phase": (self.phase,), "status": (self.status,)}
            found = {each.word: each.label for each in things[facet] if each.word and each.word != NOT_STATED}
        return found or {NOT_STATED: "not stated"}

    def takes_age(self, years: int) -> bool:
        """Return whether its record states an age limit, and lets somebody of this age take part."""
        return self._takes(years, years)

    def _takes(self, low: int, high: int) -> bool:
        """Return whether somebody between two ages may take part; no child may where no lowest age is stated."""
        if self.youngest is None and self.oldest is None:
            return False
        youngest = AGES["adults"][1] if self.youngest is None else self.youngest
        return youngest <= high and (self.oldest is None or self.oldest >= low)


def trials(facts: Records) -> tuple[Trial, ...]:
    """Return all registered trials: recruiting first, then the order of statuses, the last read first.

    Raises:
        BackendError: a query could not be answered, or met a limit.
    """
    broader = _linked(facts, f"?trial {_CONDITION} ?thing FILTER(ISIRI(?thing))")
    targets = _linked(facts, "?trial cartkg:investigates/cartkg:targets ?thing")
    papers = _publications(facts)
    found = [
        _trial(record, broader.get(record.iri, ()), targets.get(record.iri, ()), papers.get(record.iri, ()))
        for record in facts.records("?s rdf:type cartkg:ClinicalTrial")
    ]
    rank = {status: place for place, status in enumerate(TRIAL_STATUSES)}
    found.sort(key=lambda each: each.number)
    found.sort(key=lambda each: each.as_of, reverse=True)
    return tuple(sorted(found, key=lambda each: rank.get(each.status.label, len(rank))))


def _trial(record: Record, broader: Iterable[Named], targets: Iterable[Named], papers: Iterable[Named]) -> Trial:
    return Trial(
        record.iri,
        record.text("registryNumber"),
        record.label,
        _one(record, "trialPhase", "phase not stated"),
        _one(record, "trialStatus", "status not stated"),
        record.text("statusOn"),
        _all(record, "trialCondition"),
        tuple(broader),
        tuple(targets),
        _all(record, "investigates"),
        tuple(papers),
        _all(record, "sponsoredBy"),
        _number(record, "plannedEnrolment"),
        _number(record, "minimumAge"),
        _number(record, "maximumAge"),
        record.text("eligibleSex"),
        _texts(record, "country"),
        record.text("startDate"),
        record.text("completionDate"),
        _texts(record, "otherRegistryNumber"),
        _texts(record, "conditionText"),
        _texts(record, "disagreementText"),
    )


def _linked(facts: Records, pattern: str) -> dict[str, tuple[Named, ...]]:
    """Return the things around each trial, by name."""
    rows = facts.table(
        f"{PREFIXES}SELECT DISTINCT ?trial ?thing ?label WHERE {{ "
        f"{{ SELECT DISTINCT ?trial ?thing WHERE {{ ?trial rdf:type cartkg:ClinicalTrial . {pattern} }} }} "
        "?thing rdfs:label ?label }"
    ).rows
    found: dict[str, set[Named]] = {}
    for trial, thing, label in rows:
        if trial and thing and label:
            found.setdefault(trial.value, set()).add(Named(label.value, thing.value))
    return {trial: tuple(sorted(things, key=lambda each: each.label.casefold())) for trial, things in found.items()}


def _publications(facts: Records) -> dict[str, tuple[Named, ...]]:
    """Return the publications of each trial, the oldest first."""
    rows = facts.table(
        f"{PREFIXES}SELECT DISTINCT ?trial ?paper WHERE {{ ?paper cartkg:registeredAs ?trial }} ORDER BY ?trial ?paper"
    ).rows
    papers = {paper.value for _, paper in rows if paper}
    if not papers:
        return {}
    known = {record.iri: record for record in facts.records(f"VALUES ?s {{ {iri_tokens(papers)} }}")}
    found: dict[str, list[Record]] = {}
    for trial, paper in rows:
        if trial and paper and paper.value in known:
            found.setdefault(trial.value, []).append(known[paper.value])
    return {
        trial: tuple(
            Named(citation(each), each.iri) for each in sorted(records, key=lambda each: (each.text("year"), each.iri))
        )
        for trial, records in found.items()
    }


def _one(record: Record, name: str, missing: str) -> Named:
    node = record.first(name)
    return Named(record.text(name), node.value) if node else Named(missing)


def _all(record: Record, name: str) -> tuple[Named, ...]:
    found = (Named(node.label or node.local, node.value) for node in record.all(name))
    return tuple(sorted(found, key=lambda each: each.label.casefold()))


def _texts(record: Record, name: str) -> tuple[str, ...]:
    return tuple(node.value for node in record.all(name))


def _number(record: Record, name: str) -> int | None:
    text = record.text(name)
    return int(text) if text.isdecimal() else None
