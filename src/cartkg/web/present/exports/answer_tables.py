"""An answer for other programs of its readers: names beside IRIs, and the publications behind each row."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cartkg.escaping import spreadsheet_lines
from cartkg.facts.bibliography import behind, references
from cartkg.facts.phrases import cite
from cartkg.facts.records import PREFIXES, AnswerTerm, iri_tokens, is_iri
from cartkg.namespaces import XSD
from cartkg.web.present.exports.workbooks import WorkbookSheet, workbook
from cartkg.web.present.site import everything, facts

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cartkg.facts.bibliography import Reference
    from cartkg.facts.records import Table
    from cartkg.queries import Question
    from cartkg.web.present.exports.citing import CiteAs
    from cartkg.web.present.exports.workbooks import Cell

NUMERIC = frozenset(f"{XSD}{name}" for name in ("integer", "decimal", "double", "float", "nonNegativeInteger", "gYear"))
#: Things named in one query, well below the length that a query may have.
_AT_ONCE = 400
_BEHIND = ("publications", "dois", "read_levels", "release")
_REFERENCE = ("citation", "title", "authors", "year", "journal", "doi", "pmid", "kind", "read", "address", "iri")


@dataclass(frozen=True, slots=True)
class Extended:
    """An answer with names and publications: its headings, its rows, and the references of the publications."""

    headings: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    references: tuple[Reference, ...]


def labels_of(iris: Iterable[str], most: int = 0) -> Mapping[str, str]:
    """Ask for the names of IRIs; a publication is named by its citation.

    Args:
        iris: the things.
        most: how many to ask for; 0 for all.
    """
    wanted = sorted({iri for iri in iris if is_iri(iri)})[: most or None]
    labels: dict[str, str] = {}
    for start in range(0, len(wanted), _AT_ONCE):
        query = (
            f"{PREFIXES}SELECT ?s ?l ?named ?authors ?journal ?year WHERE {{ "
            f"VALUES ?s {{ {iri_tokens(wanted[start : start + _AT_ONCE])} }} "
            "?s rdfs:label ?l OPTIONAL { ?s cartkg:citationName ?named } "
            "OPTIONAL { ?s cartkg:shortAuthors ?authors OPTIONAL { ?s cartkg:journal ?journal } "
            "OPTIONAL { ?s cartkg:year ?year } } }"
        )
        for node, label, named, authors, *rest in facts().table(query).rows:
            if node and label:
                where = [part.value for part in rest if part]
                cited = cite(authors.value, where) if authors else label.value
                labels[node.value] = named.value if named else cited
    return labels


def references_of(table: Table) -> tuple[Reference, ...]:
    """Return the references of the publications behind an answer."""
    found = behind(everything(), _iris(table))
    return references(everything(), {iri for publications in found.values() for iri in publications})


def extended(table: Table, release: str) -> Extended:
    """Put names beside the IRIs of an answer, and beside each row the publications behind it."""
    iris = _iris(table)
    labels, found = labels_of(iris), behind(everything(), iris)
    known = {each.iri: each for each in references(everything(), {iri for of in found.values() for iri in of})}
    named = [place for place in range(len(table.columns)) if _has_iris(table, place)]
    headings = [part for place, name in enumerate(table.columns) for part in _heads(name, place in named)]
    rows = []
    for row in table.rows:
        cells = [cell for place, node in enumerate(row) for cell in _cells(node, labels, place in named)]
        behind_row = {iri for node in row if node for iri in found.get(node.value, ())}
        cited = [known[iri] for iri in sorted(behind_row) if iri in known]
        rows.append((*cells, *_said(cited), release))
    return Extended((*headings, *_BEHIND), tuple(rows), tuple(known.values()))


def as_csv(answer: Extended, cited: CiteAs) -> bytes:
    """Write an answer as CSV for spreadsheets; the citation of the answer is its last column.

    It begins with a byte order mark, by which Excel knows UTF-8.
    """
    rows = (("" if cell is None else str(cell) for cell in row) for row in answer.rows)
    lines = spreadsheet_lines([(*answer.headings, "cite"), *((*row, cited.text) for row in rows)], "\r\n")
    return codecs.BOM_UTF8 + "".join(lines).encode()


def as_workbook(answer: Extended, question: Question, cited: CiteAs) -> bytes:
    """Write an answer as a workbook: the answer, its publications, and what it is."""
    about = [
        ("question", cited.title), ("cite", cited.text), ("release", cited.release), ("address", cited.address),
        ("license", "CC BY 4.0"), ("description", question.description), ("how to read", question.how_to_read),
        *((f"column {column.name}", column.meaning) for column in question.answers),
    ]  # fmt: skip
    publications = tuple(_reference(each) for each in answer.references)
    return workbook(
        [
            WorkbookSheet("Answer", answer.headings, answer.rows),
            WorkbookSheet("Publications", _REFERENCE, publications),
            WorkbookSheet("About", ("what", "text"), tuple(about)),
        ]
    )


def _iris(table: Table) -> set[str]:
    return {node.value for row in table.rows for node in row if node and node.is_iri}


def _has_iris(table: Table, place: int) -> bool:
    return any((node := row[place]) is not None and node.is_iri for row in table.rows)


def _heads(name: str, named: bool) -> tuple[str, ...]:  # noqa: FBT001  # as many headings as `_cells` gives cells
    return (name, f"{name}_iri") if named else (name,)


def _cells(node: AnswerTerm | None, labels: Mapping[str, str], named: bool) -> tuple[Cell, ...]:  # noqa: FBT001  # as above
    if node is None:
        return (None, None) if named else (None,)
    if named:
        return (labels.get(node.value, node.value), node.value) if node.is_iri else (node.value, None)
    return (_value(node),)


def _value(node: AnswerTerm) -> Cell:
    """Return a number as a number, where its datatype says that it is one and it can be read."""
    if node.datatype not in NUMERIC:
        return node.value
    try:
        return int(node.value)
    except ValueError:
        try:
            return float(node.value)
        except ValueError:
            return node.value


def _said(cited: Iterable[Reference]) -> tuple[str, str, str]:
    known = list(cited)
    dois = [each.fields["doi"] for each in known if "doi" in each.fields]
    return "; ".join(each.name for each in known), "; ".join(dois), "; ".join(each.read for each in known)


def _reference(each: Reference) -> tuple[Cell, ...]:
    authors = ", ".join(f"{author.family} {author.given}".strip() for author in each.authors)
    more = ", et al." if each.more_authors else ""
    fields = (each.fields.get(name, "") for name in ("journal", "doi", "pmid"))
    return (each.name, each.title, f"{authors}{more}", each.year, *fields, each.kind, each.read, each.address, each.iri)
