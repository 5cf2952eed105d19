"""A count in, what people read of it out: the bounds, the groups behind them, why they differ, what was left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cartkg.synthesis.counting import Count
    from cartkg.synthesis.questions import Group

#: Causes and things left out that a text shows.
SHOWN = 12


def tell(found: Count, title: str, more: str, groups: int | None = None) -> str:
    """Write a count for people.

    Args:
        found: the count.
        title: how the question reads.
        more: where the causes and things left out are that the text does not show.
        groups: how many groups of each kind it shows; all when left out.
    """
    lines = [f"{title}: {found}{'' if found.contradictions else ' distinct patients'}"]
    if found.contradictions:
        heading = "statements that cannot all hold; correct them first"
        lines += _listed(heading, map(str, found.contradictions), None, more)
        return "\n".join(lines) + "\n"
    if not (found.exact and found.low == found.bare_sum):
        lines.append(f"  a bare sum would say {found.bare_sum}")
    lines += _listed("the lower bound is made up of", map(group_line, found.apart), groups, more)
    rest = [group for group in found.used if group not in found.apart]
    lines += _listed("these may be the same patients", map(group_line, rest), groups, more)
    lines += _listed("no upper bound, for these have no number", map(name_of, found.open), groups, more)
    lines += _listed("why the bounds differ", (f"{gap}; settled by {gap.closed_by}" for gap in found.gaps), SHOWN, more)
    lines += _listed("left out", (f"{each.label}: {each.reason}" for each in found.left_out), SHOWN, more)
    return "\n".join(lines) + "\n"


def name_of(group: Group) -> str:
    """Return the short name of a group's cohort."""
    return group.cohort.rpartition("/cohort/")[2]


def group_line(group: Group) -> str:
    """Return one line on a group: its number, its cohort, how the number came about, and who says so."""
    size = str(group.low) if group.low == group.high else f"{group.low} to {group.high}"
    size = f"at least {group.low}" if group.high is None else size
    marks = "; ".join(filter(None, (group.derived, "press only" if group.press_only else "")))
    sources = "; ".join(group.sources) or "no publication"
    return f"{size}: {name_of(group)}{f' ({marks})' if marks else ''}, says {sources}"


def _listed(heading: str, items: Iterable[str], most: int | None, more: str) -> list[str]:
    shown = list(items)
    kept = shown if most is None else shown[:most]
    rest = [f"    and {len(shown) - len(kept)} more; {more}"] if len(shown) > len(kept) else []
    return [f"  {heading}:", *(f"    {item}" for item in kept), *rest] if shown else []
