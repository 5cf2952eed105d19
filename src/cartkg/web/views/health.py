"""`/health` and `/metrics`: whether queries are answered now, and the numbers since the start."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

from cartkg.web.http.state import serving

blueprint = Blueprint("health", __name__)


@blueprint.get("/metrics")
def metrics() -> Response:
    """Return the numbers for Prometheus."""
    state = serving()
    gauges = {**state.own.state(), **state.engine.state(), "cache_bytes": float(state.cache.size)}
    text = state.metrics.text(gauges)
    return Response(text, mimetype="text/plain", content_type="text/plain; version=0.0.4; charset=utf-8")


@blueprint.get("/health")
@blueprint.get("/health/ready")
def ready() -> tuple[Response, int]:
    """Return whether queries are answered now: 200, or 503 while starting or draining."""
    state = serving()
    able = state.engine.ready() and state.own.ready() and not state.draining
    body = jsonify(live=True, ready=able, data_release=state.release.data_version, version=state.release.code_version)
    return body, 200 if able else 503


@blueprint.get("/health/live")
def live() -> Response:
    """Return that the process answers at all."""
    return jsonify(live=True)
