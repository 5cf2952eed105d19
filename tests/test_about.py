"""What the site says of itself: about, method, glossary, what changed (with its feed), where to report."""

from __future__ import annotations

import json
import re
import shutil
from datetime import datetime
from html import unescape
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree as ET

import pytest
import yaml
from click.testing import CliRunner
from pyoxigraph import NamedNode, RdfFormat, Store
from tests.test_pages import BROWSER, CASES, StoreEngine

from cartkg.cli import cli
from cartkg.errors import ConfigError
from cartkg.namespaces import BASE, RDF
from cartkg.project import Project, find
from cartkg.release.history import is_date, read_history
from cartkg.web import create_app
from cartkg.web.http.settings import AppSettings, ServedRelease
from cartkg.web.views.home import BLUEPRINTS
from cartkg.web.views.reference.glossary import GLOSSARY

if TYPE_CHECKING:
    from pathlib import Path

    from flask.testing import FlaskClient

ATOM = "{http://www.w3.org/2005/Atom}"
LUPUS, OTHER = "http://purl.obolibrary.org/obo/MONDO_0007915", "http://purl.obolibrary.org/obo/MONDO_0005100"
FORMS = find(CASES).root / ".github" / "ISSUE_TEMPLATE"
HISTORY = {
    "release": "2026-11-22",
    "since": "2026-10-01",
    "changes": [
        {"of": "claim", "kind": "added", "iri": f"{BASE}claim/a", "label": "<i>8</i> of 8", "diseases": [LUPUS]},
        {"of": "claim", "kind": "corrected", "iri": f"{BASE}claim/b", "label": "9 of 9", "diseases": [OTHER]},
        {"of": "study", "kind": "withdrawn", "iri": f"{BASE}study/c", "label": "C", "diseases": [LUPUS]},
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def store() -> Store:
    kept = Store()
    for path in (CASES / "evidence.ttl", *find(CASES).ontology_files()):
        kept.load(path.read_bytes(), RdfFormat.TURTLE)
    return kept


@pytest.fixture
def project(tmp_path: Path) -> Project:
    real = find(CASES)
    for folder in ("ontology", "queries"):
        shutil.copytree(real.root / folder, tmp_path / folder)
    changes = tmp_path / "data" / "changes"
    changes.mkdir(parents=True)
    (changes / "2026-11-22.json").write_text(json.dumps(HISTORY), "utf-8")
    earlier = {**HISTORY, "release": "2026-10-01", "since": "2026-09-01", "changes": HISTORY["changes"][:1]}
    (changes / "2026-10-01.json").write_text(json.dumps(earlier), "utf-8")
    return Project(tmp_path, tmp_path / ".cartkg")


def client_of(store: Store, project: Project, **more: str) -> FlaskClient:
    settings = AppSettings(ServedRelease("2026-11-22", digest="d"), project, base_url="https://a.example/kg/", **more)  # type: ignore[arg-type]  # texts
    return create_app(StoreEngine(store), settings, BLUEPRINTS).test_client()


def text_of(client: FlaskClient, path: str) -> str:
    response = client.get(path, headers={"Accept": BROWSER})
    assert response.status_code == 200, response.text
    return response.text


def assert_valid_atom(data: bytes) -> ET.Element:
    """Hold a feed to the rules of RFC 4287 for what it has: sections 4.1.1, 4.1.2, 4.2.6, 4.2.7, 3.3."""
    feed = ET.fromstring(data)  # noqa: S314  # our own feed
    assert feed.tag == f"{ATOM}feed"
    for element in (feed, *feed.findall(f"{ATOM}entry")):
        for name in ("id", "title", "updated"):
            assert len(element.findall(f"{ATOM}{name}")) == 1, f"exactly one {name}"
        assert urlsplit(element.findtext(f"{ATOM}id", "")).scheme, "an id is an absolute IRI"
        moment = element.findtext(f"{ATOM}updated", "")
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", moment), "RFC 3339 with a capital T and Z"
        assert datetime.fromisoformat(moment)
        links = [(link.get("rel"), link.get("type"), link.get("hreflang")) for link in element.findall(f"{ATOM}link")]
        alternates = [link for link in links if link[0] in {None, "alternate"}]
        assert len(alternates) == len(set(alternates)) >= 1, (
            "one alternate of a type; an entry without content needs it"
        )
        assert all(link.get("href") for link in element.findall(f"{ATOM}link"))
        assert len(element.findall(f"{ATOM}summary")) <= 1
    people = feed.findall(f"{ATOM}author")
    assert people or all(entry.findall(f"{ATOM}author") for entry in feed.findall(f"{ATOM}entry"))
    assert all(person.findtext(f"{ATOM}name") for person in people)
    assert [link.get("rel") for link in feed.findall(f"{ATOM}link")].count("self") == 1
    ids = [element.findtext(f"{ATOM}id") for element in (feed, *feed.findall(f"{ATOM}entry"))]
    assert len(ids) == len(set(ids)), "ids are permanent and unique"
    return feed


def test_the_feed_obeys_the_rules_of_atom(store: Store, project: Project) -> None:
    client = client_of(store, project)
    response = client.get("/changes.atom")
    assert response.content_type.startswith("application/atom+xml")
    feed = assert_valid_atom(response.data)
    titles = [entry.findtext(f"{ATOM}title") for entry in feed.findall(f"{ATOM}entry")]
    assert titles == ["Release 2026-11-22", "Release 2026-10-01"]
    newest = feed.find(f"{ATOM}entry")
    assert newest is not None
    assert newest.findtext(f"{ATOM}summary") == (
        "Changes since 2026-10-01: claims: 1 added, 1 corrected; studies: 1 withdrawn."
    )
    assert feed.findtext(f"{ATOM}updated") == "2026-11-22T00:00:00Z"


def test_a_disease_has_a_feed_of_its_own(store: Store, project: Project) -> None:
    client = client_of(store, project)
    feed = assert_valid_atom(client.get("/changes.atom?disease=systemic-lupus-erythematosus").data)
    assert feed.findtext(f"{ATOM}id") == "https://w3id.org/cartkg/changes/systemic-lupus-erythematosus"
    assert "claims: 1 added; studies: 1 withdrawn." in str(feed.findtext(f"{ATOM}entry/{ATOM}summary"))
    text = text_of(client, "/changes?disease=systemic-lupus-erythematosus")
    assert "&lt;i&gt;8&lt;/i&gt; of 8" in text, "text from files is shown as text"
    assert "9 of 9" not in text
    assert 'href="/study/c"' not in text, "what was withdrawn has no page"
    assert client.get("/changes?disease=no-such").status_code == 404
    assert client.get("/changes?diseases=lupus").status_code == 400


def test_the_first_release_is_told_to_be_the_first(store: Store) -> None:
    client = client_of(store, find(CASES))
    feed = assert_valid_atom(client.get("/changes.atom").data)
    assert "there is no earlier one to compare it with" in str(feed.findtext(f"{ATOM}entry/{ATOM}summary"))
    assert "Release 2026-11-22" in text_of(client, "/changes")


@pytest.mark.parametrize(
    "said", ["{", "[]", '{"release": "x", "since": "", "changes": []}', '{"release": "2026-11-22", "changes": [1]}']
)
def test_a_file_of_changes_that_is_none_is_refused_by_name(project: Project, said: str) -> None:
    (project.changes / "2026-12-01.json").write_text(said, "utf-8")
    with pytest.raises(ConfigError, match="2026-12-01"):
        read_history(project.changes)


def test_diff_writes_the_history_of_a_release(tmp_path: Path) -> None:
    head = "@prefix c: <https://w3id.org/cartkg/ontology#> . @base <https://w3id.org/cartkg/> .\n"
    cohort = f"<cohort/a> a c:Cohort ; c:hasDisease <{LUPUS}> ; c:ofStudy <study/s> .\n<study/s> a c:Study .\n"
    finding = "<finding/f> a c:Finding ; c:ofCohort <cohort/a> ; c:numerator {} .\n"
    finding += "<claim/k> a c:Claim ; c:asserts <finding/f> .\n"
    for name, number in (("old", 3), ("new", 4)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.ttl").write_text(head + cohort + finding.format(number), "utf-8")
    (tmp_path / "new" / "b.ttl").write_text(
        f"{head}<publication/p> a c:Publication ; c:reportsStudy <study/s> .\n", "utf-8"
    )
    asked = ["diff", str(tmp_path / "old"), str(tmp_path / "new"), "--format", "history"]
    done = CliRunner().invoke(cli, [*asked, "--release", "2026-11-22"])
    assert done.exit_code == 0, done.output
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "2026-11-22.json").write_text(done.output, "utf-8")
    (found,) = read_history(tmp_path / "kept")
    told = {(each.of, each.kind.value): each.diseases for each in found.things}
    assert told == {
        ("claim", "corrected"): (LUPUS,),
        ("finding", "corrected"): (LUPUS,),
        ("publication", "added"): (LUPUS,),
    }
    assert CliRunner().invoke(cli, [*asked, "--release", "22 November"]).exit_code != 0
    assert [is_date(text) for text in ("2026-11-22", "2026-13-01", "20261122")] == [True, False, False]


def test_about_says_what_the_site_is_and_still_describes_things(store: Store) -> None:
    client = client_of(store, find(CASES))
    text = text_of(client, "/about")
    assert "Creative Commons Attribution 4.0" in text
    assert "release=2026-11-22" in text
    assert "lupus" in text_of(client, f"/about?iri={LUPUS}")
    assert client.get("/about?iri=").status_code == 400
    assert client.get("/about?uri=x").status_code == 400


def test_method_counts_publications_from_the_graph(store: Store) -> None:
    text = text_of(client_of(store, find(CASES)), "/method")
    numbers = re.findall(r'<td class="num" data-head="Publications">(\d+)</td>', text)
    typed = {quad.subject for quad in store.quads_for_pattern(None, NamedNode(f"{RDF}type"), None)}
    papers = [subject for subject in typed if f"{BASE}publication/" in str(subject)]
    assert sum(map(int, numbers)) == len(papers) > 0


def test_the_glossary_is_plain_and_quotes_the_ontology(store: Store) -> None:
    text = text_of(client_of(store, find(CASES)), "/glossary")
    words = [entry.word.casefold() for entry in GLOSSARY]
    assert words == sorted(words)
    assert len({entry.anchor for entry in GLOSSARY}) == len(GLOSSARY)
    for entry in GLOSSARY:
        assert entry.meaning.endswith((".", '".')), entry.word
        if entry.term:
            quoted = text[text.index(f'id="{entry.anchor}"') :].partition("</dd>")[0]
            assert "In the ontology:" in quoted, (
                f"{entry.word}: the ontology has no term {entry.term} with a definition"
            )


def test_reports_are_filled_in_where_there_is_a_place_for_them(store: Store) -> None:
    client = client_of(store, find(CASES), issues="https://host.example/cartkg/issues")
    text = text_of(client, "/report?page=/trial/nct1%3Fa%3D%22%3E")
    links = [unescape(link) for link in re.findall(r'rel="external" href="([^"]+)"', text)]
    assert [link.partition("?")[0] for link in links] == ["https://host.example/cartkg/issues/new"] * 2
    fact, paper = (parse_qs(urlsplit(link).query) for link in links)
    assert fact["where"] == ['https://a.example/kg/trial/nct1?a=">']
    assert fact["version"] == ["2026-11-22"]
    for asked in (fact, paper):
        form = yaml.safe_load((FORMS / asked["template"][0]).read_text("utf-8"))
        fields = {part["id"] for part in form["body"] if "id" in part}
        assert set(asked) - {"template"} <= fields, "the form has a field for each value"
    assert "/report?page=%2Fglossary" in text_of(client, "/glossary")


def test_without_a_place_the_page_says_what_to_send(store: Store) -> None:
    client = client_of(store, find(CASES))
    text = text_of(client, "/report?page=/trial/nct1")
    assert "Send these points to whoever runs it" in text
    assert "https://a.example/kg/trial/nct1" in text
    assert "/new?template" not in text
    assert client.get("/report?page=javascript:x").status_code == 400
    assert client.get("/report?path=/x").status_code == 400


def test_the_place_for_issues_is_a_plain_address() -> None:
    done = CliRunner().invoke(cli, ["serve", "--issues", "javascript:alert(1)"])
    assert done.exit_code != 0
    assert isinstance(done.exception, ConfigError)
    assert done.exception.setting == "--issues"
