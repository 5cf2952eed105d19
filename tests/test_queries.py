"""Stored questions and checks: their headers, their errors, and what asking gives."""

from __future__ import annotations

import json
import os
import re
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from pyoxigraph import RdfFormat, Store

from cartkg.cli import cli
from cartkg.diagnostics import Severity
from cartkg.errors import NotAcceptable, QueryError, Refused, ShapesError
from cartkg.namespaces import Prefixes
from cartkg.project import find
from cartkg.queries import (
    AnswerFormat,
    Column,
    ask,
    find_question,
    hold,
    read_checks,
    read_question,
    read_questions,
    write,
)
from cartkg.sparql.engines.data_source import DataSource

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

HEADER = """#+ title: Who is here?
#+ description: Gives everyone,
#+ description: each once.
#+ answers: who: the person
#+ answers: age (years): age at the visit
#+ how-to-read: No row means nobody.
#+ asked-by: rheumatologist, data-engineer
#+ tags: people
#+ min-rows: 1
"""
SELECT = "PREFIX ex: <http://example.org/>\nSELECT ?who ?age WHERE { ?who ex:age ?age } ORDER BY ?who\n"
PREFIXES = Prefixes({"ex": "http://example.org/"})
PEOPLE = "@prefix ex: <http://example.org/> . ex:ann ex:age 41 . ex:bo ex:age 7 ; ex:name 'B\\to' ."


@pytest.fixture
def people() -> Store:
    store = Store()
    store.load(PEOPLE, format=RdfFormat.TURTLE)
    return store


def _file(folder: Path, text: str, name: str = "who-is-here.rq") -> Path:
    path = folder / name
    path.write_text(text, "utf-8")
    return path


def test_a_question_carries_its_header(tmp_path: Path) -> None:
    question = read_question(_file(tmp_path, HEADER + SELECT))
    assert question.name == "who-is-here"
    assert question.title == "Who is here?"
    assert question.description == "Gives everyone, each once."
    assert question.answers == (Column("who", "", "the person"), Column("age", "years", "age at the visit"))
    assert question.asked_by == ("rheumatologist", "data-engineer")
    assert question.min_rows == 1
    assert not question.uses_inference
    assert question.text == HEADER + SELECT


MALFORMED = [
    ("title: Who is here?", "title: Who is here", "ends with a question mark", 1),
    ("title: Who is here?", "titel: Who is here?", "did you mean title", 1),
    ("title: Who is here?", "Title: Who is here?", "not a header line", 1),
    ("answers: who: the person", "answers: the person", "not a column", 4),
    ("answers: who: the person", "answers: whom: the person", "the query selects who, age", 4),
    ("min-rows: 1", "min-rows: many", "whole number", 9),
    ("asked-by: rheumatologist,", "asked-by: rheumatolgist,", "did you mean rheumatologist", 7),
    ("tags: people", "uses-inference: maybe", "yes or no", 8),
    ("how-to-read: No row means nobody.", "how-to-read:", r"lacks `#\+ how-to-read", 6),
]


@pytest.mark.parametrize(("old", "new", "message", "line"), MALFORMED, ids=[row[1] for row in MALFORMED])
def test_a_malformed_header_is_told_with_its_line(tmp_path: Path, old: str, new: str, message: str, line: int) -> None:
    path = _file(tmp_path, HEADER.replace(old, new) + SELECT)
    with pytest.raises(ShapesError, match=message) as caught:
        read_question(path)
    assert (caught.value.file, caught.value.line) == (path, line)


def test_a_question_says_which_columns_leave_the_outcome_one(tmp_path: Path) -> None:
    question = read_question(_file(tmp_path, f"#+ same-outcome: who, age\n{HEADER}{SELECT}"))
    assert question.same_outcome == ("who", "age")


def test_a_missing_header_key_is_named(tmp_path: Path) -> None:
    with pytest.raises(ShapesError, match="lacks `#\\+ tags"):
        read_question(_file(tmp_path, HEADER.replace("#+ tags: people\n", "") + SELECT))


def test_a_byte_order_mark_before_a_question_is_passed_over(tmp_path: Path) -> None:
    plain = read_question(_file(tmp_path, HEADER + SELECT)).text
    assert read_question(_file(tmp_path, f"\ufeff{HEADER}{SELECT}")).text == plain


def test_a_syntax_error_has_the_line_of_the_file(tmp_path: Path) -> None:
    with pytest.raises(ShapesError, match="not a SPARQL query") as caught:
        read_question(_file(tmp_path, HEADER + SELECT.replace("WHERE {", "WHERE {{")))
    assert caught.value.line == 11


def test_a_folder_that_is_missing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ShapesError, match="no such folder"):
        read_questions(tmp_path / "none")


def test_an_unknown_name_brings_the_near_ones(tmp_path: Path) -> None:
    _file(tmp_path, HEADER + SELECT)
    with pytest.raises(QueryError, match="did you mean who-is-here"):
        find_question(tmp_path, "who-is-hear")


CHECK = """#+ title: Nobody is older than 40
#+ description: The shop sells toys.
#+ severity: warning
PREFIX ex: <http://example.org/>
SELECT ?subject ?message WHERE { ?subject ex:age ?age FILTER(?age > 40) BIND("too old" AS ?message) }
"""


def test_a_check_carries_its_severity(tmp_path: Path) -> None:
    _file(tmp_path, CHECK, "too-old-violation.rq")
    (check,) = read_checks(tmp_path)
    assert (check.name, check.severity) == ("too-old-violation", Severity.WARNING)


def test_a_check_is_named_for_its_breach(tmp_path: Path) -> None:
    with pytest.raises(ShapesError, match="named after its breach"):
        read_checks(_file(tmp_path, CHECK, "too-old.rq").parent)


def test_a_check_without_a_message_is_an_error(tmp_path: Path) -> None:
    path = _file(tmp_path, CHECK.replace("?subject ?message WHERE", "?subject WHERE"), "too-old-violation.rq")
    with pytest.raises(ShapesError, match=r"must also select \?message"):
        read_checks(path.parent)


def test_run_holds_the_rows_in_order(tmp_path: Path, people: Store) -> None:
    rows = hold(ask(read_question(_file(tmp_path, HEADER + SELECT)).text, people))
    assert rows.variables == ("who", "age")
    assert rows.rows == (("http://example.org/ann", "41"), ("http://example.org/bo", "7"))


def test_the_table_bears_title_units_and_note(tmp_path: Path, people: Store) -> None:
    question = read_question(_file(tmp_path, HEADER + SELECT))
    table = write(ask(question.text, people), None, PREFIXES, question)
    assert table == (
        "Who is here?\n\n"
        "who     age (years)\n"
        "------  -----------\n"
        "ex:ann           41\n"
        "ex:bo             7\n\n"
        "2 rows\n"
        "How to read: No row means nobody.\n"
    )


def test_a_table_drops_control_characters(people: Store) -> None:
    text = 'SELECT ?x WHERE { BIND("a\\u001B[2Jb\\nc" AS ?x) }'
    assert "a[2Jb c" in write(ask(text, people), AnswerFormat.TABLE, PREFIXES)


WRITTEN = [
    ("SELECT ?age WHERE { ?s <http://example.org/age> ?age } ORDER BY ?age", AnswerFormat.CSV, "age\n7\n41\n"),
    ("SELECT ?age WHERE { ?s <http://example.org/age> ?age } ORDER BY ?age", AnswerFormat.TSV, "?age\n7\n41\n"),
    ("ASK { ?s <http://example.org/age> 7 }", AnswerFormat.TABLE, "yes\n"),
    ("ASK { ?s <http://example.org/age> 8 }", AnswerFormat.JSON, '{"head":{},"boolean":false}'),
    (
        "CONSTRUCT { ?s a <http://example.org/P> } WHERE { ?s <http://example.org/age> ?age }",
        AnswerFormat.NTRIPLES,
        (
            "<http://example.org/ann> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <http://example.org/P> .\n"
            "<http://example.org/bo> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <http://example.org/P> .\n"
        ),
    ),
]


@pytest.mark.parametrize(("text", "form", "expected"), WRITTEN, ids=[f"{row[1].value} {row[0][:6]}" for row in WRITTEN])
def test_a_result_is_written(people: Store, text: str, form: AnswerFormat, expected: str) -> None:
    assert write(ask(text, people), form, PREFIXES) == expected


UNSUITED = [
    ("SELECT ?s WHERE { ?s ?p ?o }", AnswerFormat.TURTLE, "table, csv, tsv, json, xml"),
    ("ASK { ?s ?p ?o }", AnswerFormat.CSV, "table, json, xml"),
    ("CONSTRUCT WHERE { ?s ?p ?o }", AnswerFormat.TABLE, "turtle, ntriples, rdfxml, jsonld"),
]


@pytest.mark.parametrize(("text", "form", "offers"), UNSUITED, ids=[row[0][:6] for row in UNSUITED])
def test_a_format_that_does_not_suit_names_those_that_do(
    people: Store, text: str, form: AnswerFormat, offers: str
) -> None:
    with pytest.raises(NotAcceptable, match=offers):
        write(ask(text, people), form, PREFIXES)


def test_a_query_that_is_none_has_line_and_column(people: Store) -> None:
    with pytest.raises(QueryError) as caught:
        ask("SELECT ?s\nWHERE { ?s ?p }", people)
    assert caught.value.line == 2
    assert caught.value.column is not None


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """Give a small project with a build and one question."""
    root = tmp_path / "project"
    for folder in ("ontology", "queries", ".cartkg/build"):
        (root / folder).mkdir(parents=True)
    (root / "ontology" / "cartkg.ttl").write_text("", "utf-8")
    prefixes = '[] sh:declare [ sh:prefix "ex" ; sh:namespace "http://example.org/" ] .\n'
    (root / "ontology" / "prefixes.ttl").write_text(prefixes, "utf-8")
    _file(root / "queries", HEADER + SELECT)
    triple = '<http://example.org/ann> <http://example.org/age> "41"^^<http://www.w3.org/2001/XMLSchema#integer>'
    dump = root / ".cartkg" / "build" / "cartkg.nq"
    dump.write_text(f"{triple} <http://example.org/g> .\n", "utf-8")
    project = find(root)
    for path in project.build_files():
        path.touch()
    project.cache.remember(project.build_files())
    return root


def _cli(root: Path, *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["--project", str(root), *arguments], catch_exceptions=False)


def test_the_command_asks_the_build(built: Path) -> None:
    result = _cli(built, "query", "who-is-here", "--format", "csv")
    assert result.stdout == "who,age\nhttp://example.org/ann,41\n"


def test_a_value_of_the_reader_takes_the_place_of_the_saved_one(built: Path) -> None:
    text = (
        HEADER
        + "#+ parameter: years (number): age\n#+ saved: who-is-forty [years=40]: Who is forty?\n"
        + "SELECT ?who ?age WHERE { ?who <http://example.org/age> ?age VALUES ?yearsParameter { UNDEF } "
        + "FILTER(!BOUND(?yearsParameter) || ?age = ?yearsParameter) }\n"
    )
    _file(built / "queries", text)
    assert _cli(built, "query", "who-is-forty", "--format", "csv").stdout == "who,age\n"
    answer = _cli(built, "query", "who-is-forty", "--years", "41", "--format", "csv")
    assert answer.stdout == "who,age\nhttp://example.org/ann,41\n"


def test_the_command_asks_a_file(built: Path, tmp_path: Path) -> None:
    path = _file(tmp_path, "ASK { ?s <http://example.org/age> 41 }", "own.rq")
    assert _cli(built, "query", str(path)).stdout == "yes\n"


def test_the_command_asks_standard_input(built: Path) -> None:
    arguments = ["--project", str(built), "query", "-", "--format", "ntriples"]
    result = CliRunner().invoke(cli, arguments, input="CONSTRUCT WHERE { ?s ?p ?o }", catch_exceptions=False)
    assert result.stdout.startswith("<http://example.org/ann> <http://example.org/age>")


def test_the_command_passes_over_a_byte_order_mark(built: Path, tmp_path: Path) -> None:
    path = _file(tmp_path, "\ufeffASK { ?s <http://example.org/age> 41 }", "own.rq")
    assert _cli(built, "query", str(path)).stdout == "yes\n"
    arguments = ["--project", str(built), "query", "-"]
    assert CliRunner().invoke(cli, arguments, input="\ufeffASK {}", catch_exceptions=False).stdout == "yes\n"


def test_the_command_lists_the_questions(built: Path) -> None:
    assert _cli(built, "query", "--list").stdout == "who-is-here\n    Who is here?\n"


def test_a_question_that_needs_inference_has_a_build_made_where_there_is_none(
    built: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _file(built / "queries", HEADER + "#+ uses-inference: yes\n" + SELECT)
    dump = built / ".cartkg" / "build" / "cartkg.nq"
    held = dump.read_bytes()
    dump.unlink()

    def build(origin: DataSource) -> None:
        dump.write_bytes(held)
        origin.project.cache.remember(origin.project.build_files())

    monkeypatch.setattr(DataSource, "build", build)
    asked = _cli(built, "query", "who-is-here", "--format", "csv")
    assert asked.stdout == "who,age\nhttp://example.org/ann,41\n"
    assert asked.stderr == "cartkg: no build made here; building it, which takes about half a minute\n"


def test_an_outdated_build_is_said(built: Path) -> None:
    dump = built / ".cartkg" / "build" / "cartkg.nq"
    os.utime(dump, (1, 1))
    assert "sources have changed" in _cli(built, "query", "who-is-here").stderr


WRONG = [
    (["query"], "name a question or a file"),
    (["query", "who-is-there"], "did you mean who-is-here"),
    (["query", "none.rq"], "none.rq: cannot be read: No such file"),
    (["query", "who-is-here", "--format", "turtle"], "turtle cannot represent rows"),
    (["query", "who-is-here", "--count-once"], "needs a column ?cohort"),
]


@pytest.mark.parametrize(("arguments", "message"), WRONG, ids=[" ".join(row[0]) for row in WRONG])
def test_a_wrong_call_says_what_is_wrong(built: Path, arguments: list[str], message: str) -> None:
    # not `as caught`: its frames keep an answer, which only the thread that made it may free
    with pytest.raises(QueryError, match=re.escape(message)):
        _cli(built, *arguments)


def test_the_command_sends_no_request(built: Path, tmp_path: Path) -> None:
    path = _file(tmp_path, "SELECT ?s WHERE { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }", "out.rq")
    with pytest.raises(Refused, match="SERVICE is not allowed"):
        _cli(built, "query", str(path))


def test_an_unknown_format_is_a_usage_error(built: Path) -> None:
    result = _cli(built, "query", "who-is-here", "--format", "doc")
    assert result.exit_code == 2
    assert "'doc' is not one of" in result.stderr


def test_figures_are_the_same_in_every_format(built: Path) -> None:
    assert json.loads(_cli(built, "stats", "--format", "json").stdout)["triples"] == 1
    assert "void#triples> 1" in _cli(built, "stats", "--format", "turtle").stdout
    assert "findings that say when they hold" in _cli(built, "stats").stdout
