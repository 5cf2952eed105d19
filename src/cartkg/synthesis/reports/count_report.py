"""Write a count for people: the bounds, the groups behind them, why they differ, what was left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cartkg.synthesis.counting.counts import PatientCount
    from cartkg.synthesis.counting.shares import GroupShare
    from cartkg.synthesis.questions.groups import PatientGroup

#: Causes and things left out that a text shows.
SHOWN = 12


def tell(found: PatientCount, title: str, more: str, groups: int | None = None) -> str:
    """Write a count for people.

    Args:
        found: the count.
        title: how the question reads.
        more: where the causes and things left out are that the text does not show.
        groups: how many groups of each kind it shows; all if omitted.
    """
    lines = [f"{title}: {found}{'' if found.contradictions else ' distinct patients'}"]
    if found.contradictions:
        heading = "statements that cannot all be true; correct them first"
        lines += _listed(heading, map(str, found.contradictions), None, more)
        return "\n".join(lines) + "\n"
    if not (found.exact and found.low == found.bare_sum):
        lines.append(f"  a bare sum would say {found.bare_sum}")
    lines += _table(found, groups, more)
    lines += _listed("no upper bound, because these have no number", map(name_of, found.open), groups, more)
    lines += _listed("why the bounds differ", (f"{gap}; settled by {gap.closed_by}" for gap in found.gaps), SHOWN, more)
    lines += _listed("left out", (f"{each.label}: {each.reason}" for each in found.left_out), SHOWN, more)
    return "\n".join(lines) + "\n"


def name_of(group: PatientGroup) -> str:
    """Return the short name of a group's cohort."""
    return group.cohort.rpartition("/cohort/")[2]


def _table(found: PatientCount, most: int | None, more: str) -> list[str]:
    """Return the groups with what the lower bound counts of each, which adds up to it, and why it is not all."""
    if not found.shares:
        return []
    ordered = sorted(found.shares, key=lambda share: not share.counted)
    shown = ordered if most is None else ordered[:most]
    sizes = [_size(share.group) if share.group else "" for share in shown]
    width = max(map(len, ("patients", *sizes)))
    lines = [
        f"  the lower bound, {found.low}, is the sum of what is counted:",
        f"    counted  {'patients':<{width}}  group",
        *(
            f"    {share.counted:>7}  {size:<{width}}  {_line(share)}".rstrip()
            for share, size in zip(shown, sizes, strict=True)
        ),
    ]
    if rest := ordered[len(shown) :]:
        lines.append(f"    {sum(share.counted for share in rest):>7}  in {len(rest)} more groups; {more}")
    return lines


def _size(group: PatientGroup) -> str:
    if group.high is None:
        return f"at least {group.low}"
    return str(group.low) if group.low == group.high else f"{group.low} to {group.high}"


def _line(share: GroupShare) -> str:
    """Return a group in words: its cohort, how its number came about, who says so, and why not all is counted."""
    group = share.group
    if group is None:
        return f"{share.cohort.rpartition('/cohort/')[2]}; {share.why}"
    marks = "; ".join(filter(None, (group.derived, "press only" if group.press_only else "")))
    sources = "; ".join(group.sources) or "no publication"
    why = f"; {share.why}" if share.why else ""
    return f"{name_of(group)}{f' ({marks})' if marks else ''}, says {sources}{why}"


def _listed(heading: str, items: Iterable[str], most: int | None, more: str) -> list[str]:
    shown = list(items)
    kept = shown if most is None else shown[:most]
    rest = [f"    and {len(shown) - len(kept)} more; {more}"] if len(shown) > len(kept) else []
    return [f"  {heading}:", *(f"    {item}" for item in kept), *rest] if shown else []
