"""The pages that a server asks of itself before its readers do, so that no first reader waits for their answers."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from cartkg.errors import CartkgError
from cartkg.facts.overviews.evidence_map import QUESTION, evidence_map
from cartkg.web.present.asked import answers
from cartkg.web.present.pictures.maps import cell_path
from cartkg.web.present.places import home_path
from cartkg.web.present.site import path_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from flask import Flask

    from cartkg.facts.overviews.evidence_map import EvidenceMap

_LOG = logging.getLogger(__name__)
#: Pages that ask over the whole graph and are the same for everybody, the slowest and most read ones first.
WHOLE = (
    *("/", "/ontology", "/map", "/diseases", "/questions/results", "/trials", "/responses"),
    *("/targets", "/products", "/measures", "/events", "/conflicts", "/overlaps", "/rules", "/study"),
)
#: Diseases and targets whose pages are prepared, and pairs of one of each.
_DISEASES, _TARGETS, _PAIRS = 6, 2, 4


def prepare(app: Flask, is_over: Callable[[], bool]) -> None:
    """Ask for the pages, whose answers are kept. A page that fails, or meets a limit, is left to its readers.

    Args:
        app: the application, of which a context is open.
        is_over: returns whether to stop.
    """
    client = app.test_client()
    for address in _addresses():
        if is_over():
            return
        status = client.get(address, headers={"Accept": "text/html"}).status_code
        if status != HTTPStatus.OK:
            _LOG.info("page %s is not prepared: status %d", address, status)


def _addresses() -> Iterator[str]:
    yield from WHOLE
    try:
        drawn = evidence_map(answers(QUESTION))
    except CartkgError as error:
        _LOG.info("home pages are not prepared: %s", error)
        return
    yield from most_read(drawn)


def most_read(drawn: EvidenceMap) -> Iterator[str]:
    """Return the pages of the diseases, targets and pairs with most patients, of a count, and of responses.

    Pages of single things share names and lists with that of the count, and those with intervals a library that takes
    a quarter of a second to load with those of responses.
    """
    yield from (home_path("diseases", line.disease) for line in drawn.lines[:_DISEASES])
    yield from (home_path("targets", target) for target in drawn.targets[:_TARGETS])
    pairs = sorted(drawn.cells, key=lambda cell: -(cell.low or 0))[:_PAIRS]
    yield from (cell_path(cell.disease, cell.target) for cell in pairs)
    yield from (path_of(cell.count) for cell in pairs[:1] if cell.count)
    yield from (f"/responses?{urlencode({'disease': line.disease})}" for line in drawn.lines[:1])
