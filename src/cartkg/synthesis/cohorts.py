"""Cohorts and what is stated of the patients they share; nothing here reads a graph."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Degree(Enum):
    """How sure it is that two cohorts share patients."""

    KNOWN = "knownOverlap"
    LIKELY = "likelyOverlap"
    UNKNOWN = "unknownOverlap"
    EXCLUDED = "excludedOverlap"


@dataclass(frozen=True, slots=True)
class Cohort:
    """A group of patients.

    Attributes:
        iri: the cohort, or the finding whose patients these are.
        label: its name for people.
        low: fewest patients it may have; 0 when no number is reported.
        high: most patients it may have; None when no number is reported. Sources that disagree give a range.
        study: IRI of the study; two cohorts of one study may share patients unless it is said that they do not.
        within: IRIs of cohorts that hold all its patients; two cohorts that name each other are the same patients.
        diseases: what all its patients are treated for; empty when not reported.
        kinds: these diseases and every broader kind of disease.
        review: whether a review gathered it, so that its patients are those of other studies.
    """

    iri: str
    label: str
    low: int
    high: int | None
    study: str = ""
    within: frozenset[str] = frozenset()
    diseases: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()
    review: bool = False

    @property
    def size(self) -> str:
        """Give the number of patients in words: 8, 7 to 9, or not reported."""
        if self.high is None:
            return "number not reported"
        return f"n = {self.low}" if self.low == self.high else f"n = {self.low} to {self.high}"

    def other_disease(self, other: Cohort) -> bool:
        """Whether the two are treated for diseases of which none is the other's, nor a kind of it."""
        if not self.diseases or not other.diseases:
            return False
        return not (self.diseases & other.kinds or other.diseases & self.kinds)


@dataclass(frozen=True, slots=True)
class Overlap:
    """What is stated of two cohorts' patients.

    Attributes:
        first, second: IRIs of the two cohorts; their order means nothing.
        degree: known, likely, unknown or excluded.
        basis: why, in words (one registry number, one site and time, stated by the authors).
        low: fewest shared patients that are stated; None when no number is.
        high: most shared patients that are stated; None when no number is.
    """

    first: str
    second: str
    degree: Degree
    basis: str
    low: int | None = None
    high: int | None = None


@dataclass(frozen=True, slots=True)
class Shared:
    """Bounds of the number of patients two cohorts share, and the statements they rest on."""

    low: int
    high: int | None
    why: tuple[str, ...] = ()

    @property
    def possible(self) -> bool:
        """Whether they may share a patient."""
        return self.high is None or self.high > 0
