"""Lexicon: the words of dossiers in, the shared individuals they stand for out."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pyoxigraph import NamedNode, Quad, RdfFormat, parse

from cartkg.curation.facts import LABEL, RDF_TYPE
from cartkg.errors import SourceError
from cartkg.files import read_bytes
from cartkg.namespaces import BASE, SKOS, TERM

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from cartkg.curation.facts import Facts

_WORDS = frozenset({LABEL, f"{SKOS}altLabel", f"{SKOS}hiddenLabel"})
_WIDER = frozenset({f"{TERM}variantOf", f"{TERM}broaderMeasure"})
_DISEASE = "http://purl.obolibrary.org/obo/MONDO_"


@dataclass(frozen=True, slots=True)
class Entry:
    """One shared individual: its IRI and its label."""

    iri: str
    label: str

    @property
    def name(self) -> str:
        """The last part of the IRI, used in the IRIs built upon it."""
        return self.iri.rpartition("/")[2]


def normal(word: str) -> str:
    """Give the form in which words are compared: lower case, single spaces, plain quotes and dashes."""
    return " ".join(word.lower().replace("\u2019", "'").replace("\u2013", "-").split())


@dataclass(slots=True)
class Lexicon:
    """All shared individuals by kind (`measure`, `drug`, `disease` ...) and by word."""

    by_word: dict[str, dict[str, list[Entry]]] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    directions: dict[str, str] = field(default_factory=dict)
    classes: dict[str, set[str]] = field(default_factory=dict)
    patterns: dict[str, re.Pattern[str]] = field(default_factory=dict)
    written: dict[str, str] = field(default_factory=dict)
    names: dict[str, list[str]] = field(default_factory=dict)
    ranges: dict[str, list[str]] = field(default_factory=dict)
    wider: dict[str, set[str]] = field(default_factory=dict)

    def add(self, kind: str, word: str, entry: Entry) -> None:
        """Add one word for an individual."""
        entries = self.by_word.setdefault(kind, {}).setdefault(normal(word), [])
        if entry not in entries:
            entries.append(entry)
            entries.sort(key=lambda item: item.iri)
        self.patterns.pop(kind, None)
        self.written.setdefault(normal(word), word)

    def learn(self, facts: Facts) -> None:
        """Add the individuals of a file that is not yet written."""
        for subject in facts:
            label = subject.one(LABEL)
            if label:
                self.labels[subject.iri] = label
            for direction in subject.texts(f"{TERM}scoreDirection"):
                self.directions[subject.iri] = direction.removeprefix(TERM)
            self.classes.setdefault(subject.iri, set()).update(
                name.removeprefix(TERM) for name in subject.texts(RDF_TYPE)
            )
            kind = kind_of(subject.iri)
            for word in [word for predicate in _WORDS for word in subject.texts(predicate)] if kind else ():
                self.add(kind or "", word, Entry(subject.iri, label or word))

    def find(self, kind: str, word: str) -> list[Entry]:
        """Give the individuals a word stands for, several when it names several things; empty when unknown."""
        return self.by_word.get(kind, {}).get(normal(word), [])

    def scan(self, kind: str, text: str) -> list[Entry]:
        """Give the individuals named anywhere in a text, longest words first, in the order of the text."""
        if kind not in self.patterns:
            known = sorted(self.by_word.get(kind, {}), key=lambda word: (-len(word), word))
            choice = "|".join(re.escape(word) for word in known) or r"(?!)"
            self.patterns[kind] = re.compile(rf"(?<![\w-])(?:{choice})(?![\w])")
        found: list[Entry] = []
        for match in self.patterns[kind].finditer(normal(text)):
            found += [entry for entry in self.by_word[kind][match[0]] if entry not in found]
        return found

    def relatives(self, measure: str) -> set[str]:
        """Give the other forms of a measure: its variants, what it is a variant of, and what has the same wider one."""
        mine = {measure, *self.wider.get(measure, ())}
        return {other for other, theirs in self.wider.items() if mine & {other, *theirs}} - {measure}

    def named(self, iri: str) -> str:
        """Give the label of an individual; the last part of its IRI when it has none."""
        return self.labels.get(iri, iri.rpartition("/")[2])


def kind_of(iri: str) -> str | None:
    """Tell the kind of a shared individual from its IRI; None for anything else."""
    if iri.startswith(_DISEASE):
        return "disease"
    kind, slash, _ = iri.removeprefix(BASE).partition("/")
    return kind if slash and iri.startswith(BASE) else None


def _note(lexicon: Lexicon, quad: Quad) -> None:
    """Keep the score direction, the classes, the ranges and the wider measures of an individual."""
    if not isinstance(quad.subject, NamedNode) or not isinstance(quad.object, NamedNode):
        return
    if quad.predicate.value == f"{TERM}scoreDirection":
        lexicon.directions[quad.subject.value] = quad.object.value.removeprefix(TERM)
    elif quad.predicate.value == RDF_TYPE:
        lexicon.classes.setdefault(quad.subject.value, set()).add(quad.object.value.removeprefix(TERM))
    elif quad.predicate.value == f"{TERM}hasScoreRange":
        lexicon.ranges.setdefault(quad.subject.value, []).append(quad.object.value)
    elif quad.predicate.value in _WIDER:
        lexicon.wider.setdefault(quad.subject.value, set()).add(quad.object.value)


def read_lexicon(files: Iterable[Path]) -> Lexicon:
    """Read the labels of all individuals in the files of `data/ttl/shared`.

    Raises:
        SourceError: a file cannot be read or is no Turtle.
    """
    lexicon = Lexicon()
    for path in files:
        found: list[tuple[str, str, str]] = []
        try:
            for quad in parse(read_bytes(path), format=RdfFormat.TURTLE):
                _note(lexicon, quad)
                if quad.predicate.value in _WORDS and isinstance(quad.subject, NamedNode):
                    found.append((quad.subject.value, quad.predicate.value, getattr(quad.object, "value", "")))
        except SyntaxError as error:
            raise SourceError(
                f"is no Turtle: {error.msg}; run cartkg check", path, error.lineno, error.offset
            ) from error
        lexicon.labels.update({subject: word for subject, predicate, word in found if predicate == LABEL})
        for subject, predicate, word in found:
            kind = kind_of(subject)
            if kind:
                if predicate != f"{SKOS}hiddenLabel":
                    lexicon.names.setdefault(subject, []).append(word)
                lexicon.add(kind, word, Entry(subject, lexicon.labels.get(subject, word)))
    return lexicon
