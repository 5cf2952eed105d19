"""Rows of the stored question on diseases and targets in, a map out: a line for each disease, a column for each target.

Nothing is added up: the patients of a cell are counted once by the build, and cells of a line may share patients.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cartkg.facts.records import text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from cartkg.facts.records import AnswerTerm

QUESTION = "evidence-map"


@dataclass(frozen=True, slots=True)
class MapCell:
    """What is known where a disease and a target meet.

    Attributes:
        disease: name of the disease.
        target: name of the target.
        low: fewest different patients treated; None where they are not counted.
        high: most of them; None where nothing bounds it.
        without_press: fewest of them without what only press states; empty where they are not counted.
        groups: groups of treated patients.
        responded: groups in which a patient met a criterion of response.
        measured: groups with a count for one.
        reached: patients who met one in the group with most patients assessed; None where no group has a count.
        assessed: patients assessed in that group.
        criterion: the criterion.
        whose: whether all patients of that group have the disease.
        severe: groups with a severe case of CRS or ICANS.
        watched: groups that state whether there was one.
        trials: registered trials.
        recruiting: those recruiting when last read.
        count: IRI of the count of patients; empty for none.
    """

    disease: str
    target: str
    low: int | None
    high: int | None
    without_press: str
    groups: int
    responded: int
    measured: int
    reached: int | None
    assessed: int
    criterion: str
    whose: str
    severe: int
    watched: int
    trials: int
    recruiting: int
    count: str

    @property
    def is_mixed(self) -> bool:
        """Whether patients with other diseases may be in the group whose result is shown."""
        return self.whose.startswith("some")

    @property
    def is_gap(self) -> bool:
        """Whether a trial is registered and no patient is known."""
        return bool(self.trials) and not self.groups

    @property
    def bounds(self) -> str:
        """Return the patients in short: a number, two with a dash, or one after a sign; empty if uncounted."""
        if self.low is None:
            return ""
        if self.high is None:
            return f"\u2265 {self.low}"
        return str(self.low) if self.low == self.high else f"{self.low}\u2013{self.high}"

    @property
    def patients(self) -> str:
        """Return the patients in words."""
        if self.low is None:
            return "uncounted" if self.groups else "no"
        return f"at least {self.low}" if self.high is None else self.bounds.replace("\u2013", " to ")

    @property
    def share(self) -> float | None:
        """Return the share of patients who met the criterion, from 0 to 1; None where no group has a count."""
        return None if self.reached is None else self.reached / self.assessed

    @property
    def said(self) -> str:
        """Say in one line what the picture shows, for those who do not see it."""
        parts = [f"{self.disease}, {self.target}: {self.patients} patients"]
        if self.reached is not None:
            parts.append(f"{self.reached} of {self.assessed} met {self.criterion}")
        if self.watched:
            parts.append(f"severe CRS or ICANS in {self.severe} of {self.watched} groups")
        return "; ".join([*parts, f"{self.trials} trial{'' if self.trials == 1 else 's'}"])


@dataclass(frozen=True, slots=True)
class MapRow:
    """A disease and its cells, one for each target of the map; None where there is neither patient nor trial."""

    disease: str
    cells: tuple[MapCell | None, ...]

    @property
    def known(self) -> tuple[MapCell, ...]:
        """Return the cells with something in them."""
        return tuple(cell for cell in self.cells if cell)


@dataclass(frozen=True, slots=True)
class EvidenceMap:
    """Targets, and a line for each disease; those with most patients first, then those with most trials."""

    targets: tuple[str, ...]
    lines: tuple[MapRow, ...]

    @property
    def cells(self) -> tuple[MapCell, ...]:
        """Return all cells with something in them, line by line."""
        return tuple(cell for line in self.lines for cell in line.known)

    @property
    def gaps(self) -> int:
        """Return how many cells have a trial and no patient."""
        return sum(cell.is_gap for cell in self.cells)

    def first(self, lines: int, targets: int) -> EvidenceMap:
        """Return the part with most patients.

        Args:
            lines: how many diseases.
            targets: how many targets.
        """
        kept = tuple(MapRow(line.disease, line.cells[:targets]) for line in self.lines[:lines])
        return EvidenceMap(self.targets[:targets], kept)


def evidence_map(rows: Iterable[Mapping[str, AnswerTerm]]) -> EvidenceMap:
    """Return the map of the answers to the stored question."""
    cells = [_cell(row) for row in rows]
    targets = _ranked(cells, lambda cell: cell.target)
    diseases = _ranked(cells, lambda cell: cell.disease)
    at = {(cell.disease, cell.target): cell for cell in cells}
    lines = (MapRow(disease, tuple(at.get((disease, target)) for target in targets)) for disease in diseases)
    return EvidenceMap(tuple(targets), tuple(lines))


def _ranked(cells: Sequence[MapCell], name: Callable[[MapCell], str]) -> list[str]:
    """Return names by the most patients, then groups, then trials of a cell."""
    weights: dict[str, tuple[int, int, int]] = {}
    for cell in cells:
        weight = (cell.low or 0, cell.groups, cell.trials)
        weights[name(cell)] = max(weight, weights.get(name(cell), weight))
    return sorted(weights, key=lambda each: (*(-number for number in weights[each]), each.casefold()))


def _cell(row: Mapping[str, AnswerTerm]) -> MapCell:
    return MapCell(
        row["disease"].value,
        row["target"].value,
        _number(row, "low"),
        _number(row, "high"),
        text_of(row, "without_press"),
        _number(row, "groups") or 0,
        _number(row, "responded") or 0,
        _number(row, "measured") or 0,
        _number(row, "reached"),
        _number(row, "assessed") or 0,
        text_of(row, "criterion"),
        text_of(row, "whose"),
        _number(row, "severe") or 0,
        _number(row, "watched") or 0,
        _number(row, "trials") or 0,
        _number(row, "recruiting") or 0,
        text_of(row, "count"),
    )


def _number(row: Mapping[str, AnswerTerm], name: str) -> int | None:
    text = text_of(row, name)
    return int(text) if text.isdigit() else None
