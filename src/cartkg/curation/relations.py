"""The conflicts of a dossier in; each as a thing with two sides, and the findings it is about, out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyoxigraph import Literal, NamedNode

from cartkg.curation.facts import LABEL, READERS, ROW, Subject, iri, slug, term, words
from cartkg.curation.remarks import bare_remark, remark
from cartkg.curation.sides import Sides, Told, is_statement, named_source, split_sides, spoken_of

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
        subject.add(term("judgedBy"), iri(*READERS))
        subject.add(ROW, desk.row(row))
        drafts.append(Draft(subject, Told(about, sides, other), row))
    return drafts


def _named_publication(desk: Desk, text: str) -> str | None:
    """Give the publication that a sentence names by its key."""
    words = set(re.findall(r"[a-z0-9]+(?:-[a-z0-9]+)+", text)) - {desk.key}
    return next((key for key in sorted(words) if key in desk.library.known), None)


def join_conflicts(desk: Desk, drafts: Iterable[Draft]) -> None:
    """Let each conflict point to what its sides speak of; a side that nothing in the graph says becomes a remark."""
    for draft in drafts:
        subject, told = draft.subject, draft.told
        subject.add(term("involves"), desk.publication)
        if told.other in desk.library.known:
            subject.add(term("involves"), iri("publication", told.other))
        elif told.other != desk.key:
            subject.add(term("note"), Literal(f"the other side is {told.other}, which has no file here"))
        first, second = spoken_of(desk, told)
        for name in (*first, *second):
            subject.add(term("involves"), name)
        apart = set(second) - set(first) or not named_source(told.sides.second or "")
        sides = ((told.sides.first, first, "first"), (told.sides.second, second if apart else [], "second"))
        for text, found, which in sides:
            if text and not found and _has_speaker(desk, told, text, which):
                subject.add(term("involves"), _in_words(desk, draft, text, which).iri)


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
