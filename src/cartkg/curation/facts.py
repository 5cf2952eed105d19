"""Facts: statements gathered by subject, each subject with the file it lives in."""

from __future__ import annotations

import re
import unicodedata
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
#: Kind and slug of those who wrote the dossiers, and who speak where no report does.
READERS = ("organization", "readers-of-the-reports")
_GERMAN = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "µ": "u", "\u03b1": "alpha", "\u03b2": "beta", "\u03b3": "gamma"}
)


def slug(text: str, words: int = 0) -> str:
    """Give a readable name for an IRI: lower-case letters, digits and hyphens.

    Args:
        text: any words.
        words: keep at most this many words; 0 keeps all.

    Example:
        >>> slug("Tübingen: CK (U/L)")
        'tuebingen-ck-u-l'
    """
    plain = unicodedata.normalize("NFKD", text.lower().translate(_GERMAN))
    plain = plain.replace("%", " percent ").replace("+", " pos ").replace("'", "").replace("\u2019", "")
    parts = [
        part for part in re.split(r"[^a-z0-9]+", "".join(c for c in plain if not unicodedata.combining(c))) if part
    ]
    return "-".join(parts[:words] if words else parts)


def iri(kind: str, *parts: str) -> str:
    """Give the IRI of a data subject, its slug parts joined by slashes."""
    return BASE + "/".join((kind, *parts))


def term(local: str) -> str:
    """Give the IRI of a term of our ontology."""
    return TERM + local


def number_text(value: float | Decimal) -> str:
    """Write a number without exponent and without needless zeros."""
    exact = value if isinstance(value, Decimal) else Decimal(str(value))
    text = format(exact, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def decimal(value: float | Decimal) -> Literal:
    """Give an xsd:decimal literal."""
    text = number_text(value)
    return Literal(text if "." in text else f"{text}.0", datatype=NamedNode(f"{XSD}decimal"))


def count(value: int) -> Literal:
    """Give an xsd:nonNegativeInteger literal."""
    return Literal(str(value), datatype=NamedNode(f"{XSD}nonNegativeInteger"))


def integer(value: int) -> Literal:
    """Give an xsd:integer literal."""
    return Literal(str(value), datatype=NamedNode(f"{XSD}integer"))


def typed(value: str, datatype: str) -> Literal:
    """Give a literal of one XML Schema datatype, named by its local name."""
    return Literal(value, datatype=NamedNode(XSD + datatype))


def words(value: str) -> Literal:
    """Give an English text; line breaks of the dossier become single spaces."""
    return Literal(" ".join(value.split()), language="en")


@dataclass(slots=True)
class Subject:
    """One subject: its statements, and the file (stem) it belongs to."""

    iri: str
    home: str
    values: dict[str, set[Term]] = field(default_factory=dict)

    def add(self, predicate: str, value: Term | str) -> None:
        """Add one statement; a plain string is an IRI. A subject keeps its first label."""
        if predicate == LABEL and predicate in self.values:
            return
        self.values.setdefault(predicate, set()).add(NamedNode(value) if isinstance(value, str) else value)

    def one(self, predicate: str) -> str | None:
        """Give the text of one value, the first in order, or None."""
        return min((value.value for value in found), default=None) if (found := self.values.get(predicate)) else None

    def texts(self, predicate: str) -> list[str]:
        """Give the texts of all values in order."""
        return sorted(value.value for value in found) if (found := self.values.get(predicate)) else []


@dataclass(slots=True)
class Facts:
    """The statements that one dossier gives, by subject in the order they were made."""

    subjects: dict[str, Subject] = field(default_factory=dict)

    def subject(self, name: str, home: str, *kinds: str) -> Subject:
        """Give the subject with this IRI, made when new; `kinds` are local names of its classes."""
        found = self.subjects.setdefault(name, Subject(name, home))
        for kind in kinds:
            found.add(RDF_TYPE, term(kind))
        return found

    def __iter__(self) -> Iterator[Subject]:
        return iter(self.subjects.values())

    def extend(self, subjects: Iterable[Subject]) -> None:
        """Take over subjects as they are; a subject already known gains the new statements."""
        for other in subjects:
            mine = self.subjects.setdefault(other.iri, Subject(other.iri, other.home))
            for predicate, values in other.values.items():
                mine.values.setdefault(predicate, set()).update(values)
