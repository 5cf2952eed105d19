"""Write rows with their remarks as a dossier, YAML in the style of `data/dossiers`."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias

from cartkg.dossier.flow import flow as flow_of_plain
from cartkg.escaping import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from cartkg.dossier.node import Plain

Value: TypeAlias = "str | int | Decimal | bool | Sequence[Value] | Mapping[str, Value] | DraftRow"


@dataclass(frozen=True, slots=True)
class DraftRow:
    """A group of fields with remarks for the person who confirms it.

    Attributes:
        fields: the values by field, in order; None is left out.
        remarks: lines that are above the row.
        hints: a remark beside a field, by its name.
        above: lines above a section of a dossier, by its name.
    """

    fields: Mapping[str, Value | None]
    remarks: Sequence[str] = ()
    hints: Mapping[str, str] = field(default_factory=dict)
    above: Mapping[str, Sequence[str]] = field(default_factory=dict)


def write(row: DraftRow) -> str:
    """Write a dossier: each section after an empty line, rows of a list one below the other."""
    text = "".join(f"{_comment(remark)}\n" for remark in row.remarks)
    for name, value in row.fields.items():
        if value is None:
            continue
        above = row.above.get(name, ())
        gap = "\n" if isinstance(value, DraftRow) or _holds_rows(value) or above else ""
        text += gap + "".join(f"{_comment(remark)}\n" for remark in above)
        text += "\n".join(_field(name, value, 0, row.hints.get(name, ""))) + "\n"
    return text


def _field(name: str, value: Value, indent: int, hint: str) -> Iterator[str]:
    lead, note = " " * indent, f"  {_comment(hint)}" if hint else ""
    if isinstance(value, DraftRow):
        yield f"{lead}{name}:{note}"
        yield from (f"{lead}  {_comment(remark)}" for remark in value.remarks)
        yield from _fields(value, indent + 2)
    elif _holds_rows(value):
        yield f"{lead}{name}:{note}"
        for item in _rows(value):
            yield from (f"{lead}{_comment(remark)}" for remark in item.remarks)
            first, *rest = _fields(item, indent + 2)
            yield f"{lead}- {first.lstrip()}"
            yield from rest
    else:
        yield f"{lead}{name}: {flow(value)}{note}"


def _fields(row: DraftRow, indent: int) -> Iterator[str]:
    for name, value in row.fields.items():
        if value is not None:
            yield from _field(name, value, indent, row.hints.get(name, ""))


def _holds_rows(value: Value) -> bool:
    return isinstance(value, (list, tuple)) and any(isinstance(item, DraftRow) for item in value)


def _rows(value: Value) -> Iterator[DraftRow]:
    if isinstance(value, (list, tuple)):
        yield from (item for item in value if isinstance(item, DraftRow))


def _comment(text: str) -> str:
    return f"# {one_line(text)}"


def flow(value: Value) -> str:
    """Write a value in one line; control characters in texts are shown, not kept.

    Example:
        >>> flow({"number": 6, "unit": "mo", "as_printed": "a: b"})
        "{number: 6, unit: mo, as_printed: 'a: b'}"
    """
    return flow_of_plain(_plain(value))


def _plain(value: Value) -> Plain:
    if isinstance(value, DraftRow):
        value = {name: each for name, each in value.fields.items() if each is not None}
    if isinstance(value, str):
        return one_line(value)
    if isinstance(value, (bool, int, Decimal)):
        return value
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    return [_plain(each) for each in value]


def scalar(text: str) -> str:
    """Write a text so that it is read back as the same text, on one line; control characters are shown, not kept."""
    return flow_of_plain(one_line(text))
