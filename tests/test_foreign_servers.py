"""Services and backends that mean harm: each ends as an error of the backend or of time, and SILENT passes it over."""

from __future__ import annotations

import gc
import json
import traceback
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import QuerySolutions
from tests.attack.backends import BODIES, ENDLESS, LINES, Hostile, hostile
from tests.live import Live, in_front_of, serving

from cartkg import formats
from cartkg.errors import BackendError
from cartkg.sparql.engines import foreign_answers
from cartkg.sparql.protocol import negotiation

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.whole

LABEL = "<http://www.w3.org/2000/01/rdf-schema#label>"
#: Answers that are not a mistake where the rows are only passed on, since nothing is made of them.
PASSED_ON = frozenset(
    {
        "a variable that is a number",
        "a variable with a space",
        "a variable that closes the block",
        "a variable twice",
        "a tag of one long part",
        "an IRI with half an escape",
    }
)


@pytest.fixture(scope="module")
def foe() -> Iterator[Hostile]:
    with hostile() as server:
        yield server


@pytest.fixture(scope="module")
def live(foe: Hostile) -> Iterator[Live]:
    with serving("--allow-service", foe.url, "--timeout", "2") as server:
        yield server


@pytest.fixture(scope="module")
def front(foe: Hostile) -> Iterator[Live]:
    with in_front_of(foe.url) as server:
        yield server
    assert "Traceback" not in server.said[0]


def clause(foe: Hostile, name: str, silent: str = "") -> str:
    return f'SELECT * {{ SERVICE {silent} <{foe.url}> {{ ?x ?y "case-{name}-" }} ?a {LABEL} ?b }}'


@pytest.mark.parametrize("name", LINES)
def test_a_malformed_answer_of_a_service_is_the_services_fault(live: Live, foe: Hostile, name: str) -> None:
    said = live.ask(clause(foe, name))
    assert said.status == 502, said.text
    assert foe.url not in said.text


@pytest.mark.parametrize("name", LINES)
def test_silent_passes_over_a_malformed_answer(live: Live, foe: Hostile, name: str) -> None:
    said = live.ask(clause(foe, name, "SILENT"))
    assert said.status == 200, said.text
    assert len(json.loads(said.body)["results"]["bindings"]) == 4


@pytest.mark.parametrize("name", ENDLESS)
def test_a_service_is_not_waited_for_beyond_the_deadline(live: Live, foe: Hostile, name: str) -> None:
    said = live.ask(clause(foe, name), timeout="0.4")
    assert said.status == (502 if name.startswith("a flood") else 503), said.text
    assert foe.held == 0


@pytest.mark.parametrize("name", ENDLESS)
def test_silent_leaves_time_for_the_rest_of_the_query(live: Live, foe: Hostile, name: str) -> None:
    said = live.ask(clause(foe, name, "SILENT"), timeout="1.5")
    assert said.status == 200, said.text
    assert len(json.loads(said.body)["results"]["bindings"]) == 4
    assert foe.held == 0


def test_a_query_calls_no_more_services_than_it_may(live: Live, foe: Hostile) -> None:
    before = foe.came
    one = f'SERVICE SILENT <{foe.url}> {{ ?x ?y "case-an error-" }}'
    said = live.ask(f"SELECT * {{ {one * 33} }}")
    assert (said.status, foe.came) == (413, before)
    assert "SERVICE" in said.text


@pytest.mark.parametrize("name", [name for name in LINES if name not in PASSED_ON])
def test_a_malformed_answer_of_a_backend_is_the_backends_fault(front: Live, name: str) -> None:
    said = front.ask(f"SELECT * {{ ?x ?y ?z }} # case-{name}-")
    assert said.status == 502, said.text


@pytest.mark.parametrize("name", ENDLESS)
def test_a_backend_is_not_waited_for_beyond_the_deadline(front: Live, foe: Hostile, name: str) -> None:
    said = front.ask(f"SELECT * {{ ?x ?y ?z }} # case-{name}-", timeout="0.4")
    assert said.status == (413 if name.startswith("a flood") else 503), said.text
    assert foe.held == 0


TABLES_AND_GRAPHS = [one for one in negotiation.FORMATS if one not in {formats.CSV, formats.SPREADSHEET}]


@pytest.mark.parametrize("form", TABLES_AND_GRAPHS, ids=lambda one: one.name)
@pytest.mark.parametrize("body", [b"\xff", b"<html>", b"[" * 100_000, b"<a>" * 100_000, b'"', b"{"])
def test_an_answer_in_another_form_is_none(form: formats.Format, body: bytes) -> None:
    with pytest.raises(BackendError, match="something other"):
        foreign_answers.count(body, form, float("inf"))


CSV_ROWS = {b"": 0, b"x\r\n": 0, b'x\r\n"a\r\n"",b"\r\n': 1, b"x\na\nb": 2, b"x\n" + b"a" * 10**6: 1}


@pytest.mark.parametrize(("body", "rows"), CSV_ROWS.items(), ids=range(len(CSV_ROWS)))
def test_rows_of_foreign_csv_are_counted(body: bytes, rows: int) -> None:
    assert foreign_answers.count(body, formats.CSV, float("inf")) == rows


@pytest.mark.parametrize("until", [0.0, float("inf")], ids=["too late", "malformed"])
def test_an_error_takes_no_results_to_another_thread(until: float, recwarn: pytest.WarningsRecorder) -> None:
    row = b'{"x":{"type":"uri","value":"http://a.example"}},'
    body = b'{"head":{"vars":["x"]},"results":{"bindings":[' + row * 3000 + b'{"x":1}]}}'
    with ThreadPoolExecutor(1) as other:
        error = other.submit(foreign_answers.count, body, formats.JSON, until).exception()
    frames = (frame for frame, _ in traceback.walk_tb(error.__traceback__ if error else None))
    assert isinstance(error, BackendError | TimeoutError)
    assert not any(isinstance(value, QuerySolutions) for frame in frames for value in frame.f_locals.values())
    del error
    gc.collect()
    assert not recwarn.list


def test_csv_must_be_text() -> None:
    with pytest.raises(BackendError, match="something other"):
        foreign_answers.count(b"\xff", formats.CSV, float("inf"))


KEYS = st.sampled_from(["head", "vars", "results", "bindings", "x", "type", "value", "uri", "literal"])
LEAVES = st.none() | st.booleans() | st.integers() | st.text() | KEYS


@given(st.recursive(LEAVES, lambda inner: st.lists(inner) | st.dictionaries(KEYS, inner)))
def test_no_json_of_a_service_does_more_than_fail(answer: object) -> None:
    try:
        block = foreign_answers.values(json.dumps(answer).encode())
    except BackendError:
        return
    assert block.startswith("{ VALUES (")


@pytest.mark.parametrize("name", BODIES)
def test_no_body_is_taken_for_rows(name: str) -> None:
    with pytest.raises(BackendError):
        foreign_answers.values(BODIES[name])
