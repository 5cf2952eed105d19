"""What is not there, and why: not reported where it was read, searched for and not found, or not yet looked for.

A zero is a finding; an absence never is one. What stands in the parts of a publication that nobody has read is not yet
looked for, and neither is whether it was retracted since.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pyoxigraph import Literal

from cartkg.curation.bibliography import level_text
from cartkg.curation.facts import LABEL, RDF_TYPE, ROW, iri, term, words
from cartkg.namespaces import BASE

if TYPE_CHECKING:
    from cartkg.curation.desk import Desk
    from cartkg.curation.facts import Subject

#: Clauses of the notes on reading, by what they say of the thing they name.
_CLAUSES = (
    ("searchedNotFound", "searched and not found", re.compile(r"[^.;(]*\b(?:not|no \w+ was) found\b[^.;)]*")),
    ("notYetLooked", "not read", re.compile(r"[^.;(]*\bnot (?:read|opened|checked|seen)\b[^.;)]*")),
    ("notReported", "not shown", re.compile(r"[^.;(]*\bnot (?:shown|given|stated)\b[^.;)]*")),
)
_WHOLE = frozenset({"wholeAbstract", "congressAbstractRead"})


def place_absences(desk: Desk) -> None:
    """Make the absences of one dossier; call it when its findings are made."""
    for claim in [subject for subject in desk.facts if subject.values.get(term("asserts"))]:
        for target in claim.texts(term("asserts")):
            finding = desk.facts.subjects.get(target)
            if finding is not None and _counts_patients(desk, finding):
                _denominator(desk, claim, finding)
    _noted(desk)
    _unread(desk)


def _counts_patients(desk: Desk, finding: Subject) -> bool:
    """Tell a number of patients, or a share of them printed in per cent alone, from a level or a change."""
    kinds = finding.texts(RDF_TYPE)
    if term("CountFinding") in kinds:
        return True
    shared = (
        finding.one(term("statistic")) == term("percentOnly")
        and finding.one(term("unit")) == iri("unit", "percent")
        and finding.one(term("quantityKind")) in (None, term("absolute"))
    )
    classes = desk.lexicon.classes.get(finding.one(term("measure")) or "", set())
    counted = "EventMeasure" in classes or any(name.endswith("Criterion") for name in classes)
    return shared and (term("SafetyFinding") in kinds or (term("OutcomeFinding") in kinds and counted))


def place_not_found(desk: Desk) -> None:
    """Keep what the reader looked for and did not find; call it before what nobody has used becomes a remark."""
    for index, node in enumerate(desk.root.children("not_found"), start=1):
        said = ("searched and not found", str(node.take()))
        _about_publication(desk, f"not-found-{index}", "searchedNotFound", said, node.path)


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


def _noted(desk: Desk) -> None:
    """Keep what the notes on reading say was looked for and not found, not shown, or not read."""
    for name, text in (("notes", str(desk.root.child("notes").value or "")), ("readable", level_text(desk.root))):
        found = [(kind, what, clause) for kind, what, words in _CLAUSES for clause in words.findall(text)]
        for index, (kind, what, clause) in enumerate(found):
            _about_publication(desk, f"{name}-{index + 1}", kind, (what, clause), name)


def _unread(desk: Desk) -> None:
    """Say that nobody has looked at the parts not read, nor whether the publication still stands."""
    publication = desk.facts.subjects[desk.publication]
    congress = term("CongressAbstract") in publication.texts(RDF_TYPE)
    if desk.read_level != "wholePage" and not (congress and desk.read_level in _WHOLE):
        part = "readable" if "readable" in desk.root else "read_level"
        read = level_text(desk.root) or "not stated"
        said = f"what stands in the parts that were not read; read was: {read}"
        _about_publication(desk, "parts-not-read", "notYetLooked", ("parts not read", said), part)
    if term("retractionUnknown") in publication.texts(term("retractionStatus")):
        said = "whether the publication was corrected or retracted"
        _about_publication(desk, "retraction", "notYetLooked", ("retraction or correction", said), "publication")


def _about_publication(desk: Desk, name: str, kind: str, said: tuple[str, str], part: str) -> None:
    topic, text = said
    absence = desk.own(iri("absence", desk.key, name), "Absence")
    absence.add(LABEL, words(f"{topic} ({desk.key})"))
    absence.add(term("absenceKind"), term(kind))
    absence.add(term("aboutPublication"), desk.publication)
    absence.add(term("topic"), Literal(topic))
    absence.add(term("claimText"), Literal(" ".join(text.split())))
    absence.add(ROW, Literal(f"{desk.key} {part}"))
