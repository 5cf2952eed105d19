"""Describe a thing for search engines: JSON-LD in the terms of schema.org.

It has its own address, and pages link to it: no data is inline in a page.

Source: https://schema.org/ (Dataset, ScholarlyArticle, MedicalTrial).
"""

from __future__ import annotations

from mimetypes import guess_type
from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import quote

from cartkg.formats import BY_ENDING
from cartkg.namespaces import BASE
from cartkg.release.description import ABOUT, KEYWORDS, PUBLIC, SOURCES, TITLE
from cartkg.release.statements import DATASET, LICENSE, MAINTAINERS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cartkg.facts.records import Record

SCHEMA = "https://schema.org/"
#: Class of a publication -> what schema.org calls it; of all others it is an article of scholars.
_NO_ARTICLES = {
    "NewsItem": "NewsArticle",
    "PressRelease": "NewsArticle",
    "RegulatoryNotice": "Report",
    "WebPage": "WebPage",
}
_MAINTAINERS = {"@type": "Organization", "@id": MAINTAINERS, "name": "cartkg maintainers"}
#: What the findings hold.
_MEASURED = ("treated patients", "outcome measures", "adverse events", "persistence of the cells", "follow-up")
_OF_KIND = {"trial": "MedicalTrial", "study": "MedicalStudy"}
#: Name of an identifier in the data -> what resolves it.
_RESOLVERS = {
    "doi": "https://doi.org/",
    "pmid": "https://pubmed.ncbi.nlm.nih.gov/",
    "pmcid": "https://pmc.ncbi.nlm.nih.gov/articles/",
}


def type_of(record: Record) -> str:
    """Return the type of a thing at schema.org; empty when there is none that fits."""
    kind = _kind(record)
    if kind != "publication":
        return _OF_KIND.get(kind, "")
    return next((name for ours, name in _NO_ARTICLES.items() if ours in record.types), "ScholarlyArticle")


def is_described(record: Record) -> bool:
    """Return whether `described` supports a thing."""
    return _kind(record) in {"publication", "trial"}


def described(record: Record) -> dict[str, object] | None:
    """Return a publication or trial in the words of schema.org; None for other things."""
    if not is_described(record):
        return None
    more = _publication(record) if _kind(record) == "publication" else _trial(record)
    head = {"@context": SCHEMA, "@id": record.iri, "@type": type_of(record), "name": record.label}
    return {name: value for name, value in {**head, **more}.items() if value}


def data_set(version: str, base_url: str, dumps: Mapping[str, int]) -> dict[str, object]:
    """Return the data set in the words of schema.org, its dumps at the address of the site."""
    return {
        "@context": SCHEMA,
        "@id": DATASET,
        "@type": "Dataset",
        "name": TITLE,
        "description": ABOUT,
        "url": base_url,
        "identifier": DATASET,
        "version": version,
        "license": LICENSE,
        "keywords": list(KEYWORDS),
        "isAccessibleForFree": True,
        "conditionsOfAccess": PUBLIC,
        "datePublished": version,
        "dateModified": version,
        "creator": _MAINTAINERS,
        "publisher": _MAINTAINERS,
        "isBasedOn": SOURCES,
        "variableMeasured": list(_MEASURED),
        "distribution": [
            {
                "@type": "DataDownload",
                "name": name,
                "contentUrl": f"{base_url}release/{quote(name)}",
                "contentSize": f"{size} B",
                "encodingFormat": media_type(name),
            }
            for name, size in dumps.items()
            if "/" not in name
        ],
    }


def media_type(name: str) -> str:
    """Return the media type of a file by its name; of a compressed file that of its content."""
    ending = PurePosixPath(name.removesuffix(".gz")).suffix
    known = BY_ENDING.get(ending)
    return known.media_types[0] if known else guess_type(f"x{ending}")[0] or "application/octet-stream"


def _kind(record: Record) -> str:
    return record.iri.removeprefix(BASE).partition("/")[0] if record.iri.startswith(BASE) else ""


def _publication(record: Record) -> dict[str, object]:
    known = {name: record.text(name) for name in _RESOLVERS if record.first(name)}
    journal = record.text("journal") if type_of(record) == "ScholarlyArticle" else ""
    return {
        "headline": record.label,
        "author": record.text("shortAuthors"),
        "datePublished": record.text("dcterms:issued") or record.text("year"),
        "isPartOf": {"@type": "Periodical", "name": journal} if journal else None,
        "identifier": [{"@type": "PropertyValue", "propertyID": name, "value": known[name]} for name in known],
        "sameAs": [resolver + known[name] for name, resolver in _RESOLVERS.items() if name in known],
    }


def _trial(record: Record) -> dict[str, object]:
    return {
        "alternateName": [node.value for node in record.all("skos:altLabel")],
        "identifier": [node.value for node in record.all("registryNumber")],
        "healthCondition": [
            {"@type": "MedicalCondition", "@id": node.value, "name": node.label or node.local}
            for node in record.all("trialCondition")
        ],
        "sponsor": [
            {"@type": "Organization", "@id": node.value, "name": node.label or node.local}
            for node in record.all("sponsoredBy")
        ],
        "trialDesign": record.text("trialDesignText"),
    }
