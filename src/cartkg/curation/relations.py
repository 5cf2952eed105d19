"""Conflicts, overlaps and unconfirmed links of a dossier in, as things that questions can find, out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyoxigraph import Literal, NamedNode

from cartkg.curation.facts import LABEL, ROW, Subject, iri, slug, term, typed, words
from cartkg.curation.remarks import remark
from cartkg.namespaces import BASE

if TYPE_CHECKING:
    from cartkg.curation.desk import Desk
    from cartkg.curation.facts import Facts
    from cartkg.curation.node import Node

_KINDS = (
    (re.compile(r"different practice|not a contradiction"), "differentPractice"),
    (re.compile(r"different statistics"), "differentStatistic"),
    (re.compile(r"later time points|earlier cut|later report|later cut|as median|all treated"), "differentWindow"),
    (
        re.compile(
            r"slip|misprint|stray characters|as printed|cannot be right|swapped|printed|citation mix-up|garbled"
        ),
        "misprint",
    ),
    (re.compile(r"other product|other disease|different patients"), "differentPatients"),
)
_EXPLAINED = re.compile(
    r"different practice|not a contradiction|different statistics|later time points|earlier cut|later report"
    r"|misprint|other product"
)
_TOPICS = (
    (re.compile(r"\bCRS\b|cytokine|tox", re.IGNORECASE), ("term/cytokine-release-syndrome", "term/crs-or-icans")),
    (re.compile(r"\bICANS\b"), ("term/icans", "term/crs-or-icans", "term/neurotoxicity")),
    (re.compile(r"women|\bsex\b|men\b", re.IGNORECASE), ("criterion/women", "criterion/men")),
    (re.compile(r"follow-up|observation", re.IGNORECASE), ("criterion/follow-up", "criterion/follow-up-longest")),
    (re.compile(r"\bage\b", re.IGNORECASE), ("criterion/age",)),
    (re.compile(r"SLEDAI"), ("criterion/sledai", "criterion/sledai-2k")),
    (re.compile(r"illness|duration of disease", re.IGNORECASE), ("criterion/disease-duration",)),
    (re.compile(r"mRSS"), ("criterion/mrss",)),
    (re.compile(r"marrow"), ("term/haematological-toxicity", "term/neutropenia")),
    (re.compile(r"depletion"), ("criterion/b-cell-depletion",)),
    (re.compile(r"relapse|^duration"), ("criterion/relapse", "criterion/drug-free-remission")),
)
_LIMITATION = re.compile(r"^Single arm|authors warn|sponsor changed|from the sponsor's press release")
_PARTINGS = (
    re.compile(r"^(.+?) versus (.+)$"),
    re.compile(r"^(.+?) but (.+)$"),
    re.compile(r"^(.+?\(s\d+\)) (?:or|and) (.+)$"),
    re.compile(r"^([^;,]+), (.+)$"),
    re.compile(r"^(.+?); (.+)$"),
    re.compile(r"^(.+?) and (.+)$"),
)
_KEY = re.compile(r"^[a-z]+(?:-[a-z]+)*-\d{4}(?:-[a-z0-9]+)+$")
_TREATMENTS = re.compile(r"dose|lymphodepletion|treatment after|post-infusion", re.IGNORECASE)
_KNOWN = re.compile(
    r"same (24 )?patients by number|and same \d+ patients|already (been )?reported|first patient already", re.IGNORECASE
)
_FAR = re.compile(r"unknown|other diseases|earlier open-label|NMOSD cohort|not stated", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Sides:
    """The two sides of a conflict, in words; None where the words do not part."""

    first: str | None
    second: str | None


def split_sides(text: str) -> Sides:
    """Part a conflict told in one sentence into its two sides.

    Example:
        >>> split_sides("Age: 69 in the newspaper, 59 in the trade news.").second
        '59 in the trade news.'
    """
    for pattern in _PARTINGS:
        match = pattern.match(text)
        if match:
            return Sides(match[1].strip(), match[2].strip())
    return Sides(None, None)


def place_conflicts(desk: Desk) -> None:
    """Make a conflict of each row of `conflicts`, with both sides and the findings they are about."""
    for index, row in enumerate(desk.root.children("conflicts")):
        whole = str(row.take()) if not isinstance(row.value, dict) else None
        if whole and _LIMITATION.search(whole):
            made = remark(desk, row, "limitation", whole)
            made.values[term("remarkKind")] = {NamedNode(term("limitation"))}
            continue
        about = whole or row.text("about") or ""
        other = row.text("with") or desk.key
        subject = desk.own(iri("conflict", desk.key, f"{index + 1}-{slug(about, 6)}"), "Conflict")
        sides = split_sides(whole) if whole else Sides(row.text("mine"), row.text("theirs"))
        mine, theirs = sides.first, sides.second
        subject.add(LABEL, words(about if whole is None else " ".join(about.split()[:12])))
        subject.add(term("about"), Literal(" ".join(about.split())))
        for local, text in (("firstSide", mine), ("secondSide", theirs)):
            if text:
                subject.add(term(local), Literal(" ".join(text.split())))
        said = f"{about} {mine or ''} {theirs or ''}"
        kind = next(
            (local for pattern, local in _KINDS if pattern.search(said)),
            "contradiction" if mine else "conflictKindNotSettled",
        )
        subject.add(term("conflictKind"), term(kind))
        explained = bool(_EXPLAINED.search(said))
        subject.add(term("conflictStatus"), term("explainedConflict" if explained else "openConflict"))
        if explained:
            explaining = theirs if theirs and _EXPLAINED.search(theirs) else about
            subject.add(term("explanation"), Literal(" ".join(explaining.split())))
        subject.add(term("statedBy"), desk.publication)
        _involve(desk, subject, about, other)
        subject.add(ROW, desk.row(row))


def _involve(desk: Desk, subject: Subject, about: str, other: str) -> None:
    subject.add(term("involves"), desk.publication)
    if other in desk.library.known:
        subject.add(term("involves"), iri("publication", other))
    elif other != desk.key:
        subject.add(term("note"), Literal(f"the other side is {other}, which has no file here"))
    paths = [path for pattern, found in _TOPICS if pattern.search(about) for path in found]
    measures = {BASE + path for path in paths}
    for facts, key in (
        (desk.facts, desk.key),
        *(((desk.library.known[other].facts, other),) if other in desk.library.known else ()),
    ):
        for finding in _findings_of(facts, key, measures):
            subject.add(term("involves"), finding)
        if _TREATMENTS.search(about):
            for element in _elements_of(facts, key, about):
                subject.add(term("involves"), element)


def _findings_of(facts: Facts, key: str, measures: set[str]) -> list[str]:
    """Give the findings on these measures that a publication claims or that are on its study."""
    claimed = {
        target
        for subject in facts
        if subject.one(term("claimedBy")) == iri("publication", key)
        for target in subject.texts(term("asserts"))
    }
    return [
        subject.iri
        for subject in facts
        if subject.iri.startswith(f"{BASE}finding/")
        and (subject.iri in claimed or subject.iri.startswith(f"{BASE}finding/{key}/"))
        and subject.one(term("measure")) in measures
    ]


def _elements_of(facts: Facts, key: str, about: str) -> list[str]:
    part = "lymphodepletion" if "lymphodepletion" in about else ("cells" if "dose" in about else "post-infusion")
    return [subject.iri for subject in facts if subject.iri.startswith(f"{BASE}administration/{key}/{part}/")]


def place_overlaps(desk: Desk) -> None:
    """Make an overlap of each row of `overlap` and, of unknown degree, of each row of `unconfirmed_links`."""
    for part in ("overlap", "unconfirmed_links"):
        for row in desk.root.children(part):
            _overlap(desk, row, unconfirmed=part == "unconfirmed_links")


def _overlap(desk: Desk, row: Node, *, unconfirmed: bool) -> None:
    other, what = row.text("with") or "", row.text("what") or ""
    stated = row.child("stated").take()
    if other not in desk.library.known and not _KEY.match(other):
        text = f"{other}: {what}" + (f" (stated: {stated})" if stated is not None else "")
        remark(desk, row, "patients perhaps shared", text)
        return
    name = slug(other)
    kind = "unconfirmed" if unconfirmed else "stated"
    subject = desk.own(iri("overlap", desk.key, f"{kind}-{name}"), "Overlap")
    subject.add(LABEL, words(f"patients of {desk.key} and {other}"))
    subject.add(term("overlapBetween"), _group(desk, desk.key, desk.facts, what))
    if other in desk.library.known:
        subject.add(term("overlapBetween"), _group(desk, other, desk.library.known[other].facts, what))
    else:
        subject.add(term("overlapBetween"), _named_only(desk, other, row))
    degree = "unknownOverlap" if unconfirmed else _degree(what, stated)
    subject.add(term("overlapDegree"), term(degree))
    basis = (
        f"{what} (stated: {str(stated).lower() if isinstance(stated, bool) else stated})"
        if stated is not None
        else what
    )
    subject.add(term("basis"), Literal(basis))
    subject.add(term("statedBy"), desk.publication)
    source = row.text("source")
    if source:
        subject.add(term("readIn"), iri("source", desk.key, source))
    subject.add(ROW, desk.row(row))


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


def _degree(what: str, stated: object) -> str:
    if stated is True or stated == "partly" or _KNOWN.search(f"{what} {stated or ''}"):
        return "knownOverlap"
    return "unknownOverlap" if _FAR.search(what) else "likelyOverlap"


def _group(desk: Desk, key: str, facts: Facts, what: str) -> NamedNode:
    """Give the cohort the overlap is about: the only one, or the one whose disease the words name; else the study."""
    tops = [
        subject
        for subject in facts
        if subject.iri.startswith(f"{BASE}cohort/{key}/") and not subject.values.get(term("partOfCohort"))
    ]
    if len(tops) == 1:
        return NamedNode(tops[0].iri)
    named = {entry.iri for entry in desk.lexicon.scan("disease", what)}
    fitting = [subject for subject in tops if named and named & set(subject.texts(term("hasDisease")))]
    if len(fitting) == 1:
        return NamedNode(fitting[0].iri)
    own = iri("study", key)
    if own in facts.subjects:
        return NamedNode(own)
    retold = sorted(
        subject.one(term("restates")) or ""
        for subject in facts
        if subject.one(term("claimedBy")) == iri("publication", key)
    )
    told = next((name for name in retold if name), "")
    return NamedNode(told.replace("/publication/", "/study/") if told else own)
