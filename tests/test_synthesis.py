"""Patients counted once: bounds that hold whatever the patients are, pooled proportions, conflicts found by rules."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal
from statistics import NormalDist

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cartkg.synthesis import (
    Cohort,
    ConflictKind,
    Degree,
    Overlap,
    Quantity,
    Responders,
    Sharing,
    Stated,
    Window,
    count_patients,
    exact_interval,
    find_conflicts,
    pool,
    total,
)


def cohort(iri: str, n: int | None, study: str = "", within: tuple[str, ...] = ()) -> Cohort:
    return Cohort(iri, iri, n or 0, n, study or iri, frozenset(within))


def test_apart_cohorts_add_up() -> None:
    count = count_patients(Sharing([cohort("a", 5), cohort("b", 8)], []), ["a", "b"])
    assert (count.low, count.high, count.assumed_apart) == (13, 13, 1)
    assert str(count) == "13"


def test_a_cohort_in_another_counts_once_and_says_so() -> None:
    sharing = Sharing([cohort("all", 15), cohort("sle", 8, "all", ("all",))], [])
    count = count_patients(sharing, ["all", "sle"])
    assert (count.low, count.high, count.bare_sum) == (15, 15, 23)
    assert [(out.iri, out.reason) for out in count.left_out] == [("sle", "lies in all")]


def test_cohorts_with_the_same_patients_count_once() -> None:
    sharing = Sharing([cohort("news", 15, within=("paper",)), cohort("paper", 15, within=("news",))], [])
    count = count_patients(sharing, ["news", "paper"])
    assert (count.low, count.high) == (15, 15)
    assert count.left_out[0].reason == "the same patients as news"


@pytest.mark.parametrize("degree", [Degree.LIKELY, Degree.UNKNOWN])
def test_an_open_overlap_widens_the_bounds_and_gives_its_reason(degree: Degree) -> None:
    sharing = Sharing([cohort("a", 5), cohort("b", 8)], [Overlap("a", "b", degree, "one site")])
    count = count_patients(sharing, ["a", "b"])
    assert (count.low, count.high) == (8, 13)
    assert count.reasons == (f"a and b may share 0 to 5 patients ({degree.value}: one site)",)
    assert str(count) == "8 to 13"


def test_a_known_overlap_takes_at_least_one_patient_off() -> None:
    sharing = Sharing([cohort("a", 5), cohort("b", 8)], [Overlap("a", "b", Degree.KNOWN, "said by the authors")])
    assert (count_patients(sharing, ["a", "b"]).high) == 12


def test_a_stated_number_of_shared_patients_makes_the_count_exact() -> None:
    sharing = Sharing([cohort("a", 5), cohort("b", 8)], [Overlap("a", "b", Degree.KNOWN, "said", low=3, high=3)])
    count = count_patients(sharing, ["a", "b"])
    assert (count.low, count.high, count.reasons) == (10, 10, ())


@pytest.mark.parametrize("known_first", [True, False])
def test_a_known_overlap_holds_beside_another_speakers_doubt(known_first: bool) -> None:  # noqa: FBT001  # a case
    known = Overlap("a", "b", Degree.KNOWN, "said by the readers", low=5, high=5)
    doubt = Overlap("a", "b", Degree.UNKNOWN, "one group")
    sharing = Sharing([cohort("a", 5), cohort("b", 8)], [known, doubt] if known_first else [doubt, known])
    assert (sharing.shared("a", "b").low, sharing.shared("a", "b").high) == (5, 5)
    assert set(sharing.shared("a", "b").why) == {"knownOverlap: said by the readers", "unknownOverlap: one group"}


def test_what_is_excluded_of_the_whole_holds_for_its_parts() -> None:
    cohorts = [cohort("a", 5), cohort("a1", 2, "a", ("a",)), cohort("b", 8)]
    sharing = Sharing(cohorts, [Overlap("a", "b", Degree.EXCLUDED, "other country")])
    count = count_patients(sharing, ["a1", "b"])
    assert (count.low, count.high, count.assumed_apart) == (10, 10, 0)


def test_a_chain_of_open_overlaps_leaves_its_ends_open() -> None:
    cohorts = [cohort("a", 8), cohort("b", 8), cohort("c", 8), cohort("d", 3)]
    overlaps = [Overlap("a", "b", Degree.LIKELY, "one site"), Overlap("b", "c", Degree.UNKNOWN, "one group")]
    count = count_patients(Sharing(cohorts, overlaps), ["a", "c", "d"])
    assert (count.low, count.high, count.assumed_apart) == (11, 19, 2)
    assert count.reasons == ("a and c may share 0 to 8 patients (tied by a chain of overlaps)",)


def test_a_review_may_hold_the_patients_of_any_study_and_ties_none_of_them() -> None:
    review = Cohort("r", "r", 20, 20, "r", review=True)
    sharing = Sharing([review, cohort("a", 8), cohort("b", 5)], [])
    assert str(count_patients(sharing, ["r", "a", "b"])) == "20 to 33"
    assert str(count_patients(sharing, ["a", "b"])) == "13"
    totals = total([Responders("f", "r", "r", 9, 20), Responders("g", "a", "a", 4, 8)], sharing)
    assert str(totals.patients) == "8"
    assert [out.iri for out in totals.reviews] == ["r"]
    assert totals.pooled is not None
    assert totals.pooled.total == 8


def test_parts_of_one_study_are_bounded_by_the_whole() -> None:
    cohorts = [cohort("all", 15), cohort("x", 10, "all", ("all",)), cohort("y", 9, "all", ("all",))]
    count = count_patients(Sharing(cohorts, []), ["x", "y"])
    assert (count.low, count.high) == (10, 15)


def test_a_number_not_reported_leaves_the_top_open() -> None:
    count = count_patients(Sharing([cohort("a", 5), cohort("b", None)], []), ["a", "b"])
    assert (count.low, count.high) == (5, None)
    assert str(count) == "at least 5"
    assert count.reasons == ("b: number not reported",)


def test_sources_that_disagree_give_bounds() -> None:
    count = count_patients(Sharing([Cohort("a", "a", 14, 15, "a")], []), ["a"])
    assert (count.low, count.high) == (14, 15)


def test_statements_that_clash_are_told() -> None:
    cohorts = [cohort("a", 5), cohort("part", 3, "a", ("a",)), cohort("b", 5)]
    overlaps = [
        Overlap("a", "b", Degree.KNOWN, "the same patients", low=5, high=5),
        Overlap("part", "b", Degree.EXCLUDED, "other country"),
    ]
    count = count_patients(Sharing(cohorts, overlaps), ["a", "b"])
    assert (count.low, count.high) == (5, 8)
    assert count.reasons == ("the statements contradict each other: by some at least 8 patients, by others at most 5",)


def test_no_cohort_is_no_patient() -> None:
    count = count_patients(Sharing([], []), [])
    assert (count.low, count.high, count.exact) == (0, 0, True)


def test_parts_of_one_study_with_different_diseases_are_apart() -> None:
    kinds = {"sle": frozenset({"sle", "lupus"}), "ssc": frozenset({"ssc"}), "lupus": frozenset({"lupus"})}
    cohorts = [Cohort(name, name, n, n, "one", frozenset(), frozenset({name}), kinds[name])
               for name, n in (("sle", 8), ("ssc", 4), ("lupus", 9))]  # fmt: skip
    sharing = Sharing(cohorts, [])
    assert str(count_patients(sharing, ["sle", "ssc"])) == "12"
    assert str(count_patients(sharing, ["sle", "lupus"])) == "9 to 17"


@dataclass(frozen=True)
class World:
    """Simulated patients, what is stated of them (all true), and the cohorts asked for."""

    patients: dict[str, frozenset[int]]
    sharing: Sharing
    chosen: tuple[str, ...]


@st.composite
def worlds(draw: st.DrawFn) -> World:
    universe = draw(st.integers(1, 14))
    patients: dict[str, frozenset[int]] = {}
    parent: dict[str, str] = {}
    for s in range(draw(st.integers(1, 4))):
        everyone = draw(st.frozensets(st.integers(0, universe - 1)))
        patients[f"s{s}"] = everyone
        for part in range(draw(st.integers(0, 3))):
            holder = draw(st.sampled_from([name for name in patients if name.startswith(f"s{s}")]))
            name = f"s{s}p{part}"
            patients[name] = frozenset(p for p in sorted(patients[holder]) if draw(st.booleans()))
            parent[name] = holder
    cohorts = [
        _reported(draw, name, members, frozenset({parent[name]} if name in parent else ()))
        for name, members in patients.items()
    ]
    overlaps = [
        overlap
        for one in patients
        for other in patients
        if one < other and (overlap := _stated(draw, one, other, len(patients[one] & patients[other]))) is not None
    ]
    chosen = draw(st.lists(st.sampled_from(sorted(patients)), max_size=8))
    return World(patients, Sharing(cohorts, overlaps), tuple(chosen))


def _reported(draw: st.DrawFn, name: str, members: frozenset[int], within: frozenset[str]) -> Cohort:
    size = len(members)
    kind = draw(st.sampled_from(["exact", "exact", "exact", "range", "none"]))
    low = size if kind == "exact" else draw(st.integers(0, size)) if kind == "range" else 0
    high = size if kind == "exact" else draw(st.integers(size, size + 3)) if kind == "range" else None
    diseases = frozenset({f"d{patient % 2}" for patient in members}) if draw(st.booleans()) else frozenset()
    known = diseases if len(diseases) == 1 else frozenset()
    return Cohort(name, name, low, high, name[:2], within, known, known)


def _stated(draw: st.DrawFn, one: str, other: str, shared: int) -> Overlap | None:
    whole = len(one) == len(other) == 2
    if not (whole and shared) and draw(st.booleans()):
        return None
    degrees = [Degree.LIKELY, Degree.UNKNOWN, Degree.KNOWN if shared else Degree.EXCLUDED]
    degree = draw(st.sampled_from(degrees))
    low = draw(st.integers(0, shared)) if draw(st.booleans()) else None
    high = draw(st.integers(shared, shared + 3)) if draw(st.booleans()) else None
    if degree is Degree.EXCLUDED:
        low = high = None
    return Overlap(one, other, degree, "simulated", low, high)


@settings(max_examples=250, deadline=None)
@given(worlds())
def test_the_bounds_enclose_the_truth(world: World) -> None:
    truth = len(frozenset().union(*(world.patients[name] for name in world.chosen)))
    count = count_patients(world.sharing, world.chosen)
    assert count.low <= truth
    assert count.high is None or truth <= count.high
    assert count.exact == (not count.reasons)


@settings(max_examples=80, deadline=None)
@given(worlds())
def test_a_pair_bound_encloses_the_truth(world: World) -> None:
    for one in world.patients:
        for other in world.patients:
            shared = world.sharing.shared(one, other)
            truth = len(world.patients[one] & world.patients[other])
            assert shared.low <= truth
            assert shared.high is None or truth <= shared.high


@settings(max_examples=80, deadline=None)
@given(worlds(), st.randoms())
def test_the_order_of_cohorts_changes_nothing(world: World, random: object) -> None:
    shuffled = list(world.chosen)
    random.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis hands a random.Random over
    assert count_patients(world.sharing, shuffled) == count_patients(world.sharing, world.chosen)


def responders(name: str, events: int, total: int, months: float | None = None) -> Responders:
    return Responders(f"finding-{name}-{months}", name, name, events, total, months)


def test_the_exact_interval_is_that_of_the_textbook() -> None:
    """8 of 8: lower limit 0.025 ** (1/8) (Clopper and Pearson 1934)."""
    interval = exact_interval(8, 8)
    assert interval.low == pytest.approx(0.025 ** (1 / 8))
    assert interval.high == 1
    assert str(interval) == "100.0% (63.1% to 100.0%)"


@pytest.mark.parametrize(("events", "total"), [(1, 0), (3, 2), (-1, 2)])
def test_no_proportion_is_refused(events: int, total: int) -> None:
    with pytest.raises(ValueError, match="is not a proportion"):
        exact_interval(events, total)


def test_cohorts_that_may_share_patients_are_not_pooled() -> None:
    sharing = Sharing([cohort("a", 5), cohort("b", 8)], [Overlap("a", "b", Degree.UNKNOWN, "one site")])
    pooled = pool([responders("a", 5, 5), responders("b", 4, 8)], sharing)
    assert pooled is not None
    assert (pooled.events, pooled.total) == (4, 8)
    assert [out.reason for out in pooled.left_out] == ["may share patients with b (unknownOverlap: one site)"]
    assert pooled.random is None


def test_of_two_times_the_later_stands_for_the_cohort() -> None:
    pooled = pool([responders("a", 5, 5, 3), responders("a", 4, 5, 12)], Sharing([cohort("a", 5)], []))
    assert pooled is not None
    assert pooled.events == 4
    assert pooled.left_out[0].reason == "the same cohort as 4 of 5 at 12 months, which was kept"


def test_pooled_means_lie_between_the_cohorts() -> None:
    sharing = Sharing([cohort("a", 10), cohort("b", 20)], [])
    pooled = pool([responders("a", 2, 10), responders("b", 18, 20)], sharing)
    assert pooled is not None
    assert pooled.random is not None
    for interval in (pooled.exact, pooled.fixed, pooled.random):
        assert 0.2 < interval.estimate < 0.9
        assert 0 <= interval.low < interval.estimate < interval.high <= 1
    assert pooled.i_squared is not None
    assert pooled.i_squared > 0.8
    assert pooled.random.high - pooled.random.low > pooled.fixed.high - pooled.fixed.low


def test_everybody_responding_needs_no_correction() -> None:
    sharing = Sharing([cohort("a", 5), cohort("b", 8)], [])
    pooled = pool([responders("a", 5, 5), responders("b", 8, 8)], sharing)
    assert pooled is not None
    assert pooled.fixed.estimate == pytest.approx(1)
    assert math.isclose(pooled.exact.low, 0.025 ** (1 / 13))
    assert pooled.i_squared == 0


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 40), st.integers(1, 40)), min_size=2, max_size=8))
def test_pool_agrees_with_the_formulas_written_out(drawn: list[tuple[int, int]]) -> None:
    """DerSimonian and Laird, Control Clin Trials 1986;7:177, step by step, beside the library that is used."""
    counts = [(min(events, total), total) for events, total in drawn]
    names = [f"c{number}" for number in range(len(counts))]
    sharing = Sharing([cohort(name, total) for name, (_, total) in zip(names, counts, strict=True)], [])
    pooled = pool([responders(name, *pair) for name, pair in zip(names, counts, strict=True)], sharing)
    assert pooled is not None
    assert pooled.random is not None
    effects = [math.asin(math.sqrt(events / total)) for events, total in counts]
    weights = [4 * total for _, total in counts]
    mean = sum(w * y for w, y in zip(weights, effects, strict=True)) / sum(weights)
    spread = sum(w * (y - mean) ** 2 for w, y in zip(weights, effects, strict=True))
    scale = sum(weights) - sum(w * w for w in weights) / sum(weights)
    between = max(0.0, (spread - (len(counts) - 1)) / scale)
    wider = [1 / (1 / w + between) for w in weights]
    random = sum(w * y for w, y in zip(wider, effects, strict=True)) / sum(wider)
    assert pooled.fixed.estimate == pytest.approx(math.sin(mean) ** 2, abs=1e-9)
    assert pooled.random.estimate == pytest.approx(math.sin(random) ** 2, abs=1e-9)
    assert pooled.tau_squared == pytest.approx(between, abs=1e-9)
    half = NormalDist().inv_cdf(0.975) / math.sqrt(sum(wider))
    low, high = (min(max(random + sign * half, 0.0), math.pi / 2) for sign in (-1, 1))
    assert pooled.random.low == pytest.approx(math.sin(low) ** 2, abs=1e-6)
    assert pooled.random.high == pytest.approx(math.sin(high) ** 2, abs=1e-6)
    assert pooled.i_squared == pytest.approx(max(0.0, 1 - (len(counts) - 1) / spread) if spread else 0.0, abs=1e-9)


@given(st.integers(1, 60), st.data())
def test_exact_limits_leave_a_fortieth_on_either_side(total: int, data: st.DataObject) -> None:
    """The limits of Clopper and Pearson by their definition: sums of binomial terms, no library."""
    events = data.draw(st.integers(0, total))
    interval = exact_interval(events, total)

    def at_most(count: int, share: float) -> float:
        return math.fsum(math.comb(total, k) * share**k * (1 - share) ** (total - k) for k in range(count + 1))

    if events > 0:
        assert 1 - at_most(events - 1, interval.low) == pytest.approx(0.025, abs=1e-6)
    if events < total:
        assert at_most(events, interval.high) == pytest.approx(0.025, abs=1e-6)


def test_nothing_to_pool_gives_nothing() -> None:
    assert pool([], Sharing([], [])) is None


@settings(max_examples=80, deadline=None)
@given(worlds(), st.data())
def test_pooled_cohorts_share_no_patient(world: World, data: st.DataObject) -> None:
    counts = [
        responders(name, data.draw(st.integers(0, len(world.patients[name]))), len(world.patients[name]))
        for name in dict.fromkeys(world.chosen)
    ]
    pooled = pool(counts, world.sharing)
    if pooled is None:
        assert all(not world.patients[name] for name in world.chosen)
        return
    members = [patient for count in pooled.used for patient in world.patients[count.cohort]]
    assert len(members) == len(set(members)) == pooled.total
    assert len(pooled.used) + len(pooled.left_out) == len(counts)


MONTH_3 = Window("atTimePoint", Decimal(3), "mo")


def stated(  # noqa: PLR0913  # a row of a table of cases
    iri: str,
    numerator: int | None = None,
    denominator: int | None = None,
    *,
    value: str = "",
    statistic: str = "median",
    window: Window = MONTH_3,
    grade: str = "",
    patients: int | None = 47,
) -> Stated:
    quantity = Quantity(Decimal(value), "%", statistic) if value else None
    return Stated(iri, "cohort", "measure", iri, window, numerator, denominator, quantity, grade, "", patients)


CONFLICTS = [
    ("two counts", [stated("a", 5, 8), stated("b", 6, 8)], [("counts-differ", ConflictKind.CONTRADICTION)]),
    ("two denominators", [stated("a", 5, 8), stated("b", 5, 9)], [("counts-differ", ConflictKind.CONTRADICTION)]),
    ("one denominator missing", [stated("a", 5, 8), stated("b", 5)], []),
    ("another window", [stated("a", 5, 8), stated("b", 6, 8, window=Window("lastFollowUp"))], []),
    ("another grade", [stated("a", 5, 8, grade="1"), stated("b", 1, 8, grade="2")], []),
    ("two values", [stated("a", value="16"), stated("b", value="10")], [("values-differ", ConflictKind.CONTRADICTION)]),
    ("a rounded value", [stated("a", value="4.6"), stated("b", value="5")], [("values-differ", ConflictKind.ROUNDING)]),
    ("another statistic", [stated("a", value="4"), stated("b", value="5", statistic="mean")], []),
    ("79 of 47", [stated("a", 79)], [("count-above-patients", ConflictKind.MISPRINT)]),
    ("numerator above denominator", [stated("a", 9, 8)], [("count-above-patients", ConflictKind.MISPRINT)]),
    ("more assessed than there are", [stated("a", 5, 48)], [("denominator-above-cohort", ConflictKind.CONTRADICTION)]),
    ("a fitting percentage", [stated("a", value="66.7", statistic="percentOnly", patients=3)], []),
    (
        "a percentage of nobody",
        [stated("a", value="70", statistic="percentOnly", patients=3)],
        [("percentage-unlike-count", ConflictKind.CONTRADICTION)],
    ),
    (
        "a percentage cut off",
        [stated("a", value="66.6", statistic="percentOnly", patients=24)],
        [("percentage-unlike-count", ConflictKind.ROUNDING)],
    ),
    (
        "a percentage unlike its count",
        [stated("a", 2, 3, value="33.3", statistic="percentOnly")],
        [("percentage-unlike-count", ConflictKind.CONTRADICTION)],
    ),
    (
        "grades above any grade",
        [stated("a", 10, 15, grade="1"), stated("b", 2, 15, grade="2"), stated("c", 11, 15, grade="any")],
        [("grades-above-whole", ConflictKind.CONTRADICTION)],
    ),
    (
        "grades that add up",
        [stated("a", 10, 15, grade="1"), stated("b", 1, 15, grade="2"), stated("c", 11, 15, grade="any")],
        [],
    ),
    (
        "a grade above the event",
        [stated("a", 3, grade="1"), stated("b", 2)],
        [("grades-above-whole", ConflictKind.CONTRADICTION)],
    ),
    (
        "two values of one patient",
        [
            stated("a", value="59", statistic="singleValue", patients=1),
            stated("b", value="69", statistic="singleValue", patients=1),
        ],
        [("values-differ", ConflictKind.CONTRADICTION)],
    ),
    (
        "values of two patients",
        [stated("a", value="59", statistic="singleValue"), stated("b", value="69", statistic="singleValue")],
        [],
    ),
    (
        "grades above everybody",
        [stated("a", 10, 15, grade="1"), stated("b", 6, 15, grade="2")],
        [("grades-above-whole", ConflictKind.CONTRADICTION)],
    ),
]


@pytest.mark.parametrize(("findings", "expected"), [row[1:] for row in CONFLICTS], ids=[row[0] for row in CONFLICTS])
def test_a_rule_finds_what_cannot_be(findings: list[Stated], expected: list[tuple[str, ConflictKind]]) -> None:
    assert [(proposal.rule, proposal.kind) for proposal in find_conflicts(findings)] == expected


@given(st.integers(1, 200), st.data(), st.integers(0, 3))
def test_a_true_percentage_is_never_a_conflict(total: int, data: st.DataObject, decimals: int) -> None:
    count = data.draw(st.integers(0, total))
    value = f"{100 * count / total:.{decimals}f}"
    finding = stated("a", count, total, value=value, statistic="percentOnly", patients=total)
    assert find_conflicts([finding]) == []
