"""The commented template of a dossier, generated from the schema of record: every field, its meaning and its words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cartkg.dossier.schema import source

if TYPE_CHECKING:
    from collections.abc import Iterator

_HEAD = """\
# A dossier states what one publication reports, row by row. Fill in what the source states; delete every other line.
# Nothing is guessed: a fact without a field stays out or goes into `says` (our own words) or `note` (your remark).
# Fields marked * are required. Lists of rows start with `- id:`; an id is short, never changes and holds no value.
# `cartkg add --schema` prints the JSON Schema for editors, `cartkg add --words TEXT` the ids of measures and events.
# yaml-language-server: $schema=./dossier.schema.json
"""
_INDENT = "  "
_MOST_WORDS = 14
#: The type of the field that only `cartkg draft` writes.
_OF_DRAFTS = "Unconfirmed"
#: Lists whose rows are described by the class above them in the template already.
_SAME_ROWS = {"results": "characteristics", "events": "characteristics"}


def template() -> str:
    """Return the template as text that can be saved as a dossier and filled in."""
    return _HEAD + "\n".join(_fields("Dossier", 0, frozenset())) + "\n"


def _fields(name: str, depth: int, above: frozenset[str]) -> Iterator[str]:
    for field, said in source()["classes"][name]["attributes"].items():
        if (said or {}).get("range") != _OF_DRAFTS:
            yield from _field(field, said or {}, depth, above | {name})


def _field(field: str, said: dict[str, Any], depth: int, above: frozenset[str]) -> Iterator[str]:
    lead = _INDENT * depth
    star = "*" if said.get("required") else ""
    ranges = [said] if "range" in said else said.get("any_of", [said])
    classes = [each["range"] for each in ranges if each.get("range") in source()["classes"]]
    words = [word for each in ranges for word in _words(each.get("range"))]
    parts = [said.get("description", ""), f"one of: {', '.join(words)}" if words else ""]
    comment = f"  # {' '.join(filter(None, (star, '; '.join(filter(None, parts)))))}" if star or any(parts) else ""
    many = bool(said.get("multivalued"))
    if depth == 0 and classes:
        yield ""
    if field in _SAME_ROWS:
        yield f"{lead}{field}:{comment}"
        yield f"{lead}# rows with the fields of {_SAME_ROWS[field]}"
        return
    inside = [each for each in classes if each not in above]
    if not inside:
        yield f"{lead}{field}: {'[]' if many else ''}".rstrip() + comment
        return
    yield f"{lead}{field}:{comment}"
    for each in inside:
        lines = list(_fields(each, depth + 1, above))
        if many:
            lines[0] = f"{lead}- {lines[0].lstrip()}"
        yield from lines


def _words(enum: str | None) -> list[str]:
    known = source()["enums"].get(enum or "")
    if known is None:
        return []
    words = list(known["permissible_values"])
    return words if len(words) <= _MOST_WORDS else [*words[:_MOST_WORDS], "..."]
