"""The bytes of an answer in, its records out: each read as an export of the same format is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cartkg.diagnostics import Diagnostic, Severity
from cartkg.literature.fetching.service import malformed
from cartkg.literature.formats.recognition import read_export
from cartkg.literature.registries.recognition import read_register

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cartkg.literature.formats.citation import Export
    from cartkg.literature.registries.trial import RegisterExport

COUNT = "search-count"


def document(service: str, data: bytes) -> dict[str, Any]:
    """Return the object that an answer in JSON is.

    Raises:
        BackendError: it is none.
    """
    try:
        found = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise malformed(service, "it is not JSON") from error
    if not isinstance(found, dict):
        raise malformed(service, "it is not an object")
    return found


def papers(service: str, data: bytes) -> Export:
    """Return the papers of an answer.

    Raises:
        BackendError: a part of it cannot be read.
    """
    export = read_export(data, Path(service))
    _refuse(service, export.diagnostics)
    return export


def trials(service: str, data: bytes) -> RegisterExport:
    """Return the trials of an answer.

    Raises:
        BackendError: a part of it cannot be read.
    """
    export = read_register(data, Path(service))
    _refuse(service, export.diagnostics)
    return export


def _refuse(service: str, found: Iterable[Diagnostic]) -> None:
    """Refuse an answer of which a part is missing: it would be kept, and the part never asked for again."""
    worst = next((each for each in found if each.severity is Severity.ERROR and each.rule != "record-empty"), None)
    if worst is not None:
        raise malformed(service, f"line {worst.line}: {worst.message}")


def count_of(value: object) -> int | None:
    """Return a number that a service announces, written as a number or a text; None where it is neither."""
    text = str(value)
    return int(text) if not isinstance(value, bool) and text.isdecimal() and len(text) < 10 else None  # noqa: PLR2004


def missing(service: str, announced: int, came: int, which: str = "") -> Diagnostic:
    """Say that not as many records came as were announced."""
    named = f": {which}" if which else ""
    message = f"{announced} records were announced, and {came} came{named}"
    return Diagnostic(Path(service), 1, 1, COUNT, message, Severity.WARNING)
