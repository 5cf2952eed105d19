"""The overlaps and unconfirmed links of a dossier in; who may share patients with whom, how surely and why, out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyoxigraph import Literal

from cartkg.curation.facts import LABEL, READERS, ROW, Subject, count, iri, slug, term, typed, words
from cartkg.curation.remarks import remark
from cartkg.findings import Severity
from cartkg.namespaces import BASE

if TYPE_CHECKING:
    from cartkg.curation.desk import Desk
    from cartkg.curation.facts import Facts
    from cartkg.curation.node import Node

_KEY = re.compile(r"^[a-z]+(?:-[a-z]+)*-\d{4}(?:-[a-z0-9]+)+$")
_KNOWN = re.compile(
    r"same (24 )?patients by number|and same \d+ patients|already (been )?reported|first patient already", re.IGNORECASE
)
_FAR = re.compile(
    r"unknown|other diseases|earlier open-label|randomised part|NMOSD cohort|not stated|German programme", re.IGNORECASE
)
_REGISTERED = re.compile(r"registry number|trial name")
_PHASE = re.compile(r"phase \d[ab]")
_NUMBER = re.compile(r"(?<![\w.-])(\d{1,3})(?![\w.-])")
_NUMBERS = {
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "ten": 10,
    "twelve": 12,
}


#: What a statement on shared patients may rest on, by its words; several may hold.
_BASES = (
    ("sameRegistryNumber", r"same registry number|(?<!other )trial (?:number|names?|id)\b|\bNCT\d{8}|\bsame trial\b"),
    ("sameSite", r"same (?:hospital|centre|group|authors|town|German programme)|hospital;|shared (?:sites|authors)"),
    ("sameSite", r"Magdeburg team|Erlangen"),
    ("sameNumbers", r"by number|\bsplit\b|same first \w+ patients|year-old|mid-forties|from number|product, number"),
    ("sameProduct", r"same product|same programme|product name|by product|centre, product|trial and product"),
    ("earlierOrLaterCut", r"earlier (?:cut|report|open-label)|follow-up of|first part of|subset|first five of them"),
    ("countedInReview", r"counted|this review|earlier search|^the (?:\d+ )?\w+ patients?$"),
)
_NOT_THE_TRIAL = re.compile(r"other trial number|trial number is cut")


@dataclass(frozen=True, slots=True)
class Group:
    """A cohort or study as one side of an overlap, and how many patients it has; None when not one number."""

    iri: str
    count: int | None


def place_overlaps(desk: Desk) -> None:
    """Make an overlap of each row of `overlap` and, of unknown degree, of each row of `unconfirmed_links`."""
    for part in ("overlap", "unconfirmed_links"):
        for row in desk.root.children(part):
            _overlap(desk, row, unconfirmed=part == "unconfirmed_links")


def ask_shared_trials(desk: Desk) -> None:
    """Ask about each study of the same registered trial of which no overlap is told: its patients may be the same."""
    mine = _trials(desk.key, desk.facts)
    told = _linked(desk.facts)
    for key, known in sorted(desk.library.known.items()):
        shared = sorted(mine & _trials(key, known.facts))
        if key == desk.key or not shared or key in told or desk.key in _linked(known.facts):
            continue
        number = shared[0].rpartition("/")[2].upper()
        message = (
            f"{number} is the trial of `{key}` too; say whether patients are the same, for instance "
            f"`overlap: [{{with: {key}, what: same trial, stated: false}}]`; until then whoever counts takes it as open"
        )
        publication = desk.root.child("publication")
        place = publication.child("trial_ids") if "trial_ids" in publication else publication
        desk.notice(place, "dossier-shared-trial", message, Severity.WARNING)


def _trials(key: str, facts: Facts) -> set[str]:
    """Give the trials of a publication's own study, when that has patients here."""
    study = iri("study", key)
    has_patients = any(study in subject.texts(term("ofStudy")) for subject in facts)
    return {trial for subject in facts for trial in subject.texts(term("registeredAs"))} if has_patients else set()


def _linked(facts: Facts) -> set[str]:
    """Give the keys of all studies that overlaps of these facts name."""
    return {
        group.removeprefix(BASE).split("/")[1] for subject in facts for group in subject.texts(term("overlapBetween"))
    }


def _overlap(desk: Desk, row: Node, *, unconfirmed: bool) -> None:
    other, what = row.text("with") or "", row.text("what") or ""
    stated = row.child("stated").take()
    if other not in desk.library.known and not _KEY.match(other):
        text = f"{other}: {what}" + (f" (stated: {stated})" if stated is not None else "")
        desk.in_words(row.path, f"`{other}` is no key of a dossier")
        remark(desk, row, "patients perhaps shared", text)
        return
    name = slug(other)
    part = "unconfirmed" if unconfirmed else "stated"
    subject = desk.own(iri("overlap", desk.key, f"{part}-{name}"), "Overlap")
    subject.add(LABEL, words(f"patients of {desk.key} and {other}"))
    mine = _group(desk, desk.key, desk.facts, what)
    subject.add(term("overlapBetween"), mine.iri)
    theirs = Group("", None)
    if other in desk.library.known:
        theirs = _group(desk, other, desk.library.known[other].facts, what)
        subject.add(term("overlapBetween"), theirs.iri)
    else:
        subject.add(term("overlapBetween"), _named_only(desk, other, row))
    alike = mine.count is not None and mine.count == theirs.count
    degree = "unknownOverlap" if unconfirmed else _degree(what, stated, alike=alike)
    subject.add(term("overlapDegree"), term(degree))
    shared = _shared(mine, theirs, what, stated) if degree == "knownOverlap" else None
    if shared is not None:
        subject.add(term("sharedPatientsLow"), count(shared))
        subject.add(term("sharedPatientsHigh"), count(shared))
    _say_why(desk, subject, row, what)
    subject.add(ROW, desk.row(row))


def _say_why(desk: Desk, subject: Subject, row: Node, what: str) -> None:
    """Add who says that patients are shared, and what that rests on, in words and by kind."""
    stated, source = row.child("stated").take(), row.text("source")
    basis = (
        f"{what} (stated: {str(stated).lower() if isinstance(stated, bool) else stated})"
        if stated is not None
        else what
    )
    subject.add(term("basis"), Literal(basis))
    for kind in basis_kinds(what, stated):
        subject.add(term("basisKind"), term(kind))
    if stated is True or stated == "partly":
        subject.add(term("statedBy"), iri("publication", desk.speaker(source).name))
    else:
        subject.add(term("judgedBy"), iri(*READERS))
    if source:
        subject.add(term("readIn"), iri("source", desk.key, source))


def basis_kinds(what: str, stated: object) -> list[str]:
    """Tell what a statement on shared patients rests on, as names of the ontology.

    Example:
        >>> basis_kinds("same trial and same first six patients", "same registry number")
        ['sameRegistryNumber', 'sameNumbers']
    """
    said = f"{what} {stated if isinstance(stated, str) else ''}".strip()
    found = list(dict.fromkeys(kind for kind, words in _BASES if re.search(words, said)))
    if _NOT_THE_TRIAL.search(said):
        found.remove("sameRegistryNumber")
    if stated is True or stated == "partly":
        found.insert(0, "statedOutright")
    return found or ["basisNotGiven"]


def _named_only(desk: Desk, key: str, row: Node) -> str:
    """Make the study of a report that dossiers name and nobody has read, in the file kept for such."""
    study = desk.facts.subject(iri("study", key), "shared/named-only", "Study")
    study.add(LABEL, words(f"study of a report known by name only: {key}"))
    study.add(term("studyDesign"), term("design-not-stated"))
    report = desk.facts.subject(iri("publication", key), "shared/named-only", "Publication")
    author, _, rest = key.partition("-")
    report.add(LABEL, words(f"report named {author.capitalize()} {rest.replace('-', ', ', 1)} (not read)"))
    for local, value in (
        ("ownTitle", typed("true", "boolean")),
        ("reportsStudy", study.iri),
        ("readLevel", term("citationOnly")),
    ):
        report.add(term(local), value)
    report.add(term("retractionStatus"), term("retractionUnknown"))
    report.add(term("hasSource"), desk.speaker(row.text("source")).source)
    return study.iri


def _shared(mine: Group, theirs: Group, what: str, stated: object) -> int | None:
    """Give how many patients a known overlap shares: the one of a single case, or the number that words give both."""
    if 1 in (mine.count, theirs.count):
        return 1
    said = re.search(r"same (?:first )?(\w+) patients", f"{what} {stated or ''}")
    number = _NUMBERS.get(said[1], int(said[1]) if said[1].isdigit() else None) if said else None
    return number if number is not None and number == mine.count == theirs.count else None


def _degree(what: str, stated: object, *, alike: bool) -> str:
    """Tell how sure an overlap is: what a source states, or a register shows of groups of one size, is known."""
    if stated is True or stated == "partly" or _KNOWN.search(f"{what} {stated or ''}"):
        return "knownOverlap"
    if _FAR.search(what):
        return "unknownOverlap"
    registered = bool(_REGISTERED.search(str(stated or "")))
    return "knownOverlap" if registered and alike else "likelyOverlap"


def _group(desk: Desk, key: str, facts: Facts, what: str) -> Group:
    """Give the cohort the words are about: by phase, by number, by disease; else the only whole one; else the study."""
    every = [subject for subject in facts if subject.iri.startswith(f"{BASE}cohort/{key}/")]
    tops = [subject for subject in every if not subject.values.get(term("partOfCohort"))]
    phases = set(_PHASE.findall(what))
    numbers = {int(found) for found in _NUMBER.findall(what)} | {
        _NUMBERS[word] for word in what.split() if word in _NUMBERS
    }
    diseases = {entry.iri for entry in desk.lexicon.scan("disease", what)}
    choices = (
        [subject for subject in every if phases & set(_PHASE.findall(" ".join(subject.texts(term("diseaseSubtype")))))],
        [subject for subject in every if _count(subject) in numbers],
        [subject for subject in every if diseases & set(subject.texts(term("hasDisease")))],
        tops,
    )
    for found in choices:
        if len(found) == 1:
            return Group(found[0].iri, _count(found[0]))
    return Group(_study(key, facts), None)


def _count(subject: Subject) -> int | None:
    size = subject.one(term("patientCount"))
    return int(size) if size else None


def _study(key: str, facts: Facts) -> str:
    """Give the study a publication reports, or, of a publication that only retells, the study it retells."""
    own = iri("study", key)
    if own in facts.subjects:
        return own
    claims = [subject for subject in facts if subject.one(term("claimedBy")) == iri("publication", key)]
    told = sorted(name for subject in claims if (name := subject.one(term("restates"))))
    return told[0].replace("/publication/", "/study/") if told else own
