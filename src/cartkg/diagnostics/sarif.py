"""Diagnostics as SARIF 2.1.0, the format by which code hosts tell new, fixed and still open diagnostics apart.

Source: OASIS, Static Analysis Results Interchange Format (SARIF) version 2.1.0. GitHub's code scanning refuses a file
with a result that has no physical location, or with more than 25,000 results.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING
from urllib.parse import quote

from cartkg.diagnostics.model import Diagnostic, Severity
from cartkg.diagnostics.plain_json import result_of
from cartkg.namespaces import BASE

if TYPE_CHECKING:
    from pathlib import PurePath

    from cartkg.diagnostics.report import Report, Rule

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_ROOT = "SRCROOT"
#: The most results that GitHub takes of a run; the worst come first.
_MOST = 25_000


def render(report: Report) -> str:
    """Write one run with its rules and results; diagnostics of the baseline are marked `unchanged`, others `new`."""
    rules = report.rules_by_id()
    index = {rule.id: number for number, rule in enumerate(rules)}
    marked = list(zip(report.diagnostics, report.fingerprints(), strict=True))
    if len(marked) > _MOST:
        marked = sorted(marked, key=lambda each: each[0].severity.rank)[:_MOST]
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
        "invocations": [{"executionSuccessful": report.complete, **_notifications(report)}],
        "originalUriBaseIds": {_ROOT: {"description": {"text": "the repository, or the folder that was checked"}}},
        "columnKind": "unicodeCodePoints",
        "results": [_result(report, found, mark, index[found.rule]) for found, mark in marked],
    }
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2, ensure_ascii=False) + "\n"


def _notifications(report: Report) -> dict[str, object]:
    """Say why the check could not end as it should, and how many results there is no room for."""
    said = [] if report.complete else [("error", found.message) for found in report.diagnostics]
    left_out = len(report.diagnostics) - _MOST
    if left_out > 0:
        said.append(("warning", f"{left_out} more results were left out: code hosts accept at most {_MOST}"))
    written = [{"level": level, "message": {"text": text}} for level, text in said]
    return {"toolExecutionNotifications": written} if written else {}


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
    """Return where a result is; what is in no file is shown at the first file that was looked at."""
    place = found.file or next(iter(report.files), None)
    region = {"startLine": found.line or 1}
    if found.line and found.column:
        region["startColumn"] = found.column
    artifact = artifact_of(report.hosted_path(place)) if place is not None else {"uri": ".", "uriBaseId": _ROOT}
    location: dict[str, object] = {"physicalLocation": {"artifactLocation": artifact, "region": region}}
    if found.subject:
        location["logicalLocations"] = [{"fullyQualifiedName": found.subject, "kind": "resource"}]
    return location


def artifact_of(path: PurePath) -> dict[str, str]:
    """Return where a file is: its path in the repository, with forward slashes; on another drive, its own URI."""
    if path.is_absolute():
        return {"uri": path.as_uri()}
    return {"uri": quote(os.fsencode(path.as_posix())), "uriBaseId": _ROOT}
