"""Services are asked politely, within limits, on the user's word alone; what was fetched before a failure counts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from tests.services import EMAIL, PUBMED, TRIALS, Answer, Services, said

from cartkg.caches import Cache
from cartkg.cli import cli
from cartkg.errors import BackendError, ConfigError
from cartkg.literature.fetching.catalogue import SERVICES
from cartkg.literature.fetching.collecting import KEPT, Collector, Fetched
from cartkg.literature.fetching.line import HttpLine, TransportLimits, checked_address
from cartkg.literature.fetching.settings import Settings
from cartkg.literature.screening import searches

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cartkg.project import Project

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
SMALL = TransportLimits(size=200_000, seconds=5, tries=2, longest_wait=7)
PAGES = {
    "pubmed": ["/pubmed/esearch.fcgi", "/pubmed/efetch.fcgi"],
    "europe-pmc": ["/europe_pmc/search"] * 3,
    "crossref": ["/crossref/works"] * 2,
    "clinicaltrials-gov": ["/clinicaltrials_gov/studies"] * 2,
}


@pytest.fixture
def services() -> Iterator[Services]:
    with Services() as running:
        yield running


class Waits(list[float]):
    """Records the waits, and waits not."""

    def __call__(self, seconds: float) -> None:
        self.append(seconds)


def collector(services: Services, folder: Path, *, limits: TransportLimits = SMALL, now: datetime = NOON) -> Collector:
    line = HttpLine(EMAIL, limits, Waits())
    return Collector(line, Settings(services.variables), Cache(folder / "of-user" / "fetched"), now=lambda: now)


def search(services: Services, folder: Path, name: str = "pubmed", now: datetime = NOON) -> Fetched:
    return collector(services, folder, now=now).search(SERVICES[name], "CAR-T AND lupus")


@pytest.mark.parametrize("name", SERVICES)
def test_a_search_finds_all_records(services: Services, tmp_path: Path, name: str) -> None:
    found = search(services, tmp_path, name)
    assert (found.failure, found.announced, found.came, found.diagnostics) == (None, 2, 2, [])
    assert services.paths == PAGES[name]
    assert found.asked == len(PAGES[name])
    if name == "clinicaltrials-gov":
        assert tuple(each.number for each in found.trials) == TRIALS
    else:
        assert found.records[0].citation.doi == "10.1038/s41591-022-02017-5"


def test_services_are_told_who_asks(services: Services, tmp_path: Path) -> None:
    for name in SERVICES:
        search(services, tmp_path, name)
    assert {each.headers["user-agent"] for each in services.asked} == {f"cartkg/0.1.0 (mailto:{EMAIL})"}
    first = services.asked[0].parameters
    assert (first["term"], first["tool"], first["email"]) == ("CAR-T AND lupus", "cartkg", EMAIL)
    assert "api_key" not in first
    variables = services.variables | {"CARTKG_PUBMED_KEY": "k1"}
    keyed = Collector(HttpLine(EMAIL, SMALL, Waits()), Settings(variables), Cache(tmp_path / "b" / "c"))
    keyed.search(SERVICES["pubmed"], "another")
    assert services.asked[-1].parameters["api_key"] == "k1"
    assert (services.variables.keys() - {"CARTKG_EMAIL"}) == {f"CARTKG_{name}_ADDRESS" for name in NAMES}


NAMES = [name.upper().replace("-", "_") for name in SERVICES]


def test_requests_are_apart(services: Services, tmp_path: Path) -> None:
    asking = collector(services, tmp_path)
    asking.search(SERVICES["pubmed"], "CAR-T AND lupus")
    assert isinstance(asking.line, HttpLine)
    assert isinstance(asking.line.sleep, Waits)
    (wait,) = asking.line.sleep
    assert 0 < wait <= 0.34


def test_what_was_fetched_today_is_not_asked_again(services: Services, tmp_path: Path) -> None:
    first = search(services, tmp_path)
    again = search(services, tmp_path, now=NOON + KEPT / 2)
    assert (again.asked, again.kept, again.came) == (0, 2, 2)
    assert [each.data for each in again.pages] == [each.data for each in first.pages]
    late = search(services, tmp_path, now=NOON + KEPT + timedelta(seconds=1))
    assert (late.asked, late.kept) == (2, 0)
    ahead = search(services, tmp_path, now=NOON - timedelta(days=1))
    assert ahead.kept == 0, "a clock that was set back makes nothing fresh"


def test_a_search_that_was_cut_off_goes_on_where_it_ended(services: Services, tmp_path: Path) -> None:
    whole = dict(services.answers)
    services.answers["/pubmed/efetch.fcgi"] = lambda _: Answer(b"busy", 503)
    found = search(services, tmp_path)
    assert (found.announced, found.came) == (2, 0)
    assert str(found.failure) == f"{services.url}/pubmed/efetch.fcgi: answered with status 503"
    assert services.paths == [PAGES["pubmed"][0], PAGES["pubmed"][1], PAGES["pubmed"][1]]
    services.answers = whole
    again = search(services, tmp_path)
    assert (again.failure, again.asked, again.kept, again.came) == (None, 1, 1, 2)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"<html>Sign in</html>", "the content is of no format"),
        (b"", "the content is of no format"),
        (b'<?xml version="1.0"?>\n<PubmedArticleSet>\n<PubmedArticle><MedlineCitation>', "line 3: "),
    ],
)
def test_an_answer_that_is_not_whole_is_not_kept(services: Services, tmp_path: Path, body: bytes, why: str) -> None:
    whole = services.answers["/pubmed/efetch.fcgi"]
    services.answers["/pubmed/efetch.fcgi"] = lambda _: Answer(body)
    assert why in str(search(services, tmp_path).failure)
    services.answers["/pubmed/efetch.fcgi"] = whole
    assert search(services, tmp_path).came == 2


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("pubmed", b'{"error": "API rate limit exceeded"}'),
        ("pubmed", b'{"esearchresult": {"count": "5", "idlist": ["1"]}}'),
        ("pubmed", b'{"esearchresult": {"count": "1", "idlist": ["1&db=x"]}}'),
        ("pubmed", b'{"esearchresult": {"ERROR": "Search Backend failed"}}'),
        ("europe-pmc", b'{"errCode": 404, "errMsg": "no such field"}'),
        ("europe-pmc", b"[]"),
        ("crossref", b'{"status": "failed", "message": [{"message": "x"}]}'),
        ("crossref", b'{"message": {"total-results": true, "items": []}}'),
        ("clinicaltrials-gov", b"Unknown parameter"),
        ("clinicaltrials-gov", b'{"studies": []}'),
        ("clinicaltrials-gov", b"[" * 100_000),
    ],
)
def test_what_a_service_does_not_document_is_one_line(
    services: Services, tmp_path: Path, name: str, body: bytes
) -> None:
    services.answers[PAGES[name][0]] = lambda _: Answer(body)
    found = search(services, tmp_path, name)
    assert str(found.failure).startswith(f"{name} gave an answer that cannot be used: ")
    assert (found.came, len(services.asked)) == (0, 1)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("pubmed", {"esearchresult": {"count": "10000", "idlist": []}}),
        ("europe-pmc", {"hitCount": 10_001, "resultList": {"result": []}}),
        ("crossref", {"message": {"total-results": 10_001, "items": []}}),
        ("clinicaltrials-gov", {"totalCount": 10_001, "studies": []}),
    ],
)
def test_a_search_that_finds_too_much_is_to_be_narrowed(
    services: Services, tmp_path: Path, name: str, content: object
) -> None:
    services.answers[PAGES[name][0]] = lambda _: said(content)
    assert "narrow the search" in str(search(services, tmp_path, name).failure)


def test_records_that_do_not_come_are_named(services: Services, tmp_path: Path) -> None:
    asked = [*PUBMED, "99"]
    services.answers["/pubmed/esearch.fcgi"] = lambda _: said({"esearchresult": {"count": "3", "idlist": asked}})
    whole = services.answers["/pubmed/efetch.fcgi"]
    services.answers["/pubmed/efetch.fcgi"] = lambda named: whole(named | {"id": ",".join(PUBMED)})
    (problem,) = search(services, tmp_path).diagnostics
    assert problem.message == "3 records were announced, and 2 came: PMID 99 did not"


def test_a_page_that_names_itself_ends(services: Services, tmp_path: Path) -> None:
    page = said({"totalCount": 2, "studies": [], "nextPageToken": "t"}).body
    services.answers["/clinicaltrials_gov/studies"] = lambda _: Answer(
        page.replace(b"[]", b'[{"protocolSection": {"identificationModule": {"nctId": "NCT04146051"}}}]')
    )
    found = search(services, tmp_path, "clinicaltrials-gov")
    assert "the same next page" in str(found.failure)
    assert len(services.asked) == 2


@pytest.mark.parametrize(("asked", "waited"), [("3", 3), ("3600", 7), ("Wed, 21 Oct 2026 07:28:00 GMT", 2), ("-1", 2)])
def test_a_busy_service_is_asked_again_when_it_says(
    services: Services, tmp_path: Path, asked: str, waited: float
) -> None:
    whole, turns = services.answers["/pubmed/esearch.fcgi"], iter([Answer(b"", 429, {"Retry-After": asked})])
    services.answers["/pubmed/esearch.fcgi"] = lambda named: next(turns, None) or whole(named)
    asking = collector(services, tmp_path)
    assert asking.search(SERVICES["pubmed"], "x").failure is None
    assert isinstance(asking.line, HttpLine)
    assert isinstance(asking.line.sleep, Waits)
    assert asking.line.sleep[0] == waited


@pytest.mark.parametrize("status", [400, 401, 403, 404, 304])
def test_a_refusal_is_not_asked_again(services: Services, tmp_path: Path, status: int) -> None:
    services.answers["/pubmed/esearch.fcgi"] = lambda _: Answer(b"no", status)
    found = search(services, tmp_path)
    assert str(found.failure) == f"{services.url}/pubmed/esearch.fcgi: answered with status {status}"
    assert len(services.asked) == 1


def test_a_redirect_to_another_host_is_refused(services: Services, tmp_path: Path) -> None:
    with Services() as other:
        moved = Answer(b"", 302, {"Location": f"{other.url}/pubmed/esearch.fcgi"})
        services.answers["/pubmed/esearch.fcgi"] = lambda _: moved
        assert "leads to another place (http://127.0.0.1), which is not asked" in str(
            search(services, tmp_path).failure
        )
        assert other.asked == []


@pytest.mark.parametrize("location", ["file:///etc/passwd", "//example.org/", "https://127.0.0.1/x"])
def test_a_redirect_to_another_scheme_is_refused(services: Services, tmp_path: Path, location: str) -> None:
    services.answers["/pubmed/esearch.fcgi"] = lambda _: Answer(b"", 301, {"Location": location})
    assert "leads to another place" in str(search(services, tmp_path).failure)


def test_a_redirect_on_the_same_host_is_followed_and_a_circle_ends(services: Services, tmp_path: Path) -> None:
    services.answers["/moved"] = services.answers["/pubmed/esearch.fcgi"]
    services.answers["/pubmed/esearch.fcgi"] = lambda _: Answer(b"", 308, {"Location": "/moved?db=pubmed&retmode=json"})
    assert search(services, tmp_path).came == 2
    services.answers["/moved"] = lambda _: Answer(b"", 308, {"Location": "/moved"})
    circle = collector(services, tmp_path).search(SERVICES["pubmed"], "another")
    assert "more than 3 times" in str(circle.failure)


def test_an_answer_that_is_too_large_is_refused(services: Services, tmp_path: Path) -> None:
    services.answers["/pubmed/esearch.fcgi"] = lambda _: Answer(b" " * (SMALL.size + 1))
    assert "answered with more than 200,000 bytes" in str(search(services, tmp_path).failure)


def test_an_answer_that_is_packed_is_refused(services: Services, tmp_path: Path) -> None:
    services.answers["/pubmed/esearch.fcgi"] = lambda _: Answer(b"\x1f\x8b", headers={"Content-Encoding": "gzip"})
    assert "a compressed answer" in str(search(services, tmp_path).failure)


def test_an_answer_that_ends_early_is_asked_for_again_and_named(services: Services, tmp_path: Path) -> None:
    services.answers["/pubmed/esearch.fcgi"] = lambda _: Answer(b"{", headers={"Content-Length": "500"})
    quick = TransportLimits(seconds=1, tries=2)
    assert collector(services, tmp_path, limits=quick).search(SERVICES["pubmed"], "x").failure is not None
    assert len(services.asked) == 2


@pytest.mark.parametrize("drip", [b"H", b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 200 OK\r\n\r\n"])
def test_a_server_that_sends_without_end_holds_nobody(services: Services, tmp_path: Path, drip: bytes) -> None:
    """Each piece comes well before a timeout between pieces would strike."""
    services.answers["/pubmed/esearch.fcgi"] = lambda _: Answer(drip=drip)
    quick = TransportLimits(seconds=0.4, tries=1)
    found = collector(services, tmp_path, limits=quick).search(SERVICES["pubmed"], "x")
    assert isinstance(found.failure, BackendError)


def test_a_service_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with Services() as gone:
        pass
    assert "cannot be reached" in str(search(gone, tmp_path).failure)


@pytest.mark.parametrize("email", ["", "me", "a@b", "a@b.c\r\nX: y", "a b@example.org"])
def test_nothing_is_sent_without_the_name_of_the_user(services: Services, tmp_path: Path, email: str) -> None:
    settings = Settings(services.variables | {"CARTKG_EMAIL": email})
    with pytest.raises(ConfigError, match="CARTKG_EMAIL"):
        Collector(HttpLine(EMAIL), settings, Cache(tmp_path / "c")).search(SERVICES["pubmed"], "x")
    assert services.asked == []


@pytest.mark.parametrize(
    "address",
    ["http://example.org", "ftp://127.0.0.1", "https://", "https://a:b@example.org", "https://e.org/?x", "https://e:x/"],
)  # fmt: skip
def test_an_address_is_https_or_this_machine(address: str) -> None:
    with pytest.raises(ConfigError, match="CARTKG_X"):
        checked_address(address, "CARTKG_X")


def test_addresses_of_services_are_sound() -> None:
    for service in SERVICES.values():
        assert Settings({}).address(service) == service.address
    assert tuple(SERVICES) == searches.SERVICES
    assert {name for name, each in SERVICES.items() if each.is_register} == searches.REGISTERS


def test_a_fetched_search_is_read_by_the_other_commands(
    services: Services, empty: Project, cold: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in services.variables.items():
        monkeypatch.setenv(name, value)
    hits = cold.parent / "hits"
    run = CliRunner()
    done = run.invoke(cli, ["--project", str(empty.root), "fetch", "pubmed", "CAR-T", "--output", str(hits)])
    assert (done.exit_code, done.stderr.splitlines()[0]) == (
        0,
        "pubmed: 2 records announced, 2 came (2 requests, 0 answers kept)",
    )
    (file,) = hits.iterdir()
    found = run.invoke(cli, ["--project", str(empty.root), "find", str(file), "--format", "csv"])
    assert found.stdout.count(",new,") == 2
    again = run.invoke(cli, ["--project", str(empty.root), "fetch", "pubmed", "CAR-T", "--output", str(hits)])
    assert again.exit_code == 1
    assert isinstance(again.exception, ConfigError)


def test_a_search_that_fails_writes_nothing(
    services: Services, empty: Project, cold: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in services.variables.items():
        monkeypatch.setenv(name, value)
    services.answers["/europe_pmc/search"] = lambda named: (
        Answer(b"no", 400) if named["cursorMark"] == "third" else services_page(named)
    )
    hits = cold.parent / "hits"
    words = ["--project", str(empty.root), "fetch", "europe-pmc", "CAR-T", "--output", str(hits)]
    done = CliRunner().invoke(cli, words)
    assert isinstance(done.exception, BackendError)
    assert "europe-pmc: 2 records announced, 2 came (3 requests, 0 answers kept)" in done.stderr
    assert not hits.exists()


def services_page(named: dict[str, str]) -> Answer:
    with Services() as whole:
        return whole.answers["/europe_pmc/search"](named)
