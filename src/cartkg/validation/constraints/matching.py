"""Match patterns against values without letting any pattern stall a check.

SHACL takes regular expressions from SPARQL, and that from XPath. SPARQL's engine matches those that mean the same in
its own syntax, in time that grows with the length of the pattern times that of the values; where both are small, this
process does it itself. All others are translated by elementpath and left to Python's engine in a child, which may take
longer than the child has; so are look-around and other things that XPath lacks and people write, as Python reads them.
"""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox

from cartkg.evaluation.bounds import Stopped

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cartkg.evaluation.bounds import JobBounds
    from cartkg.evaluation.children import Children
    from cartkg.evaluation.messages import Frame

_FLAGS = {"i": re.IGNORECASE, "m": re.MULTILINE, "s": re.DOTALL, "x": re.VERBOSE}
#: Characters of a pattern and of all its values that this process matches itself, and a count that it does not.
_SHORT_PATTERN, _SHORT_VALUES = 400, 1024**2
_END = re.compile(r"(?<!\\)\$(?![^\[]*\])")
_LARGE_COUNT = re.compile(r"\{[^}]*[0-9]{3}")
#: What XPath reads otherwise than SPARQL's engine does: words, names, blocks of characters, subtraction.
_DIFFERENT = re.compile(r"\\[wWicICbB]|\\[pP]\{Is|\[[^\[\]]*-\[")
#: What XPath reads and Python does not, or otherwise.
_XPATHS = re.compile(rf"{_DIFFERENT.pattern}|\\[pP]")
#: What XPath lacks: look-around, and groups that do not capture or set flags.
_PYTHONS = re.compile(r"\(\?[=!<aiLmsux-]")
_CLASS_SIGN = re.compile(r"\\.|[\[\]]", re.DOTALL)
_NO_SPACE, _FOUR_SPACES = r"\S", r" \t\n\r"
#: What depends on the kind of white space, and kinds that the two tell apart.
_SPACES = re.compile(r"\.|\\[sS]")
_ODD_SPACE = re.compile(r"[\r\v\f\x1c-\x1f\x85\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]")
#: The signs that sh:flags may hold.
KNOWN_FLAGS = frozenset((*_FLAGS, "q"))


@dataclass(frozen=True, slots=True)
class Pattern:
    """A regular expression as sh:pattern and sh:flags give it."""

    text: str
    flags: str = ""


class Matcher:
    """Match patterns; close it after use."""

    def __init__(self, bounds: JobBounds) -> None:
        """Prepare; `bounds` are those of one pattern with all its values."""
        self._bounds = bounds
        self._children: Children | None = None

    def close(self) -> None:
        """End the children."""
        if self._children is not None:
            self._children.close()

    def faults(self, patterns: Sequence[Pattern]) -> list[str | Stopped | None]:
        """Return for each pattern why it is not a regular expression; None for one that is."""
        unsure = [each for each in dict.fromkeys(patterns) if not (_is_small(each) and _is_linear(each))]
        known: dict[Pattern, str | Stopped | None] = {}
        known |= {each: fault for each in unsure if (fault := _plain_fault(each)) is not None}
        left = [each for each in unsure if each not in known]
        if left:
            _load(each for each in left if not _is_linear(each))
            reply = self._reply({"patterns": [[each.text, each.flags] for each in left]})
            said = [reply] * len(left) if isinstance(reply, Stopped) else list(reply.head["faults"])
            known |= zip(left, said, strict=True)
        return [known.get(each) for each in patterns]

    def matching(self, pattern: Pattern, values: Sequence[str]) -> set[str] | Stopped:
        """Return the values in which a pattern is found, or why that is not known."""
        linear = _is_linear(pattern) and _reads_alike(pattern, values)
        if linear and sum(map(len, values)) <= _SHORT_VALUES and _is_small(pattern):
            return {values[place] for place in _found(pattern, values)}
        if not linear:
            _load([pattern])
        reply = self._reply({"pattern": pattern.text, "flags": pattern.flags, "values": list(values)})
        return reply if isinstance(reply, Stopped) else {values[place] for place in reply.head["places"]}

    def _reply(self, head: dict[str, Any]) -> Frame | Stopped:
        from cartkg.evaluation.children import Children  # noqa: PLC0415  # few shapes have such patterns
        from cartkg.evaluation.messages import Frame  # noqa: PLC0415

        if self._children is None:
            self._children = Children(lambda job: Frame(_done(job.head)), self._bounds)
        (reply,) = self._children.run([Frame(head)])
        return reply


def _done(head: dict[str, Any]) -> dict[str, Any]:
    """Do a job, in a child."""
    if "patterns" in head:
        return {"faults": [_fault(Pattern(text, flags)) for text, flags in head["patterns"]]}
    pattern, values = Pattern(head["pattern"], head["flags"]), head["values"]
    if _is_linear(pattern) and _reads_alike(pattern, values):
        return {"places": _found(pattern, values)}
    compiled = _compiled(pattern)
    return {"places": [place for place, value in enumerate(values) if compiled.search(value)]}


def _plain_fault(pattern: Pattern) -> str | None:
    """Say why a small pattern is none, where SPARQL's engine and Python agree and XPath has no more signs than these.

    This spares the child and loading what translates patterns; None where that is not known.
    """
    if pattern.flags or not _is_small(pattern) or _XPATHS.search(pattern.text) or _is_linear(pattern):
        return None
    try:
        _pythons(pattern.text, re.RegexFlag(0))
    except (re.error, RecursionError) as error:
        return str(error)
    return None


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


def _load(patterns: Iterable[Pattern]) -> None:
    """Load what translates patterns, where one needs it, before there is a child: that can load no more code."""
    if any(not _PYTHONS.search(each.text) for each in patterns):
        import_module("elementpath.regex")


def _reads_alike(pattern: Pattern, values: Sequence[str]) -> bool:
    """Return whether `.` and white space mean the same to SPARQL's engine as to XPath, as far as these values go."""
    if "q" in pattern.flags or not _SPACES.search(pattern.text):
        return True
    return not any(_ODD_SPACE.search(value) for value in values)


@cache
def _is_linear(pattern: Pattern) -> bool:
    """Return whether SPARQL's engine takes a pattern."""
    if "q" not in pattern.flags and _DIFFERENT.search(pattern.text):
        return False
    call = _call('""', pattern)
    answer = ox.Store().query(f"SELECT ?is {{ BIND({call} AS ?is) }}")
    return any(row["is"] is not None for row in answer)  # type: ignore[union-attr]  # a SELECT gives rows


def _found(pattern: Pattern, values: Sequence[str]) -> list[int]:
    rows = " ".join(f"({place} {ox.Literal(value)})" for place, value in enumerate(values))
    text = f"SELECT ?place {{ VALUES (?place ?value) {{ {rows} }} FILTER({_call('?value', pattern)}) }}"
    return [int(row["place"].value) for row in ox.Store().query(text)]  # type: ignore[union-attr]  # a SELECT gives rows


def _compiled(pattern: Pattern) -> re.Pattern[str]:
    flags = sum((_FLAGS[sign] for sign in set(pattern.flags) - {"q"}), re.RegexFlag(0))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what Python may take differently one day
        if "q" in pattern.flags:
            return re.compile(re.escape(pattern.text), flags & re.IGNORECASE)
        translated = None if _PYTHONS.search(pattern.text) else _translated(pattern.text, flags)
        if translated is not None:
            return re.compile(translated, flags & ~re.VERBOSE)
        return _pythons(pattern.text, flags)


def _pythons(text: str, flags: re.RegexFlag) -> re.Pattern[str]:
    """Compile a pattern as Python reads it, whose `$` also stands before a line break that ends the text."""
    return re.compile(text if flags & re.MULTILINE else _END.sub(r"\\Z", text), flags)


def _translated(text: str, flags: re.RegexFlag) -> str | None:
    """Return a pattern of XPath as Python writes it, or None when XPath has no such pattern."""
    from elementpath.regex import RegexError, translate_pattern  # noqa: PLC0415  # see `_load`

    try:
        return str(translate_pattern(_plain_spaces(text), flags))
    except RegexError:
        return None


def _plain_spaces(text: str) -> str:
    r"""Write `\s` and `\S` as the four characters that XPath means; Python means those of Unicode."""
    pieces, inside, done = [], 0, 0
    for found in _CLASS_SIGN.finditer(text):
        sign = found[0]
        inside += sign == "["
        inside -= sign == "]" and inside > 0
        if sign == r"\s" or (sign == r"\S" and not inside):
            written = _FOUR_SPACES if inside else f"[{'^' if sign == _NO_SPACE else ''}{_FOUR_SPACES}]"
            pieces += [text[done : found.start()], written]
            done = found.end()
    return "".join((*pieces, text[done:]))
