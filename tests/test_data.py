"""The data: each file parses, is in house style, describes its own things only; and the corpus is in it, row by row."""

from __future__ import annotations

import csv
import re
import shutil
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest
from cartkg.curation.adding import add
from cartkg.curation.dossier import load, open_dossier
from cartkg.curation.lexicon import read_lexicon
from pyoxigraph import BlankNode, NamedNode, Quad, RdfFormat, parse

from cartkg.namespaces import BASE, GRAPH, RDF, SKOS, TERM, graph_iri, read_prefixes
from cartkg.project import Project
from cartkg.turtle.style import format_text

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"
DATA = ROOT / "data" / "ttl"
FILES = sorted(DATA.rglob("*.ttl"))
STUDIES = [path for path in FILES if path.parent == DATA]
EVIDENCE = SHARED / "evidence"
needs_evidence = pytest.mark.skipif(not EVIDENCE.is_dir(), reason="the dossiers are not beside this checkout")
_ROW_PARTS = (
    "cohorts",
    "patients",
    "outcomes",
    "adverse_events",
    "conflicts",
    "overlap",
    "unconfirmed_links",
    "guidance",
    "claims",
    "points",
    "counts",
    "assessments",
)


def name(path: Path) -> str:
    return path.relative_to(DATA).with_suffix("").as_posix()


@cache
def quads(path: Path) -> tuple[Quad, ...]:
    return tuple(parse(path=path, format=RdfFormat.TURTLE))


def dossiers() -> list[Path]:
    return sorted((EVIDENCE / "publications").glob("*.yaml")) + sorted((EVIDENCE / "criteria").glob("*.yaml"))


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
    subjects = {quad.subject.value for quad in quads(path) if isinstance(quad.subject, NamedNode)}
    assert f"{BASE}publication/{path.stem}" in subjects
    assert graph_iri(path.stem) == f"{GRAPH}{path.stem}"


def test_each_subject_lives_in_one_file() -> None:
    homes: dict[str, set[str]] = defaultdict(set)
    for path in FILES:
        for quad in quads(path):
            if isinstance(quad.subject, NamedNode):
                homes[quad.subject.value].add(name(path))
    assert {subject: found for subject, found in homes.items() if len(found) > 1} == {}


def test_every_finding_is_claimed() -> None:
    every = [quad for path in FILES for quad in quads(path)]
    asserted = {quad.object for quad in every if quad.predicate.value == f"{TERM}asserts"}
    findings = {quad.subject for quad in every if quad.predicate.value == f"{TERM}ofCohort"}
    assert findings - asserted == set()


def test_no_address_is_a_copy_of_an_abstract() -> None:
    shown = {
        str(getattr(quad.object, "value", ""))
        for path in FILES
        for quad in quads(path)
        if quad.predicate.value == f"{TERM}pageAddress"
    }
    assert [
        address for address in sorted(shown) if re.search(r"pubmed|booksci|patsnap|zhihuiya|vukou|wilddata", address)
    ] == []


def test_count_of_kattamuri_is_shown_as_printed_and_flagged() -> None:
    finding = f"{BASE}finding/kattamuri-2025-rheumatolint/c1/cytokine-release-syndrome/time-not-reported/79-of-47"
    found = [quad for quad in quads(DATA / "kattamuri-2025-rheumatolint.ttl") if quad.subject == NamedNode(finding)]
    assert "impossible as printed" in {getattr(quad.object, "value", "") for quad in found}


#: Conflicts that join fewer than two things that are no publication (findings, claims, remarks, patients, doses ...).
ONE_SIDED = {
    "aha-cd19-cart-case/1-peak-day": "one number is doubted; the other side is what is usual elsewhere",
    "found/cgti-2025-improvement-share": "one number does not fit its own denominator",
    "found/osu-24-response-share": "one number does not fit its own denominator",
    "granit-2023-lancetneurol/1-follow-up-is-a-median-of": "one row of the dossier holds both sides",
    "greco-2024-eclinicalmedicine/1-bilirubin-unit": "one unit is doubted",
    "kattamuri-2025-rheumatolint/1-the-abstract-says-79-patients-had": "one count is impossible in itself",
    "kurtzke-1983-edss/1-number-of-functional-systems": "the dossier does not name the source of the other side",
    "mg-lems-2024-ean-digest/1-identical-qmg-values-21-to-5": "one printed pair of values is doubted",
    "motte-2024-neuron/1-the-digest-prints-the-same-qmg": "one printed pair of values is doubted",
    "mougiakakos-2021-nejm/4-doi": "no side is a statement: an identifier was left out",
    "mueller-2023-lancet/2-citation-mix-up-in-the-wild": "the other side is unnamed repositories that cite wrongly",
    "qin-2025-cell/1-the-title-is-given-as-anti": "two wordings of a title; the second has no source named",
    "sri-2012-autoimmunrev/2-bilag-part": "a rule beside the table of the same paper",
    "vu-2025-aan/3-one-news-outlet-s10-calls-the": "the other side is the trial number in the graph's bibliography",
}


def test_each_conflict_joins_two_statements_or_has_a_reason() -> None:
    joined = {
        quad.subject.value.removeprefix(f"{BASE}conflict/"): 0
        for path in FILES
        for quad in quads(path)
        if isinstance(quad.subject, NamedNode) and quad.object == NamedNode(f"{TERM}Conflict")
    }
    for path in FILES:
        for quad in quads(path):
            if quad.predicate.value == f"{TERM}involves" and "/publication/" not in str(quad.object):
                joined[getattr(quad.subject, "value", "").removeprefix(f"{BASE}conflict/")] += 1
    assert len(joined) > 60
    assert {name for name, sides in joined.items() if sides < 2} == set(ONE_SIDED)


@needs_evidence
def test_every_external_identifier_was_seen() -> None:
    with (SHARED / "ids" / "verified_ids.tsv").open(encoding="utf-8") as stream:
        seen = {row[2] for row in csv.reader(stream, delimiter="\t", quoting=csv.QUOTE_NONE)}
    namespaces = {"obo": None, "uniprot": "uniprot", "hgnc": "hgnc", "ncbigene": "NCBIGene"}
    prefixes = read_prefixes(ROOT / "ontology" / "prefixes.ttl")
    unseen: set[str] = set()
    for path in sorted((DATA / "shared").glob("*.ttl")):
        for quad in quads(path):
            if not quad.predicate.value.startswith(SKOS) or not isinstance(quad.object, NamedNode):
                continue
            prefix, _, local = (prefixes.compact(quad.object.value) or "?:").partition(":")
            curie = local.replace("_", ":", 1) if prefix == "obo" else f"{namespaces.get(prefix, prefix)}:{local}"
            if curie not in seen:
                unseen.add(curie)
    assert unseen == set()


@cache
def rows() -> frozenset[str]:
    return frozenset(
        str(getattr(quad.object, "value", ""))
        for path in FILES
        for quad in quads(path)
        if quad.predicate.value == f"{TERM}dossierRow"
    )


@needs_evidence
@pytest.mark.parametrize("path", dossiers(), ids=lambda path: path.stem)
def test_every_row_of_the_dossier_is_in_the_graph(path: Path) -> None:
    root = load(path).value
    assert isinstance(root, dict)
    wanted = [f"{root['key']} publication"]
    for part in _ROW_PARTS:
        items = root.get(part)
        wanted += [f"{root['key']} {part}[{index}]" for index in range(len(items))] if isinstance(items, list) else []
    wanted += [f"{root['key']} sources {source.child('id').value}" for source in load(path).children("sources")]
    assert [row for row in wanted if row not in rows()] == []


@needs_evidence
@pytest.mark.parametrize("register", ["trials", "products"])
def test_every_trial_and_product_is_in_the_graph(register: str) -> None:
    rows_listed = load(EVIDENCE / f"{register}.yaml").items()
    wanted = {f"{register} {row.child('id').value or row.child('name').value}" for row in rows_listed}
    assert wanted - rows() == set()


def test_shared_words_name_one_thing_each_unless_told() -> None:
    """A phrase that names several things is a hidden label of each; titles of trials may repeat."""
    visible: dict[tuple[str, str], set[str]] = defaultdict(set)
    labels = {f"{SKOS}altLabel", "http://www.w3.org/2000/01/rdf-schema#label"}
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
    used = {
        str(getattr(quad.object, "value", ""))
        for path in FILES
        for quad in quads(path)
        if quad.predicate.value == f"{RDF}type" and isinstance(quad.object, NamedNode)
    }
    assert used - declared == set()


_LOOKED_UP = ("criterion", "term", "unit", "drug", "target", "disease", "trial", "site", "product")
#: Fields whose words become a class, a link or a value of the ontology; a unit such as `months, over` is two values.
_TURNED = frozenset(
    {"address", "cell_type", "certainty", "cohort", "costimulatory_domain", "grade", "id", "key", "kind"}
)
_TURNED |= {"same_as", "seed_named", "sex", "source", "stat", "vector", "with"}
_RETYPED = re.compile(r"own description|title not|^95% CI|^\d+ (?:months|years)$|^\d+ \(s\d\) or|impossible_as_printed")


@cache
def described() -> dict[str, list[Quad]]:
    found: dict[str, list[Quad]] = defaultdict(list)
    for path in FILES:
        for quad in quads(path):
            found[str(getattr(quad.subject, "value", ""))].append(quad)
    return found


@cache
def by_row() -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for subject, statements in described().items():
        for quad in statements:
            if quad.predicate.value == f"{TERM}dossierRow":
                found[str(getattr(quad.object, "value", "")).partition(" ")[0]].add(subject)
    return found


def said_of(key: str) -> str:
    """Give all words and numbers that the graph holds because of one dossier."""
    subjects = set(by_row()[key]) | {subject for subject in described() if f"/{key}/" in f"{subject}/"}
    for _ in range(2):
        linked = {str(getattr(quad.object, "value", "")) for subject in subjects for quad in described()[subject]}
        subjects |= {name for name in linked if name in described() and "/publication/" not in name}
    words = (str(getattr(quad.object, "value", "")) for subject in subjects for quad in described()[subject])
    return " | ".join(" ".join(word.lower().split()) for word in words)


def parts(text: str) -> list[str]:
    """Give a text whole, or what it says and the reader's note on its source, which stand apart in the graph.

    A note that is nothing but a source ("(s3)") is told by who claims the fact.
    """
    words = " ".join(text.lower().split())
    noted = re.fullmatch(
        r"(?P<said>.+?)(?: \((?P<note>[^()]*\bs\d+\b[^()]*)\)|; (?P<same>[^;]*\(s\d+\) says the same[^;]*))", words
    )
    if noted is None:
        return [words]
    note = noted["note"] or noted["same"]
    return [noted["said"]] if re.fullmatch(r"s\d+", note) else [noted["said"], note]


@needs_evidence
@pytest.mark.parametrize("path", dossiers(), ids=lambda path: path.stem)
def test_every_fact_of_the_dossier_is_found_again_in_the_graph(path: Path) -> None:
    lexicon = read_lexicon(sorted((DATA / "shared").glob("*.ttl")))
    root = open_dossier(path).root
    said = said_of(str(root.child("key").value))
    numbers = {float(number) for number in re.findall(r"(?<![\w.])-?\d+(?:\.\d+)?", said)}
    lost: list[str] = []
    for leaf in root.leaves():
        last = re.sub(r"\[\d+\]", "", leaf.path).rpartition(".")[2]
        if last in _TURNED or isinstance(leaf.value, bool) or (last == "unit" and ", " in str(leaf.value)):
            continue
        if isinstance(leaf.value, (int, float)):
            kept = bool({float(leaf.value), float(leaf.value) * 1e6} & numbers)
        else:
            looked_up = any(lexicon.find(kind, leaf.value) for kind in _LOOKED_UP)
            kept = looked_up or bool(_RETYPED.search(leaf.value)) or all(part in said for part in parts(leaf.value))
        if not kept:
            lost.append(f"{leaf.path}: {leaf.value}")
    assert lost == []


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A copy of the project, to add dossiers to."""
    folder = tmp_path_factory.mktemp("project")
    for part in ("data", "ontology"):
        shutil.copytree(ROOT / part, folder / part)
    return Project(folder, folder / ".cartkg")


#: Dossiers that others speak of, share pages with or retell; each is added with its neighbours.
ENTANGLED = {"krickau-2024-lancet", "mackensen-2022-webpost", "mueller-2024-nejm", "taubmann-op0027-longterm"}


@needs_evidence
@pytest.mark.parametrize(
    "path",
    [
        pytest.param(path, id=path.stem, marks=() if path.stem in ENTANGLED else pytest.mark.whole)
        for path in dossiers()
    ],
)
def test_dossier_added_again_alone_changes_nothing(path: Path, copied: Project) -> None:
    assert [file.name for file in add([path], copied).written] == []
