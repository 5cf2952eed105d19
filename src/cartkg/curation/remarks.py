"""Statements that are no finding on a cohort: each a remark with its kind, topic and words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pyoxigraph import Literal

from cartkg.curation.facts import LABEL, ROW, Subject, iri, slug, term, words

if TYPE_CHECKING:
    from cartkg.curation.desk import Desk
    from cartkg.curation.node import Leaf, Node

_KINDS = {
    "guidance": "guidance",
    "assessments": "guidance",
    "context": "context",
    "background": "context",
    "background_numbers": "context",
    "related_items": "context",
    "references_listed": "context",
    "commented_by": "context",
    "mechanism": "mechanism",
    "preclinical": "mechanism",
    "definitions": "definitionRemark",
    "plan": "plan",
    "claims": "opinion",
    "points": "opinion",
    "interview": "opinion",
    "notes": "generalNote",
}
_SAID = ("assessments", "background", "background_numbers", "claims", "context", "counts", "definitions", "mechanism")
_SAID += ("plan", "points", "preclinical", "trial_name", "trial_notes", "guidance", "funding")


def remark(desk: Desk, node: Node, topic: str, text: str) -> Subject:
    """Make one remark at a place of the dossier; its words are used up as they stand."""
    name = slug(re.sub(r"[\[\].]", " ", node.path)) or "remark"
    subject = desk.own(iri("remark", desk.key, name), "Remark")
    part = re.split(r"[\[.]", node.path)[0]
    speaker = desk.speaker(str(node.child("source").value or "") or None, text)
    subject.add(LABEL, words(f"{topic} ({desk.key})"))
    subject.add(term("remarkKind"), term(_KINDS.get(part, "generalNote")))
    subject.add(term("topic"), Literal(topic))
    subject.add(term("claimText"), Literal(" ".join(text.split())))
    subject.add(term("claimedBy"), iri("publication", speaker.name))
    subject.add(term("readIn"), speaker.source)
    subject.add(term("place"), term(speaker.place))
    subject.add(term("aboutPublication"), desk.publication)
    subject.add(ROW, desk.row(node))
    for leaf in node.leaves():
        node.used.add(leaf.path)
    return subject


def place_remarks(desk: Desk) -> None:
    """Make the remarks of all narrative parts of the dossier."""
    for part in _SAID:
        for row in desk.root.children(part):
            topic = row.text("topic") or part.replace("_", " ")
            remark(desk, row, topic, str(row.child("text").value or row.value))
    for part in ("disclosures",):
        for row in desk.root.children(part):
            desk.own(desk.publication).add(term("disclosure"), Literal(str(row.text("text"))))
            remark(desk, row, part, str(row.child("text").value))


def place_rest(desk: Desk) -> None:
    """Turn every leaf that nothing has used into a remark, so that no fact of the dossier is lost."""
    for leaf in desk.root.unused():
        if leaf.path.endswith(".source") or leaf.path in ("seed_named", "key"):
            desk.root.used.add(leaf.path)
            continue
        node = desk.root
        for step in re.findall(r"[^.\[\]]+|\[\d+\]", leaf.path):
            node = node.items()[int(step[1:-1])] if step.startswith("[") else node.child(step)
        remark(desk, node, _topic(leaf), _sentence(leaf))


def _topic(leaf: Leaf) -> str:
    return re.sub(r"\[\d+\]", "", leaf.path).replace(".", ", ").replace("_", " ")


def _sentence(leaf: Leaf) -> str:
    last = re.sub(r"\[\d+\]", "", leaf.path).rpartition(".")[2].replace("_", " ")
    return str(leaf.value) if isinstance(leaf.value, str) else f"{last}: {leaf.value}"
