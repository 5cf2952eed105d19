"""The date of the data, stated once in the head of the ontology."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cartkg.errors import OntologyError
from cartkg.namespaces import ONTOLOGY, OWL

if TYPE_CHECKING:
    from cartkg.graph.store import KnowledgeGraph

_VERSIONS = f"""SELECT ?module ?version WHERE {{
  ?module a <{OWL}Ontology> ; <{OWL}versionInfo> ?version
  FILTER(STRSTARTS(STR(?module), "{ONTOLOGY}") && !STRSTARTS(STR(?module), "{ONTOLOGY}/imports/"))
}} ORDER BY ?module"""


def data_version(graph: KnowledgeGraph) -> str:
    """Give the version of the data, a date: owl:versionInfo of the ontology.

    Raises:
        OntologyError: the head of the ontology states none, or a module states another.
    """
    versions = {row["module"]: row["version"] for row in graph.select(_VERSIONS)}
    version = versions.get(ONTOLOGY)
    if version is None:
        raise OntologyError("ontology/cartkg.ttl states no owl:versionInfo; write the date of the data there")
    others = tuple(f"{module} states {other}" for module, other in versions.items() if other != version)
    if others:
        raise OntologyError(f"modules of the ontology state another version than {version}; make them equal", others)
    return version
