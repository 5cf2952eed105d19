"""The W3C suites of the SPARQL 1.1 Protocol and of its Service Description, asked of a running `cartkg serve`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyoxigraph as ox
import pytest
from tests.foreign_stores import STORES
from tests.live import in_front_of
from tests.w3c import sparql_protocol as protocol
from tests.w3c.sparql_suite import RDF, SUITE

from cartkg.release.remote_store import publish_to

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.live import Live, Said
    from tests.w3c.sparql_protocol import Story

SD = "http://www.w3.org/ns/sparql-service-description#"
DOMAINS = {
    "Service": {
        "endpoint",
        "supportedLanguage",
        "feature",
        "resultFormat",
        "inputFormat",
        "defaultEntailmentRegime",
        "defaultDataset",
        "availableGraphs",
        "extensionFunction",
    },
    "Dataset": {"defaultGraph"},
    "GraphCollection": {"namedGraph"},
    "NamedGraph": {"name", "graph", "entailmentRegime"},
}
#: A data set is a collection of graphs in the vocabulary.
SUBCLASSES = {"GraphCollection": {"Dataset"}}
#: What a store of others does otherwise: the store and the test.
OTHERWISE = {
    ("rdflib", "query_content_type_describe"): "the answer to DESCRIBE is RDF/XML, whatever was requested",
    ("rdflib", "query_multiple_dataset"): "the graphs that the request names are ignored where the query names some",
}

pytestmark = [
    pytest.mark.whole,
    pytest.mark.skipif(not SUITE.is_dir(), reason="the W3C suites lie in ../shared/conformance, which is not here"),
]


@pytest.fixture(scope="module")
def live() -> Iterator[Live]:
    with protocol.endpoint() as server:
        yield server


@pytest.fixture(scope="module")
def description(live: Live) -> Said:
    return live.request("GET", "/sparql/", {"Accept": "text/turtle"})


@pytest.mark.parametrize("story", protocol.stories() if SUITE.is_dir() else [], ids=lambda story: str(story.name))
def test_the_endpoint_behaves_as_the_suite_says(live: Live, story: Story) -> None:
    if story.about_update:
        pytest.skip("not applicable: the endpoint is read-only")
    assert not protocol.judge(live, story)


@pytest.fixture(scope="module", params=STORES)
def front(request: pytest.FixtureRequest) -> Iterator[Live]:
    """Serve the graphs of the suite out of a store of others."""
    with STORES[request.param]() as store:
        quads = ox.Store()
        quads.extend(protocol.graphs())
        publish_to(quads, "suite", store)
        with in_front_of(store.query) as server:
            yield server


@pytest.mark.parametrize("story", protocol.stories() if SUITE.is_dir() else [], ids=lambda story: str(story.name))
def test_in_front_of_a_store_of_others_it_behaves_so_too(
    request: pytest.FixtureRequest, front: Live, story: Story
) -> None:
    if story.about_update:
        pytest.skip("not applicable: the endpoint is read-only")
    fault = protocol.judge(front, story)
    if (reason := OTHERWISE.get((request.node.callspec.params["front"], story.name))) is not None:
        assert fault, f"{story.name} is right now: take it off the list"
        pytest.skip(reason)
    assert not fault


def test_get_on_the_endpoint_returns_rdf(description: Said) -> None:
    assert description.status == 200
    assert list(ox.parse(description.body, ox.RdfFormat.TURTLE))


def test_the_description_names_its_endpoint(live: Live, description: Said) -> None:
    names = {quad.object for quad in _said(description, f"{SD}endpoint")}
    assert names == {ox.NamedNode(live.url)}


def test_the_description_conforms_to_the_schema(description: Said) -> None:
    """Properties are used where the vocabulary puts them, and each service has what it must have."""
    kinds = {quad.subject: quad.object for quad in _said(description, f"{RDF}type")}
    for quad in ox.parse(description.body, ox.RdfFormat.TURTLE):
        name = quad.predicate.value.removeprefix(SD)
        for kind, properties in DOMAINS.items():
            if name in properties:
                assert kinds[quad.subject] in {ox.NamedNode(SD + each) for each in (kind, *SUBCLASSES.get(kind, ()))}
    assert ox.NamedNode(f"{SD}Service") in kinds.values()


def _said(description: Said, predicate: str) -> list[ox.Quad]:
    quads = ox.parse(description.body, ox.RdfFormat.TURTLE)
    return [quad for quad in quads if quad.predicate == ox.NamedNode(predicate)]
