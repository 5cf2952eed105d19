"""Where in a dossier a compiled statement comes from."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cartkg.compile.context.statements import ROW

if TYPE_CHECKING:
    from cartkg.compile.compiling import Compiled
    from cartkg.compile.context.corpus import Dossier, DossierCorpus
    from cartkg.diagnostics import Diagnostic
    from cartkg.dossier.node import Node

_PARTS = frozenset({"publication", "study"})


def row_node(corpus: DossierCorpus, row: str) -> tuple[Dossier, Node] | None:
    """Return the dossier and the place in it that `KEY#id` names; None when the dossier does not exist.

    Args:
        corpus: the dossiers.
        row: as `cartkg:dossierRow` states it.
    """
    key, _, name = row.partition("#")
    dossier = corpus.dossiers.get(key)
    if dossier is None:
        return None
    if name in _PARTS:
        return dossier, dossier.root.child(name)
    if entry := corpus.find(row, key):
        return dossier, entry.node
    for source in dossier.root.children("sources"):
        if source.text("id") == name:
            return dossier, source
    for arm in dossier.root.children("arms"):
        if name == f"{arm.text('id')}-infusions":
            return dossier, arm.child("infusions")
    return dossier, dossier.root.child("key")


def relocate(diagnostic: Diagnostic, compiled: Compiled) -> Diagnostic:
    """Return a problem in a compiled file at the line of the dossier that states its subject.

    A problem whose subject no dossier states is returned unchanged.
    """
    for facts in compiled.facts.values():
        subject = facts.subjects.get(diagnostic.subject)
        if subject is None:
            continue
        for row in subject.texts(ROW):
            found = row_node(compiled.corpus, row)
            if found is not None:
                dossier, node = found
                return replace(diagnostic, file=dossier.path, line=node.place.line, column=node.place.column, fix=None)
    return diagnostic
