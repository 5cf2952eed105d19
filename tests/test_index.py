"""The index of names: the best match first, over the data as they are; identifiers, spellings, bounds, no index."""

from __future__ import annotations

import json
import logging
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.test_pages import BROWSER, StoreEngine

from cartkg import manifest
from cartkg.builds import sources
from cartkg.errors import ConfigError, LimitExceeded, QueryError
from cartkg.graph import KnowledgeGraph, read
from cartkg.literature.corpus import cited
from cartkg.manifest import Manifest
from cartkg.namespaces import BASE
from cartkg.project import DUMP, INDEX, MANIFEST, PACKED_INDEX, find
from cartkg.search import codes, index, opening
from cartkg.search.entries import Code, SearchEntry, entries, kind_of, start_of
from cartkg.search.index import Index, SearchRequest, digest, holds, match, write
from cartkg.search.spelling import keys, searched, words
from cartkg.web import create_app
from cartkg.web.http.settings import AppSettings, ServedRelease
from cartkg.web.views.home import BLUEPRINTS

if TYPE_CHECKING:
    from flask.testing import FlaskClient

PROJECT = find(Path(__file__).resolve().parent.parent)
MONDO = "http://purl.obolibrary.org/obo/MONDO_"


@pytest.fixture(scope="module")
def graph() -> KnowledgeGraph:
    return read(sources(PROJECT), PROJECT).graph


@pytest.fixture(scope="module")
def names(graph: KnowledgeGraph) -> Index:
    return Index(write(entries(graph)))


@pytest.fixture(scope="module")
def client(graph: KnowledgeGraph, names: Index) -> FlaskClient:
    settings = AppSettings(ServedRelease("2026-11-22", digest="d1"), PROJECT, index=names)
    return create_app(StoreEngine(graph.store), settings, BLUEPRINTS).test_client()


def first(names: Index, text: str) -> str:
    hits = names.search(SearchRequest(text)).hits
    return hits[0].iri.removeprefix(BASE).removeprefix(MONDO) if hits else ""


@pytest.mark.whole
def test_every_disease_with_a_finding_is_first_by_its_name(graph: KnowledgeGraph, names: Index) -> None:
    asked = "SELECT DISTINCT ?d ?l WHERE { ?f cartkg:ofCohort/cartkg:hasDisease ?d . ?d rdfs:label ?l }"
    named = {row["l"]: row["d"].strip("<>") for row in graph.select(asked)}
    assert len(named) >= 28
    wrong = {name: found for name, iri in named.items() if not iri.endswith(found := first(names, name))}
    assert wrong == {}


@pytest.mark.parametrize(
    ("text", "thing"),
    [
        ("systemic lupus erythematosus", "0007915"),
        ("Systemic Lupus Erythematosus", "0007915"),
        ("lupus erythematosus systemic", "0007915"),
        ("SLE", "0007915"),
        ("lupus", "0007915"),
        ("systemic sclerosis", "0005100"),
        ("SSc", "0005100"),
        ("myasthenia gravis", "0009688"),
        ("autoimmune disease", "0007179"),
        ("rheumatoid arthritis", "0008383"),
        ("ulcerative colitis", "0005101"),
        ("colitis ulcerative", "0005101"),
        ("Sjögren syndrome", "0010030"),
        ("sjoegren syndrome", "0010030"),
        ("paediatric systemic lupus erythematosus", "0019725"),
        ("acquired haemophilia", "0019139"),
        ("taubmann 2023", "publication/taubmann-2023-rheumatology"),
        ("2023 Taubmann", "publication/taubmann-2023-rheumatology"),
        ("Mueller 2024 nejm", "publication/mueller-2024-nejm"),
        ("müller nejm 2024", "publication/mueller-2024-nejm"),
        ("10.1093/rheumatology/kead330", "publication/taubmann-2023-rheumatology"),
        ("doi: 10.1093/RHEUMATOLOGY/KEAD330", "publication/taubmann-2023-rheumatology"),
        ("https://doi.org/10.1093/rheumatology/kead330", "publication/taubmann-2023-rheumatology"),
        ("https://dx.doi.org/10.1093%2Frheumatology%2Fkead330", "publication/taubmann-2023-rheumatology"),
        ("37432378", "publication/taubmann-2023-rheumatology"),
        ("PMID: 37432378", "publication/taubmann-2023-rheumatology"),
        ("pmid37432378", "publication/taubmann-2023-rheumatology"),
        ("https://pubmed.ncbi.nlm.nih.gov/37432378/", "publication/taubmann-2023-rheumatology"),
        ("PMC10765150", "publication/taubmann-2023-rheumatology"),
        ("https://pmc.ncbi.nlm.nih.gov/articles/PMC10765150/", "publication/taubmann-2023-rheumatology"),
        ("NCT07089121", "trial/nct07089121"),
        ("nct 07089121", "trial/nct07089121"),
        ("https://clinicaltrials.gov/study/NCT07089121", "trial/nct07089121"),
        ("2022-001366-35", "trial/2022-001366-35"),
        ("MONDO:0007915", "0007915"),
        ("MONDO_0007915", "0007915"),
        (f"{MONDO}0007915", "0007915"),
        ("MeSH D008180", "0007915"),
        ("D008180", "0007915"),
        ("http://identifiers.org/mesh/D008180", "0007915"),
        ("NCIT:C3201", "0007915"),
        ("Orphanet:536", "0007915"),
        ("ORPHA 536", "0007915"),
        ("DOID:9074", "0007915"),
        ("P15391", "target/cd19"),
        ("UniProt:P15391", "target/cd19"),
        ("https://www.uniprot.org/uniprotkb/P15391/entry", "target/cd19"),
        ("HGNC:1633", "target/cd19"),
        ("KYV101", "product/mivocabtagene-autoleucel"),
        ("kyv 101", "product/mivocabtagene-autoleucel"),
        ("DORIS", "criterion/doris-remission"),
        ("ICANS", "term/icans"),
        ("CRS", "term/cytokine-release-syndrome"),
        ("CD-19", "target/cd19"),
    ],
)  # fmt: skip
def test_the_best_match_is_first(names: Index, text: str, thing: str) -> None:
    assert first(names, text) == thing


def test_every_identifier_of_a_publication_leads_to_it(graph: KnowledgeGraph, names: Index) -> None:
    for name in ("doi", "pmid", "pmcid", "registryNumber"):
        rows = list(graph.select(f"SELECT ?s ?o WHERE {{ ?s cartkg:{name} ?o FILTER(ISLITERAL(?o)) }}"))
        assert rows, name
        for row in rows:
            found = {hit.iri for hit in names.search(SearchRequest(row["o"])).hits if hit.exact}
            assert row["s"].strip("<>") in found, (name, row)


def test_a_foreign_code_is_no_result_of_its_own(names: Index) -> None:
    for text in ("systemic lupus erythematosus", "CD19", "fludarabine", "SLE"):
        for hit in names.search(SearchRequest(text, most=200)).hits:
            assert not hit.iri.startswith(("http://identifiers.org/mesh/", "http://purl.obolibrary.org/obo/NCIT_C3201"))
    (hit,) = names.search(SearchRequest("MeSH D008180")).hits
    assert (hit.label, hit.also, hit.score) == ("systemic lupus erythematosus", "MeSH D008180", 100)


def test_children_with_lupus_are_found_in_trials_and_diseases(names: Index) -> None:
    found = names.search(SearchRequest("children lupus", most=200))
    assert {"disease", "trial", "publication"} <= found.kinds.keys()
    assert f"{MONDO}0019725" in {hit.iri for hit in found.hits}
    trials = names.search(SearchRequest("children lupus", "trial", 200))
    assert trials.total == found.kinds["trial"] == len(trials.hits)
    assert f"{BASE}trial/nct07089121" in {hit.iri for hit in trials.hits}


def test_pages_of_results_cover_all_of_them_once(names: Index) -> None:
    whole = names.search(SearchRequest("lupus", most=200)).hits
    parts = [names.search(SearchRequest("lupus", most=40, offset=at)).hits for at in range(0, 200, 40)]
    assert tuple(hit for part in parts for hit in part) == whole


@given(st.text(max_size=60))
@example('" OR * NEAR(')
@example("'; DROP TABLE thing; --")
@example("\x00\ud800")
@example("10.1/" + "9" * 60)
@example("^ { } : + - ~")
@example("http://")
@example("\u202e\u0301")
def test_any_text_is_a_search_and_changes_nothing(names: Index, text: str) -> None:
    found = names.search(SearchRequest(text))
    assert found.total is not None
    assert len(found.hits) == min(found.total, 20)
    names.search(SearchRequest(text, typing=True))
    assert first(names, "SLE") == "0007915"


@given(st.lists(st.text(st.characters(categories=["L", "N", "P"]), min_size=1, max_size=12), min_size=1, max_size=4))
@example(["Müller", "KYV-101"])
@example(["ß"])
def test_a_name_is_found_by_itself_and_by_its_words(parts: list[str]) -> None:
    name = " ".join(parts)
    made = Index(write([SearchEntry(f"{BASE}product/x", "product", 0, name)]))
    asked = searched(name)
    if not asked:
        assert not made.search(SearchRequest(name)).hits
        return
    assert made.search(SearchRequest(name)).hits[0].score == 100
    assert holds(name, asked)
    assert made.search(SearchRequest(" ".join(reversed(parts)))).hits
    made.close()


def test_spellings() -> None:
    same = "haemophilia hemophilia tumour tumor randomised randomized Müller Mueller Müller Muller obe-cel obecel"
    pairs = f"{same} cells cell".split()
    for one, other in zip(pairs[::2], pairs[1::2], strict=True):
        assert holds(one, searched(other)), (one, other)
        assert holds(other, searched(one)), (one, other)
    assert not holds("KYV-102", searched("kyv101"))
    assert not holds("Miller", searched("Müller"))
    assert keys("") == () == keys("--")
    assert words("--") == set()
    assert match([]) == ""


def test_forms_of_identifiers() -> None:
    assert codes.forms("lupus") == () == codes.forms("") == codes.forms("9" * 400)
    assert codes.forms("two words 1 2") == ()
    assert codes.shown("https://www.ncbi.nlm.nih.gov/gene/930") == "NCBI Gene 930"
    assert "930" not in codes.of_iri("http://identifiers.org/ncbigene/930"), "digits alone may be a PMID"


@pytest.mark.parametrize(
    ("typed", "kind", "number", "form"),
    [
        ("https://doi.org/10.1002/ACR.20035", "doi", "10.1002/ACR.20035", "doi 10.1002/acr.20035"),
        ("10.1016/S0140-6736(24)00424-0.", "doi", "10.1016/S0140-6736(24)00424-0", "doi 10.1016/s0140-6736(24)00424-0"),
        ("(10.1056/NEJMoa2308917)", "doi", "10.1056/NEJMoa2308917", "doi 10.1056/nejmoa2308917"),
        ("https://x.org/doi/10.1002%2Facn3.70167?a=b", "doi", "10.1002/acn3.70167", "doi 10.1002/acn3.70167"),
        ("PMID: 37432378", "pmid", "37432378", "pmid 37432378"),
        ("PMID37432378", "pmid", "37432378", "pmid 37432378"),
        ("37432378", "pmid", "37432378", "37432378"),
        ("https://www.ncbi.nlm.nih.gov/pubmed/37432378/", "pmid", "37432378", "pmid 37432378"),
        ("https://pmc.ncbi.nlm.nih.gov/articles/pmc10861907/", "pmcid", "PMC10861907", "pmc10861907"),
        ("PMC10861907", "pmcid", "PMC10861907", "pmc10861907"),
        ("nct05859997", "trials", "nct05859997", "nct05859997"),
        ("https://clinicaltrials.gov/study/NCT05859997", "trials", "NCT05859997", "nct05859997"),
    ],
)  # fmt: skip
def test_one_reading_of_identifiers_serves_search_and_find(typed: str, kind: str, number: str, form: str) -> None:
    found = getattr(cited(typed), kind)
    assert found == ((number,) if kind == "trials" else number)
    assert form in codes.forms(typed)


def test_kinds_and_their_addresses() -> None:
    for kind in ("disease", "measure", "event", "trial"):
        assert kind_of(f"{start_of(kind)}x") == kind
    assert start_of("class or property") is None
    assert kind_of("http://example.org/x") == "term of another vocabulary"


def test_what_is_out_of_bounds_is_said(names: Index) -> None:
    for search, said in (
        (SearchRequest("x" * 201), "at most 200 characters"),
        (SearchRequest("x", most=0), "1 to 200 results"),
        (SearchRequest("x", offset=10_001), "first 10000"),
        (SearchRequest("x", "diseas"), "unknown kind 'diseas'; known: disease"),
    ):
        with pytest.raises(QueryError, match=said):
            names.search(search)


def test_a_search_ends_in_time(names: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "SECONDS", -1.0)
    with pytest.raises(LimitExceeded, match="use fewer words"):
        names.search(SearchRequest("lupus"))
    monkeypatch.undo()
    assert first(names, "SLE") == "0007915"


def test_an_index_cannot_be_changed(names: Index) -> None:
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        names._base.execute("DELETE FROM thing")


def built(folder: Path, data: bytes, told: str) -> Path:
    (folder / INDEX).write_bytes(data)
    (folder / MANIFEST).write_bytes(manifest.write(Manifest("2026-11-22", "0", "d", 0, search=told)))
    return folder / DUMP


def test_an_index_is_read_when_its_hash_is_that_of_the_manifest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    data = write([SearchEntry(f"{BASE}product/x", "product", 0, "x-1", codes=(Code(("c 1",), "C 1", own=False),))])
    opened = opening.beside(built(tmp_path, data, digest(data)))
    assert opened is not None
    assert opened.search(SearchRequest("c:1")).hits[0].also == "C 1"
    with pytest.raises(ConfigError, match="is not that of the build"):
        opening.beside(built(tmp_path, data + b" ", digest(data)))
    spoiled = b"no database"
    with pytest.raises(ConfigError, match="cannot be read"):
        opening.beside(built(tmp_path, spoiled, digest(spoiled)))
    with caplog.at_level(logging.WARNING):
        assert opening.beside(built(tmp_path, b"", "")) is None
        monkeypatch.setattr(opening, "is_possible", lambda: False)
        assert opening.beside(built(tmp_path, data, digest(data))) is None
    assert [record.message.partition(";")[0] for record in caplog.records] == [
        "the build has no index of names, for SQLite had no FTS5 when it was made",
        "the SQLite of this Python was compiled without FTS5",
    ]
    assert f"{INDEX}.gz" == PACKED_INDEX


def test_without_fts5_no_index_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "is_possible", lambda: False)
    with pytest.raises(ConfigError, match="compiled without FTS5"):
        write([])


def test_the_page_shows_kinds_names_and_what_is_known(client: FlaskClient) -> None:
    page = client.get("/search?q=SLE", headers={"Accept": BROWSER})
    assert page.status_code == 200
    text = page.text
    place = text.index("systemic lupus erythematosus</a>")
    assert '<span class="tag">disease</span>' in text[place - 300 : place]
    assert "also SLE" in text[place : place + 200]
    assert "findings" in text[place : place + 300]
    assert 'href="/search?q=SLE&amp;kind=trial"' in text
    assert len(text) < 100_000
    second = client.get("/search?q=lupus&page=2", headers={"Accept": BROWSER}).text
    assert '<ol class="hits" start="26">' in second
    assert "PMID 37432378" in client.get("/search?q=37432378").text


def test_what_was_typed_is_text_in_every_form(client: FlaskClient) -> None:
    hostile = "<script>alert(1)</script>\"'&{{7*7}}"
    for accept in (BROWSER, "application/json", "text/turtle", "application/linkset+json"):
        answer = client.get("/search", query_string={"q": hostile}, headers={"Accept": accept})
        assert answer.status_code == 200, accept
        if accept == BROWSER:
            assert "<script>alert" not in answer.text
            assert "&lt;script&gt;alert(1)" in answer.text
    assert client.get("/suggest", query_string={"q": hostile}).json == [hostile, [], [], []]


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("/search?query=x", "unknown parameter 'query'; known: q, kind, page, as"),
        ("/search?q=x&q=y", "'q' is given twice"),
        ("/search?q=x&page=0", "page is a whole number from 1 to 400"),
        ("/search?q=x&page=one", "page is a whole number"),
        ("/search?q=x&kind=diseas", "unknown kind 'diseas'; known: disease"),
        ("/search?q=" + "x" * 201, "at most 200 characters"),
        ("/suggest?q=x&limit=3", "unknown parameter 'limit'"),
        ("/opensearch.xml?q=x", "unknown parameter 'q'"),
    ],
)
def test_no_parameter_is_ignored(client: FlaskClient, address: str, said: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 400
    assert said in answer.get_json(force=True)["detail"]


def test_a_search_as_json(client: FlaskClient) -> None:
    answer = client.get("/search?q=taubmann+2023&kind=publication", headers={"Accept": "application/json"})
    found = json.loads(answer.data)
    assert found["results"][0] == {
        "id": f"{BASE}publication/taubmann-2023-rheumatology",
        "url": "http://localhost/publication/taubmann-2023-rheumatology",
        "name": "Taubmann 2023 (Rheumatology)",
        "kind": "publication",
        "known": found["results"][0]["known"],
        "also": "",
        "score": 80,
    }
    assert found["total"] == found["kinds"]["publication"]
    graph = client.get("/search?q=SLE", headers={"Accept": "application/ld+json"})
    assert graph.mimetype == "application/ld+json"


def test_suggestions_come_while_a_word_is_typed(client: FlaskClient) -> None:
    answer = client.get("/suggest?q=myasth")
    assert answer.mimetype == "application/x-suggestions+json"
    typed, found, described, addresses = json.loads(answer.data)
    assert (typed, found[0]) == ("myasth", "myasthenia gravis")
    assert described[0].startswith("disease · ")
    assert addresses[0] == "http://localhost/diseases/myasthenia-gravis"
    assert len(found) == len(described) == len(addresses) <= 8
    assert client.get("/suggest").json == ["", [], [], []]


def test_pages_name_the_description_of_the_search(client: FlaskClient) -> None:
    page = client.get("/search", headers={"Accept": BROWSER}).text
    assert 'rel="search" type="application/opensearchdescription+xml"' in page
    described = client.get("/opensearch.xml")
    assert described.mimetype == "application/opensearchdescription+xml"
    assert 'template="http://localhost/search?q={searchTerms}"' in described.text
