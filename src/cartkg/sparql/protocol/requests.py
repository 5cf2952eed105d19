"""Read an operation from the parts of an HTTP request; no I/O.

Source: SPARQL 1.1 Protocol section 2.1 (query operation).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from cartkg.errors import QueryError, Refused, TooLarge
from cartkg.evaluation.syntax import unmarked

if TYPE_CHECKING:
    from collections.abc import Sequence

FORM_TYPE = "application/x-www-form-urlencoded"
QUERY_TYPE = "application/sparql-query"
UPDATE_TYPE = "application/sparql-update"
METHODS = ("GET", "HEAD", "POST", "OPTIONS")

_MAX_FIELDS = 1000
_MAX_GRAPHS = 500
_PLAIN_PATH = re.compile(r"(?:/[A-Za-z0-9._~-]+)+")


class MethodNotAllowed(QueryError):  # named for the HTTP status it stands for
    """The HTTP method is not supported here."""


class AddressTooLong(QueryError):  # named for the HTTP status it stands for
    """The address of the request is longer than the server takes."""


class UnsupportedMediaType(QueryError):  # named for the HTTP status it stands for
    """The body is of a type that the protocol does not know."""


class UnsupportedCoding(UnsupportedMediaType):
    """The body is compressed, and its uncompressed size is unknown."""


class Cut(Enum):
    """What the client wants when an answer is above a limit: an error, or the part that fits, marked as such."""

    REFUSE = "refuse"
    MARK = "mark"


@dataclass(frozen=True, slots=True)
class Dataset:
    """The graphs to ask, as the protocol's parameters name them; both empty leaves the choice to the query.

    With `stated`, a query without FROM asks `graph/asserted` as its default graph, and any named graph. No request says
    that, since SPARQL takes the named graphs away from one that names a default graph; the pages of the site do.
    """

    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()
    stated: bool = False

    def __bool__(self) -> bool:
        return bool(self.default_graphs or self.named_graphs)


@dataclass(frozen=True, slots=True)
class Incoming:
    """The parts of an HTTP request that the protocol reads.

    Attributes:
        method: in capitals.
        parameters: the raw text after `?`, still percent-encoded.
        content_type: the header, or None.
        body: at most as long as the server's limit allows.
        coding: the Content-Encoding header, or None.
    """

    method: str
    parameters: str = ""
    content_type: str | None = None
    body: bytes = b""
    coding: str | None = None


@dataclass(frozen=True, slots=True)
class ProtocolRequest:
    """What a request asks.

    Attributes:
        query: text of the query; None when the request asks for the service description.
        dataset: graphs named by the protocol's parameters.
        format: value of the override parameter, or None.
        timeout: seconds the client is willing to wait, or None; the server's own limit counts as well.
        cut: what to do with an answer above a limit.
    """

    query: str | None
    dataset: Dataset = Dataset()
    format: str | None = None
    timeout: float | None = None
    cut: Cut = Cut.REFUSE


def read(incoming: Incoming, longest: int) -> ProtocolRequest:
    """Read a request; a parameter without a value counts as not given, for many clients send every one they know.

    An empty query is the exception: it is malformed, and whoever sends it should read so.

    Args:
        incoming: the request.
        longest: bytes that a query may have.

    Raises:
        MethodNotAllowed: the method is none of METHODS.
        UnsupportedMediaType: a POST with a body of neither content type, or with a packed one; a POST without a body is
            read by its address.
        Refused: an update.
        TooLarge: the query is longer than allowed.
        QueryError: a parameter is missing, given twice, or not well-formed.
    """
    if incoming.method not in METHODS:
        raise MethodNotAllowed(f"use one of {', '.join(METHODS)}")
    fields = _fields(incoming.parameters)
    if incoming.method == "POST":
        fields = fields + _body_fields(incoming)
    asked = [pair for pair in fields if pair[0] == "query"]
    fields = [(name, value) for name, value in fields if value.strip()]
    if any(name == "update" for name, _ in fields):
        raise Refused("this endpoint is read-only; it does not accept updates")
    query = _single(asked, "query")
    if query is None and incoming.method == "POST":
        raise QueryError("the request has no query")
    query = query and unmarked(query)
    if query is not None and len(query.encode()) > longest:
        raise TooLarge(f"the query is longer than {longest} bytes; shorten it")
    return ProtocolRequest(
        query,
        Dataset(_graphs(fields, "default-graph-uri"), _graphs(fields, "named-graph-uri")),
        _first(fields, "format") or _first(fields, "output"),
        _timeout(_single(fields, "timeout")),
        _cut(_single(fields, "cut")),
    )


def _fields(raw: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(raw, keep_blank_values=True, errors="strict", max_num_fields=_MAX_FIELDS)
    except UnicodeDecodeError as error:
        raise QueryError("a parameter is not UTF-8") from error
    except ValueError as error:
        raise TooLarge(f"more than {_MAX_FIELDS} parameters") from error


def _body_fields(incoming: Incoming) -> list[tuple[str, str]]:
    if (incoming.coding or "identity").strip().lower() not in {"", "identity"}:
        raise UnsupportedCoding("send the body without Content-Encoding")
    media_type, _, parameters = (incoming.content_type or "").partition(";")
    kind = media_type.strip().lower()
    charset = parameters.strip().lower().removeprefix("charset=").strip('"')
    if "charset=" in parameters.lower() and charset not in {"utf-8", "utf8", "us-ascii"}:
        raise UnsupportedMediaType("the body must be UTF-8")
    if kind == UPDATE_TYPE:
        raise Refused("this endpoint is read-only; it does not accept updates")
    if not incoming.body and kind != QUERY_TYPE and "query=" in incoming.parameters:
        return []  # WikibaseIntegrator posts nothing to an address that contains the query, and calls it multipart
    if kind not in {FORM_TYPE, QUERY_TYPE}:
        raise UnsupportedMediaType(f"send {FORM_TYPE} or {QUERY_TYPE}")
    try:
        text = incoming.body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise QueryError("the body is not UTF-8") from error
    return [("query", text)] if kind == QUERY_TYPE else _fields(unmarked(text))


def _single(fields: Sequence[tuple[str, str]], name: str) -> str | None:
    """Return the one value of a parameter.

    Raises:
        QueryError: it is given more than once.
    """
    values = [value for key, value in fields if key == name]
    if len(values) > 1:
        raise QueryError(f"parameter {name} is given {len(values)} times")
    return values[0] if values else None


def _first(fields: Sequence[tuple[str, str]], name: str) -> str | None:
    """Return the first value of a parameter outside the protocol; SPARQLWrapper sends it twice, shortest first."""
    return next((value for key, value in fields if key == name), None)


def _graphs(fields: Sequence[tuple[str, str]], name: str) -> tuple[str, ...]:
    found = tuple(dict.fromkeys(value for key, value in fields if key == name))
    if len(found) > _MAX_GRAPHS:
        raise TooLarge(f"more than {_MAX_GRAPHS} values of {name}")
    for iri in found:
        if not absolute(iri):
            raise QueryError(f"{name} needs an absolute IRI")
    return found


def absolute(iri: str) -> bool:
    """Return whether a text is an absolute IRI without the characters that SPARQL forbids in one."""
    if any(char <= " " or char in '<>"{}|^`\\' for char in iri):
        return False
    try:
        return bool(urlsplit(iri).scheme)
    except ValueError:
        return False


def is_plain_path(path: str) -> bool:
    """Return whether a path begins with a slash and needs no quoting anywhere; neither `.` nor `..` may be a part."""
    return bool(_PLAIN_PATH.fullmatch(path)) and not {".", ".."} & set(path.split("/"))


def _timeout(value: str | None) -> float | None:
    """Return the seconds in a parameter; 0 stands for no limit of the client's own, as with other servers."""
    if value is None:
        return None
    try:
        seconds = float(value)
    except ValueError as error:
        raise QueryError("timeout needs a number of seconds") from error
    if not seconds >= 0:  # so that NaN is refused too
        raise QueryError("timeout needs a number of seconds, 0 or more")
    return seconds or None


def _cut(value: str | None) -> Cut:
    if value is None:
        return Cut.REFUSE
    try:
        return Cut(value)
    except ValueError as error:
        raise QueryError("cut must be 'refuse' or 'mark'") from error


__all__ = [
    "METHODS",
    "Cut",
    "Dataset",
    "Incoming",
    "MethodNotAllowed",
    "ProtocolRequest",
    "UnsupportedMediaType",
    "absolute",
    "read",
]
