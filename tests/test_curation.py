"""`cartkg curate`: who may use it, what it edits, what it refuses, and what it writes."""

from __future__ import annotations

import json
import re
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from click.testing import CliRunner
from markupsafe import escape
from tests.pdf import pdf

from cartkg.cli import cli
from cartkg.dossier.fields import DOSSIER, field_at, fields_of, value_of
from cartkg.dossier.schema import validator
from cartkg.errors import ConfigError, EditRefused, SourceError, UnusableFile
from cartkg.pipeline.curating import Curation, CurationContext, CurationFolder, read_source
from cartkg.pipeline.drafts import draft_file
from cartkg.project import find
from cartkg.web.curating import create_curation_app
from cartkg.web.views.curation import EXTENSION, CurationSession

if TYPE_CHECKING:
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

ROOT = Path(__file__).resolve().parents[1]
PROJECT = find(ROOT)
PORT = 8123
HOST = {"Host": f"127.0.0.1:{PORT}"}
OWN = {**HOST, "Origin": f"http://127.0.0.1:{PORT}"}
ROW: list[str | int] = ["results", 0]


@pytest.fixture(scope="module")
def context() -> CurationContext:
    return CurationContext(PROJECT)


@pytest.fixture(scope="module")
def drafted() -> str:
    (draft,) = draft_file(ROOT / "tests" / "cases" / "literature" / "first-form.yaml", PROJECT).drafts
    return draft.text


@dataclass
class Page:
    """The page of one dossier, and requests as it makes them."""

    path: Path
    curation: Curation
    client: FlaskClient
    token: str

    @property
    def address(self) -> str:
        return f"/{self.token}/dossiers/{quote(self.path.stem)}/"

    def get(self) -> str:
        answer = self.client.get(self.address, headers=HOST)
        assert answer.status_code == 200
        return answer.get_data(as_text=True)

    def post(self, what: str, asked: object, **headers: str) -> TestResponse:
        return self.client.post(f"{self.address}{what}", json=asked, headers={**OWN, **headers})

    def edit(self, do: str, path: list[str | int], text: str | None = None) -> TestResponse:
        asked: dict[str, Any] = {"version": self.curation.version, "do": do, "path": path}
        return self.post("edit", asked if text is None else {**asked, "text": text})

    def save(self) -> TestResponse:
        return self.post("save", {"version": self.curation.version})


@pytest.fixture
def page(context: CurationContext, drafted: str, tmp_path: Path) -> Page:
    path = tmp_path / "example-2026-lupus.yaml"
    path.write_text(drafted, "utf-8")
    return page_of(path, context)


def said(answer: TestResponse) -> Any:
    return answer.get_json()


def page_of(path: Path, context: CurationContext) -> Page:
    folder = CurationFolder([path], context)
    curation = folder.curation(path.stem)
    assert curation is not None
    app = create_curation_app(folder, PORT)
    session: CurationSession = app.extensions[EXTENSION]
    return Page(path, curation, app.test_client(), session.token)


def test_page_shows_source_suggestions_sentences_and_problems(page: Page) -> None:
    html = page.get()
    assert "from: cohort: all; criterion: DORIS" in html
    assert "DORIS remission: 6 of 8 met (at 6 months)" in html
    assert html.count(">Accept</button>") == 23
    assert re.search(r'aria-invalid="true">\s*<span[^>]*>initials or name of the first reader</span>\s*'
                     r'<ul class="problems"[^>]*>.*nobody is named as the reader', html)  # fmt: skip


def test_edits_show_at_once_and_are_written_when_saved(page: Page, drafted: str) -> None:
    assert page.edit("confirm", ROW).status_code == 200
    answer = page.edit("set", [*ROW, "count", "n"], "7")
    assert "DORIS remission: 7 of 8 met (at 6 months)" in said(answer)["html"]
    assert (said(answer)["changed"], said(answer)["unconfirmed"]) == (True, 23)
    assert page.path.read_text("utf-8") == drafted
    assert said(page.save())["changed"] is False
    wanted = drafted.replace("- id: doris-remission-6mo\n  unconfirmed: true\n", "- id: doris-remission-6mo\n")
    wanted = wanted.replace("count: {n: 6, of: 8, result: met}", "count: {n: 7, of: 8, result: met}", 1)
    assert page.path.read_text("utf-8") == wanted


def test_undo_takes_edits_back_to_the_file(page: Page, drafted: str) -> None:
    page.edit("remove", ROW)
    page.edit("set", ["read_by"], "ab")
    for _ in range(2):
        answer = page.post("undo", {"version": page.curation.version})
    assert page.curation.text == drafted
    assert (said(answer)["changed"], said(answer)["can_undo"]) == (False, False)
    assert page.post("undo", {"version": page.curation.version}).status_code == 400


def test_a_problem_is_beside_its_field_and_other_sentences_stay(page: Page) -> None:
    html = said(page.edit("set", [*ROW, "count", "n"], "many"))["html"]
    named = re.escape(escape(json.dumps([*ROW, "count", "n"])))
    field = re.search(rf'<input[^>]*data-path="{named}".*?</ul>', html, re.DOTALL)
    assert field
    assert "must be a whole number" in field[0]
    assert "met (at 6 months)" not in html
    assert "5 of 8 lost (at 12 months)" in html


def test_rows_fields_and_groups_are_added_in_the_order_of_the_form(page: Page) -> None:
    assert page.edit("add", ["absences"]).status_code == 200
    assert page.curation.text.endswith("\n\nabsences:\n- id: new-1\n")
    assert "Add to treated with" not in page.get()
    assert "Add to treated with" in said(page.edit("show", ["events", 0, "treated_with"]))["html"]
    page.edit("set", ["events", 0, "treated_with", 0], "tocilizumab")
    assert "  treated_with: [tocilizumab]\n" in page.curation.text
    page.edit("add", [*ROW, "value"])
    rest = page.curation.text.partition("- id: doris-remission-6mo")[2]
    assert re.search(r"count: {[^}]*}\n  value: {}\n  claims:", rest)


@pytest.mark.parametrize(
    "host", ["localhost", "127.0.0.1", "evil.example", f"evil.example:{PORT}", "", f"0.0.0.0:{PORT}"]
)
def test_a_foreign_host_is_refused(page: Page, host: str) -> None:
    for path in (f"/{page.token}/", page.address, f"/{page.token}/static/curation.js", "/"):
        assert page.client.get(path, headers={"Host": host}).status_code == 421


@pytest.mark.parametrize(
    "path",
    ["/", "/x/", "/x/static/curation.js", "/x/dossiers/example-2026-lupus/edit", "/static/curation.js", "/\u00fc/"],
)
def test_without_the_token_nothing_is_shown(page: Page, path: str) -> None:
    for answer in (page.client.get(path, headers=HOST), page.client.post(path, headers=OWN, json={})):
        assert answer.status_code == 403
        assert page.token not in answer.get_data(as_text=True)


@pytest.mark.parametrize("origin", ["http://evil.example", "null", f"https://127.0.0.1:{PORT}", "http://127.0.0.1:1"])
def test_another_page_cannot_write(page: Page, origin: str) -> None:
    asked = {"version": 0, "do": "set", "path": ["key"], "text": "x"}
    assert page.post("edit", asked, Origin=origin).status_code == 403
    assert page.client.post(f"{page.address}edit", json=asked, headers=HOST).status_code == 403
    assert page.client.post(f"{page.address}edit", data=json.dumps(asked), headers=OWN).status_code == 400
    assert not page.curation.is_changed


def test_no_other_page_may_read_or_frame_it(page: Page) -> None:
    headers = page.client.get(page.address, headers=HOST).headers
    assert "Access-Control-Allow-Origin" not in headers
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "default-src 'none'; script-src 'self'" in headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ([], 400),
        ({}, 400),
        ({"version": 0}, 400),
        ({"version": "0", "do": "set", "path": ["key"], "text": "x"}, 400),
        ({"version": True, "do": "set", "path": ["key"], "text": "x"}, 400),
        ({"version": 0, "do": "set", "path": ["key"], "text": "x", "more": 1}, 400),
        ({"version": 0, "do": "set", "path": ["key"], "text": 5}, 400),
        ({"version": 0, "do": "set", "path": [], "text": "x"}, 400),
        ({"version": 0, "do": "set", "path": "key", "text": "x"}, 400),
        ({"version": 0, "do": "set", "path": [{}], "text": "x"}, 400),
        ({"version": 0, "do": "set", "path": ["key"] * 31, "text": "x"}, 400),
        ({"version": 0, "do": "set", "path": ["unknown"], "text": "x"}, 400),
        ({"version": 0, "do": "set", "path": ["results", 0, "unknown"], "text": "x"}, 400),
        ({"version": 0, "do": "set", "path": ["results", 99, "id"], "text": "x"}, 400),
        ({"version": 0, "do": "set", "path": ["results"], "text": "x"}, 400),
        ({"version": 0, "do": "set", "path": ["format"], "text": "3"}, 400),
        ({"version": 0, "do": "set", "path": [0], "text": "x"}, 400),
        ({"version": 0, "do": "set", "path": ["key", 0], "text": "x"}, 400),
        ({"version": 0, "do": "set", "path": ["publication", "title"], "text": "a\u0000b"}, 400),
        ({"version": 0, "do": "add", "path": ["key"]}, 400),
        ({"version": 0, "do": "show", "path": ["unknown"]}, 400),
        ({"version": 0, "do": "confirm", "path": ["key"]}, 400),
        ({"version": 0, "do": "remove", "path": ["results", 99]}, 400),
        ({"version": 0, "do": "run", "path": ["key"]}, 400),
        ({"version": 0, "do": ["set"], "path": ["key"]}, 400),
        ({"version": 9, "do": "set", "path": ["key"], "text": "x"}, 409),
    ],
)
def test_requests_that_make_no_sense_change_nothing(page: Page, asked: object, status: int) -> None:
    answer = page.post("edit", asked)
    assert answer.status_code == status
    assert said(answer)["message"]
    assert not page.curation.is_changed


def test_a_body_that_is_too_long_is_refused(page: Page) -> None:
    assert page.edit("set", ["key"], "x" * 1024**2).status_code == 413
    assert not page.curation.is_changed


def test_a_file_changed_meanwhile_is_not_overwritten(page: Page) -> None:
    page.edit("set", ["read_by"], "ab")
    page.path.write_text("key: other\n")
    answer = page.save()
    assert answer.status_code == 409
    assert "changed by something else" in said(answer)["message"]
    assert page.path.read_text() == "key: other\n"
    page.path.unlink()
    assert page.save().status_code == 409
    assert not page.path.exists()


def test_hostile_text_is_shown_as_text(page: Page, context: CurationContext) -> None:
    evil = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"
    page.edit("set", ["publication", "title"], evil)
    page.edit("set", ["results", 0, "note"], evil)
    page.save()
    text = page.path.read_text("utf-8")
    quoted = "'" + evil.replace("'", "''") + "'"
    page.path.write_text(f"# abstract: {evil}\n{text}{quoted}: {quoted}\n")
    html = page_of(page.path, context).get()
    assert "alert(1)" in html
    assert "<script>alert" not in html
    assert "<img" not in html


def test_every_field_of_the_schema_is_in_the_form() -> None:
    schema: Any = validator().schema
    groups = schema["$defs"]
    for name in (DOSSIER, *(name for name, said in groups.items() if "properties" in said)):
        assert set(fields_of(name)) == set(groups.get(name, schema)["properties"])
    assert field_at(["results", 0, "count", "of"])
    assert field_at(["results", 0, "count", "unknown"]) is None


@pytest.mark.parametrize(
    ("path", "text", "value"),
    [
        (["results", 0, "count", "n"], " 7 ", 7),
        (["results", 0, "count", "n"], "7.5", "7.5"),
        (["results", 0, "count", "of"], "not-reported", "not-reported"),
        (["publication", "volume"], "390", "390"),
        (["publication", "own_title"], "true", True),
        (["publication", "conclusion"], "one\r\n two", "one two"),
    ],
)
def test_a_text_becomes_the_value_that_its_field_takes(path: list[str | int], text: str, value: object) -> None:
    field = field_at(path)
    assert field is not None
    found = value_of(field, text)
    assert (found, type(found)) == (value, type(value))


def test_what_cannot_be_edited_is_refused_at_the_start(context: CurationContext, tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    for text in ("a: [", "- a\n", "", "a: &x 1\nb: *x\n"):
        path.write_text(text)
        with pytest.raises(SourceError):
            Curation(path, context)
    with pytest.raises(UnusableFile):
        read_source(tmp_path)
    path.write_bytes(b"\xff")
    done = CliRunner().invoke(cli, ["--project", str(ROOT), "curate", str(path)])
    assert isinstance(done.exception, SourceError)


def test_the_paper_is_shown_with_its_places_and_what_was_not_read(tmp_path: Path) -> None:
    path = tmp_path / "paper.pdf"
    path.write_bytes(pdf("Eight patients were treated.", "", "Six improved."))
    assert read_source(path) == (
        "Not read: page 2 has no text.\n\n[page 1]\nEight patients were treated.\n\n[page 3]\nSix improved."
    )
    path = tmp_path / "events.csv"
    path.write_text("Event,n=8\nICANS,1\n")
    assert read_source(path) == "[events]\nEvent\tn=8\nICANS\t1"
    article = read_source(ROOT / "tests" / "cases" / "source-texts" / "article.xml")
    assert "[Text, Results, paragraph 1]\n" in article
    path.write_bytes(pdf(""))
    with pytest.raises(ConfigError, match="may be a scan"):
        read_source(path)
    path = tmp_path / "paper.txt"
    path.write_text("word " * 1_000_000)
    with pytest.raises(ConfigError, match="more than 4,194,304 characters"):
        read_source(path)


def test_an_abstract_in_comments_is_the_source(context: CurationContext, tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("# A draft\nkey: a\n\n# abstract: Eight patients\n# were treated.\nresults: []\n")
    curation = Curation(path, context)
    assert curation.source_text() == "Eight patients were treated."
    with pytest.raises(EditRefused):
        curation.save(1)


def test_a_folder_is_a_list_that_tells_what_is_left_to_do(context: CurationContext, tmp_path: Path) -> None:
    (tmp_path / "b <i>.yaml").write_text("key: b\nresults:\n- unconfirmed: true\n")
    (tmp_path / "a.yaml").write_text("key: a\n")
    (tmp_path / "c.yaml").write_text("a: [")
    page = page_of(tmp_path / "b <i>.yaml", context)
    folder = CurationFolder(sorted(tmp_path.glob("*.yaml")), context)
    session: CurationSession = page.client.application.extensions[EXTENSION]
    session.folder = folder
    page.edit("set", ["key"], "new")
    html = page.client.get(f"/{page.token}/", headers=HOST).get_data(as_text=True)
    assert re.findall(r">([^<]*)</a>", html) == ["a", "b &lt;i&gt;", "c"]
    assert html.index("1 to confirm") < html.index("not saved") < html.index(">c</a>")
    assert folder.unsaved() == [page.path]
    assert page.client.get(f"/{page.token}/dossiers/d/", headers=HOST).status_code == 404
    answer = page.client.get(f"/{page.token}/dossiers/c/", headers=HOST)
    assert answer.status_code == 422
    assert "c.yaml:2:1" in said(answer)["message"]
    assert f'href="/{page.token}/">Dossiers</a>' in page.get()


def test_a_taken_port_and_a_source_of_many_papers_are_refused(page: Page) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = CliRunner().invoke(cli, ["--project", str(ROOT), "curate", str(page.path), "--port", port])
    assert isinstance(done.exception, ConfigError)
    assert port in str(done.exception)
    done = CliRunner().invoke(cli, ["curate", str(page.path.parent), "--source", str(page.path)])
    assert done.exit_code == 2
    assert "one paper" in done.output
