"""Names are found in every spelling: accents, umlauts, letters with strokes, hyphens, other names."""

from __future__ import annotations

import re

import pyoxigraph as ox
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.test_diagnosis import Direct

from cartkg.facts.records import Records
from cartkg.facts.result_cache import ResultCache
from cartkg.facts.search import holds, named, words_in
from cartkg.nearest import fold, spelling, spellings
from cartkg.sparql.pool.stores import Stores
from cartkg.web import create_app
from cartkg.web.http.settings import AppSettings, ServedRelease
from cartkg.web.views.home import BLUEPRINTS

BASE = "https://w3id.org/cartkg/"
LABEL = ox.NamedNode("http://www.w3.org/2000/01/rdf-schema#label")
OTHER = ox.NamedNode("http://www.w3.org/2004/02/skos/core#altLabel")
NAMES = {
    "publication/mueller": ("Müller 2024 (N Engl J Med)",),
    "publication/strauss": ("Strauß 2023",),
    "publication/sorensen": ("Sørensen and Łukasiewicz 2022",),
    "publication/garcia": ("García-Peña 2021",),
    "publication/goethe": ("Goethe 2020",),
    "product/kyv": ("mivocabtagene autoleucel", "KYV-101"),
    "product/obe": ("obecabtagene autoleucel", "obe\u2011cel"),
    "product/car": ("CD19 CAR-T cells",),
    "disease/sle": ("systemic lupus erythematosus", "SLE", "lupus erythematosus, systemic"),
    "disease/sjogren": ("Sjögren disease",),
}


@pytest.fixture(scope="module")
def engine() -> Direct:
    store = ox.Store()
    for thing, (label, *others) in NAMES.items():
        node = ox.NamedNode(BASE + thing)
        store.add(ox.Quad(node, LABEL, ox.Literal(label, language="en")))
        store.extend([ox.Quad(node, OTHER, ox.Literal(other)) for other in others])
    return Direct(Stores(store))


@pytest.mark.parametrize(
    ("words", "thing"),
    [
        ("mueller", "publication/mueller"),
        ("muller", "publication/mueller"),
        ("MÜLLER", "publication/mueller"),
        ("Mueller 2024", "publication/mueller"),
        ("mu\u0308ller", "publication/mueller"),
        ("strauss", "publication/strauss"),
        ("Strauß", "publication/strauss"),
        ("sorensen", "publication/sorensen"),
        ("soerensen", "publication/sorensen"),
        ("lukasiewicz", "publication/sorensen"),
        ("garcia pena", "publication/garcia"),
        ("garcia-pena", "publication/garcia"),
        ("göthe", "publication/goethe"),
        ("goethe", "publication/goethe"),
        ("KYV101", "product/kyv"),
        ("kyv-101", "product/kyv"),
        ("kyv 101", "product/kyv"),
        ("obe cel", "product/obe"),
        ("obecel", "product/obe"),
        ("obe-cel", "product/obe"),
        ("CD19-CAR", "product/car"),
        ("CD-19 CAR", "product/car"),
        ("sle", "disease/sle"),
        ("sjogren", "disease/sjogren"),
        ("Sjoegren", "disease/sjogren"),
    ],
)
def test_a_name_is_found_in_every_spelling(engine: Direct, words: str, thing: str) -> None:
    found = named(Records(engine, ResultCache()), words_in(words), 10)
    assert [hit.iri for hit in found] == [BASE + thing]
    page = (
        create_app(engine, AppSettings(ServedRelease("x")), BLUEPRINTS)
        .test_client()
        .get("/search", query_string={"q": words})
    )
    assert f'href="/{thing}"' in page.text


@pytest.mark.parametrize("words", ["mular", "kyv 102", "obe-cell", "strass", "miller", ".", "m.ller", "müller 2023"])
def test_another_name_is_not_found(engine: Direct, words: str) -> None:
    assert named(Records(engine, ResultCache()), words_in(words), 10) == []


def test_a_thing_found_by_another_name_says_so(engine: Direct) -> None:
    client = create_app(engine, AppSettings(ServedRelease("x")), BLUEPRINTS).test_client()
    assert "also KYV-101" in client.get("/search?q=kyv101").text
    assert "also SLE" in client.get("/search?q=SLE").text
    assert ">also " not in client.get("/search?q=lupus").text
    hits = {
        words: named(Records(engine, ResultCache()), words_in(words), 10)[0]
        for words in ("obecel", "obecabtagene", "sle")
    }
    assert [(hit.label, hit.also) for hit in hits.values()] == [
        ("obecabtagene autoleucel", "obe\u2011cel"),
        ("obecabtagene autoleucel", ""),
        ("systemic lupus erythematosus", "SLE"),
    ]


@given(st.text(min_size=1, max_size=80))
@example("ss")
@example("sss")
@example("ß-ß")
@example("aee")
@example("[^]$")
@example("sßssß")
@example("0\u03000")
@example("ß\u03000")
@example("a-\u0300-\u03010")
@example("a\u1dc0\u0300b")
def test_every_text_finds_itself_and_its_fold_and_is_a_pattern_to_the_engine(text: str) -> None:
    for word in words_in(text):
        assert holds(word, [word])
        pattern = spellings(word)
        assert re.compile(pattern)
        ask = f"ASK {{ FILTER(REGEX({ox.Literal(word)}, {ox.Literal(pattern)})) }}"
        assert bool(ox.Store().query(ask)) is bool(re.search(pattern, word))


def test_the_fold_knows_letters_that_unicode_keeps_whole() -> None:
    assert fold("Łódź Ørsted Æther œuvre Strauß Đorđe") == "lodz orsted aether oeuvre strauss dorde"
    assert spelling("KYV-101") == spelling("kyv 101") == spelling("KYV101")
    assert spelling("Sjögren") == spelling("Sjoegren") == spelling("sjogren")
