"""Attacks on a SPARQL endpoint as data and small plays; each says in words what went wrong, or nothing.

They need nothing of the endpoint but its address, so that the same suite can be played on others
(`python -m tests.attack.table`). All traffic goes to 127.0.0.1; every play is bounded in time and size.
"""

from __future__ import annotations

import http.client
import socket
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

DEADLINE = 3.0
GRACE = 1.0
#: Bytes read of one answer: a server may send answers without end, which is not to use up the memory of the attacker.
MOST_READ = 64 * 1024**2
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
ACCEPT = "application/sparql-results+json, application/n-triples;q=0.5"


@dataclass(frozen=True, slots=True)
class Target:
    """An endpoint under attack: where it listens, and the path of its queries."""

    port: int
    path: str = "/sparql"

    def post(self, query: str | bytes, seconds: float = DEADLINE + GRACE + 2) -> Heard:
        data = query.encode() if isinstance(query, str) else query
        headers = {"Content-Type": "application/sparql-query", "Accept": ACCEPT}
        return self.send("POST", self.path, headers, data, seconds)

    def get(self, query: str, **more: str) -> Heard:
        return self.send("GET", f"{self.path}?{urlencode({'query': query, **more})}", {"Accept": ACCEPT}, None)

    def send(  # the parts of a request
        self, method: str, path: str, headers: dict[str, str], body: bytes | None, seconds: float = 8.0
    ) -> Heard:
        started = time.monotonic()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=seconds)
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            return Heard(response.status, response.read(MOST_READ), time.monotonic() - started)
        except (OSError, http.client.HTTPException) as error:
            return Heard(0, type(error).__name__.encode(), time.monotonic() - started)
        finally:
            connection.close()

    def raw(self, data: bytes, seconds: float = 3.0) -> bytes:
        held = b""
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=seconds) as sock:
            sock.sendall(data)
            while part := sock.recv(65536):
                held += part
                if len(held) > 1 << 20:
                    break
        return held

    def alive(self, seconds: float = 1.0) -> str:
        """Say what is wrong when a small query is not answered in time."""
        heard = self.send("GET", f"{self.path}?query=ASK%7B%7D", {"Accept": ACCEPT}, None, seconds)
        return "" if heard.status == 200 else f"then ASK {{}} got {heard.status or heard.body.decode()} "


@dataclass(frozen=True, slots=True)
class Heard:
    """A response; status 0 when there was none, the body then names the trouble."""

    status: int
    body: bytes
    seconds: float


@dataclass(frozen=True, slots=True)
class Attack:
    """One attack: its group, its name, and the play that says what went wrong."""

    group: str
    name: str
    play: Callable[[Target], str]


def join(number: int) -> str:
    return " ".join(f"?a{n} ?b{n} ?c{n} ." for n in range(number))


def nest(start: str, end: str, inner: str, times: int = 20_000) -> str:
    return start * times + inner + end * times


def doubling(times: int) -> str:
    binds = " ".join(f"BIND(CONCAT(?x{n}, ?x{n}) AS ?x{n + 1})" for n in range(times))
    return f'SELECT (STRLEN(?x{times}) AS ?n) {{ BIND("0123456789" AS ?x0) {binds} }}'


RUNAWAYS: dict[str, str] = {
    "count of a cross product": f"SELECT (COUNT(*) AS ?n) {{ {join(12)} }}",
    "order over a cross product": f"SELECT * {{ {join(6)} }} ORDER BY ?a0 DESC(?c5)",
    "distinct over a cross product": f"SELECT DISTINCT * {{ {join(6)} }} ORDER BY ?a0",
    "distinct with a limit and an order": f"SELECT DISTINCT ?b0 ?b3 ?c4 {{ {join(6)} }} ORDER BY ?b0 LIMIT 5",
    "an offset without end": f"SELECT * {{ {join(10)} }} OFFSET 2000000000 LIMIT 1",
    "groups without end": f"SELECT ?a0 ?c3 (COUNT(*) AS ?n) {{ {join(8)} }} GROUP BY ?a0 ?c3 ?a5 ?c7",
    "one text of all": f"SELECT (GROUP_CONCAT(?a0; separator='{'x' * 1000}') AS ?t) {{ {join(8)} }}",
    "doubling texts": doubling(40),
    "doubling texts in a filter": doubling(29).replace("SELECT (STRLEN(?x29) AS ?n)", "ASK"),
    "a regular expression without end": (
        f'ASK {{ {join(8)} FILTER(REGEX(CONCAT(?a0, "{"a" * 5000}"), "(a+)+(b|c)+$")) }}'
    ),
    "a regular expression too large": 'ASK { FILTER(REGEX("a", "((((a{1000}){1000}){1000}){1000})")) }',
    "replacements without end": (
        f'SELECT (REPLACE("{"a" * 20000}", "a*", "{"b" * 20000}") AS ?x) {{ {join(6)} }} ORDER BY ?x'
    ),
    "paths from everywhere to everywhere": (
        f"SELECT (COUNT(*) AS ?n) {{ ?a (<x:p>|!<x:p>)* ?b . ?c (<x:p>|!<x:p>)* ?d . {join(8)} }}"
    ),
    "optional in a cross product": (
        f"SELECT (COUNT(*) AS ?n) {{ {join(4)} OPTIONAL {{ {join(9)} }} OPTIONAL {{ ?z ?y ?x }} }}"
    ),
    "minus in a cross product": (
        f"SELECT (COUNT(*) AS ?n) {{ {join(6)} MINUS {{ ?a0 ?b0 ?z . ?q ?r ?c1 . ?u ?v ?w }} {join(9)} }}"
    ),
    "not exists in a cross product": (
        f"SELECT (COUNT(*) AS ?n) {{ {join(7)} FILTER NOT EXISTS {{ {join(7)} FILTER(?a0 = ?zz) }} }}"
    ),
    "a construct without end": f"CONSTRUCT {{ ?a0 ?b1 ?c2 . ?a3 ?b4 ?c5 }} WHERE {{ {join(8)} }} ORDER BY ?c7",
    "subqueries in each other": "SELECT (COUNT(*) AS ?n) { " + nest("{ SELECT * { ", " } }", join(12), 20) + " }",
    "20,000 parentheses": "ASK { FILTER(" + nest("(", ")", "true") + ") }",
    "20,000 groups": "ASK " + nest("{", "}", ""),
    "20,000 paths in each other": "ASK { ?s " + nest("(", ")", "<x:p>") + " ?o }",
    "20,000 unions": "ASK { " + " UNION ".join(["{ ?s ?p ?o }"] * 20_000) + " }",
    "20,000 ors": "ASK { FILTER(" + " || ".join(["?x"] * 20_000) + ") }",
    "20,000 sums": "ASK { FILTER(" + " + ".join(["1"] * 20_000) + " = 1) }",
    "20,000 nots": "ASK { FILTER(" + "!" * 20_000 + "true) }",
    "20,000 minus signs": "ASK { FILTER(" + "- " * 20_000 + "1) }",
    "20,000 steps of a path": "ASK { ?s " + "/".join(["<x:p>"] * 20_000) + " ?o }",
    "20,000 optionals": "ASK { " + "OPTIONAL { ?s ?p ?o } " * 10_000 + " }",
    "20,000 variables": "SELECT * { " + " ".join(f"?a{n} <x:p> ?a{n + 1} ." for n in range(8_000)) + " }",
    "nested collections": "ASK { ?s ?p " + nest("(", ")", "1") + " }",
    "nested blank nodes": "ASK { ?s ?p " + nest("[ <x:p> ", " ]", "1", 10_000) + " }",
    "nested functions": "ASK { FILTER(" + nest("STR(", ")", "1") + " = 1) }",
    "nested IFs": "ASK { FILTER(" + nest("IF(true, ", ", 1)", "1", 10_000) + " = 1) }",
    "nested EXISTS": "ASK " + nest("{ FILTER EXISTS ", "}", "{ ?s ?p ?o }", 10_000),
}

OUTGOING: dict[str, str] = {
    "SERVICE": "SELECT * { SERVICE <{url}> { ?s ?p ?o } }",
    "SERVICE SILENT": "SELECT * { SERVICE SILENT <{url}> { ?s ?p ?o } }",
    "SERVICE in small letters": "select * { service <{url}> { ?s ?p ?o } }",
    "SERVICE by variable": "SELECT * { VALUES ?w { <{url}> } SERVICE ?w { ?s ?p ?o } }",
    "SERVICE by bound variable": "SELECT * { BIND(IRI('{url}') AS ?w) SERVICE SILENT ?w { ?s ?p ?o } }",
    "SERVICE by prefix": "PREFIX x: <{url}> SELECT * { SERVICE x: { ?s ?p ?o } }",
    "SERVICE by base": "BASE <{url}> SELECT * { SERVICE <y> { ?s ?p ?o } }",
    "SERVICE with an escape": r"SELECT * { \u0053ERVICE <{url}> { ?s ?p ?o } }",
    "SERVICE with a long escape": r"SELECT * { S\U00000045RVICE <{url}> { ?s ?p ?o } }",
    "SERVICE after an escaped line break": r"SELECT * { # x \u000A SERVICE <{url}> { ?s ?p ?o } }",
    "SERVICE after an escaped quote": r'SELECT * { ?a ?b "x\u0022 . SERVICE <{url}> { ?s ?p "y" } }',
    "SERVICE behind a comparison": "PREFIX s: <{url}> SELECT * { ?a ?b ?c FILTER(?c<1)SERVICE s:#>\n{ ?s ?p ?o } }",
    "SERVICE among comments": "SELECT * { # '\nSERVICE # \"\n<{url}> # }\n{ ?s ?p ?o } }",
    "SERVICE in EXISTS": "ASK { FILTER EXISTS { SERVICE <{url}> { ?s ?p ?o } } }",
    "SERVICE in NOT EXISTS": "ASK { FILTER NOT EXISTS { SERVICE SILENT <{url}> { ?s ?p ?o } } }",
    "SERVICE in a subquery": "SELECT * { { SELECT * { SERVICE <{url}> { ?s ?p ?o } } } }",
    "SERVICE in OPTIONAL": "SELECT * { OPTIONAL { SERVICE <{url}> { ?s ?p ?o } } }",
    "SERVICE in MINUS": "SELECT * { ?s ?p ?o MINUS { SERVICE <{url}> { ?s ?p ?o } } }",
    "SERVICE in GRAPH": "SELECT * { GRAPH ?g { ?s ?p ?o SERVICE <{url}> { ?s ?p ?o } } }",
    "SERVICE in CONSTRUCT": "CONSTRUCT { ?s ?p ?o } WHERE { SERVICE <{url}> { ?s ?p ?o } }",
    "SERVICE in DESCRIBE": "DESCRIBE ?s { SERVICE <{url}> { ?s ?p ?o } }",
    "FROM": "SELECT * FROM <{url}> { ?s ?p ?o }",
    "FROM NAMED": "SELECT * FROM NAMED <{url}> { GRAPH ?g { ?s ?p ?o } }",
    "FROM a file": "SELECT * FROM <file:///etc/passwd> { ?s ?p ?o }",
    "a graph's name": "SELECT * { GRAPH <{url}> { ?s ?p ?o } }",
}

UPDATES: dict[str, str] = {
    "INSERT DATA": "INSERT DATA { <x:s> <x:p> <x:o> }",
    "DELETE WHERE": "DELETE WHERE { ?s ?p ?o }",
    "LOAD": "LOAD <{url}>",
    "CLEAR ALL": "CLEAR ALL",
    "DROP ALL": "DROP SILENT ALL",
    "an escaped INSERT": r"\u0049NSERT DATA { <x:s> <x:p> <x:o> }",
    "a query, then an update": "SELECT * { ?s ?p ?o } LIMIT 1 ; INSERT DATA { <x:s> <x:p> <x:o> }",
    "DELETE and INSERT": "DELETE { ?s ?p ?o } INSERT { <x:s> <x:p> ?o } WHERE { ?s ?p ?o }",
}


@contextmanager
def listening() -> Iterator[tuple[str, Callable[[], bool]]]:
    """Listen where nobody should come; give the address and whether somebody came."""
    came = threading.Event()
    with socket.socket() as trap:
        trap.bind(("127.0.0.1", 0))
        trap.listen()
        trap.settimeout(0.05)
        stop = threading.Event()

        def watch() -> None:
            while not stop.is_set():
                with suppress(TimeoutError):
                    visitor, _ = trap.accept()
                    came.set()
                    visitor.close()

        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            yield f"http://127.0.0.1:{trap.getsockname()[1]}/", came.is_set
        finally:
            stop.set()
            watcher.join()


def run_away(query: str) -> Callable[[Target], str]:
    def play(target: Target) -> str:
        heard = target.post(query)
        fault = "" if heard.status else f"no answer: {heard.body.decode()} "
        if heard.seconds > DEADLINE + GRACE:
            fault += f"answered after {heard.seconds:.1f} s "
        return fault + target.alive()

    return play


def reach_out(query: str) -> Callable[[Target], str]:
    def play(target: Target) -> str:
        with listening() as (url, came):
            heard = target.post(query.replace("{url}", url))
            fault = f"sent a request to {url} " if came() else ""
        return fault + ("" if heard.status else f"no answer: {heard.body.decode()} ") + target.alive()

    return play


def select_outside(name: str) -> Callable[[Target], str]:
    def play(target: Target) -> str:
        with listening() as (url, came):
            target.get("ASK { ?s ?p ?o }", **{name: url})
            return (f"sent a request to {url} " if came() else "") + target.alive()

    return play


def write(update: str, how: str) -> Callable[[Target], str]:
    """Try to write: as a query, as an update by form, or as an update by its own type."""

    def play(target: Target) -> str:
        before = _size(target)
        with listening() as (url, came):
            text = update.replace("{url}", url)
            if how == "form":
                heard = target.send("POST", target.path, FORM, urlencode({"update": text}).encode())
            elif how == "type":
                heard = target.send("POST", target.path, {"Content-Type": "application/sparql-update"}, text.encode())
            else:
                heard = target.post(text)
            fault = f"sent a request to {url} " if came() else ""
        if heard.status // 100 != 4:
            fault += f"status {heard.status} "
        return fault + ("" if _size(target) == before else "changed the data ")

    return play


def _size(target: Target) -> bytes:
    return target.get("SELECT (COUNT(*) AS ?n) { { ?s ?p ?o } UNION { GRAPH ?g { ?s ?p ?o } } }").body


ATTACKS: list[Attack] = [
    *(Attack("runaway", name, run_away(query)) for name, query in RUNAWAYS.items()),
    *(Attack("way out", name, reach_out(query)) for name, query in OUTGOING.items()),
    Attack("way out", "default-graph-uri", select_outside("default-graph-uri")),
    Attack("way out", "named-graph-uri", select_outside("named-graph-uri")),
    *(Attack("way in", f"{name} as a query", write(update, "query")) for name, update in UPDATES.items()),
    *(Attack("way in", f"{name} as a form", write(update, "form")) for name, update in list(UPDATES.items())[:4]),
    *(Attack("way in", f"{name} by its type", write(update, "type")) for name, update in list(UPDATES.items())[:4]),
]


def escaped(text: str) -> str:
    return quote(text, safe="")
