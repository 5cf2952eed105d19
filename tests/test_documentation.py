"""The documentation: what is generated is current, its queries have answers, and the server shows the built site."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
import tomllib
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urldefrag, urljoin, urlsplit

import click
import pytest
from pyoxigraph import Store
from ruamel.yaml import YAML
from tests.asked import NAMES
from tests.test_pages import BROWSER, StoreEngine
from tests.test_questions import shipped_graph

from cartkg.cli import LateGroup, cli
from cartkg.namespaces import DERIVED_GRAPHS, GRAPH_ASSERTED, GRAPH_COUNTS, GRAPH_INFERRED
from cartkg.project import find
from cartkg.web import create_app
from cartkg.web.http.headers import POLICY
from cartkg.web.http.settings import AppSettings, ServedRelease
from cartkg.web.views.home import BLUEPRINTS

if TYPE_CHECKING:
    from types import ModuleType

    from flask.testing import FlaskClient

    from cartkg.graph import KnowledgeGraph

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
PACKAGE = ROOT / "src" / "cartkg"
PAGES = sorted(DOCS.rglob("*.md"))
#: Pages whose queries a reader copies.
COPIED = ("guides/query.md", "guides/link.md", "tutorial/first-answer.md")
QUERIES = [
    pytest.param(query, id=f"{name} {number}")
    for name in COPIED
    for number, query in enumerate(re.findall(r"```sparql\n(.*?)```", (DOCS / name).read_text("utf-8"), re.DOTALL), 1)
]
DECISIONS = sorted(path for path in (DOCS / "decisions").glob("*.md") if path.stem != "index")


def script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"ci_{name}", ROOT / ".ci" / f"{name}.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


#: Bytes that a page may have, as on the rest of the site.
LARGEST = 100_000
GENERATED: dict[Path, str] = script("reference").made()


@pytest.mark.parametrize("path", GENERATED, ids=lambda path: path.name)
def test_a_generated_page_is_the_one_that_the_code_gives(path: Path) -> None:
    assert path.read_text("utf-8") == GENERATED[path], "run: make docs"


def test_the_figure_shows_each_package_in_its_layer() -> None:
    figure = (DOCS / "explanation" / "architecture.svg").read_text("utf-8")
    bands = [(int(top), int(height)) for top, height in re.findall(r'<rect x="10" y="(\d+)".*?height="(\d+)"', figure)]
    named = re.findall(r'<text x="[\d.]+" y="(\d+)" font-size="15"[^>]*>([a-z]+)</text>', figure)
    shown = [{name for y, name in named if top < int(y) < top + height} for top, height in bands]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    (contract,) = [each for each in project["tool"]["importlinter"]["contracts"] if each["type"] == "layers"
                   and each["containers"] == ["cartkg"]]  # fmt: skip
    assert shown == [set(re.findall(r"\w+", layer)) for layer in contract["layers"]]
    packages = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    modules = {path.stem for path in PACKAGE.glob("*.py") if not path.stem.startswith("__")}
    assert set().union(*shown) == packages | modules


def test_the_page_on_the_architecture_lists_the_rooms_of_large_packages_in_their_layers() -> None:
    page = (DOCS / "explanation" / "architecture.md").read_text("utf-8")
    shown = {
        name: [re.findall(r"`(\w+)`", layer) for layer in layers.split(";")]
        for name, layers in re.findall(r"^\| `([\w.]+)` \| ((?:`\w+`[,; ]*)+) \|$", page, re.MULTILINE)
    }
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    for contract in project["tool"]["importlinter"]["contracts"]:
        if contract["type"] != "layers" or contract["containers"] == ["cartkg"]:
            continue
        (container,) = contract["containers"]
        folder = PACKAGE.parent / container.replace(".", "/")
        layers = (
            [name for name in re.findall(r"\w+", layer) if (folder / name).is_dir()] for layer in contract["layers"]
        )
        rooms = [layer for layer in layers if layer]
        assert shown.get(container.removeprefix("cartkg."), []) == rooms


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(DOCS)))
def test_a_path_that_a_page_names_is_there(path: Path) -> None:
    text = path.read_text("utf-8")
    for name in re.findall(r"`((?:src|data|tests|shapes|queries|ontology|docs|\.github)/[\w./-]+)`", text):
        assert (ROOT / name).exists(), name


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(DOCS)))
def test_a_command_that_a_page_names_has_the_options_that_it_is_given(path: Path) -> None:
    text = path.read_text("utf-8")
    for line in re.findall(r"(?:^ *|`|\$ |- )(cartkg [a-z][^`\n#]*)", text, re.MULTILINE):
        name, *words = line.split()[1:]
        if name not in LateGroup.modules:
            assert not line.split("--")[1:], line  # prose: "cartkg is ..."
            continue
        command = cli.get_command(click.Context(cli), name)
        assert command
        commands = [command, *(command.commands.values() if isinstance(command, click.Group) else ())]
        known = {option for each in commands for parameter in each.params for option in parameter.opts} | {"--help"}
        if name == "query":
            asked = [NAMES[word][0] for word in words[:1] if word in NAMES]
            known |= {f"--{parameter.name}" for question in asked for parameter in question.parameters}
        given = {word.partition("=")[0] for word in words if word.startswith("--")}
        assert given <= known, line
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for target in re.findall(r"(?:^|`)make ([a-z][a-z-]*)", text, re.MULTILINE):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


@pytest.mark.parametrize("path", DECISIONS, ids=lambda path: path.stem)
def test_a_decision_says_context_decision_and_consequences(path: Path) -> None:
    text = path.read_text("utf-8")
    assert re.findall(r"^## (.*)", text, re.MULTILINE) == ["Context", "Decision", "Consequences"]
    assert "\nStatus: " in text
    assert f"({path.name})" in (path.parent / "index.md").read_text("utf-8")


def test_the_default_graph_is_as_the_decision_says() -> None:
    assert DERIVED_GRAPHS == (GRAPH_INFERRED, GRAPH_COUNTS)
    text = " ".join((DOCS / "decisions" / "default-graph.md").read_text("utf-8").split())
    assert "The default graph is the union of all named graphs, including inferred facts and counts." in text
    assert f"`{GRAPH_ASSERTED}` names the union without `{GRAPH_INFERRED}` and `{GRAPH_COUNTS}`" in text


def test_the_row_that_the_guide_shows_is_in_the_dossier_that_it_names() -> None:
    text = (DOCS / "guides" / "add-a-study.md").read_text("utf-8")
    named, shown = re.search(r"`(data/dossiers/\S+)`", text), re.search(r"```yaml\n(.*?)```", text, re.DOTALL)
    assert named
    assert shown
    assert shown[1] in (ROOT / named[1]).read_text("utf-8")


@pytest.fixture(scope="module")
def shipped() -> KnowledgeGraph:
    return shipped_graph()


@pytest.mark.whole
@pytest.mark.parametrize("query", QUERIES)
def test_a_query_to_copy_has_an_answer_in_the_shipped_graph(query: str, shipped: KnowledgeGraph) -> None:
    found: Any = shipped.query(query)
    names = [variable.value for variable in found.variables]
    rows = list(found)
    assert rows
    assert [name for name in names if not any(row[name] for row in rows)] == []


def test_the_querying_guide_has_five_queries_to_copy() -> None:
    text = (DOCS / "guides" / "query.md").read_text("utf-8")
    (part,) = [each for each in text.split("\n## ") if each.startswith("Five queries to copy")]
    assert part.count("```sparql") == part.count("\n### ") == 5


class Addresses(HTMLParser):
    """Collects what a page links to and loads, and whether a script stands in it."""

    def __init__(self) -> None:
        super().__init__()
        self.links: set[str] = set()
        self.anchors: set[str] = set()
        self.inline = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = {name: value or "" for name, value in attrs}
        self.links |= {known[name] for name in ("href", "src") if known.get(name)}
        self.anchors |= {known[name] for name in ("id", "name") if known.get(name)}
        runs = tag == "script" and not known.get("src") and known.get("type") != "application/json"
        self.inline |= runs or tag == "style" or "style" in known or any(name.startswith("on") for name in known)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the site into a folder of its own."""
    pytest.importorskip("mkdocs", reason="MkDocs is not installed; `make docs` installs it")
    pytest.importorskip("material", reason="the theme is not installed; `make docs` installs it")
    site = tmp_path_factory.mktemp("documentation") / "site"
    command = [sys.executable, "-P", "-m", "mkdocs", "build", "--quiet", "--strict", "--site-dir", str(site)]
    made = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr
    (site.parent / "secret.html").write_text("secret", "utf-8")
    (site / "link.html").symlink_to(site.parent / "secret.html")
    return site


def client_of(docs: Path) -> FlaskClient:
    settings = AppSettings(ServedRelease("2026-11-22"), find(ROOT), docs=docs)
    return create_app(StoreEngine(Store()), settings, BLUEPRINTS).test_client()


@pytest.mark.whole
def test_every_link_of_the_site_leads_somewhere_and_nothing_is_inline(built: Path) -> None:
    client, waiting, seen, anchors = client_of(built), {"/docs/"}, set[str](), dict[str, set[str]]()
    wanted: set[tuple[str, str]] = set()
    while waiting:
        address = waiting.pop()
        seen.add(address)
        response = client.get(address, headers={"Accept": BROWSER})
        assert response.status_code == 200, address
        assert response.headers["Content-Security-Policy"] == POLICY
        if response.mimetype != "text/html":
            continue
        page = Addresses()
        page.feed(response.text)
        assert not page.inline, address
        anchors[address] = page.anchors
        for link in page.links:
            target, anchor = urldefrag(urljoin(address, link))
            if not urlsplit(target).netloc and target.startswith("/docs"):
                wanted.add((target, anchor))
                waiting |= {target} - seen
    assert [(page, anchor) for page, anchor in sorted(wanted) if anchor and anchor not in anchors[page]] == []
    assert len(anchors) == len(PAGES)


@pytest.mark.whole
def test_no_page_is_large(built: Path) -> None:
    assert {str(page): size for page in built.rglob("*.html") if (size := page.stat().st_size) > LARGEST} == {}


@pytest.mark.whole
@pytest.mark.parametrize(
    "name",
    [
        *("../secret.html", "%2e%2e/secret.html", "guides/../../secret.html", "link.html", "link.html%00.html"),
        *("nowhere/", "assets/", "%00", "x" * 5000, "/etc/passwd", "C:/secret.html"),
    ],
)
def test_what_is_no_page_of_the_site_is_not_sent(built: Path, name: str) -> None:
    response = client_of(built).get(f"/docs/{name}", follow_redirects=True)
    assert response.status_code == 404
    assert "secret" not in response.text.replace("secret.html", "")


@pytest.mark.whole
def test_the_navigation_names_the_documentation(built: Path) -> None:
    assert '<a href="/docs/">Documentation</a>' in client_of(built).get("/search").text
    assert client_of(built).get("/docs/guides/query").location == "/docs/guides/query/"


def test_a_server_without_the_site_says_so_and_links_nowhere(tmp_path: Path) -> None:
    client = client_of(tmp_path)
    response = client.get("/docs/", headers={"Accept": BROWSER})
    assert response.status_code == 404
    assert "make docs" in response.text
    assert "/docs/" not in client.get("/search").text


def test_the_site_is_built_where_the_wheel_takes_it_from() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    site = re.search(r"^site_dir: (\S+)$", (ROOT / "mkdocs.yml").read_text("utf-8"), re.MULTILINE)
    assert site
    assert f"{site[1]}/**" in project["tool"]["hatch"]["build"]["targets"]["wheel"]["artifacts"]
    assert (ROOT / site[1]).relative_to(PACKAGE) == Path("web", "docs")


def test_every_page_is_in_the_navigation() -> None:
    nav = YAML(typ="safe").load((ROOT / "mkdocs.yml").read_text("utf-8"))["nav"]
    named = set(re.findall(r"[\w/-]+\.md", str(nav)))
    assert named == {path.relative_to(DOCS).as_posix() for path in PAGES}
