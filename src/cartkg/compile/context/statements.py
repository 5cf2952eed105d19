"""Statements gathered by subject, each subject with its file."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias

from pyoxigraph import Literal, NamedNode

from cartkg.namespaces import BASE, RDF, RDFS, TERM, XSD

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Term: TypeAlias = NamedNode | Literal

RDF_TYPE = f"{RDF}type"
LABEL = f"{RDFS}label"
ROW = f"{TERM}dossierRow"


def iri(kind: str, *parts: str) -> str:
    """Return the IRI of a data subject, its parts joined by slashes."""
    return BASE + "/".join((kind, *parts))


def term(local: str) -> str:
    """Return the IRI of a term of our ontology."""
    return TERM + local


def number_text(value: Decimal | int) -> str:
    """Write a number without an exponent and without needless zeros."""
    text = format(Decimal(value), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def decimal(value: Decimal | int) -> Literal:
    """Return an xsd:decimal literal."""
    text = number_text(value)
    return Literal(text if "." in text else f"{text}.0", datatype=NamedNode(f"{XSD}decimal"))


def count(value: int) -> Literal:
    """Return an xsd:nonNegativeInteger literal."""
    return Literal(str(value), datatype=NamedNode(f"{XSD}nonNegativeInteger"))


def integer(value: int) -> Literal:
    """Return an xsd:integer literal."""
    return Literal(str(value), datatype=NamedNode(f"{XSD}integer"))


def typed(value: str, datatype: str) -> Literal:
    """Return a literal of one XML Schema datatype, named by its local name."""
    return Literal(value, datatype=NamedNode(XSD + datatype))


def plain(value: str) -> Literal:
    """Return a text without language; line breaks become single spaces."""
    return Literal(" ".join(value.split()))


def listed(names: Iterable[str]) -> Literal | None:
    """Return names as one text, in order and joined by ` + `; None when there are none."""
    kept = sorted(set(filter(None, names)))
    return plain(" + ".join(kept)) if kept else None


def words(value: str) -> Literal:
    """Return an English text; line breaks become single spaces."""
    return Literal(" ".join(value.split()), language="en")


@dataclass(slots=True)
class Subject:
    """One subject: its statements, and the file (path below data/ttl without suffix) that describes it."""

    iri: str
    home: str
    values: dict[str, set[Term]] = field(default_factory=dict)

    def add(self, predicate: str, value: Term | str | None) -> None:
        """Add one statement; a plain string is an IRI, None adds nothing."""
        if value is not None:
            self.values.setdefault(predicate, set()).add(NamedNode(value) if isinstance(value, str) else value)

    def one(self, predicate: str) -> str | None:
        """Return the text of one value, the first in order, or None."""
        return min((value.value for value in self.values.get(predicate, ())), default=None)

    def texts(self, predicate: str) -> list[str]:
        """Return the texts of all values in order."""
        return sorted(value.value for value in self.values.get(predicate, ()))


@dataclass(slots=True)
class Statements:
    """Subjects in the order in which they were first named."""

    subjects: dict[str, Subject] = field(default_factory=dict)

    def subject(self, name: str, home: str, *kinds: str) -> Subject:
        """Return the subject with this IRI, made when new; `kinds` are local names of its classes."""
        found = self.subjects.setdefault(name, Subject(name, home))
        for kind in kinds:
            found.add(RDF_TYPE, term(kind))
        return found

    def __iter__(self) -> Iterator[Subject]:
        return iter(self.subjects.values())
