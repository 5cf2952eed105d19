"""Count the patients and responders in the rows of an answer once, and pool their share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cartkg.errors import QueryError
from cartkg.namespaces import BASE
from cartkg.synthesis.counting.counts import PatientCount, count_once
from cartkg.synthesis.pooling.proportions import Pooled, Responders, pool
from cartkg.synthesis.questions.groups import NotCounted, PatientGroup

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from cartkg.synthesis.patients.relations import Relations

#: Columns that say what is counted; rows that differ in one count no single outcome.
_OUTCOME = ("criterion", "measure", "event", "grade", "disease", "source")


@dataclass(frozen=True, slots=True)
class Totals:
    """The totals of an answer.

    Attributes:
        patients: distinct patients in all cohorts named.
        reached: distinct patients who had the outcome at any of the times named; None without such counts.
        pooled: share of those who had it, over cohorts that share no patient; None without such counts.
        mixed: in what the rows differ, so that they count no single outcome and nothing was pooled.
        reviews: cohorts left out because their patients are not treated ones, or those of other reports.
    """

    patients: PatientCount
    reached: PatientCount | None
    pooled: Pooled | None
    mixed: tuple[str, ...] = ()
    reviews: tuple[NotCounted, ...] = ()


def total(counts: Iterable[Responders], relations: Relations, mixed: Sequence[str] = ()) -> Totals:
    """Count cohorts and their responders once each.

    Args:
        counts: one for each row; a total of 0 says that the row gives no count.
        relations: every cohort, and what is known of shared patients.
        mixed: in what the rows differ so that they count no single outcome; then nothing is pooled.

    Raises:
        QueryError: a row names no cohort of the graph.
    """
    known = list(dict.fromkeys(counts))
    for row in known:
        if row.cohort not in relations.cohorts:
            raise QueryError(f"{row.cohort or 'an empty cell'} is not a cohort in the graph; select ?cohort")
    excluded = {row.cohort for row in known if relations.cohorts[row.cohort].excluded}
    reviews = tuple(
        NotCounted(iri, relations.cohorts[iri].label, relations.cohorts[iri].excluded) for iri in sorted(excluded)
    )
    known = [row for row in known if row.cohort not in excluded]
    cohorts = [relations.cohorts[iri] for iri in sorted({row.cohort for row in known})]
    whole = [PatientGroup(each.iri, each.low, each.high, each.size, row=each.row, whole=True) for each in cohorts]
    patients = count_once(relations, whole)
    given = [row for row in known if row.total > 0]
    if not given:
        return Totals(patients, None, None, tuple(mixed), reviews)
    reached = count_once(relations, [_responders(row) for row in given])
    return Totals(patients, reached, None if mixed else pool(given, relations), tuple(mixed), reviews)


def of_rows(
    columns: Sequence[str], rows: Iterable[Sequence[str]], relations: Relations, same_outcome: Sequence[str] = ()
) -> Totals:
    """Count the columns cohort, reached (or patients), assessed and months of an answer, each patient once.

    Args:
        columns: names of the columns; `cohort` must be one of them.
        rows: the answer; an empty text where nothing is bound.
        relations: every cohort, and what is known of shared patients.
        same_outcome: columns that may differ while the outcome counted is still one.

    Raises:
        QueryError: there is no column `cohort`, or a row names no cohort of the graph.
    """
    if "cohort" not in columns:
        raise QueryError("counting the patients of an answer needs a column ?cohort")
    known = [dict(zip(columns, values, strict=True)) for values in rows]
    compared = (name for name in _OUTCOME if name in columns and name not in same_outcome)
    mixed = [name for name in compared if len({row[name] for row in known}) > 1]
    return total(map(_counted, known), relations, mixed)


def _counted(row: Mapping[str, str]) -> Responders:
    """Return the counts of one row; a total of 0 says that it holds none."""
    events, assessed, months = row.get("reached") or row.get("patients", ""), row.get("assessed", ""), row.get("months")
    counted = bool(events and assessed)
    return Responders(
        finding=row["cohort"],
        cohort=row["cohort"],
        label=row["cohort"].removeprefix(f"{BASE}cohort/"),
        events=int(events) if counted else 0,
        total=int(assessed) if counted else 0,
        months=float(months) if months else None,
    )


def _responders(row: Responders) -> PatientGroup:
    return PatientGroup(
        row.cohort, row.events, row.events, f"{row.events} of {row.total} of {row.label}", row=row.finding
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
    lines.extend(_listed("why the bounds differ", [str(gap) for gap in totals.patients.gaps]))
    lines.extend(_listed("statements that cannot all be true", [str(each) for each in totals.patients.contradictions]))
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
