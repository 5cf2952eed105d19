"""Prefixes: one list, read once, for compacting and expanding."""

from __future__ import annotations

import csv
import doctest
from importlib import import_module
from pathlib import Path

import pytest

from cartkg.errors import SourceError
from cartkg.namespaces import TERM, Prefixes, data_iri, graph_iri, read_prefixes
from cartkg.turtle import parse

ROOT = Path(__file__).resolve().parents[1]
DECLARED = ROOT / "ontology" / "prefixes.ttl"
KNOWN = ROOT.parent / "shared" / "ids" / "prefixes.tsv"
MODULES = sorted(
    ".".join(path.relative_to(ROOT / "src").with_suffix("").parts).removesuffix(".__init__")
    for path in (ROOT / "src" / "cartkg").rglob("*.py")
    if path.name != "__main__.py" and ">>>" in path.read_text("utf-8")
)


@pytest.fixture(scope="module")
def prefixes() -> Prefixes:
    return read_prefixes(DECLARED)


def test_the_pattern_finds_every_declaration_that_turtle_finds(prefixes: Prefixes) -> None:
    sh = "http://www.w3.org/ns/shacl#"
    quads = parse(DECLARED).quads
    names = {quad.subject: quad.object for quad in quads if quad.predicate.value == f"{sh}prefix"}
    spaces = {quad.subject: quad.object for quad in quads if quad.predicate.value == f"{sh}namespace"}
    declared = {quad.object for quad in quads if quad.predicate.value == f"{sh}declare"}
    assert declared == set(names) == set(spaces)
    assert {str(names[node])[1:-1]: str(spaces[node]).split('"')[1] for node in names} == prefixes.namespaces


def test_no_namespace_has_two_prefixes(prefixes: Prefixes) -> None:
    assert len(set(prefixes.namespaces.values())) == len(prefixes.namespaces)


def test_the_terms_and_each_kind_of_data_have_a_prefix(prefixes: Prefixes) -> None:
    assert prefixes.compact(TERM + "Finding") == "cartkg:Finding"
    for kind in ("publication", "study", "cohort", "finding", "claim", "source", "product", "conflict", "trial"):
        assert prefixes.compact(data_iri(kind, "some-slug")) == f"{kind}:some-slug"


@pytest.mark.skipif(not KNOWN.is_file(), reason="the verified identifiers are not beside this checkout (../shared/ids)")
def test_external_namespaces_are_the_verified_ones(prefixes: Prefixes) -> None:
    with KNOWN.open(encoding="utf-8", newline="") as file:
        rows = {row["prefix_used"]: row for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)}
    seen = {name.lower(): row["rdf_namespace_seen"] for name, row in rows.items() if row["rdf_namespace_seen"]}
    #: schema.org itself, bioregistry and the SIB examples write https.
    seen.pop("schema")
    wrong = {name: iri for name, iri in prefixes.namespaces.items() if seen.get(name.lower(), iri) != iri}
    assert wrong == {}


@pytest.mark.parametrize(
    ("iri", "name"),
    [
        ("http://e/a", "e:a"),
        ("http://e/f/a", "f:a"),
        ("http://e/f/a/b", None),
        ("http://e/", None),
        ("http://e/a.", None),
        ("http://e/a.b", "e:a.b"),
        ("http://e/-a", None),
        ("http://e/1", "e:1"),
        ("http://obo/X_1", "x:1"),
        ("http://obo/XY", None),
        ("urn:other", None),
    ],
)
def test_the_longest_namespace_wins_and_only_plain_local_names_are_shortened(iri: str, name: str | None) -> None:
    few = Prefixes({"e": "http://e/", "f": "http://e/f/", "x": "http://obo/X_"})
    assert few.compact(iri) == name
    assert name is None or few.expand(name) == iri


def test_unknown_prefixes_and_plain_words_do_not_expand() -> None:
    assert Prefixes({"e": "http://e/"}).expand("f:a") is None
    assert Prefixes({"e": "http://e/"}).expand("e") is None


def test_graph_names_come_from_file_stems() -> None:
    assert graph_iri("mueller-2024-nejm") == "https://w3id.org/cartkg/graph/mueller-2024-nejm"


def test_missing_or_empty_declarations_are_a_source_error(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="cannot read the prefixes"):
        read_prefixes(tmp_path / "prefixes.ttl")
    (tmp_path / "prefixes.ttl").write_text("@prefix sh: <http://www.w3.org/ns/shacl#> .\n")
    with pytest.raises(SourceError, match="declares no prefix"):
        read_prefixes(tmp_path / "prefixes.ttl")


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings_are_true(name: str) -> None:
    assert doctest.testmod(import_module(name), report=False).failed == 0
