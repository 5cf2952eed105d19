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
    "definition": "definitionRemark",
}
_READERS = frozenset(
    {
        "publication",
        "note",
        "notes",
        "update",
        "scope",
        "used_by_note",
        "checks",
        "doubt",
        "seed_document",
        "unverified",
    }
)
_BARE = frozenset({"text", "note", "notes", "update", "what", "references listed", "products named", "title"})
_SAID: tuple[str, ...] = (
    "assessments",
    "background",
    "background_numbers",
    "claims",
    "context",
    "counts",
    "definitions",
    "mechanism",
)
_SAID += ("plan", "points", "preclinical", "trial_name", "trial_notes", "guidance", "funding")


def remark(desk: Desk, node: Node, topic: str, text: str, path: str | None = None) -> Subject:
    """Make one remark at a place of the dossier; its words are used up as they stand."""
    subject = bare_remark(desk, path or node.path, topic, text)
    part = re.split(r"[\[.]", path or node.path)[0]
    speaker = desk.speaker(str(node.child("source").value or "") or _page_with(desk, part), text)
    subject.add(term("claimedBy"), iri("publication", speaker.name))
    subject.add(term("readIn"), speaker.source)
    subject.add(term("place"), term(speaker.place))
    subject.add(ROW, desk.row(node, path))
    if path is None:
        node.used.update(leaf.path for leaf in node.leaves())
    return subject


def bare_remark(desk: Desk, path: str, topic: str, text: str) -> Subject:
    """Make a remark that does not yet say who makes it, nor where that was read."""
    name = slug(re.sub(r"[\[\].]", " ", path)) or "remark"
    subject = desk.own(iri("remark", desk.key, name), "Remark")
    part = re.split(r"[\[.]", path)[0]
    subject.add(LABEL, words(f"{topic} ({desk.key})"))
    subject.add(term("remarkKind"), term(_KINDS.get(part, "generalNote")))
    subject.add(term("topic"), Literal(topic))
    subject.add(term("claimText"), Literal(" ".join(text.split())))
    subject.add(term("aboutPublication"), desk.publication)
    return subject


def _page_with(desk: Desk, part: str) -> str | None:
    """Give the own page that is said to hold the references, for references that name no page; None for other parts."""
    if part != "references_listed":
        return None
    return next((name for name, page in desk.pages.items() if page.own and "references" in page.what), None)


def place_remarks(desk: Desk) -> None:
    """Make the remarks of all narrative parts of the dossier."""
    for part in _SAID:
        for row in desk.root.children(part):
            topic = row.text("topic") or part.replace("_", " ")
            desk.in_words(row.path, "a statement of this part says nothing that is counted or measured")
            remark(desk, row, topic, str(row.child("text").value or row.value))
    for row in desk.root.children("disclosures"):
        desk.own(desk.publication).add(term("disclosure"), Literal(str(row.text("text"))))
        desk.in_words(row.path, "disclosures are texts")
        remark(desk, row, "disclosures", str(row.child("text").value))


def place_rest(desk: Desk) -> None:
    """Turn every leaf that nothing has used into a remark, so that no fact of the dossier is lost.

    Leaves of one block become one remark, read in the source that the block, or the block around it, names.
    """
    groups: dict[str, list[Leaf]] = {}
    for leaf in desk.root.unused():
        if leaf.path.rpartition(".")[2] == "source" or leaf.path in ("seed_named", "key"):
            desk.root.used.add(leaf.path)
        else:
            parent = re.sub(r"\[\d+\]$", "", leaf.path).rpartition(".")[0]
            groups.setdefault(parent or leaf.path, []).append(leaf)
    for path, leaves in groups.items():
        if re.split(r"[\[.]", path)[0] in _READERS:
            _readers_note(desk, path, leaves)
            continue
        node = _at(desk.root, path)
        links = {str(leaf.value) for leaf in leaves if leaf.path.endswith(".key") and leaf.value in desk.library.known}
        text = "; ".join(_sentence(leaf) for leaf in leaves if str(leaf.value) not in links)
        for leaf in leaves:
            desk.in_words(leaf.path, "the graph has no term for it")
        made = remark(desk, _sourced(desk.root, node), _topic(leaves[0].path if len(leaves) == 1 else path), text, path)
        desk.root.used.update(leaf.path for leaf in leaves)
        for key in links:
            made.add(term("aboutPublication"), iri("publication", key))
        _about_measure(desk, path, made)


def _readers_note(desk: Desk, path: str, leaves: list[Leaf]) -> None:
    """Keep what the reader noted, not the publication said, as notes on the publication."""
    subject = desk.own(desk.publication)
    for leaf in leaves:
        topic = _topic(leaf.path)
        plain = topic in ("publication, note", "notes", "note")
        subject.add(term("note"), Literal(" ".join((str(leaf.value) if plain else f"{topic}: {leaf.value}").split())))
        desk.root.used.add(leaf.path)
    subject.add(ROW, Literal(f"{desk.key} {path}"))


def _at(root: Node, path: str) -> Node:
    node = root
    for step in re.findall(r"[^.\[\]]+|\[\d+\]", path):
        node = node.items()[int(step[1:-1])] if step.startswith("[") else node.child(step)
    return node


def _sourced(root: Node, node: Node) -> Node:
    """Give the nearest block around a node that names a source; the node itself when none does."""
    path = node.path
    while path:
        around = _at(root, path)
        if "source" in around:
            return around
        path = path[: max(path.rfind("."), path.rfind("["), 0)]
    return node


def _about_measure(desk: Desk, path: str, made: Subject) -> None:
    if path.startswith("definition"):
        for entry in desk.lexicon.find("criterion", str(desk.root.child("definition").child("criterion").value)):
            made.add(term("aboutMeasure"), entry.iri)


def _topic(path: str) -> str:
    return re.sub(r"\[\d+\]", "", path).removesuffix(".text").replace(".", ", ").replace("_", " ")


def _sentence(leaf: Leaf) -> str:
    last = re.sub(r"\[\d+\]", "", leaf.path).rpartition(".")[2].replace("_", " ")
    return str(leaf.value) if last in _BARE else f"{last}: {leaf.value}"
