"""`/reconcile`: names of other people's tables in, our things out, for OpenRefine and other clients.

Source: Reconciliation Service API 0.2 (W3C community group report of 2023-04-10). Not offered: matching by further
properties, and data extension; what asks for them is refused.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import Blueprint, json, render_template
from werkzeug.exceptions import NotFound

from cartkg.errors import LimitExceeded, QueryError, TooLarge
from cartkg.facts.records import is_iri
from cartkg.namespaces import BASE, TERM
from cartkg.search.entries import MAIN, kind_of
from cartkg.search.index import MOST_OFFSET, Hit, SearchRequest
from cartkg.web.http.headers import POLICY
from cartkg.web.http.parameters import number, parameters, refuse_unknown
from cartkg.web.http.state import serving
from cartkg.web.present.responses import document
from cartkg.web.present.site import facts, site
from cartkg.web.views.searching.search import found

if TYPE_CHECKING:
    from flask import Response

blueprint = Blueprint("reconciliation", __name__)

#: Queries of one batch, candidates of one query, bytes of a batch, and seconds that it may take.
_MOST_QUERIES, _MOST_CANDIDATES, _MOST_BYTES, _SECONDS = 100, 50, 256 * 1024, 10.0
_USUAL_CANDIDATES, _SUGGESTED, _SHOWN = 5, 20, 60
_QUERY = ("query", "type", "limit", "properties", "type_strict")
_SURE = 95
_KINDS = (*MAIN, "study", "cohort", "drug", "organization", "site")
_WIDTH, _HEIGHT = 420, 160


@dataclass(frozen=True, slots=True)
class ReconciliationQuery:
    """One query of a batch: a name, a kind or nothing, and how many candidates are wanted."""

    text: str
    kind: str
    limit: int


@blueprint.route("/reconcile", methods=["GET", "POST"])
@blueprint.route("/reconcile/", methods=["GET", "POST"])
def reconcile() -> Response:
    """Describe the reconciliation service, or answer a batch of queries (Reconciliation Service API 0.2)."""
    given = parameters("queries")
    if "queries" not in given:
        return _json(_manifest())
    batch = _read(given["queries"])
    until = time.monotonic() + _SECONDS
    answers: dict[str, Any] = {}
    for name, asked in batch.items():
        if time.monotonic() > until:
            raise LimitExceeded(f"the batch took longer than {_SECONDS:g} s; send fewer queries at once")
        answers[name] = {"result": _candidates(asked)}
    return _json(answers)


@blueprint.get("/reconcile/suggest/entity")
def suggest() -> Response:
    """Suggest things while a name is typed (Reconciliation Service API 0.2, suggest)."""
    given = parameters("prefix", "cursor")
    passed = number(given, "cursor", 1, MOST_OFFSET) - 1 if given.get("cursor", "0") != "0" else 0
    hits = found(SearchRequest(given.get("prefix", "").strip(), "", _SUGGESTED, passed, typing=True)).hits
    return _json({"result": [{**_named(hit), "description": hit.said, "notable": [_type(hit.kind)]} for hit in hits]})


@blueprint.get("/reconcile/suggest/type")
def types() -> Response:
    """Suggest kinds of things (Reconciliation Service API 0.2, suggest)."""
    given = parameters("prefix", "cursor")
    start = given.get("prefix", "").strip().lower()
    return _json({"result": [_type(kind) for kind in _KINDS if start in kind]})


@blueprint.get("/reconcile/preview")
def preview() -> Response:
    """Show a thing in a few words, for a frame in another program (Reconciliation Service API 0.2, preview)."""
    iri = parameters("id").get("id", "")
    hit = _thing(iri) if is_iri(iri) else None
    if hit is None:
        raise NotFound
    response = document(render_template("preview.html", hit=hit).encode(), "text/html")
    response.headers["Content-Security-Policy"] = POLICY.replace("frame-ancestors 'none'", "frame-ancestors *")
    return response


def _manifest() -> dict[str, Any]:
    base = site().base_url
    suggested = {"service_url": base.removesuffix("/")}
    return {
        "versions": ["0.2"],
        "name": "cartkg: CAR-T cell therapy in autoimmune disease",
        "identifierSpace": BASE,
        "schemaSpace": TERM,
        "defaultTypes": [_type(kind) for kind in _KINDS],
        "documentation": f"{base}search",
        "view": {"url": f"{base}about?iri={{{{id}}}}"},
        "preview": {"url": f"{base}reconcile/preview?id={{{{id}}}}", "width": _WIDTH, "height": _HEIGHT},
        "suggest": {
            "entity": {**suggested, "service_path": "/reconcile/suggest/entity"},
            "type": {**suggested, "service_path": "/reconcile/suggest/type"},
        },
        "batchSize": _MOST_QUERIES,
    }


def _read(text: str) -> dict[str, ReconciliationQuery]:
    """Read a batch.

    Raises:
        TooLarge: it is above a limit.
        QueryError: it is not a batch; the message says where.
    """
    if len(text.encode("utf-8", "replace")) > _MOST_BYTES:
        raise TooLarge(f"queries has at most {_MOST_BYTES} bytes")
    try:
        batch = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise QueryError(f"queries is not JSON: {str(error)[:_SHOWN]}") from error
    if not isinstance(batch, dict) or not all(isinstance(each, dict) for each in batch.values()):
        raise QueryError('queries is an object of objects: {"q0": {"query": "lupus"}}')
    if len(batch) > _MOST_QUERIES:
        raise TooLarge(f"a batch has at most {_MOST_QUERIES} queries; this one has {len(batch)}")
    return {name: _asked(name[:_SHOWN], each) for name, each in batch.items()}


def _asked(name: str, query: dict[str, Any]) -> ReconciliationQuery:
    for key in query:
        refuse_unknown(f"member of {name!r}", key, _QUERY)
    text, kind, limit = query.get("query"), query.get("type") or "", query.get("limit", _USUAL_CANDIDATES)
    if not isinstance(text, str):
        raise QueryError(f"query of {name!r} is a text")
    if isinstance(kind, list) and len(kind) == 1:
        kind = kind[0]
    if not isinstance(kind, str):
        raise QueryError(f"type of {name!r} is one of {', '.join(_KINDS)}")
    if kind:
        refuse_unknown(f"type of {name!r}", kind, _KINDS)
    if not isinstance(limit, int) or isinstance(limit, bool) or not 1 <= limit <= _MOST_CANDIDATES:
        raise QueryError(f"limit of {name!r} is a whole number from 1 to {_MOST_CANDIDATES}")
    if query.get("properties"):
        raise QueryError(f"properties of {name!r}: this service matches by name, identifier and type alone")
    if query.get("type_strict", "should") not in {"any", "all", "should"}:
        raise QueryError(f"type_strict of {name!r} is any, all or should")
    return ReconciliationQuery(text.strip(), kind, limit)


def _candidates(asked: ReconciliationQuery) -> list[dict[str, Any]]:
    """Return candidates; one is sure when its whole name or an identifier was given, and no other fits as well."""
    hits = found(SearchRequest(asked.text, asked.kind, max(asked.limit, 2))).hits
    best = max((hit.score for hit in hits), default=0)
    sure = best >= _SURE and sum(hit.score == best for hit in hits) == 1
    return [
        {
            **_named(hit),
            "description": hit.said,
            "type": [_type(hit.kind)],
            "score": hit.score,
            "match": sure and hit.score == best,
        }
        for hit in hits[: asked.limit]
    ]


def _thing(iri: str) -> Hit | None:
    index = serving().index
    if index is not None:
        return index.thing(iri)
    record = facts().record(iri)
    return Hit(iri, kind_of(iri), record.label) if record else None


def _named(hit: Hit) -> dict[str, Any]:
    return {"id": hit.iri, "name": hit.label}


def _type(kind: str) -> dict[str, str]:
    return {"id": kind, "name": kind}


def _json(value: object) -> Response:
    return document(json.dumps(value, ensure_ascii=False).encode(), "application/json")
