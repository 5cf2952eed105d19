"""Two dossiers of one paper by two readers in, row by row what differs and how far they agree out.

Rows are matched by what they state, since each reader chooses ids. Free texts, remarks and places in the paper are not
compared: two people never write them alike.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from cartkg.dossier.node import Node

_SINGLE = ("publication", "study")
#: Sections of rows, those that others refer to first.
_ROWS = ("therapies", "arms", "cohorts", "characteristics", "results", "events")
#: Fields that name rows, by the section that these are in.
_REFERENCES = {"therapies": "therapies", "arm": "arms", "cohort": "cohorts", "part_of": "cohorts"}
#: Fields that no two readers write alike: ids of their own, free texts, where it was read.
_LEFT_OUT = frozenset((
    "id", "claims", "note", "unconfirmed", "says", "text", "label", "as_printed", "name", "title", "conclusion", "read",
    "read_certainty", "read_note", "source", "doubtful", "looked", "corrections", "disclosure",
))  # fmt: skip
#: What rows must have in common to be one; the first that a row has counts.
_NAMES = ("measure", "event")
#: The share of fields that two therapies, arms or cohorts have in common to be one.
_ALIKE = 0.25
_RESULTS = ("count.result", "percent.result", "result")


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A field, or a whole row, in which two dossiers differ.

    Attributes:
        section: the section of the dossiers.
        row: the id of the row in the first dossier, or in the second where the first has none.
        field: the field; empty where the whole row is in one of them alone.
        first: what the first dossier states; empty where it states nothing.
        second: what the second states.
    """

    section: str
    row: str
    field: str
    first: str
    second: str


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far two dossiers agree in a section.

    Attributes:
        section: the section.
        both: rows that both have.
        only_first: rows that the first alone has.
        only_second: rows that the second alone has.
        fields: fields of the rows that both have, stated in at least one of them.
        same: those of them that are the same.
    """

    section: str
    both: int
    only_first: int
    only_second: int
    fields: int
    same: int

    @property
    def rows_share(self) -> float | None:
        """Return the share of all rows that both have; None where there are none."""
        rows = self.both + self.only_first + self.only_second
        return self.both / rows if rows else None

    @property
    def fields_share(self) -> float | None:
        """Return the share of fields that are the same; None where none was compared."""
        return self.same / self.fields if self.fields else None


_NOTHING = Agreement("all", 0, 0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class DoubleExtraction:
    """What two dossiers of one paper differ in.

    Attributes:
        disagreements: in the order of the first dossier.
        agreements: of each section that one of them has.
        results: the words of results of rows that both have: the first's and the second's.
    """

    disagreements: tuple[Disagreement, ...]
    agreements: tuple[Agreement, ...]
    results: tuple[tuple[str, str], ...]

    @property
    def total(self) -> Agreement:
        """Return how far they agree in all sections together."""
        counts = [(each.both, each.only_first, each.only_second, each.fields, each.same) for each in self.agreements]
        return Agreement("all", *(sum(column) for column in zip(*counts, strict=True))) if counts else _NOTHING

    @property
    def kappa(self) -> float | None:
        """Return Cohen's kappa of the words of results; None where chance alone would make all of them agree."""
        total = len(self.results)
        firsts, seconds = Counter(one for one, _ in self.results), Counter(other for _, other in self.results)
        expected = sum(firsts[word] * seconds[word] for word in firsts)
        if total * total == expected:
            return None
        observed = sum(one == other for one, other in self.results)
        return (observed * total - expected) / (total * total - expected)


@dataclass(slots=True)
class _Matching:
    """The rows of two dossiers during their comparison; `known` names a row of the second as the first does."""

    known: dict[tuple[str, str], str] = field(default_factory=dict)
    disagreements: list[Disagreement] = field(default_factory=list)
    results: list[tuple[str, str]] = field(default_factory=list)

    def stated(self, node: Node, *, is_second: bool = False) -> dict[str, str]:
        """Return the fields that are compared, by their paths."""
        return dict(self._fields(node, "", is_second=is_second))

    def _fields(self, node: Node, path: str, *, is_second: bool) -> Iterator[tuple[str, str]]:
        for name in node.names():
            if name in _LEFT_OUT or name not in node:
                continue
            here, child = f"{path}.{name}" if path else name, node.child(name)
            if isinstance(child.value, dict):
                yield from self._fields(child, here, is_second=is_second)
            elif any(isinstance(each.value, dict) for each in child.items()):
                for each in child.items():
                    named = each.text("drug") or each.text("measure") or each.text("id") or ""
                    yield f"{here}.{named}", "stated"
                    yield from self._fields(each, f"{here}.{named}", is_second=is_second)
            else:
                texts = [self._named(name, str(each.value), is_second=is_second) for each in child.items()]
                yield here, ", ".join(sorted(texts))

    def _named(self, name: str, value: str, *, is_second: bool) -> str:
        section = _REFERENCES.get(name)
        return self.known.get((section, value), f"{value} of the second") if section and is_second else value

    def compare(self, section: str, row: str, one: Mapping[str, str], other: Mapping[str, str]) -> int:
        """Note the fields in which two rows differ; return how many are the same."""
        names = list(dict.fromkeys((*one, *other)))
        for name in names:
            if one.get(name) != other.get(name):
                self.disagreements.append(Disagreement(section, row, name, one.get(name, ""), other.get(name, "")))
        words = [next((each[name] for name in _RESULTS if name in each), "") for each in (one, other)]
        if any(words):
            self.results.append((words[0], words[1]))
        return sum(one.get(name) == other.get(name) for name in names)


def compare_dossiers(first: Node, second: Node) -> DoubleExtraction:
    """Compare two dossiers of one paper.

    Args:
        first: the dossier of the first reader.
        second: that of the second.
    """
    matching = _Matching()
    agreements = [_single(matching, name, first.child(name), second.child(name)) for name in _SINGLE]
    agreements += [_section(matching, name, first.children(name), second.children(name)) for name in _ROWS]
    found = tuple(each for each in agreements if each.rows_share is not None)
    return DoubleExtraction(tuple(matching.disagreements), found, tuple(matching.results))


def stated_row(dossier: Node, section: str, row: str) -> Mapping[str, str] | None:
    """Return the fields of a row that are compared, by their paths; None where the dossier has no such row."""
    if section in _SINGLE:
        node = dossier.child(section)
        return None if node.value is None else _Matching().stated(node)
    rows = (each for each in dossier.children(section) if each.text("id") == row)
    found = next(rows, None)
    return None if found is None else _Matching().stated(found)


def _single(matching: _Matching, section: str, one: Node, other: Node) -> Agreement:
    fields = matching.stated(one), matching.stated(other, is_second=True)
    same = matching.compare(section, "", *fields)
    there = [each.value is not None for each in (one, other)]
    both = all(there)
    only = [have and not both for have in there]
    return Agreement(section, int(both), int(only[0]), int(only[1]), len(fields[0].keys() | fields[1].keys()), same)


def _section(matching: _Matching, section: str, ones: Sequence[Node], others: Sequence[Node]) -> Agreement:
    firsts = [matching.stated(each) for each in ones]
    seconds = [matching.stated(each, is_second=True) for each in others]
    pairs = _pairs(section, [(each.text("id") or "", said) for each, said in zip(ones, firsts, strict=True)],
                   [(each.text("id") or "", said) for each, said in zip(others, seconds, strict=True)])  # fmt: skip
    for at, to in pairs.items():
        matching.known[section, others[to].text("id") or ""] = ones[at].text("id") or ""
    fields = same = 0
    for at, one in enumerate(ones):
        name = one.text("id") or ""
        if at in pairs:
            mine, theirs = firsts[at], matching.stated(others[pairs[at]], is_second=True)
            same += matching.compare(section, name, mine, theirs)
            fields += len(mine.keys() | theirs.keys())
        else:
            matching.disagreements.append(Disagreement(section, name, "", "stated", ""))
    alone = [other for to, other in enumerate(others) if to not in pairs.values()]
    matching.disagreements += [Disagreement(section, each.text("id") or "", "", "", "stated") for each in alone]
    return Agreement(section, len(pairs), len(ones) - len(pairs), len(alone), fields, same)


def _pairs(
    section: str, ones: Sequence[tuple[str, Mapping[str, str]]], others: Sequence[tuple[str, Mapping[str, str]]]
) -> dict[int, int]:
    """Return which row of the second each row of the first is: the most alike first, each once."""
    scored = sorted(
        (
            (-score, at, to)
            for at, one in enumerate(ones)
            for to, other in enumerate(others)
            if (score := _likeness(section, one, other)) is not None
        ),
    )
    found: dict[int, int] = {}
    for _, at, to in scored:
        if at not in found and to not in found.values():
            found[at] = to
    return found


def _likeness(section: str, one: tuple[str, Mapping[str, str]], other: tuple[str, Mapping[str, str]]) -> float | None:
    """Return how alike two rows are, from 0 to 1; None where they cannot be one.

    Rows of findings are about one measure or event of one cohort; others have a share of their fields in common.
    """
    mine, theirs = set(one[1].items()), set(other[1].items())
    share = len(mine & theirs) / max(1, len(mine | theirs))
    names = [next(((name, each[1][name]) for name in _NAMES if name in each[1]), None) for each in (one, other)]
    if any(names):
        is_one = names[0] == names[1] and one[1].get("cohort") == other[1].get("cohort")
        return share if is_one else None
    is_alike = share >= _ALIKE or (one[0] == other[0] and section not in {"results", "events"})
    return share if is_alike else None
