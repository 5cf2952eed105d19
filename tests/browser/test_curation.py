"""`cartkg curate` in use: a draft is opened, confirmed, corrected and saved, with mouse and keyboard."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from tests.browser.conftest import CHROMIUM, ROOT
from tests.browser.test_accessibility import ALL, AXE, CONTRAST, JUDGE

from cartkg.pipeline.drafts import draft_file
from cartkg.project import find

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.browser.driver import Browser

pytestmark = [
    pytest.mark.whole,
    pytest.mark.skipif(
        not (CHROMIUM and shutil.which("chromedriver")),
        reason="needs Chromium and its driver: make system",
    ),
]
TAB, ALT, CONTROL = "\ue004", "\ue00a", "\ue009"
#: Rows after the second are written by the same lines of a template: axe need not see them all.
FEWER_ROWS = "for (const more of document.querySelectorAll('.row-form:nth-child(n+3)')) more.remove()"
ROW = "[role=group][aria-label='results doris-remission-6mo']"


@pytest.fixture(scope="module")
def dossier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    (draft,) = draft_file(ROOT / "tests" / "cases" / "literature" / "first-form.yaml", find(ROOT)).drafts
    path = tmp_path_factory.mktemp("drafts") / "example-2026-lupus.yaml"
    path.write_text(draft.text, "utf-8")
    return path


@pytest.fixture(scope="module")
def curated(dossier: Path) -> Iterator[str]:
    """Serve the form of the dossier."""
    command = [sys.executable, "-m", "cartkg", "curate", str(dossier)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as server:
        assert server.stdout is not None
        address = server.stdout.readline().strip()
        assert address.startswith("http://127.0.0.1:")
        try:
            yield address
        finally:
            server.terminate()
            assert server.wait(20) == 0


def together(browser: Browser, held: str, key: str) -> None:
    """Press a key while another one is held."""
    presses = [("keyDown", held), ("keyDown", key), ("keyUp", key), ("keyUp", held)]
    actions = [{"type": "key", "id": "keys", "actions": [{"type": kind, "value": each} for kind, each in presses]}]
    browser.call("POST", f"{browser.session}/actions", {"actions": actions})


def field(*path: str | int) -> str:
    """Return the selector of the field at a path."""
    return f"[data-path='{json.dumps(path)}']:not(button)"


def write(browser: Browser, selector: str, text: str) -> None:
    """Replace the text of a field, and leave it by the keyboard."""
    browser.run(f"const field = document.querySelector({json.dumps(selector)}); field.focus(); field.select()")
    browser.press(*text, TAB)


def has(browser: Browser, selector: str, text: str) -> bool:
    found = browser.run(f"const it = document.querySelector({json.dumps(selector)}); return it ? it.textContent : ''")
    return text in str(found)


def test_a_draft_is_confirmed_corrected_and_saved(browser: Browser, curated: str, dossier: Path) -> None:
    draft = dossier.read_text("utf-8")
    browser.size(1400, 1000)
    browser.complaints()
    browser.requested()
    browser.open(curated)
    assert has(browser, ".source", "criterion: DORIS")
    assert has(browser, f"{ROW} .sentence", "DORIS remission: 6 of 8 met (at 6 months)")

    browser.click(f"{ROW} [data-do=confirm]")
    browser.wait(lambda: not has(browser, ROW, "suggestion"))
    count = field("results", 0, "count", "n")
    write(browser, count, "many")
    browser.wait(lambda: has(browser, f".field:has({count}) .problems", "must be a whole number"))
    assert browser.run("return document.activeElement.dataset.path") == json.dumps(["results", 0, "count", "of"])
    assert has(browser, f"{ROW} .sentence", "correct the problems")
    write(browser, count, "7")
    browser.wait(lambda: has(browser, f"{ROW} .sentence", "DORIS remission: 7 of 8 met (at 6 months)"))
    assert browser.run(f"return document.querySelector({json.dumps(count)}).getAttribute('aria-invalid')") is None
    assert dossier.read_text("utf-8") == draft

    together(browser, CONTROL, "s")
    browser.wait(lambda: browser.text("#said") == "saved")
    wanted = draft.replace("- id: doris-remission-6mo\n  unconfirmed: true\n", "- id: doris-remission-6mo\n")
    assert dossier.read_text("utf-8") == wanted.replace("count: {n: 6, of: 8", "count: {n: 7, of: 8", 1)
    own = curated.partition("dossiers/")[0]
    assert {url for url in browser.requested() if not url.startswith((own, "data:"))} == set()
    assert browser.complaints() == []


def test_the_keyboard_goes_from_suggestion_to_suggestion(browser: Browser, curated: str) -> None:
    browser.open(curated)
    for _ in range(2):
        together(browser, ALT, "j")
    place = browser.run("return document.activeElement.id")
    assert has(browser, f"#{place} h3", "suggestion")
    together(browser, ALT, "a")
    browser.wait(lambda: not has(browser, f"#{place} > h3", "suggestion"))
    together(browser, ALT, "z")
    browser.wait(lambda: has(browser, f"#{place} > h3", "suggestion"))


def test_a_field_is_added_and_a_file_changed_meanwhile_is_kept(browser: Browser, curated: str, dossier: Path) -> None:
    browser.open(curated)
    choose = "const list = document.querySelector(arguments); "
    more = json.dumps(f"{ROW} > .more select")
    browser.run(
        choose.replace("arguments", more)
        + "list.value = 'note'; list.dispatchEvent(new Event('change', {bubbles: true}))"
    )
    note = json.dumps(["results", 0, "note"])
    browser.wait(lambda: browser.run("return document.activeElement.dataset.path") == note)
    browser.press(*"<b>seen</b>", TAB)
    browser.wait(lambda: has(browser, "#saved", "not saved"))
    assert browser.run(f"return document.querySelectorAll({json.dumps(f'{ROW} b')}).length") == 0
    other = dossier.read_text("utf-8") + "# another program\n"
    dossier.write_text(other, "utf-8")
    together(browser, CONTROL, "s")
    browser.wait(lambda: has(browser, "#said.failed", "changed by something else"))
    assert dossier.read_text("utf-8") == other
    assert browser.run("return document.documentElement.scrollWidth - window.innerWidth") <= 0


@pytest.mark.skipif(not AXE.is_file(), reason="needs axe: make clients")
def test_the_form_is_accessible_in_light_and_dark_and_fits_a_phone(browser: Browser, curated: str) -> None:
    for address in (curated, curated.partition("dossiers/")[0]):
        browser.size(390, 844)
        browser.open(address)
        assert browser.run("return document.documentElement.scrollWidth - window.innerWidth") <= 0
        browser.size(1400, 900)
        for scheme in ("dark", "light"):
            browser.scheme(scheme)
            assert browser.run(CONTRAST) == []
        browser.run(AXE.read_text("utf-8"))
        browser.run(FEWER_ROWS)
        assert browser.run_later(JUDGE.replace("OPTIONS", json.dumps(ALL))) == []
