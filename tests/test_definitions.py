"""Definitions of criteria: what the dossiers state is what the graph holds, and faults of a definition are named."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cartkg import project
from cartkg.compile.compiling import Reader, compile_dossiers
from cartkg.compile.context.corpus import INSIDE_DEFINITIONS
from cartkg.compile.context.dossier_context import DossierContext
from cartkg.compile.context.statements import LABEL, RDF_TYPE
from cartkg.compile.sentences.row_sentences import sentences_of
from cartkg.dossier.terms import Vocabulary
from cartkg.namespaces import BASE, TERM

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cartkg.compile.compiling import Compiled

ROOT = Path(__file__).resolve().parents[1]
CASES = ROOT / "tests" / "cases"
DOSSIERS = {path.stem: path for path in sorted((ROOT / "data" / "dossiers").glob("*.yaml"))}
KEYS = {key for key, path in DOSSIERS.items() if "\ndefinitions:\n" in path.read_text("utf-8")}


def rows(name: str) -> Iterator[list[str]]:
    """Yield the fields of each row of a table of cases."""
    for line in (CASES / name).read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            yield line.split("\t")


@cache
def terms() -> Vocabulary:
    """Read the vocabularies once."""
    return Vocabulary.read(project.find(ROOT))


def compiled(contents: dict[str, bytes] | None = None, keys: set[str] | None = None) -> Compiled:
    """Compile the dossiers that define criteria; `contents` stand in for files."""
    files = dict(DOSSIERS) | dict.fromkeys(contents or {}, ROOT / "data" / "dossiers" / "example.yaml")
    return compile_dossiers(Reader(files, contents), terms(), keys or KEYS)


@pytest.fixture(scope="module")
def stated() -> dict[str, dict[str, set[str]]]:
    """Values by subject and property, IRIs without their common part."""
    facts: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    found = compiled()
    assert found.diagnostics == []
    for each in found.facts.values():
        for subject in each:
            for predicate, values in subject.values.items():
                facts[short(subject.iri)][short(predicate)] |= {short(value.value) for value in values}
    return facts


def short(iri: str) -> str:
    """Return an IRI without the part that all of ours share; another text as it is."""
    return iri.removeprefix(TERM).removeprefix(BASE)


def number(text: str) -> Decimal | None:
    """Return a text as a number, None when it is none."""
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


@pytest.mark.parametrize("row", list(rows("criteria-facts.tsv")), ids=lambda row: f"{row[0]} {row[1]}")
def test_the_value_is_that_of_the_source(row: list[str], stated: dict[str, dict[str, set[str]]]) -> None:
    subject, name, value, _ = row
    assert subject in stated
    if name.startswith("#"):
        assert len(stated[subject].get(name[1:], ())) == int(value)
        return
    wanted, held = number(value), stated[subject].get(name, set())
    assert value in held if wanted is None else wanted in {number(each) for each in held}


#: Class of a part of a criterion -> its words, and the properties that hold a number of it.
PARTS = {
    "Threshold": ("thresholdText", ("thresholdValue", "improvementNeeded")),
    "ImportantDifference": ("differenceText", ("differenceHigh",)),
    "Component": (
        "componentText",
        ("componentValue", "hasScoringBand", "hasLimit", "itemCount", "itemMaximum", "weight"),
    ),
}


def test_every_part_of_a_criterion_has_a_number_or_a_reason_why_none(stated: dict[str, dict[str, set[str]]]) -> None:
    reasons = dict(rows("criteria-in-words.tsv"))
    in_words = {
        subject
        for subject, held in stated.items()
        for kind in held[RDF_TYPE]
        if kind in PARTS and PARTS[kind][0] in held and set(held).isdisjoint(PARTS[kind][1])
    }
    assert in_words == set(reasons)
    assert all(reasons.values())


def test_every_part_is_claimed(stated: dict[str, dict[str, set[str]]]) -> None:
    """Who says it, and on which page, is stated for each part that has a row of its own."""
    claimed = {target for held in stated.values() for target in held["asserts"]}
    with_row = {name for name, held in stated.items() if held["dossierRow"] and name.partition("/")[0] in KINDS}
    assert with_row
    assert with_row - claimed == set()


KINDS = {
    "definition",
    "range",
    "threshold",
    "component",
    "override",
    "difference",
    "scoring",
    "look-back",
    "validation",
}


def test_names_of_parts_hold_no_value(stated: dict[str, dict[str, set[str]]]) -> None:
    """A correction of a number must not change an IRI: no name ends in a number that the part states."""
    for name, held in stated.items():
        if name.partition("/")[0] in KINDS - {"definition"} and "/grade-" not in name and "/crs-grade-" not in name:
            numbers = {value for values in held.values() for value in values if number(value) is not None}
            assert not {part for part in name.rpartition("/")[2].split("-") if part.isdigit()} & numbers, name


EXAMPLE = """format: 2
key: example
read_by: a
publication:
  kind: criterion-definition
  title: An example
  status: {retracted: unknown, looked: not-yet}
  read: whole-abstract
sources:
- {id: s1, page_of: this, read: whole-abstract}
- {id: s2, page_of: {kind: web-page, title: A page}, read: whole-page}
definitions:
- id: score
  measure: sledai-2k
  role: defines
  form: score
  direction: lower-is-better
  claims: [{source: s1, own: true}]
  PARTS
"""
CLAIMS = "claims: [{source: s1, own: true}]"


BACKWARDS = "{id: b, above: 5, up_to: 3, points: 1}"


def example(parts: str) -> Compiled:
    text = EXAMPLE.replace("  PARTS\n", "".join(f"  {line}\n" for line in parts.splitlines()))
    return compiled({"example": text.encode()}, {"example"})


@pytest.mark.parametrize(
    ("parts", "rule", "words"),
    [
        (f"ranges:\n- {{id: r, low: 9, high: 3, {CLAIMS}}}", "ends", "`high` (3) lies below `low` (9)"),
        (f"thresholds:\n- {{id: t, label: t, number: 5, upper: 4, {CLAIMS}}}", "ends", "`upper` (4) lies below"),
        (
            f"thresholds:\n- {{id: t, label: t, comparator: at-least, number: 1, upper: 4, {CLAIMS}}}",
            "band",
            "has no comparator",
        ),
        (f"thresholds:\n- {{id: t, label: t, comparator: at-least, {CLAIMS}}}", "missing-field", "needs `number`"),
        (f"thresholds:\n- {{id: t, label: t, number: 1, lowest: 2, {CLAIMS}}}", "ends", "`number` (1) lies below"),
        (
            f"components:\n- {{id: c, label: c, joined: all, {CLAIMS}}}",
            "limits",
            "`limits` needs `joined`",
        ),
        (
            f"components:\n- {{id: c, label: c, limits: [{{id: l, label: l, number: 1}}], {CLAIMS}}}",
            "limits",
            "or one is enough",
        ),
        (
            f"components:\n- {{id: c, label: c, bands: {{rows: [{{id: b, up_to: 3}}], {CLAIMS}}}, {CLAIMS}}}",
            "missing-field",
            "a band needs `points` or `grade`",
        ),
        (
            f"components:\n- id: c\n  label: c\n  {CLAIMS}\n  bands:\n    {CLAIMS}\n    rows: [{BACKWARDS}]",
            "ends",
            "`up_to` (3) lies below `above` (5)",
        ),
        (f"components:\n- {{id: c, label: c, measure: sledia-2k, {CLAIMS}}}", "unknown-measure", "sledai-2k"),
        (f"components:\n- {{id: c, label: c, drug: prednisolon, number: 5, {CLAIMS}}}", "unknown-drug", "prednisolone"),
        (f"components:\n- {{id: c, label: c, number: 5, unit: mg/dy, {CLAIMS}}}", "unknown-unit", "mg/dy"),
        (f"differences:\n- {{id: d, says: a change, low: 4, high: 3, {CLAIMS}}}", "ends", "`high` (3) lies below"),
        (f"look_back:\n- {{id: w, number: 10, unit: mg, {CLAIMS}}}", "unit", "is not a unit of time"),
        (f"validation:\n- {{id: v, says: agreed, number: 0.9, {CLAIMS}}}", "missing-field", "needs `statistic`"),
        (
            f"validation:\n- {{id: v, says: v, statistic: mean, number: 1, spread: {{kind: se, number: 1}}, {CLAIMS}}}",
            "spread",
            "not se",
        ),
        (f"validation:\n- {{id: v, says: agreed, p_comparator: less-than, {CLAIMS}}}", "missing-field", "needs `p`"),
        ("thresholds:\n- {id: t, label: t, number: 1, claims: [{source: s3, own: true}]}", "unknown-source", "s3"),
        (
            f"thresholds:\n- {{id: t, label: t, number: 1, {CLAIMS}}}\ncomponents:\n- {{id: t, label: t, {CLAIMS}}}",
            "id-twice",
            "occurs 2 times",
        ),
    ],
)
def test_a_fault_of_a_definition_is_named(parts: str, rule: str, words: str) -> None:
    found = example(parts).diagnostics
    assert [fault.rule for fault in found if words in fault.message] == [f"dossier-{rule}"] * (
        2 if "twice" in rule else 1
    )
    assert all(fault.line > EXAMPLE[: EXAMPLE.index("- id: score")].count("\n") for fault in found)


def test_the_direction_must_be_that_of_the_vocabulary() -> None:
    text = EXAMPLE.replace("lower-is-better", "higher-is-better").replace("  PARTS\n", "")
    (fault,) = compiled({"example": text.encode()}, {"example"}).diagnostics
    assert "lower is better for `sledai-2k`" in fault.message
    assert text.splitlines()[fault.line - 1].strip() == "direction: higher-is-better"


@pytest.mark.parametrize(
    ("claim", "publication"),
    [
        ("{source: s1, own: true}", "publication/example"),
        ("{source: s2, own: true}", "publication/example/s2"),
        ("{source: s2, restates: unnamed}", "publication/example/s2"),
        ("{source: s2, restates: this}", "publication/example"),
        ("{source: s2, restates: gladman-2002-jrheum-sledai2k}", "publication/gladman-2002-jrheum-sledai2k"),
    ],
)
def test_who_defines_a_part_follows_from_its_page_and_from_whose_definition_it_retells(
    claim: str, publication: str
) -> None:
    found = example(f"thresholds:\n- {{id: t, label: t, number: 1, claims: [{claim}]}}")
    assert found.diagnostics == []
    threshold = found.facts["example"].subjects[f"{BASE}threshold/sledai-2k/example/t"]
    assert threshold.texts(f"{TERM}definedIn") == [f"{BASE}{publication}"]
    assert threshold.one(LABEL) == "SLEDAI-2K: t"


def test_parts_can_be_named_in_conflicts() -> None:
    text = EXAMPLE.replace("  PARTS\n", f"  thresholds:\n  - {{id: t, label: first, number: 1, {CLAIMS}}}\n")
    text += "conflicts:\n- id: c\n  matter: one or none\n  kind: contradiction\n  status: open\n"
    text += "  sides: [{rows: [t]}, {text: none}]\n"
    held = compiled({"example": text.encode()}, {"example"})
    assert held.diagnostics == []
    side = held.facts["example"].subjects[f"{BASE}conflict/example/c/1"]
    assert side.texts(f"{TERM}restsOn") == [f"{BASE}threshold/sledai-2k/example/t"]


def test_two_pages_of_one_publication_make_one_claim() -> None:
    text = EXAMPLE.replace("definitions:\n", "- {id: s4, page_of: this, read: full-text}\ndefinitions:\n", 1)
    claims = "claims: [{source: s1, own: true}, {source: s4, own: true}]"
    text = text.replace("  PARTS\n", f"  thresholds:\n  - {{id: t, label: t, number: 1, {claims}}}\n")
    claim = (
        compiled({"example": text.encode()}, {"example"})
        .facts["example"]
        .subjects[f"{BASE}claim/example/threshold/sledai-2k/example/t"]
    )
    assert len(claim.texts(f"{TERM}readIn")) == len(claims.split("source")) - 1
    assert claim.texts(f"{TERM}readLevel") == [f"{TERM}wholeAbstract"]


@pytest.fixture(scope="module")
def sentences() -> dict[str, str]:
    reader = Reader(DOSSIERS)
    contexts = (DossierContext(reader.corpus.dossiers[key], reader.corpus, terms()) for key in sorted(KEYS))
    return {each.row: each.text for context in contexts for each in sentences_of(context)}


@pytest.mark.parametrize("row", list(rows("criteria-sentences.tsv")), ids=lambda row: row[0])
def test_the_sentence_of_a_part_says_all_of_it(row: list[str], sentences: dict[str, str]) -> None:
    assert sentences[row[0]] == row[1]


def test_every_row_of_a_definition_has_a_sentence_of_its_kind(sentences: dict[str, str]) -> None:
    """No part falls back to the plain listing of section and id."""
    assert [
        text for text in sentences.values() if text.startswith(tuple(f"{name}: " for name in INSIDE_DEFINITIONS))
    ] == []
