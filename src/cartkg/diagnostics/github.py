"""Diagnostics as GitHub workflow commands: each becomes an annotation on its line of a pull request.

GitHub shows ten annotations of a kind for each step and says nothing of the rest. So the tenth counts those that do not
fit, and the log has all of them in a group.

Source: GitHub's documentation of workflow commands, `::error file={name},line={line},col={col},title={title}::`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cartkg.diagnostics import text
from cartkg.diagnostics.model import Diagnostic, Severity
from cartkg.escaping import one_line

if TYPE_CHECKING:
    from cartkg.diagnostics.report import Report

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


#: How many annotations of a kind GitHub shows for a step.
_MOST = 10


def render(report: Report) -> str:
    """Write one workflow command a diagnostic, those that read the same once and as many of a kind as are shown."""
    diagnostics = report.fresh()
    lines: list[str] = []
    by_kind = []
    for severity in Severity:
        kind = list(dict.fromkeys(_command(report, found) for found in diagnostics if found.severity is severity))
        by_kind.append(kind)
        fit = kind if len(kind) <= _MOST else kind[: _MOST - 1]
        lines += fit
        if len(kind) > len(fit):
            lines.append(_rest(severity, len(kind) - len(fit)))
    if any(len(kind) > _MOST for kind in by_kind):
        lines += [f"::group::all {len(diagnostics)} diagnostics", *map(one_line, text.lines(report)), "::endgroup::"]
    return "".join(f"{line}\n" for line in lines)


def _rest(severity: Severity, count: int) -> str:
    what = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}[severity]
    more = f"{count} more {what}{'' if count == 1 else 's'}; the job's log and summary list all"
    return f"::{_COMMANDS[severity]} title=cartkg check::{_data(more)}"


def _command(report: Report, found: Diagnostic) -> str:
    properties: dict[str, str] = {}
    if found.file is not None:
        properties["file"] = report.hosted(found.file)
        if found.line:
            properties["line"] = str(found.line)
        if found.column:
            properties["col"] = str(found.column)
    properties["title"] = found.rule
    written = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    link = report.rules[found.rule].link if found.rule in report.rules else ""
    message = f"{found.message}\n{link}" if link else found.message
    return f"::{_COMMANDS[found.severity]} {written}::{_data(message)}"


def _data(said: str) -> str:
    return said.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(said: str) -> str:
    return _data(said).replace(":", "%3A").replace(",", "%2C")
