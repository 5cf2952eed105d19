"""The definition of a criterion in; its range, thresholds, components and important differences out."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cartkg.curation.desk import Desk


def place_definition(desk: Desk) -> None:
    """Make the parts of the definition that a criterion dossier gives; nothing for other dossiers."""
    if desk.root.child("definition").value is None:
        return
