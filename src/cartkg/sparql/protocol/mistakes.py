"""Recognise common mistakes in SPARQL from the tokens of a malformed query; no I/O.

Each rule recognises one kind of mistake by the tokens around it. What it finds is a mistake only where the engine
gave up no earlier, so that a rule may be wider than the grammar; the caller keeps to that.

Source: SPARQL 1.1 Query Language section 19.8 (grammar); what users of SPARQL endpoints report.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise, takewhile
from typing import TYPE_CHECKING

from cartkg.nearest import suggest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from cartkg.evaluation.syntax import Token

_KEYWORDS = frozenset({
    "a", "as", "asc", "ask", "base", "bind", "by", "construct", "default", "desc", "describe", "distinct",
    "exists", "false", "filter", "from", "graph", "group", "having", "in", "limit", "minus", "named", "not",
    "offset", "optional", "order", "prefix", "reduced", "select", "separator", "service", "silent", "true",
    "undef", "union", "values", "where",
})  # fmt: skip
_FUNCTIONS = frozenset({
    "abs", "adjust", "avg", "bnode", "bound", "ceil", "coalesce", "concat", "contains", "count", "datatype",
    "day", "encode_for_uri", "floor", "group_concat", "hours", "if", "iri", "isblank", "isiri", "isliteral",
    "isnumeric", "istriple", "isuri", "lang", "langmatches", "lcase", "max", "md5", "min", "minutes", "month",
    "now", "object", "predicate", "rand", "regex", "replace", "round", "sameterm", "sample", "seconds", "sha1",
    "sha256", "sha384", "sha512", "str", "strafter", "strbefore", "strdt", "strends", "strlang", "strlen",
    "strstarts", "struuid", "subject", "substr", "sum", "timezone", "triple", "tz", "ucase", "uri", "uuid",
    "year",
})  # fmt: skip
_KNOWN = sorted(word.upper() for word in _KEYWORDS | _FUNCTIONS if len(word) > 1)
_BARE = _FUNCTIONS - {"subject", "predicate", "object", "triple"}
#: Words of other languages -> what SPARQL writes.
_FOREIGN = {
    "A": "write a in lower case",
    "AND": "write && for and",
    "OR": "write || for or",
    "LIKE": 'SPARQL has no LIKE; write CONTAINS(?text, "part") or REGEX(?text, "pattern")',
    "NULL": "SPARQL has no NULL; write !BOUND(?variable)",
    "IS": "SPARQL has no IS; write BOUND(?variable) or !BOUND(?variable)",
    "JOIN": "SPARQL has no JOIN; patterns that share a variable are joined",
    "TOP": "write LIMIT and the number at the end of the query",
    "BETWEEN": "write ?x >= low && ?x <= high",
    "MOD": "SPARQL has no remainder; write ?a - ?b * FLOOR(?a / ?b)",
    "STARTSWITH": "write STRSTARTS",
    "ENDSWITH": "write STRENDS",
    "SUBSTRING": "write SUBSTR",
    "LENGTH": "write STRLEN",
    "TOLOWER": "write LCASE",
    "TOUPPER": "write UCASE",
    "ELSE": "write IF(condition, value, other value)",
    "THEN": "write IF(condition, value, other value)",
}
_SIGNS = dict.fromkeys("\u201c\u201d\u201e\u00ab\u00bb", '"') | dict.fromkeys("\u2018\u2019", "'") | {
    "\u2264": "<=", "\u2265": ">=", "\u2260": "!=", "\u2013": "-", "\u2014": "-", "\u2212": "-",
    "\uff0c": ",", "\uff1b": ";", "\uff08": "(", "\uff09": ")", "\u2026": "the rest of the query",
}  # fmt: skip
_INVISIBLE = dict.fromkeys("\u200b\u200c\u200d\u2060", "a zero-width character") | {
    "\u00a0": "a no-break space", "\u2007": "a figure space", "\u202f": "a narrow no-break space",
    "\ufeff": "a byte order mark", "\u3000": "a wide space",
}  # fmt: skip
_TWISTED = {"==": "=", "=>": ">=", "=<": "<="}
_COMMENT = re.compile(r"#[^\n\r]*")
_TERMS = frozenset({"variable", "iri", "name", "string", "number", "blank"})
_GROUPS = frozenset({"OPTIONAL", "UNION", "MINUS", "EXISTS", "WHERE"})
_TRIPLE = 3
#: Tokens that are looked at beyond the place at which the engine gave up.
_AHEAD = 40
#: Where terms are not parts of triples, or are parts of a path: too few to be counted as a triple.
_NOT_HERE = -1_000_000
_SHORT_TRIPLE = "a triple needs a subject, a property and a value before this"
_OPENING = frozenset("([{")
_BEFORE_TRIPLES = frozenset({"FILTER", "BIND", "OPTIONAL", "MINUS", "UNION", "GRAPH", "NOT", "EXISTS"})
_OPERATORS = frozenset({"=", "!=", "<", ">", "<=", ">=", "&&", "||", "+", "-", "*"})
_AS_AND_NAME = 2
#: How many terms of a triple go on after a sign.
_HELD = {";": 1, ",": 2}
_LIKE = 0.7
#: Letters of a word that is too short to be taken for a misspelt one.
_SHORT = 2


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong, and the offset in the decoded query at which it is."""

    offset: int
    message: str


def mistakes(text: str, found: Sequence[Token], last: int) -> Iterator[Mistake]:
    """Find the mistakes in a query up to an offset, the most certain kinds first; what follows is hardly examined."""
    looked_at = [*takewhile(lambda token: token.offset <= last, found)]
    looked_at += found[len(looked_at) : len(looked_at) + _AHEAD]
    for rule in _RULES:
        yield from (mistake for mistake in rule(text, looked_at) if mistake.offset <= last)


def _end(token: Token) -> int:
    return token.offset + len(token.text)


def _word(token: Token | None) -> str:
    return token.text.upper() if token is not None and token.kind == "word" else ""


def _adjacent(one: Token, other: Token) -> bool:
    return _end(one) == other.offset


def _characters(text: str, found: Sequence[Token]) -> Iterator[Mistake]:
    """Characters that word processors and web pages put in."""
    start = 0
    for token in found:
        gap = text[start : token.offset]
        shown = _COMMENT.sub(lambda match: " " * len(match[0]), gap)
        for at, character in enumerate(shown):
            if character in _INVISIBLE:
                yield Mistake(start + at, f"there is {_INVISIBLE[character]} here; write a plain space")
        if token.text in _SIGNS:
            yield Mistake(token.offset, f"{token.text} is not a SPARQL operator; write {_SIGNS[token.text]}")
        elif token.text in _INVISIBLE:
            yield Mistake(token.offset, f"there is {_INVISIBLE[token.text]} here; write a plain space")
        start = _end(token)


def _operators(text: str, found: Sequence[Token]) -> Iterator[Mistake]:
    """Signs of other languages."""
    for one, other in pairwise(found):
        both = one.text + other.text
        if _adjacent(one, other) and one.kind == "mark":
            if both in _TWISTED:
                yield Mistake(one.offset, f"write {_TWISTED[both]} instead of {both}")
            elif both in {"//", "--"} and text[one.offset - 1 : one.offset].isspace():
                yield Mistake(one.offset, f"{both} does not begin a comment; write #")
        if one.text == "<>":
            yield Mistake(one.offset, "write != instead of <>")
        elif one.text == "&" and other.kind in {"variable", "word"}:
            yield Mistake(one.offset, "write && for and")
        elif one.text == "%":
            yield Mistake(one.offset, "SPARQL has no remainder; write ?a - ?b * FLOOR(?a / ?b)")


def _prologue(_: str, found: Sequence[Token]) -> Iterator[Mistake]:
    """Declarations of prefixes."""
    begun = False
    for at, token in enumerate(found):
        word = _word(token)
        begun |= word in {"SELECT", "ASK", "CONSTRUCT", "DESCRIBE"}
        if token.kind == "tag" and token.text.lower() in {"@prefix", "@base"}:
            yield Mistake(token.offset, f"write {token.text[1:].upper()} without @ and without the final full stop")
        if word != "PREFIX":
            continue
        if begun:
            yield Mistake(token.offset, "PREFIX stands before SELECT, ASK, CONSTRUCT or DESCRIBE")
        name, space, after = (*found[at + 1 : at + 4], None, None, None)[:3]
        if name is not None and name.kind == "word":
            yield Mistake(_end(name), f"a colon is missing; write PREFIX {name.text}:")
        elif name is not None and space is not None and space.kind != "iri":
            yield Mistake(space.offset, f"put the namespace of {name.text} between < and >")
        elif after is not None and after.text in {".", ";"}:
            yield Mistake(after.offset, f"PREFIX has no {after.text} at its end")


def _projection(_: str, found: Sequence[Token]) -> Iterator[Mistake]:
    """What stands between SELECT and its pattern."""
    chosen, depth = False, 0
    for at, token in enumerate(found):
        word = _word(token)
        if word == "SELECT":
            chosen, depth = True, 0
        elif chosen and (word in {"WHERE", "FROM"} or token.text == "{"):
            chosen = False
        elif chosen:
            depth += (token.text == "(") - (token.text == ")")
            after = found[at + 1] if at + 1 < len(found) else None
            if depth == 0 and token.text == ",":
                yield Mistake(token.offset, "variables of SELECT are separated by spaces, not commas")
            elif depth == 0 and word.lower() in _FUNCTIONS:
                yield Mistake(token.offset, f"an expression needs parentheses and a name: ({word}(...) AS ?name)")
            elif depth == 0 and word == "AS":
                yield Mistake(token.offset, "an expression needs parentheses and a name: (... AS ?name)")
            elif token.text == "(" and depth == 1 and not _named(found, at):
                yield Mistake(token.offset, "an expression in SELECT needs a name: (... AS ?name)")
            elif word == "AS" and after is not None and after.kind != "variable":
                yield Mistake(after.offset, "a variable follows AS, such as ?name")


def _named(found: Sequence[Token], at: int) -> bool:
    """Return whether the bracket that opens at a token ends by AS and a variable."""
    closing = _closing(found, at)
    return closing is None or (closing - at > _AS_AND_NAME and _word(found[closing - 2]) == "AS")


def _closing(found: Sequence[Token], at: int) -> int | None:
    """Return where the bracket that opens at a token is closed."""
    depth = 0
    for place in range(at, len(found)):
        depth += (found[place].text == "(") - (found[place].text == ")")
        if depth == 0:
            return place
    return None


def _brackets(_: str, found: Sequence[Token]) -> Iterator[Mistake]:
    """Words that want a bracket after them."""
    for at, (one, other) in enumerate(pairwise(found)):
        word = _word(one)
        if word in {"FILTER", "HAVING"} and _word(other).lower() in _BARE and _goes_on(found, at + 2):
            yield Mistake(other.offset, f"( is missing after {word}: the whole condition goes in parentheses")
        elif word in {"FILTER", "HAVING"} and (other.kind in {"variable", "number", "string"} or other.text == "!"):
            yield Mistake(other.offset, f"( is missing after {word}")
        elif word == "BIND" and other.text != "(":
            yield Mistake(other.offset, "( is missing after BIND")
        elif word == "GRAPH" and other.text == "{":
            yield Mistake(other.offset, "the name of a graph or a variable is missing after GRAPH")
        elif word == "CONSTRUCT" and other.text != "{" and _word(other) not in {"WHERE", "FROM"}:
            yield Mistake(other.offset, "{ is missing after CONSTRUCT")
        elif word in _GROUPS and other.text != "{":
            yield Mistake(other.offset, f"{{ is missing after {word}")
        elif word == "IN" and other.text != "(":
            yield Mistake(other.offset, "( is missing after IN; write IN (one, other)")
        elif word.lower() in _BARE and other.text != "(" and word != "SAMPLE":
            yield Mistake(other.offset, f"( is missing after {word}")


def _goes_on(found: Sequence[Token], at: int) -> bool:
    """Return whether an operator follows the bracket that opens at a token."""
    closing = _closing(found, at) if at < len(found) else None
    return closing is not None and closing + 1 < len(found) and found[closing + 1].text in _OPERATORS


def _places(_: str, found: Sequence[Token]) -> Iterator[Mistake]:
    """Order, groups and limits that are inside the pattern, or in the wrong order."""
    selects = [True]
    limited = False
    for token in found:
        word = _word(token)
        if token.text == "{":
            selects.append(False)
        elif token.text == "}" and len(selects) > 1:
            selects.pop()
            limited = False
        elif word == "SELECT":
            selects[-1] = True
        elif word in {"ORDER", "GROUP", "HAVING", "LIMIT", "OFFSET"}:
            if not selects[-1]:
                yield Mistake(token.offset, f"{word} goes after the closing brace of the pattern")
            elif limited and word not in {"LIMIT", "OFFSET"}:
                yield Mistake(token.offset, f"{word} goes before LIMIT and OFFSET")
            limited |= word in {"LIMIT", "OFFSET"}


def _modifiers(_: str, found: Sequence[Token]) -> Iterator[Mistake]:
    """What follows the pattern: order, groups, limits."""
    for at, token in enumerate(found):
        word = _word(token)
        before = found[at - 1] if at else None
        after = found[at + 1] if at + 1 < len(found) else None
        if word in {"ORDER", "GROUP"} and _word(after) != "BY":
            yield Mistake(_end(token), f"BY is missing after {word}")
        elif word in {"LIMIT", "OFFSET"} and (after is None or after.kind != "number"):
            yield Mistake(after.offset if after else _end(token), f"a whole number follows {word}")
        elif word in {"LIMIT", "OFFSET"} and at + 2 < len(found) and found[at + 2].text == ",":
            yield Mistake(found[at + 2].offset, f"one number follows {word}; write LIMIT 10 OFFSET 20")
        elif word in {"ASC", "DESC"} and before is not None and before.kind == "variable":
            if after is None or after.text != "(":
                yield Mistake(token.offset, f"write {word}({before.text}) instead of {before.text} {word}")
        elif word == "VALUES" and after is not None and after.kind == "variable":
            opens, _value, comma = (*found[at + 2 : at + 5], None, None, None)[:3]
            if opens is not None and opens.text != "{":
                yield Mistake(opens.offset, "{ is missing: write VALUES ?x { one other }")
            elif comma is not None and comma.text == ",":
                yield Mistake(comma.offset, "values are separated by spaces, not commas")


def _literals(_: str, found: Sequence[Token]) -> Iterator[Mistake]:
    """Types, languages and numbers."""
    for one, other in pairwise(found):
        if one.text == "^^" and other.kind == "word":
            yield Mistake(other.offset, f"a type needs a prefix: write ^^xsd:{other.text}")
        elif one.kind == "tag" and _adjacent(one, other) and other.text.startswith("_"):
            yield Mistake(other.offset, f"write {one.text}-... with a hyphen")
        elif one.kind == "number" and other.kind == "word" and _adjacent(one, other):
            yield Mistake(other.offset, f"{one.text}{other.text} is neither a number nor a name")


def _names(text: str, found: Sequence[Token]) -> Iterator[Mistake]:
    """Names with a slash, addresses that hold a space or have no end."""
    for one, other, third in zip(found, found[1:], found[2:], strict=False):
        slash = one.kind == "name" and other.text == "/" and _adjacent(one, other) and _adjacent(other, third)
        if slash and third.kind in {"word", "number"} and third.text != "a":
            whole = f"write {one.text}\\/{third.text}, or the whole address between < and >"
            yield Mistake(other.offset, f"a prefixed name cannot contain a slash: {whole}")
    for token in found:
        if token.text == "<" and re.match(r"<(?:https?|urn|mailto):", text[token.offset :]):
            yield Mistake(token.offset, "the address that starts here has a space or no >")


def _words(_: str, found: Sequence[Token]) -> Iterator[Mistake]:
    """Words of other languages, and misspelt ones."""
    for at, token in enumerate(found):
        word = _word(token)
        after = found[at + 1] if at + 1 < len(found) else None
        if token.text == "a" or (word != "A" and word.lower() in _KEYWORDS | _FUNCTIONS) or not word:
            if word == "NOT" and _word(after) not in {"EXISTS", "IN"}:
                yield Mistake(token.offset, "write ! for not")
            continue
        if word in _FOREIGN:
            yield Mistake(token.offset, _FOREIGN[word])
        elif close := _close(word):
            yield Mistake(token.offset, f"{token.text} is not a SPARQL keyword; did you mean {close}?")
        else:
            kinds = f"write ?{token.text} for a variable, a prefix and a colon before a name, or quotes around text"
            yield Mistake(token.offset, f"{token.text} is not a SPARQL keyword; {kinds}")


def _close(word: str) -> str:
    """Return the word of SPARQL that a word is most like; empty when it is like none."""
    close = suggest(word, _KNOWN, 1) if len(word) > _SHORT else ()
    return close[0] if close and SequenceMatcher(None, word, close[0]).ratio() >= _LIKE else ""


def _points(_: str, found: Sequence[Token]) -> Iterator[Mistake]:
    """Triples without a point between them, or with a part too few."""
    outer: list[tuple[str, int]] = []
    last: Token | None = None
    place, terms = "", _NOT_HERE
    for token in found:
        if token.text in _OPENING:
            outer.append((place, terms))
            values = place == "VALUES" or token.text == "("
            place, terms = token.text, _NOT_HERE if values else 1 if token.text == "[" else 0
        elif token.text in {")", "]", "}"}:
            if token.text == "}" and terms in {1, 2}:
                yield Mistake(token.offset, _SHORT_TRIPLE)
            place, terms = outer.pop() if outer else ("", _NOT_HERE)
            terms = _after(token.text, place, terms)
        elif token.kind == "word" and token.text != "a":
            place = "VALUES" if _word(token) == "VALUES" else "{" if outer else ""
            terms = 0 if _word(token) in _BEFORE_TRIPLES and place == "{" else _NOT_HERE
        elif token.kind in _TERMS or token.text == "a":
            if terms == _TRIPLE and last is not None:
                yield Mistake(_end(last), f"a full stop is missing between {last.text} and {token.text}")
                terms = 0
            terms, last = terms + 1, token
        elif token.text == "." and place == "{":
            if terms in {1, 2}:
                yield Mistake(token.offset, _SHORT_TRIPLE)
            terms = 0
        else:
            terms = _HELD.get(token.text, _NOT_HERE) if terms == _TRIPLE else _NOT_HERE


def _after(bracket: str, place: str, terms: int) -> int:
    """Return how many terms of a triple there are after a bracket that closes, in the place around it."""
    if bracket == "}":
        return 0 if place == "{" else terms
    return terms + 1 if bracket == "]" or terms > 0 else terms


def _scope(_: str, found: Sequence[Token]) -> Iterator[Mistake]:
    """Variables that BIND names although they have a value already."""
    seen: list[set[str]] = [set()]
    for at, token in enumerate(found):
        if token.text == "{":
            seen.append(set())
        elif token.text == "}" and len(seen) > 1:
            inner = seen.pop()
            seen[-1] |= inner
        elif token.kind == "variable":
            if at and _word(found[at - 1]) == "AS" and len(seen) > 1 and token.text[1:] in seen[-1]:
                yield Mistake(token.offset, f"{token.text} already has a value; choose another name after AS")
            seen[-1].add(token.text[1:])


_RULES: tuple[Callable[[str, Sequence[Token]], Iterator[Mistake]], ...] = (
    _characters, _prologue, _operators, _literals, _names, _places, _modifiers, _words, _projection, _brackets, _points,
    _scope,
)  # fmt: skip
