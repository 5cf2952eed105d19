r"""Analyse the text of a query: form, services, brackets; no I/O and no recursion.

This is a tokenizer with SPARQL's own lexical rules, not a parser. In a SPARQL query a bare word (not inside a string,
an IRI, a comment, a prefixed name, a variable, a language tag or a blank node label) can only be a keyword or the name
of a built-in, so finding the bare word SERVICE decides that the query contains a SERVICE clause. `\\u` escapes are
decoded first, as the specification asks.

Source: SPARQL 1.1 Query Language sections 19.2 (escapes), 19.8 (terminals).
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from enum import Enum
from itertools import dropwhile, takewhile
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from cartkg.errors import Refused, TooLarge

if TYPE_CHECKING:
    from collections.abc import Iterator


class QueryForm(Enum):
    """What a query gives: a table, a truth value or a graph."""

    TABLE = "table"
    BOOLEAN = "boolean"
    GRAPH = "graph"


UPDATES = frozenset({"INSERT", "DELETE", "LOAD", "CLEAR", "CREATE", "DROP", "COPY", "MOVE", "ADD", "WITH"})
VOLATILE = frozenset({"NOW", "RAND", "UUID", "STRUUID", "BNODE"})
#: Levels of brackets in a query: far above any written by hand, far below what ends the engine's parser.
DEPTH = 120
FORMS = {"SELECT": QueryForm.TABLE, "ASK": QueryForm.BOOLEAN, "CONSTRUCT": QueryForm.GRAPH, "DESCRIBE": QueryForm.GRAPH}

#: Marks in a template that stand for new blank nodes: brackets, collections, reified and annotated triples.
_MAKING = frozenset("[(<~|")
_COST_EDGES = (1, 12)
_LOOSE = 3
_MANY = 5
_SHARED = 1.5
_SURROGATES = range(0xD800, 0xE000)
_ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")
_TOKEN = re.compile(
    r'''
    (?P<space>(?:[\s]++|\#[^\n\r]*+)++)
  | (?P<iri><[^\x00-\x20<>"{}|^`\\]*+>)
  | (?P<string>"""(?:(?!""")(?:[^\\]|\\.))*+"""|\'\'\'(?:(?!\'\'\')(?:[^\\]|\\.))*+\'\'\'
              |"(?:[^"\\\n\r]|\\.)*+"|'(?:[^'\\\n\r]|\\.)*+')
  | (?P<variable>[?$]\w++)
  | (?P<tag>@[A-Za-z]++(?:-[A-Za-z0-9]++)*+)
  | (?P<blank>_:[\w](?:[\w.\-\u00b7]*[\w\-\u00b7])?)
  | (?P<name>(?:[^\W\d_](?:[\w.\-\u00b7]*[\w\-\u00b7])?)?:
             (?:(?:[\w:\-\u00b7.]|%[0-9A-Fa-f]{2}|\\.)*(?:[\w:\-\u00b7]|%[0-9A-Fa-f]{2}|\\.))?)
  | (?P<number>(?:\d++(?:\.\d*+)?|\.\d++)(?:[eE][+-]?\d++)?)
  | (?P<word>[^\W\d]\w*+)
  | (?P<mark>\^\^|&&|\|\||[!<>]=|.)
    ''',
    re.VERBOSE | re.DOTALL,
)
_OPENS, _CLOSES = frozenset("([{"), frozenset(")]}")
_HIDDEN = re.compile(r"\).*?\b(?:SERVICE|LOAD)\b", re.IGNORECASE)
_UNARY = re.compile(r"[!+\-^]{60}")
#: Where none of these letters occurs in a row, no such word does: what needs every token read is looked for only then.
_TELLING = ("SERVICE", "LOAD", *sorted(VOLATILE))
_SCHEME = re.compile(r"<[A-Za-z][A-Za-z0-9+.\-]*:")
_VARIABLE = re.compile(r"[?$]\w++")


@dataclass(frozen=True, slots=True)
class Token:
    """One token: its kind (a group of the pattern), its text and its offset in the decoded query."""

    kind: str
    text: str
    offset: int


@dataclass(frozen=True, slots=True)
class Analysis:
    """What the front process needs to know about a query.

    Attributes:
        form: SELECT, ASK, CONSTRUCT, DESCRIBE; empty when no such word occurs (then it is malformed).
        update: keyword of an update, or empty.
        services: what follows each SERVICE: an IRI without brackets, or empty for a variable or prefixed name.
        variables: how often a variable is written, in strings and comments too: a first guess at the cost.
        loose: whether there are many variables and most are in one place only, as in a cross product.
        volatile: whether two runs may differ by intent (NOW, RAND, UUID, new blank nodes ...), so that no answer may
            be kept.
    """

    form: str
    update: str
    services: tuple[str, ...]
    variables: int
    volatile: bool = False
    loose: bool = False

    @property
    def kind(self) -> QueryForm:
        """Return the kind of result; a malformed query counts as a table until the engine refuses it."""
        return FORMS.get(self.form, QueryForm.TABLE)

    @property
    def cost(self) -> int:
        """Guess the cost, 0 to 3: many variables that join nothing take longest, then many variables."""
        return _LOOSE if self.loose else sum(self.variables > edge for edge in _COST_EDGES)


def decode(text: str) -> str:
    r"""Decode `\\uXXXX` and `\\UXXXXXXXX` once; what is not a character stays as it is."""

    def character(match: re.Match[str]) -> str:
        code = int(match[1] or match[2], 16)
        return match[0] if code > sys.maxunicode or code in _SURROGATES else chr(code)

    return _ESCAPE.sub(character, text)


def unmarked(text: str) -> str:
    """Return a text without the byte order mark that editors of Windows write before it.

    Source: Unicode Standard, section 23.8. The grammar of SPARQL has no place for it.
    """
    return text.lstrip("\ufeff")


def tokens(text: str) -> Iterator[Token]:
    """Return the tokens of a query, spaces and comments left out; a character that fits nothing is a mark."""
    for match in _TOKEN.finditer(text):
        if match.lastgroup != "space":
            yield Token(match.lastgroup or "mark", match[0], match.start())


@dataclass(frozen=True, slots=True)
class Prologue:
    """What is before the form of a query: its base, and prefix -> namespace, in the order of the text."""

    base: str
    prefixes: dict[str, str]


def prologue(text: str, base: str = "") -> Prologue:
    """Read the prologue of a query.

    Args:
        text: the query, escapes not yet decoded.
        base: what relative IRIs are resolved against until the query declares a base.
    """
    prefixes: dict[str, str] = {}
    read = tokens(decode(text))
    for token in read:
        word = token.text.upper() if token.kind == "word" else ""
        if word == "BASE" and (space := next(read, None)) is not None:
            base = _resolved(base, space.text[1:-1])
        elif word == "PREFIX":
            name, space = next(read, None), next(read, None)
            if name and space and space.kind == "iri":
                prefixes[name.text.removesuffix(":")] = _resolved(base, space.text[1:-1])
        elif word in FORMS:
            break
    return Prologue(base, prefixes)


def _resolved(base: str, iri: str) -> str:
    """Resolve an IRI; the `#` at the end of a namespace stays, which `urljoin` drops, and so does what is none."""
    try:
        return urljoin(base, iri).removesuffix("#") + "#" * iri.endswith("#")
    except ValueError:
        return iri


def has_relative_iri(text: str) -> bool:
    """Return whether a query has an IRI that is relative to a base; each engine takes another one."""
    read = (token for token in tokens(decode(text)) if token.kind == "iri")
    return any(not _SCHEME.match(token.text) for token in read)


def analyse(query: str, depth: int = DEPTH) -> Analysis:
    """Read the outline of a query.

    Args:
        query: its text, escapes not yet decoded.
        depth: levels of brackets allowed.

    Raises:
        TooLarge: brackets are nested deeper, or signs repeated more often, than allowed.
    """
    text = decode(query) if "\\" in query else query
    _check_signs(text)
    outline = _Outline(depth)
    upper = text.upper()
    whole = any(word in upper for word in _TELLING) or sum(map(text.count, _OPENS)) > depth
    for match in _TOKEN.finditer(text):
        outline.read(match)
        if not whole and outline.form:
            break
    form, update, services = outline.form, outline.update, tuple(outline.services)
    written = _VARIABLE.findall(text)
    loose = _is_loose(len(set(written)), len(written) + text.count(";"))
    volatile = outline.volatile or (form == "CONSTRUCT" and _makes_nodes(text))
    return Analysis(form, update, services, len(written), volatile=volatile, loose=loose)


def _makes_nodes(text: str) -> bool:
    """Return whether the template of a CONSTRUCT, its first group, may make blank nodes."""
    read = dropwhile(lambda token: token.text != "{", tokens(text))
    return any(
        token.kind == "blank" or (token.kind == "mark" and token.text in _MAKING)
        for token in takewhile(lambda token: token.text != "}", read)
    )


def _is_loose(names: int, places: int) -> bool:
    """Return whether many variables are in one place only; a semicolon says its subject once more."""
    return names > _MANY and places < _SHARED * names


class _Outline:
    """What is gathered while the tokens of a query go by."""

    __slots__ = ("before", "deepest", "form", "level", "services", "update", "volatile")

    def __init__(self, deepest: int) -> None:
        self.deepest = deepest
        self.before = self.form = self.update = ""
        self.level = 0
        self.volatile = False
        self.services: list[str] = []

    def read(self, match: re.Match[str]) -> None:
        kind = match.lastgroup
        if kind == "space":
            return
        before, self.before = self.before, ""
        if kind == "mark":
            self._bracket(match)
        elif kind == "word":
            self._word(match[0].upper(), before)
        elif kind == "iri" and ")" in match[0] and _HIDDEN.search(match[0]):
            self.services.append("")
        if before == "SERVICE" and self.before != "SERVICE":
            self.services.append(match[0][1:-1] if kind == "iri" else "")

    def _word(self, word: str, before: str) -> None:
        self.before = "SERVICE" if before == "SERVICE" and word == "SILENT" else word
        if word in FORMS:
            self.form = self.form or word
        elif word in UPDATES:
            self.update = self.update or ("" if self.form else word)
        elif word in VOLATILE:
            self.volatile = True

    def _bracket(self, match: re.Match[str]) -> None:
        if match[0] in _OPENS:
            self.level += 1
            if self.level > self.deepest:
                place = position(match.string, match.start())
                raise TooLarge(f"brackets are nested deeper than {self.deepest} levels", *place)
        elif match[0] in _CLOSES:
            self.level -= 1


def guard(analysis: Analysis, allowed: frozenset[str] = frozenset()) -> None:
    """Refuse what this endpoint does not support.

    Args:
        analysis: of the query.
        allowed: services that the operator lists.

    Raises:
        Refused: an update, or a service that is not listed.
    """
    if analysis.update:
        raise Refused(f"this endpoint is read-only: {analysis.update} is an update")
    if any(service not in allowed for service in analysis.services):
        raise Refused("SERVICE is not allowed here: this endpoint sends no requests of its own")


def position(text: str, offset: int) -> tuple[int, int]:
    """Return line and column, both from 1, of an offset in a text."""
    before = text[:offset]
    return before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1


def written_offset(text: str, offset: int) -> int:
    """Return where a character of the decoded text is in the text as it is written."""
    for match in _ESCAPE.finditer(text):
        if match.start() >= offset:
            break
        offset += len(match[0]) - len(decode(match[0]))
    return offset


def _check_signs(text: str) -> None:
    """Refuse long runs of unary signs, which an engine that parses by recursion cannot take."""
    found = _UNARY.search(text)
    if found and not _in_literal(text, found.start()):
        raise TooLarge("too many operators in a row", *position(text, found.start()))


def _in_literal(text: str, offset: int) -> bool:
    """Return whether an offset is inside a string, IRI or comment."""
    for match in _TOKEN.finditer(text):
        if match.end() > offset:
            return match.lastgroup in {"string", "iri", "space"}
    return False
