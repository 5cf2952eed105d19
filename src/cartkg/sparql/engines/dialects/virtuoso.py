"""OpenLink Virtuoso 7: truth values as rows, malformed TSV, answers that end early with status 200.

Tables are asked for in JSON and graphs in N-Triples, which it writes best, and are written here in the format wanted.
Source: its own answers, versions 7.2.5 to 7.2.5.1; the documentation of its settings ResultSetMaxRows and of the
"anytime" query.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox

from cartkg.errors import LimitExceeded, TooLarge
from cartkg.formats import GRAPHS, JSON, N_TRIPLES, RESULTS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cartkg.formats import Format

#: The variable in which it returns the truth value of ASK.
_TRUTH = "__ASK_RETVAL"
_BOOLEAN = "http://www.w3.org/2001/XMLSchema#boolean"
_NUMERIC = {"0": "false", "1": "true"}
#: What it says of an answer that ended at its limit of time, and the limit of its rows.
_STATE, _INCOMPLETE, _MOST = "x-sql-state", "S1TAT", "x-sparql-maxrows"
_NO_LABEL = re.compile(r"\W+")


class Virtuoso:
    """Ask for JSON and N-Triples, and write the answer from them."""

    def wire(self, form: Format) -> Format:
        """Return JSON for tables and truth values, N-Triples for graphs."""
        return N_TRIPLES if form.name in GRAPHS else JSON

    def read(self, body: bytes, form: Format) -> bytes:
        """Return a table in JSON as the specification has it.

        Raises:
            ValueError: it is not a table in JSON.
        """
        if form.name in GRAPHS:
            return body
        answer = json.loads(body)
        try:
            names, rows = answer["head"]["vars"], answer["results"]["bindings"]
            if names == [_TRUTH]:
                said: dict[str, Any] = {"head": {}, "boolean": rows != [] and rows[0][_TRUTH]["value"] != "0"}
            else:
                said = {
                    "head": {"vars": names},
                    "results": {"bindings": [{name: _term(term) for name, term in row.items()} for row in rows]},
                }
        except (LookupError, TypeError, AttributeError) as error:
            raise ValueError("not a table") from error
        return json.dumps(said, ensure_ascii=False).encode()

    def write(self, body: bytes, form: Format) -> bytes:
        """Write a table in JSON, or triples in N-Triples, in the format that is wanted."""
        if form in {JSON, N_TRIPLES}:
            return body
        if form.name in GRAPHS:
            return ox.serialize(ox.parse(body, format=ox.RdfFormat.N_TRIPLES), format=GRAPHS[form.name].engine) or b""
        table = ox.parse_query_results(body, format=ox.QueryResultsFormat.JSON)
        return table.serialize(format=RESULTS[form.name].engine) or b""

    def check(self, headers: Mapping[str, str], rows: int) -> None:
        """Check for what it says of an answer that is not whole; of a graph that was cut it says nothing.

        Raises:
            LimitExceeded: its limit of time ended the query.
            TooLarge: its limit of rows cut the table.
        """
        if headers.get(_STATE) == _INCOMPLETE:
            raise LimitExceeded("the store behind this endpoint ended the query at its own limit of time", limit="time")
        most = headers.get(_MOST, "")
        if most.isdecimal() and 0 < int(most) <= rows:
            raise TooLarge(f"the store behind this endpoint returns at most {most} rows; ask for fewer with LIMIT")


def _term(term: dict[str, str]) -> dict[str, str]:
    """Return a term as the specification has it."""
    if term["type"] == "bnode":
        return {**term, "value": _NO_LABEL.sub("_", term["value"])}
    if term["type"] != "typed-literal":
        return term
    value = term["value"]
    if term.get("datatype") == _BOOLEAN:
        value = _NUMERIC.get(value, value)
    return {**term, "type": "literal", "value": value}
