"""Rows that no one has read against their source yet: each is an error, so that no proposal becomes a fact."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cartkg.compile.context.dossier_context import DossierContext
    from cartkg.dossier.node import Plain

FIELD = "unconfirmed"
RULE = "unconfirmed"
_MESSAGE = f"confirm the row: read it against its source and remove `{FIELD}`"


def check_confirmed(context: DossierContext) -> None:
    """Report every row of a dossier that is marked as unconfirmed, at the line of the row."""
    reader = context.root.child("read_by")
    if reader.value == FIELD:
        context.fault(reader, RULE, "nobody is named as the reader of the sources; write initials or a name")
    if not _marked(context.root.value):  # nodes cost more than plain values, and nearly every dossier is confirmed
        return
    for node in context.root.walk():
        if isinstance(node.value, dict) and node.flag(FIELD):
            context.fault(node, RULE, _MESSAGE)


def _marked(value: Plain) -> bool:
    if isinstance(value, dict):
        return value.get(FIELD) is True or any(map(_marked, value.values()))
    return isinstance(value, list) and any(map(_marked, value))
