"""Find which pairs of cohorts their traits separate, and by which rule.

One difference separates where it holds of the person: another country or period of treatment, ages or sexes that
exclude each other, diseases of which the one list has none that the other has. What belongs to a report separates only
in twos: another cell product together with another trial, developer, site or team, or another trial at another site;
for one person may be treated twice, and one series may be reported by two teams. Another product alone separates only
reports that have no trial, developer, site or author in common: no one is taken to have received two products in two
places unless a dossier says so. These rules of reports are soft: any stated overlap that is not excluded suspends them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from cartkg.synthesis.patients.cohorts import Cells, CohortReason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from cartkg.synthesis.patients.cohorts import Cohort, Span, Traits

    Grid = NDArray[np.bool_]

#: Years by which two printed ages of one person may differ: at consent, at infusion, or when the report was written.
AGE_SLACK = 2


@dataclass(frozen=True, slots=True)
class Distinction:
    """A way in which cohorts are distinguished.

    Attributes:
        name: a short name.
        says: what it states about two cohorts.
        pairs: the pairs that it separates.
        soft: whether it rests on what belongs to reports, so that a stated overlap suspends it.
    """

    name: str
    says: Callable[[Traits, Traits], str]
    pairs: Grid
    soft: bool = False

    def fact(self, first: Cohort, second: Cohort, traits: tuple[Traits, Traits]) -> CohortReason:
        """Return the reason why two cohorts are apart."""
        return CohortReason(self.says(*traits), tuple(row for row in (first.row, second.row) if row))


def rules(traits: Sequence[Traits]) -> list[Distinction]:
    """Return every rule with the pairs of cohorts that it separates."""
    country = _unlike_sets([each.countries for each in traits])
    site = _unlike_sets([each.sites for each in traits])
    trial = _unlike_sets([each.trials for each in traits])
    developer = _unlike_sets([each.developers for each in traits])
    team = _unlike_sets([each.team for each in traits])
    product = _unlike_cells([each.cells for each in traits])
    return [
        Distinction("country", _country, country),
        Distinction("period", _period, _before([each.period for each in traits], 0)),
        Distinction("age", _age, _before([each.ages for each in traits], AGE_SLACK)),
        Distinction(
            "sex", lambda one, two: f"{_list(one.sexes)}; {_list(two.sexes)}", _unlike_sets([t.sexes for t in traits])
        ),
        Distinction("disease", _disease, _unrelated(traits)),
        Distinction("product and trial", _pair("trial", lambda each: each.trials), product & trial, soft=True),
        Distinction(
            "product and developer", _pair("developer", lambda each: each.developers), product & developer, soft=True
        ),
        Distinction("product and site", _pair("site", lambda each: each.sites), product & site, soft=True),
        Distinction("product and team", _pair("authors", lambda each: each.team), product & team, soft=True),
        Distinction("trial and site", _trial_site, trial & site, soft=True),
        Distinction("product", _product, product & ~_common(traits), soft=True),
    ]


def differ_in(one: Traits, two: Traits) -> list[str]:
    """Return the traits that are not known of one of the two and would separate them if they differed."""
    known = (
        ("the enrolment period", one.period != type(one.period)(), two.period != type(two.period)()),
        ("the country", bool(one.countries), bool(two.countries)),
        ("the registered trial", bool(one.trials), bool(two.trials)),
        ("the site", bool(one.sites), bool(two.sites)),
    )
    return [name for name, first, second in known if not (first and second)]


def _common(traits: Sequence[Traits]) -> Grid:
    """Return the pairs that have a trial, developer, site or author in common."""
    held = [each.trials | each.developers | each.sites | each.team for each in traits]
    return _meeting(held, held)


def _unlike_sets(sets: Sequence[frozenset[str]]) -> Grid:
    known = np.array([bool(each) for each in sets], dtype=bool)
    result: Grid = known[:, None] & known[None, :] & ~_meeting(sets, sets)
    return result


def _meeting(ones: Sequence[frozenset[str]], others: Sequence[frozenset[str]]) -> Grid:
    """Return the pairs of a set of each family that have a word in common.

    Words are bits, 64 at a time; a product of matrices takes longer, and keeps every processor busy.
    """
    words = {word for each in (*ones, *others) for word in each}
    place = {word: at for at, word in enumerate(words)}
    result: Grid = np.zeros((len(ones), len(others)), dtype=bool)
    for one, other in zip(_bits(ones, place).T, _bits(others, place).T, strict=True):
        result |= (one[:, None] & other[None, :]) != 0
    return result


def _bits(sets: Sequence[frozenset[str]], place: Mapping[str, int]) -> NDArray[np.uint64]:
    grid = np.zeros((len(sets), -(-len(place) // 64) * 64), dtype=bool)
    for at, each in enumerate(sets):
        grid[at, [place[word] for word in each]] = True
    return np.packbits(grid, axis=1).view(np.uint64)


def _before(spans: Sequence[Span], slack: float) -> Grid:
    low = np.array([-np.inf if span.low is None else span.low for span in spans])
    high = np.array([np.inf if span.high is None else span.high for span in spans])
    earlier: Grid = np.less(high[:, None] + slack, low[None, :])
    result: Grid = earlier | earlier.T
    return result


def _unrelated(traits: Sequence[Traits]) -> Grid:
    """Return the pairs of which neither has a disease that is one of the other's, or a kind of it."""
    known = np.array([bool(each.diseases) for each in traits], dtype=bool)
    related = _meeting([each.diseases for each in traits], [each.kinds | each.diseases for each in traits])
    result: Grid = known[:, None] & known[None, :] & ~(related | related.T)
    return result


def _unlike_cells(cells: Sequence[frozenset[Cells]]) -> Grid:
    """Return the pairs of which one received cells that cannot be any of the other's."""
    if not cells:
        return np.zeros((0, 0), dtype=bool)
    profiles = sorted(set(cells), key=lambda each: sorted(map(repr, each)))
    place = {profile: at for at, profile in enumerate(profiles)}
    grid = np.array([[_unlike(one, two) for two in profiles] for one in profiles], dtype=bool)
    at = np.array([place[each] for each in cells], dtype=int)
    result: Grid = grid[np.ix_(at, at)]
    return result


def _unlike(one: frozenset[Cells], two: frozenset[Cells]) -> bool:
    if not one or not two:
        return False
    return any(all(cell.unlike(other) for other in two) for cell in one) or any(
        all(cell.unlike(other) for other in one) for cell in two
    )


def _country(one: Traits, two: Traits) -> str:
    return f"treated in {_list(one.countries)}; in {_list(two.countries)}"


def _period(one: Traits, two: Traits) -> str:
    first, second = (one, two) if (one.period.high or np.inf) < (two.period.low or -np.inf) else (two, one)
    return f"treated until {_day(first.period.high)}; from {_day(second.period.low)} on"


def _age(one: Traits, two: Traits) -> str:
    return f"aged {_years(one.ages)}; aged {_years(two.ages)}"


def _disease(one: Traits, two: Traits) -> str:
    return f"no disease in common: {_list(one.diseases)}; {_list(two.diseases)}"


def _trial_site(one: Traits, two: Traits) -> str:
    return f"trials {_list(one.trials)} and {_list(two.trials)}, at different sites"


def _product(one: Traits, two: Traits) -> str:
    products = f"{_cells(one.cells)} and {_cells(two.cells)}"
    return f"different products ({products}), and no trial, developer, site or author in common"


def _pair(name: str, field: Callable[[Traits], frozenset[str]]) -> Callable[[Traits, Traits], str]:
    def says(one: Traits, two: Traits) -> str:
        products = f"{_cells(one.cells)} and {_cells(two.cells)}"
        return f"different products ({products}) and {name} ({_list(field(one))}; {_list(field(two))})"

    return says


def _cells(cells: frozenset[Cells]) -> str:
    named = (_tail(cell.product) or "+".join(sorted(map(_tail, cell.targets))) or "cells" for cell in cells)
    return ", ".join(sorted(named))


def _list(words: Iterable[str]) -> str:
    return ", ".join(sorted(_tail(word) for word in words))


def _tail(word: str) -> str:
    return word.rpartition("/")[2] if word.startswith("http") else word


def _years(span: Span) -> str:
    low, high = ("?" if end is None else f"{end:g}" for end in (span.low, span.high))
    return low if low == high else f"{low} to {high}"


def _day(ordinal: float | None) -> str:

    return "?" if ordinal is None else date.fromordinal(int(ordinal)).isoformat()
