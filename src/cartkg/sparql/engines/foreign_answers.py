"""Answers of foreign endpoints: checked and counted, or made into rows of a query; no I/O.

What a foreign server sends is untrusted data. Everything in it that is not what the specification says is a
BackendError: the operator's matter, not the asker's.

Source: SPARQL 1.1 Query Results JSON Format sections 3 and 4.
"""

from __future__ import annotations

import json
import re
from time import monotonic
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pyoxigraph as ox

from cartkg.errors import BackendError
from cartkg.formats import CSV, GRAPHS, JSON, JSON_LD, RESULTS, XML
from cartkg.sparql.protocol import xml_text
from cartkg.sparql.protocol.requests import absolute

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cartkg.formats import Format

#: What the readers of JSON and RDF raise over what is not well-formed, and our own code over what is of another shape.
MALFORMED = (ValueError, LookupError, TypeError, AttributeError, RecursionError, SyntaxError)

_MOST_ROWS = 10_000
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_LITERALS = frozenset({"literal", "typed-literal"})
_BATCH = 1000


def count(body: bytes, form: Format, until: float) -> int:
    """Check a foreign answer and count what it contains: rows of a table, triples of a graph, 1 for a truth value.

    Raises:
        BackendError: it is not what the format's specification says.
        TimeoutError: reading it takes until after the deadline, by `time.monotonic`.
    """
    # the engine's results must be freed in this thread: a traceback would keep them and take them to another one
    try:
        return _count(body, form, until)
    except TimeoutError as error:
        raise error.with_traceback(None) from None
    except (*MALFORMED, OSError) as error:
        raise BackendError("answered with something other than results") from error.with_traceback(None)


def rewritten(body: bytes, form: Format) -> bytes:
    """Rewrite a checked foreign answer in XML in our own form; extensions are dropped.

    Raises:
        Unsayable: XML cannot hold it.
    """
    if form.name in GRAPHS:
        triples = (quad.triple for quad in ox.parse(body, format=GRAPHS[form.name].engine))
        try:
            return xml_text.graph(ox.serialize(triples, format=GRAPHS[form.name].engine) or b"")
        except OSError as error:
            raise xml_text.Unsayable(str(error)) from error
    return xml_text.table(ox.parse_query_results(body, format=XML.engine).serialize(format=XML.engine) or b"")


def _count(body: bytes, form: Format, until: float) -> int:
    text = body.decode()
    if form in {JSON, JSON_LD} and _SURROGATE.search(body):
        json.dumps(json.loads(text), ensure_ascii=False).encode()  # fails where half of a pair stands alone
    if form.name in GRAPHS:
        return _counted(ox.parse(body, format=GRAPHS[form.name].engine), until)
    if form == CSV:
        return max(_lines(text) - 1, 0)
    table = ox.parse_query_results(body, format=RESULTS[form.name].engine)
    return 1 if isinstance(table, ox.QueryBoolean) else _counted(table, until)


def _counted(items: Iterator[object], until: float) -> int:
    number = 0
    for number, _ in enumerate(items, 1):  # the last number is the count
        if number % _BATCH == 0 and monotonic() > until:
            raise TimeoutError("the answer took too long to read")
    return number


def _lines(text: str) -> int:
    """Count the lines of CSV; a line break between quotes is part of a field (RFC 4180 section 2)."""
    return sum(outside.count("\n") for outside in text.split('"')[::2]) + (not text.endswith("\n"))


def values(said: bytes) -> str:
    """Write the rows of an answer in JSON as a VALUES block; a blank node becomes an IRI of its own.

    Raises:
        BackendError: it is not a table of terms, or has more rows than may be taken in.
    """
    try:
        return _block(json.loads(said))
    except MALFORMED as error:
        raise BackendError("answered with something other than rows") from error


def _block(answer: dict[str, Any]) -> str:
    names, rows = answer["head"]["vars"], answer["results"]["bindings"]
    if not isinstance(rows, list) or not isinstance(names, list):
        raise TypeError("rows and variables must be lists")
    if len(rows) > _MOST_ROWS:
        raise BackendError(f"answered with {len(rows)} rows, more than {_MOST_ROWS}")
    if len(set(names)) != len(names):
        raise ValueError("two variables have one name")
    heads = " ".join(map(_variable, names))
    lines = ("(" + " ".join(_term(row.get(name)) for name in names) + ")" for row in rows)
    block = f"{{ VALUES ({heads}) {{ {' '.join(lines)} }} }}"
    block.encode()  # half of a surrogate pair is a UnicodeEncodeError, which is a ValueError
    return block


def _variable(name: str) -> str:
    """Write a variable that the engine takes: its parser rejects letters above U+FFFF, though SPARQL does."""
    if any(char > "\uffff" for char in name):
        raise ValueError("the name of a variable contains an unsupported character")
    return str(ox.Variable(name))


def _term(cell: dict[str, str] | None) -> str:
    if cell is None:
        return "UNDEF"
    if cell["type"] == "uri":
        return _iri(cell["value"])
    if cell["type"] == "bnode":
        return _iri("urn:cartkg:blank:" + quote(cell["value"], safe=""))
    if cell["type"] not in _LITERALS:
        raise ValueError("a term is of an unknown type")
    if "xml:lang" in cell:
        return str(ox.Literal(cell["value"], language=cell["xml:lang"]))
    text = str(ox.Literal(cell["value"]))
    return f"{text}^^{_iri(cell['datatype'])}" if "datatype" in cell else text


def _iri(value: str) -> str:
    """Write an IRI that the engine takes as well."""
    if not absolute(value):
        raise ValueError("an IRI is malformed")
    return str(ox.NamedNode(value))
