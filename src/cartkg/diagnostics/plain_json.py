"""Diagnostics as JSON: an object with the diagnostics, the rules they broke and what was looked at."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cartkg.diagnostics.model import Diagnostic, Trace
    from cartkg.diagnostics.report import Report


def render(report: Report) -> str:
    """Write the diagnostics that the baseline does not list, each with its fingerprint."""
    marked = zip(report.diagnostics, report.fingerprints(), strict=True)
    document = {
        "tool": "cartkg",
        "version": report.version,
        "failed": report.failed(),
        "files": sorted(report.place(file) for file in report.files),
        "subjects": None if report.subjects is None else sorted(report.subjects),
        "diagnostics": [_diagnostic(report, found, mark) for found, mark in marked if mark not in report.known],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _diagnostic(report: Report, found: Diagnostic, mark: str) -> dict[str, object]:
    rule = report.rules.get(found.rule)
    return {
        "file": report.place(found.file) or None,
        "line": found.line or None,
        "column": found.column or None,
        "rule": found.rule,
        "severity": found.severity.value,
        "message": found.message,
        "subject": found.subject or None,
        "fix": found.fix,
        "link": rule.link if rule and rule.link else None,
        "fingerprint": mark,
        "result": None if found.trace is None else result_of(found.trace),
    }


def result_of(trace: Trace) -> dict[str, object]:
    """Write what SHACL states about a result; terms and paths are in Turtle syntax without prefixes."""
    return {
        "path": trace.path or None,
        "value": trace.value or None,
        "sourceShape": trace.shape or None,
        "shapeName": trace.name or None,
        "component": trace.component or None,
        "sourceConstraint": trace.constraint or None,
        "severity": trace.severity or None,
        "ledBy": list(trace.lead),
        "detail": [{"focus": each.focus, "message": each.message, **result_of(each.trace)} for each in trace.details],
    }
