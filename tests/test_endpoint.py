"""/sparql, /health and /metrics as clients meet them, over real sockets."""

from __future__ import annotations

import gzip
import json
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode, urlsplit

import pyoxigraph as ox
import pytest
from prometheus_client.parser import text_string_to_metric_families
from tests.live import DATA, ROOT, Live, listening_port, serving

from cartkg.cli.serve import announce, base_url_of
from cartkg.namespaces import GRAPH_ASSERTED, GRAPH_INFERRED

if TYPE_CHECKING:
    from collections.abc import Iterator

SD = "http://www.w3.org/ns/sparql-service-description#"
LABELS = "SELECT ?l { ?s <http://www.w3.org/2000/01/rdf-schema#label> ?l } ORDER BY ?l"
ENDLESS = "SELECT (COUNT(*) AS ?n) { " + " ".join(f"?a{n} ?b{n} ?c{n} ." for n in range(12)) + " }"
CROSS = "SELECT * { " + " ".join(f"?a{n} ?b{n} ?c{n} ." for n in range(6)) + " }"


@pytest.fixture(scope="module")
def live() -> Iterator[Live]:
    with serving("--timeout", "2") as server:
        yield server


def test_the_address_is_printed_and_answers(live: Live) -> None:
    said = live.ask("ASK {}")
    assert (said.status, json.loads(said.body)["boolean"]) == (200, True)


@pytest.mark.parametrize("path", ["/sparql", "/sparql/"])
def test_get_post_form_and_post_body_answer_the_same(live: Live, path: str) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    direct = {"Content-Type": "application/sparql-query"}
    answers = {
        live.request("GET", f"{path}?{urlencode({'query': LABELS})}").body,
        live.request("POST", path, form, urlencode({"query": LABELS}).encode()).body,
        live.request("POST", path, direct, LABELS.encode()).body,
    }
    assert len(answers) == 1
    assert "Sjögren" in answers.pop().decode()


def test_head_gives_the_headers_of_get_and_no_body(live: Live) -> None:
    path = f"/sparql?{urlencode({'query': LABELS})}"
    head, get = live.request("HEAD", path), live.request("GET", path)
    assert (head.status, head.body) == (200, b"")
    assert head.headers["etag"] == get.headers["etag"]
    assert head.headers["content-type"] == get.headers["content-type"]


def test_options_tells_methods_and_what_scripts_may_send(live: Live) -> None:
    said = live.request("OPTIONS", "/sparql", {"Origin": "https://a.example", "Access-Control-Request-Method": "POST"})
    assert said.status == 204
    assert said.headers["allow"] == "GET, HEAD, POST, OPTIONS"
    assert said.headers["access-control-allow-origin"] == "*"
    assert "Content-Type" in said.headers["access-control-allow-headers"]


@pytest.mark.parametrize("path", ["/sparql", "/query", "/health"])
@pytest.mark.parametrize("wanted", ["queryid", "x-requested-with,authorization", "Accept, Content-Type , x_y"])
def test_a_script_may_send_every_header_that_it_asks_for(live: Live, path: str, wanted: str) -> None:
    asked = {"Origin": "https://a.example", "Access-Control-Request-Method": "GET"}
    said = live.request("OPTIONS", path, {**asked, "Access-Control-Request-Headers": wanted})
    assert said.headers["access-control-allow-headers"] == wanted.strip()
    assert said.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in said.headers


@pytest.mark.parametrize("wanted", ["", "a: b", "<script>", "a;b", "a" * 5000, "\u00e4"])
def test_what_is_no_list_of_headers_is_not_sent_back(live: Live, wanted: str) -> None:
    said = live.request("OPTIONS", "/sparql", {"Access-Control-Request-Headers": wanted})
    assert said.headers["access-control-allow-headers"] == "Accept, Content-Type, If-None-Match"


@pytest.mark.parametrize(
    "path", ["/sparql?query=ASK%7B%7D", "/sparql", "/sparql?query=nonsense", "/nothing", "/health"]
)
def test_every_answer_may_be_read_by_scripts_and_not_be_framed(live: Live, path: str) -> None:
    headers = live.request("GET", path).headers
    assert headers["access-control-allow-origin"] == "*"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("status", "request_parts"),
    [
        (400, ("GET", "/sparql?query=SELEC", {}, b"")),
        (406, ("GET", "/sparql?query=ASK%7B%7D", {"Accept": "image/png"}, b"")),
        (403, ("GET", "/sparql?update=CLEAR%20ALL", {}, b"")),
        (403, ("GET", "/sparql?query=" + quote("SELECT * { SERVICE <http://127.0.0.1/> {} }"), {}, b"")),
        (405, ("PUT", "/sparql", {}, b"")),
        (405, ("DELETE", "/sparql", {}, b"")),
        (415, ("POST", "/sparql", {"Content-Type": "text/plain"}, b"ASK {}")),
        (413, ("POST", "/sparql", {"Content-Type": "application/sparql-query"}, b"ASK {} #" + b"x" * 300_000)),
        (413, ("POST", "/sparql", {"Content-Type": "application/sparql-query"}, b"x" * 3_000_000)),
        (413, ("GET", "/sparql?query=" + quote("ASK { FILTER(" + "(" * 500 + "1" + ")" * 500 + ") }"), {}, b"")),
        (413, ("GET", "/sparql?query=" + quote(CROSS), {}, b"")),
        (503, ("GET", "/sparql?query=" + quote(ENDLESS), {}, b"")),
        (404, ("GET", "/nowhere", {}, b"")),
        (405, ("POST", "/health", {}, b"")),
    ],
)
def test_each_error_has_its_status_and_is_a_problem_document(
    live: Live, status: int, request_parts: tuple[str, str, dict[str, str], bytes]
) -> None:
    method, path, headers, body = request_parts
    said = live.request(method, path, headers, body or None)
    assert (said.status, said.headers["content-type"]) == (status, "application/problem+json")
    problem = json.loads(said.body)
    assert (problem["status"], problem["type"]) == (status, "about:blank")
    assert problem["title"]
    assert problem["detail"]
    assert "Traceback" not in said.text
    assert str(ROOT) not in said.text
    assert ("retry-after" in said.headers) is (status == 503)


def test_a_malformed_query_is_told_with_line_and_column_to_programs_and_people(live: Live) -> None:
    query = "SELECT * {\n ?s rdfs:label }"
    problem = json.loads(live.ask(query).body)
    assert (problem["line"], problem["column"]) == (2, 5)
    assert "PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>" in problem["detail"]
    text = live.ask(query, "text/plain, */*;q=0.1")
    assert text.headers["content-type"].startswith("text/plain")
    assert "line 2" in text.text


@pytest.mark.parametrize("accept", ["text/plain", "text/html", "image/png", "text/turtle", "application/json;q=0"])
@pytest.mark.parametrize(
    ("status", "path"),
    [
        (400, "/sparql?query=" + quote("SELECT * { ?s ?p ?o FILTER ?o > 3 }")),
        (400, "/sparql?query=" + quote("ASK { ?s ?p }")),
        (400, "/sparql?query=" + quote("CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o")),
        (400, "/sparql?query=" + quote("SELECT * { ?s rdfs:label ?l }") + "&format=turtle"),
        (403, "/sparql?query=" + quote("SELECT * { SERVICE <http://127.0.0.1/> {} }")),
        (404, "/study/nothing"),
        (404, "/ontology/nothing"),
        (404, "/ontology.nothing"),
        (404, "/about?iri=http://a.example/"),
        (404, "/nowhere"),
    ],
)
def test_no_error_is_hidden_by_a_form_that_errors_are_not_written_in(
    live: Live, status: int, path: str, accept: str
) -> None:
    said = live.request("GET", path, {"Accept": accept})
    assert said.status == status
    kind = "text/" if accept.startswith("text/") and accept != "text/turtle" else "application/problem+json"
    assert said.headers["content-type"].startswith(kind)
    assert said.text.strip()


@pytest.mark.parametrize(
    "query", [LABELS, "ASK {}", "DESCRIBE <a:a>", ENDLESS, "SELECT * { ?s ?p ?o FILTER(<a:f>(?o)) }"]
)
def test_a_sound_query_in_no_form_that_suits_is_refused_unasked(live: Live, query: str) -> None:
    assert live.ask(query, "image/png").status == 406


def test_a_byte_order_mark_before_a_query_is_passed_over(live: Live) -> None:
    query = "\ufeffSELECT * { VALUES ?x { 1 } }"
    direct = {"Content-Type": "application/sparql-query", "Accept": "text/csv"}
    form = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "text/csv"}
    said = [
        live.ask(query, "text/csv"),
        live.request("POST", "/sparql", direct, query.encode()),
        live.request("POST", "/sparql", form, urlencode({"query": query}).encode()),
    ]
    assert [one.text.split() for one in said] == [["x", "1"]] * 3
    assert "<td" in live.request("GET", f"/query?{urlencode({'query': query})}").text
    assert live.request("GET", f"/sparql/explain?{urlencode({'query': query})}").status == 200


def test_a_client_that_names_formats_of_results_alone_gets_a_graph(live: Live) -> None:
    said = live.ask("CONSTRUCT WHERE { ?s a ?o }", "application/sparql-results+xml")
    assert (said.status, said.headers["content-type"]) == (200, "text/turtle; charset=utf-8")
    assert live.ask("CONSTRUCT WHERE { ?s a ?o }", "image/png").status == 406


def test_a_406_names_what_there_is(live: Live) -> None:
    assert "text/csv" in json.loads(live.ask("ASK {}", "image/png").body)["offers"]


def test_every_answer_tells_whether_it_is_complete(live: Live) -> None:
    headers = live.ask(LABELS).headers
    assert headers["cartkg-complete"] == "true"
    assert headers["cartkg-rows"] == "4"
    assert headers["cartkg-release"] == "unreleased"
    assert float(headers["cartkg-seconds"]) < 2


def test_a_cut_answer_is_marked_and_has_no_tag(live: Live) -> None:
    said = live.ask(CROSS, "text/csv", cut="mark")
    assert said.status == 200
    assert (said.headers["cartkg-complete"], said.headers["cartkg-cut-by"]) == ("false", "bytes")
    assert int(said.headers["cartkg-rows"]) == len(re.findall(rb"\r\n", said.body)) - 1 > 1000
    assert said.headers["cache-control"] == "no-store"
    assert "etag" not in said.headers


def test_the_permanent_link_gives_the_same_answer(live: Live) -> None:
    body = urlencode({"query": LABELS, "default-graph-uri": "https://w3id.org/cartkg/graph/ontology"}).encode()
    said = live.request("POST", "/sparql", {"Content-Type": "application/x-www-form-urlencoded"}, body)
    link = re.search(r'<([^>]+)>; rel="canonical"', said.headers["link"])
    assert link
    parts = urlsplit(link[1])
    assert live.request("GET", f"{parts.path}?{parts.query}").body == said.body


@pytest.mark.parametrize("query", [LABELS, "ASK {}", "SELECT * {}"])
def test_the_head_of_json_holds_the_permanent_link_and_that_of_xml_does_not(live: Live, query: str) -> None:
    path = f"/sparql?{urlencode({'query': query, 'x': '&<>'})}"
    link = f"http://127.0.0.1:{live.port}{path}"
    assert json.loads(live.request("GET", path).body)["head"]["link"] == [link]
    said = live.request("GET", path, {"Accept": "application/sparql-results+xml"})
    head = ET.fromstring(said.body)[0]  # noqa: S314  # our own answer
    assert [one.tag.rpartition("}")[2] for one in head] == ["variable"] * (query == LABELS), "Redland reads no link"
    assert f'<{link}>; rel="canonical"' in said.headers["link"]


def test_an_unchanged_answer_is_not_sent_twice(live: Live) -> None:
    first = live.ask(LABELS)
    tag = first.headers["etag"]
    path = f"/sparql?{urlencode({'query': LABELS})}"
    again = live.request("GET", path, {"If-None-Match": tag})
    assert (again.status, again.body, again.headers["etag"]) == (304, b"", tag)
    assert live.request("GET", path, {"If-None-Match": '"other"'}).status == 200
    assert live.ask(LABELS, "text/csv").headers["etag"] != tag
    assert live.ask(LABELS + " LIMIT 1").headers["etag"] != tag


def test_what_an_answer_depends_on_is_said_to_caches(live: Live) -> None:
    headers = live.ask(LABELS).headers
    assert {"Accept", "Accept-Encoding"} <= {one.strip() for one in headers["vary"].split(",")}
    assert "must-revalidate" in headers["cache-control"]


@pytest.mark.parametrize("expression", ["NOW()", "RAND()", "UUID()", "STRUUID()"])
def test_an_answer_that_changes_by_itself_is_never_kept(live: Live, expression: str) -> None:
    said = [live.ask(f"SELECT ({expression} AS ?x) {{}}") for _ in range(2)]
    assert said[0].body != said[1].body
    assert "etag" not in said[0].headers


def test_large_answers_are_packed_for_those_who_take_it(live: Live) -> None:
    path = f"/sparql?{urlencode({'query': 'SELECT * { ?a ?b ?c . ?d ?e ?f }'})}"
    plain = live.request("GET", path, {"Accept-Encoding": "identity"})
    packed = live.request("GET", path, {"Accept-Encoding": "gzip"})
    refused = live.request("GET", path, {"Accept-Encoding": "gzip;q=0"})
    assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(packed.body) == plain.body == refused.body
    assert packed.headers["etag"] != plain.headers["etag"]
    tag = packed.headers["etag"]
    assert live.request("GET", path, {"Accept-Encoding": "gzip", "If-None-Match": tag}).status == 304


def test_an_empty_answer_points_to_its_explanation(live: Live) -> None:
    links = live.ask("SELECT * { ?s <http://a.example/nothing> ?o }").headers["link"]
    assert "/sparql/explain?query=" in links
    assert "explain" not in live.ask(LABELS).headers["link"]


def test_without_a_query_the_endpoint_describes_itself_truly(live: Live) -> None:
    said = live.request("GET", "/sparql", {"Accept": "text/turtle"})
    assert said.status == 200
    store = ox.Store()
    store.load(said.body, format=ox.RdfFormat.TURTLE)
    assert bool(store.query(f"ASK {{ ?s a <{SD}Service> ; <{SD}endpoint> <{live.url}> }}"))
    assert bool(store.query(f"ASK {{ ?s <{SD}supportedLanguage> <{SD}SPARQL11Query> }}"))
    assert not bool(store.query(f"ASK {{ ?s <{SD}feature> <{SD}BasicFederatedQuery> }}"))
    graphs = f"SELECT ?g ?n {{ ?e <{SD}name> ?g ; <{SD}graph>/<http://rdfs.org/ns/void#triples> ?n }}"
    rows = store.query(graphs)
    assert isinstance(rows, ox.QuerySolutions)
    described = {row["g"].value: row["n"].value for row in rows}
    counted = live.ask("SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g", "text/csv")
    assert described == dict(line.split(",") for line in counted.text.split()[1:])


@pytest.mark.parametrize(("named", "left_out"), [(GRAPH_ASSERTED, {GRAPH_INFERRED}), (None, set())])
def test_the_description_says_what_each_union_holds(live: Live, named: str | None, left_out: set[str]) -> None:
    store = ox.Store()
    store.load(live.request("GET", "/sparql", {"Accept": "text/turtle"}).body, format=ox.RdfFormat.TURTLE)
    way = f"<{SD}availableGraphs>/<{SD}namedGraph>" if named else f"<{SD}defaultDataset>/<{SD}defaultGraph>"
    union = f"?entry <{SD}name> <{named}> ; <{SD}graph> ?union" if named else "BIND(?entry AS ?union)"
    part = f"?part <{SD}name> ?g ; <{SD}graph> ?graph . ?union <http://rdfs.org/ns/void#subset> ?graph"
    rows = store.query(f"SELECT ?g {{ <{live.url}> {way} ?entry . {union} . {part} }}")
    assert isinstance(rows, ox.QuerySolutions)
    known = live.ask("SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }", "text/csv").text.split()[1:]
    assert sorted(row["g"].value for row in rows) == sorted(set(known) - left_out)
    assert GRAPH_ASSERTED not in known


def test_what_is_stated_is_asked_by_from_and_by_parameter(live: Live) -> None:
    query = "SELECT (COUNT(*) AS ?n) %s { ?s a <https://w3id.org/cartkg/ontology#IndividualPatient> }"
    stated = query % f"FROM <{GRAPH_ASSERTED}>"
    assert live.ask(query % "", "text/csv").text.split() == ["n", "1"]
    assert live.ask(stated, "text/csv").text.split() == ["n", "0"]
    assert live.ask(query % "", "text/csv", **{"default-graph-uri": GRAPH_ASSERTED}).text.split() == ["n", "0"]
    body = urlencode({"query": query % "", "default-graph-uri": GRAPH_ASSERTED}).encode()
    kind = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "text/csv"}
    assert live.request("POST", "/sparql", kind, body).text.split() == ["n", "0"]
    why = live.request("GET", f"/sparql/explain?query={quote(stated)}", {"Accept": "text/plain"}).text
    assert f"this is inferred (it is in <{GRAPH_INFERRED}>), and <{GRAPH_ASSERTED}> excludes inferred triples" in why


def test_a_browser_without_a_query_is_sent_to_the_editor(live: Live) -> None:
    said = live.request("GET", "/sparql", {"Accept": "text/html,*/*;q=0.8"})
    assert (said.status, urlsplit(said.headers["location"]).path) == (303, "/query")


def test_nothing_of_a_request_is_sent_back_unescaped(live: Live) -> None:
    attack = "<script>alert(1)</script>"
    for path in (
        f"/sparql?query={quote(attack)}",
        f"/{quote(attack)}",
        f"/sparql?query=ASK%7B%7D&format={quote(attack)}",
    ):
        said = live.request("GET", path, {"Accept": "text/html"})
        assert attack not in said.text or said.headers["content-type"].startswith("text/plain")


def test_health_and_metrics_tell_what_happened(live: Live) -> None:
    assert json.loads(live.request("GET", "/health").body)["ready"] is True
    assert live.request("GET", "/health/live").status == 200
    before = live.metric('queries_total{outcome="malformed"}')
    live.ask("nonsense")
    assert live.metric('queries_total{outcome="malformed"}') == before + 1


def test_prometheus_can_read_the_metrics(live: Live) -> None:
    for query in (LABELS, LABELS, "nonsense", "INSERT DATA { <x:s> <x:p> 1 }"):
        live.ask(query)
    said = live.request("GET", "/metrics")
    assert said.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    families = {family.name: family for family in text_string_to_metric_families(said.text)}
    outcomes = {sample.labels["outcome"]: sample.value for sample in families["cartkg_queries"].samples}
    assert families["cartkg_queries"].type == "counter"
    assert {"complete", "cached", "malformed", "refused"} <= outcomes.keys()
    histogram = families["cartkg_query_seconds"]
    assert histogram.type == "histogram"
    buckets = [sample.value for sample in histogram.samples if sample.name.endswith("_bucket")]
    assert buckets == sorted(buckets)
    assert histogram.samples[len(buckets) - 1].labels["le"] == "+Inf"
    assert buckets[-1] == sum(outcomes.values())
    assert {"cartkg_queries_waiting", "cartkg_workers_busy", "cartkg_cache", "cartkg_cache_bytes"} <= families.keys()
    started = families["cartkg_started_seconds"].samples[0].value
    assert 0 < time.time() - started < 3600, "a time is given to the second"


def test_a_client_that_hangs_up_ends_its_query() -> None:
    with serving("--timeout", "30") as live:
        with socket.create_connection(("127.0.0.1", live.port)) as sock:
            sock.sendall(f"GET /sparql?query={quote(ENDLESS)} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            _until(lambda: live.metric("workers_busy") == 1)
        _until(lambda: live.metric("workers_busy") == 0)
        assert live.metric("workers_ended_hangup_total") == 1


def test_a_reload_changes_the_answers_and_fails_no_request(tmp_path: Path) -> None:
    data = tmp_path / "data.nq"
    line = '<http://a.example/s> <http://a.example/p> "{}" <http://a.example/g> .\n'
    data.write_text(line.format("old"), "utf-8")
    with serving(data=data) as live:
        query = "SELECT ?o { ?s ?p ?o }"
        tag = live.ask(query).headers["etag"]
        failures: list[int] = []
        stop = threading.Event()

        def ask_on() -> None:
            while not stop.is_set():
                status = live.ask(query).status
                failures.extend([status] if status != 200 else [])

        asker = threading.Thread(target=ask_on)
        asker.start()
        data.write_text(line.format("new"), "utf-8")
        live.process.send_signal(signal.SIGHUP)
        _until(lambda: "new" in live.ask(query).text)
        stop.set()
        asker.join()
        assert failures == []
        assert live.ask(query).headers["etag"] != tag
        assert live.request("GET", f"/sparql?{urlencode({'query': query})}", {"If-None-Match": tag}).status == 200


@pytest.mark.whole
def test_reload_after_reload_fails_no_request_of_many_clients(tmp_path: Path) -> None:
    data = tmp_path / "data.nq"
    line = '<http://a.example/s> <http://a.example/p> "{}" <http://a.example/g> .\n'
    data.write_text(line.format(0), "utf-8")
    with serving(data=data) as live:
        failures: list[object] = []
        stop = threading.Event()

        def ask_on(number: int) -> None:
            path = (
                "/health",
                "/sparql?query=ASK%7B%7D",
                "/",
                f"/sparql?{urlencode({'query': 'SELECT ?o { ?s ?p ?o }'})}",
            )
            last = -1
            while not stop.is_set():
                said = live.request("GET", path[number % 4], {"Accept": "*/*"})
                if said.status != 200:
                    failures.append((path[number % 4], said.status))
                if number % 4 == 3:
                    shown = int(json.loads(said.body)["results"]["bindings"][0]["o"]["value"])
                    failures.extend([("went back", last, shown)] if shown < last else [])
                    last = shown

        askers = [threading.Thread(target=ask_on, args=(number,)) for number in range(8)]
        for asker in askers:
            asker.start()
        for build in range(1, 4):
            data.write_text(line.format(build), "utf-8")
            live.process.send_signal(signal.SIGHUP)
            _until(lambda build=build: f'"{build}"' in live.ask("SELECT ?o { ?s ?p ?o }").text)
        stop.set()
        for asker in askers:
            asker.join()
        assert failures == []


@pytest.mark.whole
def test_what_runs_is_answered_and_what_is_read_is_sent_before_the_server_ends() -> None:
    large = f"/sparql?{urlencode({'query': CROSS, 'cut': 'mark', 'format': 'tsv'})}"
    with serving() as live:
        said: list[int] = []
        slow = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l . ?m ?n ?o }"
        askers = [threading.Thread(target=lambda: said.append(live.ask(slow).status)) for _ in range(4)]
        with socket.create_connection(("127.0.0.1", live.port), timeout=20) as sock:
            sock.sendall(f"GET {large} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
            held = sock.recv(1000)
            for asker in askers:
                asker.start()
            time.sleep(0.1)
            live.process.send_signal(signal.SIGTERM)
            time.sleep(0.2)
            while part := sock.recv(1 << 20):
                held += part
        for asker in askers:
            asker.join()
        head, _, body = held.partition(b"\r\n\r\n")
        assert f"content-length: {len(body)}\r\n".encode() in head
        assert said == [200] * 4
        assert live.process.wait(15) == 0


def test_a_running_query_is_answered_before_the_server_ends() -> None:
    slow = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l . ?m ?n ?o }"
    with serving() as live:
        said: list[int] = []
        asker = threading.Thread(target=lambda: said.append(live.ask(slow).status))
        asker.start()
        time.sleep(0.05)
        live.process.send_signal(signal.SIGTERM)
        asker.join()
        assert said == [200]
        assert live.process.wait(15) == 0


def test_the_access_log_has_a_line_a_request_and_no_query() -> None:
    with serving("--access-log") as live:
        live.ask("ASK { <http://a.example/secret> ?p ?o }")
        live.ask("nonsense")
        live.raw(b'GET /x%0a{"path":%22/forged%22} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
    lines = [json.loads(line) for line in live.said[0].splitlines() if line.startswith("{")]
    asked = [(line["path"], line["status"]) for line in lines]
    assert asked == [("/sparql", 200), ("/sparql", 400), ('/x\n{"path":"/forged"}', 404)]
    assert "secret" not in str(lines)


@pytest.mark.whole
def test_nothing_runs_on_after_the_server_ended() -> None:
    with serving() as live:
        live.ask("ASK {}")
        family = live.family()
    _until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in family))


def _until(condition: object, seconds: float = 10.0) -> None:
    assert callable(condition)
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "did not happen in time"
        time.sleep(0.02)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--data", "absent.ttl"], "absent.ttl: no such file or folder"),
        (["--store", "absent"], "absent: no such folder"),
        (["--data", str(ROOT / "tests" / "cases" / "accept.tsv")], "accept.tsv"),
        (["--timeout", "0"], "needs a number above 0"),
        (["--data", str(DATA), "--host", "192.0.2.1"], "cannot listen"),
        (["--backend", "file:///x"], "not an HTTP address"),
        (["--base-url", "ftp://a.example/"], "not an HTTP address"),
        (["--base-url", "https:///x"], "not an HTTP address"),
        (["--base-url", "https://a.example/\r\nX: y"], "not an HTTP address"),
        (["--base-url", "https://user@a.example/"], "only scheme, host, port and path"),
    ],
)
def test_a_bad_setting_is_one_clear_line(arguments: list[str], words: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "cartkg", "serve", *arguments], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith("cartkg: ")
    assert words in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("given", "kept"), [("https://a.example", "https://a.example/"), ("http://a/b/", "http://a/b/")]
)
def test_the_base_url_ends_with_a_slash(given: str, kept: str) -> None:
    assert base_url_of(given) == kept


@pytest.mark.parametrize(
    ("host", "base_url", "warned"),
    [
        ("127.0.0.1", "", False),
        ("127.9.9.9", "", False),
        ("::1", "", False),
        ("localhost", "", False),
        ("0.0.0.0", "", True),  # noqa: S104  # nothing listens there
        ("::", "", True),
        ("server.example", "", True),
        ("0.0.0.0", "https://a.example/", False),  # noqa: S104  # the same
    ],
)
def test_a_server_that_others_reach_is_warned_about_a_missing_base_url(
    capsys: pytest.CaptureFixture[str], host: str, base_url: str, *, warned: bool
) -> None:
    announce(host, base_url, "Serving")
    said = capsys.readouterr()
    assert said.out == "Serving\n"
    assert ("--base-url" in said.err) is warned


def test_a_port_in_use_is_one_clear_line(live: Live) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "cartkg", "serve", "--data", str(DATA), "--port", str(live.port)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 3
    assert "in use" in done.stderr
    assert done.stderr.count("\n") == 1


def test_broken_turtle_is_told_with_its_line(tmp_path: Path) -> None:
    broken = tmp_path / "broken.ttl"
    broken.write_text("<http://a.example/s> <http://a.example/p> 1 .\n<x\n", "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "cartkg", "serve", "--port", "0", "--data", str(broken)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 3
    assert "broken.ttl:2:" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.whole
def test_an_oxigraph_store_can_be_served_and_is_not_changed(tmp_path: Path) -> None:
    folder = tmp_path / "store"
    store = ox.Store(str(folder))
    store.load(path=str(DATA), format=ox.RdfFormat.TRIG)
    store.flush()
    del store
    process = subprocess.Popen(
        [sys.executable, "-m", "cartkg", "serve", "--port", "0", "--store", str(folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        live = Live(process, listening_port(process), [])
        said = live.ask("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }", "text/csv")
        assert said.text.split() == ["n", "12"]
        assert "etag" not in said.headers
    finally:
        process.terminate()
        process.communicate(timeout=20)
    assert len(ox.Store.read_only(str(folder))) == 12


FORMULAS = """SELECT ?a ?b { VALUES (?a ?b) {
    ("=HYPERLINK(1)" "+1+2") ("-2.5e3" "-2+3") ("@SUM(A1)" "a\\nb") ("x,\\"y" UNDEF) } }"""


def test_a_spreadsheet_takes_no_cell_for_a_formula(live: Live) -> None:
    wanted = '\ufeff"a","b"\r\n"\'=HYPERLINK(1)","\'+1+2"\r\n"-2.5e3","\'-2+3"\r\n"\'@SUM(A1)","a b"\r\n"x,""y",""\r\n'
    named, chosen = live.ask(FORMULAS, format="spreadsheet"), live.ask(FORMULAS, "text/csv; cells=text")
    assert (named.text, chosen.text) == (wanted, wanted)
    assert chosen.headers["content-type"] == "text/csv; cells=text; charset=utf-8"
    assert chosen.headers["cartkg-rows"] == "4"
    plain = live.ask(FORMULAS, "text/csv")
    assert plain.text.startswith("a,b\r\n=HYPERLINK(1),+1+2\r\n"), "as SPARQL wants it"
    assert plain.headers["etag"] != chosen.headers["etag"]
    assert live.ask("ASK {}", format="spreadsheet").status == 406


CARTKG = "PREFIX cartkg: <https://w3id.org/cartkg/ontology#>"


def test_an_answer_in_turtle_has_the_prefixes_that_the_query_declares_and_it_uses(live: Live) -> None:
    query = f"PREFIX unused: <http://a.example/>\n{CARTKG} CONSTRUCT WHERE {{ ?s a cartkg:IndividualPatient }}"
    wanted = (
        f"@{CARTKG.replace('PREFIX', 'prefix')} .\n<https://w3id.org/cartkg/cohort/one> a cartkg:IndividualPatient .\n"
    )
    assert live.ask(query).text == wanted
    assert live.ask(query, cut="mark").text == wanted
    assert "@prefix" not in live.ask("CONSTRUCT WHERE { ?s a ?kind }").text


@pytest.mark.parametrize("accept", ["text/csv", "application/sparql-results+json"])
def test_all_columns_come_in_the_order_of_the_query(live: Live, accept: str) -> None:
    said = live.ask("SELECT * { ?s ?p ?o OPTIONAL { ?o $a ?b } } LIMIT 1", accept)
    names = json.loads(said.body)["head"]["vars"] if "json" in accept else said.text.split("\r\n")[0].split(",")
    assert names == ["s", "p", "o", "a", "b"]
    problem = json.loads(live.ask("SELECT * {\n ?z ?p ?a .\n ?x }").body)
    assert (problem["line"], problem["column"]) == (3, 5), "the place is that in the query as it was sent"


def test_a_backend_can_be_served(live: Live) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "cartkg", "serve", "--port", "0", "--backend", live.url],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        front = Live(process, listening_port(process), [])
        assert json.loads(front.ask(LABELS).body)["results"] == json.loads(live.ask(LABELS).body)["results"]
        assert front.ask(FORMULAS, format="spreadsheet").text == live.ask(FORMULAS, format="spreadsheet").text
        assert front.ask("SELECT * { SERVICE <http://127.0.0.1/> {} }").status == 403
        assert front.ask("nonsense").status == 400
    finally:
        process.terminate()
        process.communicate(timeout=20)
