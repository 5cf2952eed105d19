"""Every kind of page by axe and by its colours, in light, dark and on a phone; nothing scrolls sideways.

Source: Web Content Accessibility Guidelines 2.2, levels A and AA, and the best practices of axe.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.browser.conftest import CHROMIUM, ROOT
from tests.browser.driver import Browser
from tests.browser.test_page_kinds import TABLE

if TYPE_CHECKING:
    from collections.abc import Iterator

AXE = ROOT / "build" / "browser" / "node_modules" / "axe-core" / "axe.min.js"
pytestmark = [
    pytest.mark.whole,
    pytest.mark.skipif(
        not (CHROMIUM and shutil.which("chromedriver")), reason="needs Chromium and its driver: make system"
    ),
    pytest.mark.skipif(not AXE.is_file(), reason="needs axe: make clients"),
]

PATHS = [*(path for paths in TABLE["pages"].values() for path in paths), *TABLE["kinds"].values()]
#: Pages of the documentation, which are there once it was built: `make docs`.
DOCS = ROOT / "src" / "cartkg" / "web" / "docs" / "index.html"
#: What a browser writes to its console of a page that is an error.
EXPECTED = ("status of 400", "status of 404")
#: For each piece of text: its contrast with what lies behind it (WCAG 2.2, success criterion 1.4.3).
CONTRAST = (Path(__file__).parent / "contrast.js").read_text("utf-8")
#: Rows and terms after the first are written by the same lines of a template: axe need not see them all.
SHORTEN = """
for (const more of document.querySelectorAll("tbody tr:nth-child(n+31), .term:nth-of-type(n+31)")) more.remove();
"""
#: Runs axe and gives what it found, as one line a rule: its name, and the first elements.
JUDGE = """
const done = arguments[arguments.length - 1];
const brief = (found) => found.violations.map((rule) =>
  `${rule.id} ${rule.nodes.length}: ${rule.nodes.slice(0, 3).map((node) => node.target.join(" ")).join(" | ")}`);
axe.run(document, OPTIONS).then((found) => done(brief(found)), (problem) => done([String(problem)]));
"""
ALL: dict[str, Any] = {"resultTypes": ["violations"]}
COLOURS: dict[str, Any] = {**ALL, "runOnly": ["color-contrast"]}


@pytest.fixture(scope="module")
def judge(port: int) -> Iterator[Browser]:
    """Open a window in which every page has axe."""
    window = Browser(port)
    window.start(CHROMIUM)
    window.devtools("Page.addScriptToEvaluateOnNewDocument", source=AXE.read_text("utf-8"))
    yield window
    window.close()


def _faults(judge: Browser, options: dict[str, Any]) -> list[str]:
    return list(judge.run_later(JUDGE.replace("OPTIONS", json.dumps(options))))


@pytest.mark.parametrize("path", PATHS)
def test_page_is_accessible_in_light_dark_and_on_a_phone(judge: Browser, site: str, path: str) -> None:
    if path.startswith("/docs/") and not DOCS.is_file():
        pytest.skip("the documentation is not built: make docs")
    found = {}
    judge.size(390, 844)
    judge.open(site + path)
    judge.wait(lambda: judge.run("return document.readyState") == "complete")
    sideways = judge.run("return document.documentElement.scrollWidth - window.innerWidth")
    found["sideways"] = [f"{sideways} pixels"] if sideways > 0 else []
    judge.size(1400, 900)
    for scheme in ("dark", "light"):
        judge.scheme(scheme)
        found[f"contrast in {scheme}"] = judge.run(CONTRAST)
    judge.run(SHORTEN)
    found["axe"] = _faults(judge, ALL)
    judge.size(390, 844)
    found["axe on a phone"] = _faults(judge, ALL)
    judge.scheme("dark")
    found["axe in dark"] = _faults(judge, COLOURS)
    judge.scheme("light")
    found["console"] = [line for line in judge.complaints() if not any(known in line for known in EXPECTED)]
    assert {view: faults for view, faults in found.items() if faults} == {}
