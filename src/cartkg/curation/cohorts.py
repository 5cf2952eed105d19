"""The cohorts of a dossier in: the study, its cohorts and who is part of whom out.

A publication that only reports on others has no patients of its own: its cohorts are found again among those of the
publications it reports on, by disease, size, sex and place; what cannot be found stays a cohort of its own and is said.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pyoxigraph import Literal

from cartkg.curation.desk import CohortRef, Desk
from cartkg.curation.facts import LABEL, count, iri, slug, term, typed, words
from cartkg.curation.patients import find_patients, named_diseases, shared_diseases
from cartkg.curation.spelling import DISEASES, ask, nearest
from cartkg.findings import Severity

if TYPE_CHECKING:
    from cartkg.curation.facts import Subject
    from cartkg.curation.lexicon import Entry
    from cartkg.curation.node import Node

DESIGNS = {
    "case report": ("design-case-report",),
    "case series": ("design-case-series",),
    "cohort": ("design-cohort",),
    "meta-analysis": ("design-meta-analysis",),
    "phase 1 trial": ("design-phase-1",),
    "phase 1/2 trial": ("design-phase-1-2",),
    "phase 2 randomised": ("design-phase-2", "design-randomised"),
    "review": ("design-systematic-review",),
}
TOLD: tuple[str, ...] = (
    "disease",
    "subtype",
    "country",
    "country/site",
    "data_cut",
    "data_cutoff",
    "design",
    "method",
    "note",
    "phases",
)
TOLD += ("programme", "role", "setting", "site", "text")
_PARTS = re.compile(r"^(part \d|members of)|\barm\b")
_OTHERS = re.compile(r"placebo|comparator|after rituximab|no rheumatic disease|without autoimmune disease")


def reported_studies(desk: Desk) -> list[str]:
    """Give the keys of the publications this one reports on and that the project knows with patients."""
    found: list[str] = []
    for link in desk.root.children("reports_on"):
        key = str(link.child("with").value or "")
        known = desk.library.known.get(key)
        if known and known.cohorts:
            found.append(key)
        elif key and known is None and desk.root.children("cohorts"):
            near = ask(nearest(key, desk.library.known))
            asked = f"{near} If not, " if near else ""
            message = f"{key} is not in the project; {asked}these patients stay a cohort of their own until it is added"
            desk.notice(link, "dossier-report-unknown", message, Severity.INFO)
    return found


def place_cohorts(desk: Desk) -> None:
    """Make the study and cohorts of this dossier, or find its cohorts among those it reports on."""
    reported = reported_studies(desk)
    rows = [row for row in desk.root.children("cohorts") if "same_as" not in row]
    for row in rows:
        mapped = find_patients(desk, row, reported) if reported else None
        if mapped:
            name = row.text("id") or ""
            path = mapped.iri.partition("/cohort/")[2]
            desk.cohorts[name] = CohortRef(mapped.iri, path, mapped.count)
            continue
        if reported:
            desk.notice(
                row, "dossier-cohort-unmapped", "fits no cohort of the reported study; kept as its own", Severity.INFO
            )
        _own_cohort(desk, row)
    for row in desk.root.children("cohorts"):
        base = row.text("same_as")
        if base and base in desk.cohorts:
            desk.cohorts[str(row.child("id").value)] = desk.cohorts[base]
            row.text("id")
        elif base:
            desk.notice(
                row.child("same_as"), "dossier-unknown-cohort", f"no cohort `{base}` here; name one of the cohorts"
            )
    _parts(desk, rows)
    for row in desk.root.children("patients"):
        _patient(desk, row)
    if reported and not rows:
        desk.studies = reported
    desk.studies = sorted({ref.study for ref in desk.cohorts.values()} | set(desk.studies))


def study(desk: Desk) -> Subject:
    """Give the study that this publication reports, made at first use."""
    name = iri("study", desk.key)
    if name in desk.facts.subjects:
        return desk.facts.subjects[name]
    subject = desk.own(name, "Study")
    root = desk.root.child("publication")
    subject.add(LABEL, words(f"study reported {_cited(desk, root)} ({desk.key})"))
    kind = str(root.child("kind").value)
    for design in DESIGNS.get(kind, ("design-not-stated",)):
        subject.add(term("studyDesign"), term(design))
    if desk.out_of_scope:
        subject.add(term("outOfScope"), typed("true", "boolean"))
    desk.own(desk.publication).add(term("reportsStudy"), name)
    return subject


def _cited(desk: Desk, publication: Node) -> str:
    """Name a publication by its first author, journal and year; by its title where no author is known."""
    authors, journal, year = (str(publication.child(name).value or "") for name in ("short_authors", "journal", "year"))
    where = " ".join([journal] if year in journal else [journal, year]).strip()
    first, more, _ = authors.partition(",")
    who = (
        f"by {first.strip()}{' et al.' if more else ''}"
        if authors
        else f"in \u201c{desk.own(desk.publication).one(LABEL)}\u201d"
    )
    return f"{who}, {where}" if where else who


def _own_cohort(desk: Desk, row: Node) -> None:
    name = row.text("id") or ""
    if name in desk.cohorts:
        desk.notice(row.child("id"), "dossier-cohort-twice", f"cohort `{name}` stands twice; give each its own id")
        return
    path = f"{desk.key}/{slug(name)}"
    subject = desk.own(iri("cohort", path), "Cohort")
    size = row.count("n")
    desk.cohorts[name] = CohortRef(subject.iri, path, size)
    study(desk).add(term("hasCohort"), subject.iri)
    subject.add(term("ofStudy"), study(desk).iri)
    disease, subtype = row.text("disease"), row.text("subtype")
    shown = ", ".join(part for part in (disease, subtype) if part)
    subject.add(LABEL, words(f"{_people(size)}: {shown or name} ({desk.key})"))
    if size is not None:
        subject.add(term("patientCount"), count(size))
    _disease(desk, row, subject)
    about = " ".join(
        filter(None, (subtype, str(row.child("role").value or ""), str(row.child("features").value or ""), disease))
    )
    if _OTHERS.search(about):
        subject.add(
            term("cohortText"), Literal("comparator: did not receive the therapy of the study as described here")
        )
    desk.claim(row, subject)


def _people(size: int | None) -> str:
    return "patients" if size is None else f"{size} patient{'' if size == 1 else 's'}"


def _disease(desk: Desk, row: Node, subject: Subject) -> None:
    disease, subtype = row.text("disease"), row.text("subtype")
    if disease:
        subject.add(term("diseaseText"), Literal(disease))
        for entry in shared_diseases(desk, disease):
            subject.add(term("hasDisease"), entry.iri)
        if not named_diseases(desk, disease) and not desk.out_of_scope:
            desk.unknown(row.child("disease"), DISEASES, severity=Severity.WARNING)
    if subtype:
        subject.add(term("diseaseSubtype"), Literal(subtype))
        for entry in _subtype_diseases(desk, disease or "", subtype):
            subject.add(term("hasDisease"), entry.iri)
    if not disease and row.child("id").value == "all":
        parts = [str(other.child("disease").value) for other in desk.root.children("cohorts") if "disease" in other]
        subject.add(term("diseaseText"), Literal(f"the parts together: {', '.join(dict.fromkeys(parts))}"))
        for entry in desk.lexicon.find("disease", "autoimmune disease"):
            subject.add(term("hasDisease"), entry.iri)


def _subtype_diseases(desk: Desk, disease: str, subtype: str) -> list[Entry]:
    """Give the diseases that a subtype adds: diffuse sclerosis, and nephritis in lupus."""
    found = [entry for entry in desk.lexicon.scan("disease", subtype) if entry.label == "lupus nephritis"]
    if "systemic sclerosis" in disease and "diffuse" in subtype:
        found += desk.lexicon.find("disease", "diffuse cutaneous systemic sclerosis")
    return found


def received(desk: Desk, subject: Subject) -> bool:
    """Tell whether a cohort of this dossier got the therapy under study (a placebo arm did not)."""
    return subject.iri.startswith(iri("cohort", desk.key)) and not subject.values.get(term("cohortText"))


def _parts(desk: Desk, rows: list[Node]) -> None:
    own = [
        row for row in rows if desk.cohorts.get(str(row.child("id").value), CohortRef("", "", None)).study == desk.key
    ]
    for row in own:
        parent = _parent(desk, row, [other for other in own if other.path != row.path])
        if parent:
            child = desk.facts.subjects[desk.cohorts[str(row.child("id").value)].iri]
            child.add(term("partOfCohort"), desk.cohorts[str(parent.child("id").value)].iri)


def _parent(desk: Desk, row: Node, others: list[Node]) -> Node | None:
    """Choose the smallest cohort of the dossier that must contain this one."""
    size = row.child("n").value
    mine = {entry.iri for entry in _specific(desk, str(row.child("disease").value or ""))}
    found: list[tuple[int, Node]] = []
    named = re.match(r"members of (\w+)", str(row.child("subtype").value or ""))
    for other in others:
        total, name = other.child("n").value, str(other.child("id").value)
        if named and named[1] == name:
            return other
        whole = name == "all"
        if (not whole and not isinstance(total, int)) or (
            isinstance(size, int) and isinstance(total, int) and size >= total
        ):
            continue
        theirs = {entry.iri for entry in _specific(desk, str(other.child("disease").value or ""))}
        text = str(other.child("disease").value or "")
        many = (len(theirs) > 1 and " with " not in text) or "pooled" in text or "together" in text
        if str(row.child("id").value) == "all" or _PARTS.search(str(other.child("subtype").value or "")):
            continue
        part = bool(_PARTS.search(str(row.child("subtype").value or ""))) and mine == theirs
        narrower = theirs < mine and bool(theirs) and "non-renal" not in str(other.child("subtype").value or "")
        if (
            whole
            or part
            or narrower
            or (many and (mine <= theirs or "pooled" in text or "together" in text) and mine != theirs)
        ):
            found.append((total if isinstance(total, int) else 10**6, other))
    return min(found, key=lambda item: (item[0], item[1].path))[1] if found else None


def _specific(desk: Desk, text: str) -> list[Entry]:
    named = named_diseases(desk, text)
    return shared_diseases(desk, text) if len(named) == 1 else named


def _patient(desk: Desk, row: Node) -> None:
    name = row.text("id") or ""
    path = f"{desk.key}/{slug(name)}"
    subject = desk.own(iri("cohort", path), "Cohort")
    desk.cohorts[name] = CohortRef(subject.iri, path, 1)
    subject.add(LABEL, words(f"patient {name} of {desk.key}"))
    subject.add(term("patientCount"), count(1))
    subject.add(term("ofStudy"), study(desk).iri)
    study(desk).add(term("hasCohort"), subject.iri)
    wholes = [ref for ref in desk.cohorts.values() if ref.study == desk.key and (ref.count or 0) > 1]
    every = [
        ref for ref in wholes if ref is desk.cohorts.get("all")
    ] or wholes  # beside `all` the others are parts of it
    if len({ref.iri for ref in every}) == 1:
        whole = desk.facts.subjects[every[0].iri]
        subject.add(term("partOfCohort"), whole.iri)
        for disease in whole.texts(term("hasDisease")):
            subject.add(term("hasDisease"), disease)
    desk.claim(row, subject)


def claim_mapped(desk: Desk) -> None:
    """Let a reporting publication claim the cohorts of others that it describes."""
    for row in desk.root.children("cohorts"):
        ref = desk.cohorts.get(str(row.child("id").value))
        if ref is None or (ref.study == desk.key and "same_as" not in row):
            continue
        known = desk.library.known.get(ref.study)
        there = known.facts.subjects.get(ref.iri) if known else None
        target = there or desk.facts.subjects.get(ref.iri)
        if target is None:
            continue
        told = _told(row)
        if told:
            desk.claim(row, target, "; ".join(told))


def _told(row: Node) -> list[str]:
    """Give in words what a row tells of a cohort that is not its own."""
    size = row.count("n")
    parts = [f"{size} patient{'' if size == 1 else 's'}"] if size is not None else []
    for name in TOLD:
        text = row.text(name)
        if text:
            parts.append(
                text if name in ("disease", "subtype", "text", "note") else f"{name.replace('_', ' ')}: {text}"
            )
    return parts
