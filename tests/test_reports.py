"""What users of SHACL tools and formatters reported in public: each case does what the specification asks for."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
from tests.command import cartkg

from cartkg.diagnostics import Report, Severity
from cartkg.namespaces import Prefixes
from cartkg.pipeline.checking import check
from cartkg.pipeline.inputs.options import CheckOptions
from cartkg.project import shipped
from cartkg.turtle.layout import lay_out
from cartkg.turtle.style import format_text
from cartkg.validation.conformance import FAULTY

CASES = Path(__file__).resolve().parent / "cases"
_READ = tomllib.loads((CASES / "reports.toml").read_text("utf-8"))
REPORTS, FORMATTED = _READ["report"], _READ["format"]
PREFIXES = """@prefix ex: <http://example.org/> . @prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""


def called(case: dict[str, Any]) -> str:
    return f"{', '.join(case['trackers'])}: {case['about']}"


def written(folder: Path, case: dict[str, Any]) -> tuple[Path, ...]:
    """Write the files of a case: shapes, data and, where it has one, an ontology."""
    ending = case.get("ending", ".ttl")
    files = {"shapes": "shapes.ttl", "data": f"data{ending}", "ontology": "ontology.ttl"}
    paths = {part: folder / name for part, name in files.items() if part in case}
    for part, path in paths.items():
        path.write_text(("" if path.suffix == ".jsonld" else PREFIXES) + case[part], "utf-8")
    return tuple(paths.values())


def run(folder: Path, case: dict[str, Any]) -> Report:
    shapes, data, *ontology = written(folder, case)
    return check(shipped(), CheckOptions(paths=(data,), shapes=(shapes,), ontology=tuple(ontology)), folder)


@pytest.mark.parametrize("case", [each for each in REPORTS if "refused" not in each], ids=called)
def test_a_public_report_is_handled_as_expected(case: dict[str, Any], tmp_path: Path) -> None:
    found = run(tmp_path, case).diagnostics
    results = [each for each in found if each.trace is not None]
    focus = sorted(each.subject.removeprefix("http://example.org/") for each in results)
    assert len(results) == case.get("count", len(case.get("results", ())))
    if "results" in case:
        assert focus == case["results"]
    for each, words in zip(sorted(results, key=lambda result: result.message), case.get("says", ()), strict=False):
        assert words in each.message
    if "details" in case:
        assert [len(each.trace.details) for each in results if each.trace] == case["details"]
    others = {
        "faults": [each for each in found if each.rule == FAULTY],
        "warnings": [each for each in found if each.rule == "import-not-read" and each.severity is Severity.WARNING],
        "broken": [each for each in found if each.rule == "syntax"],
    }
    for kind, told in others.items():
        assert len(told) == len(case.get(kind, ())), [each.message for each in told]
        for words in case.get(kind, ()):
            assert [each for each in told if words in each.message and each.line], words


@pytest.mark.parametrize("case", [each for each in REPORTS if "refused" in each], ids=called)
def test_a_file_without_shapes_is_refused(case: dict[str, Any], tmp_path: Path) -> None:
    shapes, data = written(tmp_path, case)
    done = cartkg(tmp_path, "check", "--shapes", str(shapes), str(data))
    assert (done.returncode, done.stdout) == (3, "")
    assert case["refused"] in done.stderr


def test_pyshacl_says_why_it_takes_no_sparql(tmp_path: Path) -> None:
    (case,) = [each for each in REPORTS if "TopBraid shacl 188" in each["trackers"]]
    shapes, data = written(tmp_path, case)
    done = cartkg(tmp_path, "check", "--engine", "pyshacl", "--shapes", str(shapes), str(data))
    assert (done.returncode, done.stdout) == (3, "")
    assert "the SPARQL of a shape does not parse: " in done.stderr


def test_the_report_is_the_same_in_every_run(tmp_path: Path) -> None:
    """pySHACL 304: the order of sets changes with the seed of hashes."""
    (case,) = [each for each in REPORTS if each["about"] == "ill-typed dates and times"]
    shapes, data = written(tmp_path, case)
    command = [sys.executable, "-m", "cartkg", "check", "--format", "turtle", "--shapes", str(shapes), str(data)]
    told = {
        subprocess.run(
            command, cwd=tmp_path, env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, check=False
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(told) == 1
    assert told.pop().count(b"sh:ValidationResult") >= case["count"]


def canonical(text: str) -> set[str]:
    """Give a graph as the same statements, whatever its blank nodes are called."""
    graph = ox.Dataset(ox.parse(text, ox.RdfFormat.TURTLE))
    graph.canonicalize(ox.CanonicalizationAlgorithm.UNSTABLE)
    return {str(quad) for quad in graph}


@pytest.mark.parametrize("case", FORMATTED, ids=called)
def test_a_text_that_other_formatters_broke_keeps_its_graph(case: dict[str, Any]) -> None:
    text = PREFIXES + case["text"]
    laid, styled = lay_out(text), format_text(text, Prefixes({}))
    assert canonical(laid) == canonical(styled) == canonical(text)
    assert lay_out(laid) == laid, "formatted once is formatted"
    assert format_text(styled, Prefixes({})) == styled
    notes = re.compile(r"^.*# .*$", re.MULTILINE)
    assert notes.findall(laid) == notes.findall(text)
