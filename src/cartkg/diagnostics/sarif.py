"""Diagnostics as SARIF 2.1.0, the format by which code hosts tell new, fixed and still open diagnostics apart.

Source: OASIS, Static Analysis Results Interchange Format (SARIF) version 2.1.0.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import quote

from cartkg.diagnostics.model import Diagnostic, Severity
from cartkg.diagnostics.plain_json import result_of
from cartkg.namespaces import BASE

if TYPE_CHECKING:
    from cartkg.diagnostics.report import Report, Rule

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_ROOT = "SRCROOT"


def render(report: Report) -> str:
    """Write one run with its rules and results; diagnostics of the baseline are marked `unchanged`, others `new`."""
    rules = report.rules_by_id()
    index = {rule.id: number for number, rule in enumerate(rules)}
    marked = zip(report.diagnostics, report.fingerprints(), strict=True)
    run = {
        "tool": {
            "driver": {
                "name": "cartkg",
                "version": report.version,
                "semanticVersion": report.version,
                "informationUri": BASE,
                "rules": [_rule(rule) for rule in rules],
            }
        },
        "automationDetails": {"id": "cartkg/check/"},
        "invocations": [{"executionSuccessful": True}],
        "originalUriBaseIds": {_ROOT: {"description": {"text": "the folder the check was started for"}}},
        "columnKind": "unicodeCodePoints",
        "results": [_result(report, found, mark, index[found.rule]) for found, mark in marked],
    }
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2, ensure_ascii=False) + "\n"


def _rule(rule: Rule) -> dict[str, object]:
    described: dict[str, object] = {
        "id": rule.id,
        "shortDescription": {"text": rule.title or rule.id},
        "fullDescription": {"text": rule.why or rule.message or rule.title or rule.id},
        "help": {"text": rule.message or rule.title or rule.id},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        "properties": {"tags": [rule.kind]},
    }
    if rule.link:
        described["helpUri"] = rule.link
    return described


def _result(report: Report, found: Diagnostic, mark: str, number: int) -> dict[str, object]:
    result: dict[str, object] = {
        "ruleId": found.rule,
        "ruleIndex": number,
        "level": _LEVELS[found.severity],
        "message": {"text": found.message},
        "locations": [_location(report, found)],
        "partialFingerprints": {"cartkgFinding/v2": mark},
    }
    if found.trace is not None:
        result["properties"] = {"shacl": result_of(found.trace)}
    if report.known:
        result["baselineState"] = "unchanged" if mark in report.known else "new"
    return result


def _location(report: Report, found: Diagnostic) -> dict[str, object]:
    location: dict[str, object] = {}
    if found.file is not None:
        artifact = {"uri": quote(report.place_bytes(found.file)), "uriBaseId": _ROOT}
        physical: dict[str, object] = {"artifactLocation": artifact}
        if found.line:
            region = {"startLine": found.line}
            if found.column:
                region["startColumn"] = found.column
            physical["region"] = region
        location["physicalLocation"] = physical
    if found.subject:
        location["logicalLocations"] = [{"fullyQualifiedName": found.subject, "kind": "resource"}]
    return location
