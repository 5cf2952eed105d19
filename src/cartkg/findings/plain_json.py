"""Findings as JSON: an object with the findings, the rules they broke and what was looked at."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cartkg.findings.model import Finding
    from cartkg.findings.report import Report


def render(report: Report) -> str:
    """Write the findings that the baseline does not list, each with its fingerprint."""
    marked = zip(report.findings, report.fingerprints(), strict=True)
    document = {
        "tool": "cartkg",
        "version": report.version,
        "failed": report.failed(),
        "files": sorted(report.place(file) for file in report.files),
        "subjects": None if report.subjects is None else sorted(report.subjects),
        "findings": [_finding(report, found, mark) for found, mark in marked if mark not in report.known],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _finding(report: Report, found: Finding, mark: str) -> dict[str, object]:
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
