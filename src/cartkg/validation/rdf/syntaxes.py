"""Read files of every RDF syntax, with the position of each statement where the syntax allows one.

Turtle, TriG, N-Triples and N3 that is Turtle have line and column, N-Quads, HexTuples and RDF/XML a line; JSON-LD has
none, so that diagnostics name the file alone. Nothing is fetched: a remote context in JSON-LD is refused.
"""

from __future__ import annotations

import re
import warnings
from collections import defaultdict, deque
from contextlib import suppress
from dataclasses import replace
from sys import intern
from typing import TYPE_CHECKING, Any
from xml.parsers import expat

import pyoxigraph as ox

from cartkg import turtle
from cartkg.formats import HEXTUPLES, JSON_LD, N3, N_QUADS, N_TRIPLES, RDF_XML, TRIG, TURTLE
from cartkg.namespaces import RDF
from cartkg.validation.rdf.blanks import in_order
from cartkg.validation.rdf.terms import bare, is_blank

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from cartkg.diagnostics import Diagnostic
    from cartkg.turtle import Document
    from cartkg.validation.rdf.blanks import Row

_READ = (TURTLE, TRIG, N_TRIPLES, N_QUADS, RDF_XML, JSON_LD, N3, HEXTUPLES)
#: Endings that more than RDF has: such files are read when they are named, not when a folder is.
SHARED = {".xml": RDF_XML, ".json": JSON_LD}
_BY_ENDING = {ending: one for one in _READ for ending in one.endings if ending not in SHARED}
#: Endings of the files that a folder is searched for.
FORMATS = tuple(_BY_ENDING)
#: The mark that some editors write before UTF-8; no parser wants it.
BOM = b"\xef\xbb\xbf"
#: Files whose statements a parser of Turtle reads with their places.
_PLACED = frozenset((".ttl", ".trig", ".nt"))
_REMOTE = "LoadDocumentCallback"
_NO_FETCH = "it refers to a remote @context, which is not fetched; write the context into the file"
#: How deep elements of RDF/XML may be nested: at twice the depth the parser takes four times as long.
_DEEPEST = 2000
#: The most that contexts times their entries may be: a file at this bound takes some seconds.
_MOST_DEFINED = 10_000_000
_LINE = re.compile(r"\bline (\d+)")


def is_known(file: Path) -> bool:
    """Return whether a file has the extension of a supported syntax."""
    return file.suffix in _BY_ENDING or file.suffix in SHARED


def quads(file: Path, data: bytes, *, rename: bool = False) -> Iterable[ox.Quad]:
    """Read the statements of a file; malformed statements raise SyntaxError during iteration.

    Args:
        file: the file, whose ending says its syntax.
        data: its bytes.
        rename: whether blank nodes get labels of their own each time.
    """
    form = _BY_ENDING.get(file.suffix) or SHARED[file.suffix]
    text = data.removeprefix(BOM)
    if form in _GUARDS and (fault := _GUARDS[form](text)):
        raise SyntaxError(fault)
    if form is HEXTUPLES:
        return _of_hextuples(text, rename=rename)
    parser = ox.parse(text, form.engine, base_iri=file.absolute().as_uri(), rename_blank_nodes=rename)
    if form is N3:  # what a formula contains is not stated
        return (quad for quad in parser if isinstance(quad.graph_name, ox.DefaultGraph))
    return _explained(parser) if form in {JSON_LD, RDF_XML} else parser


def _fault_of_xml(data: bytes) -> str:
    """Say why RDF/XML is not read; empty when it is.

    A document type may define entities without end, and the parser takes time with the square of the depth.
    """
    from cartkg.graph import prologs  # noqa: PLC0415  # a store comes along, for a syntax that few files have

    if fault := prologs.fault_of(data):
        return f"the file {fault}"
    if data.count(b"</") <= _DEEPEST:
        return ""
    depth = _Depth()
    with suppress(expat.ExpatError):  # the parser of RDF says it better
        depth.parser.Parse(data, True)  # noqa: FBT003  # expat's
    return (
        f"elements are nested deeper than {_DEEPEST}; describe the inner nodes separately"
        if depth.most > _DEEPEST
        else ""
    )


class _Depth:
    """How deep elements are nested."""

    def __init__(self) -> None:
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.most = self._now = 0

    def _start(self, _: str, __: dict[str, str]) -> None:
        self._now += 1
        self.most = max(self.most, self._now)

    def _end(self, _: str) -> None:
        self._now -= 1


def _fault_of_json(data: bytes) -> str:
    """Say why JSON-LD is not read; empty when it is.

    The parser copies what all contexts around a node define for each context that it meets, and for each level.
    """
    import json  # noqa: PLC0415  # for a syntax that few files have

    contexts = _Contexts()
    try:
        json.loads(data, object_pairs_hook=contexts.weigh, parse_int=str, parse_float=str)
    except RecursionError:
        return "it is nested too deeply; describe the inner nodes separately"
    except ValueError:
        return ""  # the parser of RDF says it better
    if contexts.number * contexts.entries > _MOST_DEFINED:
        return f"{contexts.number} contexts with {contexts.entries} entries take too long to process; use one context"
    return ""


class _Contexts:
    """How many contexts a JSON document has, and how many entries they have together."""

    def __init__(self) -> None:
        self.number = self.entries = 0

    def weigh(self, pairs: list[tuple[str, Any]]) -> int:
        """Return how many members an object has in all, given the counts of its own objects."""
        for key, value in pairs:
            if key == "@context":
                self.number += 1
                self.entries += self._of(value)
        return len(pairs) + sum(self._of(value) for _, value in pairs)

    def _of(self, value: Any) -> int:
        if isinstance(value, list):
            return sum(map(self._of, value))
        return value if type(value) is int else 0  # a truth value is none of ours, and numbers are read as text


#: What a syntax is guarded against before its parser sees a file.
_GUARDS = {RDF_XML: _fault_of_xml, JSON_LD: _fault_of_json}


def _explained(parser: ox.QuadParser) -> Iterator[ox.Quad]:
    try:
        yield from parser
    except SyntaxError as error:
        raise _said(error) from error


def prefixes(file: Path, data: bytes) -> dict[str, str]:
    """Return the prefixes that a file declares, those before a syntax error in one that is broken."""
    form = _BY_ENDING.get(file.suffix) or SHARED[file.suffix]
    if form not in {TURTLE, TRIG, N3, RDF_XML, JSON_LD} or (form in _GUARDS and _GUARDS[form](data)):
        return {}
    parser = ox.parse(data.removeprefix(BOM), form.engine, base_iri=file.absolute().as_uri())
    with suppress(SyntaxError):
        deque(parser, maxlen=0)
    return dict(parser.prefixes)


def rows(found: Iterable[ox.Quad]) -> Iterator[Row]:
    """Return statements as terms, whatever their graph; a term that comes again takes no more memory."""
    for quad in found:
        yield intern(str(quad.subject)), intern(str(quad.predicate)), intern(str(quad.object))


def document(file: Path, data: bytes) -> Document:
    """Read a file with the places of its statements, as far as its syntax has any."""
    if file.suffix in _PLACED:
        return turtle.parse_bytes(data, file, file.absolute().as_uri())
    if file.suffix in N3.endings:
        found = turtle.parse_bytes(data, file, file.absolute().as_uri())
        if not found.diagnostics:
            return found
    try:
        given = in_order(rows(quads(file, data)), 0)
    except SyntaxError as error:
        first = turtle.syntax_diagnostic(error, file)
        message = f"{first.message} (in this syntax, only the first error of a file is reported)"
        return turtle.Document(file, "", diagnostics=(replace(first, message=message),))
    label = turtle.blank_label(file)
    named = [tuple(f"_:{label}-{term[4:]}" if is_blank(term) else term for term in row) for row in given]
    text = "".join(f"{' '.join(row)} .\n" for row in named)
    return turtle.Document(file, "", list(ox.parse(text, ox.RdfFormat.N_TRIPLES)), lines=_lines(file, data, given))


def syntax_faults(file: Path, data: bytes) -> Sequence[Diagnostic]:
    """Return the errors in lines of N-Triples or N-Quads; nothing for other syntaxes."""
    form = _BY_ENDING.get(file.suffix)
    if form not in {N_TRIPLES, N_QUADS}:
        return ()
    try:
        text = data.removeprefix(BOM).decode()
    except UnicodeDecodeError:
        return ()
    return turtle.syntax_faults(text, form.engine, file)


def _said(error: SyntaxError) -> SyntaxError:
    if _REMOTE in str(error.msg):
        return SyntaxError(_NO_FETCH)
    found = _LINE.search(str(error.msg)) if error.lineno is None else None
    return SyntaxError(error.msg, (None, int(found[1]), None, None)) if found else error


def _of_hextuples(data: bytes, *, rename: bool) -> Iterator[ox.Quad]:
    from rdflib import Dataset  # noqa: PLC0415  # a third of a second that files of other syntaxes spare

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what rdflib itself does with its own names
            written = Dataset().parse(data=data.decode(), format="hext").serialize(format="nquads")
    except (ValueError, UnicodeDecodeError, LookupError, TypeError) as error:
        raise SyntaxError(f"not HexTuples, a JSON array of six texts on each line: {error}") from error
    yield from ox.parse(written, ox.RdfFormat.N_QUADS, rename_blank_nodes=rename)


def _lines(file: Path, data: bytes, given: Sequence[Row]) -> tuple[int, ...]:
    """Return the line of each statement, from 1; 0 where it is not known."""
    text = data.decode("utf-8", "replace").removeprefix("\ufeff")
    if file.suffix in N_QUADS.endings:
        places = [place for place, line in enumerate(text.split("\n"), 1) if line.strip() and line.strip()[0] != "#"]
        return tuple(places) if len(places) == len(given) else (0,) * len(given)
    if file.suffix in RDF_XML.endings:
        return _xml_lines(data, given, file.absolute().as_uri())
    return (0,) * len(given)


def _xml_lines(data: bytes, given: Sequence[Row], base: str) -> tuple[int, ...]:
    """Return the line of the element of each statement: of the property, else of the node."""
    outline = _Outline(base)
    try:
        outline.parser.Parse(data, True)  # noqa: FBT003  # expat's
    except expat.ExpatError:
        return (0,) * len(given)
    return tuple(outline.line(subject, predicate) for subject, predicate, _ in given)


class _Outline:
    """Where the elements of RDF/XML stand: nodes and properties take turns."""

    def __init__(self, base: str) -> None:
        """Prepare; `base` resolves `rdf:ID` and relative names."""
        self.base = base
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.nodes: dict[str, int] = {}
        self.properties: dict[tuple[str, str], deque[int]] = defaultdict(deque)
        self._open: list[str] = []

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        line = self.parser.CurrentLineNumber
        if name == f"{RDF} RDF" and not self._open:
            self._open.append("root")
        elif not self._open or self._open[-1] in {"root", "property"}:
            self._open.append(self._name(attributes))
            self.nodes.setdefault(self._open[-1], line)
            if name != f"{RDF} Description":
                self.properties[self._open[-1], f"{RDF}type"].append(line)
        else:
            self.properties[self._open[-1], name.replace(" ", "")].append(line)
            nested = attributes.get(f"{RDF} parseType") == "Resource"
            self._open.append("_" if nested else "property")

    def _end(self, _: str) -> None:
        self._open.pop()

    def _name(self, attributes: dict[str, str]) -> str:
        about, own = attributes.get(f"{RDF} about"), attributes.get(f"{RDF} ID")
        if about is not None:
            return about if ":" in about else f"{self.base}{about}"
        return f"{self.base}#{own}" if own else "_"

    def line(self, subject: str, predicate: str) -> int:
        """Return the line of the next property element of a node; of one whose element is used up, that of the node."""
        node = "_" if is_blank(subject) else bare(subject)
        waiting = self.properties.get((node, bare(predicate)))
        if waiting:
            return waiting.popleft() if len(waiting) > 1 else waiting[0]
        return 0 if node == "_" else self.nodes.get(node, 0)
