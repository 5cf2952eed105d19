"""The form of a dossier: a field for each that the schema has, with its value, problems and sentences."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cartkg.compile.context.corpus import INSIDE_ARMS, INSIDE_DEFINITIONS, SECTIONS
from cartkg.dossier.fields import DOSSIER, RangeKind, SchemaField, fields_of
from cartkg.dossier.form import path_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from collections.abc import Set as AbstractSet

    from cartkg.diagnostics import Diagnostic
    from cartkg.dossier.editing import Step
    from cartkg.dossier.node import Node
    from cartkg.pipeline.curating import Assessment, Curation

#: The mark that `cartkg draft` sets, shown as two buttons; and the rule of what `cartkg add` says about it.
UNCONFIRMED = "unconfirmed"
_CONFIRM = "dossier-unconfirmed"
#: Which vocabulary a field names words of.
VOCABULARIES = {
    "measure": "measure",
    "event": "event",
    "drug": "drug",
    "treated_with": "drug",
    "diseases": "disease",
    "disease": "disease",
    "targets": "target",
    "unit": "unit",
    "sites": "site",
    "developer": "organization",
    "product": "product",
    "trials": "trial",
}
#: Which ids of the dossier itself a field names.
OWN_IDS = {"cohort": "cohorts", "arm": "arms", "therapies": "therapies", "source": "sources", "part_of": "cohorts"}
#: The lists of rows that are read back as sentences.
_STATED = frozenset({"sources", *SECTIONS, *INSIDE_ARMS, *INSIDE_DEFINITIONS})
_LONG = frozenset({"Text"})


@dataclass(frozen=True, slots=True)
class FieldView:
    """One field, or one item of a list, as the form shows it.

    Attributes:
        schema: the field.
        path: where it is.
        place: which of the fields or items around it is meant, for ids of the page.
        shape: the template that shows it: single, list, group, rows, row or other.
        value: the text of a single value; empty where there is none.
        problems: what is wrong with it.
        fields: for a group, the fields that have a value or need one; for a list, its items.
        more: for a group, the fields that may be added.
        is_there: whether the dossier has it.
        name: for a row, its id or number.
        sentence: for a row, what the graph would state; empty where that is not known.
        is_unconfirmed: for a row, whether it is a suggestion that nobody has confirmed.
        remark: for a row, the comment lines above it.
    """

    schema: SchemaField
    path: tuple[Step, ...]
    place: str
    shape: str
    value: str = ""
    problems: tuple[Diagnostic, ...] = ()
    fields: tuple[FieldView, ...] = ()
    more: tuple[FieldView, ...] = ()
    is_there: bool = True
    name: str = ""
    sentence: str = ""
    is_unconfirmed: bool = False
    remark: str = ""

    @property
    def steps(self) -> str:
        """The path as JSON, as an edit names it."""
        return json.dumps(self.path, ensure_ascii=False)

    @property
    def next_steps(self) -> str:
        """The path of one more item of a list, as JSON."""
        return json.dumps((*self.path, len(self.fields)), ensure_ascii=False)

    @property
    def opens_by(self) -> str:
        """How an absent field comes into the form: a group is written as an empty one, a value is typed first."""
        return "add" if self.shape in {"group", "rows"} else "show"

    @property
    def says(self) -> bool:
        """Whether it is a row of which the graph states a sentence."""
        return self.path == ("publication",) or (self.path[-1:] != (self.schema.name,) and self.schema.name in _STATED)

    @property
    def label(self) -> str:
        """The name of the field for people."""
        return self.schema.name.replace("_", " ")

    @property
    def words(self) -> str:
        """The id of the list of words that the field completes from; empty where there is none."""
        if name := VOCABULARIES.get(self.schema.name):
            return f"words-{name}"
        return f"ids-{name}" if (name := OWN_IDS.get(self.schema.name)) else ""

    @property
    def is_choice(self) -> bool:
        """Whether one of a closed list of words is chosen, and nothing else."""
        return self.schema.kinds <= {RangeKind.WORDS, RangeKind.FLAG, RangeKind.GROUP} and not self.is_long

    @property
    def choices(self) -> tuple[str, ...]:
        """The words of a closed list."""
        flags = ("true", "false") if RangeKind.FLAG in self.schema.kinds else ()
        return (*flags, *(each.word for each in self.schema.words))

    @property
    def is_long(self) -> bool:
        """Whether it takes free text."""
        return not self.schema.many and any(each.name in _LONG for each in self.schema.ranges)

    @property
    def is_number(self) -> bool:
        """Whether it takes a number."""
        return bool(self.schema.kinds & {RangeKind.NUMBER, RangeKind.WHOLE})

    @property
    def faults(self) -> int:
        """How many problems it and all inside it have."""
        return len(self.problems) + sum(each.faults for each in (*self.fields, *self.more))


@dataclass(frozen=True, slots=True)
class DossierForm:
    """The form of one dossier.

    Attributes:
        sections: the fields of the dossier, in the order of the form.
        missing: sections that may be added.
        problems: what is wrong with the dossier as a whole.
        ids: the ids of its rows, by section.
        unconfirmed: how many suggestions nobody has confirmed.
        faults: how many other problems there are.
    """

    sections: tuple[FieldView, ...]
    missing: tuple[FieldView, ...]
    problems: tuple[Diagnostic, ...]
    ids: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    unconfirmed: int = 0
    faults: int = 0


def form_of(curation: Curation, opened: AbstractSet[tuple[Step, ...]] = frozenset()) -> DossierForm:
    """Return the form of a dossier as it is now.

    Args:
        curation: the dossier.
        opened: paths of fields that are shown although they have no value and need none.
    """
    assessment = curation.assess()
    root = assessment.root
    group = SchemaField(DOSSIER, "", required=True, many=False, ranges=())
    whole = _Views(curation, assessment, opened).group(group, root, ())
    ids = {
        name: tuple(word for row in root.children(name) if (word := row.text("id")) is not None)
        for name in sorted(set(OWN_IDS.values()))
    }
    every = [found for each in assessment.diagnostics.values() for found in each]
    waiting = sum(found.rule == _CONFIRM for found in every)
    return DossierForm(whole.fields, whole.more, whole.problems, ids, waiting, len(every) - waiting)


@dataclass(frozen=True, slots=True)
class _Views:
    """Makes the views of one dossier."""

    curation: Curation
    assessment: Assessment
    opened: AbstractSet[tuple[Step, ...]]

    def group(self, schema: SchemaField, node: Node, path: tuple[Step, ...], place: str = "f") -> FieldView:
        """Return a group with its fields; those that the schema does not have come last."""
        known = fields_of(schema.group or DOSSIER)
        shown: list[FieldView] = []
        more: list[FieldView] = []
        for number, each in enumerate(known.values()):
            if each.name == UNCONFIRMED:
                continue
            view = self._field(each, node.child(each.name), (*path, each.name), f"{place}-{number}")
            (shown if view.is_there or each.required or view.path in self.opened else more).append(view)
        for number, name in enumerate(name for name in node.names() if name not in known):
            strange = SchemaField(name, "", required=False, many=False, ranges=())
            shown.append(self._other(strange, node.child(name), (*path, name), f"{place}-x{number}"))
        last = path[-1] if path else DOSSIER
        is_row = isinstance(last, int)
        name = node.text("id") or (f"{schema.name} {last + 1}" if isinstance(last, int) else schema.name)
        return FieldView(
            schema, path, place, "group", "", self._problems(node, path), tuple(shown), tuple(more),
            name=name,
            sentence=self._sentence(name, path),
            is_unconfirmed=node.flag(UNCONFIRMED),
            remark=self.curation.remarks(node.place.line) if is_row else "",
        )  # fmt: skip

    def _sentence(self, name: str, path: tuple[Step, ...]) -> str:
        row = {"publication": "publication", "sources": f"source:{name}"}.get(str(path[0]) if path else "", name)
        return self.assessment.sentences.get(row, "")

    def _field(self, schema: SchemaField, node: Node, path: tuple[Step, ...], place: str) -> FieldView:
        is_there = isinstance(node.value, (dict, list, str, int, bool)) or node.value is not None
        if schema.many:
            return self._list(schema, node, path, place)
        if schema.group and isinstance(node.value, dict):
            return self.group(schema, node, path, place)
        if schema.group and not is_there and len(schema.ranges) == 1:
            return FieldView(schema, path, place, "group", is_there=False)
        return self._single(schema, node, path, place)

    def _list(self, schema: SchemaField, node: Node, path: tuple[Step, ...], place: str) -> FieldView:
        shape = "rows" if schema.group else "list"
        if node.value is None:
            return FieldView(schema, path, place, shape, "", self._problems(node, path), is_there=False)
        if not isinstance(node.value, list):
            return self._other(schema, node, path, place)
        items = tuple(self._items(schema, node, path, place))
        return FieldView(schema, path, place, shape, "", self._problems(node, path), items)

    def _items(self, schema: SchemaField, node: Node, path: tuple[Step, ...], place: str) -> Iterator[FieldView]:
        for number, item in enumerate(node.items()):
            below = (*path, number)
            if schema.group and isinstance(item.value, dict):
                yield self.group(schema, item, below, f"{place}-{number}")
            elif schema.group:
                yield self._other(schema, item, below, f"{place}-{number}")
            else:
                yield self._single(schema, item, below, f"{place}-{number}")

    def _single(self, schema: SchemaField, node: Node, path: tuple[Step, ...], place: str) -> FieldView:
        if isinstance(node.value, (dict, list)):
            return self._other(schema, node, path, place)
        value = {True: "true", False: "false"}[node.value] if isinstance(node.value, bool) else _text(node)
        problems = self._problems(node, path)
        return FieldView(schema, path, place, "single", value, problems, is_there=path_of(path) in node.places)

    def _other(self, schema: SchemaField, node: Node, path: tuple[Step, ...], place: str) -> FieldView:
        """Return a field that has another form than the schema declares; it can be removed."""
        return FieldView(schema, path, place, "other", _text(node), self._problems(node, path))

    def _problems(self, node: Node, path: tuple[Step, ...]) -> tuple[Diagnostic, ...]:
        found = self.assessment.diagnostics.get(path_of(path), ())
        return tuple(each for each in found if each.rule != _CONFIRM or not node.flag(UNCONFIRMED))


def _text(node: Node) -> str:
    return "" if node.value is None else str(node.value)
