"""A dossier's head and cohorts in, the name people know its study by out: first author, year, diseases."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cartkg.curation.facts import LABEL, iri, term, words

if TYPE_CHECKING:
    from cartkg.curation.desk import Desk

_GENERIC = "http://purl.obolibrary.org/obo/MONDO_0007179"
_SURNAME = re.compile(
    r"^((?:(?:de|van|von|der|el|al) )*[^\W\d_][\w'\u2019-]+(?: [^\W\d_][^\W\d_]+)?)(?= [A-Z]{1,3}\b| et al)"
)
_ALONE = re.compile(r"^[^,]* [A-Z]{1,3}$")
#: More diseases than this are told as several.
_MOST = 3


def name_study(desk: Desk) -> None:
    """Name the study that this dossier reports, once its cohorts are known."""
    study = desk.facts.subjects.get(iri("study", desk.key))
    if study is not None:
        told = ": ".join(filter(None, (_lead(desk), _diseases(desk))))
        study.values[LABEL] = {words(f"{told} ({desk.key})")}


def _lead(desk: Desk) -> str:
    publication = desk.root.child("publication")
    authors, year = str(publication.child("short_authors").value or ""), publication.child("year").value
    surname = first_author(authors)
    if surname is None:
        plain = desk.facts.subjects[desk.publication].one(LABEL) or desk.key
        cut = re.sub(r"^\([^)]*\)\s*|\s*\.\.\.$", "", plain).split()
        surname = " ".join(cut[:_WORDS]).rstrip(",:; .") + (" ..." if len(cut) > _WORDS else "")
    return f"{surname} {year}" if year and str(year) not in surname else surname


#: Words of a title that stand for it where no author is known.
_WORDS = 9


def first_author(authors: str) -> str | None:
    """Give the first author's surname, with `et al.` unless alone; None where the text names no person first.

    Example:
        >>> first_author("Mackensen A, Müller F, et al. (last author Schett G)")
        'Mackensen et al.'
    """
    match = _SURNAME.match(authors)
    if match is None or authors.startswith(("names ", "authors ", "not ")):
        return None
    return match[1] if _ALONE.match(re.sub(r"\s*\(.*$", "", authors)) else f"{match[1]} et al."


def _diseases(desk: Desk) -> str:
    found = {
        disease
        for subject in desk.facts
        if subject.iri.startswith(iri("cohort", desk.key, ""))
        for disease in subject.texts(term("hasDisease"))
    }
    named = sorted(desk.lexicon.named(disease) for disease in found - {_GENERIC})
    if len(named) > _MOST:
        return f"{len(named)} diseases"
    if named:
        return ", ".join(named)
    return "autoimmune disease" if found else ""
