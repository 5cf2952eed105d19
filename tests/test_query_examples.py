"""Stored questions as RDF that SPARQL editors read."""

from __future__ import annotations

from pathlib import Path

from pyoxigraph import DefaultGraph, NamedNode, Quad, QuerySolutions, Store

from cartkg.namespaces import SH
from cartkg.queries import read_question
from cartkg.queries.examples import describe, question_iri

CASES = Path(__file__).parent / "cases" / "pages"
ENDPOINT = "https://example.org/sparql"


def test_question_is_found_the_way_sparql_editors_ask_for_examples() -> None:
    question = read_question(CASES / "headline.rq")
    store = Store()
    store.extend(
        Quad(triple.subject, triple.predicate, triple.object, DefaultGraph())
        for triple in describe([question], ENDPOINT)
    )
    found = store.query(f"""PREFIX sh: <{SH}> PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
        SELECT ?sq ?comment ?query ?target WHERE {{ ?sq a sh:SPARQLExecutable ; rdfs:comment ?comment ;
          sh:select|sh:ask|sh:construct|sh:describe ?query ; <https://schema.org/target> ?target }}""")
    assert isinstance(found, QuerySolutions)
    assert [[getattr(term, "value", "") for term in row] for row in found] == [
        [question_iri(question), question.title, question.text, ENDPOINT]
    ]


def test_form_of_a_question_decides_its_class(tmp_path: Path) -> None:
    header = "#+ title: Any?\n#+ description: d\n#+ how-to-read: h\n#+ asked-by: trialist\n#+ tags: t\n#+ min-rows: 0\n"
    path = tmp_path / "any.rq"
    path.write_text(header + "ASK { ?s ?p ?o }", "utf-8")
    classes = {triple.object for triple in describe([read_question(path)], ENDPOINT)}
    assert NamedNode(f"{SH}SPARQLAskExecutable") in classes
    assert NamedNode(f"{SH}SPARQLSelectExecutable") not in classes
