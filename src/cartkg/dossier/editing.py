"""Change one value in the text of a dossier; every other character of the file stays as it is.

The text is changed at the place of the value, so comments, order and layout of all else are kept. The result is read
again and compared with what was asked for: an edit that cannot be written is refused, never written otherwise.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import yaml

from cartkg.dossier.flow import flow
from cartkg.dossier.reading import read_bytes
from cartkg.errors import EditRefused

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cartkg.dossier.node import Plain

Step: TypeAlias = "str | int"
_DASH = re.compile(r"[ \t]*- +")
_REMARK = re.compile(r"[ \t]*#")


@dataclass(frozen=True, slots=True)
class Setting:
    """Give a field or an item a value; a field that is absent is added.

    Attributes:
        path: names of fields and numbers of items that lead to it.
        value: the new value.
        order: the fields of the group in the order of the form; a new field goes behind the last one before it.
    """

    path: tuple[Step, ...]
    value: Plain
    order: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Removal:
    """Remove a field, or an item with the comment lines directly above it.

    Attributes:
        path: leads to it.
    """

    path: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Appending:
    """Add an item to the end of a list; a list that is absent is added.

    Attributes:
        path: leads to the list.
        value: the item.
        order: as in `Setting`, for a list that is absent.
    """

    path: tuple[Step, ...]
    value: Plain
    order: Sequence[str] = ()


Edit: TypeAlias = "Setting | Removal | Appending"


def edit_text(text: str, edit: Edit) -> str:
    """Return the text of a dossier after an edit.

    Args:
        text: the text, which can be read.
        edit: what to change.

    Raises:
        EditRefused: the place does not exist, or the value cannot be written so that it is read back.
    """
    wanted = _changed(_read(text), edit)
    result = _Editor(text, yaml.compose(text, Loader=yaml.CSafeLoader)).apply(edit)
    if _read(result) != wanted:
        raise EditRefused("this cannot be written into the file as it is; edit it in a text editor")
    return result


def _read(text: str) -> Plain:
    document = read_bytes(text.encode("utf-8", "surrogatepass"), Path("dossier"))
    for fault in document.diagnostics:
        raise EditRefused(f"with this change the dossier cannot be read: {fault.message}")
    return document.root.value


def _changed(value: Plain, edit: Edit) -> Plain:
    """Return the plain value that an edit asks for; the value given is left as it is."""
    if not edit.path:
        raise EditRefused("name the field to edit")
    copied = _copied(value)
    holder: Any = copied
    for step in edit.path[:-1]:
        holder = _member(holder, step)
    last = edit.path[-1]
    if isinstance(edit, Removal):
        _member(holder, last)
        del holder[last]
    elif isinstance(edit, Setting) and isinstance(holder, list):
        _member(holder, last)
        holder[cast("int", last)] = edit.value
    elif not isinstance(holder, dict) or not isinstance(last, str):
        raise EditRefused(f"`{last}` is not in a group of fields")
    elif isinstance(edit, Setting):
        holder[last] = edit.value
    else:
        items = holder.get(last)
        if items is not None and not isinstance(items, list):
            raise EditRefused(f"`{last}` is not a list")
        holder[last] = [*(items or []), edit.value]
    return copied


def _copied(value: Plain) -> Plain:
    if isinstance(value, dict):
        return {name: _copied(each) for name, each in value.items()}
    return [_copied(each) for each in value] if isinstance(value, list) else value


def _member(holder: Any, step: Step) -> Any:
    is_there = (isinstance(holder, dict) and step in holder) or (
        isinstance(holder, list) and isinstance(step, int) and 0 <= step < len(holder)
    )
    if not is_there:
        raise EditRefused(f"there is no `{step}`; it may have been removed")
    return holder[step]


class _Editor:
    """The text with the places of its values; each edit has been found to be possible."""

    def __init__(self, text: str, root: Any) -> None:  # nodes of the parser have no type
        self._text = text
        self._root = root
        self._newline = "\r\n" if "\r\n" in text else "\n"

    def apply(self, edit: Edit) -> str:
        if isinstance(edit, Removal):
            return self._remove(edit.path)
        if isinstance(edit, Appending):
            return self._append(edit)
        return self._set(edit.path, flow(edit.value), edit.order)

    def _node(self, path: Sequence[Step]) -> Any:
        node = self._root
        for step in path:
            node = node.value[step] if isinstance(step, int) else _entry(node, step)[1]
        return node

    def _set(self, path: tuple[Step, ...], written: str, order: Sequence[str] = ()) -> str:
        holder, last = self._node(path[:-1]), path[-1]
        if isinstance(last, int):
            node = holder.value[last]
            return self._spliced(node.start_mark.index, self._end(node), written)
        if not _has(holder, last):
            return self._insert(holder, last, written, order)
        name, node = _entry(holder, last)
        colon, start = self._colon(name), node.start_mark.index
        if start < node.end_mark.index and node.start_mark.line == name.start_mark.line:
            return self._spliced(start, self._end(node), written)
        return self._spliced(colon, self._end(node, colon), f" {written}")

    def _insert(self, holder: Any, name: str, written: str, order: Sequence[str]) -> str:
        """Add a field to a group."""
        field = f"{name}: {written}" if not written.startswith("\n") else f"{name}:{written}"
        if not holder.value:
            return self._spliced(holder.start_mark.index, holder.end_mark.index, f"{{{field}}}")
        before = set(order[: order.index(name)]) if name in order else {key.value for key, _ in holder.value}
        key, node = next((each for each in reversed(holder.value) if each[0].value in before), holder.value[0])
        end = self._end(node, self._colon(key))
        if holder.flow_style:
            return self._spliced(end, end, f", {field}")
        gap = "\n" if holder is self._root and written.startswith("\n") else ""  # sections stand apart
        return self._add_lines(end, holder.value[0][0].start_mark.column, gap + field)

    def _append(self, edit: Appending) -> str:
        holder, name = self._node(edit.path[:-1]), str(edit.path[-1])
        has = _has(holder, name) and bool(_entry(holder, name)[1].value)
        if not has and (holder.flow_style or not isinstance(edit.value, dict)):
            return self._set(edit.path, flow([edit.value]), edit.order)
        if not has:
            column = holder.value[0][0].start_mark.column
            item = "\n" + " " * column + self._item(edit.value, column)
            if not _has(holder, name):
                return self._insert(holder, name, item, edit.order)
            colon = self._colon(_entry(holder, name)[0])
            return self._spliced(colon, self._end(_entry(holder, name)[1], colon), item)
        node = _entry(holder, name)[1]
        end = self._end(node)
        if node.flow_style:
            last = self._end(node.value[-1])
            return self._spliced(last, last, f", {flow(edit.value)}")
        column = node.start_mark.column
        return self._add_lines(end, column, self._item(edit.value, column))

    def _remove(self, path: tuple[Step, ...]) -> str:
        holder, last = self._node(path[:-1]), path[-1]
        if len(holder.value) == 1:
            empty = "[]" if isinstance(last, int) else "{}"
            if len(path) == 1:
                raise EditRefused("this is all that the dossier contains")
            return self._set(path[:-1], empty)
        spans = [self._span(each) for each in holder.value]
        rank = last if isinstance(last, int) else [key.value for key, _ in holder.value].index(last)
        start, end = spans[rank]
        if holder.flow_style:
            return self._spliced(spans[rank - 1][1], end, "") if rank else self._spliced(start, spans[1][0], "")
        if isinstance(last, int):
            return self._remove_item(path, start, end)
        if rank == 0 and self._text[self._line(start) : start].strip():
            return self._spliced(start, spans[1][0], "")
        return self._spliced(self._line(start), self._line_end(end) + 1, "")

    def _remove_item(self, path: tuple[Step, ...], start: int, end: int) -> str:
        """Remove the lines of an item, and the comment lines directly above it."""
        line = self._line(start)
        if not _DASH.fullmatch(self._text[line:start]):
            items = self._node(path[:-1])
            raise EditRefused(f"line {items.start_mark.line + 1} has several items; edit it in a text editor")
        while line and _REMARK.match(self._text[self._line(line - 1) : line]):
            line = self._line(line - 1)
        return self._spliced(line, self._line_end(end) + 1, "")

    def _item(self, value: Plain, column: int) -> str:
        if not isinstance(value, dict) or not value:
            return f"- {flow(value)}"
        lead = "\n" + " " * (column + 2)
        return "- " + lead.join(f"{name}: {flow(each)}" for name, each in value.items())

    def _add_lines(self, end: int, column: int, lines: str) -> str:
        place = self._line_end(end)
        if place and self._text[place - 1] == "\r":
            place -= 1
        return self._spliced(place, place, "\n" + " " * column + lines)

    def _spliced(self, start: int, end: int, new: str) -> str:
        return self._text[:start] + new.replace("\n", self._newline) + self._text[end:]

    def _span(self, each: Any) -> tuple[int, int]:
        """Return where a field (a pair of nodes) or an item begins and ends."""
        if isinstance(each, tuple):
            return each[0].start_mark.index, self._end(each[1], self._colon(each[0]))
        return each.start_mark.index, self._end(each)

    def _end(self, node: Any, colon: int = 0) -> int:
        """Return where the content of a node ends; an empty one ends at the colon before it."""
        start, end = node.start_mark.index, node.end_mark.index
        if start == end:
            return colon or end
        if isinstance(node, yaml.ScalarNode):
            return int(start + len(self._text[start:end].rstrip()))
        if node.flow_style:
            return int(end)
        return self._span(node.value[-1])[1]

    def _colon(self, name: Any) -> int:
        """Return the place behind the colon of a field."""
        return self._text.index(":", name.end_mark.index) + 1

    def _line(self, place: int) -> int:
        return self._text.rfind("\n", 0, place) + 1

    def _line_end(self, place: int) -> int:
        end = self._text.find("\n", place)
        return len(self._text) if end < 0 else end


def _has(holder: Any, name: str) -> bool:
    return any(key.value == name for key, _ in holder.value)


def _entry(holder: Any, name: str) -> Any:
    return next(each for each in holder.value if each[0].value == name)
