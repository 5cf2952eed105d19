"""Diagnostics as a W3C validation report in Turtle (SHACL, section 3.6), places as `prov:atLocation`."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from cartkg.diagnostics.model import Detail, Diagnostic, Severity, Trace
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
        lines[-1] += " ;"
        lines.append("    sh:result [")
        lines.extend(f"        {statement} ;" for statement in _statements(report, found))
        lines.append("    ]")
    described = "".join(f"{each}\n" for each in report.described)
    return _HEAD + "\n".join(lines) + " .\n" + described


def _statements(report: Report, found: Diagnostic) -> list[str]:
    trace = found.trace or Trace(component=f"<{BASE}rules/{found.rule}>")
    severity = trace.severity or _SEVERITIES[found.severity]
    written = _result(Detail(_focus(report, found), found.message, replace(trace, severity=severity)))
    place = _location(report, found)
    return [*written, f"prov:atLocation {place}"] if place else written


def _result(one: Detail) -> list[str]:
    trace = one.trace
    pairs = (
        ("a", "sh:ValidationResult"),
        ("sh:focusNode", one.focus),
        ("sh:resultPath", trace.path),
        ("sh:value", trace.value),
        ("sh:resultSeverity", trace.severity),
        ("sh:sourceShape", trace.shape),
        ("sh:sourceConstraint", trace.constraint),
        ("sh:sourceConstraintComponent", trace.component),
        ("sh:resultMessage", json.dumps(one.message, ensure_ascii=False)),
        *(("sh:detail", f"[ {' ; '.join(_result(each))} ]") for each in trace.details),
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
