"""Ordinary tasks of readers, done from the home page by clicking on what is written there, in at most four clicks."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING
from urllib.request import ProxyHandler, build_opener

import pytest
from openpyxl import load_workbook
from tests.browser.conftest import CHROMIUM

if TYPE_CHECKING:
    from tests.browser.driver import Browser

pytestmark = [
    pytest.mark.whole,
    pytest.mark.skipif(
        not (CHROMIUM and shutil.which("chromedriver")), reason="needs Chromium and its driver: make system"
    ),
]
MOST_CLICKS = 4
#: Marks the first link or button that is seen and has the words, or is called so; says whether there is one.
MARK = """
const sought = new RegExp(WORDS);
const names = (one) => [one.textContent.trim(), one.getAttribute("aria-label") || ""];
const found = [...document.querySelectorAll("a[href], button")]
  .find((one) => one.checkVisibility() && names(one).some((name) => sought.test(name)));
if (found) found.setAttribute("data-next", "");
return Boolean(found);
"""
#: Gives the cells of the table in the section with a heading.
ROWS = """
const section = [...document.querySelectorAll("section")]
  .find((one) => one.querySelector("h2")?.textContent.startsWith(HEADING));
const rows = [...(section?.querySelectorAll("tbody tr") || [])];
return rows.map((row) => [...row.cells].map((cell) => cell.innerText.trim()));
"""


@dataclass
class Reader:
    """A reader at a screen, who counts the clicks."""

    browser: Browser
    site: str
    clicks: int = 0

    def click(self, words: str) -> None:
        """Click on what is called so, which is given as a regular expression, and wait for what it opens."""
        place = self.browser.run("return location.href")
        assert self.browser.run(MARK.replace("WORDS", json.dumps(words))), f"nothing on {place} says {words}"
        self.clicks += 1
        assert self.clicks <= MOST_CLICKS, f"more than {MOST_CLICKS} clicks"
        self.browser.click("[data-next]")
        self.browser.wait(lambda: self.browser.run("return location.href") != place)

    def press(self, selector: str) -> None:
        """Press a button of a form."""
        place = self.browser.run("return location.href")
        self.clicks += 1
        assert self.clicks <= MOST_CLICKS, f"more than {MOST_CLICKS} clicks"
        self.browser.click(selector)
        self.browser.wait(lambda: self.browser.run("return location.href") != place)

    def saved(self, name: str) -> bytes:
        """Return the file behind a link, which a browser without a screen does not save; it counts as a click."""
        address = self.browser.run(f"return document.querySelector('a[aria-label={json.dumps(name)}]')?.href")
        assert address, name
        self.clicks += 1
        with build_opener(ProxyHandler({})).open(address, timeout=60) as response:
            return bytes(response.read())

    def text(self) -> str:
        """Return what is seen of the page, in one line."""
        return " ".join(self.browser.text("main").split())

    def rows(self, heading: str) -> list[list[str]]:
        """Return the cells of the table below a heading that begins so."""
        return list(self.browser.run(ROWS.replace("HEADING", json.dumps(heading))))


@pytest.fixture
def reader(browser: Browser, site: str) -> Reader:
    """Seat a reader before the home page."""
    browser.size(1400, 900)
    browser.open(f"{site}/")
    return Reader(browser, site)


def test_all_patients_with_myasthenia_gravis_counted_once_and_their_mg_adl(reader: Reader) -> None:
    reader.click("^Diseases$")
    reader.click("^myasthenia gravis$")
    assert re.search(r"\d+ patients treated, each counted once", reader.text())
    reader.click("^MG-ADL$")
    assert reader.browser.text("h1") == "MG-ADL"
    assert "myasthenia gravis" in reader.text()


def test_what_sources_disagree_about_in_a_study_and_why(reader: Reader) -> None:
    reader.browser.type("#find", "Müller 2024 NEJM")
    reader.click("^Search$")
    reader.click("^Müller 2024 \\(N Engl J Med\\)$")
    assert "in conflict: " in reader.text()
    reader.click("Median follow-up of 15 or 18 months")
    assert "Side 1" in reader.text()
    assert "Explanation" in reader.text()


def test_all_results_of_a_disease_as_a_spreadsheet_with_citations_and_how_to_cite_it(reader: Reader) -> None:
    reader.click("^Diseases$")
    reader.click("^systemic lupus erythematosus$")
    assert re.search(r"Cite this answer .*\d{4}-\d\d-\d\d", reader.text())
    sheet = load_workbook(BytesIO(reader.saved("XLSX of all results")), read_only=True).worksheets[0]
    heads, *rows = sheet.iter_rows(values_only=True)
    assert len(rows) > 100
    for column in ("publications", "release"):
        assert all(row[heads.index(column)] for row in rows), column
    assert any(row[heads.index("dois")] for row in rows)
    assert reader.clicks <= MOST_CLICKS


def test_trials_that_recruit_children_with_lupus(reader: Reader) -> None:
    reader.click("^Trials$")
    reader.click("^systemic lupus erythematosus\\s*\\d")
    reader.click("^children \\(under 18\\)\\s*\\d")
    reader.click("^recruiting\\s*\\d")
    assert re.search(r"\b[1-9]\d* of \d+\b", reader.text())
    assert "NCT07089121" in reader.text()
    assert "not yet recruiting as of" not in reader.text()


def test_severe_cytokine_release_of_two_targets_side_by_side(reader: Reader) -> None:
    reader.click("^Compare$")
    reader.browser.type("#target-0", "CD19")
    reader.browser.type("#target-1", "BCMA")
    reader.press("form.compare button")
    assert reader.browser.text("h1") == "Compare CD19 and BCMA"
    rows = {row[0]: row[1:] for row in reader.rows("Patients and toxicity")}
    assert all(re.match(r"in \d+ of \d+ groups", cell) for cell in rows["Cytokine release syndrome, grade 3 or higher"])
    assert len(rows["Cytokine release syndrome, grade 3 or higher"]) == 2
