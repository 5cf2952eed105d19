"""Diagnostics as GitHub workflow commands: each becomes an annotation on its line of a pull request.

Source: GitHub's documentation of workflow commands, `::error file={name},line={line},col={col},title={title}::`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cartkg.diagnostics.model import Diagnostic, Severity

if TYPE_CHECKING:
    from cartkg.diagnostics.report import Report

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def render(report: Report) -> str:
    """Write one workflow command a diagnostic, those that read the same once; nothing when there is none."""
    return "".join(f"{command}\n" for command in dict.fromkeys(_command(report, found) for found in report.fresh()))


def _command(report: Report, found: Diagnostic) -> str:
    properties: dict[str, str] = {}
    if found.file is not None:
        properties["file"] = report.place(found.file)
        if found.line:
            properties["line"] = str(found.line)
        if found.column:
            properties["col"] = str(found.column)
    properties["title"] = found.rule
    written = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    link = report.rules[found.rule].link if found.rule in report.rules else ""
    message = f"{found.message}\n{link}" if link else found.message
    return f"::{_COMMANDS[found.severity]} {written}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
