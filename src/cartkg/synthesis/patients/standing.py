"""Relations between the patients of two cohorts."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cartkg.synthesis.patients.cohorts import CohortReason


class Standing(Enum):
    """The relation between the patients of two cohorts."""

    SAME = "the same patients"
    INSIDE = "the first is part of the second"
    AROUND = "the second is part of the first"
    SOME = "they share patients"
    APART = "they share no patients"
    OPEN = "they may share patients"


@dataclass(frozen=True, slots=True)
class Relation:
    """The relation between two cohorts, and the facts from which it follows."""

    standing: Standing
    facts: tuple[CohortReason, ...] = ()
    least: int = 0
    most: int | None = None

    def __str__(self) -> str:
        reasons = "; ".join(fact.text for fact in self.facts)
        return f"{self.standing.value}: {reasons}" if reasons else self.standing.value
