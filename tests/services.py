"""The services that are searched, on this machine: recorded answers, and answers that are wrong in some way."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import parse_qsl, urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable

    from cartkg.project import Project

CASES = Path(__file__).parent / "cases"
EMAIL = "curator@example.org"
PUBMED = ("36109639", "12345678")
TRIALS = ("NCT04146051", "NCT06799247")


@dataclass(frozen=True)
class Answer:
    """What a service answers; `drip` is sent again and again instead, without an end."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    drip: bytes = b""


@dataclass(frozen=True)
class Asked:
    """A request that came: the path, its parameters and its header fields."""

    path: str
    parameters: dict[str, str]
    headers: dict[str, str]


class Services:
    """Answers by path; `answers` is what each answers, and `asked` what came, in its order."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.answers: dict[str, Callable[[dict[str, str]], Answer]] = dict(RECORDED)
        self.stop = threading.Event()
        handler = type("Handler", (_Handler,), {"services": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = False
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def variables(self) -> dict[str, str]:
        """The environment of a user whose services are these."""
        names = ("PUBMED", "EUROPE_PMC", "CROSSREF", "CLINICALTRIALS_GOV")
        return {"CARTKG_EMAIL": EMAIL, **{f"CARTKG_{name}_ADDRESS": f"{self.url}/{name.lower()}" for name in names}}

    @property
    def paths(self) -> list[str]:
        return [each.path for each in self.asked]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        self._server.shutdown()
        self._server.server_close()  # waits for the threads of requests
        self._thread.join()


class _Handler(BaseHTTPRequestHandler):
    services: Services

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        asked = Asked(
            parts.path, dict(parse_qsl(parts.query)), {key.lower(): said for key, said in self.headers.items()}
        )
        self.services.asked.append(asked)
        answer = self.services.answers.get(parts.path)
        found = answer(asked.parameters) if answer else Answer(b"nothing here", 404)
        try:
            self._send(found)
        except OSError:
            self.close_connection = True  # the client has had enough

    def _send(self, found: Answer) -> None:
        if found.drip:
            while not self.services.stop.wait(0.02):
                self.wfile.write(found.drip)
            return
        self.send_response(found.status)
        for name, value in found.headers.items():
            self.send_header(name, value)
        if "Content-Length" not in found.headers:
            self.send_header("Content-Length", str(len(found.body)))
        self.end_headers()
        self.wfile.write(found.body)

    def log_message(self, *_: Any) -> None:
        """Stay silent."""


def sample(name: str) -> Any:
    return json.loads((CASES / name).read_text("utf-8"))


def said(content: Any) -> Answer:
    return Answer(json.dumps(content).encode(), headers={"Content-Type": "application/json"})


def esearch(parameters: dict[str, str]) -> Answer:
    """As E-utilities document it: the count and all numbers."""
    assert (parameters["db"], parameters["retmode"]) == ("pubmed", "json")
    return said({"header": {"type": "esearch"}, "esearchresult": {"count": "2", "retmax": "2", "idlist": list(PUBMED)}})


def efetch(parameters: dict[str, str]) -> Answer:
    assert parameters["id"] == ",".join(PUBMED)
    data = (CASES / "exports" / "pubmed.xml").read_bytes()
    numbered = b'<MedlineCitation><PMID Version="1">12345678</PMID><Article>'
    return Answer(data.replace(b"<MedlineCitation><Article>", numbered))


def europe_pmc(parameters: dict[str, str]) -> Answer:
    """A page of one record each; the last page repeats its mark and has none."""
    content = sample("exports/europe-pmc.json")
    results = content["resultList"]["result"]
    at = {"*": 0, "second": 1, "third": 2}[parameters["cursorMark"]]
    content["nextCursorMark"] = ["second", "third", "third"][at]
    content["resultList"]["result"] = results[at : at + 1]
    return said(content)


def crossref(parameters: dict[str, str]) -> Answer:
    content = sample("exports/crossref.json")
    content["message"]["next-cursor"] = "next"
    if parameters["cursor"] != "*":
        content["message"]["items"] = []
    return said(content)


def studies(parameters: dict[str, str]) -> Answer:
    """Two pages; only the first says how many there are."""
    listed = sample("registers/studies.json")["studies"]
    if "pageToken" in parameters:
        return said({"studies": listed[1:2]})
    return said({"totalCount": 2, "studies": listed[:1], "nextPageToken": "t2"})


RECORDED: dict[str, Callable[[dict[str, str]], Answer]] = {
    "/pubmed/esearch.fcgi": esearch,
    "/pubmed/efetch.fcgi": efetch,
    "/europe_pmc/search": europe_pmc,
    "/crossref/works": crossref,
    "/clinicaltrials_gov/studies": studies,
}
SEARCHES = """searches:
- {id: pubmed-lupus, service: pubmed, query: 'CAR-T AND lupus'}
- {id: epmc-lupus, service: europe-pmc, query: 'CAR-T AND lupus'}
- {id: trials-mg, service: clinicaltrials-gov, query: 'CAR-T AND myasthenia'}
"""


def write_searches(project: Project, text: str = SEARCHES) -> None:
    (project.root / "data" / "searches.yaml").write_text(text, "utf-8")
