"""The regimen of a dossier in; the drugs given before, with and after the cells, with who says so, out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyoxigraph import Literal

from cartkg.curation.cells import join, place_cell_dose, place_infusions
from cartkg.curation.cohorts import study
from cartkg.curation.doses import read_dose
from cartkg.curation.facts import LABEL, Subject, iri, number_text, slug, term, typed, words
from cartkg.curation.lexicon import normal
from cartkg.curation.spelling import DRUGS
from cartkg.curation.therapy import studies_of

if TYPE_CHECKING:
    from cartkg.curation.desk import CohortRef, Desk
    from cartkg.curation.lexicon import Entry, Lexicon
    from cartkg.curation.node import Node

_ROLES = {"lymphodepletion": "lymphodepletion", "bridging": "bridging", "concomitant_or_post": "concomitant"}
_NONE = re.compile(r"^(none\b|no preconditioning|no conditioning)")
#: From a word that denies to the end of what it denies; "no more than 10 mg" denies nothing.
_DENIED = re.compile(
    r"\b(?:no|not|nor|neither|never|without|instead of|in place of|rather than)\b(?! (?:more|less|only|later)\b)"
    r".*?(?=\b(?:but|with)\b|[,;:.()]|$)"
)
_CLAUSE = re.compile(r"[,;:]\s")
_KEPT = re.compile(r"\bmaintenance\b|\bgo(?:es)? on\b|\bcontinued?\b")
_ENDED = re.compile(r"\bstopped before\b")
_LATER = re.compile(r"\bafter|\breplacement for falling\b")


@dataclass(frozen=True, slots=True)
class Given:
    """A drug row at work: the study and role it belongs to, and the cohort that alone got it, if not all did."""

    study: str
    role: str
    cohort: CohortRef | None = None


def place_regimen(desk: Desk) -> None:
    """Make the regimen and its elements, or claim those of the studies reported on."""
    node = desk.root.child("regimen")
    if node.value is None:
        return
    if desk.key in studies_of(desk):
        regimen = desk.own(iri("regimen", desk.key), "Regimen")
        regimen.add(LABEL, words(f"regimen of {desk.key}"))
        study(desk).add(term("usesRegimen"), regimen.iri)
    for part, role in _ROLES.items():
        for row in node.children(part):
            for key in _row_studies(desk, row):
                _drug_row(desk, row, Given(key, role, _one_of_several(desk, row, key)))
    for key in studies_of(desk):
        _rest(desk, node, key)


def _rest(desk: Desk, node: Node, key: str) -> None:
    for name in ("lymphodepletion_note", "timing"):
        if name in node:
            _regimen_text(desk, node.child(name), key, str(node.child(name).take()))
    if "cell_dose" in node:
        place_cell_dose(desk, node.child("cell_dose"), key)
    if "cell_infusions" in node:
        place_infusions(desk, node.child("cell_infusions"), key)


def _row_studies(desk: Desk, row: Node) -> list[str]:
    name = row.text("cohort")
    if name and name in desk.cohorts:
        return [desk.cohorts[name].study]
    if name:
        desk.notice(row.child("cohort"), "dossier-unknown-cohort", f"no cohort `{name}` here; name one of the cohorts")
    return studies_of(desk)


def _one_of_several(desk: Desk, row: Node, key: str) -> CohortRef | None:
    """Give the cohort a row names, when that is a part of this study's patients."""
    cohort = desk.cohorts.get(str(row.child("cohort").value))
    if cohort is None or key != desk.key or cohort.study != key:
        return None
    whole = [other for other in desk.cohorts.values() if other.study == key and not _is_part(desk, other)]
    return None if {other.iri for other in whole} == {cohort.iri} else cohort


def _is_part(desk: Desk, cohort: CohortRef) -> bool:
    return bool(desk.facts.subjects[cohort.iri].values.get(term("partOfCohort")))


def _part_regimen(desk: Desk, cohort: CohortRef) -> str:
    """Make the regimen that this cohort alone received, beside that of all."""
    name = cohort.path.rpartition("/")[2]
    regimen = desk.own(iri("regimen", desk.key, name), "Regimen")
    regimen.add(LABEL, words(f"regimen of {desk.key}, {name} only"))
    study(desk).add(term("usesRegimen"), regimen.iri)
    desk.facts.subjects[cohort.iri].add(term("receivedRegimen"), regimen.iri)
    return regimen.iri


def _regimen(desk: Desk, key: str) -> Subject | None:
    if key == desk.key:
        return desk.own(iri("regimen", key), "Regimen")
    return desk.library.known[key].facts.subjects.get(iri("regimen", key))


def _regimen_text(desk: Desk, node: Node, key: str, text: str) -> None:
    regimen = _regimen(desk, key)
    if regimen is None:
        return
    if key == desk.key:
        regimen.add(term("treatmentText"), Literal(text))
        if _NONE.search(text) and "concomitant" not in node.path:
            regimen.add(term("noLymphodepletion"), typed("true", "boolean"))
    desk.claim(node, regimen, text)


def drugs_in(text: str, lexicon: Lexicon, role: str) -> list[tuple[Entry, str]]:
    """Give the drugs a text says are given, each with its role; one that the text denies is not given.

    A text that is a known name as it stands ("chemotherapy, drugs not named") is taken as that name.

    A drug that "goes on" does not deplete lymphocytes, wherever the row stands: it is concomitant.
    """
    found = [(drug, role) for drug in lexicon.find("drug", text)]
    for clause in () if found else _CLAUSE.split(normal(text)):
        own = "concomitant" if role == "lymphodepletion" and _KEPT.search(clause) else role
        known = {drug for drug, _ in found}
        found += [(drug, own) for drug in lexicon.scan("drug", _DENIED.sub(" ", clause)) if drug not in known]
    return found


def _drugs(desk: Desk, row: Node, role: str) -> list[tuple[Entry, str]]:
    """Give the drugs of a row with their roles: of its `drug`, or for want of one, of a text on lymphodepletion."""
    said, text = row.text("drug"), row.text("text")
    drugs = drugs_in(said or "", desk.lexicon, role)
    if said and not drugs and not desk.lexicon.scan("drug", said):
        desk.unknown(row.child("drug"), DRUGS)
    if not drugs and text and role == "lymphodepletion":
        drugs = drugs_in(text, desk.lexicon, role)
    return drugs


def _when(role: str, text: str, days: tuple[int, ...]) -> str:
    """Tell of a drug beside the cells whether it ended before them or began after them."""
    if role != "concomitant":
        return role
    if _ENDED.search(text):
        return "priorTherapy"
    return "postInfusion" if _LATER.search(text) or (bool(days) and days[0] > 0) else role


def _known_role(desk: Desk, key: str, role: str, tail: str) -> str:
    """Give the role the study's own dossier has of a drug that a retelling only puts beside the cells."""
    known = desk.library.known.get(key)
    later = iri("administration", key, role_slug("postInfusion"), tail)
    told = key != desk.key and role == "concomitant" and known is not None and later in known.facts.subjects
    return "postInfusion" if told else role


def _drug_row(desk: Desk, row: Node, given: Given) -> None:
    said, text = row.text("drug"), row.text("text")
    dose = read_dose(desk, row)
    drugs = _drugs(desk, row, given.role)
    if not drugs:
        if given.role == "concomitant" or not _NONE.search(text or said or ""):
            desk.in_words(row.path, "it names no drug as given")
        _regimen_text(desk, row, given.study, text or said or "")
        return
    for drug, own in drugs:
        role = _when(own, f"{dose.start} {dose.schedule} {text}", dose.days)
        parts = [
            drug.name,
            *([number_text(dose.value)] if dose.value is not None else []),
            *([dose.unit.unit.name] if dose.unit.unit else []),
        ]
        if dose.days:
            parts.append(f"day-{dose.days[0]}".replace("--", "-minus-"))
        tail = slug("-".join(parts).replace(".", "p"))
        role = _known_role(desk, given.study, role, tail)
        element = desk.facts.subject(
            iri("administration", given.study, role_slug(role), tail), given.study, "DrugAdministration"
        )
        element.add(LABEL, words(" ".join(part for part in (drug.label, dose.describe()) if part)))
        element.add(term("drug"), drug.iri)
        element.add(term("treatmentRole"), term(role))
        dose.write(element)
        said_text = "; ".join(part for part in (said if len(drugs) > 1 else None, text) if part)
        if said_text:
            element.add(term("treatmentText"), Literal(said_text))
        if given.cohort is None:
            join(desk, element, given.study)
        else:
            part = _part_regimen(desk, given.cohort)
            element.add(term("elementOf"), part)
            desk.own(part).add(term("hasElement"), element.iri)
        desk.claim(row, element, "; ".join(part for part in (said, dose.told(), text) if part))


def role_slug(role: str) -> str:
    """Give the part of an element's IRI that names its role."""
    return {"postInfusion": "post-infusion", "priorTherapy": "prior-therapy"}.get(role, role)
