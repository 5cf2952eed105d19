"""Stored checks and questions -> findings: each row of a check, each question that does not parse or uses no term."""

from __future__ import annotations

import difflib
import os
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pyoxigraph

from cartkg.errors import ShapesError
from cartkg.findings import Finding, Rule, Severity
from cartkg.namespaces import TERM
from cartkg.pipeline.rules import QUERY_SYNTAX, QUERY_TERM
from cartkg.queries import read_question
from cartkg.validation import rule_link
from cartkg.validation.locating import Triple
from cartkg.validation.suggestions import near_term
from cartkg.validation.terms import bare, is_blank

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from cartkg.pipeline.sources import Answers
    from cartkg.queries import Check
    from cartkg.validation import Facts
    from cartkg.validation.locating import Locator
    from cartkg.validation.terms import Term

#: Strings, comments and everything else of a query; only the third group is looked through for terms.
_QUERY = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*"""|"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\'|#[^\n]*(?<![/\w]#)(?=\n|\Z)'
)
_TERMS = re.compile(rf"(?:\bcartkg:|<{re.escape(TERM)})(?P<name>[A-Za-z][\w-]*)")


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a check, as terms in N-Triples form; what the check does not select is empty."""

    check: Check
    subject: str
    predicate: str
    object: str
    message: str
    severity: Severity


def rows(checks: Iterable[Check], graph: Answers) -> list[Row]:
    """Ask every check of a graph; side by side, since the engine lets other threads run while it answers.

    Raises:
        ShapesError: a row lacks a subject or a message, or its severity is none.
    """
    asked = list(checks)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        answers = pool.map(lambda check: list(_solutions(check, graph)), asked)
        return [_row(check, solution) for check, found in zip(asked, answers, strict=True) for solution in found]


def _solutions(check: Check, graph: Answers) -> Iterator[dict[str, str]]:
    result = graph.query(check.text)
    assert isinstance(result, pyoxigraph.QuerySolutions)  # noqa: S101  # read_check has seen that it is a SELECT
    names = [variable.value for variable in result.variables]
    for solution in result:
        terms = {name: solution[name] for name in names}
        yield {
            name: term.value if isinstance(term, pyoxigraph.Literal) and name != "object" else str(term)
            for name, term in terms.items()
            if term is not None
        }


def _row(check: Check, solution: dict[str, str]) -> Row:
    if "subject" not in solution or "message" not in solution:
        raise ShapesError("a row has no ?subject or no ?message; bind both", check.path, 1)
    severity = solution.get("severity", check.severity.value)
    if severity not in {level.value for level in Severity}:
        raise ShapesError(f"?severity is {severity!r}; give error, warning or info", check.path, 1)
    return Row(
        check,
        solution["subject"],
        solution.get("predicate", ""),
        solution.get("object", ""),
        solution["message"],
        Severity(severity),
    )


def row_findings(found: Iterable[Row], locator: Locator) -> list[Finding]:
    """Give each row its place in a file; none for what a broken file describes, or may describe."""
    facts = locator.facts
    own = (replace(row, subject=own_subject(row, facts)) for row in found)
    sure = (row for row in own if not facts.uncertain(row.subject) and not facts.uncertain(row.object or '""'))
    return [_row_finding(row, locator) for row in sure]


def own_subject(row: Row, facts: Facts) -> Term:
    """Give a row's subject as the facts have it; a blank node has another label in the store."""
    return facts.named(row.subject) if is_blank(row.subject) else row.subject


def _row_finding(row: Row, locator: Locator) -> Finding:
    predicate = row.predicate if row.predicate.startswith("<") else None
    declared = predicate is None or not predicate.startswith(f"<{TERM}") or predicate in locator.facts.homes
    spot = locator.locate(Triple(row.subject, predicate, row.object if row.object and declared else None))
    prefixes = (spot.document.prefixes or {}) if spot else {}
    term = (predicate or "") if not declared else row.object
    return Finding(
        file=spot.document.path if spot else None,
        line=spot.position.line if spot else 0,
        column=spot.position.column if spot else 0,
        rule=row.check.name,
        message=row.message,
        severity=row.severity,
        subject=bare(locator.facts.in_file(row.subject)),
        fix=near_term(term, locator.facts, prefixes) if term.startswith("<") else None,
    )


def check_rules(checks: Iterable[Check]) -> dict[str, Rule]:
    """Give a rule for each stored check."""
    return {
        check.name: Rule(
            id=check.name,
            kind="checks",
            title=check.title,
            why=check.description,
            message=check.title,
            severity=check.severity,
            link=rule_link(check.name),
        )
        for check in checks
    }


def question_findings(files: Iterable[Path], facts: Facts) -> list[Finding]:
    """Look at stored queries: they parse, their headers are whole, and they use declared terms only."""
    declared = {term[len(TERM) + 1 : -1] for term in facts.homes if term.startswith(f"<{TERM}")}
    found: list[Finding] = []
    for file in files:
        if "checks" not in file.parts:
            try:
                read_question(file)
            except ShapesError as error:
                found.append(Finding(file, error.line or 1, 1, QUERY_SYNTAX, error.message))
                continue
        found.extend(_unknown_terms(file, declared))
    return found


def _unknown_terms(file: Path, declared: set[str]) -> Iterator[Finding]:
    text = file.read_text("utf-8")
    hushed = _QUERY.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)
    for match in _TERMS.finditer(hushed):
        name = match["name"]
        if name not in declared:
            near = difflib.get_close_matches(name, sorted(declared), n=1)
            hint = f"did you mean cartkg:{near[0]}?" if near else "correct the spelling or add the term"
            line = text.count("\n", 0, match.start()) + 1
            column = match.start() - text.rfind("\n", 0, match.start())
            message = f"the ontology declares no cartkg:{name}; {hint}"
            yield Finding(file, line, column, QUERY_TERM, message)
