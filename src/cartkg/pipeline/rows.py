"""Find the file and line of a dossier row named by `cartkg:dossierRow`."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from cartkg.dossier.reading import read_document
from cartkg.files import is_file

if TYPE_CHECKING:
    from pathlib import Path

    from cartkg.dossier.node import Node
    from cartkg.project import Project


def place_of(project: Project, row: str) -> tuple[Path, int] | None:
    """Return the dossier and the line of a row `KEY#ID`; None where there is no such dossier.

    Raises:
        SourceError: the dossier cannot be read.
    """
    key, _, name = row.partition("#")
    path = project.dossiers / f"{key}.yaml"
    if not is_file(path):
        return None
    return path, _lines(path).get(name, 1)


@lru_cache(maxsize=64)
def _lines(path: Path) -> dict[str, int]:
    root = read_document(path)
    return {name: node.place.line for node in root.walk() if (name := _id(node))}


def _id(node: Node) -> str | None:
    return node.text("id") if "id" in node else None
