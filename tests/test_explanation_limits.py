"""Explanations of hostile queries: few questions, each bounded in time, all of them together too."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest
from tests.live import serving
from tests.test_diagnosis import DATA, PREFIXES, Direct

from cartkg.errors import LimitExceeded
from cartkg.sparql.empty_answers.diagnosis import diagnose
from cartkg.sparql.empty_answers.probing import probes
from cartkg.sparql.pool.jobs import Source
from cartkg.sparql.pool.loading import load
from cartkg.sparql.protocol.requests import Dataset

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.live import Live

    from cartkg.sparql.engines.engine import Answer, Operation

NOTHING = "?c a cartkg:Nothing . "
WIDE = " ".join(f"?a{n} ?b{n} ?c{n} ." for n in range(9))


def many(number: int) -> dict[str, str]:
    names = " ".join(f"<x:{n}>" for n in range(number))
    triples = " ".join(f"?s{n} cartkg:p{n} ?o{n} ." for n in range(number))
    start = "SELECT ?c { ?c a cartkg:Cohort"
    return {
        "many triples": f"SELECT ?s0 {{ {triples} }}",
        "many values": f"{start} VALUES ?c {{ {names} }} }}",
        "many literals": f"SELECT ?c {{ ?c a ?l FILTER(?l IN ({', '.join(map(str, range(number)))})) }}",
        "many blocks": f"{start} {'OPTIONAL { ?c cartkg:no ?x } ' * (number // 3)} }}",
        "many things to take away": f"{start} {'MINUS { ?x cartkg:no ?y } ' * (number // 3)} }}",
        "deep blocks": f"SELECT ?c {{ {'{ ' * min(number, 100)}{NOTHING}{' }' * min(number, 100)} }}",
    }


HOSTILE = many(9000) | {
    "a product before the fault": f"SELECT * {{ {WIDE} {NOTHING} }}",
    "a product after the fault": f"SELECT * {{ {NOTHING} {WIDE} }}",
    "a long name": f"SELECT * {{ ?c a cartkg:{'Cohort' * 9000} }}",
    "a long text": f'SELECT * {{ ?c rdfs:label "{"label " * 9000}" }}',
    "a text that doubles": "SELECT * { ?c a cartkg:Cohort BIND('0123456789' AS ?x0) "
    + " ".join(f"BIND(CONCAT(?x{n}, ?x{n}) AS ?x{n + 1})" for n in range(20))
    + ' FILTER(?x20 = "0") }',
    "an expression without end": f'SELECT * {{ ?c rdfs:label ?l FILTER(REGEX(?l, "{"(a*)*" * 20}b")) }}',
}


@dataclass(frozen=True)
class Watched(Direct):
    """An engine in this process that notes what it is asked."""

    asked: list[Operation] = field(default_factory=list)

    def answer(self, operation: Operation) -> Answer:
        self.asked.append(operation)
        return super().answer(operation)


@pytest.fixture
def watched() -> Watched:
    return Watched(load(Source((DATA,))))


@pytest.mark.parametrize("name", many(0))
def test_questions_are_few_and_each_has_a_limit_of_time(watched: Watched, name: str) -> None:
    diagnose(watched, PREFIXES + many(60)[name], Dataset())
    assert 1 < len(watched.asked) <= probes.MOST + 1
    assert all(one.timeout is not None and 0 < one.timeout <= probes.SECONDS for one in watched.asked[1:])


def test_no_question_follows_when_the_time_is_up(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(0, 10_000, 3))
    monkeypatch.setattr(probes, "monotonic", lambda: float(next(clock)))
    found = diagnose(watched, PREFIXES + "SELECT * { ?c a cartkg:cohort ; rdfs:label ?l }", Dataset())
    assert found.verdict == "cannot tell"
    assert len(watched.asked) <= 1 + probes.PATIENCE / 3


def test_one_question_that_takes_too_long_hides_no_other_cause(watched: Watched) -> None:
    """What would be a suggestion is left out then; the part at fault is named all the same."""

    class Slow(Watched):
        def answer(self, operation: Operation) -> Answer:
            if "SELECT DISTINCT" in operation.query:
                raise LimitExceeded("too slow", limit="time")
            return super().answer(operation)

    found = diagnose(Slow(watched.stores), PREFIXES + "SELECT * { ?c a cartkg:cohort }", Dataset())
    assert found.verdict == "broken pattern"
    assert [(one.term, one.near) for one in found.absent] == [("cartkg:cohort", ())]


@pytest.fixture(scope="module")
def live() -> Iterator[Live]:
    with serving("--timeout", "2") as found:
        yield found


@pytest.mark.whole
@pytest.mark.parametrize("name", HOSTILE)
def test_the_server_answers_after_a_hostile_query(live: Live, name: str) -> None:
    body = urlencode({"query": PREFIXES + HOSTILE[name]}).encode()
    said = live.request("POST", "/sparql/explain", {"Content-Type": "application/x-www-form-urlencoded"}, body)
    assert said.status in {200, 400, 413, 503}, said.text[:300]
    if said.status == 200:
        assert json.loads(said.body)["verdict"] in {"broken pattern", "no match", "not empty", "cannot tell"}
    assert live.ask("ASK {}").status == 200
