"""Diagnostics as a W3C validation report in Turtle (SHACL, section 3.6), places as `prov:atLocation`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from cartkg.diagnostics.model import Diagnostic, Severity, Trace
from cartkg.namespaces import BASE, SH

if TYPE_CHECKING:
    from cartkg.diagnostics.report import Report

_HEAD = f"@prefix prov: <http://www.w3.org/ns/prov#> .\n@prefix sh: <{SH}> .\n\n"
_SEVERITIES = {Severity.ERROR: "sh:Violation", Severity.WARNING: "sh:Warning", Severity.INFO: "sh:Info"}


def render(report: Report) -> str:
    """Write one sh:ValidationReport; diagnostics that no shape made name their rule as the constraint component."""
    diagnostics = report.fresh()
    lines = ["[] a sh:ValidationReport ;", f"    sh:conforms {str(not diagnostics).lower()}"]
    for found in diagnostics:
        for trace in found.traces or (Trace(component=f"<{BASE}rules/{found.rule}>"),):
            lines[-1] += " ;"
            lines.append("    sh:result [")
            lines.extend(f"        {statement} ;" for statement in _statements(report, found, trace))
            lines.append("    ]")
    described = "".join(f"{each}\n" for each in report.described)
    return _HEAD + "\n".join(lines) + " .\n" + described


def _statements(report: Report, found: Diagnostic, trace: Trace) -> list[str]:
    pairs = (
        ("a", "sh:ValidationResult"),
        ("sh:focusNode", _focus(report, found)),
        ("sh:resultPath", trace.path),
        ("sh:value", trace.value),
        ("sh:resultSeverity", trace.severity or _SEVERITIES[found.severity]),
        ("sh:sourceShape", trace.shape),
        ("sh:sourceConstraint", trace.constraint),
        ("sh:sourceConstraintComponent", trace.component),
        ("sh:resultMessage", json.dumps(found.message, ensure_ascii=False)),
        ("prov:atLocation", _location(report, found)),
    )
    return [f"{name} {value}" for name, value in pairs if value]


def _focus(report: Report, found: Diagnostic) -> str:
    if not found.subject:
        return json.dumps(report.place(found.file), ensure_ascii=False)
    return found.subject if found.subject[0] in '_"<' else f"<{found.subject}>"


def _location(report: Report, found: Diagnostic) -> str:
    if found.file is None:
        return ""
    return json.dumps(f"{report.place(found.file)}:{found.line}:{found.column}", ensure_ascii=False)
