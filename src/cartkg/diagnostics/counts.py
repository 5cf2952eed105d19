"""The number of diagnostics of each severity, as `NAME=NUMBER` lines: outputs of a step, variables of a later job."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from cartkg.diagnostics.model import Severity

if TYPE_CHECKING:
    from cartkg.diagnostics.report import Report

_NAMES = {Severity.ERROR: "errors", Severity.WARNING: "warnings", Severity.INFO: "infos"}


def render(report: Report) -> str:
    """Write the counts of what the baseline does not list, and of the files that were looked at."""
    found = Counter(each.severity for each in report.fresh())
    counts = {"diagnostics": found.total(), **{name: found[severity] for severity, name in _NAMES.items()}}
    return "".join(f"{name}={count}\n" for name, count in {**counts, "files": len(report.files)}.items())
