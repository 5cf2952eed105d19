"""The numbers of a flow in, its boxes out: as text, and as a picture in SVG that needs nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import wrap
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cartkg.literature.screening.flow import Flow

_TITLE = "PRISMA 2020 flow of the records that searches found"
_WIDTH, _GAP, _LINE, _MARGIN, _LETTERS = 380, 60, 20, 12, 46
_MOST_REASONS = 12


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the flow: the lines of its box, and of the box beside it with what leaves the flow there."""

    phase: str
    box: tuple[str, ...]
    beside: tuple[str, ...] = ()


def steps(flow: Flow) -> tuple[Step, ...]:
    """Return the boxes of a flow from the top down."""
    hand = (f"Added by hand (n = {flow.by_hand})",) if flow.by_hand else ()
    found = (f"Databases (n = {flow.databases})", f"Registers (n = {flow.registers})", *hand)
    screened = flow.identified - flow.duplicates
    return (
        Step(
            "Identification",
            ("Records identified from:", *found),
            ("Records removed before screening:", f"Duplicate records (n = {flow.duplicates})"),
        ),
        Step(
            "Screening",
            (f"Records to screen (n = {screened})", f"Records screened (n = {flow.screened})"),
            (
                f"Records excluded (n = {sum(flow.excluded.values())})",
                *_listed(flow.excluded),
                f"Records not screened yet (n = {flow.waiting})",
            ),
        ),
        Step(
            "Screening",
            (f"Reports sought for retrieval (n = {flow.sought})",),
            (f"Reports not retrieved (n = {flow.not_retrieved})", f"Reports not assessed yet (n = {flow.to_read})"),
        ),
        Step(
            "Screening",
            (f"Reports assessed for eligibility (n = {flow.assessed})",),
            (f"Reports excluded (n = {sum(flow.rejected.values())})", *_listed(flow.rejected)),
        ),
        Step(
            "Included",
            (f"Reports in the graph (n = {flow.reports})", f"Registered trials in the graph (n = {flow.trials})"),
        ),
    )


def _listed(reasons: Mapping[str, int]) -> tuple[str, ...]:
    """Return a line for each reason, and one for all that are left."""
    first, rest = list(reasons.items())[:_MOST_REASONS], list(reasons.items())[_MOST_REASONS:]
    more = [("other reasons", sum(count for _, count in rest))] if rest else []
    return tuple(f"  {reason} (n = {count})" for reason, count in (*first, *more))


def as_text(flow: Flow) -> str:
    """Write the flow as lines."""
    lines = list[str]()
    phase = ""
    for step in steps(flow):
        lines += [step.phase] if step.phase != phase else []
        phase = step.phase
        lines += [f"  {line}" for line in step.box]
        lines += [f"    -> {line}" for line in step.beside]
    return "".join(f"{line}\n" for line in lines)


def as_svg(flow: Flow) -> str:
    """Write the flow as a picture; what a screen reader says is the text of the flow."""
    parts = list[str]()
    top = _MARGIN
    arrows = list[str]()
    for step in steps(flow):
        boxes = [_wrapped(step.box), _wrapped(step.beside)]
        height = max(len(lines) for lines in boxes) * _LINE + 2 * _MARGIN
        if parts:
            middle = _MARGIN + _WIDTH // 2
            arrows.append(_arrow((middle, top - _GAP // 2), (middle, top)))
        parts += _box(_MARGIN, top, height, boxes[0])
        if boxes[1]:
            parts += _box(_MARGIN + _WIDTH + _GAP, top, height, boxes[1])
            arrows.append(_arrow((_MARGIN + _WIDTH, top + height // 2), (_MARGIN + _WIDTH + _GAP, top + height // 2)))
        top += height + _GAP // 2
    width, height = 2 * _MARGIN + 2 * _WIDTH + _GAP, top - _GAP // 2 + _MARGIN
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        'role="img" aria-labelledby="title desc" font-family="sans-serif" font-size="14">\n'
        f'<title id="title">{_TITLE}</title>\n<desc id="desc">{escape(as_text(flow))}</desc>\n'
        '<defs><marker id="end" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto">'
        '<path d="M0 0 L8 4 L0 8 z"/></marker></defs>\n'
        f'<rect width="{width}" height="{height}" fill="#fff"/>\n'
    )
    return head + "".join(f"{part}\n" for part in (*parts, *arrows)) + "</svg>\n"


def _wrapped(lines: tuple[str, ...]) -> list[str]:
    return [part for line in lines for part in wrap(line, _LETTERS, subsequent_indent="    ")]


def _box(left: int, top: int, height: int, lines: list[str]) -> Iterator[str]:
    yield f'<rect x="{left}" y="{top}" width="{_WIDTH}" height="{height}" fill="#fff" stroke="#333"/>'
    for rank, line in enumerate(lines):
        indent = _LINE * (len(line) - len(line.lstrip())) // 4
        x, y = left + _MARGIN + indent, top + _MARGIN + _LINE * rank + 15
        yield f'<text x="{x}" y="{y}">{escape(line.strip())}</text>'


def _arrow(start: tuple[int, int], end: tuple[int, int]) -> str:
    ends = f'x1="{start[0]}" y1="{start[1]}" x2="{end[0]}" y2="{end[1]}"'
    return f'<line {ends} stroke="#333" marker-end="url(#end)"/>'
