"""An identifier as people write it in, the forms under which it is looked up out.

DOI, PMID, PMCID, numbers of trial registers, codes of other vocabularies, and the addresses of all these.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cartkg.dossier.identifiers import IdentifierKind, identifier_in_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cartkg.dossier.identifiers import Identifier

_LONGEST = 300
_ADDRESS = re.compile(r"(?:https?|urn):", re.IGNORECASE)
_UNIPROT = re.compile(r"(?:[OPQ]\d[A-Z\d]{3}\d|[A-NR-Z]\d(?:[A-Z][A-Z\d]{2}\d){1,2})\Z", re.IGNORECASE)
#: Names that people use before a code -> the one that stands in its IRI.
_SAME = {
    "omim": "mim",
    "orpha": "orphanet",
    "orphacode": "orphanet",
    "entrez": "ncbigene",
    "gene": "ncbigene",
    "geneid": "ncbigene",
    "uniprotkb": "uniprot",
    "pubmed": "pmid",
    "nci": "ncit",
}
_PREFIXED = re.compile(r"([a-z]+)[:_\s/-]+([a-z]*\d[\w.-]*)\Z", re.IGNORECASE)
#: Start of an IRI -> how people call the vocabulary; others are called by the part before the code.
_NAMES = {
    "mesh": "MeSH",
    "ncit": "NCIT",
    "doid": "DOID",
    "mondo": "MONDO",
    "orphanet": "Orphanet",
    "hgnc": "HGNC",
    "ncbigene": "NCBI Gene",
    "gene": "NCBI Gene",
    "uniprot": "UniProt",
    "medgen": "MedGen",
    "mim": "OMIM",
    "chebi": "ChEBI",
    "id": "Ensembl",
    "unii": "UNII",
}


def forms(typed: str) -> tuple[str, ...]:
    """Return what an identifier may be looked up by; none where a text cannot be one.

    Example:
        >>> forms("https://doi.org/10.1093/Rheumatology/kead330"), forms("MESH D008180"), forms("PMID: 37432378")
        (('doi 10.1093/rheumatology/kead330',), ('mesh d008180', 'meshd008180'), ('pmid 37432378',))
    """
    text = typed.strip()
    if not text or len(text) > _LONGEST:
        return ()
    found = identifier_in_text(text)
    if found and found.kind is IdentifierKind.DOI:
        return (f"doi {found.value.lower()}",)
    if _ADDRESS.match(text):
        return tuple(dict.fromkeys(_of_address(text, found)))
    if found and found.kind is IdentifierKind.PMID and not found.alone:
        return (_prefixed("pmid", found.value),)
    plain = re.sub(r"\s*:\s*", ":", text)
    if prefixed := _PREFIXED.match(plain):
        return _prefixed(prefixed[1], prefixed[2]), _bare(plain)
    return (_bare(plain),) if re.search(r"\d", plain) and len(plain.split()) == 1 else ()


def of_doi(doi: str) -> tuple[str, ...]:
    """Return the forms under which a DOI is kept."""
    return forms(doi)


def of_number(name: str, number: str) -> tuple[str, ...]:
    """Return the forms under which a number of a register is kept: with the name of the register, and alone.

    Example:
        >>> of_number("pmid", "37432378")
        ('pmid 37432378', '37432378')
    """
    return (_prefixed(name, number), _bare(number))


def of_iri(iri: str) -> tuple[str, ...]:
    """Return the forms under which a term of a vocabulary is kept.

    Digits alone are a code only with the name of their vocabulary.

    Example:
        >>> of_iri("http://purl.obolibrary.org/obo/NCIT_C3201")
        ('iri http://purl.obolibrary.org/obo/ncit_c3201', 'ncit c3201', 'c3201')
    """
    vocabulary, code = _taken_apart(iri)
    found = [f"iri {iri.lower()}", _prefixed(vocabulary, code)]
    return tuple(dict.fromkeys(found if code.isdigit() else [*found, _bare(code)]))


def shown(iri: str) -> str:
    """Return a code as people write it.

    Example:
        >>> shown("http://identifiers.org/mesh/D008180")
        'MeSH D008180'
    """
    vocabulary, code = _taken_apart(iri)
    return f"{_NAMES.get(vocabulary.lower(), vocabulary)} {code}"


def _of_address(text: str, found: Identifier | None) -> Iterator[str]:
    yield f"iri {text.lower()}"
    parts = [part for part in re.split(r"[/#?=]", text) if part][1:]
    for part in parts:
        if _UNIPROT.match(part) or re.match(r"mondo_\d+\Z", part, re.IGNORECASE):
            yield _bare(part)
    if found:
        yield _prefixed("pmid", found.value) if found.kind is IdentifierKind.PMID else _bare(found.value)
    if parts:
        yield _prefixed(*_taken_apart(text.rstrip("/")))


def _taken_apart(iri: str) -> tuple[str, str]:
    """Return the name of the vocabulary and the code of a term."""
    before, _, last = iri.rpartition("#" if "#" in iri else "/")
    name, underscore, code = last.partition("_")
    if underscore and name.isalpha() and code:
        return name, code
    return re.split(r"[/#.]", before.rstrip("/"))[-1], last


def _prefixed(name: str, code: str) -> str:
    lower = name.lower()
    return f"{_SAME.get(lower, lower)} {_bare(code)}"


def _bare(code: str) -> str:
    return re.sub(r"[\s:_]+", "", code).lower()
