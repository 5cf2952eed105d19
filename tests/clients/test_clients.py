"""Clients that people use, against a running `cartkg serve`: each gets what the endpoint says."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import warnings
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pandas as pd
import pyoxigraph as ox
import pytest
from rdflib import Graph, URIRef
from rdflib.plugins.stores.sparqlstore import SPARQLStore
from tests.live import Live, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

COUNTS = """SELECT ?cohort ?n {
  ?cohort a <https://w3id.org/cartkg/ontology#Cohort> ; <https://w3id.org/cartkg/ontology#patientCount> ?n
} ORDER BY ?n"""
CONSTRUCT = "CONSTRUCT WHERE { ?s <https://w3id.org/cartkg/ontology#patientCount> ?n }"
NAMES = [f"https://w3id.org/cartkg/cohort/{name}" for name in ("three", "two", "one")]


@pytest.fixture(scope="module")
def live() -> Iterator[Live]:
    with serving() as server:
        yield server


@pytest.fixture(scope="module")
def wrapper(live: Live) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the library's own, at import
        sparqlwrapper = pytest.importorskip("SPARQLWrapper")
    return sparqlwrapper, sparqlwrapper.SPARQLWrapper(live.url)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_sparqlwrapper_reads_a_table_in_each_format(wrapper: Any, method: str) -> None:
    module, client = wrapper
    client.setMethod(method)
    client.setQuery(COUNTS)
    client.setReturnFormat(module.JSON)
    rows = client.query().convert()["results"]["bindings"]
    assert [row["cohort"]["value"] for row in rows] == NAMES
    client.setReturnFormat(module.XML)
    assert [node.firstChild.data for node in client.query().convert().getElementsByTagName("uri")] == NAMES
    for form, mark in ((module.CSV, b"cohort,n"), (module.TSV, b"?cohort\t?n")):
        client.setReturnFormat(form)
        assert client.query().convert().startswith(mark)


def test_sparqlwrapper_reads_a_graph_in_each_format(wrapper: Any) -> None:
    module, client = wrapper
    client.setMethod("GET")
    client.setQuery(CONSTRUCT)
    forms = {
        module.RDFXML: ox.RdfFormat.RDF_XML,
        module.JSONLD: ox.RdfFormat.JSON_LD,
        module.TURTLE: ox.RdfFormat.TURTLE,
        module.N3: ox.RdfFormat.TURTLE,
    }
    for form, kind in forms.items():
        client.setReturnFormat(form)
        with client.query().response as response:
            assert len(list(ox.parse(response.read(), kind))) == 3


def test_sparqlwrapper_is_told_of_a_mistake(wrapper: Any) -> None:
    module, client = wrapper
    client.setQuery("SELECT * { ?s rdfs:label }")
    client.setReturnFormat(module.JSON)
    with pytest.raises(module.SPARQLExceptions.QueryBadFormed, match="rdfs"):
        client.query()


@pytest.mark.parametrize("form", ["xml", "json", "csv", "tsv"])
def test_rdflibs_store_asks_and_looks_up(live: Live, form: str) -> None:
    graph = Graph(SPARQLStore(live.url, returnFormat=form))
    assert [str(row[0]) for row in graph.query(COUNTS)] == NAMES  # type: ignore[index]  # rows of a table
    assert (URIRef(NAMES[0]), None, None) in graph
    about = list(graph.triples((URIRef(NAMES[2]), None, None)))
    assert len(about) == 4, about  # three are stated, one class follows


@pytest.mark.parametrize("form", ["xml", "json", "csv", "tsv"])
def test_rdflibs_store_reads_a_graph_whatever_form_of_tables_it_was_told(live: Live, form: str) -> None:
    found = Graph(SPARQLStore(live.url, returnFormat=form)).query(CONSTRUCT).graph
    assert found is not None
    assert len(found) == 3


def test_pandas_reads_csv_from_the_address(live: Live) -> None:
    frame = pd.read_csv(f"{live.url}?{urlencode({'query': COUNTS, 'format': 'csv'})}")
    assert list(frame["cohort"]) == NAMES
    assert frame["n"].sum() == 15.5


def test_pandas_reads_tsv(live: Live) -> None:
    frame = pd.read_csv(io.BytesIO(live.ask(COUNTS, "text/tab-separated-values").body), sep="\t")
    assert list(frame.columns) == ["?cohort", "?n"]
    assert len(frame) == 3


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
@pytest.mark.parametrize(
    "arguments",
    [
        ["--get", "--data-urlencode", f"query={COUNTS}"],
        ["--data-urlencode", f"query={COUNTS}"],
        ["--compressed", "-H", "Content-Type: application/sparql-query", "--data-binary", COUNTS],
    ],
    ids=["GET", "POST of a form", "POST of the query"],
)
def test_curl_reads_json(live: Live, arguments: list[str]) -> None:
    command = ["curl", "--silent", "--show-error", "--fail", *arguments, live.url]
    done = subprocess.run(command, capture_output=True, timeout=30, check=True)
    rows = json.loads(done.stdout)["results"]["bindings"]
    assert [row["cohort"]["value"] for row in rows] == NAMES


@pytest.mark.whole
@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_curl_sends_nothing_again_that_it_has(live: Live, tmp_path: object) -> None:
    tags = f"{tmp_path}/tags"
    command = ["curl", "--silent", "--etag-save", tags, "--etag-compare", tags, "-o", "/dev/null", "-w", "%{http_code}"]
    address = f"{live.url}?{urlencode({'query': COUNTS})}"
    said = [subprocess.run([*command, address], capture_output=True, timeout=30, check=True).stdout for _ in range(2)]
    assert said == [b"200", b"304"]
