"""Subjects written as a Turtle file in house style: blocks in the order in which a paper is read."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from pyoxigraph import NamedNode

from cartkg.namespaces import BASE
from cartkg.turtle.blocks import Blocks, Comments
from cartkg.turtle.style import format_blocks

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cartkg.compile.context.statements import Subject
    from cartkg.namespaces import Prefixes
    from cartkg.turtle.blocks import Term

#: Headings of a study file, and the kinds of subjects below each, in order.
_HEADINGS = (
    ("Study", ("study",)),
    ("Publication", ("publication",)),
    ("Sources", ("source",)),
    ("Cohorts", ("cohort",)),
    ("Treatment", ("arm", "therapy", "regimen", "administration")),
    (
        "Measures and their definitions",
        ("criterion", "definition", "range", "threshold", "component", "band", "difference", "validation"),
    ),
    ("Findings", ("finding",)),
    ("Claims", ("claim",)),
    ("Remarks", ("remark",)),
    ("Conflicts", ("conflict",)),
    ("Overlaps", ("overlap",)),
    ("Absences", ("absence",)),
)
_PLACES = {kind: place for place, kind in enumerate(kind for _, kinds in _HEADINGS for kind in kinds)}
_TITLES = {kind: title for title, kinds in _HEADINGS for kind in kinds}


def write_text(subjects: Iterable[Subject], prefixes: Prefixes, head: str, stem: str) -> str:
    """Write one file: a comment, the prefixes used, then one block a subject.

    Args:
        subjects: the subjects of this file, in any order; one without statements is left out.
        prefixes: the prefixes of the project.
        head: the comment that opens the file.
        stem: the heading of subjects of other kinds, where the file has headings.
    """
    ordered = sorted((each for each in subjects if each.values), key=lambda each: (_place(each.iri), each.iri))
    titles = [_TITLES.get(_kind(each.iri), stem) for each in ordered]
    nodes: list[NamedNode] = [NamedNode(each.iri) for each in ordered]
    above: dict[Term, list[str]] = {
        node: [f"# --- {title} ---"]
        for node, title, before in zip(nodes, titles, ["", *titles], strict=False)
        if title != before and len(set(titles)) > 1
    }
    facts: dict[Term, dict[NamedNode, list[Term]]] = {
        node: {NamedNode(name): [*sorted(values, key=str)] for name, values in each.values.items()}
        for node, each in zip(nodes, ordered, strict=True)
    }
    comments = Comments([head], above, [])
    return format_blocks(Blocks(facts, list(nodes), set(), set(), Counter(), comments), prefixes)


def _kind(iri: str) -> str:
    return iri.removeprefix(BASE).partition("/")[0] if iri.startswith(BASE) else ""


def _place(iri: str) -> int:
    return _PLACES.get(_kind(iri), len(_PLACES))
