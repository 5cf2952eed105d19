"""The date of the data, stated once in the head of the ontology."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cartkg.errors import OntologyError
from cartkg.namespaces import ONTOLOGY, OWL

if TYPE_CHECKING:
    from cartkg.graph.store import KnowledgeGraph

_VERSIONS = f"""SELECT ?module ?version WHERE {{
  ?module a <{OWL}Ontology> ; <{OWL}versionInfo> ?version
  FILTER(STRSTARTS(STR(?module), "{ONTOLOGY}") && !STRSTARTS(STR(?module), "{ONTOLOGY}/imports/"))
}} ORDER BY ?module"""

_FORM = re.compile(r"[0-9A-Za-z][0-9A-Za-z.+-]{0,63}\Z")


def is_version(text: str) -> bool:
    """Return whether a text can be the version of a release: it becomes part of paths and names of files."""
    return _FORM.match(text) is not None


def data_version(graph: KnowledgeGraph) -> str:
    """Return the version of the data, a date: owl:versionInfo of the ontology.

    Raises:
        OntologyError: the head of the ontology states none or one that is not a date, or a module states another.
    """
    versions = {row["module"]: row["version"] for row in graph.select(_VERSIONS)}
    version = versions.get(ONTOLOGY)
    if version is None:
        raise OntologyError("ontology/cartkg.ttl has no owl:versionInfo; add one with the date of the data")
    others = tuple(f"{module} states {other}" for module, other in versions.items() if other != version)
    if others:
        raise OntologyError(f"modules of the ontology have another version than {version}; make them the same", others)
    if not is_version(version):
        raise OntologyError(f"the version of the ontology is {version!r}; write the date of the data, like 2026-01-31")
    return version
