"""Products and documentation of the ontology."""

from __future__ import annotations

import json
import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import pyoxigraph as ox
import pytest

from cartkg import project as projects
from cartkg.caches import Cache
from cartkg.errors import ConfigError
from cartkg.graph import KnowledgeGraph, read
from cartkg.namespaces import BASE, GRAPH_ONTOLOGY, ONTOLOGY, OWL, RDF, RDFS, SKOS, TERM, read_prefixes
from cartkg.queries import read_questions
from cartkg.reasoning.ontology_checks import profile_violations
from cartkg.vocabulary import documentation
from cartkg.vocabulary.obo import obo_files
from cartkg.vocabulary.products import Product, product
from cartkg.vocabulary.usage import Use, uses

ROOT = Path(__file__).resolve().parents[1]
FOUND = ox.Triple(
    ox.NamedNode(f"{TERM}DualTargetTherapy"),
    ox.NamedNode(f"{RDFS}subClassOf"),
    ox.NamedNode(f"{TERM}CD19TargetedTherapy"),
)


@pytest.fixture(scope="module")
def whole() -> list[ox.Triple]:
    project = projects.find(ROOT)
    return [quad.triple for quad in read(project.ontology_files(), project).graph.quads(GRAPH_ONTOLOGY)]


@pytest.fixture(scope="module")
def products(whole: list[ox.Triple]) -> dict[Product, list[ox.Triple]]:
    return {kind: product(kind, whole, [FOUND]) for kind in Product}


@pytest.mark.parametrize("kind", Product)
def test_a_product_has_one_head_and_imports_nothing(kind: Product, products: dict[Product, list[ox.Triple]]) -> None:
    heads = {triple.subject for triple in products[kind] if triple.object == ox.NamedNode(f"{OWL}Ontology")}
    assert heads == {ox.NamedNode(ONTOLOGY)}
    assert not [triple for triple in products[kind] if triple.predicate.value == f"{OWL}imports"]


@pytest.mark.parametrize("kind", Product)
def test_a_product_declares_no_prefix(kind: Product, products: dict[Product, list[ox.Triple]]) -> None:
    assert not [triple for triple in products[kind] if f"{BASE}prefix/" in str(triple.subject)]


@pytest.mark.parametrize("kind", Product)
def test_a_product_holds_every_term_of_ours(kind: Product, products: dict[Product, list[ox.Triple]]) -> None:
    def ours(triples: list[ox.Triple]) -> set[str]:
        labelled = (triple.subject for triple in triples if triple.predicate.value == f"{RDFS}label")
        return {term.value for term in labelled if isinstance(term, ox.NamedNode) and term.value.startswith(TERM)}

    assert ours(products[kind]) == ours(products[Product.FULL])
    assert len(ours(products[kind])) > 600


def test_the_base_says_nothing_of_foreign_terms_but_their_kind(products: dict[Product, list[ox.Triple]]) -> None:
    foreign = [
        triple
        for triple in products[Product.BASE]
        if isinstance(triple.subject, ox.NamedNode) and not triple.subject.value.startswith(BASE)
    ]
    assert {triple.predicate.value for triple in foreign} == {f"{RDF}type"}
    declared = {str(triple.subject).strip("<>") for triple in foreign}
    assert "http://purl.obolibrary.org/obo/OBI_0500000" in declared  # a class that ours stand below
    assert "http://purl.obolibrary.org/obo/IAO_0000306" not in declared  # the source of a value, no more


@pytest.mark.parametrize("kind", Product)
def test_a_product_says_each_definition_in_the_word_of_obo(
    kind: Product, products: dict[Product, list[ox.Triple]]
) -> None:
    def said(predicate: str) -> set[tuple[str, str]]:
        return {(str(each.subject), str(each.object)) for each in products[kind] if each.predicate.value == predicate}

    assert len(said(f"{SKOS}definition")) > 600
    assert said(f"{SKOS}definition") <= said("http://purl.obolibrary.org/obo/IAO_0000115")


@pytest.mark.whole
@pytest.mark.parametrize("kind", Product)
def test_a_product_is_owl_2_dl(kind: Product, products: dict[Product, list[ox.Triple]], tmp_path: Path) -> None:
    assert profile_violations(products[kind], Cache(tmp_path / "kept")) == []


def test_the_full_product_holds_what_the_reasoner_found(products: dict[Product, list[ox.Triple]]) -> None:
    assert FOUND in products[Product.FULL]
    assert FOUND in products[Product.SIMPLE]
    assert FOUND not in products[Product.BASE]


def test_the_simple_product_has_no_blank_node(products: dict[Product, list[ox.Triple]]) -> None:
    for triple in products[Product.SIMPLE]:
        assert not isinstance(triple.subject, ox.BlankNode)
        assert not isinstance(triple.object, ox.BlankNode)


_HEAD = ("http-equiv", "lang")


class _Elements(HTMLParser):
    """What a browser finds in a page: elements, attributes, and the addresses that it follows or loads."""

    TEXT = frozenset(
        ("a", "b", "blockquote", "br", "code", "em", "hr", "i", "img", "p", "pre", "span", "strong", "sub")
    )
    HEADS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6", "sup"))
    LISTS = frozenset(("dd", "div", "dl", "dt", "li", "ol", "ul"))
    TABLES = frozenset(("table", "tbody", "td", "th", "thead", "tr"))
    ALLOWED = TEXT | HEADS | LISTS | TABLES

    def __init__(self, page: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.attributes: set[str] = set()
        self.addresses: set[str] = set()
        self.loaded: set[str] = set()
        self.counts: Counter[str] = Counter()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.counts[tag] += 1
        self.attributes.update(name for name, _ in attrs)
        self.addresses.update(value or "" for name, value in attrs if name in {"href", "src"})
        self.loaded.update(value or "" for name, value in attrs if name == "src")


@pytest.fixture(scope="module")
def source(whole: list[ox.Triple]) -> bytes:
    """What pyLODE gets: the ontology, one use of a term, and one question that names another."""
    graph = KnowledgeGraph(read_prefixes(ROOT / "ontology" / "prefixes.ttl"))
    graph.add(GRAPH_ONTOLOGY, whole)
    study, kind, about = (ox.NamedNode(iri) for iri in (f"{BASE}study/s", f"{RDF}type", f"{TERM}Study"))
    graph.add(f"{BASE}graph/s", [ox.Triple(study, kind, about)])
    return documentation.document(whole, graph, read_questions(ROOT / "queries"))


@pytest.fixture(scope="module")
def page(source: bytes) -> str:
    return documentation.page(source).decode()


@pytest.mark.whole
def test_the_documentation_names_every_term_but_named_values_at_its_own_anchor(
    whole: list[ox.Triple], page: str
) -> None:
    kinds = {f"{OWL}{name}" for name in ("Class", "ObjectProperty", "DatatypeProperty")}
    terms = {
        triple.subject.value.removeprefix(TERM)
        for triple in whole
        if isinstance(triple.subject, ox.NamedNode)
        and triple.subject.value.startswith(TERM)
        and isinstance(triple.object, ox.NamedNode)
        and triple.object.value in kinds
    }
    assert len(terms) > 300
    assert terms <= set(re.findall(r'id="([^"]+)"', page))


@pytest.mark.whole
def test_the_documentation_says_how_the_data_uses_a_term_and_who_asks_for_it(page: str) -> None:
    study = page.split('id="Study"')[1].split('class="property entity"', maxsplit=1)[0]
    assert f'Used 1 times in the data, for instance in <a href="{BASE}study/s">study/s</a>' in study
    conflict = page.split('id="Conflict"')[1].split('class="property entity"', maxsplit=1)[0]
    assert f'Asked in: <a href="{BASE}question/' in conflict
    assert 'src="model.svg"' in page


@pytest.mark.whole
def test_the_documentation_needs_nothing_from_elsewhere_and_runs_no_script(page: str) -> None:
    assert set(re.findall(r"<script[^>]*>", page)) == {'<script id="schema.org" type="application/ld+json">'}
    assert not re.findall(r'\ssrc="(?!data:|model\.svg")', page)
    assert not re.findall(r'<link[^>]*href="(?!data:)', page)
    assert not re.findall(r"@import|url\(|\sstyle=|\son\w+=", page)


#: Texts of terms that want to run, load or leave something.
HOSTILE = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(2)>",
    "[c](javascript:alert(3)) <a href='data:text/html,x'>d</a> <a href=\"JaVaScRiPt:alert(4)\">e</a>",
    "</script><script>alert(5)</script></body></html><svg onload=alert(6)>",
    "<style>* { background: url(https://evil.example/) }</style><iframe src=https://evil.example/></iframe>",
    "![p](https://evil.example/track.png) <form action=https://evil.example/><input name=x></form>",
    "<meta http-equiv=refresh content='0;url=https://evil.example/'><base href=https://evil.example/>",
    "<div style='position:fixed' onclick=alert(7)>x</div>",
)


@pytest.fixture(scope="module")
def attacked(source: bytes) -> str:
    """The page of an ontology whose label, title, comments, definitions and notes are all hostile."""
    said = ("rdfs:label", "rdfs:comment", "skos:definition", "skos:note", "skos:example", "dcterms:title")
    prefixes = {"rdfs:": RDFS, "skos:": SKOS, "dcterms:": "http://purl.org/dc/terms/"}
    predicates = [prefixes[name.partition(":")[0] + ":"] + name.partition(":")[2] for name in said]
    more = [
        f"{ox.Triple(ox.NamedNode(about), ox.NamedNode(predicate), ox.Literal(text))} .\n"
        for about in (f"{TERM}Study", ONTOLOGY)
        for predicate in predicates
        for text in HOSTILE
    ]
    agent, creator = ox.NamedNode("https://orcid.org/0000-0002-1825-0097?x='onload=alert(8)"), predicates[-1]
    more.append(f"{ox.Triple(ox.NamedNode(ONTOLOGY), ox.NamedNode(creator.replace('title', 'creator')), agent)} .\n")
    return documentation.page(source + "".join(more).encode()).decode()


@pytest.mark.whole
def test_nothing_that_a_term_says_runs_loads_or_leaves_on_its_page(attacked: str) -> None:
    found = _Elements(attacked)
    assert found.names <= {*found.ALLOWED, "html", "head", "title", "style", "link", "meta", "script", "body"}
    assert found.attributes <= {"class", "id", "title", "href", "alt", "src", "rel", "type", "sizes", "content", *_HEAD}
    plain = ("http://", "https://", "#", "data:image/png;base64,")
    assert [address for address in found.addresses if ":" in address and not address.startswith(plain)] == []
    assert found.loaded == {"model.svg"}
    assert [found.counts[name] for name in ("script", "style", "meta", "body")] == [1, 1, 2, 1]


@pytest.mark.whole
def test_the_page_forbids_scripts_itself(page: str) -> None:
    head = page.split("</head>", maxsplit=1)[0]
    policy = re.search(r'<meta http-equiv="Content-Security-Policy" content="([^"]+)">', head)
    assert policy is not None
    assert "default-src 'none'" in policy[1]
    assert "script-src" not in policy[1]
    assert head.index(policy[0]) < head.index("<style")


@pytest.mark.whole
def test_equal_ontologies_give_equal_pages(source: bytes, page: str) -> None:
    assert documentation.page(source).decode() == page


def test_what_keeps_pylode_from_its_work_is_told() -> None:
    with pytest.raises(ConfigError, match="pyLODE"):
        documentation.page(b"no RDF")


def test_pylode_is_not_waited_for_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documentation, "_SECONDS", 0.01)
    with pytest.raises(ConfigError, match="did not document"):
        documentation.page(b"")


def test_a_class_of_values_is_used_where_one_of_its_values_is(whole: list[ox.Triple]) -> None:
    graph = KnowledgeGraph.of_quads([])
    graph.add(GRAPH_ONTOLOGY, whole)
    finding, kind, baseline = (ox.NamedNode(iri) for iri in (f"{BASE}finding/f", f"{TERM}timeKind", f"{TERM}baseline"))
    graph.add(f"{BASE}graph/s", [ox.Triple(finding, kind, baseline)])
    used = uses(graph)
    assert used[f"{TERM}TimeKind"] == used[f"{TERM}baseline"] == Use(1, f"{BASE}finding/f")


@pytest.mark.whole
def test_the_documentation_names_foreign_terms_by_their_labels(page: str) -> None:
    assert "investigation" in page
    assert not re.findall(r">(?:Bfo|Obi|Iao|Cob|Maxo)_\d+<", page)


def test_the_picture_shows_labels_of_the_ontology(whole: list[ox.Triple]) -> None:
    drawn = documentation.picture(whole).decode()
    assert drawn.startswith("<svg ")
    for label in ("cell therapy", "target antigen", "claimed by", "overlap between"):
        assert f">{label}</text>" in drawn


@pytest.fixture(scope="module")
def in_obo(products: dict[Product, list[ox.Triple]]) -> dict[str, bytes]:
    return obo_files(products[Product.SIMPLE])


def _classes(triples: list[ox.Triple]) -> set[str]:
    kind = ox.NamedNode(f"{OWL}Class")
    return {each.subject.value for each in triples if each.object == kind and isinstance(each.subject, ox.NamedNode)}


def test_obo_graphs_json_names_every_class_with_label_and_definition(
    in_obo: dict[str, bytes], products: dict[Product, list[ox.Triple]]
) -> None:
    nodes = {node["id"]: node for graph in json.loads(in_obo["json"])["graphs"] for node in graph["nodes"]}
    assert _classes(products[Product.SIMPLE]) <= set(nodes)
    finding = nodes[f"{TERM}Finding"]
    assert finding["lbl"] == "finding"
    assert finding["meta"]["definition"]["val"].startswith("A statement of one result")


def test_obo_has_every_class_with_name_definition_and_parents(
    in_obo: dict[str, bytes], products: dict[Product, list[ox.Triple]]
) -> None:
    stanzas = in_obo["obo"].decode().split("\n\n")
    terms = {stanza.split("id: ")[1].split("\n")[0]: stanza for stanza in stanzas if stanza.startswith("[Term]")}
    ours = {iri for iri in _classes(products[Product.SIMPLE]) if iri.startswith(TERM)}
    assert ours <= set(terms)
    finding = terms[f"{TERM}OutcomeFinding"]
    assert "name: outcome finding\n" in finding
    assert 'def: "' in finding
    assert f"is_a: {TERM}Finding\n" in f"{finding}\n"


@pytest.mark.whole
def test_equal_ontologies_give_equal_obo(in_obo: dict[str, bytes], products: dict[Product, list[ox.Triple]]) -> None:
    assert obo_files(reversed(products[Product.SIMPLE])) == in_obo
