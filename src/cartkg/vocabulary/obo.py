"""Write the simple product of the ontology as OBO and OBO Graphs JSON, with pronto.

pronto reads RDF/XML whose elements are named by their kinds, definitions and synonyms as OBO names them; so these are
put in its words first. What OBO has no place for stays a property value.
"""

from __future__ import annotations

import io
import itertools
import warnings
from typing import TYPE_CHECKING

import pyoxigraph as ox
import rdflib
from pronto.ontology import Ontology

from cartkg.namespaces import SKOS
from cartkg.vocabulary.external_vocabularies import OBO, OBO_IN_OWL

if TYPE_CHECKING:
    from collections.abc import Iterable

#: Ending of a file -> what pronto calls the form.
FORMS = {"obo": "obo", "json": "json"}
_WORDS = {f"{SKOS}definition": f"{OBO}IAO_0000115", f"{SKOS}altLabel": f"{OBO_IN_OWL}hasExactSynonym"}


def obo_files(simple: Iterable[ox.Triple]) -> dict[str, bytes]:
    """Return the ontology in each form: ending of the file -> its bytes.

    Args:
        simple: the simple product; what it states about things that are not classes or properties is left out by OBO.
    """
    lines = sorted(f"{ox.Triple(each.subject, _word(each.predicate), each.object)} .\n" for each in simple)
    graph = rdflib.Graph().parse(data="".join(lines), format="nt")
    xml = graph.serialize(format="pretty-xml", max_depth=1, encoding="utf-8")
    made = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pronto names each triple that OBO has no clause for
        ontology = Ontology(io.BytesIO(xml))
        for ending, form in FORMS.items():
            file = io.BytesIO()
            ontology.dump(file, format=form)
            made[ending] = file.getvalue()
    return made | {"obo": _sorted(made["obo"])}


def _sorted(obo: bytes) -> bytes:
    """Sort neighbouring clauses of one kind: pronto writes synonyms in the order of a set, which changes."""
    lines = obo.splitlines(keepends=True)
    runs = itertools.groupby(lines, key=lambda line: line.partition(b":")[0])
    return b"".join(line for _, run in runs for line in sorted(run))


def _word(predicate: ox.NamedNode) -> ox.NamedNode:
    return ox.NamedNode(_WORDS[predicate.value]) if predicate.value in _WORDS else predicate
