"""What a dossier says is not there: numbers assessed that are not reported, papers searched for and not found."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pyoxigraph import Literal

from cartkg.curation.facts import LABEL, RDF_TYPE, ROW, iri, term, words
from cartkg.namespaces import BASE

if TYPE_CHECKING:
    from cartkg.curation.desk import Desk
    from cartkg.curation.facts import Subject

_NOT_FOUND = re.compile(r"[^.;(]*\b(?:not|no \w+ was) found\b[^.;)]*")


def place_absences(desk: Desk) -> None:
    """Make the absences of one dossier; call it when its findings are made."""
    for claim in [subject for subject in desk.facts if subject.values.get(term("asserts"))]:
        for target in claim.texts(term("asserts")):
            finding = desk.facts.subjects.get(target)
            if finding is not None and term("CountFinding") in finding.texts(RDF_TYPE):
                _denominator(desk, claim, finding)
    _searched(desk)


def _denominator(desk: Desk, claim: Subject, finding: Subject) -> None:
    if finding.values.get(term("denominator")):
        return
    path = finding.iri.removeprefix(f"{BASE}finding/")
    absence = desk.facts.subject(iri("absence", path), path.partition("/")[0], "Absence")
    absence.add(LABEL, words(f"number assessed: not reported ({path})"))
    absence.add(term("absenceKind"), term("notReported"))
    measure = desk.lexicon.named(finding.one(term("measure")) or "")
    absence.add(term("topic"), Literal("number assessed"))
    absence.add(term("claimText"), Literal(f"how many patients were assessed for {measure} is not reported"))
    for cohort in finding.texts(term("ofCohort")):
        absence.add(term("aboutCohort"), cohort)
    for row in claim.texts(ROW):
        absence.add(ROW, Literal(row))


def _searched(desk: Desk) -> None:
    """Keep what the reader looked for and did not find, from the notes on reading."""
    readable = str(desk.root.child("readable").child("level").value or desk.root.child("read_level").value or "")
    for name, text in (("notes", str(desk.root.child("notes").value or "")), ("readable", readable)):
        for index, found in enumerate(_NOT_FOUND.findall(text)):
            absence = desk.own(iri("absence", desk.key, f"{name}-{index + 1}"), "Absence")
            absence.add(LABEL, words(f"searched and not found ({desk.key})"))
            absence.add(term("absenceKind"), term("searchedNotFound"))
            absence.add(term("aboutPublication"), desk.publication)
            absence.add(term("claimText"), Literal(found.strip()))
            absence.add(ROW, Literal(f"{desk.key} {name}"))
