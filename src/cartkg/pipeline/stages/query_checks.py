"""Run the stored checks, and check the questions: syntax and terms."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pyoxigraph

from cartkg.diagnostics import Diagnostic, Rule, Severity
from cartkg.errors import ShapesError
from cartkg.evaluation.guarding import Failure, Fault
from cartkg.files import read_bytes, read_text
from cartkg.namespaces import TERM
from cartkg.nearest import suggest
from cartkg.pipeline.stages.rules import QUERY_STOPPED, QUERY_SYNTAX, QUERY_TERM
from cartkg.queries import query_files, try_checks, try_questions
from cartkg.validation import rule_link
from cartkg.validation.rdf.terms import bare, is_blank
from cartkg.validation.reporting.locating import Triple
from cartkg.validation.reporting.suggestions import near_term

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from cartkg.evaluation.evaluator import Answer, Evaluator
    from cartkg.queries import Check
    from cartkg.validation import Facts
    from cartkg.validation.rdf.terms import Term
    from cartkg.validation.reporting.locating import Locator

#: Strings, comments and everything else of a query; only the third group is looked through for terms.
_QUERY = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*"""|"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\'|#[^\n]*(?<![/\w]#)(?=\n|\Z)'
)
_TERMS = re.compile(rf"(?:\bcartkg:|<{re.escape(TERM)})(?P<name>[A-Za-z][\w-]*)")


@dataclass(frozen=True, slots=True)
class CheckRow:
    """One row of a check, as terms in N-Triples form; what the check does not select is empty."""

    check: Check
    subject: str
    predicate: str
    object: str
    message: str
    severity: Severity


@dataclass(frozen=True, slots=True)
class CheckResults:
    """The result of stored checks: their rows, and a diagnostic for each check that could not give any."""

    rows: list[CheckRow]
    diagnostics: list[Diagnostic]


def read_sound(folder: Path, parser: Evaluator) -> tuple[list[Check], list[Diagnostic]]:
    """Read the checks of a folder, and say which are malformed.

    Raises:
        ShapesError: the folder does not exist.
    """
    found = try_checks(query_files(folder), parser)
    broken = [malformed(each) for each in found if isinstance(each, ShapesError)]
    return [each for each in found if not isinstance(each, ShapesError)], broken


def malformed(error: ShapesError) -> Diagnostic:
    """Return a diagnostic about a stored query that cannot be read or evaluated."""
    return Diagnostic(error.file, error.line or 1, 1, QUERY_STOPPED if error.stopped else QUERY_SYNTAX, error.message)


def ask(checks: Sequence[Check], evaluator: Evaluator) -> CheckResults:
    """Ask every check of a graph, in parallel; one that fails costs its own answer alone."""
    asked = CheckResults([], [])
    with evaluator:
        answers = evaluator.ask([check.text for check in checks])
    for check, answer in zip(checks, answers, strict=True):
        try:
            asked.rows.extend([_row(check, solution) for solution in _solutions(check, answer)])
        except ShapesError as error:
            asked.diagnostics.append(malformed(error))
    return asked


def _solutions(check: Check, answer: Answer | Failure) -> Iterator[dict[str, str]]:
    if isinstance(answer, Failure):
        raise ShapesError(answer.tell(f"the check {check.name}"), check.path, answer.line, stopped=True)
    assert isinstance(answer, pyoxigraph.QuerySolutions)  # noqa: S101  # a check has been seen to be a SELECT
    names = [variable.value for variable in answer.variables]
    for solution in answer:
        terms = {name: solution[name] for name in names}
        yield {
            name: term.value if isinstance(term, pyoxigraph.Literal) and name != "object" else str(term)
            for name, term in terms.items()
            if term is not None
        }


def _row(check: Check, solution: dict[str, str]) -> CheckRow:
    if "subject" not in solution or "message" not in solution:
        raise ShapesError("a row has no ?subject or no ?message; bind both", check.path, 1)
    severity = solution.get("severity", check.severity.value)
    if severity not in {level.value for level in Severity}:
        raise ShapesError(f"?severity is {severity!r}; give error, warning or info", check.path, 1)
    return CheckRow(
        check,
        solution["subject"],
        solution.get("predicate", ""),
        solution.get("object", ""),
        solution["message"],
        Severity(severity),
    )


def row_diagnostics(found: Iterable[CheckRow], locator: Locator) -> list[Diagnostic]:
    """Return each row its place in a file; none for what a broken file describes, or may describe."""
    facts = locator.facts
    own = (replace(row, subject=own_subject(row, facts)) for row in found)
    sure = (row for row in own if not facts.uncertain(row.subject) and not facts.uncertain(row.object or '""'))
    return [_row_diagnostic(row, locator) for row in sure]


def own_subject(row: CheckRow, facts: Facts) -> Term:
    """Return a row's subject as the facts have it; a blank node has another label in the store."""
    return facts.named(row.subject) if is_blank(row.subject) else row.subject


def _row_diagnostic(row: CheckRow, locator: Locator) -> Diagnostic:
    predicate = row.predicate if row.predicate.startswith("<") else None
    declared = predicate is None or not predicate.startswith(f"<{TERM}") or predicate in locator.facts.homes
    spot = locator.locate(Triple(row.subject, predicate, row.object if row.object and declared else None))
    prefixes = (spot.document.prefixes or {}) if spot else {}
    term = (predicate or "") if not declared else row.object
    return Diagnostic(
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
    """Return a rule for each stored check."""
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


def read_questions(files: Sequence[Path], parser: Evaluator) -> tuple[list[Path], list[Diagnostic]]:
    """Read questions: which of them parse and have complete headers, and what is wrong with the others."""
    found = list(zip(files, try_questions(files, parser), strict=True))
    broken = [malformed(each) for _, each in found if isinstance(each, ShapesError)]
    return [file for file, each in found if not isinstance(each, ShapesError)], broken


def term_diagnostics(files: Iterable[Path], facts: Facts) -> list[Diagnostic]:
    """Check that stored queries use declared terms only."""
    declared = {term[len(TERM) + 1 : -1] for term in facts.homes if term.startswith(f"<{TERM}")}
    return [diagnostic for file in sorted(files) for diagnostic in _unknown_terms(file, declared)]


def rule_diagnostics(rules: Sequence[Path], parser: Evaluator) -> list[Diagnostic]:
    """Check that stored rules and lists of values parse and read only the project's own graph."""
    texts = [read_bytes(rule).decode("utf-8", "replace") for rule in rules]
    outlines = parser.outlines(texts, prefixed=True)
    return [
        malformed(ShapesError(each.tell("this query"), rule, each.line, each.fault is Fault.STOPPED))
        for rule, each in zip(rules, outlines, strict=True)
        if isinstance(each, Failure)
    ]


def _unknown_terms(file: Path, declared: set[str]) -> Iterator[Diagnostic]:
    text = read_text(file)
    hushed = _QUERY.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)
    for match in _TERMS.finditer(hushed):
        name = match["name"]
        if name not in declared:
            near = suggest(name, declared, 1)
            hint = f"did you mean cartkg:{near[0]}?" if near else "correct the spelling or add the term"
            line = text.count("\n", 0, match.start()) + 1
            column = match.start() - text.rfind("\n", 0, match.start())
            message = f"the ontology declares no cartkg:{name}; {hint}"
            yield Diagnostic(file, line, column, QUERY_TERM, message)
