"""The site behind a proxy that serves it below a path: no link leads out of the path, and none leads nowhere."""

from __future__ import annotations

import http.client
import re
import shutil
import subprocess
import sys
import threading
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urldefrag, urlencode, urljoin

import pytest
from pyoxigraph import RdfFormat, Store, parse
from tests.live import ROOT, Live, Said, serving
from tests.small import small_project
from tests.test_pages import BROWSER, StoreEngine

from cartkg.cli.serve import base_url_of
from cartkg.errors import ConfigError
from cartkg.project import find
from cartkg.web import create_app
from cartkg.web.http.settings import AppSettings, ServedRelease
from cartkg.web.views import editor
from cartkg.web.views.home import BLUEPRINTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cartkg.project import Project
    from cartkg.sparql.engines.engine import Answer, Operation

EVIDENCE = Path(__file__).parent / "cases" / "pages" / "evidence.ttl"
TEMPLATES = ROOT / "src" / "cartkg" / "web" / "templates"
PREFIX = "/kg"
OK = 200
RELEASE = ServedRelease("2026-11-22", digest="d1")
SELECT = "SELECT ?s { ?s a <https://w3id.org/cartkg/ontology#Study> }"
NOTHING = "SELECT * { <http://a.example/none> ?p ?o }"
CONSTRUCT = "CONSTRUCT { ?s ?p ?o } { ?s ?p ?o } LIMIT 1"


class _Stripping(BaseHTTPRequestHandler):
    """Passes on what is asked below the prefix, without it; anything else is 404, as another site of the host."""

    protocol_version = "HTTP/1.1"
    server: Proxy

    def do_GET(self) -> None:  # http.server's name
        if not self.path.startswith(f"{PREFIX}/"):
            self._send(Said(404, {}, b"not of this site"))
            return
        connection = http.client.HTTPConnection("127.0.0.1", self.server.upstream, timeout=40)
        try:
            headers = {
                name: value for name, value in self.headers.items() if name.lower() not in {"host", "connection"}
            } | self.server.added
            connection.request("GET", self.path.removeprefix(PREFIX), headers=headers)
            response = connection.getresponse()
            self._send(Said(response.status, _joined(response), response.read()))
        finally:
            connection.close()

    def _send(self, said: Said) -> None:
        self.send_response_only(said.status)
        for name, value in said.headers.items():
            if name.lower() not in {"connection", "transfer-encoding", "content-length"}:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(said.body)))
        self.end_headers()
        self.wfile.write(said.body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Proxy(ThreadingHTTPServer):
    """A reverse proxy with a host of its own, which it does not pass on unless it is among the fields that it adds."""

    daemon_threads = True
    upstream = 0

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Stripping)
        self.added: dict[str, str] = {}

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.server_port}{PREFIX}/"

    def get(self, path: str, accept: str = BROWSER, **headers: str) -> Said:
        """Ask for a path of the proxy's host."""
        connection = http.client.HTTPConnection("127.0.0.1", self.server_port, timeout=40)
        try:
            connection.request("GET", path, headers={"Accept": accept, **headers})
            response = connection.getresponse()
            return Said(response.status, _joined(response), response.read())
        finally:
            connection.close()


def _joined(response: http.client.HTTPResponse) -> dict[str, str]:
    """Return the fields of a response by name in small letters, the values of equal names joined."""
    found: dict[str, str] = {}
    for name, value in ((name.lower(), value) for name, value in response.getheaders()):
        found[name] = f"{found[name]}, {value}" if name in found else value
    return found


@dataclass(frozen=True)
class Site:
    """A server and the proxy before it."""

    live: Live
    proxy: Proxy


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a project with one question."""
    small = small_project(tmp_path_factory.mktemp("behind"))
    for name in ("lists", "parts"):
        shutil.copytree(ROOT / "queries" / name, small.queries / name)
    shutil.copy(ROOT / "queries" / "results.rq", small.queries)
    return small.root


@pytest.fixture(scope="module")
def site(folder: Path) -> Iterator[Site]:
    with behind_a_proxy(folder) as found:
        yield found


@contextmanager
def behind_a_proxy(folder: Path) -> Iterator[Site]:
    """Serve the sample with the rules and questions of a project, below a prefix."""
    with _proxy() as proxy, serving("--base-url", proxy.base, data=EVIDENCE, folder=folder) as live:
        proxy.upstream = live.port
        yield Site(live, proxy)


@contextmanager
def behind_a_proxy_that_names_the_prefix(folder: Path) -> Iterator[Site]:
    """Serve the same, the prefix taken from the field that the proxy adds."""
    with _proxy() as proxy, serving("--forwarded-prefix", data=EVIDENCE, folder=folder) as live:
        proxy.upstream = live.port
        proxy.added = {"X-Forwarded-Prefix": f"{PREFIX}/", "Host": f"127.0.0.1:{proxy.server_port}"}
        yield Site(live, proxy)


@contextmanager
def _proxy() -> Iterator[Proxy]:
    proxy = Proxy()
    threading.Thread(target=proxy.serve_forever, daemon=True).start()
    try:
        yield proxy
    finally:
        proxy.shutdown()
        proxy.server_close()


@pytest.fixture(scope="module")
def store() -> Store:
    kept = Store()
    kept.load(path=EVIDENCE, format=RdfFormat.TURTLE)
    return kept


@pytest.fixture(scope="module")
def project() -> Project:
    return find(ROOT)


class _Addresses(HTMLParser):
    """Collects what a browser or a script of the page would ask for."""

    NAMES = frozenset({"href", "src", "action", "data-terms", "data-things", "data-suggest"})

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002  # all tags
        self.found |= {value or "" for name, value in attrs if name in self.NAMES}


def addresses(url: str, said: Said) -> set[str]:
    """Return the absolute addresses in a page's links and a response's headers."""
    found = set(re.findall(r"<([^>]*)>", said.headers.get("link", "")))
    if said.headers.get("content-type", "").startswith("application/xml"):
        found |= set(re.findall(r"<loc>(.*?)</loc>", said.text))
    found |= {said.headers["location"]} if "location" in said.headers else set()
    if said.headers.get("content-type", "").startswith("text/html"):
        parser = _Addresses()
        parser.feed(said.text)
        found |= parser.found
    return {urldefrag(urljoin(url, address)).url for address in found}


#: Addresses with a query that are followed at one path.
MOST_QUERIES = 6


@dataclass
class Crawl:
    """What was found: status by address, and where each address stands first."""

    base: str
    status: dict[str, int] = field(default_factory=dict)
    source: dict[str, str] = field(default_factory=dict)

    def of(self, proxy: Proxy, start: list[str]) -> Crawl:
        """Follow the links of this host: every path, and of each the first addresses with a query.

        Choices of a page combine without end. Where links lead is in `source`, also of those that are not followed.
        """
        host, followed = proxy.base.removesuffix(f"{PREFIX}/"), Counter[str]()
        left = [urljoin(self.base, path) for path in start]
        while left:
            url = left.pop()
            if url in self.status:
                continue
            said = proxy.get(url.removeprefix(host))
            # the end of a redirect is looked at on its own
            self.status[url] = OK if said.status in {303, 308} else said.status
            for address in sorted(addresses(url, said)):
                if address.startswith((host, "http://127.0.0.1")) and address not in self.source:
                    self.source[address] = url
                    path, query, _ = address.partition("?")
                    followed[path] += bool(query)
                    if not query or followed[path] <= MOST_QUERIES:
                        left.append(address)
        return self


def crawl(site: Site) -> set[str]:
    """Return the paths, without the prefix, that are reached from the home page and from each kind of redirect."""
    start = [
        "", "query?" + urlencode({"query": SELECT}), "query?" + urlencode({"query": CONSTRUCT}),
        "sparql?" + urlencode({"query": NOTHING}), "about?iri=https://w3id.org/cartkg/study/sample-2024",
        "question/results", "cohort//sample-2024/sle", "search?q=sample",
        "sitemap.xml",
    ]  # fmt: skip
    found = Crawl(site.proxy.base).of(site.proxy, start)
    assert not {url: source for url, source in found.source.items() if not url.startswith(site.proxy.base)}
    assert not {url: (status, found.source.get(url)) for url, status in found.status.items() if status != OK}
    return {url.removeprefix(site.proxy.base).partition("?")[0] for url in found.status}


@pytest.mark.whole
def test_no_link_leads_out_of_the_prefix_or_nowhere(site: Site) -> None:
    assert crawl(site) >= {
        "", "static/cartkg.css", "sparql", "sparql/explain", "query", "search", "questions/results", "rules",
        "questions/results/answer", "study/sample-2024", "cohort/sample-2024/sle.ttl", "ontology.ttl", "release/",
        "rules/CohortShape-patientCount", "responses", "responses.svg", "conflicts", ".well-known/void", "health",
    }  # fmt: skip


@pytest.mark.whole
def test_no_link_leads_out_of_the_prefix_that_the_proxy_names(folder: Path) -> None:
    with behind_a_proxy_that_names_the_prefix(folder) as site:
        assert crawl(site) >= {"", "sparql", "sparql/explain", "query", "questions/results", "study/sample-2024"}
        browser = site.proxy.get(f"{PREFIX}/sparql")
        assert (browser.status, browser.headers["location"]) == (303, f"{PREFIX}/query")
        answer = f"/sparql?{urlencode({'query': SELECT})}"
        tags = set()
        for prefix in ("", PREFIX, "/other", "/other/", PREFIX):  # kept answers of one prefix are not those of another
            said = site.live.request("GET", answer, {"X-Forwarded-Prefix": prefix, "Host": "a.example"})
            assert f"<http://a.example{prefix.rstrip('/')}/sparql?" in said.headers["link"]
            tags.add(said.headers["etag"])
        assert len(tags) == 3
        for wrong in ("kg", "//evil.example", "/a//b", "/a/../b", '/x"><script>', "/a b", "https://evil.example/"):
            refused = site.live.request("GET", answer, {"X-Forwarded-Prefix": wrong})
            assert (refused.status, b"evil" in refused.body, b"script" in refused.body) == (400, False, False)


def test_the_two_ways_to_state_a_prefix_exclude_each_other() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "cartkg", "serve", "--base-url", "https://a.example/", "--forwarded-prefix"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (ended.returncode, "--base-url and --forwarded-prefix" in ended.stderr) == (3, True)


@pytest.mark.whole
def test_no_link_of_the_whole_project_leads_out_of_the_prefix_or_nowhere() -> None:
    with behind_a_proxy(ROOT) as site:
        assert len(crawl(site)) > 1000


def test_all_addresses_in_answers_hold_the_prefix(site: Site) -> None:
    said = site.proxy.get(f"{PREFIX}/sparql?{urlencode({'query': NOTHING})}", "application/sparql-results+xml")
    links = re.findall(r"<([^>]*)>", said.headers["link"])
    assert [link.partition("?")[0] for link in links] == [
        f"{site.proxy.base}sparql",
        f"{site.proxy.base}sparql/explain",
    ]
    described = site.proxy.get(f"{PREFIX}/sparql", "text/turtle").text
    assert f"endpoint> <{site.proxy.base}sparql>" in described or f"endpoint <{site.proxy.base}sparql>" in described
    assert f"<{site.proxy.base}sparql>" in site.proxy.get(f"{PREFIX}/.well-known/sparql-examples", "text/turtle").text


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("/docs", "/kg/docs/"),
        ("/question/results", "/kg/questions/results"),
        ("/about?iri=https://w3id.org/cartkg/study/sample-2024", "/kg/study/sample-2024"),
        ("/about?iri=https://w3id.org/cartkg//a.example", "/kg/%2Fa.example"),
        (
            f"/query?{urlencode({'query': CONSTRUCT, 'format': 'turtle'})}",
            f"/kg/sparql?{urlencode({'query': CONSTRUCT, 'format': 'turtle'})}",
        ),
        ("/cohort//sample-2024/sle", "BASE/cohort/sample-2024/sle"),
        ("/sparql", "BASE/query"),
    ],
)
def test_redirects_stay_below_the_prefix(site: Site, path: str, place: str) -> None:
    said = site.proxy.get(PREFIX + path)
    assert said.status in {303, 308}
    assert said.headers["location"] == place.replace("BASE/", site.proxy.base)


def test_a_misspelt_address_leads_on_below_the_prefix(site: Site) -> None:
    said = site.proxy.get(f"{PREFIX}/study/sampel-2024")
    assert said.status == 404
    assert 'Did you mean <a href="/kg/study/sample-2024">' in said.text
    assert not re.findall(r'(?:href|src|action)="/(?!kg/)', said.text)


@pytest.mark.parametrize("value", ["/evil", "//evil.example", "/kg", 'x"><script>', "https://evil.example/"])
@pytest.mark.parametrize(
    "name", ["X-Forwarded-Prefix", "X-Script-Name", "Script-Name", "X-Forwarded-Host", "Forwarded"]
)
def test_no_header_of_a_request_changes_the_prefix(site: Site, name: str, value: str) -> None:
    for path in ("/", "/docs", f"/sparql?{urlencode({'query': value})}", f"/sparql?{urlencode({'query': SELECT})}"):
        plain, named = (site.live.request("GET", path, more) for more in ({}, {name: value}))
        again = site.live.request("GET", path)
        assert (named.status, named.body) == (plain.status, plain.body) == (again.status, again.body)
        for part in ("location", "link", "etag"):
            assert named.headers.get(part) == plain.headers.get(part) == again.headers.get(part)


class EditionEngine(StoreEngine):
    """Names what it answers from, so that answers may be kept."""

    def answer(self, operation: Operation) -> Answer:
        return replace(super().answer(operation), edition=RELEASE.digest)


@pytest.mark.whole
def test_answers_of_two_prefixes_have_two_tags(store: Store, project: Project) -> None:
    tags: dict[str, set[str]] = {}
    for base in (
        "",
        "https://a.example/",
        "https://a.example/kg/",
        "https://a.example/other/",
        "https://b.example/kg/",
    ):
        app = create_app(EditionEngine(store), AppSettings(RELEASE, project, base_url=base), BLUEPRINTS)
        for path in ("/", "/questions", f"/sparql?{urlencode({'query': SELECT})}"):
            tag = app.test_client().get(path, headers={"Host": "a.example"}).headers["ETag"]
            assert app.test_client().get(path, headers={"Host": "a.example", "If-None-Match": tag}).status_code == 304
            tags.setdefault(path, set()).add(tag)
    # pages hold paths and the address of the endpoint, answers hold their own address
    assert [len(found) for found in tags.values()] == [5, 3, 5]


@pytest.mark.whole
def test_the_editor_is_told_addresses_below_the_prefix(
    store: Store, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(editor, "_RICH", Path(__file__))
    app = create_app(StoreEngine(store), AppSettings(RELEASE, project, base_url="https://a.example/kg/"), BLUEPRINTS)
    text = app.test_client().get("/query").text
    assert 'data-terms="/kg/query/terms.json" data-things="/kg/reconcile/suggest/entity"' in text
    assert 'data-static="/kg/static/"' in text
    assert 'src="/kg/static/editor.js"' in text


def test_the_description_names_endpoint_and_dumps_of_this_server(
    store: Store, project: Project, tmp_path: Path
) -> None:
    (tmp_path / "a b.nq").write_text("<a:s> <a:p> <a:o> .\n", "utf-8")
    told = {}
    for base in ("", "https://a.example/kg/"):
        state = AppSettings(RELEASE, project, tmp_path, base_url=base)
        said = create_app(StoreEngine(store), state, BLUEPRINTS).test_client().get("/.well-known/void")
        told[base] = {str(triple.triple) for triple in parse(said.data, format=RdfFormat.TURTLE)}
    assert not told[""]
    data, place = "<https://w3id.org/cartkg/dataset/cartkg>", "<https://a.example/kg/release/a%20b.nq>"
    assert told["https://a.example/kg/"] >= {
        f"{data} <http://rdfs.org/ns/void#sparqlEndpoint> <https://a.example/kg/sparql>",
        f"{data} <http://www.w3.org/ns/dcat#distribution> {place}",
        f"{place} <http://www.w3.org/ns/dcat#downloadURL> {place}",
    }


#: The form for dossiers is served by itself, on this machine alone.
WITHOUT_PREFIX = TEMPLATES / "curation"


@pytest.mark.parametrize(
    "path",
    sorted(path for path in TEMPLATES.rglob("*.*") if WITHOUT_PREFIX not in path.parents),
    ids=lambda path: path.name,
)
def test_no_template_holds_an_address_without_the_prefix(path: Path) -> None:
    assert not re.findall(r'\b(?:href|src|action|data-[a-z]+)="/', path.read_text("utf-8"))


@pytest.mark.parametrize(
    "given",
    [
        "https://a.example//evil.example/", "https://a.example/a//b/", "https://a.example/../", "https://a.example/a/./",
        "https://a.example/k%20g/", "https://a.example/'/", "https://a.example/a;b/", "https://a.example/gr\u00fcn/",
        "https://gr\u00fcn.example/", "https://a.example:x/", "https://a.example:/", "https://a.example/kg\n",
    ],
)  # fmt: skip
def test_a_prefix_that_would_need_quoting_is_refused(given: str) -> None:
    with pytest.raises(ConfigError):
        base_url_of(given)


@pytest.mark.parametrize("given", ["http://[::1]:8000/kg/", "https://a.example/a/b-c_d.e~f", "https://a.example:8443"])
def test_a_plain_prefix_is_taken(given: str) -> None:
    assert base_url_of(given).rstrip("/") == given.rstrip("/")
