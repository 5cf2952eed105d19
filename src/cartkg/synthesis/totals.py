"""Rows of an answer that name cohorts in; patients and responders counted once, and the pooled share, out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cartkg.errors import QueryError
from cartkg.synthesis.cohorts import Cohort
from cartkg.synthesis.counting import LeftOut, PatientCount, count_patients
from cartkg.synthesis.pooling import Pooled, Responders, pool

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cartkg.synthesis.sharing import Sharing


@dataclass(frozen=True, slots=True)
class Totals:
    """What an answer adds up to.

    Attributes:
        patients: distinct patients in all cohorts named.
        reached: distinct patients who had the outcome at any of the times named; None without such counts.
        pooled: share of those who had it, over cohorts that share no patient; None without such counts.
        mixed: in what the rows differ, so that they count no single outcome and nothing was pooled.
        reviews: cohorts left out because a review gathered them.
    """

    patients: PatientCount
    reached: PatientCount | None
    pooled: Pooled | None
    mixed: tuple[str, ...] = ()
    reviews: tuple[LeftOut, ...] = ()


def total(counts: Iterable[Responders], sharing: Sharing, mixed: Sequence[str] = ()) -> Totals:
    """Count cohorts and their responders once each.

    Args:
        counts: one for each row; a total of 0 says that the row gives no count.
        sharing: every cohort, and what is known of shared patients.
        mixed: in what the rows differ so that they count no single outcome; then nothing is pooled.

    Raises:
        QueryError: a row names no cohort of the graph.
    """
    known = list(dict.fromkeys(counts))
    for count in known:
        if count.cohort not in sharing.cohorts:
            raise QueryError(f"{count.cohort or 'an empty cell'} is not a cohort of the graph; select ?cohort")
    gathered = {count.cohort for count in known if sharing.cohorts[count.cohort].review}
    known = [count for count in known if count.cohort not in gathered]
    patients = count_patients(sharing, [count.cohort for count in known])
    reviews = tuple(
        LeftOut(iri, sharing.cohorts[iri].label, "a review: its patients are those of other studies")
        for iri in sorted(gathered)
    )
    given = [count for count in known if count.total > 0]
    if not given:
        return Totals(patients, None, None, tuple(mixed), reviews)
    inner = [_responders(place, count, sharing) for place, count in enumerate(given)]
    reached = count_patients(sharing.extended(inner), [cohort.iri for cohort in inner])
    return Totals(patients, reached, None if mixed else pool(given, sharing), tuple(mixed), reviews)


def _responders(place: int, count: Responders, sharing: Sharing) -> Cohort:
    whole = sharing.cohorts[count.cohort]
    return Cohort(
        iri=f"{count.cohort}#responders-{place}",
        label=f"{count.events} of {count.total} of {whole.label}",
        low=count.events,
        high=count.events,
        study=whole.study,
        within=frozenset({count.cohort}),
        diseases=whole.diseases,
        kinds=whole.kinds,
    )


def tell(totals: Totals) -> str:
    """Write totals for people: the counts, what was left out, and why the bounds differ."""
    lines = ["Counted once", f"  distinct patients in these cohorts: {_against(totals.patients)}"]
    if totals.reached is not None:
        outcome = "any of these outcomes" if totals.mixed else "the outcome"
        lines.append(f"  distinct patients with {outcome}, at any time: {_against(totals.reached)}")
    if totals.pooled is not None:
        lines.extend(_pooled(totals.pooled))
    if totals.mixed and totals.reached is not None:
        lines.append(f"  not pooled: the rows differ in {', '.join(totals.mixed)}; ask for one of each")
    lines.extend(_listed("left out", [f"{out.label}: {out.reason}" for out in totals.reviews]))
    lines.extend(_listed("counted inside another", [f"{out.label}: {out.reason}" for out in totals.patients.left_out]))
    lines.extend(_listed("why the bounds differ", totals.patients.reasons))
    if totals.patients.assumed_apart:
        lines.append(f"  {totals.patients.assumed_apart} pairs of cohorts count as apart because nothing ties them")
    return "\n".join(lines) + "\n"


def _against(count: PatientCount) -> str:
    plain = count.exact and count.low == count.bare_sum
    return str(count) if plain else f"{count} (a bare sum would say {count.bare_sum})"


def _pooled(pooled: Pooled) -> list[str]:
    cohorts = f"{len(pooled.used)} cohort{'' if len(pooled.used) == 1 else 's that share no patient'}"
    lines = [f"  pooled: {pooled.events} of {pooled.total} in {cohorts}: {pooled.exact}, exact 95 % limits"]
    if pooled.random is not None:
        lines.append(f"  random effects (arcsine): {pooled.random}, I squared {pooled.i_squared:.0%}")
    lines.extend(_listed("pooled over", [f"{used.label}: {used.events} of {used.total}" for used in pooled.used]))
    return lines + _listed("left out of the pool", [f"{out.label}: {out.reason}" for out in pooled.left_out])


def _listed(heading: str, items: Sequence[str]) -> list[str]:
    return [f"  {heading}:", *(f"    {item}" for item in items)] if items else []
