"""Build a slice with the names of foreign terms from a list and the verified identifiers.

Of vocabularies that are above ours or beside it, the ontology imports the terms that its axioms and mappings use,
each with its label and, where an axiom uses it, its kind; their own axioms stay with them. A list such as
`ontology/imports/obi_terms.txt` has one term a line: CURIE, tab, label and, where an axiom uses it, tab and kind.
Run as

    python -m cartkg.vocabulary.upkeep.name_slices VERIFIED_IDS [IMPORTS]

it makes every such slice again; with an unchanged list of identifiers nothing changes.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cartkg.errors import OntologyError, SourceError
from cartkg.escaping import one_line
from cartkg.files import read_text
from cartkg.namespaces import OWL, RDFS, Prefixes, read_prefixes
from cartkg.project import replace_file
from cartkg.turtle.style import format_text
from cartkg.vocabulary.external_vocabularies import OPEN, expand
from cartkg.vocabulary.upkeep.mapping_sets import read_verified

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cartkg.vocabulary.upkeep.mapping_sets import Verified

KINDS = ("Class", "ObjectProperty", "DatatypeProperty", "AnnotationProperty")
_CC_BY = "https://creativecommons.org/licenses/by/4.0/"
_CC_0 = "https://creativecommons.org/publicdomain/zero/1.0/"
#: Where the verified identifiers and the imports are in a project.
_FOLDERS = (Path("ontology/sources/verified_ids.tsv"), Path("ontology/imports"))


@dataclass(frozen=True, slots=True)
class Names:
    """The metadata in the header of a slice of names.

    Attributes:
        name: stem of the files in `ontology/imports/`.
        title: what the terms belong to.
        prefix: prefix of its identifiers.
        licence: IRI of its licence, as the list of prefixes or the vocabulary's own repository states it.
    """

    name: str
    title: str
    prefix: str
    licence: str = _CC_BY


#: BIBO is missing: its file names no licence.
NAMES = (
    Names("bfo", "Basic Formal Ontology", "BFO"),
    Names("cito", "Citation Typing Ontology", "CiTO"),
    Names("cob", "Core Ontology for Biology and Biomedicine", "COB", _CC_0),
    Names("dcterms", "DCMI Metadata Terms", "dcterms"),
    Names("fabio", "FRBR-aligned Bibliographic Ontology", "fabio"),
    Names("iao", "Information Artifact Ontology", "IAO"),
    Names("maxo", "Medical Action Ontology", "MAXO"),
    Names("ncit", "NCI Thesaurus OBO Edition", "NCIT"),
    Names("obi", "Ontology for Biomedical Investigations", "OBI"),
    Names("prov", "PROV Ontology", "prov", "https://spdx.org/licenses/W3C-20150513"),
    Names("qudt", "QUDT units", "qudt.unit"),
    Names("ro", "OBO Relation Ontology", "RO", _CC_0),
    Names("sio", "Semanticscience Integrated Ontology", "SIO"),
)


@dataclass(frozen=True, slots=True)
class SliceTerm:
    """One term of a list: its CURIE, the label it had when it was chosen, its kind or nothing, its line, from 1."""

    curie: str
    label: str
    kind: str
    line: int


def read_names(path: Path) -> list[SliceTerm]:
    """Read a list of terms; lines that start with `#` and empty lines do not count.

    Raises:
        SourceError: the list does not exist, or a line is not CURIE, tab, label and, perhaps, tab and a kind of OWL.
    """
    named = []
    for line, text in enumerate(read_text(path).splitlines(), start=1):
        if not text.strip() or text.startswith("#"):
            continue
        curie, _, rest = text.partition("\t")
        label, _, kind = rest.partition("\t")
        if not label or (kind and kind not in KINDS):
            message = f"write CURIE, tab, label and, where an axiom uses the term, tab and one of {', '.join(KINDS)}"
            raise SourceError(message, path, line, 1)
        named.append(SliceTerm(curie, label, kind, line))
    return named


def make(part: Names, rows: Iterable[Verified], terms: Path, prefixes: Prefixes) -> str:
    """Write one slice as Turtle in house style.

    Raises:
        OntologyError: the list of identifiers lacks a term, or has it under another name; each is reported with its
        line and,
            where another identifier has its label now, with that one.
    """
    seen = [row for row in rows if row.curie.partition(":")[0] == part.prefix]
    named = read_names(terms)
    faults = [fault for term in named for fault in _faults(term, seen, terms)]
    if faults:
        raise OntologyError(f"{part.title} does not match the list; correct {terms.name}", tuple(faults))
    used = {term.curie for term in named}
    head = _head(part, sorted({_file(row.source) for row in seen if row.curie in used}))
    blocks = [
        f'<{expand(term.curie)}> <{RDFS}label> "{term.label}"@en'
        + (f" ; a <{OWL}{term.kind}> .\n" if term.kind else " .\n")
        for term in sorted(named, key=lambda each: each.curie)
    ]
    made = "# Made by `python -m cartkg.vocabulary.upkeep.name_slices`"
    note = f"{made} from {terms.name}: change that list, not this file.\n"
    return format_text(note + format_text("\n".join((*head, "", *blocks)), prefixes), prefixes)


def _head(part: Names, sources: list[str]) -> list[str]:
    about = f"Terms of {part.title} that axioms or mappings of cartkg use: names only, without their axioms."
    releases = "; ".join(sorted({_release(source) for source in sources}))
    dcterms = OPEN["dcterms"]
    return [
        f"<https://w3id.org/cartkg/ontology/imports/{part.name}>",
        f"    a <{OWL}Ontology> ;",
        f'    <{dcterms}title> "Names from {part.title}"@en ;',
        f'    <{dcterms}description> "{about}"@en ;',
        *(f'    <{dcterms}source> "{source}"@en ;' for source in sources),
        f"    <{dcterms}license> <{part.licence}> ;",
        f'    <{OWL}versionInfo> "{releases}" .',
    ]


def _faults(term: SliceTerm, seen: list[Verified], terms: Path) -> list[str]:
    labels = {row.label for row in seen if row.curie == term.curie}
    if term.label in labels:
        return []
    place = f"{terms.name}:{term.line}: {term.curie}"
    if labels:
        return [f'{place} is labelled "{min(labels)}", the list says "{term.label}"']
    same = sorted({row.curie for row in seen if row.label == term.label})
    return [f'{place} "{term.label}" no longer exists' + (f"; {', '.join(same)} has its label now" if same else "")]


def _file(source: str) -> str:
    """Return the package or repository of the first witness of a row, with its version."""
    first = source.split(" || ", maxsplit=1)[0].split(" ; ", maxsplit=1)[0].split(" (", maxsplit=1)[0]
    if first.startswith("github:"):
        return first.rpartition(":")[0]
    return " ".join(first.split(" ")[:2])


def _release(source: str) -> str:
    """Return the version of a package, or the commit of a repository."""
    return source.rpartition("@" if source.startswith(("github:", "npm ")) else "==")[2]


def make_all(verified: Path, imports: Path) -> list[Path]:
    """Write every slice of names; return the files written.

    Raises:
        SourceError: a list is missing or malformed.
        OntologyError: a list names a term that is not verified; then nothing is written.
    """
    rows, prefixes = read_verified(verified), read_prefixes(imports.parent / "prefixes.ttl")
    texts = {
        imports / f"{part.name}.ttl": make(part, rows, imports / f"{part.name}_terms.txt", prefixes) for part in NAMES
    }
    for path, text in texts.items():
        replace_file(path, text.encode())
    return list(texts)


def main(arguments: list[str]) -> None:
    """Make every slice; arguments are the list of identifiers and the folder of imports, where they are others."""
    verified, imports = [*map(Path, arguments), *_FOLDERS[len(arguments) :]]
    for path in make_all(verified, imports):
        sys.stdout.write(f"{one_line(str(path))}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
