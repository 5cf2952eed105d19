"""Prefixes of other vocabularies: their namespaces, and the terms under which they may be redistributed.

The namespaces are those seen in RDF files of the vocabularies, which are not always the addresses of their web pages.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cartkg.errors import SourceError
from cartkg.namespaces import BASE, TERM

if TYPE_CHECKING:
    from cartkg.namespaces import Prefixes

OBO = "http://purl.obolibrary.org/obo/"
OBO_IN_OWL = "http://www.geneontology.org/formats/oboInOwl#"
_OBO_NAMES = "BFO CHEBI CL COB CTO DOID ECO HP IAO MAXO MONDO NCIT OAE OBI OGMS PR RO SEPIO STATO UBERON UO"
#: Prefix -> namespace of what may be passed on freely.
OPEN = {
    **{name: f"{OBO}{name}_" for name in _OBO_NAMES.split()},
    "CiTO": "http://purl.org/spar/cito/",
    "EFO": "http://www.ebi.ac.uk/efo/EFO_",
    "NCBIGene": "https://www.ncbi.nlm.nih.gov/gene/",
    "ORPHA": "http://www.orpha.net/ORDO/Orphanet_",
    "SIO": "http://semanticscience.org/resource/SIO_",
    "bibo": "http://purl.org/ontology/bibo/",
    "biolink": "https://w3id.org/biolink/vocab/",
    "dcterms": "http://purl.org/dc/terms/",
    "ensembl": "https://www.ensembl.org/id/",
    "fabio": "http://purl.org/spar/fabio/",
    "fhir": "http://hl7.org/fhir/StructureDefinition/",
    "hgnc": "http://identifiers.org/hgnc/",
    "medgen": "http://identifiers.org/medgen/",
    "mesh": "http://identifiers.org/mesh/",
    "pico": "http://data.cochrane.org/ontologies/pico/",
    "prov": "http://www.w3.org/ns/prov#",
    "qudt.unit": "http://qudt.org/vocab/unit/",
    "schema": "http://schema.org/",
    "unii": "https://precision.fda.gov/uniisearch/srs/unii/",
    "uniprot": "http://purl.uniprot.org/uniprot/",
    "va": "https://w3id.org/ga4gh/schema/va-spec/1.1.0/json/",
}


@dataclass(frozen=True, slots=True)
class Restricted:
    """A vocabulary with terms of use: its namespace and the address of its licence."""

    namespace: str
    licence: str


_UMLS = "https://uts.nlm.nih.gov/uts/assets/LicenseAgreement.pdf"
_WHO_10 = "https://cdn.who.int/media/docs/default-source/publishing-policies/copyright/who-faq-licensing-icd-10.pdf"
RESTRICTED = {
    "atc": Restricted("http://www.whocc.no/atc_ddd_index/?code=", "https://www.whocc.no/copyright_disclaimer/"),
    "drugbank": Restricted("http://identifiers.org/drugbank/", "http://www.drugbank.ca/about"),
    "icd10": Restricted("https://icd.who.int/browse10/2019/en#/", _WHO_10),
    "icd10cm": Restricted(
        "http://purl.bioontology.org/ontology/ICD10CM/", "https://creativecommons.org/licenses/by-nd/3.0/igo/"
    ),
    "icd11": Restricted("http://id.who.int/icd/entity/", "https://creativecommons.org/licenses/by-nd/3.0/igo/"),
    "loinc": Restricted("http://loinc.org/rdf/", "https://loinc.org/license/"),
    "meddra": Restricted(
        "http://bioportal.bioontology.org/ontologies/MEDDRA?p=classes&conceptid=", "https://www.meddra.org/"
    ),
    "omim": Restricted("https://omim.org/entry/", "https://www.omim.org/help/agreement"),
    "rxnorm": Restricted("https://mor.nlm.nih.gov/RxNav/search?searchBy=RXCUI&searchTerm=", _UMLS),
    "snomedct": Restricted("http://snomed.info/id/", _UMLS),
    "umls": Restricted("http://linkedlifedata.com/resource/umls/id/", _UMLS),
}
OURS = {
    "cartkg": TERM,
    **{name: f"{BASE}{name}/" for name in ("criterion", "drug", "product", "target", "term", "unit")},
    "MONDO": OPEN["MONDO"],
}


def expand(curie: str) -> str:
    """Return the IRI of a CURIE with a prefix of ours or of another vocabulary.

    Raises:
        SourceError: the prefix is unknown.
    """
    prefix, _, local = curie.partition(":")
    namespace = OURS.get(prefix) or OPEN.get(prefix)
    if namespace is None and prefix in RESTRICTED:
        namespace = RESTRICTED[prefix].namespace
    if namespace is None:
        raise SourceError(f"unknown prefix in {curie}")
    return namespace + local


def iri_of(name: str, prefixes: Prefixes) -> str | None:
    """Return the IRI that a reader writes; None when nothing is written like that.

    Args:
        name: an IRI, bare or between < and >; a name with a prefix of ours or of another vocabulary; or the part of an
            IRI of ours after `https://w3id.org/cartkg/`, as answers print it.
        prefixes: ours.
    """
    if name.startswith("<") and name.endswith(">"):
        return name[1:-1]
    if (iri := prefixes.expand(name)) is not None:
        return iri
    if "://" in name:
        return name
    if ":" not in name:
        return f"{BASE}{name}" if "/" in name else None
    try:
        return expand(name)
    except SourceError:
        return None
