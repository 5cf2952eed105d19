"""A cohort row that retells others' patients in, the cohort of theirs that it means out; and diseases in words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cartkg.curation.facts import slug

if TYPE_CHECKING:
    from cartkg.curation.desk import Desk
    from cartkg.curation.lexicon import Entry
    from cartkg.curation.library import Patients
    from cartkg.curation.node import Node

_PLACES = re.compile(r"[a-z]{5,}")
_GENERIC = "http://purl.obolibrary.org/obo/MONDO_0007179"


def named_diseases(desk: Desk, text: str) -> list[Entry]:
    """Give the diseases named in a text: the one it names as a whole, else all named in it."""
    plain = re.sub(r"with or without \w+|\b(?:without|no) .*$", "", text)
    return desk.lexicon.find("disease", text) or desk.lexicon.scan("disease", plain)


def shared_diseases(desk: Desk, text: str) -> list[Entry]:
    """Give the diseases that every patient has: of several side by side, only that they are autoimmune, if any is.

    Who has lupus nephritis has lupus, though MONDO does not place the one below the other.
    """
    named = named_diseases(desk, text)
    if any(entry.label == "lupus nephritis" for entry in named) and len(named) == 1:
        return [*named, *desk.lexicon.find("disease", "systemic lupus erythematosus")]
    if len(named) < 2 or " with " in text:  # noqa: PLR2004  # two diseases in one patient or side by side
        return named
    autoimmune = any("AutoimmuneDisease" in desk.lexicon.classes.get(entry.iri, ()) for entry in named)
    return desk.lexicon.find("disease", "autoimmune disease") if autoimmune and "transplantation" not in text else []


def find_patients(desk: Desk, row: Node, reported: list[str]) -> Patients | None:
    """Find the one cohort of the reported studies that this row means; None when none or several fit."""
    diseases = {entry.iri for entry in named_diseases(desk, str(row.child("disease").value or ""))}
    size, said = row.child("n").value, _plain(str(row.value))
    fits: list[tuple[int, Patients]] = []
    for key in reported:
        for cohort in desk.library.known[key].cohorts:
            if size is not None and cohort.count is not None and size != cohort.count:
                continue
            several = len(diseases) > 1 or _GENERIC in diseases or _GENERIC in cohort.diseases
            if diseases and cohort.diseases and not several and not diseases & cohort.diseases:
                continue
            score = 4 if diseases == cohort.diseases else (2 if bool(diseases) == bool(cohort.diseases) else 0)
            score += 2 * (row.child("id").value == cohort.iri.rpartition("/")[2])
            score += sum(
                row.child(sex).value == number
                for sex, number in (("women", cohort.women), ("men", cohort.men))
                if number is not None
            )
            places = set(_PLACES.findall(_plain(cohort.words))) & set(_PLACES.findall(said)) - {
                "germany",
                "systemic",
                "disease",
            }
            fits.append((score + len(places), cohort))
    fits.sort(key=lambda item: -item[0])
    if not fits or (len(fits) > 1 and fits[0][0] == fits[1][0]):
        return None
    return fits[0][1]


def _plain(text: str) -> str:
    return slug(text).replace("-", " ")
