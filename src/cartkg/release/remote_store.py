"""The graphs of a release -> a store of others over HTTP: loaded beside the old ones, compared, then switched.

A graph whose digest was noted there is left as it is. Every other graph is loaded in batches under a name of its own,
which has the edition in it; where nothing was published before, it is loaded at its place. What is there already from
an earlier run is counted and left out, so a run that was cut off goes on where it ended. When all counts are right, and
the hashes of what was loaded, which the other store computes, one update moves every graph to its place, removes those
that only the release before had, and takes note of the release.

Source: SPARQL 1.1 Graph Store HTTP Protocol, section 5.5; SPARQL 1.1 Update, sections 3.1.1, 3.2.2 and 3.2.4.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass, field
from hashlib import sha256
from time import monotonic
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

import pyoxigraph as ox

from cartkg.errors import BackendError, ConfigError
from cartkg.namespaces import BASE
from cartkg.sparql.engines import exchange

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

#: The graph of the other store in which it is noted what was published there.
GRAPH_PUBLISHED = f"{BASE}graph/published"
EDITION = "<http://purl.org/dc/terms/hasVersion>"
_DIGEST = "<http://spdx.org/rdf/terms#checksumValue>"
#: What is said of a graph that a first release began to load at its place: its edition.
_BEGUN = f"<{GRAPH_PUBLISHED}#begun>"
#: Bytes of one batch by the Graph Store Protocol, and by an update: Virtuoso reads no update of 1 MB.
_BATCH, _UPDATE_BATCH = 4 * 1024**2, 256 * 1024
#: Seconds that one batch may take, and that moving all graphs may take.
_SECONDS, _MOVE_SECONDS = 300.0, 7200.0
_LARGEST = 64 * 1024**2
_DONE = frozenset({200, 201, 202, 204})
_SHOWN = 300
_MODULUS = 2**256
_STRING = "http://www.w3.org/2001/XMLSchema#string"
_LANGUAGE_STRING = "http://www.w3.org/1999/02/22-rdf-syntax-ns#langString"
_BEYOND_ASCII = re.compile("[^ -~]")
#: Counts the triples of a graph by the first two digits of the SHA-256 of `_text`, in the engine.
_CLASSES = f"""SELECT ?h (COUNT(*) AS ?n) {{
  GRAPH <%s> {{ ?s ?p ?o }} FILTER(!ISBLANK(?s) && !ISBLANK(?o))
  BIND(IF(ISIRI(?o) || DATATYPE(?o) = <{_STRING}> || LANG(?o) != "", STR(?o), "") AS ?text)
  BIND(REPLACE(CONCAT(STR(?s), " ", STR(?p), " ", ?text), "[^ -~]", "?") AS ?triple)
  BIND(SUBSTR(SHA256(?triple), 1, 2) AS ?h)
}} GROUP BY ?h"""
#: Graphs that are counted by one query; seconds between two reports.
_COUNTED, _REPORT_SECONDS = 100, 5.0


@dataclass(frozen=True, slots=True)
class RemoteStore:
    """Where a store of others is reached.

    Attributes:
        update: address of SPARQL Update.
        query: address for queries.
        graphs: address of the Graph Store Protocol; empty loads by updates.
        headers: further header fields, as for authorization.
    """

    update: str
    query: str
    graphs: str = ""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        """Check the addresses.

        Raises:
            ConfigError: one is not an HTTP address.
        """
        for url in (self.update, self.query, *([self.graphs] if self.graphs else [])):
            exchange.http_address(url, url)


@dataclass(frozen=True, slots=True)
class PublishResult:
    """The result.

    Attributes:
        triples: number of triples of all graphs.
        graphs: number of graphs.
        sent: triples that this run sent; fewer than all where graphs are there already.
        removed: graphs of the release before that this one lacks.
        seconds: how long it took.
    """

    triples: int
    graphs: int
    sent: int
    removed: int
    seconds: float


def publish_to(
    store: ox.Store, edition: str, target: RemoteStore, report: Callable[[str], None] = lambda _: None
) -> PublishResult:
    """Load the named graphs of a store into one of others, and switch to them when all are there.

    Args:
        store: its named graphs are published.
        edition: digest of the quads.
        target: where they go.
        report: receives a line on the progress every few seconds.

    Raises:
        BackendError: the other store cannot be reached, refuses a request, or has other triples than it was sent; the
            release before stays.
        ConfigError: there is nothing to publish.
    """
    start = monotonic()
    names = sorted(graph.value for graph in store.named_graphs() if isinstance(graph, ox.NamedNode))
    if not names:
        raise ConfigError("there is no named graph to publish")
    release = {name: _contents(store, name) for name in names}
    noted = _noted(target)
    places = _places(release, noted, edition, target)
    sending = _Sending(target, report)
    before = _counts(places.values(), target)
    for name, place in places.items():
        if before.get(place, 0) != release[name].size:
            sending.load(store, name, place, before.get(place, 0))
    sending.flush()
    wrong = _differing(release, places, target)
    altered = () if wrong else tuple(_altered(release, places, noted, target))
    useless = [places[name] for name in (*wrong, *altered) if places[name] != name or name in altered]
    if useless:
        _update(" ;\n".join(f"DROP SILENT GRAPH <{place}>" for place in useless), target)
    _refuse(wrong, target)
    for name in altered:
        raise BackendError(f"has triples of {name} that are not those that were sent; publish again", target.query)
    removed = _switch(release, places, edition, target)
    triples = sum(each.size for each in release.values())
    return PublishResult(triples, len(release), sending.sent, removed, monotonic() - start)


@dataclass(frozen=True, slots=True)
class _Contents:
    """What a graph has, whatever the order of its triples.

    Attributes:
        size: the number of triples.
        digest: the sum of the SHA-256 of each.
        classes: how many triples there are of each class of hash, see `_text`.
    """

    size: int
    digest: str
    classes: Mapping[str, int]


def _contents(store: ox.Store, name: str) -> _Contents:
    size = total = 0
    classes: Counter[str] = Counter()
    for quad in store.quads_for_pattern(None, None, None, ox.NamedNode(name)):
        size += 1
        total += int.from_bytes(sha256(str(quad.triple).encode()).digest(), "big")
        if text := _text(quad):
            classes[sha256(text.encode()).hexdigest()[:2]] += 1
    return _Contents(size, f"{total % _MODULUS:064x}", classes)


def _text(quad: ox.Quad) -> str:
    """Return what is hashed of a triple here and there; empty for one with a blank node, whose name there is another.

    Engines write numbers and dates as they like, and Virtuoso hashes letters beyond ASCII in an encoding of its own, so
    of these the hash says that they are there.
    """
    subject, object_ = quad.subject, quad.object
    if not isinstance(subject, ox.NamedNode) or not isinstance(object_, ox.NamedNode | ox.Literal):
        return ""
    is_text = isinstance(object_, ox.NamedNode) or object_.datatype.value in {_STRING, _LANGUAGE_STRING}
    return _BEYOND_ASCII.sub("?", f"{subject.value} {quad.predicate.value} {object_.value if is_text else ''}")


def _places(
    release: Mapping[str, _Contents], noted: Mapping[str, _Note], edition: str, target: RemoteStore
) -> dict[str, str]:
    """Return where each graph is loaded: at its place where it is there already, or where nothing was published before.

    A first release is noted as begun, so that a run that goes on tells its graphs from those of others.
    """
    if any(each.edition for each in noted.values()):
        same = {name for name, each in release.items() if noted.get(name, _NOTHING).digest == each.digest}
        return {name: name if name in same else _beside(name, edition) for name in release}
    begun = {name for name, each in noted.items() if each.begun == edition}
    if any(_counts(release.keys() - begun, target).values()):
        return {name: _beside(name, edition) for name in release}
    marks = "".join(f"<{name}> {_BEGUN} {ox.Literal(edition)} .\n" for name in release.keys() - begun)
    if marks:
        _update(f"INSERT DATA {{ GRAPH <{GRAPH_PUBLISHED}> {{\n{marks}}} }}", target)
    return {name: name for name in release}


@dataclass(slots=True)
class _Sending:
    """Triples on their way: those of many small graphs go in one request, since each request costs a transaction.

    Attributes:
        sent: number of triples that were sent.
    """

    target: RemoteStore
    report: Callable[[str], None]
    sent: int = 0
    _held: dict[str, list[str]] = field(default_factory=dict)
    _bytes: int = 0
    _start: float = field(default_factory=monotonic)
    _reported: float = field(default_factory=monotonic)

    def load(self, store: ox.Store, name: str, place: str, there: int) -> None:
        """Send what is not there yet of a graph."""
        size = 0
        if self._bytes >= _UPDATE_BATCH:  # it may go by the Graph Store Protocol alone, but not beside another graph
            self.flush()
        for lines in _units(store, name):
            size += len(lines)
            if size > there:
                self._hold(place, lines)

    def _hold(self, place: str, lines: list[str]) -> None:
        """Keep lines for the next request; Virtuoso takes blank nodes by the Graph Store Protocol alone."""
        is_alone = bool(self.target.graphs) and "_:" in lines[0]
        if is_alone:
            self.flush()
        self._held.setdefault(place, []).extend(lines)
        self._bytes += sum(map(len, lines))
        if is_alone or self._bytes >= (_BATCH if _by_graph(self._held, self.target) else _UPDATE_BATCH):
            self.flush()

    def flush(self) -> None:
        """Send what is held."""
        if self._held:
            _send(self._held, self.target)
            self.sent += sum(map(len, self._held.values()))
        self._held, self._bytes = {}, 0
        now = monotonic()
        if now - self._reported >= _REPORT_SECONDS:
            self._reported = now
            self.report(f"{self.sent:,} triples sent, {self.sent / (now - self._start):,.0f} per second")


def _units(store: ox.Store, name: str) -> Iterator[list[str]]:
    """Yield the triples of a graph as lines of N-Triples, in the same order each time; those of blank nodes at once.

    A name of a blank node is known within one request alone, so what has one stays together and is sent first.
    """
    graph = ox.NamedNode(name)
    quads = store.quads_for_pattern(None, None, None, graph)
    nameless = [f"{quad.triple} .\n" for quad in quads if _is_nameless(quad)]
    if nameless:
        yield nameless
    for quad in store.quads_for_pattern(None, None, None, graph):
        if not _is_nameless(quad):
            yield [f"{quad.triple} .\n"]


def _is_nameless(quad: ox.Quad) -> bool:
    return isinstance(quad.subject, ox.BlankNode) or isinstance(quad.object, (ox.BlankNode, ox.Triple))


def _by_graph(held: Mapping[str, list[str]], target: RemoteStore) -> bool:
    """Return whether the Graph Store Protocol, which takes one graph a request, can send it."""
    return bool(target.graphs) and len(held) == 1


def _send(held: Mapping[str, list[str]], target: RemoteStore) -> None:
    """Add lines of N-Triples to graphs, in one request."""
    if _by_graph(held, target):
        [(graph, lines)] = held.items()
        mark = "&" if "?" in target.graphs else "?"
        _post(f"{target.graphs}{mark}graph={quote(graph, safe='')}", "".join(lines), "application/n-triples", target)
    else:
        blocks = "".join(f"GRAPH <{graph}> {{\n{''.join(lines)}}}\n" for graph, lines in held.items())
        _update(f"INSERT DATA {{ {blocks} }}", target)


@dataclass(frozen=True, slots=True)
class _Note:
    """What is noted of a graph there; empty where it is not: edition, digest, edition of a first release under way."""

    edition: str = ""
    digest: str = ""
    begun: str = ""


_NOTHING = _Note()


def _noted(target: RemoteStore) -> dict[str, _Note]:
    """Return the graphs of which something is noted there."""
    found: dict[str, dict[str, str]] = {}
    for row in _rows(f"SELECT ?g ?p ?o {{ GRAPH <{GRAPH_PUBLISHED}> {{ ?g ?p ?o }} }}", target):
        found.setdefault(row.get("g", ""), {})[f"<{row.get('p')}>"] = row.get("o", "")
    return {name: _Note(*(note.get(each, "") for each in (EDITION, _DIGEST, _BEGUN))) for name, note in found.items()}


def _switch(release: Mapping[str, _Contents], places: Mapping[str, str], edition: str, target: RemoteStore) -> int:
    """Move all graphs to their places in one update and count them; return how many of before were removed."""
    gone = sorted(_noted(target).keys() - release.keys())
    steps = [f"MOVE GRAPH <{place}> TO GRAPH <{name}>" for name, place in places.items() if place != name]
    steps += [f"DROP SILENT GRAPH <{name}>" for name in (*gone, GRAPH_PUBLISHED)]
    notes = "".join(
        f"<{name}> {EDITION} {ox.Literal(edition)} ; {_DIGEST} {ox.Literal(each.digest)} .\n"
        for name, each in release.items()
    )
    steps.append(f"INSERT DATA {{ GRAPH <{GRAPH_PUBLISHED}> {{\n{notes}}} }}")
    _update(" ;\n".join(steps), target, _MOVE_SECONDS)
    _refuse(_differing(release, {name: name for name in release}, target), target)
    return len(gone)


def _differing(
    release: Mapping[str, _Contents], places: Mapping[str, str], target: RemoteStore
) -> dict[str, tuple[int, int]]:
    """Return the graphs that have another number of triples there: what they have, and what they should have."""
    there = _counts(places.values(), target)
    sizes = {name: (there.get(places[name], 0), each.size) for name, each in release.items()}
    return {name: (found, size) for name, (found, size) in sizes.items() if found != size}


def _altered(
    release: Mapping[str, _Contents], places: Mapping[str, str], noted: Mapping[str, _Note], target: RemoteStore
) -> Iterator[str]:
    """Yield the graphs that were loaded and whose triples have other hashes there, in classes by two digits."""
    for name, each in release.items():
        if noted.get(name, _NOTHING).digest == each.digest:
            continue
        rows = _rows(_CLASSES % places[name], target)
        if {row["h"]: row.get("n") for row in rows if "h" in row} != {h: str(n) for h, n in each.classes.items()}:
            yield name


def _refuse(wrong: Mapping[str, tuple[int, int]], target: RemoteStore) -> None:
    for name, (there, size) in wrong.items():
        raise BackendError(f"has {there} triples of {name} in place of {size}; publish again", target.query)


def _beside(name: str, edition: str) -> str:
    """Return the name of a graph until it is in its place."""
    return f"{name}{'&' if '?' in name else '?'}edition={edition[:16]}"


def _counts(graphs: Iterable[str], target: RemoteStore) -> dict[str, int]:
    """Count the triples of graphs; 0 for those that are not there."""
    found: dict[str, int] = {}
    names = list(graphs)
    for start in range(0, len(names), _COUNTED):
        counts = (
            f"{{ SELECT (<{graph}> AS ?g) (COUNT(*) AS ?n) {{ GRAPH <{graph}> {{ ?s ?p ?o }} }} }}"
            for graph in names[start : start + _COUNTED]
        )
        query = f"SELECT ?g ?n {{ {' UNION '.join(counts)} }}"  # engines look up each graph; with VALUES some read all
        try:
            found |= {row["g"]: int(row["n"]) for row in _rows(query, target)}
        except (LookupError, TypeError, ValueError) as error:
            raise BackendError("answers a count with no number", target.query) from error
    return found


def _rows(query: str, target: RemoteStore) -> list[dict[str, str]]:
    """Return the rows of an answer, by variable; of each term its text."""
    # Virtuoso waits without end for a query that is the body itself
    answer = _post(target.query, urlencode({"query": query}), "application/x-www-form-urlencoded", target)
    try:
        bindings = json.loads(answer.body)["results"]["bindings"]
        return [{name: str(term["value"]) for name, term in row.items()} for row in bindings]
    except (LookupError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise BackendError(f"answers a query with {answer.media_type or 'nothing'}", target.query) from error


def _update(text: str, target: RemoteStore, seconds: float = _SECONDS) -> None:
    _post(target.update, text, "application/sparql-update", target, seconds)


def _post(url: str, body: str, kind: str, target: RemoteStore, seconds: float = _SECONDS) -> exchange.HttpAnswer:
    # Virtuoso refuses triples where the answer is asked for in a form for rows
    accepted = "*/*" if kind == "application/n-triples" else "application/sparql-results+json"
    headers = {"Content-Type": kind, "Accept": accepted, **target.headers}
    try:
        answer = exchange.send(exchange.PostRequest(url, body.encode(), headers, _LARGEST, monotonic() + seconds))
    except TimeoutError as error:
        raise BackendError(f"did not answer within {seconds:.0f} s; publish again to go on", url) from error
    if answer.status not in _DONE:
        said = " ".join(answer.body[:_SHOWN].decode("utf-8", "replace").split())
        raise BackendError(f"answers {answer.status}: {said}", url)
    return answer
