"""A store that is being written in, the answers that its pages need out: the pages are asked once, without limits."""

from __future__ import annotations

import logging
from time import monotonic
from typing import TYPE_CHECKING

from cartkg.errors import QueryError
from cartkg.facts import prepared_answers
from cartkg.facts.result_cache import ResultCache
from cartkg.sparql.engines.engine import Answer
from cartkg.sparql.pool.jobs import Job, Limits
from cartkg.sparql.pool.stores import Stores
from cartkg.sparql.pool.worker import answer
from cartkg.web import create_app
from cartkg.web.http.settings import AppSettings, ServedRelease
from cartkg.web.http.state import EXTENSION
from cartkg.web.views.first_pages import WHOLE
from cartkg.web.views.home import BLUEPRINTS

if TYPE_CHECKING:
    import pyoxigraph as ox

    from cartkg.project import Project
    from cartkg.sparql.engines.engine import Operation
    from cartkg.web.http.state import Serving

_LOG = logging.getLogger("cartkg.loading")
#: Bytes of all answers, and of one: where one is not kept, every page that needs it asks again.
_KEPT, _LARGEST = 256 * 1024**2, 32 * 1024**2
_OK = 200


class _Unlimited:
    """An engine in this process; for our own questions."""

    def __init__(self, store: ox.Store) -> None:
        self._stores = Stores(store)

    def answer(self, operation: Operation) -> Answer:
        """Answer one operation."""
        named = operation.dataset
        default_graphs, named_graphs = list(named.default_graphs), list(named.named_graphs)
        job = Job(
            operation.query, operation.format.name, default_graphs, named_graphs, _KEPT, mark=False, stated=named.stated
        )
        try:
            reply = answer(self._stores, job)
        except (SyntaxError, OSError, ValueError, RuntimeError) as error:
            raise QueryError(str(error)) from error
        if "error" in reply.head:
            raise QueryError(str(reply.head["error"]))
        return Answer(reply.body, int(reply.head["rows"]))

    def state(self) -> dict[str, float]:
        """Return no numbers."""
        return {}

    def ready(self) -> bool:
        """Return that it answers."""
        return True

    def close(self) -> None:
        """Do nothing: nothing runs."""


def prepare(store: ox.Store, project: Project) -> bytes:
    """Return the file of answers for the pages that ask over the whole graph; a page that fails is logged."""
    app = create_app(
        _Unlimited(store), AppSettings(ServedRelease("unreleased", digest="new"), project, limits=Limits()), BLUEPRINTS
    )
    state: Serving = app.extensions[EXTENSION]
    state.cache = ResultCache(_KEPT, _LARGEST)
    client = app.test_client()
    for page in WHOLE:
        start = monotonic()
        status = client.get(page, headers={"Accept": "text/html"}).status_code
        said = "prepared" if status == _OK else f"not prepared (status {status})"
        _LOG.info("loading: page %s %s in %.1f s", page, said, monotonic() - start)
    return prepared_answers.write(state.cache.kept())
