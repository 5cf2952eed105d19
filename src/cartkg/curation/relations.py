"""The conflicts of a dossier in; each as a thing with two sides, and the findings it is about, out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyoxigraph import Literal, NamedNode

from cartkg.curation.facts import LABEL, ROW, Subject, iri, slug, term, words
from cartkg.curation.remarks import remark
from cartkg.findings import Severity
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
    (re.compile(r"treatment after|post-infusion"), ("criterion/stop-of-immunosuppression",)),
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
_TREATMENTS = re.compile(r"dose|lymphodepletion|treatment after|post-infusion", re.IGNORECASE)


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
        told = f"{about} {mine or ''} {theirs or ''}"
        settled = other == desk.key or "explanation" in row or bool(_EXPLAINED.search(told))
        twin = None if settled else _explained_by(desk, about, other)
        if twin is None:
            _judge(subject, row, about, sides)
        else:
            for local in ("conflictKind", "conflictStatus", "explanation"):
                subject.values[term(local)] = set(twin.values.get(term(local), ()))
        subject.add(term("statedBy"), desk.publication)
        _involve(desk, subject, other)
        if "joins" in row:
            for join in row.children("joins"):
                _join(desk, subject, join)
        else:
            _involve_by_topic(desk, subject, about, other)
        subject.add(ROW, desk.row(row))


def _camel(label: str | None) -> str | None:
    """Write the label of a conflict kind as its local name."""
    return re.sub(r" (\w)", lambda match: match[1].upper(), label) if label else None


def _explanation(said: str, theirs: str | None, about: str) -> str | None:
    """Give the words of a dossier that explain its conflict; None when none do."""
    if not _EXPLAINED.search(said):
        return None
    return theirs if theirs and _EXPLAINED.search(theirs) else about


def _judge(subject: Subject, row: Node, about: str, sides: Sides) -> None:
    """Tell the kind of a conflict and what explains it: as the row says, else from its words."""
    said = f"{about} {sides.first or ''} {sides.second or ''}"
    explanation = row.text("explanation") or _explanation(said, sides.second, about)
    kind = _camel(row.text("kind")) or next(
        (local for pattern, local in _KINDS if pattern.search(said)),
        "contradiction" if sides.first else "conflictKindNotSettled",
    )
    subject.add(term("conflictKind"), term(kind))
    subject.add(term("conflictStatus"), term("explainedConflict" if explanation else "openConflict"))
    if explanation:
        subject.add(term("explanation"), Literal(" ".join(explanation.split())))


def _explained_by(desk: Desk, about: str, other: str) -> Subject | None:
    """Give the conflict by which the other side explains the same matter; None when it leaves it open.

    What one report calls a difference of practice is no contradiction in the other, which only names it.
    """
    known = desk.library.known.get(other)
    topic = _topic(about)
    for subject in known.facts if known and topic else ():
        if (
            subject.one(term("conflictStatus")) == term("explainedConflict")
            and desk.publication in subject.texts(term("involves"))
            and _topic(subject.one(term("about")) or "") == topic
        ):
            return subject
    return None


def _topic(about: str) -> list[str]:
    return [path for pattern, found in _TOPICS if pattern.search(about) for path in found]


def _involve(desk: Desk, subject: Subject, other: str) -> None:
    subject.add(term("involves"), desk.publication)
    if other in desk.library.known:
        subject.add(term("involves"), iri("publication", other))
    elif other != desk.key:
        subject.add(term("note"), Literal(f"the other side is {other}, which has no file here"))


def _join(desk: Desk, subject: Subject, node: Node) -> None:
    """Join what a row says, `key row` or `key row measure`: the findings and treatments that its claims assert."""
    key, _, place = str(node.take()).partition(" ")
    row, _, measure = place.partition(" measure ")
    facts = [desk.facts, *(known.facts for known in desk.library.known.values())]
    stated = [claim for found in facts for claim in found if f"{key} {row}" in claim.texts(ROW)]
    asserted = {target for claim in stated for target in claim.texts(term("asserts"))}
    joined = {target for target in asserted if not measure or f"/{measure}/" in target}
    remarks = {claim.iri for claim in stated if claim.iri.startswith(f"{BASE}remark/") and not measure}
    for target in joined | remarks:
        subject.add(term("involves"), target)
    if not joined | remarks:
        message = f"nothing in the graph comes from `{node.value}`; correct the row, or add that dossier too"
        desk.notice(node, "dossier-joins-nothing", message, Severity.WARNING)


def _involve_by_topic(desk: Desk, subject: Subject, about: str, other: str) -> None:
    """Join the findings on the measures that the words of a conflict name."""
    measures = {BASE + path for path in _topic(about)}
    for facts, key in (
        (desk.facts, desk.key),
        *(((desk.library.known[other].facts, other),) if other in desk.library.known else ()),
    ):
        for finding in _findings_of(facts, key, measures, at_start="baseline" in about):
            subject.add(term("involves"), finding)
        if _TREATMENTS.search(about):
            for element in _elements_of(facts, key, about):
                subject.add(term("involves"), element)


def _findings_of(facts: Facts, key: str, measures: set[str], *, at_start: bool) -> list[str]:
    """Give the findings on these measures that a publication claims or that are on its study.

    Where the conflict is about the state at the start, later findings are no part of it.
    """
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
        and (not at_start or subject.one(term("timeKind")) == term("baseline"))
    ]


def _elements_of(facts: Facts, key: str, about: str) -> list[str]:
    part = "lymphodepletion" if "lymphodepletion" in about else ("cells" if "dose" in about else "post-infusion")
    return [subject.iri for subject in facts if subject.iri.startswith(f"{BASE}administration/{key}/{part}/")]
