"""Lists of what corresponds -> mapping sets in SSSOM.

`ontology/mappings/subjects.tsv` says which thing of ours is which entity of the list of verified identifiers;
`alignments.tsv` says by hand how terms of the model correspond to terms of other models. Two files add identifiers
that the list does not hold: `packages.tsv` those that a test finds in pinned packages, `listed.tsv` those that no
package holds and that were read from the whole file of a public repository that each row names. From all of them

    python -m cartkg.vocabulary.upkeep.mapping_sets VERIFIED_IDS [MAPPINGS]

makes one set for each kind of subject. Vocabularies with terms of use get sets of their own in `restricted/`, each
with its licence; those are neither loaded nor part of the default download. Form: SSSOM/TSV
(https://mapping-commons.github.io/sssom/), justified by semapv terms.
"""

from __future__ import annotations

import csv
import io
import re
import sys
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pyoxigraph as ox

from cartkg.errors import SourceError
from cartkg.escaping import one_line
from cartkg.files import is_file, list_files, read_bytes
from cartkg.namespaces import RDFS, SKOS
from cartkg.project import replace_file
from cartkg.vocabulary.external_vocabularies import OPEN, RESTRICTED, expand
from cartkg.vocabulary.mappings import read_utf8

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_PREDICATES = {"exact": "exactMatch", "close": "closeMatch", "broad": "broadMatch", "narrow": "narrowMatch"}
_COLUMNS = (
    "subject_id",
    "subject_label",
    "predicate_id",
    "object_id",
    "object_label",
    "mapping_justification",
    "mapping_tool",
    "comment",
)
_CC_BY = "https://creativecommons.org/licenses/by/4.0/"
#: Name of this program in the published sets.
_TOOL = "cartkg.vocabulary.mappings"
#: Day on which the lists of identifiers were taken over.
LISTED = "2026-11-22"
_WEAK = "excerpt only"
_REMARK = re.compile(r"(?P<label>.+) \[(?P<remark>(?:label of|name in) .+)\]")
#: Lists of further identifiers, beside the mapping sets.
MORE = ("packages.tsv", "listed.tsv")
#: Where the verified identifiers and the mapping sets lie in a project.
_FOLDERS = (Path("ontology/sources/verified_ids.tsv"), Path("ontology/mappings"))


@dataclass(frozen=True, slots=True, order=True)
class Mapping:
    """One row of a mapping set, in the words of SSSOM; identifiers are CURIEs."""

    subject: str
    predicate: str
    obj: str
    subject_label: str
    object_label: str
    justification: str
    seen_in: str

    @property
    def prefix(self) -> str:
        """Prefix of the object."""
        return self.obj.partition(":")[0]


@dataclass(frozen=True, slots=True)
class Verified:
    """One row of the list of verified identifiers."""

    entity: str
    curie: str
    label: str
    relation: str
    source: str


def read_verified(path: Path) -> list[Verified]:
    """Read the list of verified identifiers; rows that rest on an excerpt only are left out.

    Raises:
        SourceError: the list is not there.
    """
    weak = set()
    audit = path.with_name(f"{path.stem}_audit.tsv")
    if is_file(audit):
        weak = {(row["entity"], row["curie"]) for row in _rows(audit) if row["second_pass"] == _WEAK}
    return [
        Verified(row["entity"], row["curie"], row["label_seen"], row["relation"], row["source"])
        for row in _rows(path)
        if (row["entity"], row["curie"]) not in weak
    ]


def _rows(path: Path) -> Iterator[dict[str, str]]:
    yield from csv.DictReader(io.StringIO(read_utf8(path), newline=""), delimiter="\t", quoting=csv.QUOTE_NONE)


def _plain(path: Path) -> Iterator[list[str]]:
    for line, text in enumerate(read_utf8(path).splitlines(), start=1):
        if text and not text.startswith("#"):
            parts = text.split("\t")
            if len(parts) != len(("set", "subject", "entity")):
                raise SourceError("write three parts with tabs between", path, line, 1)
            yield parts


def make_all(verified: Path, folder: Path, labels: dict[str, str]) -> list[Path]:
    """Make every mapping set; give the files written.

    Args:
        verified: the list of verified identifiers.
        folder: folder of the mapping sets and of the lists they are made from.
        labels: IRI -> label of our own things.

    Raises:
        SourceError: a list is missing or malformed, or names an entity or identifier that is not verified.
    """
    rows = read_verified(verified)
    found: defaultdict[str, set[Mapping]] = defaultdict(set)
    more = [row for name in MORE for row in read_verified(folder / name)]
    for kind, mapping in (*_by_entity(rows, folder, labels), *_by_hand([*rows, *more], folder, labels)):
        if mapping.prefix in OPEN:
            found[kind].add(mapping)
        elif mapping.prefix in RESTRICTED:
            found[f"restricted/{mapping.prefix}"].add(mapping)
    written = []
    for name, mappings in sorted(found.items()):
        path = folder / f"{name}.sssom.tsv"
        replace_file(path, _write(name, sorted(mappings)).encode())
        written.append(path)
    return written


def _by_entity(rows: list[Verified], folder: Path, labels: dict[str, str]) -> Iterator[tuple[str, Mapping]]:
    by_entity: defaultdict[str, list[Verified]] = defaultdict(list)
    for row in rows:
        by_entity[row.entity].append(row)
    path = folder / "subjects.tsv"
    for kind, subject, entity in _plain(path):
        if entity not in by_entity:
            raise SourceError(f"no verified identifier for {entity!r}; take {subject} out", path)
        for row in by_entity[entity]:
            if row.curie != subject and row.relation in _PREDICATES:
                predicate = f"skos:{_PREDICATES[row.relation]}"
                yield kind, _mapping(subject, predicate, row, labels.get(expand(subject), entity), "LexicalMatching")


def _by_hand(rows: list[Verified], folder: Path, labels: dict[str, str]) -> Iterator[tuple[str, Mapping]]:
    known = {row.curie: row for row in rows}
    path = folder / "alignments.tsv"
    for subject, predicate, curie in _plain(path):
        if curie not in known:
            raise SourceError(f"{curie} is not a verified identifier; take it out", path)
        label = labels.get(expand(subject), subject)
        yield "model", _mapping(subject, predicate, known[curie], label, "ManualMappingCuration")


def _mapping(subject: str, predicate: str, row: Verified, label: str, justification: str) -> Mapping:
    """Make a mapping; a remark in brackets after a label is the reader's and goes to where the identifier was seen.

    Where the remark says that the label is another term's, the identifier has none.
    """
    read = _REMARK.fullmatch(row.label)
    seen, remark = (read["label"], read["remark"]) if read else (row.label, "")
    borrowed = remark.startswith("label of")
    where = f"{row.source}; read with the {remark}" if borrowed else row.source
    justified = f"semapv:{justification}"
    return Mapping(subject, predicate, row.curie, label, "" if borrowed else seen, justified, where)


def _write(name: str, mappings: list[Mapping]) -> str:
    """Write a set as SSSOM/TSV: metadata in comment lines, then the table."""
    prefixes = {each.partition(":")[0] for mapping in mappings for each in (mapping.subject, mapping.obj)}
    stem = name.rpartition("/")[2]
    licence = RESTRICTED[stem].licence if name.startswith("restricted/") else _CC_BY
    head = [
        "curie_map:",
        *(f"  {prefix}: {expand(f'{prefix}:')}" for prefix in sorted(prefixes)),
        "  semapv: https://w3id.org/semapv/vocab/",
        f"  skos: {SKOS}",
        f"license: {licence}",
        f"mapping_date: '{LISTED}'",
        f"mapping_set_description: Things of cartkg ({stem}) and the terms of other vocabularies they correspond to.",
        f"mapping_set_id: https://w3id.org/cartkg/mappings/{name}",
        f"mapping_set_version: '{LISTED}'",
    ]
    lines = ["\t".join(_COLUMNS)]
    for each in mappings:
        cells = (each.subject, each.subject_label, each.predicate, each.obj, each.object_label, each.justification)
        lines.append("\t".join((*cells, _TOOL, each.seen_in)))
    return "".join(f"#{line}\n" for line in head) + "".join(f"{line}\n" for line in lines)


def read_labels(files: Iterable[Path]) -> dict[str, str]:
    """Return the label of each thing that Turtle files describe."""
    return {
        quad.subject.value: quad.object.value
        for file in files
        for quad in ox.parse(read_bytes(file), format=ox.RdfFormat.TURTLE)
        if quad.predicate.value == f"{RDFS}label"
        and isinstance(quad.subject, ox.NamedNode)
        and isinstance(quad.object, ox.Literal)
    }


def main(arguments: list[str]) -> None:
    """Make every set; arguments are the list of identifiers and the folder of the sets, where they are others."""
    verified, folder = [*map(Path, arguments), *_FOLDERS[len(arguments) :]]
    ontology = folder.parent
    shared = ontology.parent / "data" / "ttl" / "shared"
    files = [file for place in (ontology, ontology / "imports", shared) for file in list_files(place, ".ttl").files]
    for path in make_all(verified, folder, read_labels(files)):
        sys.stdout.write(f"{one_line(str(path))}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
