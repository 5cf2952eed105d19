"""Products and documentation of the ontology."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

import pyoxigraph as ox
import pytest

from cartkg import project as projects
from cartkg.errors import ConfigError
from cartkg.graph import read
from cartkg.namespaces import BASE, GRAPH_ONTOLOGY, ONTOLOGY, OWL, RDF, RDFS, TERM
from cartkg.vocabulary.documentation import write_documentation
from cartkg.vocabulary.products import Product, product

ROOT = Path(__file__).resolve().parents[1]
FOUND = ox.Triple(
    ox.NamedNode(f"{TERM}DualTargetTherapy"),
    ox.NamedNode(f"{RDFS}subClassOf"),
    ox.NamedNode(f"{TERM}CD19TargetedTherapy"),
)


@pytest.fixture(scope="module")
def whole() -> list[ox.Triple]:
    project = projects.find(ROOT)
    return [quad.triple for quad in read(project.ontology_files(), project).graph.quads(GRAPH_ONTOLOGY)]


@pytest.fixture(scope="module")
def products(whole: list[ox.Triple]) -> dict[Product, list[ox.Triple]]:
    return {kind: product(kind, whole, [FOUND]) for kind in Product}


@pytest.mark.parametrize("kind", Product)
def test_a_product_has_one_head_and_imports_nothing(kind: Product, products: dict[Product, list[ox.Triple]]) -> None:
    heads = {triple.subject for triple in products[kind] if triple.object == ox.NamedNode(f"{OWL}Ontology")}
    assert heads == {ox.NamedNode(ONTOLOGY)}
    assert not [triple for triple in products[kind] if triple.predicate.value == f"{OWL}imports"]


@pytest.mark.parametrize("kind", Product)
def test_a_product_declares_no_prefix(kind: Product, products: dict[Product, list[ox.Triple]]) -> None:
    assert not [triple for triple in products[kind] if f"{BASE}prefix/" in str(triple.subject)]


@pytest.mark.parametrize("kind", Product)
def test_a_product_holds_every_term_of_ours(kind: Product, products: dict[Product, list[ox.Triple]]) -> None:
    def ours(triples: list[ox.Triple]) -> set[str]:
        labelled = (triple.subject for triple in triples if triple.predicate.value == f"{RDFS}label")
        return {term.value for term in labelled if isinstance(term, ox.NamedNode) and term.value.startswith(TERM)}

    assert ours(products[kind]) == ours(products[Product.FULL])
    assert len(ours(products[kind])) > 600


def test_the_base_says_nothing_of_foreign_terms_but_kind_and_label(
    products: dict[Product, list[ox.Triple]],
) -> None:
    told = {
        triple.predicate.value
        for triple in products[Product.BASE]
        if isinstance(triple.subject, ox.NamedNode) and not triple.subject.value.startswith(BASE)
    }
    assert told == {f"{RDF}type", f"{RDFS}label"}


def test_the_full_product_holds_what_the_reasoner_found(products: dict[Product, list[ox.Triple]]) -> None:
    assert FOUND in products[Product.FULL]
    assert FOUND in products[Product.SIMPLE]
    assert FOUND not in products[Product.BASE]


def test_the_simple_product_has_no_blank_node(products: dict[Product, list[ox.Triple]]) -> None:
    for triple in products[Product.SIMPLE]:
        assert not isinstance(triple.subject, ox.BlankNode)
        assert not isinstance(triple.object, ox.BlankNode)


def test_the_documentation_names_every_class(whole: list[ox.Triple], tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pytest.importorskip("pylode", reason="pyLODE is a tool of the makers")
        page = write_documentation(whole, tmp_path / "docs").read_text("utf-8")
    for triple in whole:
        if triple.object == ox.NamedNode(f"{OWL}Class") and f"<{TERM}" in str(triple.subject):
            assert str(triple.subject).strip("<>") in page


def test_documentation_without_pylode_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "pylode.profiles.ontpub", None)
    with pytest.raises(ConfigError, match="pip install"):
        write_documentation([], tmp_path)
    assert not list(tmp_path.iterdir())
