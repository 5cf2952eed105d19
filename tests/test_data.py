"""The data: compiled from the dossiers byte for byte, each thing in one file, and fit to be read."""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest
from pyoxigraph import BlankNode, NamedNode, Quad, RdfFormat, parse

from cartkg.diagnostics import Severity
from cartkg.dossier.schema import source
from cartkg.namespaces import BASE, GRAPH, RDF, RDFS, SKOS, TERM, graph_iri, read_prefixes
from cartkg.pipeline.inputs.curation import Curated, compile_project
from cartkg.project import find
from cartkg.turtle.style import format_text

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT / "data" / "ttl"
FILES = sorted(DATA.rglob("*.ttl"))
STUDIES = [path for path in FILES if path.parent == DATA]
#: The one file that is not compiled from dossiers or lists: `cartkg.vocabulary.upkeep.missing_identifiers` writes it.
UNFOUND = DATA / "shared" / "identifiers-not-found.ttl"
KEYS = {path.stem for path in STUDIES}


def name(path: Path) -> str:
    return path.relative_to(DATA).with_suffix("").as_posix()


@cache
def quads(path: Path) -> tuple[Quad, ...]:
    return tuple(parse(path=path, format=RdfFormat.TURTLE))


@cache
def graph() -> dict[str, dict[str, list[str]]]:
    """Return what is said of each subject, by property."""
    found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for path in FILES:
        for quad in quads(path):
            found[str(getattr(quad.subject, "value", ""))][quad.predicate.value].append(
                str(getattr(quad.object, "value", ""))
            )
    return found


@cache
def subjects(kind: str) -> tuple[str, ...]:
    """Return the paths of the things of one kind that dossiers state, by the first part of their IRIs."""
    told = {str(getattr(quad.subject, "value", "")) for path in STUDIES for quad in quads(path)}
    return tuple(sorted(iri.removeprefix(BASE) for iri in told if iri.startswith(f"{BASE}{kind}/")))


@pytest.fixture(scope="module")
def curated() -> Curated:
    """Every dossier and list of the project, compiled once."""
    return compile_project(find(ROOT))


def test_no_dossier_or_list_has_an_error(curated: Curated) -> None:
    wrong = [str(each) for each in curated.diagnostics if each.severity is Severity.ERROR]
    assert wrong == []


def test_every_compiled_file_has_its_dossier_or_list(curated: Curated) -> None:
    assert set(FILES) - {UNFOUND} == set(curated.files)
    assert {path.stem for path in (ROOT / "data" / "dossiers").iterdir()} == KEYS


@pytest.mark.parametrize("path", [path for path in FILES if path != UNFOUND], ids=name)
def test_compiling_reproduces_the_file_byte_for_byte(path: Path, curated: Curated) -> None:
    assert curated.files[path] == path.read_bytes(), "run: cartkg add --all"


@pytest.mark.parametrize("path", [path for path in FILES if path != UNFOUND], ids=name)
def test_the_first_line_says_what_the_file_was_compiled_from(path: Path) -> None:
    first = path.read_text("utf-8").partition("\n")[0]
    said = re.fullmatch(
        r"# Compiled from (data/\S+\.yaml) by `?cartkg(?: add)?`?; edit (?:the dossier|that file).*", first
    )
    assert said, first
    assert (ROOT / said[1]).is_file()
    if path.parent == DATA:
        assert said[1] == f"data/dossiers/{path.stem}.yaml"


@pytest.mark.parametrize("path", FILES, ids=name)
def test_file_parses_and_is_in_house_style(path: Path) -> None:
    text = path.read_text("utf-8")
    prefixes = read_prefixes(ROOT / "ontology" / "prefixes.ttl")
    assert format_text(text, prefixes, path) == text, f"run: cartkg fmt {path}"


@pytest.mark.parametrize("path", FILES, ids=name)
def test_file_has_no_blank_nodes(path: Path) -> None:
    assert not [
        quad for quad in quads(path) if isinstance(quad.subject, BlankNode) or isinstance(quad.object, BlankNode)
    ]


@pytest.mark.parametrize("path", STUDIES, ids=name)
def test_study_file_is_named_for_its_publication_and_graph(path: Path) -> None:
    described = {quad.subject.value for quad in quads(path) if isinstance(quad.subject, NamedNode)}
    assert f"{BASE}publication/{path.stem}" in described
    assert graph_iri(path.stem) == f"{GRAPH}{path.stem}"


def test_each_thing_is_described_in_one_file_and_only_papers_that_define_a_criterion_add_to_it() -> None:
    homes: dict[str, set[str]] = defaultdict(set)
    mentions: dict[str, set[str]] = defaultdict(set)
    for path in FILES:
        for quad in quads(path):
            if isinstance(quad.subject, NamedNode):
                mentions[quad.subject.value].add(name(path))
                if quad.predicate.value == f"{RDF}type":
                    homes[quad.subject.value].add(name(path))
    assert {subject: found for subject, found in homes.items() if len(found) > 1} == {}
    more = {subject: found - homes[subject] for subject, found in mentions.items() if found - homes[subject]}
    assert {subject: found for subject, found in more.items() if not subject.startswith(f"{BASE}criterion/")} == {}
    for found in more.values():
        for key in found:
            assert f"{TERM}CriterionDefinitionPaper" in graph()[f"{BASE}publication/{key}"][f"{RDF}type"], key


_ID = r"[a-z0-9]+(?:[-.][a-z0-9]+)*"
#: The form of the IRIs of each kind: the key of a dossier and the id of a row; no value and no prose.
FORMS = {
    "study": rf"study/{_ID}",
    "arm": rf"arm/{_ID}/{_ID}",
    "therapy": rf"therapy/{_ID}/{_ID}",
    "regimen": rf"regimen/{_ID}/{_ID}",
    "administration": rf"administration/{_ID}/{_ID}",
    "cohort": rf"cohort/{_ID}/{_ID}",
    "finding": rf"finding/{_ID}/{_ID}",
    "claim": rf"claim/{_ID}(?:/{_ID})?/(?:finding|cohort|therapy|administration|criterion|regimen|arm|\w+)/.+",
    "remark": rf"remark/{_ID}/{_ID}",
    "conflict": rf"conflict/{_ID}/{_ID}(?:/\d+)?",
    "overlap": rf"overlap/{_ID}/{_ID}",
    "absence": rf"absence/{_ID}/{_ID}",
    "source": rf"source/{_ID}/{_ID}",
}


@pytest.mark.parametrize("kind", FORMS)
def test_an_iri_is_made_of_the_key_of_a_dossier_and_the_id_of_a_row(kind: str) -> None:
    assert subjects(kind)
    assert [path for path in subjects(kind) if not re.fullmatch(FORMS[kind], path)] == []
    assert [path for path in subjects(kind) if path.split("/")[1] not in KEYS] == []


#: A count, a statistic with its number, or a decimal that is not a time.
_VALUE = re.compile(
    r"\d-of-\d|of-not-reported|(?:median|mean|minus|more-than|at-most|approximately|described)-\d"
    r"|\dp\d++(?!d|wk|mo|yr)"
)
_LONGEST_ID = 60


@pytest.mark.parametrize("kind", ["finding", "cohort", "claim"])
def test_an_iri_holds_no_value(kind: str) -> None:
    assert [path for path in subjects(kind) if _VALUE.search(path.rpartition("/")[2])] == []
    assert [path for path in subjects(kind) if len(path.rpartition("/")[2]) > _LONGEST_ID] == []


def test_the_row_of_a_thing_is_named_in_the_graph() -> None:
    for kind in ("finding", "cohort", "arm", "therapy", "remark", "overlap"):
        for path in subjects(kind):
            _, key, row = path.split("/")
            rows = graph()[BASE + path][f"{TERM}dossierRow"]
            assert any(each == f"{key}#{row}" or f"{key}#{row}".startswith(f"{each}.") for each in rows), path


def test_every_finding_is_claimed() -> None:
    asserted = {thing for said in graph().values() for thing in said.get(f"{TERM}asserts", [])}
    assert {BASE + path for path in subjects("finding")} - asserted == set()


def test_one_pair_of_cohorts_has_one_overlap() -> None:
    pairs: dict[frozenset[str], list[str]] = defaultdict(list)
    for path in subjects("overlap"):
        between = graph()[BASE + path][f"{TERM}overlapBetween"]
        assert len(set(between)) == 2, path
        pairs[frozenset(between)].append(path)
    assert pairs
    assert [found for found in pairs.values() if len(found) > 1] == []


def test_one_matter_has_one_conflict() -> None:
    matters: dict[frozenset[str], list[str]] = defaultdict(list)
    for path in subjects("conflict"):
        said = graph()[BASE + path]
        if f"{TERM}Conflict" in said[f"{RDF}type"]:
            things = [*said[f"{TERM}involves"], *said[f"{TERM}conflictKind"], *said[f"{TERM}firstSide"]]
            matters[frozenset(things)].append(path)
    assert len(matters) > 50
    assert [found for found in matters.values() if len(found) > 1] == []


def test_the_two_sides_of_a_conflict_do_not_rest_on_the_same_statement() -> None:
    for path in subjects("conflict"):
        said = graph()[BASE + path]
        sides = [set(graph()[side][f"{TERM}restsOn"]) for side in said.get(f"{TERM}hasSide", [])]
        if len(sides) == 2:
            assert not sides[0] & sides[1], path


def test_no_address_is_a_copy_of_an_abstract() -> None:
    shown = {address for said in graph().values() for address in said.get(f"{TERM}pageAddress", [])}
    assert shown
    assert [
        address for address in sorted(shown) if re.search(r"pubmed|booksci|patsnap|zhihuiya|vukou|wilddata", address)
    ] == []


def test_the_count_of_kattamuri_is_shown_as_printed_and_flagged() -> None:
    said = graph()[f"{BASE}finding/kattamuri-2025-rheumatolint/crs"]
    assert (said[f"{TERM}numerator"], said[f"{TERM}denominator"]) == (["79"], ["47"])
    assert said[f"{TERM}doubtful"] == ["true"]
    assert any("mpossible as printed" in note for note in said[f"{TERM}note"])
    assert "79 of 47" in said[f"{RDFS}label"][0]


def test_every_identifier_of_another_vocabulary_was_seen_with_its_label() -> None:
    lines = (ROOT / "data" / "vocabulary" / "identifiers.tsv").read_text("utf-8").splitlines()[1:]
    seen = {line.partition("\t")[0] for line in lines}
    prefixes = read_prefixes(ROOT / "ontology" / "prefixes.ttl")
    named = {"uniprot": "UniProt", "hgnc": "HGNC", "ncbigene": "NCBIGene"}
    unseen: set[str] = set()
    matches = 0
    for path in FILES:
        for quad in quads(path):
            if not quad.predicate.value.startswith(SKOS) or not isinstance(quad.object, NamedNode):
                continue
            matches += 1
            prefix, _, local = (prefixes.compact(quad.object.value) or "?:").partition(":")
            curie = local.replace("_", ":", 1) if prefix == "obo" else f"{named.get(prefix, prefix)}:{local}"
            if curie not in seen and not quad.object.value.startswith(BASE):
                unseen.add(curie)
    assert matches > 100
    assert unseen == set()


#: The properties whose texts a reader sees on a page or in an answer.
SHOWN = (
    f"{RDFS}label",
    *(
        TERM + local
        for local in (
            "about",
            "basis",
            "claimText",
            "cohortName",
            "cohortText",
            "componentText",
            "conclusion",
            "doseText",
            "explanation",
            "firstSide",
            "modalityText",
            "note",
            "population",
            "qualifierText",
            "readLevelText",
            "resultText",
            "secondSide",
            "sideText",
            "sourceText",
            "topic",
            "validationText",
        )
    ),
)
#: Words of those who prepare the data: seed texts, dossiers, codes of sources, rows, the keys of publications.
WORKSHOP = re.compile(
    r"\bseeds?\b(?: (?:text|document)s?)? ?\d|\bdossiers?\b|\bsupplements?\b \d|\bs\d{1,2}\b|\w\[\d+\]|#\w|"
    r"\bcorpus README\b|\b(?:" + "|".join(sorted(map(re.escape, KEYS), key=len, reverse=True)) + r")\b"
)


@pytest.mark.parametrize("path", FILES, ids=name)
def test_no_text_that_a_reader_sees_speaks_of_the_workshop(path: Path) -> None:
    told = [
        f"{quad.subject.value}: {getattr(quad.object, 'value', '')}"
        for quad in quads(path)
        if quad.predicate.value in SHOWN and isinstance(quad.subject, NamedNode)
        if WORKSHOP.search(getattr(quad.object, "value", ""))
    ]
    assert told == []


def test_a_label_never_ends_in_a_colon_or_an_open_bracket() -> None:
    labels = [(iri, label) for iri, said in graph().items() for label in said.get(f"{RDFS}label", [])]
    assert labels
    assert [pair for pair in labels if re.search(r"[:(]\s*$|: *\(", pair[1])] == []


def test_a_claim_says_only_what_its_publication_says() -> None:
    """Remarks of the curators stand under `note`; they speak of reading, sources and doubts."""
    remark = re.compile(r"\b(?:unread|not readable|cut off|is cut|this source|by general knowledge|placed here)\b")
    told = [
        (iri, text)
        for iri, said in graph().items()
        if "/claim/" in iri
        for text in said.get(f"{TERM}claimText", [])
        if remark.search(text)
    ]
    assert told == []


def test_shared_words_name_one_thing_each() -> None:
    """A name that means several things is a hidden label of each; titles of trials may repeat."""
    visible: dict[tuple[str, str], set[str]] = defaultdict(set)
    labels = {f"{SKOS}altLabel", f"{RDFS}label"}
    for path in sorted((DATA / "shared").glob("*.ttl")):
        for quad in quads(path):
            if quad.predicate.value in labels and isinstance(quad.subject, NamedNode):
                word = str(getattr(quad.object, "value", "")).lower()
                kind = quad.subject.value.removeprefix(BASE).partition("/")[0]
                if kind == "trial" and quad.predicate.value != f"{SKOS}altLabel":
                    continue
                visible[(kind, word)].add(quad.subject.value)
    assert {key: found for key, found in visible.items() if len(found) > 1} == {}


def test_types_are_classes_of_the_ontology() -> None:
    declared = {
        quad.subject.value
        for path in sorted((ROOT / "ontology").glob("*.ttl"))
        for quad in parse(path=path, format=RdfFormat.TURTLE)
        if isinstance(quad.subject, NamedNode)
    }
    used = {kind for said in graph().values() for kind in said.get(f"{RDF}type", []) if kind}
    assert used - declared == set()


def test_every_word_of_the_schema_stands_for_a_term_of_the_ontology() -> None:
    declared = {
        quad.subject.value
        for path in sorted((ROOT / "ontology").glob("*.ttl"))
        for quad in parse(path=path, format=RdfFormat.TURTLE)
        if isinstance(quad.subject, NamedNode)
    }
    meant = {
        TERM + said["meaning"].removeprefix("cartkg:")
        for enum in source()["enums"].values()
        for said in enum["permissible_values"].values()
        if said and said.get("meaning", "").startswith("cartkg:")
    }
    assert len(meant) > 100
    assert meant - declared == set()
