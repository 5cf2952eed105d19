"""How two cohorts stand to each other."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cartkg.synthesis.patients.cohorts import Fact


class Standing(Enum):
    """How the patients of two cohorts stand to each other."""

    SAME = "the same patients"
    INSIDE = "the first lies in the second"
    AROUND = "the second lies in the first"
    SOME = "they share patients"
    APART = "they share nobody"
    OPEN = "they may share patients"


@dataclass(frozen=True, slots=True)
class Relation:
    """How two cohorts stand to each other, and the facts from which it follows."""

    standing: Standing
    facts: tuple[Fact, ...] = ()
    least: int = 0
    most: int | None = None

    def __str__(self) -> str:
        reasons = "; ".join(fact.text for fact in self.facts)
        return f"{self.standing.value}: {reasons}" if reasons else self.standing.value
