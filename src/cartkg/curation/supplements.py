"""A dossier and what the project's readers found beside it in; the dossier with those rows and fields in it out.

A dossier can leave out what its source says: a sentence, the time of a result, what two reports clash on. Such facts
stand in `data/supplements/<key>.yaml`, so that they come in again whenever the dossier is added:

- `adds`: rows that the dossier lacks, in the dossier's own form, put after its own rows;
- `completes`: fields that a row of the dossier lacks; what a dossier says is never changed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from cartkg.findings import Finding

if TYPE_CHECKING:
    from pathlib import Path

    from cartkg.curation.node import Node

_STEP = re.compile(r"[^.\[\]]+|\[\d+\]")


def supplement(root: Node, extra: Node, path: Path) -> list[Finding]:
    """Put a supplement into a dossier; give what keeps a part of it out.

    Args:
        root: the dossier; its values and places grow.
        extra: the supplement.
        path: the supplement's file, which findings on its rows name.
    """
    merge = _Merge(root, path)
    for name in extra.names():
        if name not in ("key", "adds", "completes"):
            merge.refuse(extra.child(name), "field", f"unknown field `{name}`; use `adds` or `completes`")
    if extra.child("key").value != root.child("key").value:
        merge.refuse(extra.child("key"), "key", "`key` must be the dossier's key, which names this file too")
        return merge.findings
    for part in extra.child("adds").names():
        merge.add(extra.child("adds").child(part), part)
    for row in extra.children("completes"):
        merge.complete(row)
    return merge.findings


@dataclass(slots=True)
class _Merge:
    """One supplement on its way into one dossier; places in the dossier's paths name the supplement's file."""

    root: Node
    path: Path
    findings: list[Finding] = field(default_factory=list)

    def refuse(self, node: Node, rule: str, message: str) -> None:
        """Note what cannot be put in."""
        place = node.place
        self.findings.append(Finding(self.path, place.line, place.column, f"supplement-{rule}", message))

    def add(self, rows: Node, part: str) -> None:
        """Put rows after those that the dossier has of this part."""
        members = self.root.value
        there = self.root.child(part).value
        if not isinstance(members, dict) or not isinstance(rows.value, list) or not isinstance(there or [], list):
            self.refuse(rows, "rows", f"`{part}` must be a list, here and in the dossier")
            return
        known = there if isinstance(there, list) else []
        members[part] = known
        for row in rows.items():
            self._place(row, f"{part}[{len(known)}]")
            known.append(row.value)

    def complete(self, row: Node) -> None:
        """Put fields into a row of the dossier that lacks them."""
        name = str(row.child("row").value or "")
        target = self.root
        for step in _STEP.findall(name):
            index = int(step[1:-1]) if step.startswith("[") else None
            items = target.items() if index is not None else []
            if index is not None and (not isinstance(target.value, list) or index >= len(items)):
                break
            target = target.child(step) if index is None else items[index]
        if target.path != name or not isinstance(target.value, dict):
            self.refuse(row.child("row"), "row", f"the dossier has no row `{name}`; correct it")
            return
        self._fill(row, target)

    def _fill(self, given: Node, target: Node) -> None:
        for name in given.names():
            new, old = given.child(name), target.child(name)
            if not isinstance(target.value, dict) or (name == "row" and "." not in given.path):
                continue
            if isinstance(old.value, dict) and isinstance(new.value, dict):
                self._fill(new, old)
            elif old.value is not None:
                self.refuse(new, "taken", f"the dossier says `{old.path}` itself; take it out here")
            else:
                target.value[name] = new.value
                self._place(new, old.path)

    def _place(self, node: Node, path: str) -> None:
        """Note where a value from the supplement stands, under the path that it has in the dossier."""
        for own, place in node.places.items():
            if own == node.path or own.startswith((f"{node.path}.", f"{node.path}[")):
                self.root.places[path + own[len(node.path) :]] = replace(place, file=self.path)
