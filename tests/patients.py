"""Random worlds of patients, studies and reports, whose true number of patients is known."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING

from cartkg.synthesis import Cells, Cohort, Degree, Overlap, PatientGroup, Relations, Span, Traits, counts_of
from cartkg.synthesis.questions.groups import bound_by_parts

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

_KINDS = {"lupus": ("rheumatic",), "myositis": ("rheumatic",), "sclerosis": ("nervous",), "nephritis": ("lupus",)}


@dataclass(frozen=True)
class Patient:
    """One person, treated once."""

    number: int
    country: str
    site: str
    trial: str
    product: str
    day: int
    age: int
    sex: str
    diseases: frozenset[str]


@dataclass(frozen=True)
class World:
    """What is reported of some patients, and how many of them there are in truth."""

    relations: Relations
    groups: tuple[PatientGroup, ...]
    truth: int
    members: dict[str, frozenset[int]]


def world(random: Random) -> World:
    """Make a world: people, cohorts of reports that omit things, overlaps, and what is counted."""
    people = [_patient(number, random) for number in range(random.randint(3, 40))]
    members: dict[str, frozenset[int]] = {}
    cohorts: list[Cohort] = []
    for study in range(random.randint(1, 5)):
        _study(study, people, members, cohorts, random)
    overlaps = [each for _ in range(random.randint(0, 6)) for each in _overlap(members, random)]
    relations = Relations(cohorts, overlaps)
    chosen = random.sample(cohorts, random.randint(1, min(len(cohorts), 7)))
    if random.random() < 0.3:
        counted = [each for cohort in chosen for each in _graded(cohort, members[cohort.iri], relations, random)]
    else:
        counted = [each for cohort in chosen for each in _groups(cohort, members[cohort.iri], random)]
    truth = len(frozenset().union(*(patients for _, patients in counted)))
    return World(relations, tuple(group for group, _ in counted), truth, members)


def _patient(number: int, random: Random) -> Patient:
    country = random.choice(("DE", "CN"))
    site = random.choice((f"{country}-1", f"{country}-2"))
    main = random.choice(("lupus", "myositis", "sclerosis"))
    more = {"nephritis"} if main == "lupus" and random.random() < 0.5 else set()
    return Patient(
        number,
        country,
        site,
        random.choice(("t1", "t2", "t3")),
        random.choice(("p1", "p2", "cd19", "bcma")),
        random.randint(1, 1000),
        random.randint(5, 70),
        random.choice(("women", "men")),
        frozenset({main, *more}),
    )


def _study(
    study: int, people: Sequence[Patient], members: dict[str, frozenset[int]], cohorts: list[Cohort], random: Random
) -> None:
    """Report patients of one product, and maybe some of them again as parts, subgroups or a later report."""
    key = random.choice(people)
    fitting = [
        each for each in people if each.product == key.product and (each.site == key.site or random.random() < 0.4)
    ]
    whole = random.sample(fitting, random.randint(1, len(fitting)))
    _report(f"s{study}/all", whole, members, cohorts, random)
    outer = cohorts[-1]
    if random.random() < 0.5:
        for name in sorted({min(each.diseases - {"nephritis"}) for each in whole}):
            part = [each for each in whole if name in each.diseases]
            _report(f"s{study}/{name}", part, members, cohorts, random, part_of=outer.iri)
    for at in range(random.randint(0, 2)):
        part = random.sample(whole, random.randint(1, len(whole)))
        _report(f"s{study}/sub{at}", part, members, cohorts, random, part_of=outer.iri)
    if random.random() < 0.4:
        again = random.choice((whole, random.sample(whole, random.randint(1, len(whole)))))
        same = outer.iri if len(again) == len(whole) and random.random() < 0.5 else ""
        _report(f"r{study}/all", again, members, cohorts, random, same_as=same)


def _report(  # noqa: PLR0913  # what a report is made of
    name: str,
    patients: Sequence[Patient],
    members: dict[str, frozenset[int]],
    cohorts: list[Cohort],
    random: Random,
    *,
    part_of: str = "",
    same_as: str = "",
) -> None:
    size = len(patients)
    low, high = random.choice(((size, size), (size, size), (size, size), (0, size), (0, None)))
    members[name] = frozenset(each.number for each in patients)
    cohorts.append(
        Cohort(
            name,
            name,
            low,
            high,
            study=name.partition("/")[0],
            part_of=frozenset({part_of} - {""}),
            same_as=frozenset({same_as} - {""}),
            traits=_traits(patients, random),
            row=name.replace("/", "#"),
        )
    )


def _traits(patients: Sequence[Patient], random: Random) -> Traits:
    """Return what a report states of its patients; anything may be left out."""

    def stated(words: set[str]) -> frozenset[str]:
        return frozenset(words) if random.random() < 0.6 else frozenset()

    days, ages = ([getattr(each, name) for each in patients] for name in ("day", "age"))
    diseases = stated({name for each in patients for name in each.diseases})
    product = patients[0].product
    cells = Cells(product if product.startswith("p") else "", frozenset({product} - {"p1", "p2"}))
    sexes = {each.sex for each in patients}
    return Traits(
        countries=stated({each.country for each in patients}),
        sites=stated({each.site for each in patients}),
        trials=stated({each.trial for each in patients}),
        team=stated({random.choice("abcde"), random.choice("abcde")}),
        cells=frozenset({cells}) if random.random() < 0.7 else frozenset(),
        period=Span(min(days), max(days) + random.randint(0, 50)) if random.random() < 0.5 else Span(),
        ages=Span(min(ages), max(ages)) if random.random() < 0.5 else Span(),
        sexes=stated(sexes) if len(sexes) == 1 else frozenset(),
        diseases=diseases,
        kinds=frozenset(kind for name in diseases for kind in _KINDS[name]),
    )


def _overlap(members: dict[str, frozenset[int]], random: Random) -> list[Overlap]:
    """State something true of two cohorts, maybe twice, the second time the other way round."""
    first, second = random.choice(sorted(members)), random.choice(sorted(members))
    if first == second:
        return []
    shared = len(members[first] & members[second])
    degree = random.choice((Degree.UNKNOWN, Degree.LIKELY, Degree.KNOWN if shared else Degree.EXCLUDED))
    low = high = None
    if degree is Degree.KNOWN and random.random() < 0.6:
        low, high = random.randint(1, shared), random.choice((None, shared, shared + 1))
    found = Overlap(first, second, degree, "stated", low, high, f"{first}+{second}")
    mirrored = replace(found, first=second, second=first, low=None, high=None)
    return [found, mirrored] if random.random() < 0.3 else [found]


def _groups(cohort: Cohort, patients: frozenset[int], random: Random) -> list[tuple[PatientGroup, frozenset[int]]]:
    """Count the whole cohort, or those of it who had something at one or two visits."""
    if random.random() < 0.4:
        return [(PatientGroup(cohort.iri, cohort.low, cohort.high, "all", row=cohort.row, whole=True), patients)]
    found = []
    for visit in range(random.randint(1, 2)):
        reached = frozenset(each for each in sorted(patients) if random.random() < 0.6)
        low, high = _exactly(len(reached))
        if random.random() < 0.3:
            low, high = _as_percentage(len(reached), len(patients), cohort.high, random)
        found.append((PatientGroup(cohort.iri, low, high, "some", row=f"{cohort.row}-{visit}"), reached))
    return found


def _graded(
    cohort: Cohort, patients: frozenset[int], relations: Relations, random: Random
) -> list[tuple[PatientGroup, frozenset[int]]]:
    """Count those of a cohort who had an event: in full, by grade, from a grade on, or in several of these ways.

    Each group is returned with all who had the event in any grade: that is what the count is about.
    """
    grades = {each: random.randint(1, 5) for each in sorted(patients) if random.random() < 0.6}
    told = [at for at in range(1, 6) if random.random() < 0.5]
    candidates = [(_some(cohort, [g for g in grades.values() if g == at], f"grade{at}"), True) for at in told]
    if random.random() < 0.5:
        candidates.append((_some(cohort, [g for g in grades.values() if g > 2], "severe"), True))
    if random.random() < 0.4 or not candidates:
        candidates.append((_some(cohort, list(grades.values()), "any"), False))
    kept, _ = bound_by_parts(candidates, relations)
    return [(group, frozenset(grades)) for group in kept]


def _some(cohort: Cohort, had: Sequence[int], name: str) -> PatientGroup:
    low, high = _exactly(len(had))
    return PatientGroup(cohort.iri, low, high, name, row=f"{cohort.row}-{name}", finding=f"{cohort.row}-{name}")


def _exactly(number: int) -> tuple[int, int | None]:
    return number, number


def _as_percentage(number: int, size: int, most: int | None, random: Random) -> tuple[int, int | None]:
    decimals = random.choice((0, 1))
    printed = f"{float(round(Fraction(100 * number, size), decimals)):.{decimals}f}"
    low, high = counts_of(printed, random.choice((size, None)), most)
    return low, high
