"""Write a diagnosis as sentences or as members of JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cartkg.sparql.empty_answers.probing.causes_found import Diagnosis


def document(found: Diagnosis) -> dict[str, object]:
    """Return a diagnosis as JSON members; what is not known is left out."""
    members: dict[str, object] = {"verdict": found.verdict, **_cause(found)}
    if found.warnings:
        members["warnings"] = [_cause(one) for one in found.warnings]
    return members


def _cause(found: Diagnosis) -> dict[str, object]:
    members: dict[str, object] = {"reason": found.reason}
    if found.pattern is not None:
        members |= {"pattern": found.pattern.text, "line": found.pattern.line, "column": found.pattern.column}
    if found.hint:
        members["hint"] = found.hint
    members["absent"] = [
        {"term": one.term, "did_you_mean": list(one.near), **({"note": one.note} if one.note else {})}
        for one in found.absent
    ]
    return members


def tell(found: Diagnosis) -> str:
    """Write a diagnosis in sentences."""
    lines = [f"{found.verdict}: {found.reason}.", *_details(found)]
    for one in found.warnings:
        lines += ["", f"Warning: {one.reason}.", *_details(one)]
    return "\n".join(lines) + "\n"


def _details(found: Diagnosis) -> Iterator[str]:
    if found.pattern is not None:
        yield f"Line {found.pattern.line}, column {found.pattern.column}: {found.pattern.text}"
    if found.hint:
        yield f"This has matches: {found.hint}"
    for one in found.absent:
        yield f"{one.term} does not occur here."
        yield from (f"  Did you mean {name} ?" for name in one.near)
        if one.note:
            yield f"  But {one.note}."
