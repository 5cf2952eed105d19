"""Queries that people get wrong, and correct ones, from cases/wrong-queries.toml: the explanation names the true cause.

All are asked over the shipped graph as it is served.
"""

from __future__ import annotations

import json
import tomllib
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.test_diagnosis import Direct
from tests.test_questions import shipped_graph

from cartkg.evaluation.syntax import QueryForm, analyse
from cartkg.formats import JSON
from cartkg.namespaces import read_prefixes
from cartkg.sparql.empty_answers.diagnosis import diagnose
from cartkg.sparql.empty_answers.probing.patterns import PatternOutline, PatternPart, outline
from cartkg.sparql.empty_answers.report import tell
from cartkg.sparql.engines.engine import Operation
from cartkg.sparql.pool.jobs import Source
from cartkg.sparql.pool.loading import load
from cartkg.sparql.protocol.requests import Dataset

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cartkg.sparql.empty_answers.probing.causes_found import Absent, Diagnosis

HERE = Path(__file__).parent
pytestmark = pytest.mark.whole  # the shipped graph answers 337 queries and explains each
CASES: dict[str, dict[str, Any]] = tomllib.loads((HERE / "cases" / "wrong-queries.toml").read_text("utf-8"))
WRONG = {name: case for name, case in CASES.items() if "says" in case}
CORRECT = {name: case for name, case in CASES.items() if "verdict" in case}
NAMESPACES = read_prefixes(HERE.parent / "ontology" / "prefixes.ttl").namespaces
PREFIXES = "".join(f"PREFIX {prefix}: <{namespace}>\n" for prefix, namespace in NAMESPACES.items())
_FEWEST = 0.9


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Direct:
    path = tmp_path_factory.mktemp("shipped") / "shipped.nq"
    path.write_text("".join(f"{quad} .\n" for quad in shipped_graph().quads()), "utf-8")
    return Direct(load(Source((path,))))


@pytest.fixture(scope="module")
def explained(engine: Direct) -> dict[str, Diagnosis]:
    return {name: diagnose(engine, PREFIXES + case["query"], Dataset()) for name, case in CASES.items()}


def names_the_cause(found: Diagnosis, wanted: list[list[str]]) -> bool:
    """Return whether the words wanted are said; the query's own words, which the explanation repeats, do not count."""
    said = "\n".join(line for line in tell(found).splitlines() if not line.startswith("Line "))
    return all(any(words in said for words in choices) for choices in wanted)


def test_the_table_is_large_and_half_of_it_was_held_out() -> None:
    kinds = Counter(case["kind"] for case in WRONG.values())
    assert len(WRONG) >= 130
    assert len(CORRECT) >= 20
    assert len(kinds) >= 20
    assert sum(case.get("held-out", False) for case in WRONG.values()) >= 0.45 * len(WRONG)


@pytest.mark.parametrize("held_out", [False, True])
def test_nine_in_ten_explanations_name_the_true_cause(explained: dict[str, Diagnosis], *, held_out: bool) -> None:
    half = {name: case for name, case in WRONG.items() if case.get("held-out", False) is held_out}
    missed = [name for name, case in half.items() if not names_the_cause(explained[name], case["says"])]
    assert len(missed) <= (1 - _FEWEST) * len(half), missed


def test_nothing_is_blamed_in_correct_queries(explained: dict[str, Diagnosis]) -> None:
    for name, case in CORRECT.items():
        found = explained[name]
        assert (found.verdict, found.absent, found.hint, found.warnings) == (case["verdict"], (), "", ()), name


def test_queries_as_they_were_meant_have_rows(engine: Direct) -> None:
    meant = {name: case["corrected"] for name, case in WRONG.items() if "corrected" in case}
    assert len(meant) > 200
    assert [name for name, query in meant.items() if not has_rows(engine, query)] == []


def test_wrong_queries_have_no_rows_or_a_warning(engine: Direct, explained: dict[str, Diagnosis]) -> None:
    silent = [name for name in WRONG if has_rows(engine, WRONG[name]["query"]) and not explained[name].warnings]
    assert silent == []


def has_rows(engine: Direct, query: str) -> bool:
    body = json.loads(engine.answer(Operation(PREFIXES + query, JSON)).body)
    if analyse(query).kind is QueryForm.BOOLEAN:
        return bool(body["boolean"])
    rows = body["results"]["bindings"]
    return any(cell["value"] != "0" for row in rows for cell in row.values())


def test_each_hint_has_matches_where_it_stands(engine: Direct, explained: dict[str, Diagnosis]) -> None:
    tested = 0
    for name, pattern, hint in hints(explained):
        assert holds(engine, parts(CASES[name]["query"]), with_hint(pattern, hint)), name
        tested += 1
    assert tested > 100


def with_hint(pattern: str, hint: str) -> Callable[[PatternPart], str]:
    return lambda part: hint if part.text == pattern else part.text


def hints(explained: dict[str, Diagnosis]) -> Iterator[tuple[str, str, str]]:
    for name, found in explained.items():
        for one in (found, *found.warnings):
            if one.hint and one.pattern is not None:
                yield name, one.pattern.text, one.hint


def test_each_suggestion_is_another_term_and_has_matches(engine: Direct, explained: dict[str, Diagnosis]) -> None:
    bad = []
    for name, found in explained.items():
        if CASES[name].get("faults", 1) > 1:
            continue
        for absent, near in suggestions(found):
            written = near if near[0] == '"' or near[0].isdigit() or near in {"true", "false"} else f"<{near}>"
            if written == absent.term or not fits(engine, name, found, (absent.term, written)):
                bad.append((name, absent.term, near))
    assert bad == []


def suggestions(found: Diagnosis) -> Iterator[tuple[Absent, str]]:
    for one in (found, *found.warnings):
        yield from ((absent, near) for absent in one.absent for near in absent.near)


def fits(engine: Direct, name: str, found: Diagnosis, change: tuple[str, str]) -> bool:
    """Return whether a query has matches with a term replaced in FROM, in the part named or in an OPTIONAL."""
    changed = [one.pattern.text for one in (found, *found.warnings) if one.pattern is not None]
    whole = parts(CASES[name]["query"])
    changed += [part.text for part in whole.parts if part.kind == "optional"]
    if found.pattern is None:
        whole = replace(whole, dataset=whole.dataset.replace(*change))
    return holds(engine, whole, lambda part: part.text.replace(*change) if part.text in changed else part.text)


def parts(query: str) -> PatternOutline:
    found = outline(PREFIXES + query)
    assert found is not None
    return found


def holds(engine: Direct, found: PatternOutline, write: Callable[[PatternPart], str]) -> bool:
    body = "\n".join(map(write, found.parts))
    asked = f"{found.prologue} ASK {found.dataset} {{ {body} }}"
    return b"true" in engine.answer(Operation(asked, JSON)).body
