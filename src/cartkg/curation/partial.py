"""A dossier with faults of form in; what of it is well formed out, so that its words are looked at in the same run.

What comes out is for finding problems only and is never written: for a part that is missing and that no
dossier can do without, a stand-in takes its place.
"""

from __future__ import annotations

import re
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from cartkg.curation.dossier import Dossier, validator
from cartkg.curation.forms import path_of
from cartkg.curation.node import Node, Place
from cartkg.curation.spelling import nearest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jsonschema import ValidationError

    from cartkg.curation.dossier import Opened

#: Rounds of taking out what is ill formed: a row may have to go for what was taken out of it.
_ROUNDS = 8
#: What of a row of results can still be judged when one of its fields is ill formed: its words, not its numbers.
_WORDS = frozenset({"cohort", "criterion", "term", "unit", "source"})
#: How alike the name of a part has to be to one that the schema knows, to be taken for it.
_MEANT = 0.85
_RESULTS = ("outcomes", "adverse_events")
_STAND_INS: dict[str, Any] = {
    "publication": {"title": "not given", "kind": "case report"},
    "readable": {"level": "not given"},
    "conclusion": "not given",
    "sources": [{"id": "s1", "what": "not given"}],
}


def well_formed(opened: Opened, index: int) -> Dossier | None:
    """Give what of a dossier is well formed; None where that cannot be told.

    Args:
        opened: the dossier as read, with faults.
        index: a number that no other dossier of the run has, for one without a key.
    """
    if not isinstance(opened.root.value, dict):
        return None
    part = _Part(deepcopy(opened.root.value), dict(opened.root.places))
    for _ in range(_ROUNDS):
        errors = list(validator().iter_errors(part.root))
        if not errors:
            return Dossier(opened.path, str(part.root["key"]), Node("", part.root, part.places))
        part.mend(errors, index)
    return None


def lost_cohorts(opened: Opened, dossier: Dossier) -> bool:
    """Tell whether a row of cohorts had to go, so that a name of a cohort cannot be judged."""
    return _count(opened.root) != _count(dossier.root)


def _count(root: Node) -> int:
    return sum(len(root.children(part)) for part in ("cohorts", "patients"))


@dataclass(slots=True)
class _Part:
    """A dossier that loses what is ill formed: its content, and the places of what is left."""

    root: dict[str, Any]
    places: dict[str, Place]

    def mend(self, errors: list[ValidationError], index: int) -> None:
        """Take out what the validator names; rows of lists last and from the end, so that all paths hold till then."""
        rows: set[tuple[str | int, ...]] = set()
        for error in errors:
            steps = tuple(error.absolute_path)
            with suppress(KeyError, IndexError, TypeError):  # an error before it has taken its place away
                if not steps:
                    self._complete(error, index)
                elif error.validator == "additionalProperties":
                    self._drop_fields(steps, error)
                elif error.validator == "required" and "'source'" in error.message:
                    _at(self.root, steps)["source"] = str(self.root["sources"][0]["id"])
                elif isinstance(steps[-1], int):
                    rows.add(steps)
                else:
                    self._take_out(steps)
        for steps in sorted(rows, reverse=True):
            self._drop_row(steps)

    def _complete(self, error: ValidationError, index: int) -> None:
        """Put stand-ins for the parts that a dossier lacks, and take out those it does not know."""
        schema: Any = error.schema
        for name in [name for name in self.root if name not in schema["properties"]]:
            self._rename(name, nearest(name, schema["properties"], _MEANT)[:1])
        self.root.setdefault("key", f"dossier-{index}")
        for name in schema["required"]:
            self.root.setdefault(name, deepcopy(_STAND_INS.get(name, "")))
        if "read_level" not in self.root:
            self.root.setdefault("readable", _STAND_INS["readable"])

    def _rename(self, name: str, meant: Sequence[str]) -> None:
        """Take a part that the schema does not know out, or give it the name that is plainly meant and not taken."""
        value = self.root.pop(name)
        if not meant or meant[0] in self.root:
            return
        self.root[meant[0]] = value
        moved = {path: place for path, place in self.places.items() if re.match(rf"{re.escape(name)}(?:$|[.\[])", path)}
        self.places |= {meant[0] + path[len(name) :]: place for path, place in moved.items()}

    def _drop_fields(self, steps: Sequence[str | int], error: ValidationError) -> None:
        row, schema = _at(self.root, steps), cast("dict[str, Any]", error.schema)
        for name in [name for name in row if name not in schema.get("properties", {})]:
            del row[name]

    def _take_out(self, steps: Sequence[str | int]) -> None:
        """Take out an ill-formed field; of a row of results, also the numbers that it belongs with."""
        if steps[0] in _RESULTS and len(steps) > 2:  # noqa: PLR2004  # part, row, field
            row = _at(self.root, steps[:2])
            for name in [name for name in row if name not in _WORDS or name == steps[2]]:
                del row[name]
        else:
            del _at(self.root, steps[:-1])[steps[-1]]

    def _drop_row(self, steps: Sequence[str | int]) -> None:
        """Take a row out of its list; the rows behind it move up, and their places with them."""
        with suppress(KeyError, IndexError, TypeError):  # an error of this round has taken the list away
            gone, lead = int(steps[-1]), path_of(steps[:-1])
            del _at(self.root, steps[:-1])[gone]
            pattern = re.compile(rf"^{re.escape(lead)}\[(\d+)\]")
            kept: dict[str, Place] = {}
            for path, place in self.places.items():
                match = pattern.match(path)
                number = int(match[1]) if match else -1
                if number != gone:
                    kept[f"{lead}[{number - 1}]{path[match.end() :]}" if match and number > gone else path] = place
            self.places = kept


def _at(root: dict[str, Any], steps: Sequence[str | int]) -> Any:  # any part of a dossier
    node: Any = root
    for step in steps:
        node = node[step]
    return node
