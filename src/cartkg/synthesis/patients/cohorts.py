"""Cohorts and statements on shared patients; nothing here reads a graph."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum


class Degree(Enum):
    """The degree of certainty that two cohorts share patients."""

    KNOWN = "knownOverlap"
    LIKELY = "likelyOverlap"
    UNKNOWN = "unknownOverlap"
    EXCLUDED = "excludedOverlap"


@dataclass(frozen=True, slots=True)
class CohortReason:
    """One reason: what it says, and the dossier rows that state it."""

    text: str
    rows: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Span:
    """Numbers from low to high, both included; None where an end is not known."""

    low: float | None = None
    high: float | None = None

    def meet(self, other: Span) -> Span:
        """Return what is in both; this span when nothing does."""
        lows = [end for end in (self.low, other.low) if end is not None]
        highs = [end for end in (self.high, other.high) if end is not None]
        found = Span(max(lows, default=None), min(highs, default=None))
        return self if found.low is not None and found.high is not None and found.low > found.high else found


@dataclass(frozen=True, slots=True)
class Cells:
    """A cell product that patients received: its name in the register, or what is known of an unnamed one."""

    product: str = ""
    targets: frozenset[str] = frozenset()
    types: frozenset[str] = frozenset()
    sources: frozenset[str] = frozenset()

    def unlike(self, other: Cells) -> bool:
        """Whether the two cannot be one product."""
        if self.product and other.product:
            return self.product != other.product
        if self.targets and other.targets and self.targets != other.targets:
            return True
        sides = ((self.types, other.types), (self.sources, other.sources))
        return any(one and two and not one & two for one, two in sides)


@dataclass(frozen=True, slots=True)
class Traits:
    """Stated traits that distinguish the patients of a cohort from others; an empty field is unknown.

    Attributes:
        countries: where they were treated, ISO 3166-1 codes.
        sites, trials, developers: IRIs of the sites, registered trials, and developers of the products.
        team: first and last authors of the publication that reports them.
        cells: what they received.
        period: days (proleptic ordinals) of the first and last treatment.
        ages: youngest and oldest in years.
        sexes: `women`, `men` or both, where it is stated of every patient.
        diseases: what they have, most specific; the list is complete by the definition of the field.
        kinds: these diseases and every broader kind.
    """

    countries: frozenset[str] = frozenset()
    sites: frozenset[str] = frozenset()
    trials: frozenset[str] = frozenset()
    developers: frozenset[str] = frozenset()
    team: frozenset[str] = frozenset()
    cells: frozenset[Cells] = frozenset()
    period: Span = Span()
    ages: Span = Span()
    sexes: frozenset[str] = frozenset()
    diseases: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()

    @property
    def products(self) -> frozenset[str]:
        """Return the products among what they received."""
        return frozenset(cell.product for cell in self.cells if cell.product)


@dataclass(frozen=True, slots=True)
class Cohort:
    """A group of patients that a study reports.

    Attributes:
        iri: the cohort.
        label: its name for people.
        low, high: fewest and most patients; 0 and None when no number is reported.
        study: IRI of its study.
        arm: IRI of its arm; empty when not stated.
        part_of: IRIs of cohorts that hold all its patients.
        same_as: IRIs of cohorts that are the same patients.
        traits: what can tell its patients from others.
        row: the dossier row that states it.
        excluded: why its patients are not treated patients of a study (planned, a comparator arm, pooled by a review);
            empty when they are.
        treated: whether the report says of all of them that they were treated; false for those enrolled.
    """

    iri: str
    label: str
    low: int
    high: int | None
    study: str = ""
    arm: str = ""
    part_of: frozenset[str] = frozenset()
    same_as: frozenset[str] = frozenset()
    traits: Traits = field(default_factory=Traits)
    row: str = ""
    excluded: str = ""
    treated: bool = True

    @property
    def size(self) -> str:
        """Return the number of patients in words: 8, 7 to 9, or not reported."""
        if self.high is None:
            return "number not reported" if self.low == 0 else f"n at least {self.low}"
        return f"n = {self.low}" if self.low == self.high else f"n = {self.low} to {self.high}"


@dataclass(frozen=True, slots=True)
class Overlap:
    """A statement about the patients of two cohorts.

    Attributes:
        first, second: IRIs of the two cohorts; their order means nothing.
        degree: known, likely, unknown or excluded.
        basis: why, in words (one registry number, one site and time, stated by the authors).
        low: fewest shared patients that are stated; None when no number is.
        high: most shared patients that are stated; None when no number is.
        row: the dossier row that states it.
        overrules: whether it wins over what other facts imply.
    """

    first: str
    second: str
    degree: Degree
    basis: str
    low: int | None = None
    high: int | None = None
    row: str = ""
    overrules: bool = False

    @property
    def least(self) -> int:
        """Return the fewest patients that they certainly share: none where it is only likely that they share any."""
        if self.degree is not Degree.KNOWN:
            return 0
        return 1 if self.low is None else self.low


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Statements that cannot all be true: a message and the dossier rows that make them."""

    message: str
    rows: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.message} ({', '.join(dict.fromkeys(filter(None, self.rows)))})"
