"""Read RDF files into columns of statements, one per predicate, so that rules are checked set against set."""

from __future__ import annotations

import gc
from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias

from cartkg import turtle
from cartkg.diagnostics import Diagnostic
from cartkg.errors import SourceError, UnusableFile
from cartkg.files import read_bytes
from cartkg.namespaces import RDF, RDFS
from cartkg.validation.rdf.blanks import Row, file_of, has_blanks, in_order, match
from cartkg.validation.rdf.syntaxes import FORMATS, document, is_known, prefixes, quads, rows, syntax_faults
from cartkg.validation.rdf.terms import Term, iri, is_blank, is_literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from cartkg.turtle import Document

_TYPE = iri(f"{RDF}type")
_SUBCLASS = iri(f"{RDFS}subClassOf")

#: One predicate's statements: subject -> its objects, in the order they were read.
Column: TypeAlias = dict[Term, list[Term]]


@dataclass(slots=True)
class Facts:
    """The union of all graphs of some files.

    Attributes:
        columns: predicate -> subject -> objects.
        homes: subject -> numbers of the files that describe it.
        files: the files, numbered by their place.
        broken: diagnostics about files that do not parse; what is before the error is kept.
        blanks: whether there is any blank node.
        signatures: those of blank nodes that were requested, see `signatures`.
        documents: the files that were taken apart for the places of their statements.
    """

    columns: dict[Term, Column] = field(default_factory=dict)
    homes: dict[Term, list[int]] = field(default_factory=dict)
    files: list[Path] = field(default_factory=list)
    broken: list[Diagnostic] = field(default_factory=list)
    _declared: dict[int, dict[str, str]] = field(default_factory=dict)
    signatures: dict[Term, str] = field(default_factory=dict)
    blanks: bool = False
    documents: dict[Path, Document] = field(default_factory=dict)
    _labels: dict[int, dict[Term, Term]] = field(default_factory=dict)
    _reverse: dict[int, dict[str, Term]] = field(default_factory=dict)
    _owners: dict[str, int] = field(default_factory=dict)
    _inverse: dict[Term, Column] = field(default_factory=dict)
    _instances: dict[Term, frozenset[Term]] = field(default_factory=dict)

    def declared(self, number: int) -> dict[str, str]:
        """Return the prefixes that a file declares; read again for it, since most runs write no message."""
        if number not in self._declared:
            self._declared[number] = prefixes(self.files[number], read_bytes(self.files[number]))
        return self._declared[number]

    def objects(self, subject: Term, predicate: Term) -> Sequence[Term]:
        """Return the objects of a subject and predicate; none is an empty sequence."""
        column = self.columns.get(predicate)
        return column.get(subject, ()) if column else ()

    def object(self, subject: Term, predicate: Term) -> Term | None:
        """Return the first object of a subject and predicate, or None."""
        found = self.objects(subject, predicate)
        return found[0] if found else None

    def column(self, predicate: Term) -> Column:
        """Return all statements of a predicate by subject."""
        return self.columns.get(predicate, {})

    def inverse(self, predicate: Term) -> Column:
        """Return all statements of a predicate by object; made once."""
        if predicate not in self._inverse:
            turned: Column = defaultdict(list)
            for subject, objects in self.column(predicate).items():
                for each in objects:
                    turned[each].append(subject)
            self._inverse[predicate] = dict(turned)
        return self._inverse[predicate]

    def instances(self, of: Term) -> frozenset[Term]:
        """Return the SHACL instances of a class: rdf:type, then any number of rdfs:subClassOf."""
        if of not in self._instances:
            typed = self.inverse(_TYPE)
            members = (typed.get(each, ()) for each in self.closure(of, self.inverse(_SUBCLASS)))
            self._instances[of] = frozenset().union(*members)
        return self._instances[of]

    def closure(self, start: Term, column: Column) -> set[Term]:
        """Return a node and all that can be reached from it along a column."""
        reached, waiting = {start}, [start]
        while waiting:
            for each in column.get(waiting.pop(), ()):
                if each not in reached:
                    reached.add(each)
                    waiting.append(each)
        return reached

    def document(self, number: int) -> Document:
        """Return a file with the places of its statements; parsed once."""
        file = self.files[number]
        if file not in self.documents:
            broken = tuple(diagnostic for diagnostic in self.broken if diagnostic.file == file)
            made = turtle.Document(file, "", diagnostics=broken) if broken else None
            self.documents[file] = made or document(file, read_bytes(file))
        return self.documents[file]

    def in_file(self, term: Term) -> Term:
        """Return a blank node's label as `document` has it; any other term as it is.

        So are a node of a broken file and one that none of these files describes.
        """
        if not is_blank(term) or term not in self.homes:
            return term
        number = file_of(term)
        if self.document(number).diagnostics:
            return term
        if number not in self._labels:
            file = self.files[number]
            ours = in_order(rows(quads(file, read_bytes(file))), number)
            self._labels[number] = match(ours, list(rows(self.document(number).quads)))
        return self._labels[number].get(term, term)

    def extended(self, rows: Iterable[Row]) -> Facts:
        """Return these facts with statements that no file has, such as those that rules infer."""
        columns = dict(self.columns)
        own: set[Term] = set()
        for subject, predicate, value in rows:
            if predicate not in own:
                own.add(predicate)
                columns[predicate] = dict(columns.get(predicate, {}))
            columns[predicate][subject] = [*columns[predicate].get(subject, ()), value]
        blanks = self.blanks or any(is_blank(subject) or is_blank(value) for subject, _, value in rows)
        return replace(self, columns=columns, blanks=blanks, signatures={}, _inverse={}, _instances={})

    def named(self, written: str) -> Term:
        """Return the term that a diagnostic or document names: the reverse of `in_file`, its IRIs bare."""
        if not is_blank(written):
            return written if is_literal(written) else iri(written)
        if not self._owners:
            self._owners = {turtle.blank_label(file): number for number, file in enumerate(self.files)}
        number = self._owners.get(written[2:].partition("-")[0])
        if number is None:
            return written
        if number not in self._reverse:
            theirs = ((node, self.in_file(node)) for node in self.homes if is_blank(node) and file_of(node) == number)
            self._reverse[number] = {label: node for node, label in theirs}
        return self._reverse[number].get(written, written)

    def uncertain(self, term: Term) -> bool:
        """Return whether a broken file may say more about a node than was read: then it has no diagnostics."""
        if not self.broken or is_literal(term):
            return False
        broken = {diagnostic.file for diagnostic in self.broken}
        if is_blank(term) and term in self.homes:
            return self.files[file_of(term)] in broken
        return all(self.files[number] in broken for number in self.homes.get(term, ()))

    def list_items(self, head: Term) -> list[Term] | None:
        """Return the items of an RDF list, or None when it is malformed (RDF Schema, section 5.2)."""
        items: list[Term] = []
        seen: set[Term] = set()
        while head != iri(f"{RDF}nil"):
            first, rest = self.objects(head, iri(f"{RDF}first")), self.objects(head, iri(f"{RDF}rest"))
            if len(first) != 1 or len(rest) != 1 or head in seen:
                return None
            seen.add(head)
            items.append(first[0])
            head = rest[0]
        return items


def read(
    files: Iterable[Path], instead: Mapping[Path, bytes | None] = MappingProxyType({}), beside: Facts | None = None
) -> Facts:
    """Read files into one set of facts; blank nodes of different files stay apart.

    Args:
        files: the files.
        instead: bytes to take for those of some files; None for a file that is to be taken for empty.
        beside: what was read from files as they are; a file of both is taken apart for its places once.

    Raises:
        SourceError: a file's ending is of an unknown format.
    """
    facts = Facts() if beside is None else Facts(documents=beside.documents)
    with uncollected():
        for file in files:
            _read_one(file, facts, (instead[file] or b"") if file in instead else None)
        for column in facts.columns.values():
            for subject, objects in column.items():
                if len(objects) > 1:
                    column[subject] = list(dict.fromkeys(objects))
    return facts


@contextmanager
def uncollected() -> Iterator[None]:
    """Pause the garbage collector: it finds nothing to free among millions of small lists that all stay alive."""
    collected = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collected:
            gc.enable()


def _read_one(file: Path, facts: Facts, given: bytes | None) -> None:
    number = len(facts.files)
    facts.files.append(file)
    if not is_known(file):
        raise SourceError(f"unknown kind of file; known endings: {', '.join(FORMATS)}", file)
    try:
        data = read_bytes(file) if given is None else given
    except UnusableFile as error:
        facts.broken.append(Diagnostic.unusable(error))
        return
    refused = turtle.too_deep(data, file) or turtle.too_large(data, file)
    if refused is not None:
        facts.broken.append(refused)
        return
    found: list[Row] = []
    try:
        found.extend(rows(quads(file, data)))
    except SyntaxError as error:
        facts.broken.extend(_broken(file, data, error))
    blanks = has_blanks(found)
    facts.blanks |= blanks
    _fill(facts, number, in_order(found, number) if blanks else found)


def _broken(file: Path, data: bytes, error: SyntaxError) -> Sequence[Diagnostic]:
    """Say how a file is broken, everywhere if its syntax has statements to go on at."""
    return syntax_faults(file, data) or document(file, data).diagnostics or (turtle.syntax_diagnostic(error, file),)


def _fill(facts: Facts, number: int, rows: Iterable[Row]) -> None:
    columns, homes = facts.columns, facts.homes
    last = None
    for subject, predicate, value in rows:
        column = columns.get(predicate)
        if column is None:
            column = columns[predicate] = {}
        objects = column.get(subject)
        if objects is None:
            column[subject] = [value]
        else:
            objects.append(value)
        if subject != last:
            known = homes.get(subject)
            if known is None:
                homes[subject] = [number]
            elif known[-1] != number:
                known.append(number)
            last = subject
