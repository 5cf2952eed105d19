"""Print problems of files that were given to a command, a line each, and end it with the exit code that they mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cartkg.cli.printing import say
from cartkg.diagnostics import Severity
from cartkg.errors import EXIT_DIAGNOSTICS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cartkg.diagnostics import Diagnostic


def say_problems(problems: Iterable[Diagnostic]) -> None:
    """Print each problem on standard error."""
    for each in problems:
        say(f"{each.file}:{each.line}:{each.column}: {each.severity.value}: {each.rule}: {each.message}", err=True)


def end_with(problems: Iterable[Diagnostic]) -> None:
    """End the command with the exit code of diagnostics if one of them is an error."""
    if any(each.severity is Severity.ERROR for each in problems):
        raise SystemExit(EXIT_DIAGNOSTICS)
