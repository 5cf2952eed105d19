"""Library: what is known of the other publications when one dossier is turned into facts.

It holds the pages and cohorts of every publication of the project (from its Turtle files) and of the dossiers that are
added in the same run, so that a news item's patients are found again as the patients of the study it retells.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cartkg.curation.facts import RDF_TYPE, ROW, Facts, Subject, iri, term
from cartkg.namespaces import BASE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cartkg.curation.pages import Page

_SOURCES = "https://w3id.org/cartkg/source/"


@dataclass(frozen=True, slots=True)
class Patients:
    """One cohort as others may look it up.

    Attributes:
        iri: its IRI.
        count: number of patients, None when not stated.
        women: number of women, None when not stated.
        men: number of men, None when not stated.
        diseases: IRIs of its diseases.
        words: what is said of it (id, disease, country, site), lower case, for place names.
        part: whether it is part of another cohort of the same study.
    """

    iri: str
    count: int | None
    women: int | None
    men: int | None
    diseases: frozenset[str]
    words: str
    part: bool


@dataclass(slots=True)
class Known:
    """One publication of the project: its key, its pages by mark, its cohorts."""

    key: str
    pages: dict[str, str] = field(default_factory=dict)
    cohorts: list[Patients] = field(default_factory=list)
    read_level: str = "readLevelNotStated"
    news: bool = False
    doi: str | None = None
    facts: Facts = field(default_factory=Facts)


@dataclass(slots=True)
class Library:
    """All publications known, by key."""

    known: dict[str, Known] = field(default_factory=dict)

    def page_owner(self, page: Page, but: str) -> PageOwner | None:
        """Find the publication, other than `but`, of which this is an own page."""
        owners = [
            key
            for key, known in self.known.items()
            if known.pages and key != but and any(known.pages.get(mark) for mark in page.marks)
        ]
        if not owners:
            return None
        pages = self.known[min(owners)].pages
        return PageOwner(min(owners), next(source for mark in page.marks if (source := pages.get(mark))))

    def learn_pages(self, key: str, pages: Iterable[Page], *, news: bool, read_level: str) -> None:
        """Note the own pages of a dossier, whether it is news, and how much of it was read."""
        known = self.known.setdefault(key, Known(key))
        known.news, known.read_level = news, read_level
        known.pages = {mark: page.name for page in pages if page.own and not page.quotes for mark in page.marks}

    def asserted_by(self, claimant: str, study: str) -> list[Subject]:
        """Give the findings of a study that its own dossier lets another publication claim, or read on its page."""
        claimed, page = iri("publication", claimant), f"{_SOURCES}{claimant}/"
        home = self.known.get(study)
        shared = {
            subject.iri
            for subject in (home.facts if home else ())
            if (subject.one(term("samePageAs")) or "").startswith(page)
        }
        found: list[Subject] = []
        for known in (self.known.get(study), self.known.get(claimant)):
            for subject in known.facts if known else ():
                recorded = any(row.startswith(f"{study} ") for row in subject.texts(ROW))
                if recorded and (subject.one(term("claimedBy")) == claimed or subject.one(term("readIn")) in shared):
                    found += [
                        other.facts.subjects[target]
                        for target in subject.texts(term("asserts"))
                        for other in self.known.values()
                        if target in other.facts.subjects
                    ]
        return found


@dataclass(frozen=True, slots=True)
class PageOwner:
    """The publication a page belongs to, and the page's id in that publication's dossier."""

    key: str
    source: str


def known_from_facts(key: str, facts: Facts) -> Known:
    """Rebuild what the library holds of one publication from the subjects of its file."""
    known = Known(key, facts=facts)
    for subject in facts:
        kinds = subject.texts(RDF_TYPE)
        if subject.iri == iri("publication", key):
            known.news = bool({term("NewsItem"), term("PressRelease")} & set(kinds))
            known.read_level = (subject.one(term("readLevel")) or "").rpartition("#")[2] or "readLevelNotStated"
        if term("Source") in kinds and subject.iri.startswith(f"{_SOURCES}{key}/"):
            name = subject.iri.rpartition("/")[2]
            known.pages.update(dict.fromkeys(subject.texts(term("pageMark")), name))
        elif subject.iri.startswith(f"{BASE}cohort/{key}/"):
            known.cohorts.append(_patients(subject, facts))
    return known


def _patients(subject: Subject, facts: Facts) -> Patients:
    count = subject.one(term("patientCount"))
    words = [
        subject.iri.rpartition("/")[2],
        *subject.texts(term("diseaseText")),
        *subject.texts(term("country")),
        *subject.texts(term("conductedAt")),
    ]
    return Patients(
        subject.iri,
        int(count) if count else None,
        _sex(subject.iri, facts, "women"),
        _sex(subject.iri, facts, "men"),
        frozenset(subject.texts(term("hasDisease"))),
        " ".join(words).lower(),
        bool(subject.values.get(term("partOfCohort"))),
    )


def _sex(cohort: str, facts: Facts, word: str) -> int | None:
    path = cohort.removeprefix(f"{BASE}cohort/")
    for subject in facts:
        if subject.iri.startswith(f"{BASE}finding/{path}/{word}/"):
            number = subject.one(term("numerator"))
            if number:
                return int(number)
    return None
