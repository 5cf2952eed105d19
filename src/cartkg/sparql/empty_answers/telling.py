"""A diagnosis in, sentences or members of JSON out."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cartkg.sparql.empty_answers.diagnosis import Diagnosis


def document(found: Diagnosis) -> dict[str, object]:
    """Return a diagnosis as JSON members; what is not known is left out."""
    members: dict[str, object] = {"verdict": found.verdict, "reason": found.reason}
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
    lines = [f"{found.verdict}: {found.reason}."]
    if found.pattern is not None:
        lines.append(f"Line {found.pattern.line}, column {found.pattern.column}: {found.pattern.text}")
    if found.hint:
        lines.append(f"This would have matches: {found.hint}")
    for one in found.absent:
        lines.append(f"{one.term} is not there.")
        lines += [f"  Did you mean {name} ?" for name in one.near]
        lines += [f"  But {one.note}."] if one.note else []
    return "\n".join(lines) + "\n"
