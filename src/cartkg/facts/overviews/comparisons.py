"""Things of one kind in, what is known of each side by side out: patients once, toxicity by grade, counted results.

Nothing is pooled and nothing is tested: groups differ in more than what is compared, and may share patients.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cartkg.facts.forests import best_marks
from cartkg.facts.homes import bounds
from cartkg.facts.overviews.grading import Graded, graded, severe_rows
from cartkg.facts.records import PREFIXES, text_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from cartkg.facts.forests import Mark
    from cartkg.facts.homes import Ask
    from cartkg.facts.records import AnswerTerm, Records
    from cartkg.queries import Nameable

    Row = Mapping[str, AnswerTerm]

MOST_THINGS = 4
_MOST_OUTCOMES, _MOST_MARKS = 7, 5
_RESULTS = "response-by-disease-and-target"
_EVERYBODY = (("with", "comparators"), ("with", "reviews"))
#: Kinds of events, with the saved question on each; severe cases of the first ones are drawn too.
_EVENTS = (
    ("Cytokine release syndrome", "crs-by-grade"),
    ("Neurotoxicity (ICANS)", "icans-by-grade"),
    ("Infections", "infections"),
    ("Deaths", "deaths"),
)
_DRAWN_EVENTS = 2
_OWN = "own result"
_EXCLUDED = "excluded overlap"
_STANDINGS = (
    f"{PREFIXES}SELECT ?cohort ?study ?pooled ?treated WHERE {{ ?cohort a cartkg:Cohort ; cartkg:ofStudy ?study . "
    "BIND(EXISTS { ?cohort a cartkg:PooledCohort } AS ?pooled) "
    "BIND(EXISTS { ?cohort a cartkg:TreatedCohort } AS ?treated) }"
)


@dataclass(frozen=True, slots=True)
class GroupStanding:
    """What a group of patients is: its study, whether a review pools it, whether it was treated with the cells."""

    study: str
    is_pooled: bool
    is_treated: bool


@dataclass(frozen=True, slots=True)
class CompareWish:
    """What to compare.

    Attributes:
        kind: kind of the things: disease, target or product.
        things: two or more.
        within: things of other kinds that all groups must fit, by kind.
        own: whether only results count that authors state as their own.
        apart: whether only groups are drawn that cannot share patients.
    """

    kind: str
    things: tuple[Nameable, ...]
    within: tuple[tuple[str, Nameable], ...] = ()
    own: bool = False
    apart: bool = False

    @property
    def title(self) -> str:
        """Name the comparison."""
        within = " and ".join(each.label for _, each in self.within)
        *first, last = [each.label for each in self.things]
        return f"{', '.join(first)} and {last}" + (f" in {within}" if within else "")

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Return the parameters of its address."""
        switches = [(name, "1") for name in ("own", "apart") if getattr(self, name)]
        return (
            *((self.kind, each.word) for each in self.things),
            *((kind, each.word) for kind, each in self.within),
            *switches,
        )

    def settings(self, thing: Nameable) -> tuple[tuple[str, str], ...]:
        """Return the settings of questions that leave rows on one of the things."""
        return ((self.kind, thing.iri), *((kind, each.iri) for kind, each in self.within))


@dataclass(frozen=True, slots=True)
class Side:
    """One of the things.

    Attributes:
        thing: the thing.
        once: its patients, each counted once, in words; empty where nobody counted them.
        without_press: fewest of them without what only press states; empty where nobody counted them.
        of: disease that the count is of, where none was asked for; else empty.
        count: IRI of the count; empty for none.
        events: toxicity.
    """

    thing: Nameable
    once: str
    without_press: str
    of: str
    count: str
    events: tuple[Graded, ...]


@dataclass(frozen=True, slots=True)
class SideMark:
    """A result of one side: 0 is the first; whether the group is a comparator, pooled by a review, or on two sides."""

    side: int
    mark: Mark
    is_comparator: bool
    is_pooled: bool
    is_in_both: bool

    @property
    def role(self) -> str:
        """Say what sets the group apart from treated groups of one side; empty where nothing does."""
        said = (
            (self.is_pooled, "pooled by a review"),
            (self.is_comparator, "comparator or mixed group"),
            (self.is_in_both, "on both sides"),
        )
        return "; ".join(words for holds, words in said if holds)


@dataclass(frozen=True, slots=True)
class Compared:
    """An outcome with its results, side by side; those that reviews pool are last. `total` counts all groups."""

    name: str
    marks: tuple[SideMark, ...]
    total: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """Sides, outcomes that groups of two or more sides have a count for, and how many outcomes only one side has."""

    wish: CompareWish
    sides: tuple[Side, ...]
    outcomes: tuple[Compared, ...]
    one_sided: int
    left_out: int

    @property
    def lines(self) -> int:
        """Return the lines of a forest plot, of outcomes and of results."""
        return sum(1 + len(each.marks) for each in self.outcomes)


def standings(facts: Records) -> dict[str, GroupStanding]:
    """Return what each group of patients is, by IRI."""
    rows = facts.table(_STANDINGS).rows
    return {
        cohort.value: GroupStanding(study.value if study else "", _is_true(pooled), _is_true(treated))
        for cohort, study, pooled, treated in rows
        if cohort
    }


def compare(wish: CompareWish, ask: Ask, known: Mapping[str, GroupStanding]) -> Comparison:
    """Return things side by side.

    Args:
        wish: what to compare.
        ask: asks a stored question.
        known: what each group of patients is.

    Raises:
        QueryError: a question does not take a thing.
        BackendError: a question could not be answered.
    """
    sides, results = [], []
    for thing in wish.things:
        events = [[row for row in ask(name, wish.settings(thing)) if _fits(wish, row)] for _, name in _EVENTS]
        titles = [title for title, _ in _EVENTS]
        tolls = tuple(graded(title, rows) for title, rows in zip(titles, events, strict=True))
        sides.append(_side(wish, thing, ask, tolls))
        counted = [row for row in ask(_RESULTS, (*wish.settings(thing), *_EVERYBODY)) if _fits(wish, row)]
        for title, rows in list(zip(titles, events, strict=True))[:_DRAWN_EVENTS]:
            counted += severe_rows(title, rows)
        results.append(best_marks(counted))
    pairs = _pairs(ask) if wish.apart else frozenset()
    names = {name: sum(name in each for each in results) for each in results for name in each}
    outcomes, left_out = [], 0
    for name in (name for name, sides_with in names.items() if sides_with > 1):
        marks = _marked([each.get(name, {}) for each in results], known)
        kept = _apart(marks, known, pairs) if wish.apart else marks
        left_out += len(marks) - len(kept)
        if kept:
            outcomes.append(Compared(name, _first(kept), len(kept)))
    outcomes.sort(key=lambda each: (-len({mark.side for mark in each.marks}), -each.total, each.name))
    one_sided = sum(sides_with == 1 for sides_with in names.values())
    return Comparison(wish, tuple(sides), tuple(outcomes[:_MOST_OUTCOMES]), one_sided, left_out)


def _fits(wish: CompareWish, row: Row) -> bool:
    return not wish.own or text_of(row, "said_by") == _OWN


def _side(wish: CompareWish, thing: Nameable, ask: Ask, events: tuple[Graded, ...]) -> Side:
    """Return a side with the count of all its treated patients."""
    asked = {kind for kind, _ in wish.settings(thing)}
    counts = ask("patients-once", wish.settings(thing))
    treated = [
        row
        for row in counts
        if text_of(row, "outcome") == "treated" and all(kind in asked or kind == "disease" for kind in _narrowings(row))
    ]
    # Without a disease there is one count for each; the broadest of them has most patients.
    whole = max(treated, key=lambda row: int(text_of(row, "low") or 0), default=None)
    if whole is None:
        return Side(thing, "", "", "", "", events)
    of = "" if "disease" in asked else text_of(whole, "disease")
    return Side(thing, bounds(whole), text_of(whole, "without_press"), of, text_of(whole, "count"), events)


def _narrowings(row: Row) -> list[str]:
    return [kind for kind in ("disease", "target", "product") if text_of(row, kind)]


def _marked(results: Sequence[Mapping[str, Mark]], known: Mapping[str, GroupStanding]) -> list[SideMark]:
    """Return the results of an outcome on all sides."""
    found = []
    for side, marks in enumerate(results):
        for cohort, mark in marks.items():
            is_in_both = any(cohort in other for place, other in enumerate(results) if place != side)
            it = known.get(cohort)
            pooled, treated = (it.is_pooled, it.is_treated) if it else (False, True)
            found.append(SideMark(side, mark, not treated, pooled, is_in_both))
    return sorted(found, key=_order)


def _order(each: SideMark) -> tuple[object, ...]:
    return (each.is_pooled, each.side, each.is_comparator, each.mark.is_press, -each.mark.assessed, each.mark.report)


def _first(marks: Sequence[SideMark]) -> tuple[SideMark, ...]:
    """Return the first results of each side."""
    kept: dict[int, int] = {}
    found = []
    for each in marks:
        kept[each.side] = kept.get(each.side, 0) + 1
        if kept[each.side] <= _MOST_MARKS:
            found.append(each)
    return tuple(found)


def _pairs(ask: Ask) -> frozenset[frozenset[str]]:
    """Return the pairs of groups or studies that share patients or may share them."""
    rows = [row for row in ask("overlaps", ()) if text_of(row, "degree") != _EXCLUDED]
    return frozenset(frozenset((text_of(row, "first"), text_of(row, "second"))) for row in rows)


def _apart(
    marks: Iterable[SideMark], known: Mapping[str, GroupStanding], pairs: frozenset[frozenset[str]]
) -> list[SideMark]:
    """Return results of which no two may be of the same patients: publications before press, larger groups first.

    Groups of one study may share patients; so do those that a review pools with any others, and one on two sides.
    """
    kept: list[SideMark] = []
    for each in sorted(marks, key=lambda one: (one.mark.is_press, -one.mark.assessed, one.mark.report)):
        ends = _ends(each, known)
        if not (each.is_pooled or each.is_in_both or any(_may_share(ends, _ends(one, known), pairs) for one in kept)):
            kept.append(each)
    return sorted(kept, key=_order)


def _ends(each: SideMark, known: Mapping[str, GroupStanding]) -> frozenset[str]:
    """Return the group and its study."""
    it = known.get(each.mark.cohort)
    return frozenset({each.mark.cohort, *({it.study} if it else ())})


def _may_share(one: frozenset[str], other: frozenset[str], pairs: frozenset[frozenset[str]]) -> bool:
    return bool(one & other) or any(frozenset((a, b)) in pairs for a in one for b in other)


def _is_true(node: AnswerTerm | None) -> bool:
    return node is not None and node.value == "true"
