"""Patterns and values in, the values that match out, so that no pattern holds a check up.

SHACL takes regular expressions from SPARQL, so SPARQL's engine matches them, in time that grows with the length of the
pattern times that of the values. Where both are small, this process does it itself. What that engine does not know,
look-around and back references, is left to Python's, which may take longer than the child has.
"""

from __future__ import annotations

import json
import re
import warnings
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import pyoxigraph as ox

from cartkg.evaluation.children import Children, Stopped
from cartkg.evaluation.messages import Frame

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cartkg.evaluation.children import Bounds

_FLAGS = {"i": re.IGNORECASE, "m": re.MULTILINE, "s": re.DOTALL, "x": re.VERBOSE}
#: Characters of a pattern and of all its values that this process matches itself, and a count that it does not.
_SHORT_PATTERN, _SHORT_VALUES = 400, 1024**2
_LARGE_COUNT = re.compile(r"\{[^}]*[0-9]{3}")
#: The signs that sh:flags may hold.
KNOWN_FLAGS = frozenset((*_FLAGS, "q"))


@dataclass(frozen=True, slots=True)
class Pattern:
    """A regular expression as sh:pattern and sh:flags give it."""

    text: str
    flags: str = ""


class Matcher:
    """Matches patterns; to be closed after use."""

    def __init__(self, bounds: Bounds) -> None:
        """Prepare; `bounds` are those of one pattern with all its values."""
        self._children = Children(_work, bounds)

    def close(self) -> None:
        """End the children."""
        self._children.close()

    def faults(self, patterns: Sequence[Pattern]) -> list[str | Stopped | None]:
        """Say of each pattern why it is not a regular expression; None of one that is."""
        unsure = [each for each in dict.fromkeys(patterns) if not (_is_small(each) and _is_linear(each))]
        if not unsure:
            return [None] * len(patterns)
        (reply,) = self._children.run([Frame({"patterns": [[each.text, each.flags] for each in unsure]})])
        said = [reply] * len(unsure) if isinstance(reply, Stopped) else list(reply.head["faults"])
        known = dict(zip(unsure, said, strict=True))
        return [known.get(each) for each in patterns]

    def matching(self, pattern: Pattern, values: Sequence[str]) -> set[str] | Stopped:
        """Return the values in which a pattern is found, or why that is not known."""
        if sum(map(len, values)) <= _SHORT_VALUES and _is_small(pattern) and _is_linear(pattern):
            return {values[place] for place in _found(pattern, values)}
        head = {"pattern": pattern.text, "flags": pattern.flags}
        (reply,) = self._children.run([Frame(head, json.dumps(values).encode())])
        return reply if isinstance(reply, Stopped) else {values[place] for place in reply.head["places"]}


def _work(job: Frame) -> Frame:
    """Do a job, in a child."""
    if "patterns" in job.head:
        return Frame({"faults": [_fault(Pattern(text, flags)) for text, flags in job.head["patterns"]]})
    pattern = Pattern(job.head["pattern"], job.head["flags"])
    values = json.loads(job.body)
    if _is_linear(pattern):
        return Frame({"places": _found(pattern, values)})
    compiled = _compiled(pattern)
    return Frame({"places": [place for place, value in enumerate(values) if compiled.search(value)]})


def _fault(pattern: Pattern) -> str | None:
    if _is_linear(pattern):
        return None
    try:
        _compiled(pattern)
    except (re.error, RecursionError, OverflowError) as error:
        return str(error)
    return None


def _call(value: str, pattern: Pattern) -> str:
    literal = pattern.flags.find("q") >= 0
    text = re.escape(pattern.text) if literal else pattern.text
    return f"REGEX({value}, {ox.Literal(text)}, {ox.Literal(pattern.flags.replace('q', ''))})"


def _is_small(pattern: Pattern) -> bool:
    """Return whether a pattern stays small when the engine writes its repetitions out."""
    return len(pattern.text) <= _SHORT_PATTERN and "){" not in pattern.text and not _LARGE_COUNT.search(pattern.text)


@cache
def _is_linear(pattern: Pattern) -> bool:
    """Return whether SPARQL's engine takes a pattern."""
    call = _call('""', pattern)
    answer = ox.Store().query(f"SELECT ?is {{ BIND({call} AS ?is) }}")
    return any(row["is"] is not None for row in answer)  # type: ignore[union-attr]  # a SELECT gives rows


def _found(pattern: Pattern, values: Sequence[str]) -> list[int]:
    rows = " ".join(f"({place} {ox.Literal(value)})" for place, value in enumerate(values))
    text = f"SELECT ?place {{ VALUES (?place ?value) {{ {rows} }} FILTER({_call('?value', pattern)}) }}"
    return [int(row["place"].value) for row in ox.Store().query(text)]  # type: ignore[union-attr]  # a SELECT gives rows


def _compiled(pattern: Pattern) -> re.Pattern[str]:
    text = re.escape(pattern.text) if "q" in pattern.flags else pattern.text
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what Python may take differently one day
        return re.compile(text, sum((_FLAGS[sign] for sign in set(pattern.flags) - {"q"}), re.RegexFlag(0)))
