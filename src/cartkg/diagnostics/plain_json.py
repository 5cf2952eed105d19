"""Diagnostics as JSON: an object with the diagnostics, the rules they broke and what was looked at."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cartkg.diagnostics.model import Diagnostic
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
    }
