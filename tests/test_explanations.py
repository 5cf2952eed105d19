"""What people get wrong over the shipped graph, from the table cases/mistakes.toml: the explanation names it."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.test_diagnosis import Direct
from tests.test_questions import shipped_graph

from cartkg.namespaces import read_prefixes
from cartkg.sparql.empty_answers.diagnosis import diagnose
from cartkg.sparql.empty_answers.report import tell
from cartkg.sparql.pool.jobs import Source
from cartkg.sparql.pool.loading import load
from cartkg.sparql.protocol.requests import Dataset

if TYPE_CHECKING:
    from cartkg.sparql.empty_answers.probing.causes_found import Diagnosis

HERE = Path(__file__).parent
MISTAKES: dict[str, dict[str, Any]] = tomllib.loads((HERE / "cases" / "mistakes.toml").read_text("utf-8"))
PREFIXES = "".join(
    f"PREFIX {prefix}: <{namespace}>\n"
    for prefix, namespace in read_prefixes(HERE.parent / "ontology" / "prefixes.ttl").namespaces.items()
)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Direct:
    """Give an engine over the shipped graph as it is served."""
    path = tmp_path_factory.mktemp("shipped") / "shipped.nq"
    path.write_text("".join(f"{quad} .\n" for quad in shipped_graph().quads()), "utf-8")
    return Direct(load(Source((path,))))


def explained(engine: Direct, query: str, dataset: Dataset | None = None) -> Diagnosis:
    return diagnose(engine, PREFIXES + query, dataset or Dataset())


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_explained(engine: Direct, name: str) -> None:
    case = MISTAKES[name]
    found = explained(engine, case["query"])
    assert found.verdict == case["verdict"], found
    assert (found.pattern.text if found.pattern else "") == case["pattern"]
    said = tell(found)
    for words in case["says"]:
        assert words in said


@pytest.mark.parametrize("name", [name for name in MISTAKES if MISTAKES[name]["verdict"] == "broken pattern"])
def test_a_hint_has_the_matches_that_it_promises(engine: Direct, name: str) -> None:
    case = MISTAKES[name]
    found = explained(engine, case["query"])
    if found.hint and found.pattern:
        repaired = case["query"].replace(found.pattern.text.removesuffix(" ."), found.hint.removesuffix(" ."))
        if repaired != case["query"]:
            assert explained(engine, repaired).verdict == "not empty"


def test_at_least_twenty_five_kinds_of_mistake_are_explained() -> None:
    assert len(MISTAKES) >= 25
