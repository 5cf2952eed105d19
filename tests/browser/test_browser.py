"""The pages as a browser shows them: no refused resource, no sideways scrolling, readable, usable by keyboard."""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from tests.browser.driver import Browser

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [
    pytest.mark.whole,
    pytest.mark.skipif(
        not (shutil.which("chromium") and shutil.which("chromedriver")),
        reason="needs Chromium and its driver: make system",
    ),
]

ROOT = Path(__file__).resolve().parents[2]
EDITOR = ROOT / "src" / "cartkg" / "web" / "static" / "vendor" / "yasqe" / "yasqe.min.js"
PATHS = [
    "/", "/questions", "/questions/sle-doris-remission", "/query?plain=1", "/conflicts", "/overlaps", "/ontology",
    "/responses?disease=http://purl.obolibrary.org/obo/MONDO_0007915", "/rules", "/study/sample-2024",
    "/publication/sample-2024", "/finding/sample-2024/sle-doris-6mo", "/cohort/sample-2024/sle",
    "/diseases/systemic-lupus-erythematosus", "/questions/results?sort=-assessed", "/questions/results?sort=nothing",
    "/conflict/sample-2024/doris", "/search?q=lupus", "/diseases", "/nothing/here", "/query?query=ASK%7B%7D",
    "/rules/CohortShape",
]  # fmt: skip
#: For each piece of text: its contrast with what lies behind it (WCAG 2.2, success criterion 1.4.3).
CONTRAST = """
const part = (v) => (v <= 10 ? v / 3294.6 : ((v / 255 + 0.055) / 1.055) ** 2.4);
const light = (c) => { const f = c.slice(0, 3).map(part);
  return 0.2126 * f[0] + 0.7152 * f[1] + 0.0722 * f[2]; };
const parts = (text) => (text.match(/[0-9.]+/g) || []).map(Number);
const behind = (node) => { for (let at = node; at; at = at.parentElement) {
  const c = parts(getComputedStyle(at).backgroundColor); if (c.length === 3 || c[3] === 1) return c.slice(0, 3); }
  return [255, 255, 255]; };
const poor = [];
for (const node of document.querySelectorAll("body *")) {
  const own = [...node.childNodes].some((child) => child.nodeType === 3 && child.textContent.trim());
  const style = getComputedStyle(node);
  if (!own || node.closest("svg") || !node.offsetParent || style.clipPath !== "none") continue;
  const [a, b] = [light(parts(style.color)), light(behind(node))];
  const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  if (ratio < 4.5) poor.push(node.tagName + " " + node.className + " " + ratio.toFixed(2));
}
return poor;
"""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Serve the sample with the ontology on a free port, as `cartkg serve` does."""
    sources = [ROOT / "tests" / "cases" / "pages" / "evidence.ttl", *sorted((ROOT / "ontology").glob("*.ttl"))]
    options = [part for path in sources for part in ("--data", str(path))]
    with subprocess.Popen(
        [sys.executable, "-m", "cartkg", "serve", "--port", "0", *options], stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as server:
        assert server.stdout is not None
        line = server.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:\d+", line)
        assert found, line
        yield found[0]
        server.terminate()
        server.wait(20)


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free = int(probe.getsockname()[1])
    driver = shutil.which("chromedriver") or ""
    with subprocess.Popen([driver, f"--port={free}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        waiting = Browser(free)

        def listens() -> bool:
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", free)) == 0

        waiting.wait(listens)
        yield free
        process.terminate()
        process.wait(20)


@pytest.fixture(scope="module")
def browser(port: int) -> Iterator[Browser]:
    window = Browser(port)
    window.start(shutil.which("chromium") or "")
    yield window
    window.close()


@pytest.mark.parametrize("path", PATHS)
def test_page_fits_a_phone_and_breaks_no_policy(browser: Browser, address: str, path: str) -> None:
    browser.size(360, 740)
    browser.open(address + path)
    overflow = browser.run("return document.documentElement.scrollWidth - window.innerWidth")
    assert overflow <= 0
    missing = {"/nothing/here": "status of 404", "/questions/results?sort=nothing": "status of 400"}.get(path, "\0")
    assert [line for line in browser.complaints() if missing not in line] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", PATHS)
def test_text_stands_out_in_light_and_dark(browser: Browser, address: str, path: str, scheme: str) -> None:
    browser.size(1280, 900)
    browser.scheme(scheme)
    browser.open(address + path)
    assert browser.run(CONTRAST) == []


def test_keyboard_reaches_the_content_first(browser: Browser, address: str) -> None:
    browser.open(f"{address}/questions")
    browser.press("\ue004")
    assert browser.run("return document.activeElement.className") == "skip"
    browser.press("\ue007")
    browser.wait(lambda: browser.run("return location.hash") == "#content")


def test_suggestions_come_while_typing_and_lead_to_a_page(browser: Browser, address: str) -> None:
    browser.size(1280, 900)
    browser.open(f"{address}/questions")
    browser.complaints()  # of the pages before
    browser.type("#find", "lupus")
    browser.wait(lambda: browser.run("return document.querySelectorAll('.suggestions li').length") > 0)
    assert browser.run("return document.getElementById('find').getAttribute('aria-expanded')") == "true"
    browser.press("\ue015", "\ue007")
    browser.wait(lambda: browser.run("return location.pathname") != "/questions")
    assert "lupus" in browser.text("h1").lower()
    assert browser.complaints() == []


def test_plain_form_answers_without_scripts(port: int, address: str) -> None:
    window = Browser(port)
    window.start(shutil.which("chromium") or "", scripts=False)
    try:
        window.open(f"{address}/query?edit={quote('SELECT ?cohort { ?cohort a ?kind } LIMIT 1')}")
        window.click("form.ask button")
        window.wait(lambda: "/query?query=" in str(window.call("GET", f"{window.session}/url")))
        assert "cohort" in window.text("table.result thead")
        window.open(f"{address}/query?edit={quote('ASK {}')}")
        window.type("form.ask textarea", "# too long for an address " + "x" * 6000)
        window.click("form.ask button")
        window.wait(lambda: str(window.call("GET", f"{window.session}/url")).endswith("/query"))
        assert "answer\ntrue" in window.text("#answer")
    finally:
        window.close()


WRITTEN = "return document.getElementById('query').value"
HINTS = "return [...document.querySelectorAll('.CodeMirror-hint')].map((hint) => hint.textContent)"
RICH = pytest.mark.skipif(not EDITOR.is_file(), reason="the richer editor is not fetched: make vendor")


def _edit(browser: Browser, address: str) -> None:
    """Open the query page, and wait until the richer editor has what it completes from."""
    browser.size(1280, 900)
    browser.complaints()
    browser.requested()
    browser.open(address)
    browser.wait(lambda: browser.run("return !!document.querySelector('#rich .CodeMirror')"))
    ready = "return performance.getEntriesByType('resource').some((one) => one.name.endsWith('/query/terms.json'))"
    browser.wait(lambda: browser.run(ready))


def _write(browser: Browser, text: str) -> None:
    """Put a query into the editor, with the cursor where a bar stands."""
    browser.run(
        f"const editor = document.querySelector('.CodeMirror').CodeMirror; const text = {json.dumps(text)};"
        "editor.setValue(text.replace('|', '')); editor.focus();"
        "editor.setCursor(editor.posFromIndex(text.indexOf('|')))"
    )


def _offered_first(browser: Browser, typed: str, wanted: str) -> None:
    """Type, and wait until the first name in the list is the one wanted."""
    browser.press(*typed)
    browser.wait(lambda: wanted in next(iter(browser.run(HINTS)), ""))


@RICH
def test_editor_runs_a_stored_question_and_asks_nobody_else(browser: Browser, address: str) -> None:
    _edit(browser, f"{address}/query?question=publications")
    browser.click("form.ask button")
    browser.wait(lambda: browser.run("return location.hash") == "#answer")
    browser.wait(lambda: browser.run("return !!document.querySelector('#rich .CodeMirror')"))
    assert browser.run("return document.querySelector('.CodeMirror').CodeMirror.getValue()").startswith("PREFIX")
    written = "PREFIX cartkg: <https://w3id.org/cartkg/ontology#> SELECT ?study { ?study a cartkg:Study }"
    browser.open(f"{address}/query?edit={quote(written)}")
    browser.wait(lambda: browser.run("return !!document.querySelector('#rich .CodeMirror')"))
    browser.click("form.ask button")
    browser.wait(lambda: browser.run("return location.hash") == "#answer")
    shared = browser.run("return location.href")
    browser.click("#answer tbody a")
    browser.wait(lambda: "/study/" in str(browser.run("return location.pathname")))
    browser.open(shared)
    assert browser.run("return document.querySelectorAll('#answer tbody tr').length") > 0
    assert browser.run("return document.documentElement.scrollWidth - window.innerWidth") <= 0
    assert {url for url in browser.requested() if not url.startswith((f"{address}/", "data:"))} == set()
    assert browser.complaints() == []


@RICH
def test_editor_completes_properties_classes_and_things_by_name(browser: Browser, address: str) -> None:
    _edit(browser, f"{address}/query")
    _write(browser, "SELECT * WHERE {\n  ?group |\n}")
    _offered_first(browser, "disease", "disease")
    assert any("cartkg:hasDisease" in hint for hint in browser.run(HINTS))
    browser.press("\ue00c")
    _write(browser, "SELECT * WHERE {\n  ?group cartkg:hasDisease |\n}")
    _offered_first(browser, "erythem", "systemic lupus erythematosus")
    browser.press("\ue007")
    browser.wait(lambda: "obo:MONDO_0007915" in str(browser.run(WRITTEN)))
    assert "PREFIX obo: <http://purl.obolibrary.org/obo/>" in browser.run(WRITTEN)
    _write(browser, "SELECT * WHERE {\n  ?group a |\n}")
    _offered_first(browser, "coho", "cartkg:Cohort")
    browser.press("\ue007")
    browser.wait(lambda: "?group a cartkg:Cohort" in str(browser.run(WRITTEN)))
    assert browser.complaints() == []


@RICH
def test_editor_marks_the_line_at_fault_and_lets_the_keyboard_leave(browser: Browser, address: str) -> None:
    _edit(browser, f"{address}/query?query={quote('SELECT * {' + chr(10) + '?s b ?o }')}")
    assert browser.run("return document.querySelectorAll('.CodeMirror .faulty').length") == 1
    assert "line 2, column 4" in browser.text("[role=alert]")
    browser.run("document.querySelector('.CodeMirror').CodeMirror.focus()")
    browser.press("\ue004")
    assert browser.run("return document.activeElement.id") == "format"
