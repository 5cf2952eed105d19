"""The W3C suite of SHACL core and SHACL-SPARQL, run through cartkg's own engine and through pySHACL."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import unquote, urlparse

import pytest

from cartkg.errors import ShapesError
from cartkg.namespaces import RDF, SH
from cartkg.validation.constraints.paths import read_path
from cartkg.validation.engines import reference
from cartkg.validation.engines.engine import ShapesEngine
from cartkg.validation.rdf.facts import Facts, read
from cartkg.validation.rdf.terms import Term, bare, iri, is_blank, local_name
from cartkg.validation.shapes.shapes_graph import Shapes

if TYPE_CHECKING:
    from cartkg.validation.constraints.results import Violation

ROOT = Path(__file__).parents[2]
SUITE = ROOT.parent / "shared" / "conformance" / "w3c-shacl" / "tests"
TABLE = ROOT / "docs" / "reference" / "shacl-conformance.md"
MF = "http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#"
SHT = "http://www.w3.org/ns/shacl-test#"

#: Tests of the suite that an engine answers otherwise, with the reason.
DEVIATIONS: dict[str, dict[str, str]] = {
    "cartkg": {},
    "pySHACL": {
        "core/property/uniqueLang-002": 'takes "1"^^xsd:boolean for true; the suite wants sh:uniqueLang true only',
        "sparql/node/prefixes-001": "does not follow owl:imports to further sh:declare",
        "sparql/pre-binding/pre-binding-005": "FILTER bound($this) in a group of its own finds $this unbound",
        "sparql/pre-binding/shapesGraph-001": "does not offer $shapesGraph, which is optional",
    },
}

Key: TypeAlias = tuple[str, ...]

pytestmark = pytest.mark.whole


@dataclass(frozen=True, slots=True)
class Case:
    """One validation test: its name, where its graphs are, and the results it wants (None for a failure)."""

    name: str
    data: Path
    shapes: Path
    expected: Counter[Key] | None


@cache
def cases() -> list[Case]:
    found: list[Case] = []
    for manifest in sorted(SUITE.rglob("*.ttl")):
        facts = read([manifest])
        tests = facts.inverse(iri(f"{RDF}type")).get(iri(f"{SHT}Validate"), ())
        found.extend(_case(facts, manifest, test) for test in tests)
    return found


def _case(facts: Facts, manifest: Path, test: Term) -> Case:
    action = facts.object(test, iri(f"{MF}action"))
    result = facts.object(test, iri(f"{MF}result"))
    assert action is not None
    assert result is not None
    expected = None if result == iri(f"{SHT}Failure") else _expected(facts, result)
    name = f"{manifest.parent.relative_to(SUITE).as_posix()}/{local_name(test)}"
    return Case(name, _file(facts, action, "dataGraph"), _file(facts, action, "shapesGraph"), expected)


def _file(facts: Facts, action: Term, name: str) -> Path:
    found = facts.object(action, iri(SHT + name))
    assert found is not None
    return Path(unquote(urlparse(bare(found)).path))


def _expected(facts: Facts, report: Term) -> Counter[Key]:
    found: Counter[Key] = Counter()
    for result in facts.objects(report, iri(f"{SH}result")):
        path = facts.object(result, iri(f"{SH}resultPath"))
        found[
            (
                _plain(facts.object(result, iri(f"{SH}focusNode"))),
                str(read_path(facts, path)) if path else "",
                _plain(facts.object(result, iri(f"{SH}value"))),
                facts.object(result, iri(f"{SH}sourceConstraintComponent")) or "",
                _plain(facts.object(result, iri(f"{SH}sourceShape"))),
                facts.object(result, iri(f"{SH}resultSeverity")) or "",
            )
        ] += 1
    return found


def _plain(term: Term | None) -> str:
    """Blank nodes have no names to compare."""
    return "" if term is None else "_" if is_blank(term) else term


def _keys(violations: list[Violation]) -> Counter[Key]:
    return Counter(tuple("_" if part[:2] == "_:" else part for part in violation.key) for violation in violations)


def answer(engine: str, case: Case) -> Counter[Key] | None:
    """Give the results of an engine; None when it refuses the shapes."""
    facts, shapes = read([case.data]), read([case.shapes])
    try:
        return (
            _keys(ShapesEngine(facts, Shapes(shapes)).run())
            if engine == "cartkg"
            else _reference(facts, Shapes(shapes))
        )
    except ShapesError:
        return None


def _reference(facts: Facts, shapes: Shapes) -> Counter[Key]:
    try:
        return _keys(reference.outcome(facts, shapes).violations)
    except ShapesError:
        raise
    except Exception as error:  # noqa: BLE001  # pySHACL lets rdflib's bare Exception through; that is not a refusal
        return Counter({(f"raises {error!r}",): 1})


def table() -> str:
    """Write the pass table as Markdown."""
    lines = [
        "# SHACL conformance",
        "",
        "The W3C test suite of SHACL core and SHACL-SPARQL, run by `pytest -m whole tests/w3c/test_shacl.py`,",
        "which also writes this page again when it is asked to (`python tests/w3c/test_shacl.py`).",
        "",
        "| tests | cases | cartkg | pySHACL |",
        "| --- | ---: | ---: | ---: |",
    ]
    groups = sorted({case.name.rpartition("/")[0] for case in cases()})
    passed = {engine: {case.name for case in cases() if answer(engine, case) == case.expected} for engine in DEVIATIONS}
    for group in groups:
        names = {case.name for case in cases() if case.name.rpartition("/")[0] == group}
        counts = " | ".join(str(len(names & passed[engine])) for engine in DEVIATIONS)
        lines.append(f"| {group} | {len(names)} | {counts} |")
    counts = " | ".join(f"**{len(passed[engine])}**" for engine in DEVIATIONS)
    lines += [f"| **all** | **{len(cases())}** | {counts} |", "", "## Deviations", ""]
    for engine, reasons in DEVIATIONS.items():
        lines += [f"- {engine}, `{name}`: {reason}" for name, reason in sorted(reasons.items())]
        if not reasons:
            lines.append(f"- {engine}: none.")
    return "\n".join(lines) + "\n"


def _parameters() -> list[tuple[str, Case]]:
    return [(engine, case) for engine in DEVIATIONS for case in cases()] if SUITE.is_dir() else []


@pytest.mark.skipif(not SUITE.is_dir(), reason="the W3C suite lies in ../shared/conformance, which is not here")
@pytest.mark.parametrize(("engine", "case"), _parameters(), ids=lambda value: getattr(value, "name", value))
def test_suite_case_gives_the_results_the_w3c_wants(engine: str, case: Case) -> None:
    agrees = answer(engine, case) == case.expected
    assert agrees == (case.name not in DEVIATIONS[engine]), "see the list DEVIATIONS in this file"


@pytest.mark.skipif(not SUITE.is_dir(), reason="the W3C suite lies in ../shared/conformance, which is not here")
def test_documented_table_is_what_the_engines_do() -> None:
    assert TABLE.read_text("utf-8") == table(), "run: python tests/w3c/test_shacl.py"


if __name__ == "__main__":
    TABLE.parent.mkdir(parents=True, exist_ok=True)
    TABLE.write_text(table(), "utf-8")
