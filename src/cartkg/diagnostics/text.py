"""Diagnostics for people: `file:line:column: severity rule: message`, then one line that counts them."""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING

from cartkg.diagnostics.model import Diagnostic, Severity
from cartkg.escaping import one_line

if TYPE_CHECKING:
    from cartkg.diagnostics.report import Report, Rule


def render(report: Report) -> str:
    """Write one line a diagnostic, the page of its rule under it, and the count last."""
    diagnostics = report.fresh()
    linked = [f"    {rule.id}: {rule.link}" for rule in _linked(report, diagnostics)]
    return "".join(f"{one_line(line)}\n" for line in (*lines(report), *linked, _summary(report, diagnostics)))


def lines(report: Report) -> list[str]:
    """Return one line for diagnostics that read the same, with their number, and one for a fix they have."""
    written: list[str] = []
    for said, results in groupby(report.fresh(), lambda found: _lines(report, found)):
        count = len(list(results))
        written.append(f"{said[0]} ({count} results)" if count > 1 else said[0])
        written.extend(said[1:])
    return written


def _lines(report: Report, found: Diagnostic) -> tuple[str, ...]:
    """Return the text of a diagnostic; results that read the same are written once, with their number."""
    said = f"{_place(report, found)}{found.severity.value} {found.rule}: {found.message}"
    return (said,) if found.fix is None else (said, f"    fix: {found.fix} (cartkg fix)")


def _place(report: Report, found: Diagnostic) -> str:
    if found.file is None:
        return ""
    numbers = [str(number) for number in (found.line, found.column) if number]
    return ":".join((report.place(found.file), *numbers)) + ": "


def _linked(report: Report, diagnostics: tuple[Diagnostic, ...]) -> list[Rule]:
    broken = {found.rule for found in diagnostics}
    return [rule for rule in report.rules_by_id() if rule.id in broken and rule.link]


def _summary(report: Report, diagnostics: tuple[Diagnostic, ...]) -> str:
    looked = f"{_count(len(report.files), 'file')}, {_count(len(report.rules), 'rule')}"
    if report.subjects is not None:
        looked += f", {_count(len(report.subjects), 'touched or dependent subject')}"
    known = len(report.diagnostics) - len(diagnostics)
    baseline = f" ({known} known from the baseline)" if known else ""
    if not diagnostics:
        return f"no diagnostics{baseline}: {looked}"
    counts = Counter(found.severity for found in diagnostics)
    parts = ", ".join(_count(counts[level], level.value) for level in Severity if counts[level])
    return f"{_count(len(diagnostics), 'diagnostic')} ({parts}){baseline}: {looked}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 or noun == "info" else "s")
