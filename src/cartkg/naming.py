"""Find the one thing that a reader's word names: the only place where names of things are looked up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cartkg.errors import QueryError
from cartkg.namespaces import word_of
from cartkg.nearest import fold, spelling, suggest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_SHOWN = 4


@dataclass(frozen=True, slots=True)
class Nameable:
    """One thing that can be named.

    Attributes:
        iri: the term.
        label: its name for people.
        names: other names and identifiers under which it is found.
        used: whether the data contain anything on it.
    """

    iri: str
    label: str
    names: tuple[str, ...] = ()
    used: bool = True

    @property
    def word(self) -> str:
        """Return the short name that a reader writes: `MONDO:0007915`, `doris-remission`, `cd19`."""
        return word_of(self.iri)

    @property
    def all_names(self) -> tuple[str, ...]:
        """Return every name that finds it but its IRI."""
        return (self.word, self.iri.rpartition("/")[2], self.label, *self.names)


def find(kind: str, word: str, choices: Iterable[Nameable]) -> Nameable:
    """Return the thing that a word names.

    It is looked for by its IRI, its short name, its label, another name, and these in another spelling (accents,
    umlauts, hyphens), in this order.

    Args:
        kind: what is looked for, for messages.
        word: what the reader wrote.
        choices: what there is.

    Raises:
        QueryError: no thing has this name, or several have; it names them, or the nearest.
    """
    known = list(choices)
    asked, spelt = fold(word), spelling(word)
    ways: tuple[Callable[[Nameable], bool], ...] = (
        lambda each: each.iri == word,
        lambda each: asked in map(fold, each.all_names[:2]),
        lambda each: fold(each.label) == asked,
        lambda each: asked in map(fold, each.names),
        lambda each: bool(spelt) and spelt in map(spelling, each.all_names),
    )
    for way in ways:
        found = [each for each in known if way(each)]
        if len(found) == 1:
            return found[0]
        if found:
            names = ", ".join(each.word for each in found[:_SHOWN])
            raise QueryError(f"{kind} {word!r} may be {names}; write one of these")
    by_name = {name: each for each in reversed(known) for name in (each.word, each.label, *each.names)}
    near = dict.fromkeys(f"{by_name[name].word} ({by_name[name].label})" for name in suggest(word, by_name, _SHOWN))
    hint = f"; did you mean {' or '.join(near)}?" if near else ""
    raise QueryError(f"there is no {kind} {word!r} in the graph{hint}")
