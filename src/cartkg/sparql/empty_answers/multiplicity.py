"""Find what makes a query return a thing more than once: joins with several values, products, paths."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cartkg.sparql.empty_answers.probing.causes_found import BROKEN, Diagnosis
from cartkg.sparql.empty_answers.probing.patterns import PatternPart, variables

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cartkg.sparql.empty_answers.probing.patterns import PatternOutline
    from cartkg.sparql.empty_answers.probing.probes import Probes
    from cartkg.sparql.engines.engine import Answer

_AGGREGATE = re.compile(r"\b(COUNT|SUM|AVG)\s*\(\s*(\*|[?$]\w+)\s*\)", re.IGNORECASE)
_GROUPED = re.compile(r"\bGROUP\s+BY\b((?:\s*[?$]\w+)+)", re.IGNORECASE)
_SINGLE = re.compile(r"SELECT\s+(DISTINCT|REDUCED)\b", re.IGNORECASE)
_MOST = 12


class Multiplicity:
    """Find what multiplies the rows of an answer."""

    def __init__(self, found: PatternOutline, probes: Probes, answer: Answer) -> None:
        """Examine the parts of a query that has rows."""
        self._found = found
        self._probes = probes
        self._answer = answer
        self._body = probes.text(found.parts)
        self._all = variables(self._body)

    def found(self) -> Iterator[Diagnosis]:
        """Return at most one cause: a product, sums or counts of things that come more than once, repeated rows.

        Raises:
            LimitExceeded: it takes too many questions.
        """
        found = self._product()
        if found is None and self._found.head[:6].upper() == "SELECT":
            found = next(self._aggregates(), None) or self._rows()
        if found is not None:
            yield found

    def _product(self) -> Diagnosis | None:
        """Name parts that share no variable, so that each match of one meets each of the other."""
        groups = [group for group in _connected(self._found.parts) if self._is_many(group)]
        if len(groups) <= 1:
            return None
        names = " and ".join(", ".join(variables(self._probes.text(group))) for group in groups)
        reason = f"two sets of parts share no variable ({names}), so every combination of their matches is a row"
        return Diagnosis(BROKEN, f"{reason}: join them by a property", groups[1][0])

    def _is_many(self, group: Sequence[PatternPart]) -> bool:
        body = self._probes.text(group)
        return bool(variables(body)) and len(self._probes.rows("*", body, "LIMIT 2")) > 1

    def _aggregates(self) -> Iterator[Diagnosis]:
        match = _GROUPED.search(self._found.rest)
        grouped = variables(match[1]) if match else []
        for function, written in dict.fromkeys(_AGGREGATE.findall(self._found.head)):
            name = written if written == "*" else f"?{written[1:]}"
            if found := self._aggregate(function.upper(), name, grouped):
                yield found

    def _aggregate(self, function: str, name: str, grouped: list[str]) -> Diagnosis | None:
        """Name what gives a thing more than once to a count or a sum."""
        if function == "COUNT":
            keys = self._all if name == "*" else [name]
            values = [] if name == "*" else self._probes.values(self._body, name)[:1]
            if values and not values[0].is_iri:
                return None
        else:
            keys = [part.terms[0] for part in self._found.parts if part.kind == "triple" and part.terms[2] == name]
            keys = [key for key in keys[:1] if key[0] in "?$"]
        keys = list(dict.fromkeys([*grouped, *keys, *([] if function == "COUNT" else [name])]))
        if len(keys) == len(grouped) or not self._several("*", keys):
            return None
        thing = next((key for key in keys if key not in grouped), name)
        cause = self._because(keys)
        if function == "COUNT":
            reason = f"COUNT({name}) counts some things more than once, because {cause}"
            return Diagnosis(BROKEN, f"{reason}. COUNT(DISTINCT {thing}) counts each once")
        reason = f"{function}({name}) counts the {name} of some {thing} more than once, because {cause}"
        return Diagnosis(BROKEN, f"{reason}. Leave that part out, or test it by FILTER EXISTS")

    def _rows(self) -> Diagnosis | None:
        keys = variables(self._found.head) or self._all
        if _SINGLE.match(self._found.head) or "(" in self._found.head or not self._several("*", keys):
            return None
        known = self._answer.repeated
        many = f"{known} of {self._answer.rows} rows repeat another one" if known else "some rows repeat another one"
        return Diagnosis(BROKEN, f"{many}, since {self._because(keys)}. SELECT DISTINCT gives each once")

    def _because(self, keys: list[str]) -> str:
        hidden = [name for name in self._all if name not in keys][:_MOST]
        several = [name for name in hidden if self._several(f"DISTINCT {name}", keys)]
        if not several:
            return "a path leads to them in several ways"
        verb = "has" if len(several) == 1 else "have"
        return f"{' and '.join(several)} {verb} several values for one {' and '.join(keys)}"

    def _several(self, counted: str, keys: list[str]) -> bool:
        """Return whether some values of the keys come with more than one of what is counted."""
        names = " ".join(keys)
        tail = f"GROUP BY {names} HAVING (COUNT({counted}) > 1) LIMIT 1"
        return bool(names) and bool(self._probes.rows(f"(COUNT({counted}) AS ?howMany)", self._body, tail))


def _connected(parts: Sequence[PatternPart]) -> list[list[PatternPart]]:
    """Put parts that share variables together; a FILTER joins those whose variables it compares."""
    groups: list[tuple[set[str], list[PatternPart]]] = []
    for part in parts:
        if part.kind in {"optional", "minus"}:
            continue
        names = set(variables(part.text))
        joined = [group for group in groups if group[0] & names]
        groups = [group for group in groups if not group[0] & names]
        together = [one for _, members in joined for one in members]
        groups.append((names.union(*(known for known, _ in joined)), [*together, part]))
    return [members for _, members in groups if any(one.kind not in {"filter", "bind"} for one in members)]
