"""One list of terms during compilation: its entries, the statements made of them, and what is wrong with them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cartkg.compile.context.statements import Statements, plain, term
from cartkg.diagnostics import Diagnostic
from cartkg.dossier.schema import meanings
from cartkg.nearest import question, suggest

if TYPE_CHECKING:
    from pathlib import Path

    from cartkg.compile.context.statements import Subject
    from cartkg.dossier.node import Node
    from cartkg.dossier.terms import Vocabulary, VocabularyTerm, WordList


@dataclass(slots=True)
class Listing:
    """One list.

    Attributes:
        kind: what its words are, such as `measure`.
        words: where it stands.
        path: its file.
        root: its content.
        terms: all words, to look up what entries name.
        facts: the statements made.
        diagnostics: what is wrong.
    """

    kind: str
    words: WordList
    path: Path
    root: Node
    terms: Vocabulary
    facts: Statements = field(default_factory=Statements)
    diagnostics: list[Diagnostic] = field(default_factory=list)

    @property
    def home(self) -> str:
        """The path below data/ttl, without suffix, of the file compiled from the list."""
        return f"shared/{self.words.stem}"

    @property
    def entries(self) -> list[Node]:
        """The entries of the list."""
        return self.root.children(self.words.key)

    def fault(self, node: Node, rule: str, message: str) -> None:
        """Report a problem at the line of a node."""
        place = node.place
        self.diagnostics.append(Diagnostic(self.path, place.line, place.column, f"list-{rule}", message))

    def subject(self, iri: str, *classes: str) -> Subject:
        """Return a subject of this list; `classes` are local names."""
        return self.facts.subject(iri, self.home, *classes)

    def word(self, enum: str, word: str | None) -> str | None:
        """Return the IRI of a word of a closed list; None when it has none."""
        return None if word is None else meanings(enum, self.words.source).get(word)

    def text(self, subject: Subject, predicate: str, node: Node, name: str) -> None:
        """Copy free texts to statements."""
        for value in node.texts(name):
            subject.add(term(predicate), plain(value))

    def named(self, node: Node, name: str, kind: str) -> list[VocabularyTerm]:
        """Return the words that a field of an entry names; an unknown one is a diagnostic with the nearest words."""
        found = []
        for item in node.children(name):
            word = str(item.value)
            known = self.terms.get(kind, word)
            if known is None:
                hint = question(self.terms.nearest(kind, word)) or "; no similar term was found"
                self.fault(item, f"unknown-{kind}", f"unknown {kind} `{word}`{hint}")
            else:
                found.append(known)
        return found

    def known(self, node: Node, names: list[str], what: str) -> str | None:
        """Return the name that a node contains if it is one of some names; another one is a diagnostic.

        Args:
            node: the node; None is returned where it is absent.
            names: what it may hold.
            what: what it must name, for messages.
        """
        if node.value is None:
            return None
        name = str(node.value)
        if name in names:
            return name
        hint = question(suggest(name, names)) or f"; known ids: {', '.join(names) or 'none'}"
        self.fault(node, "unknown-name", f"`{name}` is not the id of {what}{hint}")
        return None
