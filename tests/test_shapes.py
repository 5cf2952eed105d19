"""Each shape is silent on its passing case, and finds each wrong thing of its failing case by its own name alone."""

from __future__ import annotations

import re
from collections import defaultdict
from importlib import resources
from pathlib import Path

import pyoxigraph as ox
import pytest
from rdflib import OWL, RDF, RDFS, SH, Graph, Literal, URIRef

from cartkg import validation
from cartkg.validation import EngineName

ROOT = Path(__file__).resolve().parents[1]
CASES = ROOT / "tests" / "cases" / "shapes"
MODULES = sorted((ROOT / "ontology").glob("*.ttl"))
SHAPES = "https://w3id.org/cartkg/shapes#"
TERM = "https://w3id.org/cartkg/ontology#"
RULES = sorted(folder.name for folder in CASES.iterdir())
DATA = sorted((ROOT / "data" / "ttl").rglob("*.ttl"))


def read(*paths: Path) -> Graph:
    graph = Graph()
    for path in paths:
        graph.parse(path, format="turtle")
    return graph


@pytest.fixture(scope="module")
def shapes() -> Graph:
    return read(*sorted((ROOT / "shapes").glob("*.ttl")))


@pytest.fixture(scope="module")
def ontology() -> Graph:
    return read(*MODULES)


@pytest.fixture(scope="module")
def found() -> dict[str, set[str]]:
    """Validate all cases in one run, for speed."""
    return broken_rules(EngineName.CARTKG)


def broken_rules(engine: EngineName) -> dict[str, set[str]]:
    """Give the rules that each subject breaks, of all cases and the world they stand in."""
    facts = validation.read([*MODULES, CASES.parent / "world.ttl", *sorted(CASES.glob("*/*.ttl"))])
    shapes = validation.read_shapes([*sorted((ROOT / "shapes").glob("*.ttl")), ROOT / "ontology" / "prefixes.ttl"])
    rules: dict[str, set[str]] = defaultdict(set)
    for diagnostic in validation.validate(facts, shapes, validation.Selection(engine=engine)):
        rules[diagnostic.subject].add(diagnostic.rule)
    return rules


def subjects(path: Path) -> set[str]:
    return {str(subject) for subject in read(path).subjects()}


@pytest.mark.parametrize("rule", RULES)
def test_shape_passes_the_right_and_names_the_wrong(rule: str, found: dict[str, set[str]]) -> None:
    right, wrong = subjects(CASES / rule / "pass.ttl"), subjects(CASES / rule / "fail.ttl")
    assert {subject: found[subject] for subject in right if subject in found} == {}
    assert {subject: found.get(subject, set()) for subject in wrong} == {subject: {rule} for subject in wrong}


@pytest.mark.whole
def test_pyshacl_finds_the_same(found: dict[str, set[str]]) -> None:
    assert broken_rules(EngineName.PYSHACL) == found


def test_every_shape_has_cases(shapes: Graph) -> None:
    constraints = {SH.nodeKind, SH.closed, SH.pattern, SH["class"], SH["in"]}
    rules = {
        str(shape).removeprefix(SHAPES)
        for shape in shapes.subjects(SH.name)
        if (shape, RDF.type, SH.PropertyShape) in shapes or any((shape, term, None) in shapes for term in constraints)
    }
    assert rules == set(RULES)


def test_world_of_the_cases_breaks_no_rule(found: dict[str, set[str]]) -> None:
    world = subjects(ROOT / "tests" / "cases" / "world.ttl")
    assert {subject: rules for subject, rules in found.items() if subject in world} == {}


def test_ontology_breaks_no_rule(found: dict[str, set[str]]) -> None:
    assert {subject: rules for subject, rules in found.items() if subject.startswith(TERM)} == {}


def test_every_shape_says_what_why_and_what_to_do(shapes: Graph) -> None:
    wanted = (SH.name, SH.description, SH.message, SH.severity, RDFS.seeAlso)
    bare = {
        (str(shape).removeprefix(SHAPES), str(term))
        for shape in set(shapes.subjects(RDF.type, SH.NodeShape)) | set(shapes.subjects(RDF.type, SH.PropertyShape))
        for term in wanted
        if shapes.value(shape, term) is None
    }
    assert bare == set()


def test_shapes_are_named_for_class_and_property(shapes: Graph) -> None:
    named = re.compile(r"[A-Z][A-Za-z]*Shape(-[a-z][A-Za-z]*)?\Z")
    everything = {str(shape) for kind in (SH.NodeShape, SH.PropertyShape) for shape in shapes.subjects(RDF.type, kind)}
    assert [shape for shape in sorted(everything) if not named.match(shape.removeprefix(SHAPES))] == []


def test_each_module_of_the_ontology_has_its_shapes() -> None:
    modules = {path.stem for path in MODULES} - {"cartkg", "prefixes"}
    assert {path.stem for path in (ROOT / "shapes").glob("*.ttl")} == modules


def test_shapes_use_only_terms_of_the_ontology(shapes: Graph, ontology: Graph) -> None:
    used = {node for triple in shapes for node in triple if isinstance(node, URIRef) and node.startswith(TERM)}
    assert {str(term) for term in used if (term, RDF.type, None) not in ontology} == set()


def test_every_class_of_the_ontology_is_covered_by_a_shape(shapes: Graph, ontology: Graph) -> None:
    targets = set(shapes.objects(None, SH.targetClass))
    classes = {term for term in ontology.subjects(RDF.type, OWL.Class) if str(term).startswith(TERM)}
    bare = {str(term) for term in classes if not targets & set(ontology.transitive_objects(term, RDFS.subClassOf))}
    assert bare == set()


def test_every_property_of_the_data_is_covered_by_a_shape(shapes: Graph, ontology: Graph) -> None:
    """Say which class of things has which property that no shape of the class looks at."""
    covered: dict[str, set[str]] = defaultdict(set)
    for shape, target in shapes.subject_objects(SH.targetClass):
        paths = {str(path) for each in shapes.objects(shape, SH.property) for path in shapes.objects(each, SH.path)}
        covered[str(target)] |= paths
    files = {file.name: list(ox.parse(path=str(file), format=ox.RdfFormat.TURTLE)) for file in DATA}
    kinds: dict[str, set[str]] = defaultdict(set)
    for quads in files.values():
        for quad in quads:
            if quad.predicate.value == str(RDF.type):
                kinds[str(quad.subject)].add(str(quad.object).strip("<>"))
    looked = {
        frozenset(names): set().union(*(covered[str(each)] for name in names for each in above(ontology, URIRef(name))))
        for names in kinds.values()
    }
    bare = set()
    for name, quads in files.items():
        for quad in quads:
            names = frozenset(kinds[str(quad.subject)])
            if quad.predicate.value not in {str(RDF.type), *looked.get(names, ())}:
                bare.add((name, ", ".join(sorted(names)), quad.predicate.value))
    assert bare == set()


def above(ontology: Graph, term: URIRef) -> set[URIRef]:
    return {each for each in ontology.transitive_objects(term, RDFS.subClassOf) if isinstance(each, URIRef)}


def test_shapes_are_sound_shacl() -> None:
    """Hold them against the shapes for shapes of the SHACL recommendation, appendix C."""
    facts = validation.read(sorted((ROOT / "shapes").glob("*.ttl")))
    with resources.as_file(resources.files("pyshacl") / "assets" / "shacl-shacl.ttl") as file:
        assert [diagnostic.message for diagnostic in validation.validate(facts, validation.read_shapes([file]))] == []


def test_messages_are_sentences(shapes: Graph) -> None:
    texts = [text for term in (SH.message, SH.description) for text in shapes.objects(None, term)]
    assert [
        text for text in texts if not (isinstance(text, Literal) and text.endswith(".") and text[0].isupper())
    ] == []
