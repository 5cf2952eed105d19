"""SERVICE for the services that the operator lists: the front asks them and puts their rows in place of the clause.

Workers have no network, so a SERVICE clause is answered before the query reaches one: its group is sent to the service
as a query of its own, and the rows come back as VALUES. The address that a name resolves to is checked and then
connected to itself, so that a name cannot point elsewhere between the two; redirects are not followed.

Source: SPARQL 1.1 Federated Query sections 2 and 4.
"""

from __future__ import annotations

import ipaddress
import json
import socket
import ssl
from dataclasses import dataclass, replace
from http.client import HTTPConnection, HTTPException
from time import monotonic
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from cartkg.errors import BackendError, CartkgError, ConfigError, LimitExceeded, Refused
from cartkg.evaluation.syntax import FORMS, analyse, decode, guard, tokens
from cartkg.sparql.protocol import absolute

if TYPE_CHECKING:
    from collections.abc import Sequence
    from urllib.parse import SplitResult

    from cartkg.evaluation.syntax import Token
    from cartkg.sparql.engines import Answer, Engine, Operation
    from cartkg.sparql.jobs import Limits

_OK = 200
_MOST_ROWS = 10_000
_MOST_BYTES = 4 * 1024**2
_NO_ROWS = "{ VALUES () { () } }"
_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"})


@dataclass(frozen=True, slots=True)
class Clause:
    """One SERVICE clause: the service, whether its failure is to be passed over, its group, and where it stands."""

    url: str
    silent: bool
    group: str
    start: int
    end: int


class FederatedEngine:
    """An engine that first answers the SERVICE clauses of a query, then hands the rest to another engine."""

    def __init__(self, inner: Engine, services: frozenset[str], limits: Limits) -> None:
        """Allow `services`, by their addresses as they stand in queries.

        Raises:
            ConfigError: one is no HTTP address.
        """
        for url in services:
            if urlsplit(url).scheme not in {"http", "https"} or not urlsplit(url).hostname or not absolute(url):
                raise ConfigError("is no HTTP address", f"--allow-service {url}")
        self._inner = inner
        self._services = services
        self._limits = limits

    def answer(self, operation: Operation) -> Answer:
        """Answer one operation.

        Raises:
            Refused: a service is not listed, or its name resolves to a private address.
            BackendError: a service failed and its clause is not SILENT.
            LimitExceeded: the services took all the time.
        """
        analysis = analyse(operation.query, self._limits.depth)
        if not analysis.services:
            return self._inner.answer(operation)
        guard(analysis, self._services)
        seconds = min(operation.timeout or self._limits.seconds, self._limits.seconds)
        until = monotonic() + seconds
        query = self._expand(operation.query, until)
        left = until - monotonic()
        if left <= 0:
            raise LimitExceeded("the services took longer than the query may", limit="time", retry_after=60)
        return self._inner.answer(replace(operation, query=query, timeout=left))

    def state(self) -> dict[str, float]:
        """Give the numbers of the other engine."""
        return self._inner.state()

    def ready(self) -> bool:
        """Tell whether the other engine works."""
        return self._inner.ready()

    def close(self) -> None:
        """End the other engine."""
        self._inner.close()

    def _expand(self, query: str, until: float) -> str:
        """Put rows in place of each outermost SERVICE clause, the last one first."""
        text = decode(query)
        found = list(tokens(text))
        prologue = text[: next((one.offset for one in found if one.text.upper() in FORMS), 0)]
        for clause in reversed(clauses(text, found)):
            try:
                rows = self._ask(clause, prologue, until)
            except CartkgError:
                if not clause.silent:
                    raise
                rows = _NO_ROWS
            text = text[: clause.start] + rows + text[clause.end :]
        return text

    def _ask(self, clause: Clause, prologue: str, until: float) -> str:
        parts = urlsplit(clause.url)
        body = urlencode({"query": f"{prologue} SELECT * WHERE {clause.group}"})
        connection = _Pinned(parts, checked_address(parts), max(0.1, until - monotonic()))
        headers = {
            "Accept": "application/sparql-results+json",
            "Content-Type": "application/x-www-form-urlencoded",
            "Host": parts.netloc.rpartition("@")[2],
            "User-Agent": "cartkg",
        }
        try:
            connection.request("POST", parts.path or "/", body, headers)
            response = connection.getresponse()
            said = response.read(_MOST_BYTES + 1)
        except (OSError, HTTPException) as error:
            raise BackendError("cannot be reached", clause.url) from error
        finally:
            connection.close()
        if response.status != _OK or len(said) > _MOST_BYTES:
            raise BackendError(f"answered with status {response.status} and {len(said)} bytes", clause.url)
        try:
            return values(json.loads(said))
        except (ValueError, KeyError, TypeError) as error:
            raise BackendError("answered with something else than rows", clause.url) from error


class _Pinned(HTTPConnection):
    """A connection to one address, whatever the name says by now."""

    def __init__(self, parts: SplitResult, address: str, seconds: float) -> None:
        super().__init__(str(parts.hostname), parts.port or (443 if parts.scheme == "https" else 80), timeout=seconds)
        self._address = address
        self._secure = parts.scheme == "https"

    def connect(self) -> None:
        """Connect to the address that was checked; the certificate must be that of the name."""
        self.sock = socket.create_connection((self._address, self.port), self.timeout)
        if self._secure:
            self.sock = ssl.create_default_context().wrap_socket(self.sock, server_hostname=self.host)


def checked_address(parts: SplitResult) -> str:
    """Resolve the host of a listed service and check what comes out.

    An address that is not public is allowed only where the operator has written it as such, or as localhost.

    Raises:
        Refused: the name resolves to an address that is not public.
        BackendError: it does not resolve.
    """
    host = str(parts.hostname)
    try:
        found = socket.getaddrinfo(host, parts.port or 80, type=socket.SOCK_STREAM)
    except OSError as error:
        raise BackendError("its name does not resolve", parts.geturl()) from error
    address = str(found[0][4][0])
    if host not in {"localhost", address} and not ipaddress.ip_address(address.partition("%")[0]).is_global:
        raise Refused("the service's name resolves to an address that is not public")
    return address


def clauses(text: str, found: Sequence[Token]) -> list[Clause]:
    """Find the outermost SERVICE clauses of a query whose services are IRIs."""
    result: list[Clause] = []
    place = 0
    while place < len(found):
        token = found[place]
        if token.kind != "word" or token.text.upper() != "SERVICE":
            place += 1
            continue
        silent = found[place + 1].text.upper() == "SILENT"
        name = found[place + 1 + silent]
        opening = place + 2 + silent
        closing = _closing(found, opening)
        group = text[found[opening].offset : found[closing].offset + 1]
        result.append(Clause(name.text[1:-1], silent, group, token.offset, found[closing].offset + 1))
        place = closing + 1
    return result


def _closing(found: Sequence[Token], opening: int) -> int:
    """Find the brace that closes one.

    Raises:
        Refused: there is none, so that the clause has no group.
    """
    level = 0
    for place in range(opening, len(found)):
        level += (found[place].text == "{") - (found[place].text == "}")
        if level == 0 and place > opening:
            return place
    raise Refused("a SERVICE clause has no group that ends")


def values(answer: dict[str, Any]) -> str:
    """Write the rows of a JSON answer as a VALUES block; a blank node becomes an IRI of its own.

    Raises:
        BackendError: there are more rows than may be taken in.
        ValueError, KeyError, TypeError: it is no such answer.
    """
    names = [str(name) for name in answer["head"]["vars"]]
    rows = answer["results"]["bindings"]
    if len(rows) > _MOST_ROWS:
        raise BackendError(f"a service gave {len(rows)} rows, more than {_MOST_ROWS}")
    if not all(name.isidentifier() for name in names):
        raise ValueError("a variable has no name")
    lines = ("(" + " ".join(_term(row.get(name)) for name in names) + ")" for row in rows)
    return f"{{ VALUES ({' '.join('?' + name for name in names)}) {{ {' '.join(lines)} }} }}"


def _term(cell: dict[str, str] | None) -> str:
    if cell is None:
        return "UNDEF"
    if cell["type"] == "uri":
        return _iri(cell["value"])
    if cell["type"] == "bnode":
        return _iri("urn:cartkg:blank:" + "".join(char for char in cell["value"] if char.isalnum()))
    text = '"' + cell["value"].translate(_ESCAPES) + '"'
    if "xml:lang" in cell:
        language = cell["xml:lang"]
        if not language.replace("-", "").isalnum():
            raise ValueError("a language tag is malformed")
        return f"{text}@{language}"
    return f"{text}^^{_iri(cell['datatype'])}" if "datatype" in cell else text


def _iri(value: str) -> str:
    if not absolute(value):
        raise ValueError("an IRI is malformed")
    return f"<{value}>"
