"""The conflicts of a dossier in; each as a thing with two sides, and the findings it is about, out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyoxigraph import Literal, NamedNode

from cartkg.curation.facts import LABEL, READERS, ROW, Subject, iri, slug, term, words
from cartkg.curation.remarks import bare_remark, remark
from cartkg.curation.sides import Sides, Told, is_statement, named_source, split_sides, spoken_of, topics
from cartkg.findings import Severity
from cartkg.namespaces import BASE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cartkg.curation.desk import Desk
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
_LIMITATION = re.compile(r"^Single arm|authors warn|sponsor changed|from the sponsor's press release")


@dataclass(frozen=True, slots=True)
class Draft:
    """A conflict that has been made, and how the dossier tells it; its sides are joined when all facts are there."""

    subject: Subject
    told: Told
    row: Node


def place_conflicts(desk: Desk) -> list[Draft]:
    """Make a conflict of each row of `conflicts`, with both sides in words; `join_conflicts` joins what they mean."""
    drafts: list[Draft] = []
    for index, row in enumerate(desk.root.children("conflicts")):
        whole = str(row.take()) if not isinstance(row.value, dict) else None
        if whole and _LIMITATION.search(whole):
            desk.in_words(row.path, "it names a limitation, not two sides")
            made = remark(desk, row, "limitation", whole)
            made.values[term("remarkKind")] = {NamedNode(term("limitation"))}
            continue
        about = whole or row.text("about") or ""
        other = row.text("with") or _named_publication(desk, whole or "") or desk.key
        subject = desk.own(iri("conflict", desk.key, f"{index + 1}-{slug(about, 6)}"), "Conflict")
        sides = split_sides(whole) if whole else Sides(row.text("mine"), row.text("theirs"))
        mine, theirs = sides.first, sides.second
        subject.add(LABEL, words(about if whole is None else " ".join(about.split()[:12])))
        subject.add(term("about"), Literal(" ".join(about.split())))
        for local, text in (("firstSide", mine), ("secondSide", theirs)):
            if text:
                subject.add(term(local), Literal(" ".join(text.split())))
        told = Told(about, sides, other)
        settled = other == desk.key or "explanation" in row or bool(_EXPLAINED.search(_words(told)))
        twin = None if settled else _explained_by(desk, told)
        if twin is None:
            _judge(subject, row, told)
        else:
            for local in ("conflictKind", "conflictStatus", "explanation"):
                subject.values[term(local)] = set(twin.values.get(term(local), ()))
        subject.add(term("judgedBy"), iri(*READERS))
        subject.add(ROW, desk.row(row))
        for join in row.children("joins") if "joins" in row else ():
            join.take()
        drafts.append(Draft(subject, told, row))
    return drafts


def _words(told: Told) -> str:
    return f"{told.about} {told.sides.first or ''} {told.sides.second or ''}"


def _judge(subject: Subject, row: Node, told: Told) -> None:
    """Tell the kind of a conflict and what explains it: as the row says, else from its words."""
    said = _words(told)
    explanation = row.text("explanation") or _explanation(told)
    kind = _camel(row.text("kind")) or next(
        (local for pattern, local in _KINDS if pattern.search(said)),
        "contradiction" if told.sides.first else "conflictKindNotSettled",
    )
    subject.add(term("conflictKind"), term(kind))
    subject.add(term("conflictStatus"), term("explainedConflict" if explanation else "openConflict"))
    if explanation:
        subject.add(term("explanation"), Literal(" ".join(explanation.split())))


def _camel(label: str | None) -> str | None:
    """Write the label of a conflict kind as its local name."""
    return re.sub(r" (\w)", lambda match: match[1].upper(), label) if label else None


def _explanation(told: Told) -> str | None:
    """Give the words of a dossier that explain its conflict; None when none do."""
    if not _EXPLAINED.search(_words(told)):
        return None
    theirs = told.sides.second
    return theirs if theirs and _EXPLAINED.search(theirs) else told.about


def _explained_by(desk: Desk, told: Told) -> Subject | None:
    """Give the conflict by which the other side explains the same matter; None when it leaves it open.

    What one report calls a difference of practice is no contradiction in the other, which only names it.
    """
    known, matter = desk.library.known.get(told.other), topics(told.about)
    for subject in known.facts if known and matter else ():
        if (
            subject.one(term("conflictStatus")) == term("explainedConflict")
            and desk.publication in subject.texts(term("involves"))
            and topics(subject.one(term("about")) or "") == matter
        ):
            return subject
    return None


def _named_publication(desk: Desk, text: str) -> str | None:
    """Give the publication that a sentence names by its key."""
    words = set(re.findall(r"[a-z0-9]+(?:-[a-z0-9]+)+", text)) - {desk.key}
    return next((key for key in sorted(words) if key in desk.library.known), None)


def joined_rows(root: Node) -> set[str]:
    """Give the rows, `key row`, that the conflicts of a dossier join."""
    rows = (row for row in root.children("conflicts") if isinstance(row.value, dict))
    return {str(join.value).partition(" measure ")[0] for row in rows for join in row.children("joins")}


def join_conflicts(desk: Desk, drafts: Iterable[Draft]) -> None:
    """Let each conflict point to what its sides speak of; a side that nothing in the graph says becomes a remark."""
    for draft in drafts:
        subject, told = draft.subject, draft.told
        subject.add(term("involves"), desk.publication)
        if told.other in desk.library.known:
            subject.add(term("involves"), iri("publication", told.other))
        elif told.other != desk.key:
            subject.add(term("note"), Literal(f"the other side is {told.other}, which has no file here"))
        if "joins" in draft.row:
            joined = {name for join in draft.row.children("joins") for name in _join(desk, subject, join)}
            if len(joined) == 1 and told.sides.second and _has_speaker(desk, told, told.sides.second, "second"):
                subject.add(term("involves"), _in_words(desk, draft, told.sides.second, "second").iri)
            continue
        first, second = spoken_of(desk, told)
        for name in (*first, *second):
            subject.add(term("involves"), name)
        apart = set(second) - set(first) or not named_source(told.sides.second or "")
        sides = ((told.sides.first, first, "first"), (told.sides.second, second if apart else [], "second"))
        for text, found, which in sides:
            if text and not found and _has_speaker(desk, told, text, which):
                subject.add(term("involves"), _in_words(desk, draft, text, which).iri)


def _join(desk: Desk, subject: Subject, node: Node) -> set[str]:
    """Join what a row says, `key row` or `key row measure`: the findings and treatments that its claims assert."""
    key, _, place = str(node.value).partition(" ")
    row, _, measure = place.partition(" measure ")
    facts = [desk.facts, *(known.facts for known in desk.library.known.values())]
    trail = Literal(f"{key} {row}")
    stated = [claim for found in facts for claim in found if trail in claim.values.get(ROW, ())]
    asserted = {target for claim in stated for target in claim.texts(term("asserts"))}
    joined = {target for target in asserted if not measure or f"/{measure}/" in target}
    remarks = {claim.iri for claim in stated if claim.iri.startswith(f"{BASE}remark/") and not measure}
    for target in joined | remarks:
        subject.add(term("involves"), target)
    if not joined | remarks:
        message = f"nothing in the graph comes from `{node.value}`; correct the row, or add that dossier too"
        desk.notice(node, "dossier-joins-nothing", message, Severity.WARNING)
    return joined | remarks


def _has_speaker(desk: Desk, told: Told, text: str, which: str) -> bool:
    """Tell whether a side has a speaker: the dossier's own publication, a source that is named, or the other one."""
    if named_source(text):
        return True
    if not is_statement(text):
        return False
    return which == "first" or (told.other != desk.key and told.other in desk.library.known)


def _in_words(desk: Desk, draft: Draft, text: str, which: str) -> Subject:
    """Make a remark of one side: of the source it names, else of the publication whose side it is."""
    topic = f"a side of a conflict: {draft.told.about}"
    desk.in_words(f"{draft.row.path} {which} side", "no finding of the graph says so")
    made = bare_remark(desk, f"{draft.row.path} {which} side", topic, text)
    made.add(ROW, desk.row(draft.row))
    named = named_source(text)
    if named:
        speaker = desk.speaker(named)
        who, place = speaker.name, speaker.place
        made.add(term("readIn"), speaker.source)
    else:
        who = draft.told.other if which == "second" else desk.key
        place = "placeNotStated"
    made.add(term("claimedBy"), iri("publication", who))
    made.add(term("place"), term(place))
    return made
