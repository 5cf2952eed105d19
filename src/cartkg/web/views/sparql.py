"""/sparql: request, protocol, engine, response; whatever the protocol can decide is decided there."""

from __future__ import annotations

from dataclasses import replace
from time import perf_counter
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from flask import Blueprint, Response, redirect, request

from cartkg.errors import CartkgError, LimitExceeded, NotAcceptable, QueryError, Refused
from cartkg.evaluation import syntax
from cartkg.facts.result_cache import Key
from cartkg.formats import JSON
from cartkg.sparql.engines.engine import Answer, Operation
from cartkg.sparql.protocol import description, negotiation, requests
from cartkg.sparql.protocol.requests import Cut, Incoming, ProtocolRequest
from cartkg.web.http import compression, lengths
from cartkg.web.http.state import GONE, KEEP, Serving, serving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from werkzeug.wrappers import Response as AnyResponse

    from cartkg.formats import Format
    from cartkg.sparql.engines.engine import Engine
    from cartkg.sparql.protocol.negotiation import NegotiatedFormat

blueprint = Blueprint("endpoint", __name__)

ALL_METHODS = ["GET", "HEAD", "POST", "OPTIONS", "PUT", "DELETE", "PATCH", "TRACE"]
_VARY = "Accept, Accept-Encoding"
_IRI = ":/?#[]@!$&'()*+,;=-._~%"
#: Clients and proxies take 8 to 16 KiB of headers, in which two links must find room; a longer one is in the body.
LONGEST_HEADER = 6000
_QUERY = ":/?@!$&'()*+,;=-._~%"


@blueprint.route("/sparql", methods=ALL_METHODS, provide_automatic_options=False)
@blueprint.route("/sparql/", methods=ALL_METHODS, provide_automatic_options=False)
def sparql() -> AnyResponse:
    """Answer the SPARQL protocol; without a query give the service description, to a browser the query editor.

    Both spellings of the path are registered: the protocol's own test suite uses the one with a slash.
    """
    state = serving()
    if request.method == "OPTIONS":
        return Response(status=204, headers={"Allow": ", ".join(requests.METHODS)})
    started = perf_counter()
    try:
        asked = requests.read(incoming(), state.settings.limits.query)
        if asked.query is None:
            return _describe(state, asked)
        response, outcome = answer(state, asked, asked.query, state.engine)
    except CartkgError as error:
        state.metrics.query(outcome_of(error), perf_counter() - started)
        raise
    state.metrics.query(outcome, perf_counter() - started)
    return response


def outcome_of(error: CartkgError) -> str:
    """Name an error for the metrics."""
    if isinstance(error, LimitExceeded):
        return error.limit
    if isinstance(error, Refused):
        return "refused"
    return "malformed" if isinstance(error, QueryError) else "failed"


def incoming() -> Incoming:
    """Return the parts of the current request that the protocol reads."""
    parameters = request.query_string.decode("latin-1")
    if request.method != "POST":
        return Incoming(request.method, parameters)
    headers = request.headers
    kind, coding = headers.get("Content-Type"), headers.get("Content-Encoding")
    return Incoming(request.method, parameters, kind, request.get_data(cache=False), coding)


def answer(state: Serving, asked: ProtocolRequest, query: str, engine: Engine) -> tuple[Response, str]:
    """Answer a query and name the outcome for the metrics.

    Args:
        state: what the app shares.
        asked: the request.
        query: its query.
        engine: answers it.

    Raises:
        CartkgError: the query is malformed or refused, no format suits, or a limit is met.
    """
    analysis = syntax.analyse(query, state.settings.limits.depth)
    syntax.guard(analysis, state.settings.services)
    choice = _choice(engine, asked, query, analysis)
    release = state.release
    key = Key(state.digest_of(engine, release), query, asked.dataset, choice.format.name)
    keep = bool(key.release) and not analysis.volatile and not analysis.services
    link = permalink(state, asked, query)
    tag = description.tag(key.release, query, repr(asked.dataset), choice.media_type, link) if keep else ""
    if tag and (held := compression.held(tag)):
        state.metrics.cache("fresh")
        request.environ[KEEP] = release
        return _finish(Response(status=304), held), "fresh"
    found, outcome = state.cache.get(key) if keep else None, "cached"
    state.metrics.cache("hit" if found else "miss")
    if found is None:
        found = engine.answer(_operation(asked, query, choice.format, analysis))
        outcome = "complete" if found.complete else "cut"
        keep = keep and found.edition == key.release
        if keep:
            state.cache.put(key, found)
    tag = tag if keep and found.complete else ""
    if tag:
        request.environ[KEEP] = release
    response = _finish(_respond(link, choice, found), tag)
    if analysis.volatile or analysis.services:
        lengths.leave_open(response)
    return response, outcome


def _operation(asked: ProtocolRequest, query: str, form: Format, analysis: syntax.Analysis) -> Operation:
    """Return what an engine is asked for."""
    client = request.remote_addr or ""
    return Operation(query, form, asked.dataset, asked.timeout, asked.cut, analysis.cost, client, _gone())


def _choice(engine: Engine, asked: ProtocolRequest, query: str, analysis: syntax.Analysis) -> NegotiatedFormat:
    """Choose the format of the answer.

    Raises:
        NotAcceptable: no format suits.
        QueryError: the query is malformed, which counts before its format: errors are written in any.
    """
    try:
        return negotiation.choose(request.headers.get("Accept"), asked.format, analysis.kind)
    except NotAcceptable:
        form = negotiation.offers(analysis.kind)[0]
        engine.answer(replace(_operation(asked, query, form, analysis), cut=Cut.MARK, dry=True))
        raise


def _gone() -> Callable[[], bool]:
    """Return the server's way to tell that the client hung up, or one that never tells when it has none."""
    probe: Callable[[], bool] | None = request.environ.get(GONE)
    return probe or (lambda: False)


def _respond(link: str, choice: NegotiatedFormat, answer: Answer) -> Response:
    headers = [
        ("Cartkg-Release", answer.release),
        ("Cartkg-Complete", "true" if answer.complete else "false"),
        ("Cartkg-Rows", str(answer.rows)),
        ("Cartkg-Seconds", f"{answer.seconds:.4f}"),
    ]
    if len(link) <= LONGEST_HEADER:
        headers.append(("Link", f'<{link}>; rel="canonical"'))
    if answer.cut_by:
        headers.append(("Cartkg-Cut-By", answer.cut_by))
    if answer.unknown:
        headers.append(("Cartkg-Unknown-Functions", ", ".join(f"<{quote(iri, safe=_IRI)}>" for iri in answer.unknown)))
    headers += _suspicious(answer)
    # the answer of a stored question has an address of its own, which contains no query to explain
    title = "why it is empty" if answer.rows == 0 else "what is suspicious about it" if answer.unbound else ""
    if title and "/sparql?" in link and len(link) <= LONGEST_HEADER:
        why = link.replace("/sparql?", "/sparql/explain?", 1)
        headers.append(("Link", f'<{why}>; rel="help"; title="{title}"'))
    body = linked(answer.body, choice.format, link) if len(link) <= lengths.LONGEST_ADDRESS else answer.body
    return Response(body, headers=headers, content_type=choice.content_type)


def _suspicious(answer: Answer) -> Iterator[tuple[str, str]]:
    """Return headers for what is suspicious about a table; `/sparql/explain` finds the cause."""
    if answer.unbound:
        names = ", ".join(f"?{quote(name)}" for name in answer.unbound)
        if len(names) <= LONGEST_HEADER:
            yield "Cartkg-Unbound-Columns", names
    if answer.repeated:
        yield "Cartkg-Repeated-Rows", str(answer.repeated)


def linked(body: bytes, form: Format, link: str) -> bytes:
    """Put the permanent link into the head of an answer in JSON; the header `Link` contains it for all formats.

    XML has a place for it too, but Redland's parser finds no row in an answer that uses it.

    Source: SPARQL 1.1 Query Results JSON Format section 3.1.2.
    """
    if form is not JSON:
        return body
    start = b'{"head":{'
    comma = b"" if body.startswith(start + b"}") else b","
    return body.replace(start, start + b'"link":["' + link.encode() + b'"]' + comma, 1)


def permalink(state: Serving, asked: ProtocolRequest, query: str) -> str:
    """Return the address that asks the same again by GET."""
    if request.method in {"GET", "HEAD"}:
        return f"{state.base_url()}{quote(request.path.strip('/'))}?{quote(request.query_string, safe=_QUERY)}"
    pairs = [("query", query)]
    pairs += [("default-graph-uri", iri) for iri in asked.dataset.default_graphs]
    pairs += [("named-graph-uri", iri) for iri in asked.dataset.named_graphs]
    pairs += [("format", asked.format)] if asked.format else []
    pairs += [("cut", asked.cut.value)] if asked.cut is not Cut.REFUSE else []
    return f"{state.base_url()}sparql?{urlencode(pairs)}"


def _finish(response: Response, tag: str) -> Response:
    """Add what caches need: validator, freshness, what the answer depends on."""
    prefix = ", X-Forwarded-Prefix" if serving().settings.forwarded_prefix else ""
    response.headers["Vary"] = _VARY + prefix
    response.headers["Cache-Control"] = "public, max-age=0, must-revalidate" if tag else "no-store"
    lengths.offer(response, parts=bool(tag))
    if tag:
        response.set_etag(tag)
    return response


def _describe(state: Serving, asked: ProtocolRequest) -> AnyResponse:
    """Return the service description, or send a browser to the query editor."""
    if state.settings.editor and not asked.format and negotiation.prefers_html(request.headers.get("Accept")):
        return redirect(f"{state.settings.base_url or f'{request.root_path}/'}query", 303)
    choice = negotiation.choose(request.headers.get("Accept"), asked.format, syntax.QueryForm.GRAPH)
    facts = description.Endpoint(
        f"{state.base_url()}sparql",
        state.release.graphs,
        federated=bool(state.settings.services),
    )
    response = Response(description.serialise(facts, choice.format), content_type=choice.content_type)
    return _finish(response, "")
