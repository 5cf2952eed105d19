"""Pages that a server prepares: no reader is the first to wait for their answers."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from pyoxigraph import RdfFormat, Store
from tests.sample_site import EVIDENCE
from tests.test_evidence_map import ROWS
from tests.test_pages import StoreEngine

from cartkg.errors import LimitExceeded
from cartkg.facts.overviews.evidence_map import evidence_map
from cartkg.project import find
from cartkg.web import create_app
from cartkg.web.http.settings import AppSettings, ServedRelease
from cartkg.web.views.first_pages import WHOLE, most_read, prepare
from cartkg.web.views.home import BLUEPRINTS

if TYPE_CHECKING:
    import pytest
    from flask import Flask

    from cartkg.sparql.engines.engine import Answer, Operation


class Counting(StoreEngine):
    """An engine that counts what it is asked, and may be made to fail."""

    def __init__(self) -> None:
        store = Store()
        store.load(path=EVIDENCE, format=RdfFormat.TURTLE)
        super().__init__(store)
        self.asked = 0
        self.fails = False

    def answer(self, operation: Operation) -> Answer:
        self.asked += 1
        if self.fails:
            raise LimitExceeded("took too long")
        return super().answer(operation)


def made() -> tuple[Flask, Counting]:
    engine = Counting()
    settings = AppSettings(ServedRelease("2026-11-22", digest="d1"), find(EVIDENCE.parent))
    return create_app(engine, settings, BLUEPRINTS), engine


def test_what_was_prepared_is_not_asked_again() -> None:
    app, engine = made()
    with app.app_context():
        prepare(app, lambda: False)
    before = engine.asked
    assert before > len(WHOLE)
    for path in ("/", "/ontology", "/map", "/trials", "/diseases"):
        assert app.test_client().get(path, headers={"Accept": "text/html"}).status_code == 200
    assert engine.asked == before


def test_preparing_ends_when_it_is_told_and_outlives_what_fails(caplog: pytest.LogCaptureFixture) -> None:
    app, engine = made()
    with app.app_context():
        prepare(app, lambda: True)
        assert engine.asked == 0
        engine.fails = True
        with caplog.at_level(logging.INFO):
            prepare(app, lambda: False)
    assert "page / is not prepared: status 503" in caplog.text
    assert "home pages are not prepared: took too long" in caplog.text


def test_the_pages_of_diseases_and_targets_with_most_patients_are_prepared() -> None:
    found = list(most_read(evidence_map(ROWS)))
    assert found[:3] == ["/diseases/lupus", "/diseases/gout", "/targets/cd19"]
    assert "/diseases/lupus/targets/cd19" in found
    assert found.index("/diseases/lupus/targets/cd19") < found.index("/diseases/gout/targets/cd19")
    assert found[-1] == "/responses?disease=lupus"
