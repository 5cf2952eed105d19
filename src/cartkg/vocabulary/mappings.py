"""Mapping sets in SSSOM -> triples for `graph/mappings`; `upkeep.mapping_sets` makes the sets."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import pyoxigraph as ox

from cartkg.errors import SourceError
from cartkg.files import list_files, read_text
from cartkg.namespaces import RDFS, SKOS
from cartkg.vocabulary.external_vocabularies import expand

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


def triples(folder: Path) -> list[ox.Triple]:
    """Return the open mapping sets as triples: subject, SKOS predicate, object, and the label of the object if any.

    Raises:
        SourceError: a row has an unknown prefix or no object.
    """
    found: dict[ox.Triple, None] = {}
    for path in list_files(folder, ".sssom.tsv").files:
        lines = [line for line in read_utf8(path).splitlines() if not line.startswith("#")]
        for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
            found.update(dict.fromkeys(_row_triples(row, path)))
    return list(found)


def _row_triples(row: dict[str, str], path: Path) -> Iterable[ox.Triple]:
    try:
        subject, obj = expand(row["subject_id"]), expand(row["object_id"])
        predicate = SKOS + row["predicate_id"].removeprefix("skos:")
        label = row["object_label"]
    except (KeyError, SourceError) as error:
        raise SourceError(f"a row cannot be read: {error}", path) from error
    node = ox.NamedNode(obj)
    mapped = ox.Triple(ox.NamedNode(subject), ox.NamedNode(predicate), node)
    if not label:
        return (mapped,)
    return (mapped, ox.Triple(node, ox.NamedNode(f"{RDFS}label"), ox.Literal(label, language="en")))


def read_utf8(path: Path) -> str:
    """Return the text of a list.

    Raises:
        SourceError: it cannot be read or is not UTF-8.
    """
    try:
        return read_text(path)
    except UnicodeDecodeError as error:
        raise SourceError(f"is not UTF-8 at byte {error.start}; save it as UTF-8", path) from error
