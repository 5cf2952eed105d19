"""`cartkg check --changed` with anyone's shapes: the diagnostics of a full run at what was touched or depends on it."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cartkg.errors import ConfigError
from cartkg.pipeline.checking import check
from cartkg.pipeline.inputs.options import CheckOptions
from cartkg.project import shipped
from cartkg.validation import EngineName

if TYPE_CHECKING:
    from pathlib import Path

    from cartkg.diagnostics import Diagnostic, Report

PREFIXES = """@prefix ex: <http://example.org/> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
"""
#: Shapes that read far from their focus nodes, each in a way of its own.
SHAPES = {
    "an inverse path": "ex:S1 sh:targetClass ex:A ; sh:property [ sh:path [ sh:inversePath ex:p ] ; sh:maxCount 1 ] .",
    "a sequence": "ex:S2 sh:targetSubjectsOf ex:p ; sh:property [ sh:path ( ex:p ex:q ) ; sh:class ex:B ] .",
    "a sequence turned round": """ex:S3 sh:targetObjectsOf ex:q ;
        sh:property [ sh:path [ sh:inversePath ( ex:p ex:q ) ] ; sh:nodeKind sh:IRI ; sh:maxCount 0 ] .""",
    "up and down again": "ex:S4 sh:targetClass ex:B ; "
    "sh:property [ sh:path ( [ sh:inversePath ex:q ] ex:p ) ; sh:class ex:A ] .",
    "any number of steps": """ex:S5 sh:targetNode ex:n0, ex:nowhere ;
        sh:property [ sh:path [ sh:zeroOrMorePath ex:p ] ; sh:class ex:A ; sh:minCount 3 ] .""",
    "a shape that refers to itself": """ex:S6 sh:targetClass ex:A ; sh:property [ sh:path ex:p ; sh:node ex:S6 ] ;
        sh:property [ sh:path ex:label ; sh:maxCount 1 ] .""",
    "shapes in shapes": """ex:S7 sh:targetClass ex:A ; sh:not [ sh:property [ sh:path ex:p ;
        sh:qualifiedValueShape [ sh:property [ sh:path ex:q ; sh:hasValue ex:n1 ] ] ; sh:qualifiedMinCount 1 ] ] .""",
    "siblings that look farther": """ex:S8 sh:targetSubjectsOf ex:q ;
        sh:property [ sh:path ( ex:q ex:p ) ; sh:qualifiedValueShape [ sh:nodeKind sh:IRI ] ;
            sh:qualifiedValueShapesDisjoint true ; sh:qualifiedMinCount 1 ] ;
        sh:property [ sh:path ex:p ; sh:qualifiedMaxCount 9 ;
            sh:qualifiedValueShape [ sh:property [ sh:path ( ex:q ex:q ) ; sh:class ex:B ; sh:minCount 1 ] ] ] .""",
    "literals in focus": """ex:S9 sh:targetObjectsOf ex:label ;
        sh:property [ sh:path [ sh:inversePath ex:label ] ; sh:maxCount 1 ] .""",
    "pairs and closedness": """ex:S10 sh:targetClass ex:B ; sh:closed true ;
        sh:ignoredProperties ( rdf:type ex:p ex:label ) ;
        sh:property [ sh:path ex:q ; sh:disjoint ex:p ] .""",
    "SPARQL that reads everything": """ex:S11 sh:targetClass ex:A ; sh:sparql [
        sh:select '''SELECT $this ?value WHERE { $this <http://example.org/label> ?value .
            ?other <http://example.org/label> ?value FILTER (?other != $this) }''' ] .""",
    "SPARQL below another shape": """ex:S12 sh:targetObjectsOf ex:p ; sh:node ex:S13 .
        ex:S13 sh:property [ sh:path ex:q ; sh:sparql [ sh:select '''SELECT $this ?value WHERE {
            $this $PATH ?value .
            FILTER NOT EXISTS { ?any <http://example.org/p>/<http://example.org/p> ?value } }''' ] ] .""",
    "SPARQL that counts": """ex:S14 sh:targetNode ex:n2 ; sh:sparql [ sh:message "there are {?many}" ;
        sh:select '''SELECT $this ?many WHERE {
            { SELECT $this (COUNT(?a) AS ?many) WHERE { ?a a <http://example.org/A> } GROUP BY $this }
            FILTER (?many > 2) }''' ] .""",
    "a component of one's own": """ex:S15 sh:targetSubjectsOf ex:q ; ex:far ex:n1 .
        ex:FarComponent a sh:ConstraintComponent ; sh:parameter [ sh:path ex:far ] ; sh:validator [
            a sh:SPARQLAskValidator ; sh:message "too near" ;
            sh:ask "ASK { FILTER NOT EXISTS { $value (<http://example.org/p>|<http://example.org/q>)+ $far } }" ] .""",
    "a class that is its own shape": """ex:B a rdfs:Class, sh:NodeShape ;
        sh:property [ sh:path ( ex:p ex:p ex:label ) ; sh:maxCount 1 ] .""",
    "the other kind of sibling": """ex:S16 sh:targetObjectsOf ex:q ; sh:xone (
        [ sh:property [ sh:path [ sh:inversePath ex:p ] ; sh:minCount 1 ] ]
        [ sh:property [ sh:path [ sh:alternativePath ( ex:q [ sh:inversePath ex:q ] ) ] ; sh:class ex:B ] ] ) .""",
}
NODES = range(5)


@dataclass(frozen=True)
class Record:
    """One record of the test's data: its classes, its links to records of higher numbers, and what it is called."""

    classes: frozenset[str]
    links: tuple[tuple[str, int], ...]
    label: str | None
    unnamed: tuple[int, ...]

    def turtle(self, number: int) -> str:
        said = [f"a ex:{name}" for name in sorted(self.classes)]
        # links lead to higher numbers only: a shape that refers to itself has no meaning on a circle
        said += [f"ex:{link} ex:n{number + 1 + step}" for link, step in self.links]
        said += [f'ex:label "{self.label}"'] if self.label else []
        said += [f"ex:p [ a ex:A ; ex:q ex:n{step} ]" for step in self.unnamed]
        text = f"ex:n{number} {' ; '.join(said)} .\n" if said else ""
        return text + (f"_:x ex:q ex:n{number} . ex:n{number} ex:p _:y . _:y a ex:B .\n" if self.unnamed else "")


RECORD = st.builds(
    Record,
    st.frozensets(st.sampled_from("AB")),
    st.lists(st.tuples(st.sampled_from("pq"), st.integers(0, 2)), max_size=3).map(tuple),
    st.sampled_from(["red", "blue", None]),
    st.one_of(st.just(()), st.lists(st.integers(0, 4), max_size=1).map(tuple)),
)
#: Each record stands in one of three files; files that hold nothing are not there.
STATE = st.dictionaries(st.sampled_from(NODES), st.tuples(st.sampled_from("xyz"), RECORD), min_size=1)
BROKEN = st.sampled_from(["", "", "", "x"])


@st.composite
def histories(draw: st.DrawFn) -> tuple[dict[int, tuple[str, Record]], dict[int, tuple[str, Record]]]:
    before = draw(STATE)
    after = dict(before)
    for number in draw(st.lists(st.sampled_from(NODES), max_size=2)):
        new = draw(st.one_of(st.none(), st.tuples(st.sampled_from("xyz"), RECORD)))
        after.pop(number, None)
        after |= {number: new} if new else {}
    return before, after


def git(folder: Path, *arguments: str) -> None:
    names = ("-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "init.defaultBranch=main")
    subprocess.run(["git", *names, *arguments], cwd=folder, capture_output=True, check=True)


def commit(folder: Path) -> None:
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "state", "--allow-empty")


def put(folder: Path, state: dict[int, tuple[str, Record]], broken: str = "") -> None:
    for file in (folder / "data").glob("*.ttl"):
        file.unlink()
    for name in "xyz":
        texts = [record.turtle(number) for number, (home, record) in sorted(state.items()) if home == name]
        end = "ex:broken ex:p\n" if name == broken else ""
        if any(texts) or end:
            (folder / "data" / f"{name}.ttl").write_text(PREFIXES + "".join(texts) + end, "utf-8")
    (folder / "data" / "always.ttl").write_text(f"{PREFIXES}ex:always a ex:C .\n", "utf-8")


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("repository")
    (folder / "data").mkdir()
    git(folder, "init", "-q")
    return folder


def run(folder: Path, changed: str | None = None, engine: EngineName = EngineName.CARTKG) -> Report:
    options = CheckOptions((folder / "data",), (folder / "shapes.ttl",), changed=changed, engine=engine)
    return check(shipped(), options, folder)


def marks(diagnostics: tuple[Diagnostic, ...]) -> set[tuple[str, ...]]:
    # without the file: a focus node that no statement mentions stands in the only file, or in none of several
    return {(each.rule, each.subject, each.message, each.value) for each in diagnostics}


def failures(
    folder: Path, names: list[str], history: tuple[dict[int, tuple[str, Record]], ...], broken: str
) -> list[str]:
    """Check a change of the data with shapes, whole and restricted, and give the promises of the second that fail."""
    before, after = history
    (folder / "shapes.ttl").write_text(PREFIXES + "\n".join(SHAPES[name] for name in names), "utf-8")
    put(folder, before, broken)
    commit(folder)
    old = run(folder).diagnostics
    put(folder, after)
    full, restricted = run(folder).diagnostics, run(folder, "HEAD")
    looked_at = restricted.subjects
    within = tuple(each for each in full if not each.subject or looked_at is None or each.subject in looked_at)
    promises = {
        "of what a broken file left open, anything may have been kept back": not broken or looked_at is None,
        "the restricted run gives what the full one gives of its subjects": restricted.diagnostics == within,
        "a diagnostic that is new is never left out": marks(full) - marks(old) <= marks(restricted.diagnostics),
        "without a change nothing is looked at": broken or before != after or looked_at == frozenset(),
    }
    return [promise for promise, kept in promises.items() if not kept]


@pytest.mark.whole
@pytest.mark.parametrize("name", SHAPES)
@settings(max_examples=8, suppress_health_check=list(HealthCheck))
@given(history=histories(), broken=BROKEN)
def test_changed_run_with_one_shape_misses_nothing_new(
    repository: Path, name: str, history: tuple[dict[int, tuple[str, Record]], ...], broken: str
) -> None:
    assert failures(repository, [name], history, broken) == []


@pytest.mark.whole
@settings(max_examples=400, suppress_health_check=list(HealthCheck))
@given(
    names=st.lists(st.sampled_from(sorted(SHAPES)), min_size=1, max_size=4, unique=True),
    history=histories(),
    broken=BROKEN,
)
def test_changed_run_with_any_shapes_misses_nothing_new(
    repository: Path, names: list[str], history: tuple[dict[int, tuple[str, Record]], ...], broken: str
) -> None:
    assert failures(repository, names, history, broken) == []


FAR = f"""{PREFIXES}ex:S sh:targetClass ex:A ;
    sh:property [ sh:path ( ex:p ex:q ) ; sh:minCount 1 ; sh:message "lacks a q" ] ."""


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """Give a repository in which ex:a reads ex:b, which stands in another file, and everything is well."""
    folder = tmp_path / "over there" / "große Ablage"
    (folder / "data").mkdir(parents=True)
    (folder / "shapes.ttl").write_text(FAR)
    (folder / "data" / "a.ttl").write_text(f"{PREFIXES}ex:a a ex:A ; ex:p ex:b .\n")
    (folder / "data" / "b.ttl").write_text(f"{PREFIXES}ex:b ex:q 1 .\n")
    (folder / "data" / "old.ttl").write_text(f"{PREFIXES}ex:old a ex:A .\n")
    git(folder.parent, "init", "-q")
    commit(folder.parent)
    return folder


def subjects(folder: Path) -> list[str]:
    return [each.subject.rpartition("/")[2] for each in run(folder, "HEAD").diagnostics]


def test_repository_may_lie_above_the_folder_that_is_checked(small: Path) -> None:
    assert subjects(small) == []
    (small / "data" / "b.ttl").write_text(f"{PREFIXES}ex:b ex:r 1 .\n")
    assert subjects(small) == ["a"]


def test_deleted_file_touches_what_it_described(small: Path) -> None:
    (small / "data" / "b.ttl").unlink()
    assert subjects(small) == ["a"]


def test_file_moved_within_the_graph_touches_its_subjects_only(small: Path) -> None:
    (small / "data" / "old.ttl").rename(small / "data" / "new name.ttl")
    assert subjects(small) == ["old"]


def test_file_moved_out_of_the_graph_touches_what_it_described(small: Path) -> None:
    (small / "data" / "b.ttl").rename(small / "b.ttl")
    assert subjects(small) == ["a"]


def test_new_file_that_git_does_not_know_is_touched(small: Path) -> None:
    (small / "data" / "neu ü.ttl").write_text(f"{PREFIXES}ex:new a ex:A .\n", "utf-8")
    assert subjects(small) == ["new"]


def test_file_that_git_is_told_to_ignore_is_always_looked_at(small: Path) -> None:
    (small / ".gitignore").write_text("ignored.ttl\n")
    (small / "data" / "ignored.ttl").write_text(f"{PREFIXES}ex:unseen a ex:A .\n")
    commit(small.parent)
    assert subjects(small) == ["unseen"]


def test_link_to_another_file_makes_everything_looked_at(small: Path) -> None:
    (small / "versions").mkdir()
    (small / "data" / "b.ttl").rename(small / "versions" / "1.ttl")
    (small / "versions" / "2.ttl").write_text(f"{PREFIXES}ex:b ex:r 1 .\n")
    (small / "data" / "b.ttl").symlink_to(small / "versions" / "1.ttl")
    commit(small.parent)
    assert subjects(small) == []
    (small / "data" / "b.ttl").unlink()
    (small / "data" / "b.ttl").symlink_to(small / "versions" / "2.ttl")
    assert subjects(small) == ["a", "old"]


def test_changed_shapes_and_changed_classes_make_everything_looked_at(small: Path) -> None:
    (small / "data" / "b.ttl").write_text(f"{PREFIXES}ex:b ex:q 1 . ex:C rdfs:subClassOf ex:A .\n")
    assert subjects(small) == ["old"]
    commit(small.parent)
    (small / "shapes.ttl").write_text(f"{FAR} # a word")
    assert subjects(small) == ["old"]


def test_data_outside_the_repository_cannot_be_compared(small: Path, tmp_path: Path) -> None:
    outside = tmp_path / "elsewhere.ttl"
    outside.write_text(f"{PREFIXES}ex:b ex:q 1 .\n")
    options = CheckOptions((small / "data", outside), (small / "shapes.ttl",), changed="HEAD")
    with pytest.raises(ConfigError, match="outside the repository"):
        check(shipped(), options, small)


@pytest.mark.parametrize("revision", ["no-such", "--all", "-x", "HEAD:data", ""])
def test_revision_that_is_none_is_refused(small: Path, revision: str) -> None:
    with pytest.raises(ConfigError, match="--changed"):
        run(small, revision)


def test_changed_run_with_pyshacl_finds_the_same(small: Path) -> None:
    (small / "data" / "b.ttl").write_text(f"{PREFIXES}ex:b ex:r 1 .\n")
    ours, theirs = run(small, "HEAD"), run(small, "HEAD", EngineName.PYSHACL)
    assert ours.subjects == theirs.subjects
    assert [each.subject for each in ours.diagnostics] == [each.subject for each in theirs.diagnostics]


def test_sibling_that_looks_farther_than_its_shape_is_followed(small: Path) -> None:
    (small / "shapes.ttl").write_text(PREFIXES + SHAPES["siblings that look farther"])
    chain = "ex:n0 ex:q ex:n1 . ex:n1 ex:p ex:n2 . ex:n2 ex:q ex:n3 . ex:n3 ex:q ex:n4 ."
    (small / "data" / "a.ttl").write_text(PREFIXES + chain)
    commit(small.parent)
    (small / "data" / "b.ttl").write_text(f"{PREFIXES}ex:n4 a ex:B .\n")
    assert "n0" in subjects(small)


def test_blank_node_that_reads_a_touched_record_is_looked_at(small: Path) -> None:
    (small / "data" / "a.ttl").write_text(f"{PREFIXES}[] a ex:A ; ex:p ex:b .\n")
    commit(small.parent)
    (small / "data" / "b.ttl").write_text(f"{PREFIXES}ex:b ex:r 1 .\n")
    found = run(small, "HEAD").diagnostics
    assert [(each.file and each.file.name, each.line, each.message) for each in found] == [("a.ttl", 5, "lacks a q")]


def test_blank_nodes_of_a_broken_file_are_not_judged(small: Path) -> None:
    (small / "data" / "a.ttl").write_text(f"{PREFIXES}[] a ex:A .\nex:broken ex:p\n")
    assert [(each.rule, each.line) for each in run(small).diagnostics if each.file == small / "data" / "a.ttl"] == [
        ("syntax", 7)
    ]
