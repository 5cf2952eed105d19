"""One draft during its making: the vocabularies, the ids that are used, and whose page each source is."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from cartkg.literature.suggestions import suggest_time
from cartkg.literature.words import slug

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cartkg.literature.first_form import FieldGroup
    from cartkg.literature.words import Proposed, Words
    from cartkg.literature.writing import Value

STATISTICS = {
    "value": "single-value",
    "mean": "mean",
    "median": "median",
    "range": "range",
    "pooled mean": "pooled-mean",
    "hazard ratio": "hazard-ratio",
}
_SPREADS = (("range", "range_low", "range_high"), ("iqr", "iqr_low", "iqr_high"), ("ci", "ci_low", "ci_high"))
#: The unit of a score, where none is stated.
_NO_UNIT = "{score}"
_SOURCES = re.compile(r"\b\w+\b")


@dataclass(slots=True)
class DraftContext:
    """What the parts of one draft share.

    Attributes:
        key: the key of the dossier.
        words: looks up words in the vocabularies.
        dossiers: keys of the dossiers that the project has.
        own: for each source whether it is a page of the publication itself.
        cohorts: the words that name the patients of each cohort, by its id.
    """

    key: str
    words: Words
    dossiers: frozenset[str] = frozenset()
    own: dict[str, bool] = field(default_factory=dict)
    cohorts: dict[str, frozenset[str]] = field(default_factory=dict)
    _ids: set[str] = field(default_factory=set)

    def id(self, *parts: str) -> str:
        """Return an id that no other row of the draft has."""
        wanted = slug("-".join(filter(None, parts)))
        found, rank = wanted, 1
        while found in self._ids:
            rank += 1
            found = f"{wanted}-{rank}"
        self._ids.add(found)
        return found

    def claims(self, part: FieldGroup) -> list[Value]:
        """Return who states a row: one claim for each source that it names, the first source where it names none."""
        named = [name for text in part.texts("source") for name in _SOURCES.findall(text) if name in self.own]
        return [self.claim(name) for name in dict.fromkeys(named or [next(iter(self.own))])]

    def claim(self, source: str) -> dict[str, Value]:
        """Return the claim of a source: its own result on the publication's page, else what it retells."""
        return {"source": source, **({"own": True} if self.own[source] else {"restates": "this"})}

    def cohort(self, part: FieldGroup) -> str:
        """Return the cohort that a row names; the first one where it names none that is known."""
        named = slug(part.text("cohort") or "", "")
        return named if named in self.cohorts else next(iter(self.cohorts), "all")

    def time(self, part: FieldGroup | None) -> tuple[Value, list[str]]:
        """Return the time of a row, and what its words say besides."""
        if part is None:
            return "not-reported", []
        value, unit = part.number("value"), part.text("unit")
        text = part.text("text") or ("" if value is not None else part.text("note")) or ""
        said = suggest_time(text or ("" if value is not None else unit or ""))
        left = part.left("time: ")
        if value == 0:
            return "baseline", left
        if value is None and said is not None and said.word:
            return said.word, left
        if value is None and said is not None:
            code, hint = self.words.unit(said.unit or "")
            ends: dict[str, Value] = {"at": _plain(said.low)} if said.high is None else {}
            ends |= {"from": _plain(said.low), "to": _plain(said.high)} if said.high is not None else {}
            return {**ends, "unit": code, "as_printed": text or unit or ""}, [*left, *filter(None, [hint])]
        if value is None or unit is None:
            return "not-reported", [*left, *([f"time: {text}"] if text else [])]
        code, hint = self.words.unit(unit)
        statistic = STATISTICS.get(part.text("stat") or "")
        found: dict[str, Value] = {"at": value, "unit": code}
        if statistic is not None:
            found = {"kind": "over", **found, "statistic": statistic}
        return found, [*left, *filter(None, [hint, f"time: {text}" if text else ""])]

    def value(self, part: FieldGroup) -> tuple[dict[str, Value] | None, str]:
        """Return the value of a row with statistic, unit and spread; None where it has no number, and a hint."""
        number, spread = part.number("value"), self._spread(part)
        if number is None and spread is None:
            return None, ""
        statistic = STATISTICS.get(part.text("stat") or "", "not-reported")
        if number is None:
            statistic = "interquartile-range" if spread and spread["kind"] == "iqr" else "range"
        stated = part.text("unit")
        unit, hint = self.words.unit(stated) if stated else (_NO_UNIT, "the unit was not stated")
        found: dict[str, Value] = {"statistic": statistic}
        found |= {"number": number} if number is not None else {}
        found |= {"unit": unit}
        found |= {"spread": spread} if spread is not None else {}
        return found, hint

    @staticmethod
    def _spread(part: FieldGroup) -> dict[str, Value] | None:
        for kind, lower, upper in _SPREADS:
            low, high = part.number(lower), part.number(upper)
            ends: dict[str, Value] = {name: end for name, end in (("low", low), ("high", high)) if end is not None}
            if ends:
                return {"kind": kind, **ends}
        if (width := part.number("range_width")) is not None:
            return {"kind": "range", "width": width}
        deviation = part.number("sd")
        return {"kind": "sd", "number": deviation} if deviation is not None else None


def hints(**proposed: Proposed | str) -> Mapping[str, str]:
    """Return the remarks beside fields; empty ones are left out."""
    found = {name: each if isinstance(each, str) else each.hint for name, each in proposed.items()}
    return {name: hint for name, hint in found.items() if hint}


def _plain(number: str | None) -> Value:
    return Decimal(number or "0")
