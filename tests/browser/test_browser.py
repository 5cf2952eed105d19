"""The pages in use: the keyboard, suggestions, the query page with and without scripts."""

from __future__ import annotations

import json
import shutil
from urllib.parse import quote

import pytest
from tests.browser.conftest import CHROMIUM, ROOT
from tests.browser.driver import Browser

pytestmark = [
    pytest.mark.whole,
    pytest.mark.skipif(
        not (CHROMIUM and shutil.which("chromedriver")),
        reason="needs Chromium and its driver: make system",
    ),
]

EDITOR = ROOT / "src" / "cartkg" / "web" / "static" / "vendor" / "yasqe" / "yasqe.min.js"


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
    window.start(CHROMIUM, scripts=False)
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
