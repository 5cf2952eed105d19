"""Rows that repeat the finding of another row: compared with that row, field by field."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cartkg.compile.context.corpus import CorpusRow
    from cartkg.compile.context.dossier_context import DossierContext
    from cartkg.dossier.node import Node

_FIELDS = ("measure", "event", "drug", "aspect", "time", "grade", "count", "percent", "value", "result")


def check_restated(context: DossierContext, section: str, node: Node) -> None:
    """Diagnose a row that says it restates a finding but states something else."""
    for claim in node.children("claims"):
        reference = claim.text("restates") or ""
        other = context.corpus.find(reference, context.key) if "#" in reference else None
        if other is None:
            continue
        if other.section != section:
            context.fault(claim.child("restates"), "restates-differs", f"`{reference}` stands in {other.section}")
            continue
        differing = _differing(context, node, other)
        if differing:
            message = (
                f"`{reference}` differs in {', '.join(differing)}: repeat it, or make this a finding of its own "
                "(`restates` without #row) with a conflict that names both rows"
            )
            context.fault(claim.child("restates"), "restates-differs", message)


def _differing(context: DossierContext, node: Node, other: CorpusRow) -> list[str]:
    mine = context.corpus.cohort(node.text("cohort") or "", context.key)
    theirs = context.corpus.cohort(other.node.text("cohort") or "", other.dossier.key)
    differing = [] if mine and theirs and mine.row == theirs.row else ["cohort"]
    return differing + [name for name in _FIELDS if node.child(name).value != other.node.child(name).value]
