"""The publications behind an answer: rows with IRIs in, what a reference manager wants of each publication out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cartkg.facts.records import PREFIXES, iri_tokens, is_iri
from cartkg.namespaces import BASE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cartkg.facts.records import Records

#: Things named in one query, well below the length that a query may have.
_AT_ONCE = 400
#: Kinds of things that a publication stands behind, by the first part of their IRIs.
_KINDS = ("cohort", "finding", "claim", "conflict", "overlap", "publication", "remark", "study", "absence")
#: From a thing to the publications that report it or state it.
_BEHIND = """
{ ?it cartkg:citationName ?any BIND(?it AS ?publication) }
UNION { ?it cartkg:describedIn|(cartkg:ofCohort/cartkg:describedIn) ?publication }
UNION { ?it cartkg:claimedBy|^cartkg:reportsStudy|(cartkg:hasSide/cartkg:claimedBy) ?publication }
UNION { ?it cartkg:involves/(cartkg:claimedBy|cartkg:describedIn|(cartkg:ofCohort/cartkg:describedIn)) ?publication }
UNION { ?it cartkg:overlapBetween/(cartkg:describedIn|^cartkg:reportsStudy) ?publication }
UNION { ?it (^cartkg:asserts)/cartkg:claimedBy ?publication }
"""
_MORE = re.compile(r"\s+et al\.?|\s*\(.*?\)", re.DOTALL)
_INITIALS = re.compile(r"(?P<family>.+?) (?P<given>[^\W\d_a-z]{1,4})(?: (?:Jr|Sr|II|III))?\Z")
_FIELDS = ("doi", "pmid", "pmcid", "journal", "volume", "issue", "pages")
_STATED = """
SELECT ?publication ?name ?title ?kind ?read ?authors ?year ?issued ?doi ?pmid ?pmcid ?journal ?volume ?issue ?pages
  ?address
WHERE {
  VALUES ?publication { {values} }
  ?publication cartkg:citationName ?name .
  OPTIONAL { ?publication rdfs:label ?title }
  OPTIONAL { ?publication cartkg:kindName ?kind }
  OPTIONAL { ?publication cartkg:readLevelName ?read }
  OPTIONAL { ?publication cartkg:shortAuthors ?authors }
  OPTIONAL { ?publication cartkg:year ?year }
  OPTIONAL { ?publication dcterms:issued ?issued }
  OPTIONAL { ?publication cartkg:doi ?doi }
  OPTIONAL { ?publication cartkg:pmid ?pmid }
  OPTIONAL { ?publication cartkg:pmcid ?pmcid }
  OPTIONAL { ?publication cartkg:journal ?journal }
  OPTIONAL { ?publication cartkg:volume ?volume }
  OPTIONAL { ?publication cartkg:issue ?issue }
  OPTIONAL { ?publication cartkg:pages ?pages }
  OPTIONAL {
    SELECT ?publication (MIN(STR(?at)) AS ?address) WHERE { ?publication cartkg:hasSource/cartkg:pageAddress ?at }
    GROUP BY ?publication
  }
}
"""


@dataclass(frozen=True, slots=True)
class Author:
    """An author as the graph states the name: family name and initials, or a name that is not divided."""

    family: str
    given: str = ""


@dataclass(frozen=True, slots=True)
class Reference:
    """What a reference manager wants of a publication; empty where the graph does not state it.

    Attributes:
        iri: the publication.
        name: its citation, as pages show it.
        title: its title, or what it is called here.
        authors: those that the graph lists.
        more_authors: whether there are others.
        year: of publication.
        kind: what it is, in words.
        is_article: whether it is an article or an abstract in a journal.
        read: how much of it was read.
        fields: doi, pmid, pmcid, journal, volume, issue, pages.
        address: where it can be read; the page here where nothing else is stated.
    """

    iri: str
    name: str
    title: str
    authors: tuple[Author, ...]
    more_authors: bool
    year: str
    kind: str
    is_article: bool
    read: str
    fields: Mapping[str, str]
    address: str

    @property
    def key(self) -> str:
        """Return the last part of its IRI, which is unique among publications."""
        return self.iri.removeprefix(f"{BASE}publication/").replace("/", "-")


def behind(facts: Records, iris: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Return the IRIs of the publications behind things: thing -> publications; things without any are left out."""
    wanted = sorted({iri for iri in iris if _is_reported(iri)})
    found: dict[str, set[str]] = {}
    for start in range(0, len(wanted), _AT_ONCE):
        values = iri_tokens(wanted[start : start + _AT_ONCE])
        query = f"{PREFIXES}SELECT DISTINCT ?it ?publication WHERE {{ VALUES ?it {{ {values} }} {_BEHIND} }}"
        for thing, publication in facts.table(query).rows:
            if thing and publication and publication.is_iri:
                found.setdefault(thing.value, set()).add(publication.value)
    return {iri: tuple(sorted(publications)) for iri, publications in found.items()}


def references(facts: Records, iris: Iterable[str]) -> tuple[Reference, ...]:
    """Return the references of publications, in the order of their citations."""
    wanted = sorted({iri for iri in iris if is_iri(iri)})
    found: list[Reference] = []
    for start in range(0, len(wanted), _AT_ONCE):
        table = facts.table(PREFIXES + _STATED.replace("{values}", iri_tokens(wanted[start : start + _AT_ONCE])))
        found += [
            _reference({name: node.value for name, node in zip(table.columns, row, strict=True) if node})
            for row in table.rows
        ]
    return tuple(sorted(found, key=lambda each: (each.name.casefold(), each.iri)))


def _reference(stated: Mapping[str, str]) -> Reference:
    doi = stated.get("doi", "")
    listed = stated.get("authors", "")
    return Reference(
        stated["publication"],
        stated["name"],
        stated.get("title", ""),
        tuple(_author(name.strip()) for name in _MORE.sub("", listed).split(",") if name.strip()),
        "et al" in listed,
        stated.get("year", "") or stated.get("issued", "")[:4],
        stated.get("kind", ""),
        "journal" in stated.get("kind", "") or "abstract" in stated.get("kind", "") or bool(doi),
        stated.get("read", ""),
        {name: stated[name] for name in _FIELDS if name in stated},
        f"https://doi.org/{doi}" if doi else stated.get("address", "") or stated["publication"],
    )


def _author(name: str) -> Author:
    """Divide "Müller F" into family name and initials; the name of an institution stays whole."""
    match = _INITIALS.match(name)
    return Author(match["family"], match["given"]) if match else Author(name)


def _is_reported(iri: str) -> bool:
    return is_iri(iri) and iri.startswith(BASE) and iri.removeprefix(BASE).partition("/")[0] in _KINDS
