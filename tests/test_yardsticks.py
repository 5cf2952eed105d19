"""What the page on the ontology claims: each item of a yardstick is in its table, and what is named there is there."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from pathlib import Path

import pyoxigraph as ox
import pytest
from rdflib import namespace

from cartkg import project as projects
from cartkg.graph import read
from cartkg.namespaces import BASE, GRAPH_ONTOLOGY, ONTOLOGY, OWL, RDFS, SKOS, TERM
from cartkg.vocabulary import mappings
from cartkg.vocabulary.products import Product, product

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "explanation" / "ontology.md").read_text("utf-8")
DCTERMS = "http://purl.org/dc/terms/"
_ROBOT = """
annotation_whitespace deprecated_boolean_datatype deprecated_class_reference deprecated_property_reference
duplicate_definition duplicate_exact_synonym duplicate_label_synonym duplicate_label duplicate_scoped_synonym
equivalent_pair equivalent_class_axiom_no_genus illegal_use_of_built_in_vocabulary invalid_xref label_formatting
label_whitespace lowercase_definition missing_definition missing_label missing_obsolete_label
missing_ontology_description missing_ontology_license missing_ontology_title missing_subset_declaration
missing_superclass missing_synonymtype_declaration misused_obsolete_label misused_replaced_by multiple_definitions
multiple_equivalent_classes multiple_equivalent_class_definitions multiple_labels invalid_entity_uri
"""
_FOOPS = """
PURL1 URI1 URI2 HTTP1 CN1 RDF1 VER1 VER2 FIND1 FIND2 FIND3 FIND_3_BIS OM1 OM2 OM3 OM4.1 OM4.2 OM5.1 OM5.2 DOC1
VOC1 VOC2 VOC3 VOC4
"""
#: FAIR principle -> number of O'FAIRe's questions under it.
OFAIRE = Counter(
    {"F1": 4, "F2": 4, "F3": 3, "F4": 3, "A1": 4, "A1.1": 3, "A1.2": 2, "A2": 4, "I1": 5, "I2": 7, "I3": 3}
    | {"R1": 6, "R1.1": 3, "R1.2": 8, "R1.3": 3}
)
OBO = [f"FP-{number:03}" for number in (*range(1, 15), 16, 19, 20)]
YARDSTICKS = {
    "ROBOT report": _ROBOT.split(),
    "FOOPS!": _FOOPS.split(),
    "O'FAIRe": [f"{name}Q{number}" for name, count in OFAIRE.items() for number in range(1, count + 1)],
    "OBO Foundry principles": OBO,
}


def table(title: str) -> list[list[str]]:
    """Give the rows of the first table under a heading."""
    section = PAGE.split(f"\n## {title}\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")][2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


@pytest.mark.parametrize("title", YARDSTICKS)
def test_every_item_of_a_yardstick_is_in_its_table(title: str) -> None:
    assert [row[0] for row in table(title)] == YARDSTICKS[title]


def test_ofaire_has_as_many_questions_as_it_says() -> None:
    assert OFAIRE.total() == 62


@pytest.mark.parametrize("name", sorted(set(re.findall(r"rule `([^`]+)`", PAGE))))
def test_a_rule_named_on_the_page_is_there(name: str) -> None:
    assert (ROOT / "queries" / "checks" / f"{name}-violation.rq").is_file()


@pytest.mark.parametrize("name", sorted(set(re.findall(r"test `([^`]+)`", PAGE))))
def test_a_test_named_on_the_page_is_there(name: str) -> None:
    assert any(f"def {name}(" in path.read_text("utf-8") for path in (ROOT / "tests").glob("test_*.py"))


@pytest.mark.parametrize("title", [title for title in YARDSTICKS if title != "ROBOT report"])
def test_a_state_is_one_of_four_and_says_what_shows_it_or_is_missing(title: str) -> None:
    for _, _, state, shown in table(title):
        assert state in {"met", "partly", "not met", "host"}
        assert shown


@pytest.fixture(scope="module")
def whole() -> list[ox.Triple]:
    project = projects.find(ROOT)
    return [quad.triple for quad in read(project.ontology_files(), project).graph.quads(GRAPH_ONTOLOGY)]


@pytest.fixture(scope="module")
def head(whole: list[ox.Triple]) -> dict[str, list[str]]:
    said: defaultdict[str, list[str]] = defaultdict(list)
    for triple in whole:
        if triple.subject == ox.NamedNode(ONTOLOGY):
            said[triple.predicate.value].append(str(getattr(triple.object, "value", "")))
    return dict(said)


def test_the_ontology_has_a_persistent_address_and_another_for_its_version(head: dict[str, list[str]]) -> None:
    assert ONTOLOGY.startswith("https://w3id.org/")
    assert head[f"{OWL}versionIRI"] != [ONTOLOGY]


def test_the_head_says_what_foops_asks_for(head: dict[str, list[str]]) -> None:
    wanted = "title description license creator created issued publisher source bibliographicCitation contributor"
    assert {f"{DCTERMS}{name}" for name in wanted.split()} <= set(head)
    assert {f"{OWL}versionIRI", f"{OWL}versionInfo", "http://xmlns.com/foaf/0.1/logo"} <= set(head)
    vann = "http://purl.org/vocab/vann/preferredNamespace"
    assert {f"{vann}Prefix", f"{vann}Uri"} <= set(head)
    assert head[f"{DCTERMS}license"][0].startswith("https://creativecommons.org/licenses/")


def test_the_head_says_what_ofaire_asks_for(head: dict[str, list[str]]) -> None:
    must = {f"{DCTERMS}title", f"{DCTERMS}description", f"{DCTERMS}publisher", f"{DCTERMS}subject"}
    other = {f"{DCTERMS}{name}" for name in ("language", "abstract", "bibliographicCitation", "created", "modified")}
    rights = {f"{DCTERMS}{name}" for name in ("accessRights", "rights", "rightsHolder", "hasFormat", "source")}
    pictures = {f"http://xmlns.com/foaf/0.1/{name}" for name in ("homepage", "depiction")}
    assert must | other | rights | pictures <= set(head)
    assert all(value.startswith(("http://", "https://")) for value in head[f"{DCTERMS}hasFormat"])


def test_metadata_of_the_head_are_words_that_their_vocabularies_have(head: dict[str, list[str]]) -> None:
    closed = {str(words): words for words in (namespace.DCTERMS, namespace.FOAF, namespace.VANN)}
    for predicate in head:
        start = next((start for start in closed if predicate.startswith(start)), None)
        if start is None:
            assert predicate.startswith((OWL, RDFS, "http://www.w3.org/1999/02/22-rdf-syntax-ns#"))
        else:
            assert predicate in closed[start]


def test_nothing_is_said_with_words_of_obo_that_no_rule_looks_at(whole: list[ox.Triple]) -> None:
    unused = {"hasDbXref", "inSubset", "hasSynonymType"}
    assert {each.predicate.value.rpartition("#")[2] for each in whole}.isdisjoint(unused)


def _labels(triples: list[ox.Triple]) -> dict[str, set[str]]:
    named: defaultdict[str, set[str]] = defaultdict(set)
    for triple in triples:
        if triple.predicate.value == f"{RDFS}label" and isinstance(triple.subject, ox.NamedNode):
            named[str(triple.object)].add(triple.subject.value)
    return dict(named)


def test_no_two_things_of_the_base_product_share_a_label(whole: list[ox.Triple]) -> None:
    shared = {label: things for label, things in _labels(product(Product.BASE, whole, [])).items() if len(things) > 1}
    assert shared == {}


def test_a_label_shared_with_an_imported_term_is_linked_to_it(whole: list[ox.Triple]) -> None:
    linked = {
        (triple.subject.value, triple.object.value)
        for triple in (*whole, *mappings.triples(ROOT / "ontology" / "mappings"))
        if isinstance(triple.subject, ox.NamedNode) and isinstance(triple.object, ox.NamedNode)
    }
    shared = [
        (one, other)
        for things in _labels(product(Product.FULL, whole, [])).values()
        for one in things
        if one.startswith(BASE)
        for other in things
        if not other.startswith(TERM) and one != other
    ]
    assert len(shared) > 10
    assert [pair for pair in shared if pair not in linked] == []


def test_every_definition_of_the_base_product_is_its_own(whole: list[ox.Triple]) -> None:
    said = [
        str(each.object) for each in product(Product.BASE, whole, []) if each.predicate.value == f"{SKOS}definition"
    ]
    assert len(said) == len(set(said)) > 600
