"""What a dossier states becomes statements, deterministically; what it states wrongly is found at its line."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cartkg.compile.compiling import Compiled, Reader, compile_dossiers, turtle_of
from cartkg.compile.context.statements import iri, term
from cartkg.compile.values.directions import direction_of
from cartkg.diagnostics import Severity
from cartkg.dossier.reading import read_bytes
from cartkg.dossier.schema import source
from cartkg.dossier.terms import Vocabulary, VocabularyTerm
from cartkg.namespaces import read_prefixes
from cartkg.project import find

if TYPE_CHECKING:
    from cartkg.diagnostics import Diagnostic
    from cartkg.dossier.node import Node

ROOT = Path(__file__).resolve().parents[1]
ALPHA = ROOT / "tests" / "cases" / "dossiers" / "alpha-2025-lancet.yaml"
TEXT = ALPHA.read_text("utf-8")


@pytest.fixture(scope="module")
def terms() -> Vocabulary:
    return Vocabulary.read(find(ROOT))


def compiled(terms: Vocabulary, **texts: str) -> Compiled:
    """Compile dossiers given as texts by key, with underscores for hyphens."""
    contents = {key.replace("_", "-"): text.encode() for key, text in texts.items()}
    return compile_dossiers(Reader({key: Path(f"{key}.yaml") for key in contents}, contents), terms)


def errors(found: Compiled) -> list[Diagnostic]:
    return [each for each in found.diagnostics if each.severity is Severity.ERROR]


def edited(old: str, new: str) -> str:
    assert TEXT.count(old) == 1, f"{old!r} stands {TEXT.count(old)} times in the example"
    return TEXT.replace(old, new)


def line_of(text: str, words: str) -> int:
    return next(number for number, line in enumerate(text.splitlines(), 1) if words in line)


def test_the_example_is_compiled_without_a_problem(terms: Vocabulary) -> None:
    assert compiled(terms, alpha_2025_lancet=TEXT).diagnostics == []


def test_a_finding_has_the_iri_of_its_row_and_states_its_fields(terms: Vocabulary) -> None:
    facts = compiled(terms, alpha_2025_lancet=TEXT).facts["alpha-2025-lancet"]
    finding = facts.subjects[iri("finding", "alpha-2025-lancet", "doris-6mo")]
    assert finding.one(term("numerator")) == "6"
    assert finding.one(term("denominator")) == "8"
    assert finding.one(term("resultKind")) == term("met")
    assert finding.one(term("timeValue")) == "6.0"
    assert finding.one(term("ofCohort")) == iri("cohort", "alpha-2025-lancet", "all")


def test_two_publications_that_say_the_same_make_two_claims_on_one_finding(terms: Vocabulary) -> None:
    facts = compiled(terms, alpha_2025_lancet=TEXT).facts["alpha-2025-lancet"]
    finding = iri("finding", "alpha-2025-lancet", "doris-6mo")
    claims = {each.one(term("originality")): each for each in facts if each.one(term("asserts")) == finding}
    assert set(claims) == {term("ownResult"), term("restatement")}
    assert claims[term("restatement")].one(term("restates")) == iri("publication", "alpha-2025-lancet")
    assert claims[term("restatement")].one(term("claimedBy")) == iri("publication", "alpha-2025-lancet", "s2")


def test_only_treated_cohorts_received_the_therapy(terms: Vocabulary) -> None:
    facts = compiled(terms, alpha_2025_lancet=TEXT).facts["alpha-2025-lancet"]
    received = {
        name: facts.subjects[iri("cohort", "alpha-2025-lancet", name)].texts(term("receivedTherapy"))
        for name in ("all", "controls")
    }
    assert received == {"all": [iri("therapy", "alpha-2025-lancet", "cd19")], "controls": []}


def test_compiling_twice_gives_the_same_bytes(terms: Vocabulary) -> None:
    prefixes = read_prefixes(ROOT / "ontology" / "prefixes.ttl")
    texts = {
        turtle_of("alpha-2025-lancet", compiled(terms, alpha_2025_lancet=TEXT).facts["alpha-2025-lancet"], prefixes)
        for _ in range(3)
    }
    assert len(texts) == 1


def test_adding_a_row_changes_no_other_row(terms: Vocabulary) -> None:
    row = "- {id: lldas-6mo, cohort: all, measure: lldas, time: {at: 6, unit: mo}, count: {n: 5, of: 8, result: met}, "
    more = edited("results:\n", f"results:\n{row}claims: [{{source: s1, own: true}}]}}\n")
    before = compiled(terms, alpha_2025_lancet=TEXT).facts["alpha-2025-lancet"].subjects
    after = compiled(terms, alpha_2025_lancet=more).facts["alpha-2025-lancet"].subjects
    assert {name: each.values for name, each in before.items()} == {
        name: each.values for name, each in after.items() if name in before
    }
    assert {name.rpartition("/")[2] for name in after.keys() - before.keys()} == {"lldas-6mo"}


def test_a_corrected_number_keeps_the_iri(terms: Vocabulary) -> None:
    new = edited("count: {n: 6, of: 8, result: met}", "count: {n: 7, of: 8, result: met}")
    subjects = compiled(terms, alpha_2025_lancet=new).facts["alpha-2025-lancet"].subjects
    assert subjects[iri("finding", "alpha-2025-lancet", "doris-6mo")].one(term("numerator")) == "7"
    assert subjects.keys() == compiled(terms, alpha_2025_lancet=TEXT).facts["alpha-2025-lancet"].subjects.keys()


BAD = tomllib.loads((ALPHA.parent / "bad.toml").read_text("utf-8"))["case"]


@pytest.mark.parametrize("case", BAD, ids=[f"{case['rule']}:{case['new'][:30]}" for case in BAD])
def test_a_wrong_row_is_found_at_its_line_with_what_to_write(terms: Vocabulary, case: dict[str, str]) -> None:
    text = edited(case["old"], case["new"])
    found = [each for each in errors(compiled(terms, alpha_2025_lancet=text)) if each.rule == case["rule"]]
    assert any(each.line == line_of(text, case["line"]) and case["says"] in each.message for each in found), found


def test_all_problems_are_found_in_one_run(terms: Vocabulary) -> None:
    wanted = {"dossier-unknown-measure", "dossier-unknown-event", "dossier-unknown-drug", "dossier-part-of-circle"}
    text = TEXT
    for case in BAD:
        text = text.replace(case["old"], case["new"]) if case["rule"] in wanted else text
    assert {each.rule for each in errors(compiled(terms, alpha_2025_lancet=text))} == wanted


def test_an_impossible_number_that_is_printed_so_is_kept_with_a_flag(terms: Vocabulary) -> None:
    text = edited(
        "count: {n: 5, of: 8, result: present}",
        "count: {n: 9, of: 8, result: present}\n  doubtful: true\n  note: printed so",
    )
    found = compiled(terms, alpha_2025_lancet=text)
    assert errors(found) == []
    finding = found.facts["alpha-2025-lancet"].subjects[iri("finding", "alpha-2025-lancet", "crs-any")]
    assert finding.one(term("doubtful")) == "true"


BETA = ALPHA.with_name("beta-2025-news.yaml").read_text("utf-8")


def test_a_row_that_restates_another_makes_a_claim_on_its_finding_and_none_of_its_own(terms: Vocabulary) -> None:
    found = compiled(terms, alpha_2025_lancet=TEXT, beta_2025_news=BETA)
    assert errors(found) == []
    beta = found.facts["beta-2025-news"].subjects
    claim = iri("claim", "beta-2025-news", "finding", "alpha-2025-lancet", "doris-6mo")
    assert beta[claim].one(term("asserts")) == iri("finding", "alpha-2025-lancet", "doris-6mo")
    assert not [name for name in beta if name.startswith(iri("finding", "beta-2025-news"))]
    assert iri("cohort", "beta-2025-news", "all") not in beta


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("n: 6, of: 8", "n: 7, of: 8", "count"),
        ("at: 6, unit: mo", "at: 3, unit: mo", "time"),
        ("measure: doris-remission", "measure: lldas", "measure"),
        ("result: met", "result: not-met", "count"),
    ],
)
def test_a_row_that_restates_another_with_something_else_is_refused(
    terms: Vocabulary, old: str, new: str, words: str
) -> None:
    found = compiled(terms, alpha_2025_lancet=TEXT, beta_2025_news=BETA.replace(old, new))
    messages = [each.message for each in errors(found) if each.rule == "dossier-restates-differs"]
    assert len(messages) == 1
    assert words in messages[0]


def test_the_same_patients_have_the_same_number(terms: Vocabulary) -> None:
    found = compiled(terms, alpha_2025_lancet=TEXT, beta_2025_news=BETA.replace("  n: 8\n", "  n: 9\n"))
    assert [each.rule for each in errors(found)] == ["dossier-same-as-differs"]


def test_one_pair_of_cohorts_has_one_overlap(terms: Vocabulary) -> None:
    overlap = (
        "overlaps:\n- {id: twin, between: ['alpha-2025-lancet#controls', 'alpha-2025-lancet#all'], degree: known, "
        "basis: [stated], says: once more, by: curator}\n"
    )
    found = compiled(terms, alpha_2025_lancet=TEXT, beta_2025_news=BETA + overlap)
    assert [each.rule for each in errors(found)] == ["dossier-overlap-twice"]


def measure(better: str) -> VocabularyTerm:
    return VocabularyTerm("m", "https://w3id.org/cartkg/criterion/m", "m", better=better)


def row(text: str) -> Node:
    return read_bytes(text.encode(), Path("row.yaml")).root


DIRECTIONS = [
    # row, which way the measure is better, direction
    ("{result: improved}", "lower", "supports"),
    ("{result: not-improved}", "lower", "refutes"),
    ("{result: worsened}", "higher", "refutes"),
    ("{result: unchanged}", "higher", "neutral"),
    ("{result: decreased}", "lower", "supports"),
    ("{result: decreased}", "higher", "refutes"),
    ("{result: increased}", "higher", "supports"),
    ("{result: negative}", "lower", "supports"),
    ("{result: lost}", "higher", "refutes"),
    ("{result: not-resolved}", "lower", "refutes"),
    ("{result: described, says: no improvement}", "lower", "neutral"),
    ("{result: described, says: lost to follow-up}", "lower", "neutral"),
    ("{count: {n: 3, of: 4, result: not-resolved}}", "lower", "refutes"),
    ("{count: {n: 8, of: 8, result: met}}", "higher", "supports"),
    ("{count: {n: 0, of: 8, result: met}}", "higher", "refutes"),
    ("{count: {n: 3, of: 8, result: met}}", "higher", "neutral"),
    ("{count: {n: 1, of: 1, result: present}}", "lower", "refutes"),
    ("{count: {n: 0, of: 15, result: present}}", "lower", "supports"),
    ("{count: {n: 2, of: not-reported, result: improved}}", "higher", "supports"),
    ("{percent: {number: 90, of: 10, result: met}}", "higher", "supports"),
    ("{percent: {number: 10, of: 10, result: met}}", "higher", "neutral"),
    ("{value: {statistic: median, number: -9, unit: x, change: change}}", "lower", "supports"),
    ("{value: {statistic: median, number: -9, unit: x, change: change}}", "higher", "refutes"),
    ("{value: {statistic: median, number: 5, unit: x, baseline: 21}}", "lower", "supports"),
    ("{value: {statistic: median, number: 5, unit: x}}", "lower", "neutral"),
    ("{value: {statistic: hazard-ratio, number: 0.9, unit: x}}", "lower", "neutral"),
    ("{result: met}", "neither", "neutral"),
    ("{count: {n: 4, of: 6, result: met}}", "lower", "neutral"),
    ("{count: {n: 0, of: 6, result: not-met}}", "lower", "neutral"),
]


@pytest.mark.parametrize(("text", "better", "direction"), DIRECTIONS)
def test_the_direction_follows_from_measure_and_result(text: str, better: str, direction: str) -> None:
    assert direction_of("results", row(text), measure(better)) == direction


HARMS = [
    ("{grade: any, count: {n: 0, of: 5, result: present}}", "supports"),
    ("{grade: any, count: {n: 5, of: 5, result: present}}", "neutral"),
    ("{grade: {low: 3, high: 3, system: not-reported}, count: {n: 1, of: 5, result: present}}", "refutes"),
    ("{grade: {words: severe, system: not-reported}, result: present}", "refutes"),
    ("{grade: {low: 4, high: 4, system: not-reported}, result: resolved}", "neutral"),
    ("{grade: not-reported, result: absent}", "supports"),
]


@pytest.mark.parametrize(("text", "direction"), HARMS)
def test_harm_counts_against_from_grade_3(text: str, direction: str) -> None:
    assert direction_of("events", row(text), measure("lower")) == direction


def test_a_stated_direction_never_contradicts_the_rule(terms: Vocabulary) -> None:
    text = edited("  result: negative\n", "  result: negative\n  direction: worse\n")
    assert [each.rule for each in errors(compiled(terms, alpha_2025_lancet=text))] == ["dossier-direction"]


def test_a_measurement_is_not_met(terms: Vocabulary) -> None:
    text = edited("  result: negative\n", "  result: met\n")
    (error,) = errors(compiled(terms, alpha_2025_lancet=text))
    assert (error.rule, error.line) == ("dossier-direction", line_of(text, "  result: met"))
    stated = edited("  result: negative\n", "  result: met\n  direction: better\n")
    assert errors(compiled(terms, alpha_2025_lancet=stated)) == []


#: Free-text fields of the schema: what the compiler may copy and nothing else.
PROSE = {"says", "note", "title", "label", "what", "text", "name", "conclusion", "matter", "explanation", "topic"}


@pytest.mark.parametrize("path", sorted((ROOT / "src" / "cartkg" / "compile").glob("*.py")), ids=lambda path: path.stem)
def test_the_compiler_holds_no_pattern_and_searches_no_prose(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    imported = {
        name.name if isinstance(node, ast.Import) else node.module
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in node.names
    }
    assert imported & {"re", "regex", "difflib", "rapidfuzz", "fnmatch"} == set()
    searched = [
        f"{ast.unparse(node)} in line {node.lineno}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Compare)
        and any(isinstance(operator, ast.In | ast.NotIn) for operator in node.ops)
        and any(f".text('{field}')" in ast.unparse(node.comparators[0]) for field in PROSE)
    ]
    assert searched == []


def test_what_a_free_text_says_changes_nothing_but_its_copies(terms: Vocabulary) -> None:
    """Put misleading words into every free-text field; only the copied texts and the labels made of them may differ."""
    said = "  says: no improvement, did not resolve, 3 of 8, grade 4, placebo, worsened, per kg\n"
    text = edited("  result: negative\n", f"  result: negative\n{said}")
    before = compiled(terms, alpha_2025_lancet=TEXT).facts["alpha-2025-lancet"].subjects
    after = compiled(terms, alpha_2025_lancet=text).facts["alpha-2025-lancet"].subjects
    copies = {term("resultText"), term("claimText")}
    assert {name: {key: each.values[key] for key in each.values.keys() - copies} for name, each in after.items()} == {
        name: {key: each.values[key] for key in each.values.keys() - copies} for name, each in before.items()
    }


@pytest.mark.parametrize("row", ["cd19", "car", "placebo", "doris-6mo", "anti-dsdna", "sledai-change", "crs-any"])
def test_a_row_that_nobody_confirmed_is_refused_at_its_line(terms: Vocabulary, row: str) -> None:
    text = edited(f"- id: {row}\n", f"- id: {row}\n  unconfirmed: true\n")
    (found,) = errors(compiled(terms, alpha_2025_lancet=text))
    assert (found.rule, found.line) == ("dossier-unconfirmed", line_of(text, f"- id: {row}"))
    assert found.message == "confirm the row: read it against its source and remove `unconfirmed`"
    assert errors(compiled(terms, alpha_2025_lancet=text.replace("unconfirmed: true", "unconfirmed: false"))) == []


@pytest.mark.parametrize(
    "kind",
    [
        *("Source", "Correction", "Therapy", "Arm", "DrugGiven", "CellsGiven", "Cohort", "Row", "Statement"),
        *("Definition", "Conflict", "Overlap", "Absence", "Relation"),
    ],
)
def test_every_kind_of_row_can_be_unconfirmed(kind: str) -> None:
    assert source()["classes"][kind]["attributes"]["unconfirmed"] == {"range": "Unconfirmed"}


def test_every_word_of_a_closed_list_that_the_graph_needs_has_a_term() -> None:
    """Words without a `meaning` are handled by the compiler itself."""
    handled = {
        "PublicationForm", "PageUse", "SpreadKind", "GradeWord", "CountedUnit", "YesNo", "EndpointRank", "OfWord",
    }  # fmt: skip
    lacking = [
        f"{name}: {word}"
        for name, enum in source()["enums"].items()
        for word, said in enum["permissible_values"].items()
        if name not in handled and "meaning" not in (said or {})
    ]
    assert lacking == []


def test_a_value_beside_the_row_of_its_baseline_has_a_direction(terms: Vocabulary) -> None:
    rows = (
        "- {id: sledai-base, cohort: all, measure: sledai-2k, value: {statistic: median, number: 16, unit: '{score}'}, "
        "claims: [{source: s1, own: true}]}\n"
    )
    text = edited("- {id: women,", f"{rows}- {{id: women,").replace(
        "number: -9, unit: '{score}', change: change, spread: {kind: iqr, low: -12, high: -7}",
        "number: 4, unit: '{score}', baseline_row: sledai-base",
    )
    found = compiled(terms, alpha_2025_lancet=text)
    assert errors(found) == []
    facts = found.facts["alpha-2025-lancet"].subjects
    claim = iri("claim", "alpha-2025-lancet", "finding", "alpha-2025-lancet", "sledai-change")
    assert facts[claim].one(term("direction")) == term("supports")
