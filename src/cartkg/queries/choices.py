"""Bind a reader's choices to the parameters of a question, each as a term.

A choice is never pasted as text: a word is looked up in the list of its parameter, a number or a date becomes a typed
literal, and what is in the query is the term as pyoxigraph writes it. The lists are queries of their own,
`queries/lists/<kind>.rq`, so they hold what the data contain.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

from pyoxigraph import Literal, NamedNode

from cartkg.errors import QueryError
from cartkg.files import list_files, read_text
from cartkg.namespaces import XSD, word_of
from cartkg.naming import Nameable, find
from cartkg.nearest import fold
from cartkg.queries.header import unknown
from cartkg.queries.model import SCALARS

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Mapping
    from pathlib import Path

    from cartkg.queries.answers import Rows
    from cartkg.queries.model import LeftOut, Parameter, Question

    Lists = Callable[[str], "tuple[Nameable, ...]"]

_FORMS = {
    "number": (re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9})?\Z"), "decimal", "a number, for instance 6"),
    "date": (re.compile(r"[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])\Z"), "date", "a date, YYYY-MM-DD"),
    "country": (re.compile(r"[A-Z]{2}\Z"), "", "a code of two capital letters, for instance DE"),
}
#: A line that is a comment; no string of a question spans lines.
_COMMENT = re.compile(r"^[ \t]*#.*\n", re.MULTILINE)
_FREE = re.compile(
    r"(?:FILTER EXISTS |\{\s*SELECT DISTINCT \?\w+ WHERE )?\{\s*VALUES \?(?P<name>\w+)Parameter \{ UNDEF \}"
    r"|VALUES \?(?P<bound>\w+)Parameter \{ UNDEF \}\s*FILTER(?=\(!BOUND\(\?(?P=bound)Parameter\) \|\| )"
)
#: The name under which settings say what is not to be left out.
WITH = "with"


@dataclass(frozen=True, slots=True)
class ChosenValues:
    """What a reader chose in a question.

    Attributes:
        question: the question.
        terms: the terms by parameter; a parameter without any is free.
        words: how they read, by parameter.
        kept: names of what is not left out.
    """

    question: Question
    terms: Mapping[str, tuple[NamedNode | Literal, ...]]
    words: Mapping[str, tuple[str, ...]]
    kept: frozenset[str] = frozenset()

    @property
    def text(self) -> str:
        """Return the query with the terms in their places, as it is asked.

        It has no comments, which would make each link to it long, and no condition on a parameter that is free: such a
        condition lets everything pass, and costs time for each row.
        """
        return self._bound(_without_free(_COMMENT.sub("", self.question.text), self.terms))

    @property
    def document(self) -> str:
        """Return the query with the terms in their places, its head and its comments."""
        return self._bound(self.question.text)

    def _bound(self, text: str) -> str:
        for name, terms in self.terms.items():
            shown = " ".join(str(term) for term in terms)
            text = text.replace(f"VALUES ?{name}Parameter {{ UNDEF }}", f"VALUES ?{name}Parameter {{ {shown} }}")
        for name in sorted(self.kept):
            text = text.replace(f"VALUES ?{name}Parameter {{ false }}", f"VALUES ?{name}Parameter {{ true }}")
        return text

    def keeping(self, left_out: LeftOut) -> ChosenValues:
        """Return the same choice, but with what one default leaves out."""
        return replace(self, kept=self.kept | {left_out.name})


def _without_free(text: str, chosen: Container[str]) -> str:
    """Leave out the groups, sub-selects and filters that begin with a parameter which is free.

    The text is that of the file, before any value is in it, so that no value can look like a condition.
    """
    start = 0
    while match := _FREE.search(text, start):
        start = match.start()
        if (match["name"] or match["bound"]) in chosen:
            start = match.end()
            continue
        opening, closing = "{}" if match["name"] else "()"
        depth, end = 1, text.index(opening, match.start()) + 1
        while depth:
            depth += (text[end] == opening) - (text[end] == closing)
            end += 1
        before = text[: match.start()].rstrip()
        text, start = before + text[end:], len(before)
    return text


def list_text(folder: Path, kind: str) -> str:
    """Return the query behind a list of a project's folder of questions.

    Raises:
        QueryError: there is no such list.
    """
    files = {path.stem: path for path in list_files(folder / "lists", ".rq").files}
    if kind not in files:
        raise QueryError(unknown("list", kind, sorted(files)))
    return read_text(files[kind])


def read_list(rows: Rows) -> tuple[Nameable, ...]:
    """Return the values of a list from the rows of its query: value, label, name, used."""
    places = {name: rows.variables.index(name) for name in ("value", "label", "name", "used")}
    found: dict[str, Nameable] = {}
    for row in rows.rows:
        iri, label, name, used = (row[places[column]] for column in ("value", "label", "name", "used"))
        known = found.get(iri, Nameable(iri, label or word_of(iri), (), used == "true"))
        found[iri] = replace(known, names=(*known.names, name)) if name else known
    return tuple(sorted(found.values(), key=lambda each: (fold(each.label), each.iri)))


def choose(question: Question, settings: Iterable[tuple[str, str]], lists: Lists) -> ChosenValues:
    """Return what settings choose in a question.

    Args:
        question: the question.
        settings: pairs of a parameter and a word; `with` names what is not to be left out.
        lists: gives the values of a kind of parameter.

    Raises:
        QueryError: a parameter or a value does not exist, or is of the wrong type; it names the nearest.
    """
    lists = cache(lists)  # several values of one parameter are looked up in one list
    parameters = {parameter.name: parameter for parameter in question.parameters}
    left_out = {each.name for each in question.leaves_out}
    terms: dict[str, tuple[NamedNode | Literal, ...]] = {}
    words: dict[str, tuple[str, ...]] = {}
    kept: set[str] = set()
    for name, word in settings:
        if name == WITH:
            if word not in left_out:
                raise QueryError(unknown("rows that are left out", word, sorted(left_out)))
            kept.add(word)
        elif name not in parameters:
            raise QueryError(unknown("parameter", name, [*parameters, *([WITH] if left_out else [])]))
        else:
            term, shown = _term(parameters[name], word, lists)
            if name in terms and parameters[name].kind in SCALARS:
                raise QueryError(f"{name} takes only one value; give it once")
            terms[name] = (*terms.get(name, ()), term)
            words[name] = (*words.get(name, ()), shown)
    return ChosenValues(question, terms, words, frozenset(kept))


def _term(parameter: Parameter, word: str, lists: Lists) -> tuple[NamedNode | Literal, str]:
    if parameter.kind in SCALARS:
        form, datatype, usage = _FORMS[parameter.kind]
        if form.match(word) is None:
            raise QueryError(f"{parameter.name} is {usage}, not {word!r}")
        return (Literal(word, datatype=NamedNode(XSD + datatype)) if datatype else Literal(word)), word
    choice = find(parameter.name, word, lists(parameter.kind))
    return NamedNode(choice.iri), choice.label
