"""Read terms that an extract lacks from the PyPI package cellxgene-ontology-guide of the same release.

The package contains whole ontologies as JSON: for each CURIE its label, its synonyms, and its ancestors with the number
of steps to each. What is one step away is a parent; this was compared for every term that the extract contains too.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cartkg.errors import SourceError
from cartkg.files import read_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping

PACKAGE = "cellxgene_ontology_guide"


def find_guide(name: str) -> Path | None:
    """Return a file of the package's `data` folder, or None when the package is not installed."""
    found = importlib.util.find_spec(PACKAGE)
    places = list(found.submodule_search_locations or ()) if found else []
    return Path(places[0]) / "data" / name if places else None


def read_guide(path: Path) -> Mapping[str, Any]:
    """Read the terms of one ontology, by CURIE.

    Raises:
        SourceError: the file is missing, or zstandard, which unpacks it, is not installed.
    """
    try:
        unpack = importlib.import_module("zstandard").ZstdDecompressor()
        terms: Mapping[str, Any] = json.loads(unpack.stream_reader(read_bytes(path)).read())
    except ModuleNotFoundError as error:
        raise SourceError("zstandard is not installed; install the dependency group identifiers", path) from error
    return terms


def parents(term: Mapping[str, Any]) -> list[str]:
    """Return the CURIEs of what is one step above a term, sorted."""
    return sorted(curie for curie, steps in term["ancestors"].items() if steps == 1)
