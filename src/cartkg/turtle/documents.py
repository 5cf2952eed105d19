"""Read the triples of a Turtle or TriG file with line and column, or report where its syntax breaks."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path  # noqa: TC003  # a field's type
from typing import TYPE_CHECKING
from zlib import crc32

import pyoxigraph as ox

from cartkg.diagnostics import Diagnostic
from cartkg.errors import SourceError
from cartkg.files import read_bytes
from cartkg.namespaces import RDF, XSD
from cartkg.turtle.expansion import SYNTAX, too_large
from cartkg.turtle.faults import syntax_diagnostic, syntax_faults
from cartkg.turtle.offsets import Places
from cartkg.turtle.places import Walker
from cartkg.turtle.tokens import Lines, Position, token_at, tokenise

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


ENCODING = "encoding"
#: The rule of what is not laid out as `cartkg fmt` does.
HOUSE_STYLE = "house-style"
#: Triple terms inside one another, above which a file is refused; deeper than any person writes.
DEEPEST_TRIPLE = 500

#: Datatypes whose literals the store keeps letter by letter.
_SPELLED = {f"{XSD}string", f"{RDF}langString", f"{XSD}anyURI"}
_NIL = ox.NamedNode(f"{RDF}nil")
_BOM = "\ufeff"
#: Rows that are gone through; of more, an index is made.
_FEW = 16


@dataclass(frozen=True, slots=True)
class Statement:
    """One triple and the places of its parts.

    Attributes:
        quad: the triple; its graph is the default graph unless a TriG file names one.
        subject: where the subject stands; inside brackets, where they open.
        predicate: where the predicate stands; for the links of a list, where the item stands.
        object: where the object stands.
    """

    quad: ox.Quad
    subject: Position
    predicate: Position
    object: Position


def term_text(term: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple | ox.DefaultGraph) -> str:
    """Return a term as `Document.locate` takes it: an IRI bare, a blank node as `_:label`, the rest as in N-Triples."""
    return term.value if isinstance(term, ox.NamedNode) else str(term)


def _is_spelled(term: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple, given: str) -> bool:
    return given == term_text(term) or (isinstance(term, ox.Literal) and given == term.value)


def _is_stored(term: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple, given: str) -> bool:
    """Return whether a text is how the store writes a literal back: it keeps values (1.5), not spellings (1.50)."""
    if not isinstance(term, ox.Literal) or term.datatype.value in _SPELLED:
        return False
    store = ox.Store()
    store.add(ox.Quad(ox.NamedNode("x:"), ox.NamedNode("x:"), term))
    return any(str(quad.object) == given for quad in store)


@dataclass(frozen=True, slots=True)
class Outline:
    """The result of a walk over a text: the places of its triples, and the prefixes as declared last."""

    places: Places = field(default_factory=Places)
    prefixes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Document:
    """One file as read.

    Attributes:
        path: the file.
        text: its text, without a byte-order mark.
        quads: its triples, in the order of `places`; empty when the syntax is broken.
        diagnostics: what is wrong with its syntax; empty when nothing is.
        known: its outline, when reading needed one; else it is made when first asked for.
        lines: of a file of another syntax, the line of each triple; 0 where that is not known.
    """

    path: Path
    text: str
    quads: Sequence[ox.Quad] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    known: Outline | None = None
    lines: Sequence[int] | None = None

    @property
    def places(self) -> Places:
        """Return the offsets of each triple's parts."""
        return self._outline.places

    @property
    def prefixes(self) -> Mapping[str, str]:
        """Return the prefixes it declares; of one declared twice, the last."""
        return self._outline.prefixes

    def _position(self, row: int, part: str) -> Position:
        if self.lines is not None:
            return Position(self.lines[row], 1 if self.lines[row] else 0)
        offsets = {"subjects": self.places.subjects, "predicates": self.places.predicates}.get(
            part, self.places.objects
        )
        return self._lines.position(offsets[row])

    @property
    def triples(self) -> Iterator[Statement]:
        """Yield the triples with their positions; of a file of another syntax, with their lines."""
        if self.lines is not None:
            for row, quad in enumerate(self.quads):
                here = self._position(row, "subjects")
                yield Statement(quad, here, here, here)
            return
        position = self._lines.position
        for quad, place in zip(self.quads, self.places, strict=True):
            yield Statement(quad, position(place.subject), position(place.predicate), position(place.object))

    def holds(self, subject: str, predicate: str, obj: str | None = None) -> bool:
        """Return whether this triple, or any with this subject and predicate, stands here; terms as for `locate`."""
        rows = self._rows_with(subject, predicate)
        return bool(rows) and (obj is None or self._row_of(rows, obj) is not None)

    def locate(self, subject: str, predicate: str | None = None, obj: str | None = None) -> Position | None:
        """Find the place that fits best: of the object, else of the predicate, else of the subject.

        Args:
            subject: bare IRI, or `_:label` as in `quads`.
            predicate: bare IRI.
            obj: bare IRI, `_:label`, a literal as in N-Triples, or the bare text of a literal.

        Returns:
            The place; None when the document says nothing about the subject.
        """
        everything = self._rows.get(subject)
        if everything is None:
            return None
        rows = [] if predicate is None else self._rows_with(subject, predicate)
        row = None if obj is None else self._row_of(rows, obj)
        if row is not None:
            return self._position(row, "objects")
        if rows:
            return self._position(rows[0], "predicates")
        return self._position(everything[0], "subjects")

    def locate_mention(self, iri: str) -> Position | None:
        """Find the first place where a thing stands as object, for instance of a link that leads nowhere."""
        row = self._mentions.get(iri)
        return None if row is None else self._position(row, "objects")

    def token(self, position: Position) -> str:
        """Return the token that begins at a place; an empty text in a file whose tokens are not known."""
        if self.lines is not None or not position.column:
            return ""
        return token_at(self.text, self._lines.starts[position.line - 1] + position.column - 1)

    def subjects(self) -> Iterator[str]:
        """Yield the subjects, each once, as the file names them."""
        return iter(self._rows)

    def _rows_with(self, subject: str, predicate: str) -> list[int]:
        rows = self._rows.get(subject, [])
        if len(rows) <= _FEW:
            return [row for row in rows if self.quads[row].predicate.value == predicate]
        if subject not in self._by_predicate:
            sorted_rows = self._by_predicate[subject] = {}
            for row in rows:
                sorted_rows.setdefault(self.quads[row].predicate.value, []).append(row)
        return self._by_predicate[subject].get(predicate, [])

    def _row_of(self, rows: list[int], obj: str) -> int | None:
        if len(rows) > _FEW:
            if rows[0] not in self._by_object:
                self._by_object[rows[0]] = {term_text(self.quads[row].object): row for row in reversed(rows)}
            if obj in self._by_object[rows[0]]:
                return self._by_object[rows[0]][obj]
        for fits in (_is_spelled, _is_stored):
            for row in rows:
                if fits(self.quads[row].object, obj):
                    return row
        return None

    @cached_property
    def _outline(self) -> Outline:
        if self.diagnostics or self.lines is not None:
            return Outline()
        if self.known is not None:
            return self.known
        walker = Walker(tokenise(self.text), "")
        walker.flat()  # gives no other triples here: a text without blank nodes contains no sugar but `()`
        return _outline(walker, self.quads, self.path)

    @cached_property
    def _lines(self) -> Lines:
        return Lines.of(self.text)

    @cached_property
    def _mentions(self) -> dict[str, int]:
        return {term_text(self.quads[row].object): row for row in reversed(range(len(self.quads)))}

    @cached_property
    def _by_predicate(self) -> dict[str, dict[str, list[int]]]:
        return {}

    @cached_property
    def _by_object(self) -> dict[int, dict[str, int]]:
        return {}

    @cached_property
    def _rows(self) -> dict[str, list[int]]:
        rows: dict[str, list[int]] = {}
        for row, quad in enumerate(self.quads):
            rows.setdefault(term_text(quad.subject), []).append(row)
        return rows


def parse(path: Path, base: str | None = None, name: str | None = None) -> Document:
    """Read a Turtle file (TriG when it ends in .trig).

    Args:
        path: the file.
        base: IRI that relative IRIs are resolved against; without it they are a syntax problem.
        name: what sets the file's blank nodes apart from those of other files; its path if omitted.

    Returns:
        The document; broken syntax is a diagnostic in it, not an exception.

    Raises:
        UnusableFile: the file may not be read.
    """
    return parse_bytes(read_bytes(path), path, base, name)


def parse_bytes(data: bytes, path: Path, base: str | None = None, name: str | None = None) -> Document:
    """Read the bytes of a Turtle file that stands, or stood, at `path`; see `parse`."""
    try:
        text = data.decode("utf-8").removeprefix(_BOM)
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8").removeprefix(_BOM)
        place = Lines.of(before).position(len(before))
        message = f"byte 0x{data[error.start]:02X} is not UTF-8; save the file as UTF-8"
        return Document(path, before, diagnostics=(Diagnostic(path, place.line, place.column, ENCODING, message),))
    form = ox.RdfFormat.TRIG if path.suffix == ".trig" else ox.RdfFormat.TURTLE
    refused = too_deep(data, path) or too_large(data, path)
    if refused is not None:
        return Document(path, text, diagnostics=(refused,))
    try:
        quads = list(ox.parse(text, form, base_iri=base))
    except SyntaxError as error:
        faults = syntax_faults(text, form, path, base)
        return Document(path, text, diagnostics=faults or (syntax_diagnostic(error, path),))
    if not any(map(_is_sugared, quads)):
        return Document(path, text, quads)
    walker = Walker(tokenise(text), blank_label(path) if name is None else blank_label(name))
    flat = walker.flat()
    rewritten = quads if flat is None else list(ox.parse(flat, form, base_iri=base))
    if len(rewritten) != len(quads):
        raise SourceError(f"{len(quads)} triples, {len(rewritten)} when rewritten; please report this file", path)
    return Document(path, text, rewritten, known=_outline(walker, rewritten, path))


def too_deep(data: bytes, path: Path) -> Diagnostic | None:
    """Refuse triple terms nested deeper than `DEEPEST_TRIPLE`: far above that, the parser itself ends the process."""
    if data.count(b"<<(") <= DEEPEST_TRIPLE:
        return None
    tokens = tokenise(data.decode("utf-8", "replace").removeprefix(_BOM))
    if tokens.depth(triples_only=True) <= DEEPEST_TRIPLE:
        return None
    first = next(index for index in range(len(tokens.kinds)) if tokens.word(index) == "<<(")
    place = Lines.of(tokens.text).position(tokens.starts[first])
    message = f"triple terms are nested deeper than {DEEPEST_TRIPLE} levels; name the inner ones"
    return Diagnostic(path, place.line, place.column, SYNTAX, message)


def blank_label(name: Path | str) -> str:
    """Return what the labels of a file's blank nodes start with; a hyphen and more follow."""
    return f"b{crc32(os.fsencode(name if isinstance(name, str) else name.as_posix())):08x}"


def _is_sugared(quad: ox.Quad) -> bool:
    """Return whether a triple may be written with brackets, parentheses or labels; most files have none that is."""
    value = quad.object
    return (
        isinstance(value, ox.BlankNode | ox.Triple)
        or isinstance(quad.subject, ox.BlankNode)
        or isinstance(quad.graph_name, ox.BlankNode)
        or value == _NIL
    )


def _outline(walker: Walker, quads: Sequence[ox.Quad], path: Path) -> Outline:
    if len(quads) != len(walker.places):
        raise SourceError(f"{len(quads)} triples, {len(walker.places)} places; please report this file", path)
    return Outline(walker.places, walker.prefixes)
