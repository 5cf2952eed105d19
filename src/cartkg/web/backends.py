"""Stores of others that answer users' queries: which release they state to have."""

from __future__ import annotations

import json
import logging
from threading import Event, Thread
from typing import TYPE_CHECKING

from cartkg.errors import BackendError, CartkgError, ConfigError
from cartkg.formats import JSON
from cartkg.graph.version import is_version
from cartkg.namespaces import ONTOLOGY, OWL
from cartkg.release.remote_store import EDITION, GRAPH_PUBLISHED
from cartkg.sparql.engines.engine import Operation
from cartkg.sparql.protocol.requests import Dataset
from cartkg.web.http.settings import ServedRelease

if TYPE_CHECKING:
    from cartkg.sparql.engines.engine import Engine
    from cartkg.web.http.state import Serving

_LOG = logging.getLogger(__name__)
#: Seconds between two questions for the release of a store: while it is not known, and when it is.
_UNTIL_KNOWN, _KNOWN = 5.0, 60.0
#: Seconds that such a question may take.
_SECONDS = 5.0
UNKNOWN = ServedRelease("unknown")
_UNRELEASED = "unreleased"
_VERSIONS = f"""SELECT DISTINCT ?version {{
  {{ <{ONTOLOGY}> <{OWL}versionInfo> ?version }} UNION {{ GRAPH ?graph {{ <{ONTOLOGY}> <{OWL}versionInfo> ?version }} }}
}} LIMIT 2"""
_EDITIONS = f"SELECT DISTINCT ?edition {{ GRAPH <{GRAPH_PUBLISHED}> {{ ?graph {EDITION} ?edition }} }} LIMIT 2"


def has_noted(engine: Engine, edition: str) -> bool:
    """Return whether a store of others states to have this edition, and no other; what cannot be asked is logged."""
    return bool(edition) and _noted(engine) == [edition]


def refuse_other(engine: Engine, release: ServedRelease, folder: str) -> None:
    """Refuse a store of others that has another release than the pages.

    Args:
        engine: asks it.
        release: that of the pages.
        folder: where the pages have it from.

    Raises:
        ConfigError: it states another one. What cannot be asked, or does not state one, is logged.
    """
    noted = _noted(engine)
    if noted == []:
        _LOG.warning("the backend does not state which release it has; cartkg publish takes note of it there")
    elif noted is not None and noted != [release.digest]:
        raise ConfigError(
            "has another release than the backend; publish this one there (cartkg publish), or name the store with the "
            "one that is there",
            folder,
        )


def _noted(engine: Engine) -> list[str] | None:
    """Return the editions that a store of others states to have; None when it cannot be asked, which is logged."""
    try:
        return _texts(engine, _EDITIONS)
    except CartkgError as error:
        _LOG.warning("it is not known which release the backend has: %s", error)
        return None


def release_behind(engine: Engine) -> ServedRelease:
    """Return the release that a store of others states to have.

    Raises:
        BackendError: it cannot be reached, or answers with nonsense.
        QueryError: it rejects the question.
    """
    found = _texts(engine, _VERSIONS)
    return ServedRelease(found[0] if len(found) == 1 and is_version(found[0]) else _UNRELEASED)


def watch(engine: Engine, state: Serving) -> Event:
    """Keep the release that pages name up to date, in the background; it ends when the event is set."""
    ended = Event()

    def run() -> None:
        while not ended.is_set():
            try:
                state.release = release_behind(engine)
            except CartkgError as error:
                _LOG.info("the release of the backend is not known: %s", error)
                state.release = UNKNOWN
            ended.wait(_UNTIL_KNOWN if state.release is UNKNOWN else _KNOWN)

    Thread(target=run, name="backend-release", daemon=True).start()
    return ended


def _texts(engine: Engine, query: str) -> list[str]:
    """Return the values of the one column of a question."""
    body = engine.answer(Operation(query, JSON, Dataset(), timeout=_SECONDS)).body
    try:
        return [next(iter(row.values()))["value"] for row in json.loads(body)["results"]["bindings"]]
    except (ValueError, KeyError, TypeError, AttributeError, StopIteration) as error:
        raise BackendError("answered with something other than results") from error
