"""The ontology: every term whole, every rule of the report kept, every slice what its list and its extract say."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pyoxigraph as ox
import pytest

from cartkg import project as projects
from cartkg.errors import OntologyError, SourceError
from cartkg.graph import Reading, read
from cartkg.namespaces import GRAPH_ONTOLOGY, ONTOLOGY, OWL, RDF, RDFS, SKOS, TERM, read_prefixes
from cartkg.queries import Check, read_checks
from cartkg.vocabulary import mappings
from cartkg.vocabulary.external_vocabularies import expand
from cartkg.vocabulary.upkeep import mapping_sets, name_slices, slices

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cartkg.project import Project

ROOT = Path(__file__).resolve().parents[1]
CASES = ROOT / "tests" / "cases" / "ontology"
EXTRACTS = ROOT.parent / "shared" / "ids" / "extracts"
CHECKS = [check for check in read_checks(ROOT / "queries" / "checks") if check.name.startswith("ontology-")]
#: A check that fails by what is missing: the property whose triples are taken away.
TAKEN_AWAY = {"head-incomplete": "http://purl.org/dc/terms/license"}
#: The schemas of dossiers, lists and registers.
FORMS = sorted((ROOT / "src" / "cartkg" / "dossier").glob("*.linkml.yaml"))
_A = ox.NamedNode(f"{RDF}type")
KINDS = ("Class", "ObjectProperty", "DatatypeProperty", "NamedIndividual")
#: What a class without a class of ours above it may be called in its definition.
GENERA = (
    "value|specification|record|statement|assertion|document|data item|page|plan|plan specification|part|group|"
    "planned investigation|treatment|molecule|intracellular domain|chemical or biological substance|type of disorder|"
    "organised group|standard quantity"
)
#: What clinicians type, and the term that they mean: its IRI after https://w3id.org/cartkg/.
SPOKEN = {
    "MCID": "ontology#ImportantDifference",
    "PRO": "ontology#PatientReportedMeasure",
    "RCT": "ontology#RandomisedStudy",
    "ITT": "ontology#enrolledPatients",
    "CAR-T": "ontology#CARTCellTherapy",
    "Flu/Cy": "ontology#FluCyRegimen",
    "LD": "ontology#lymphodepletion",
    "AE": "ontology#AdverseEventTerm",
    "TEAE": "term/treatment-emergent-adverse-event",
    "AESI": "term/adverse-event-of-special-interest",
    "SAE": "term/serious-adverse-event",
    "CRS": "term/cytokine-release-syndrome",
    "ICANS": "term/icans",
    "IEC-HS": "term/iec-hs",
    "DORIS": "criterion/doris-remission",
    "LLDAS": "criterion/lldas",
}


def _short(check: Check) -> str:
    return check.name.removeprefix("ontology-").removesuffix("-violation")


def _rows(answer: object) -> ox.QuerySolutions:
    assert isinstance(answer, ox.QuerySolutions)
    return answer


@pytest.fixture(scope="module")
def shipped() -> Reading:
    project = projects.find(ROOT)
    return read((*project.ontology_files(), *project.data_files()), project)


@pytest.mark.parametrize("check", CHECKS, ids=_short)
def test_the_shipped_ontology_keeps_the_rule(check: Check, shipped: Reading) -> None:
    broken = [f"{row['subject']} {row['message']}" for row in _rows(shipped.graph.query(check.text))]
    assert broken == []


@pytest.mark.parametrize("check", CHECKS, ids=_short)
def test_the_rule_finds_its_breach(check: Check, shipped: Reading) -> None:
    store = ox.Store()
    gone = TAKEN_AWAY.get(_short(check), "")
    store.bulk_extend(
        ox.Quad(*quad.triple) for quad in shipped.graph.quads(GRAPH_ONTOLOGY) if quad.predicate.value != gone
    )
    if not gone:
        store.bulk_load(path=str(CASES / f"{_short(check)}.ttl"), format=ox.RdfFormat.TURTLE)
    found = {row["subject"].value for row in _rows(store.query(check.text))}
    assert found
    wanted = {subject for subject in found if "wrong" in subject.lower()}
    assert found == ({ONTOLOGY} if gone else wanted)


def test_every_case_belongs_to_a_rule() -> None:
    assert {path.stem for path in CASES.glob("*.ttl")} | set(TAKEN_AWAY) == {_short(check) for check in CHECKS}


def _terms() -> list[str]:
    found = {
        quad.subject.value
        for path in sorted((ROOT / "ontology").glob("*.ttl"))
        for quad in ox.parse(path=str(path), format=ox.RdfFormat.TURTLE)
        if isinstance(quad.subject, ox.NamedNode)
        and quad.predicate.value == f"{RDF}type"
        and quad.object in {ox.NamedNode(f"{OWL}{kind}") for kind in KINDS}
        and quad.subject.value.startswith(TERM)
    }
    return sorted(found)


@pytest.mark.parametrize(
    "path", sorted((ROOT / "src" / "cartkg" / "dossier").glob("*.linkml.yaml")), ids=lambda path: path.name
)
def test_every_closed_word_of_a_form_stands_for_a_term(path: Path) -> None:
    meant = set(re.findall(r"meaning: '?cartkg:([\w-]+)", path.read_text("utf-8")))
    assert meant
    assert {f"{TERM}{name}" for name in meant} - set(_terms()) == set()


def test_the_domain_is_covered() -> None:
    wanted = (
        "CellTherapy TargetAntigen Disease Regimen OutcomeMeasure Publication Study Cohort Finding Claim "
        "AdverseEventTerm GradingSystem Statistic Unit Conflict Overlap Absence Threshold ScoreRange Component "
        "Arm ConflictSide CountedUnit ResultKind"
    )
    assert {f"{TERM}{name}" for name in wanted.split()} <= set(_terms())


@pytest.mark.parametrize("iri", _terms(), ids=lambda iri: iri.removeprefix(TERM))
def test_each_term_has_english_label_definition_source_and_home(iri: str, shipped: Reading) -> None:
    held: dict[str, list[ox.Literal | ox.NamedNode]] = {}
    for quad in shipped.graph.store.quads_for_pattern(ox.NamedNode(iri), None, None, ox.NamedNode(GRAPH_ONTOLOGY)):
        if isinstance(quad.object, ox.Literal | ox.NamedNode):
            held.setdefault(quad.predicate.value, []).append(quad.object)
    for literal in (f"{RDFS}label", f"{SKOS}definition"):
        (value,) = held[literal]
        assert isinstance(value, ox.Literal)
        assert value.language == "en"
    assert held["http://purl.org/dc/terms/source"]
    assert held[f"{RDFS}isDefinedBy"] == [ox.NamedNode(ONTOLOGY)]


def _above(shipped: Reading, iri: str) -> Iterator[str]:
    """Yield the labels of the classes of ours above a class."""
    for quad in shipped.graph.store.quads_for_pattern(ox.NamedNode(iri), ox.NamedNode(f"{RDFS}subClassOf"), None, None):
        if isinstance(quad.object, ox.NamedNode) and quad.object.value.startswith(TERM):
            for label in shipped.graph.store.quads_for_pattern(quad.object, ox.NamedNode(f"{RDFS}label"), None, None):
                assert isinstance(label.object, ox.Literal)
                yield label.object.value
            yield from _above(shipped, quad.object.value)


def test_the_definition_of_a_class_begins_with_a_wider_class(shipped: Reading) -> None:
    strange = []
    for quad in shipped.graph.store.quads_for_pattern(None, ox.NamedNode(f"{SKOS}definition"), None, None):
        iri = quad.subject.value if isinstance(quad.subject, ox.NamedNode) else ""
        kinds = {each.object for each in shipped.graph.store.quads_for_pattern(quad.subject, _A, None, None)}
        if iri.startswith(TERM) and ox.NamedNode(f"{OWL}Class") in kinds:
            assert isinstance(quad.object, ox.Literal)
            genus = "|".join(re.escape(label) for label in _above(shipped, iri)) or GENERA
            if not re.match(rf"An? ({genus})\b", quad.object.value):
                strange.append(f"{iri}: {quad.object.value}")
    assert strange == []


@pytest.mark.parametrize(("spoken", "meant"), SPOKEN.items())
def test_an_abbreviation_finds_its_term(spoken: str, meant: str, shipped: Reading) -> None:
    found = {
        quad.subject.value
        for literal in (ox.Literal(spoken, language="en"), ox.Literal(spoken))
        for quad in shipped.graph.store.quads_for_pattern(None, ox.NamedNode(f"{SKOS}altLabel"), literal, None)
        if isinstance(quad.subject, ox.NamedNode)
    }
    assert f"https://w3id.org/cartkg/{meant}" in found


def test_a_disease_has_the_label_that_mondo_gives_it(shipped: Reading) -> None:
    label = ox.NamedNode(f"{RDFS}label")
    names: dict[str, set[str]] = {}
    for quad in shipped.graph.store.quads_for_pattern(None, label, None, None):
        if isinstance(quad.subject, ox.NamedNode) and "/obo/MONDO_" in quad.subject.value:
            assert isinstance(quad.object, ox.Literal)
            names.setdefault(quad.subject.value, set()).add(quad.object.value)
    assert names
    assert {iri: labels for iri, labels in names.items() if len(labels) > 1} == {}


@pytest.fixture
def copied(tmp_path: Path) -> Project:
    """A project with the slices of the shipped one, to make them again."""
    if not EXTRACTS.is_dir():
        pytest.skip("the extracts in ../shared/ids are not here")
    shutil.copytree(ROOT / "ontology" / "imports", tmp_path / "ontology" / "imports")
    shutil.copy(ROOT / "ontology" / "prefixes.ttl", tmp_path / "ontology")
    return replace(projects.find(ROOT), root=tmp_path)


@pytest.mark.whole  # diseases come from a pinned package too, which the quick tests do without
def test_making_the_slices_again_changes_nothing(copied: Project) -> None:
    for path in slices.make_all(EXTRACTS, copied.ontology / "imports"):
        assert path.read_text("utf-8") == (ROOT / "ontology" / "imports" / path.name).read_text("utf-8"), (
            "run python -m cartkg.vocabulary.upkeep.slices ../shared/ids/extracts"
        )


def test_slices_hold_open_matches_only(shipped: Reading) -> None:
    for quad in shipped.graph.quads(GRAPH_ONTOLOGY):
        if quad.predicate.value == f"{SKOS}exactMatch" and isinstance(quad.object, ox.NamedNode):
            assert quad.object.value.startswith(slices.OPEN_MATCHES)


def test_a_slice_holds_every_ancestor(shipped: Reading) -> None:
    parents = {
        quad.object
        for quad in shipped.graph.store.quads_for_pattern(None, ox.NamedNode(f"{RDFS}subClassOf"), None, None)
        if isinstance(quad.object, ox.NamedNode)
    }
    declared = ox.NamedNode(f"{OWL}Class")
    for parent in parents:
        assert list(shipped.graph.store.quads_for_pattern(parent, ox.NamedNode(f"{RDF}type"), declared))


EXTRACT = """
@prefix obo: <http://purl.obolibrary.org/obo/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
obo:MONDO_0000001 a owl:Class ; rdfs:label "disease" .
obo:MONDO_0000002 a owl:Class ; rdfs:label "new name" ; rdfs:subClassOf obo:MONDO_0000001 .
obo:MONDO_0000003 obo:IAO_0100001 obo:MONDO_0000002 .
obo:MONDO_0000005 a owl:Class ; rdfs:label "moved" .
"""


def _make(tmp_path: Path, terms: str) -> str:
    (tmp_path / "mondo_subset.ttl").write_text(EXTRACT, "utf-8")
    (tmp_path / "mondo_terms.txt").write_text(terms, "utf-8")
    part = next(part for part in slices.SLICES if part.name == "mondo")
    prefixes = read_prefixes(ROOT / "ontology" / "prefixes.ttl")
    return slices.make(part, slices.Extract(tmp_path / "mondo_subset.ttl"), tmp_path / "mondo_terms.txt", prefixes)


def test_a_slice_is_cut_with_its_ancestors(tmp_path: Path) -> None:
    text = _make(tmp_path, "# wanted\nMONDO:0000002\tnew name\n")
    assert "obo:MONDO_0000001" in text
    assert "obo:MONDO_0000005" not in text


FAULTS = (
    ("MONDO:0000002\told name\n", 'is labelled "new name", the list says "old name"'),
    ("MONDO:0000003\tgone\n", "no longer exists; replaced by http://purl.obolibrary.org/obo/MONDO_0000002"),
    ("MONDO:0000004\tmoved\n", "no longer exists; http://purl.obolibrary.org/obo/MONDO_0000005 has its label now"),
)


@pytest.mark.parametrize(("terms", "told"), FAULTS)
def test_a_term_that_is_gone_is_told_with_line_and_successor(terms: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(OntologyError) as raised:
        _make(tmp_path, terms)
    assert "mondo_terms.txt:1" in raised.value.axioms[0]
    assert told in raised.value.axioms[0]


def test_a_list_that_is_malformed_is_told_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"mondo_terms\.txt:2"):
        _make(tmp_path, "# x\nMONDO:0000002 new name\n")


def test_a_missing_extract_is_told(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no such file"):
        slices.make_all(tmp_path, ROOT / "ontology" / "imports")


VERIFIED = ROOT.parent / "shared" / "ids" / "verified_ids.tsv"


def test_making_the_slices_of_names_again_changes_nothing(copied: Project) -> None:
    for path in name_slices.make_all(VERIFIED, copied.ontology / "imports"):
        assert path.read_text("utf-8") == (ROOT / "ontology" / "imports" / path.name).read_text("utf-8"), (
            "run python -m cartkg.vocabulary.upkeep.name_slices ../shared/ids/verified_ids.tsv"
        )


def _used_by_axioms() -> set[str]:
    """IRIs of the foreign classes and properties that our own terms stand below."""
    links = {f"{RDFS}subClassOf", f"{RDFS}subPropertyOf"}
    return {
        quad.object.value
        for path in (ROOT / "ontology").glob("*.ttl")
        for quad in ox.parse(path=str(path), format=ox.RdfFormat.TURTLE)
        if quad.predicate.value in links and isinstance(quad.object, ox.NamedNode)
    }


def _used_by_mappings() -> set[str]:
    triples = mappings.triples(ROOT / "ontology" / "mappings")
    return {triple.object.value for triple in triples if isinstance(triple.object, ox.NamedNode)}


@pytest.mark.parametrize("part", name_slices.NAMES, ids=lambda part: part.name)
def test_a_slice_of_names_holds_the_terms_in_use_and_no_others(part: name_slices.Names) -> None:
    listed = name_slices.read_names(ROOT / "ontology" / "imports" / f"{part.name}_terms.txt")
    start = expand(f"{part.prefix}:")
    above = {iri for iri in _used_by_axioms() if iri.startswith(start)}
    used = above | {iri for iri in _used_by_mappings() if iri.startswith(start)}
    typed = {expand(term.curie) for term in listed if term.kind and term.kind != "AnnotationProperty"}
    assert typed >= above
    assert {expand(term.curie) for term in listed if term.kind != "AnnotationProperty"} == used


ROW = "entity\tcategory\tcurie\tlabel_seen\trelation\tsource\n"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("OBI:1\told name", 'obi_terms.txt:2: OBI:1 is labelled "new name", the list says "old name"'),
        ("OBI:3\tgone", 'obi_terms.txt:2: OBI:3 "gone" no longer exists'),
        ("OBI:4\tmoved", 'obi_terms.txt:2: OBI:4 "moved" no longer exists; OBI:2 has its label now'),
    ],
)
def test_a_name_that_is_gone_is_told_with_line_and_successor(line: str, told: str, tmp_path: Path) -> None:
    ids = tmp_path / "verified_ids.tsv"
    ids.write_text(
        f"{ROW}a\tx\tOBI:1\tnew name\texact\tgithub:o/obi@1:f\nb\tx\tOBI:2\tmoved\texact\tgithub:o/obi@1:f\n"
    )
    terms = tmp_path / "obi_terms.txt"
    terms.write_text(f"# wanted\n{line}\n")
    part = next(part for part in name_slices.NAMES if part.name == "obi")
    verified = mapping_sets.read_verified(ids)
    with pytest.raises(OntologyError) as raised:
        name_slices.make(part, verified, terms, read_prefixes(ROOT / "ontology" / "prefixes.ttl"))
    assert raised.value.axioms == (told,)


@pytest.mark.parametrize("line", ["OBI:1 investigation", "OBI:1\tinvestigation\tThing"])
def test_a_malformed_list_of_names_is_told_with_its_line(line: str, tmp_path: Path) -> None:
    terms = tmp_path / "obi_terms.txt"
    terms.write_text(f"# wanted\n{line}\n")
    with pytest.raises(SourceError, match=r"obi_terms\.txt:2"):
        name_slices.read_names(terms)
