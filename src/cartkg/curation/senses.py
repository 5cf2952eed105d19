"""An outcome row in, notices out where its words and its numbers point opposite ways.

A row that is read by its number alone would then say the contrary of its source: five of six *free of relapse* are not
five of six who relapsed, and a score that *fell* by 9.4 did not change by +9.4.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cartkg.findings import Severity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cartkg.curation.desk import Desk
    from cartkg.curation.lexicon import Entry
    from cartkg.curation.node import Node

_FREE = re.compile(r"(?<!drug)(?<!steroid)[- ]free\b|^(?:free of|without|no|none)\b", re.IGNORECASE)
_DOWN = re.compile(
    r"^(?:it )?(?:fell|falls?|fall of|decreased?|dropped|reduced|reduction|lower(?:ed)?)\b", re.IGNORECASE
)
_UP = re.compile(r"^(?:it )?(?:rose|rises?|rise of|increased?|gained|higher)\b", re.IGNORECASE)


def question_sense(desk: Desk, row: Node, measures: Sequence[Entry]) -> None:
    """Note a count of those spared from something bad, and a change without or against its sign."""
    text = str(row.child("text").value or "")
    if not text:
        return
    number, value = row.child("n_achieved").value, row.child("value").value
    if isinstance(number, int) and number > 0 and _FREE.search(text):
        for measure in measures:
            if _is_bad_event(desk, measure):
                _spared(desk, row, measure, number)
    if isinstance(value, int | float) and not isinstance(value, bool):
        _signed(desk, row, text, value)


def _is_bad_event(desk: Desk, measure: Entry) -> bool:
    classes = desk.lexicon.classes.get(measure.iri, set())
    return "EventMeasure" in classes and desk.lexicon.directions.get(measure.iri) == "lowerIsBetter"


def _spared(desk: Desk, row: Node, measure: Entry, number: int) -> None:
    whole = row.child("n_assessed").value
    had = f"n_achieved: {whole - number}" if isinstance(whole, int) and whole >= number else "their number"
    desk.notice(
        row.child("n_achieved"),
        "dossier-opposite-count",
        f"{number} would be those with `{measure.label}`, but the words say that they were free of it; give those who "
        f"had it ({had}), or a measure of being free of it",
    )


def _signed(desk: Desk, row: Node, text: str, value: float) -> None:
    down, up = _DOWN.search(text), _UP.search(text)
    change = row.child("kind").value == "change"
    if change and ((down and value > 0) or (up and value < 0)):
        way = "a fall is a change below zero" if down else "a rise is a change above zero"
        desk.notice(
            row.child("value"),
            "dossier-opposite-sign",
            f"{value} with the words `{text}`: {way}; write value: {-value}, or correct the words",
            Severity.WARNING,
        )
    if not change and (down or up) and "baseline" not in row and str(row.child("unit").value) in {"percent", "%"}:
        desk.notice(
            row.child("kind"),
            "dossier-change-as-level",
            f"{value} percent is taken for a level or a share; if the value {'fell' if down else 'rose'} by so much, "
            f"write kind: change and value: {-value if down and value > 0 else value}",
            Severity.WARNING,
        )
