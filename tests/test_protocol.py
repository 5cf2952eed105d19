"""A request in parts -> what it asks, from the table cases/protocol.toml."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartkg.errors import CartkgError, QueryError, Refused, TooLarge
from cartkg.sparql.protocol import requests
from cartkg.sparql.protocol.requests import Cut, Incoming, MethodNotAllowed, ProtocolRequest, UnsupportedMediaType

LONGEST = 200
ERRORS: dict[str, type[CartkgError]] = {
    "400": QueryError,
    "403": Refused,
    "405": MethodNotAllowed,
    "413": TooLarge,
    "415": UnsupportedMediaType,
}
CASES: list[dict[str, Any]] = tomllib.loads((Path(__file__).parent / "cases" / "protocol.toml").read_text("utf-8"))[
    "case"
]


def ask(parameters: str) -> ProtocolRequest:
    return requests.read(Incoming("GET", parameters), LONGEST)


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["name"]))
def test_the_request_is_read_as_the_table_says(case: dict[str, Any]) -> None:
    incoming = Incoming(
        case["method"], case.get("parameters", ""), case.get("content_type"), case.get("body", "").encode()
    )
    if case["expect"] in ERRORS:
        with pytest.raises(ERRORS[case["expect"]]) as caught:
            requests.read(incoming, LONGEST)
        assert type(caught.value) is ERRORS[case["expect"]]
        return
    asked = requests.read(incoming, LONGEST)
    assert asked.query == (case["query"] if case["expect"] == "query" else None)
    assert list(asked.dataset.default_graphs) == case.get("default_graphs", [])
    assert list(asked.dataset.named_graphs) == case.get("named_graphs", [])
    assert asked.timeout == case.get("timeout")


def test_a_body_that_is_no_utf8_is_malformed() -> None:
    with pytest.raises(QueryError, match="UTF-8"):
        requests.read(Incoming("POST", "", requests.QUERY_TYPE, "ASK {?s ?p 'ö'}".encode("latin-1")), LONGEST)


def test_the_format_may_be_called_output() -> None:
    assert (ask("query=x&output=csv").format, ask("query=x&format=tsv&output=csv").format) == ("csv", "tsv")


def test_a_client_may_ask_for_less_time() -> None:
    assert ask("query=x&timeout=0.5").timeout == 0.5


def test_a_client_may_ask_for_a_part_that_is_marked() -> None:
    assert (ask("query=x").cut, ask("query=x&cut=mark").cut) == (Cut.REFUSE, Cut.MARK)


def test_too_many_parameters_are_refused() -> None:
    with pytest.raises(TooLarge):
        ask("&".join(f"a{number}=1" for number in range(2000)))


@given(
    st.sampled_from(["GET", "POST", "HEAD", "PATCH", ""]),
    st.text(max_size=200),
    st.none() | st.text(max_size=60) | st.sampled_from([requests.FORM_TYPE, requests.QUERY_TYPE]),
    st.binary(max_size=300),
)
def test_no_bytes_give_anything_but_a_reading_or_a_refusal(
    method: str, parameters: str, content_type: str | None, body: bytes
) -> None:
    try:
        asked = requests.read(Incoming(method, parameters, content_type, body), LONGEST)
    except QueryError:
        return
    assert asked.query is None or len(asked.query.encode()) <= LONGEST
