"""What is published, how it describes itself, and what changed between two releases."""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
import subprocess
from collections import Counter
from pathlib import Path

import pyoxigraph as ox
import pytest
from click.testing import CliRunner
from hatchling.builders.wheel import WheelBuilder
from hypothesis import given
from hypothesis import strategies as st
from rdflib import Graph

from cartkg import manifest
from cartkg.builds import sources_digest
from cartkg.cli.diff import command as diff_command
from cartkg.cli.release import command as release_command
from cartkg.errors import ConfigError, OntologyError, ShapesError, SourceError
from cartkg.graph import KnowledgeGraph, read
from cartkg.manifest import Manifest
from cartkg.namespaces import BASE, GRAPH_INFERRED, GRAPH_RELEASE, Prefixes
from cartkg.pipeline.freshness import is_fresh
from cartkg.project import DUMP, INDEX, MANIFEST, Project
from cartkg.release import describe, publish
from cartkg.release.diff_report import as_json, as_text, as_turtle
from cartkg.release.differences import Change, ChangeKind, compare
from cartkg.release.snapshots import Snapshot, open_snapshot
from cartkg.turtle.style import format_text
from cartkg.vocabulary.products import Product

ROOT = Path(__file__).resolve().parents[1]

Facts = dict[str, dict[str, frozenset[str]]]

PREFIXES = {
    "c": f"{BASE}ontology#",
    "claim": f"{BASE}claim/",
    "cohort": f"{BASE}cohort/",
    "dcat": "http://www.w3.org/ns/dcat#",
    "finding": f"{BASE}finding/",
    "owl": "http://www.w3.org/2002/07/owl#",
    "publication": f"{BASE}publication/",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "sh": "http://www.w3.org/ns/shacl#",
    "spdx": "http://spdx.org/rdf/terms#",
    "void": "http://rdfs.org/ns/void#",
    "void-ext": "http://ldf.fi/void-ext#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
HEAD = "".join(f"@prefix {name}: <{iri}> .\n" for name, iri in PREFIXES.items())
ONTOLOGY = f"""{HEAD}
<{BASE}ontology> a owl:Ontology ; owl:versionInfo "2026-11-22" ; owl:versionIRI <{BASE}ontology/2026-11-22> .
c:Finding a owl:Class ; rdfs:subClassOf [ a owl:Restriction ; owl:onProperty c:ofCohort ; owl:minCardinality 1 ] .
c:Claim a owl:Class .
"""
STUDY = """
finding:a-11 a c:Finding ; rdfs:label "11 of 15" ; c:ofCohort cohort:sle ; c:measure c:doris ;
    c:timeKind c:atTimePoint ; c:timeValue 6.0 ; c:numerator 11 ; c:denominator 15 .
claim:p-11 a c:Claim ; c:claimedBy publication:p ; c:asserts finding:a-11 .
finding:b a c:Finding ; rdfs:label "sleep" ; c:ofCohort cohort:sle ; c:measure c:sleep ; c:value 1.50 .
claim:p-b a c:Claim ; c:claimedBy publication:p ; c:asserts finding:b .
"""
QUESTION = """#+ title: Which findings are there?
#+ description: Gives all.
#+ answers: finding: the finding
#+ how-to-read: One row a finding.
#+ asked-by: data-engineer
#+ tags: test
#+ min-rows: 0
PREFIX c: <https://w3id.org/cartkg/ontology#>
SELECT ?finding WHERE { ?finding a c:Finding } ORDER BY ?finding
"""
MAPPINGS = """#curie_map:
#  MESH: "http://id.nlm.nih.gov/mesh/"
subject_id\tpredicate_id\tobject_id
c:Finding\thttp://www.w3.org/2004/02/skos/core#exactMatch\tMESH:D1
"""


def make(folder: Path, study: str = STUDY) -> Project:
    declared = "".join(
        f'\n<{BASE}prefix/{n}> sh:prefix "{n}" ; sh:namespace "{i}"^^xsd:anyURI .' for n, i in PREFIXES.items()
    )
    written = {
        "ontology/prefixes.ttl": HEAD + declared,
        "ontology/cartkg.ttl": ONTOLOGY,
        "ontology/mappings/mesh.sssom.tsv": MAPPINGS,
        "data/ttl/study.ttl": HEAD + study,
        "queries/findings.rq": QUESTION,
        ".cartkg/build/ontology.html": "<!DOCTYPE html><title>what the build made</title>",
        ".cartkg/build/model.svg": "<svg/>",
    }
    for name, text in written.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return Project(folder, folder / ".cartkg")


def graph_of(project: Project) -> KnowledgeGraph:
    reading = read([*project.ontology_files(), *project.data_files()], project)
    assert reading.diagnostics == []
    return reading.graph


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return make(tmp_path / "project")


def asks(triples: list[ox.Triple], pattern: str) -> bool:
    graph = KnowledgeGraph(Prefixes(PREFIXES))
    graph.add("http://e/g", triples)
    return bool(graph.query(f"ASK {{ {pattern} }}"))


def test_void_counts_are_those_of_the_graph(project: Project) -> None:
    graph = graph_of(project)
    told = describe(graph, "2026-11-22")
    total = len(list(graph.store.quads_for_pattern(None, None, None, ox.DefaultGraph())))
    assert asks(told, f"<{BASE}dataset/cartkg> a void:Dataset ; void:triples {total} ; void:properties ?p")
    assert asks(told, "?d void:classPartition [ void:class c:Finding ; void:entities 2 ]")
    assert asks(told, "?d void:propertyPartition [ void:property c:measure ; void:triples 2 ; void:distinctObjects 2 ]")
    assert not asks(told, "?d void:propertyPartition [ void:property c:missing ]")


def test_partitions_tell_editors_which_class_links_to_which(project: Project) -> None:
    told = describe(graph_of(project), "2026-11-22")
    claim = "?d void:classPartition [ void:class c:Claim ; void:propertyPartition ?part ] ."
    assert asks(
        told, f"{claim} ?part void:property c:asserts ; void:classPartition [ void:class c:Finding ; void:triples 2 ]"
    )
    finding = "?d void:classPartition [ void:class c:Finding ; void:propertyPartition ?part ] ."
    assert asks(
        told,
        f"{finding} ?part void:property c:numerator ; void-ext:datatypePartition [ void-ext:datatype xsd:integer ]",
    )


def test_named_graphs_are_described_and_the_inferred_one_is_no_part_of_the_data_set(project: Project) -> None:
    graph = graph_of(project)
    graph.add(
        GRAPH_INFERRED, [ox.Triple(ox.NamedNode("http://e/s"), ox.NamedNode("http://e/p"), ox.NamedNode("http://e/o"))]
    )
    told = describe(graph, "2026-11-22")
    part = "<http://purl.org/dc/terms/isPartOf>"
    assert asks(told, f"<{BASE}graph/study> void:triples 19 ; {part} <{BASE}dataset/cartkg>")
    assert asks(told, f"<{GRAPH_INFERRED}> void:triples 1")
    assert not asks(told, f"<{GRAPH_INFERRED}> {part} ?d")


def test_descriptions_hold_no_blank_node(project: Project) -> None:
    told = describe(graph_of(project), "2026-11-22")
    assert not [triple for triple in told if "_:" in f"{triple.subject} {triple.object}"[:2]]
    assert not [
        triple for triple in told if isinstance(triple.subject, ox.BlankNode) or isinstance(triple.object, ox.BlankNode)
    ]


def test_a_release_lists_every_file_with_size_and_checksum(project: Project, tmp_path: Path) -> None:
    published = publish(graph_of(project), project, tmp_path / "out")
    stated = json.loads((tmp_path / "out" / "manifest.json").read_text())
    there = {path.relative_to(published.folder).as_posix() for path in published.folder.rglob("*") if path.is_file()}
    assert there == {file["name"] for file in stated["files"]} | {"manifest.json", "SHA256SUMS"}
    for file in stated["files"]:
        data = (published.folder / file["name"]).read_bytes()
        assert (len(data), hashlib.sha256(data).hexdigest()) == (file["size"], file["sha256"])
    lines = (published.folder / "SHA256SUMS").read_text().splitlines()
    sums = {name: digest for digest, name in (line.split("  ") for line in lines)}
    assert set(sums) == there - {"SHA256SUMS"}
    assert sums["manifest.json"] == hashlib.sha256((published.folder / "manifest.json").read_bytes()).hexdigest()


@pytest.mark.whole
def test_catalogues_are_told_of_each_file(project: Project, tmp_path: Path) -> None:
    published = publish(graph_of(project), project, tmp_path / "out")
    told = list(ox.parse(path=str(published.folder / "dcat.ttl")))
    for file in published.files:
        if file.name == "dcat.ttl":
            continue
        iri = f"<{BASE}release/{file.name}>"
        pattern = (
            f'{iri} dcat:byteSize {file.size} ; spdx:checksum [ spdx:checksumValue "{file.sha256}"^^xsd:hexBinary ]'
        )
        sized = pattern.replace(f"byteSize {file.size}", f'byteSize "{file.size}"^^xsd:nonNegativeInteger')
        assert asks([quad.triple for quad in told], f"?d dcat:distribution {iri} . {sized}"), file.name
        zipped = f"{iri} dcat:compressFormat ?any"
        assert asks([quad.triple for quad in told], zipped) == file.name.endswith(".gz")


def test_all_forms_of_a_release_hold_the_same_graph(project: Project, tmp_path: Path) -> None:
    folder = publish(graph_of(project), project, tmp_path / "out").folder
    quads = set(ox.parse((folder / "cartkg.nq").read_bytes(), ox.RdfFormat.N_QUADS))
    assert set(ox.parse(gzip.decompress((folder / "cartkg.nq.gz").read_bytes()), ox.RdfFormat.N_QUADS)) == quads
    assert len(set(ox.parse(path=str(folder / "cartkg.trig")))) == len(quads)
    parts = list(folder.glob("graphs/*.ttl"))
    assert sum(len(list(ox.parse(path=str(path)))) for path in parts) == len(quads)
    assert {quad.graph_name.value for quad in quads if isinstance(quad.graph_name, ox.NamedNode)} >= {GRAPH_RELEASE}


@pytest.mark.whole
def test_equal_graphs_give_equal_releases(project: Project, tmp_path: Path) -> None:
    for name in ("one", "two"):
        publish(graph_of(project), project, tmp_path / name)
    one, two = ((tmp_path / name / "SHA256SUMS").read_text() for name in ("one", "two"))
    assert one == two


def test_the_ontology_is_published_as_base_full_and_simple(project: Project, tmp_path: Path) -> None:
    graph = graph_of(project)
    follows = ox.Triple(
        ox.NamedNode(f"{BASE}ontology#Claim"),
        ox.NamedNode(f"{PREFIXES['rdfs']}subClassOf"),
        ox.NamedNode(f"{BASE}ontology#Finding"),
    )
    graph.add(GRAPH_INFERRED, [follows])
    published = publish(graph, project, tmp_path / "out")
    folder = published.folder / "ontology" / "2026-11-22"
    base, full, simple = (
        set(Graph().parse(folder / f"cartkg-{kind.value}.owl", format="xml"))
        for kind in (Product.BASE, Product.FULL, Product.SIMPLE)
    )
    assert len(base) == len(list(ox.parse(ONTOLOGY, ox.RdfFormat.TURTLE)))
    assert len(full) == len(base) + 1
    assert len(simple) == len(full) - 4, "the restriction, and that the class is below it"
    assert {file.name for file in published.files} >= {
        f"ontology/2026-11-22/cartkg-{kind.value}.{ending}" for kind in Product for ending in ("ttl", "owl")
    } | {f"ontology/2026-11-22/cartkg-simple.{ending}" for ending in ("obo", "json")}


def test_the_version_address_of_each_product_is_its_path_in_the_release(project: Project, tmp_path: Path) -> None:
    published = publish(graph_of(project), project, tmp_path / "out")
    for kind in Product:
        path = next(published.folder.glob(f"ontology/*/cartkg-{kind.value}.ttl"))
        (version,) = (
            quad.object.value
            for quad in ox.parse(path=str(path))
            if quad.predicate.value == f"{PREFIXES['owl']}versionIRI" and isinstance(quad.object, ox.NamedNode)
        )
        place = published.folder / version.removeprefix(BASE)
        assert place == path.with_suffix("") if kind is not Product.FULL else place == path.parent


def test_mappings_to_vocabularies_with_terms_of_use_are_not_released(project: Project, tmp_path: Path) -> None:
    restricted = project.ontology / "mappings" / "restricted"
    restricted.mkdir()
    (restricted / "atc.sssom.tsv").write_text(MAPPINGS)
    published = publish(graph_of(project), project, tmp_path / "out")
    assert [file.name for file in published.files if "mappings" in file.name] == ["mappings/mesh.sssom.tsv"]


def test_the_wheel_carries_the_project_without_mappings_to_vocabularies_with_terms_of_use() -> None:
    carried = {Path(file.distribution_path).as_posix() for file in WheelBuilder(str(ROOT)).recurse_included_files()}
    for folder in ("ontology", "shapes", "data", "queries", "tests/cases/shapes", "tests/cases/checks"):
        files = {path.relative_to(ROOT).as_posix() for path in (ROOT / folder).rglob("*.*") if path.is_file()}
        apart = ("ontology/mappings/restricted/", "ontology/sources/")
        wanted = {f"cartkg/shipped/{name}" for name in files if not name.startswith(apart)}
        assert wanted, folder
        assert {name for name in carried if name.startswith(f"cartkg/shipped/{folder}/")} == wanted
    assert {"cartkg/web/templates/base.html", "cartkg/shipped/docs/guides/query.md"} <= carried
    assert "cartkg/vocabulary/mappings.py" in carried
    assert [name for name in carried if name.startswith("cartkg/vocabulary/upkeep/")] == []


def test_turtle_of_a_release_is_in_house_style(project: Project, tmp_path: Path) -> None:
    folder = publish(graph_of(project), project, tmp_path / "out").folder
    for path in (*folder.glob("*.ttl"), *folder.glob("graphs/*.ttl"), *folder.glob("ontology/*/*.ttl")):
        assert format_text(path.read_text(), Prefixes(PREFIXES)) == path.read_text(), path.name


@pytest.mark.whole
def test_an_earlier_release_is_replaced_and_anything_else_is_left_alone(project: Project, tmp_path: Path) -> None:
    out = tmp_path / "out"
    publish(graph_of(project), project, out)
    (out / "stale.txt").write_text("from before")
    publish(graph_of(project), project, out)
    assert not (out / "stale.txt").exists()
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "thesis.txt").write_text("years of work")
    with pytest.raises(ConfigError, match="contains something other than a release"):
        publish(graph_of(project), project, mine)
    assert [path.name for path in mine.iterdir()] == ["thesis.txt"]


def test_a_failed_release_leaves_nothing_behind(project: Project, tmp_path: Path) -> None:
    (project.queries / "findings.rq").write_text("SELECT * {")
    with pytest.raises(ShapesError, match=r"findings\.rq"):
        publish(graph_of(project), project, tmp_path / "out" / "release")
    assert list((tmp_path / "out").iterdir()) == []


def test_modules_of_two_versions_are_no_release(project: Project, tmp_path: Path) -> None:
    other = f'<{BASE}ontology/study> a owl:Ontology ; owl:versionInfo "2026-11-01" .'
    (project.ontology / "study.ttl").write_text(HEAD + other)
    with pytest.raises(OntologyError, match="ontology/study states 2026-11-01"):
        publish(graph_of(project), project, tmp_path / "out")


def changes(tmp_path: Path, study: str) -> list[Change]:
    old = make(tmp_path / "old")
    new = make(tmp_path / "new", study)
    return compare(open_snapshot(str(old.root), old), open_snapshot(str(new.root), new))


def told(found: list[Change]) -> list[tuple[str, str, str, str]]:
    return [(c.of, c.kind.value, c.before.removeprefix(BASE), c.after.removeprefix(BASE)) for c in found]


def test_the_same_evidence_has_no_changes(tmp_path: Path) -> None:
    assert changes(tmp_path, STUDY.replace("1.50", "1.5").replace("11 of 15", "eleven of fifteen")) == []


def test_a_new_value_for_the_same_matter_is_a_correction(tmp_path: Path) -> None:
    corrected = STUDY.replace("finding:a-11", "finding:a-12").replace("claim:p-11", "claim:p-12")
    found = changes(tmp_path, corrected.replace("numerator 11", "numerator 12"))
    assert told(found) == [
        ("claim", "corrected", "claim/p-11", "claim/p-12"),
        ("finding", "corrected", "finding/a-11", "finding/a-12"),
    ]
    (fact,) = found[1].facts
    assert fact.predicate.endswith("#numerator")
    assert (fact.before, fact.after) == ((f'"11"^^<{PREFIXES["xsd"]}integer>',), (f'"12"^^<{PREFIXES["xsd"]}integer>',))


def test_another_time_is_another_matter(tmp_path: Path) -> None:
    moved = STUDY.replace("finding:a-11", "finding:a-12").replace("claim:p-11", "claim:p-12").replace("6.0", "12.0")
    assert told(changes(tmp_path, moved)) == [
        ("claim", "added", "", "claim/p-12"),
        ("claim", "withdrawn", "claim/p-11", ""),
        ("finding", "added", "", "finding/a-12"),
        ("finding", "withdrawn", "finding/a-11", ""),
    ]


def test_a_fact_mended_in_place_is_a_correction_of_the_finding_and_of_the_claim_on_it(tmp_path: Path) -> None:
    found = changes(tmp_path, STUDY.replace("c:denominator 15", "c:denominator 14"))
    assert told(found) == [
        ("claim", "corrected", "claim/p-11", "claim/p-11"),
        ("finding", "corrected", "finding/a-11", "finding/a-11"),
    ]


def test_of_several_candidates_the_most_alike_is_the_corrected_one(tmp_path: Path) -> None:
    both = """
finding:{0} a c:Finding ; c:ofCohort cohort:sle ; c:measure c:m ; c:statistic c:median ; c:value {1} .
finding:{2} a c:Finding ; c:ofCohort cohort:sle ; c:measure c:m ; c:statistic c:mean ; c:value {3} .
"""
    old = make(tmp_path / "old", both.format("median-1", 1, "mean-2", 2))
    new = make(tmp_path / "new", both.format("median-3", 3, "mean-4", 4))
    found = compare(open_snapshot(str(old.root), old), open_snapshot(str(new.root), new))
    assert {(change.before.rsplit("/")[-1], change.after.rsplit("/")[-1]) for change in found} == {
        ("median-1", "median-3"),
        ("mean-2", "mean-4"),
    }


THINGS = st.dictionaries(
    st.sampled_from([f"{BASE}{kind}/{number}" for kind in ("finding", "claim", "cohort") for number in range(5)]),
    st.fixed_dictionaries(
        {},
        optional={
            f"{BASE}ontology#measure": st.sampled_from([frozenset({"<m:1>"}), frozenset({"<m:2>"})]),
            f"{BASE}ontology#value": st.sampled_from(
                [frozenset({'"1"'}), frozenset({'"2"'}), frozenset({'"1"', '"2"'})]
            ),
            f"{BASE}ontology#asserts": st.sampled_from([frozenset({f"<{BASE}finding/{n}>"}) for n in range(5)]),
        },
    ),
)


@given(THINGS, THINGS)
def test_each_thing_that_came_or_went_is_told_once(before: Facts, after: Facts) -> None:
    found = compare(Snapshot("old", before, None), Snapshot("new", after, None))
    assert Counter(change.after for change in found if change.before != change.after and change.after) == Counter(
        set(after) - set(before)
    )
    assert Counter(change.before for change in found if change.before != change.after and change.before) == Counter(
        set(before) - set(after)
    )
    assert compare(Snapshot("old", before, None), Snapshot("same", before, None)) == []


def test_mappings_are_compared_with_names_written_out(tmp_path: Path) -> None:
    old, new = make(tmp_path / "old"), make(tmp_path / "new")
    (new.ontology / "mappings" / "mesh.sssom.tsv").write_text(MAPPINGS.replace("MESH:D1", "MESH:D2"))
    found = compare(open_snapshot(str(old.root), old), open_snapshot(str(new.root), new))
    assert [(change.of, change.kind) for change in found] == [
        ("mapping", ChangeKind.ADDED),
        ("mapping", ChangeKind.WITHDRAWN),
    ]
    assert "<http://id.nlm.nih.gov/mesh/D2>" in found[0].label
    assert f"<{PREFIXES['c']}Finding>" in found[0].label


@pytest.mark.whole
@pytest.mark.parametrize("form", ["release", "dump", "gzip", "project", "folder", "file", "revision"])
def test_every_kind_of_source_gives_the_same_evidence(project: Project, tmp_path: Path, form: str) -> None:
    folder = publish(graph_of(project), project, tmp_path / "out").folder
    git = ["git", "-C", str(project.root), "-c", "user.name=t", "-c", "user.email=t@e", "-c", "init.defaultBranch=main"]
    for step in (["init", "-q"], ["add", "."], ["commit", "-qm", "first"], ["tag", "v1"]):
        subprocess.run([*git, *step], check=True, env={"HOME": str(tmp_path), "PATH": "/usr/bin:/bin:/usr/local/bin"})
    name = {
        "release": folder,
        "dump": folder / "cartkg.nq",
        "gzip": folder / "cartkg.nq.gz",
        "project": project.root,
        "folder": project.data,
        "file": project.data / "study.ttl",
        "revision": "v1",
    }[form]
    snapshot, sources = open_snapshot(str(name), project), open_snapshot(str(project.root), project)
    assert snapshot.facts == sources.facts
    if form in {"release", "project", "revision"}:
        assert snapshot.mappings == sources.mappings
        assert snapshot.mappings
    assert compare(snapshot, sources) == [] or form == "folder"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("never-made", "neither a file, a folder nor a git revision"),
        ("--output=x", "no such file or folder"),
        ("empty", "contains no evidence"),
    ],
)
def test_what_is_no_snapshot_is_refused(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    with pytest.raises(ConfigError, match=message):
        open_snapshot(name, project)


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("x.ttl", b"<http://e/a>\n .", r"x\.ttl:2:2: "),
        ("x.nq", b"\nnonsense", r"x\.nq:2:1: is not N-Quads"),
        ("x.nq.gz", b"nonsense", r"x\.nq\.gz: is not a gzip file"),
    ],
)
def test_a_broken_snapshot_is_named_with_its_place(
    project: Project, tmp_path: Path, name: str, data: bytes, message: str
) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(SourceError, match=message):
        open_snapshot(str(tmp_path / name), project)


def test_changes_are_told_in_words_json_and_turtle(tmp_path: Path) -> None:
    corrected = STUDY.replace("finding:a-11", "finding:a-12").replace("numerator 11", "numerator 12")
    found = changes(tmp_path, corrected + "claim:new c:claimedBy publication:p .")
    prefixes = Prefixes(PREFIXES)
    words = as_text(found, prefixes)
    assert words.startswith("claims: 1 added, 1 corrected, 0 withdrawn\nfindings: 0 added, 1 corrected, 0 withdrawn\n")
    assert '    c:numerator: "11" -> "12"' in words.splitlines()
    assert "    was finding/a-11" in words.splitlines()
    assert [row["kind"] for row in json.loads(as_json(found))] == ["added", "corrected", "corrected"]
    turtle = as_turtle(found, ("old", "new"), prefixes)
    triples = [quad.triple for quad in ox.parse(turtle, ox.RdfFormat.TURTLE)]
    prov = "http://www.w3.org/ns/prov#"
    assert asks(triples, f"finding:a-12 <{prov}wasRevisionOf> finding:a-11 . finding:a-11 <{prov}wasInvalidatedBy> ?x")
    assert asks(triples, f"claim:new <{prov}wasGeneratedBy> ?activity")


def test_the_command_prints_the_chosen_form(project: Project, tmp_path: Path) -> None:
    make(tmp_path / "new", STUDY + "claim:new c:claimedBy publication:p .")
    run = CliRunner().invoke(
        diff_command,
        [str(project.root), str(tmp_path / "new"), "--format", "json"],
        obj=project,
        catch_exceptions=False,
    )
    assert [row["after"] for row in json.loads(run.output)] == [f"{BASE}claim/new"]


def built(project: Project) -> Project:
    """Put a build of the project's sources where `cartkg build` puts it."""
    graph_of(project).write_dump(project.build / DUMP)
    digest = hashlib.sha256((project.build / DUMP).read_bytes()).hexdigest()
    (project.build / MANIFEST).write_bytes(
        manifest.write(Manifest("2026-11-22", "0", digest, 0, sources=sources_digest(project)))
    )
    (project.build / INDEX).touch()
    project.cache.remember(project.build_files())
    return project


def test_a_build_is_not_fresh_when_its_dump_is_not_the_one_its_manifest_describes(project: Project) -> None:
    assert is_fresh(built(project))
    with (project.build / DUMP).open("ab") as dump:
        dump.write(b"\n")
    assert not is_fresh(project)


def test_the_release_command_publishes_the_last_build_on_request(project: Project, tmp_path: Path) -> None:
    out = tmp_path / "public" / "release"
    arguments = ["--from-build", "--out", str(out)]
    run = CliRunner().invoke(release_command, arguments, obj=built(project), catch_exceptions=False)
    assert run.exit_code == 0
    assert f"data of 2026-11-22: {out}" in run.stdout
    assert (out / "SHA256SUMS").is_file()
    assert set(ox.parse(path=str(out / "cartkg.nq"))) >= set(ox.parse(path=str(project.build / DUMP)))


def test_checksums_are_in_the_form_that_sha256sum_reads(project: Project, tmp_path: Path) -> None:
    folder = publish(graph_of(project), project, tmp_path / "out").folder
    if shutil.which("sha256sum") is None:
        pytest.skip("this system has no sha256sum")
    check = ["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"]
    assert subprocess.run(check, cwd=folder, check=False).returncode == 0
    (folder / "void.ttl").write_text("spoiled")
    assert subprocess.run(check, cwd=folder, check=False, capture_output=True).returncode == 1
