"""Diagnostics as Markdown: how often each rule is broken, then the first of them; the summary of a job shows it."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from cartkg.diagnostics.model import Diagnostic, Severity
from cartkg.escaping import one_line

if TYPE_CHECKING:
    from cartkg.diagnostics.report import Report

#: Rows of each table; GitHub takes 1 MiB for the summary of a step.
_MOST = 200
#: Characters of a message that are shown.
_LONGEST = 500
_MARKS = re.compile(r"[\\`*_{}\[\]<>()#+!|~&@:]")


def render(report: Report) -> str:
    """Write two tables, or one sentence when nothing is wrong."""
    diagnostics = sorted(report.fresh(), key=lambda found: found.severity.rank)
    looked = f"{len(report.files)} files, {len(report.rules)} rules"
    if not diagnostics:
        return f"### cartkg check: no diagnostics\n\n{looked}\n"
    counts = Counter(found.severity for found in diagnostics)
    counted = ", ".join(f"{level.value}: {counts[level]}" for level in Severity if counts[level])
    lines = [f"### cartkg check: {len(diagnostics)} diagnostics", "", f"{counted}; {looked}", ""]
    lines += ["| Severity | Rule | Count |", "| --- | --- | ---: |"]
    kinds = Counter((found.severity, found.rule) for found in diagnostics).most_common()
    ranked = sorted(kinds, key=lambda each: each[0][0].rank)
    lines += [f"| {level.value} | {_cell(rule)} | {count} |" for (level, rule), count in ranked[:_MOST]]
    lines += _more(len(kinds), "rules")
    lines += ["", "| Place | Severity | Rule | Message |", "| --- | --- | --- | --- |"]
    lines += [_row(report, found) for found in diagnostics[:_MOST]]
    lines += _more(len(diagnostics), "diagnostics")
    return "\n".join(lines) + "\n"


def _more(count: int, what: str) -> list[str]:
    return ["", f"{count - _MOST} more {what} are not shown."] if count > _MOST else []


def _row(report: Report, found: Diagnostic) -> str:
    place = "" if found.file is None else report.hosted(found.file) + (f":{found.line}" if found.line else "")
    message = found.message if len(found.message) <= _LONGEST else f"{found.message[:_LONGEST]}..."
    return f"| {_cell(place)} | {found.severity.value} | {_cell(found.rule)} | {_cell(message)} |"


def _cell(text: str) -> str:
    """Write a text so that none of it is markup, a mention or a link."""
    return _MARKS.sub(lambda match: f"&#{ord(match[0])};", one_line(text))
