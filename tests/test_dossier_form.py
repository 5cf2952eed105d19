"""The template and the schema of dossiers: nothing of one is missing in the other, and both tell what to write."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox
import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator

from cartkg import cli
from cartkg.curation.adding import Added, add
from cartkg.curation.bibliography import CLASSES
from cartkg.curation.dossier import SCHEMA_FILE, TEMPLATE_FILE, open_dossier
from cartkg.curation.lexicon import read_lexicon
from cartkg.findings import Severity
from cartkg.namespaces import BASE
from cartkg.project import Project

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "src" / "cartkg" / "curation"
TEMPLATE = (FOLDER / TEMPLATE_FILE).read_text("utf-8")
SCHEMA: dict[str, Any] = json.loads((FOLDER / SCHEMA_FILE).read_text("utf-8"))


def fields(schema: object, where: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Give every field of the schema with the path of the group it is in."""
    if isinstance(schema, dict):
        for name, below in schema.get("properties", {}).items():
            yield f"{where}.{name}".lstrip("."), below
        for name, below in schema.items():
            if name != "examples":
                yield from fields(below, f"{where}.{name}" if name not in ("properties", "$defs") else where)
    elif isinstance(schema, list):
        for below in schema:
            yield from fields(below, where)


FIELDS = dict(fields(SCHEMA))
#: Examples that show a part of a whole dossier or of a field that refers to a group elsewhere in the schema.
GROUPS = {name: group for name, group in SCHEMA["$defs"].items() if "properties" in group}


@pytest.mark.parametrize("name", FIELDS)
def test_every_field_has_a_description(name: str) -> None:
    assert len(FIELDS[name].get("description", "")) > 3


def test_every_group_has_a_description_and_an_example() -> None:
    assert [name for name, group in GROUPS.items() if not group.get("description") or not group.get("examples")] == []


def test_examples_of_the_schema_are_valid() -> None:
    wrong = []
    for name, field in [*FIELDS.items(), *GROUPS.items()]:
        check = Draft202012Validator({**field, "$defs": SCHEMA["$defs"]})
        wrong += [name for example in field.get("examples", ()) if not check.is_valid(example)]
    assert wrong == []


@pytest.mark.parametrize("name", sorted({path.rpartition(".")[2] for path in FIELDS}))
def test_every_field_is_named_in_the_template(name: str) -> None:
    assert re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", TEMPLATE)


def test_every_kind_of_publication_result_and_time_is_named_in_the_template() -> None:
    kinds = [*CLASSES, *SCHEMA["$defs"]["outcome"]["properties"]["kind"]["enum"]]
    kinds += ["text: baseline", "text: last follow-up", "text: over follow-up"]
    assert [kind for kind in kinds if kind not in TEMPLATE] == []
    assert set(CLASSES) == set(SCHEMA["$defs"]["publication"]["properties"]["kind"]["enum"])


def test_editors_find_the_schema_by_the_first_line() -> None:
    match = re.match(r"# yaml-language-server: \$schema=(\S+)\n", TEMPLATE)
    assert match
    printed = CliRunner().invoke(cli.cli, ["add", "--schema"])
    assert (printed.exit_code, json.loads(printed.stdout)) == (0, SCHEMA)
    assert f"cartkg add --schema > {match[1]}" in TEMPLATE
    assert f"cartkg add --schema > {match[1]}" in (ROOT / "README.md").read_text("utf-8")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Added]:
    """The template with all its examples, added to the shared words alone."""
    folder = tmp_path_factory.mktemp("project")
    shutil.copytree(ROOT / "data" / "ttl" / "shared", folder / "data" / "ttl" / "shared")
    (folder / "ontology").mkdir()
    for name in ("prefixes.ttl", "cartkg.ttl"):
        shutil.copy(ROOT / "ontology" / name, folder / "ontology" / name)
    path = folder / "smith-2026-lancet.yaml"
    path.write_text(re.sub(r"(?m)^#:", "", TEMPLATE), "utf-8")
    return path, add([path], Project(folder, folder / ".cartkg"))


def test_template_with_all_its_examples_is_a_dossier(whole: tuple[Path, Added]) -> None:
    """Nobody who takes away a mark of the template is told that what stands behind it is wrong."""
    path, report = whole
    assert open_dossier(path).findings == ()
    told = [finding for finding in report.findings if finding.severity is not Severity.INFO]
    assert [finding.rule for finding in told] == ["dossier-count-above-n"]  # flagged in the template as printed so
    assert report.keys == ["smith-2026-lancet"]


#: What becomes a class, a link or a note in other words; the address of a copy of an abstract is never published.
TURNED = {
    "sources[0].address",
    "cohorts[1].id",
    "patients[0].sex",
    "patients[1].sex",
    "outcomes[0].kind",
    "outcomes[2].kind",
    "outcomes[4].kind",
    "outcomes[6].kind",
    "adverse_events[4].flag",
}


def test_no_field_is_dropped_on_the_way_to_the_graph(whole: tuple[Path, Added]) -> None:
    path, report = whole
    quads = (quad for file in report.written for quad in ox.parse(path=str(file), format=ox.RdfFormat.TURTLE))
    said = " | ".join(" ".join(str(getattr(quad.object, "value", "")).lower().split()) for quad in quads)
    numbers = {float(number) for number in re.findall(r"(?<![\w.])-?\d+(?:\.\d+)?", said)}
    lexicon = read_lexicon(sorted((path.parent / "data" / "ttl" / "shared").glob("*.ttl")))
    lost = set()
    for leaf in open_dossier(path).root.leaves():
        text = " ".join(str(leaf.value).lower().split())
        number = isinstance(leaf.value, (int, float)) and float(leaf.value) in numbers
        if not (number or text in said or any(lexicon.find(kind, text) for kind in lexicon.by_word)):
            lost.add(leaf.path)
    assert lost == TURNED


def test_what_newcomers_look_for_is_a_line_of_the_template(whole: tuple[Path, Added]) -> None:
    """A subgroup, a primary end point, events not patients, MMT-8 of both sides, and when patients were taken in."""
    quads = [quad for file in whole[1].written for quad in ox.parse(path=str(file), format=ox.RdfFormat.TURTLE)]
    said = {(quad.subject.value, quad.predicate.value.rpartition("#")[2], quad.object.value) for quad in quads}
    cohort = f"{BASE}cohort/smith-2026-lancet"
    assert (f"{cohort}/nephritis", "partOfCohort", f"{cohort}/all") in said
    assert not [name for name, _, _ in said if "nephritis/source-population" in name]
    findings = f"{BASE}finding/smith-2026-lancet"
    assert (f"{findings}/all/infection/time-not-reported/2", "unit", f"{BASE}unit/events") in said
    assert (f"{findings}/p2/mmt-8-bilateral/6mo/146", "value", "146.0") in said
    assert [name for name, word, text in said if (word, text) == ("note", "primary end point") and "/lldas/" in name]
    assert [name for name, word, text in said if (word, text) == ("resultText", "2024 to 2025")]


def test_read_me_and_template_tell_where_the_words_are_and_how_to_go_on() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    adding = readme.partition("## I want to add a study")[2].partition("\n## ")[0]
    steps = [
        "make build",
        ".venv/bin",
        "--template",
        "--words",
        "cartkg add my",
        "cartkg check",
        "cartkg build",
        "cartkg query",
    ]
    assert [adding.index(step) for step in steps] == sorted(adding.index(step) for step in steps)
    assert "cartkg add --words TEXT" in TEMPLATE


#: Texts of the template that become links, classes, numbers, days or bibliographic data: paths without indexes.
DATA = re.compile(
    r"key|(publication|readable|sources|erratum)\..*|.*\.(source|cohort|criterion|term|drug|unit|kind|stat|id|same_as|with)"
    r"|therapy(_more|_split)?\.(product|target_antigens|cell_source|cell_type|vector|costimulatory_domain|site)"
    r"|regimen\.(lymphodepletion\.schedule|concomitant_or_post\.start)|cohorts\.(disease|country|country/site)"
    r"|cohorts\.(autoantibodies|prior_therapies)|patients\.(sex|autoantibodies)|.*\.timepoint\.(text|note)"
    r"|adverse_events\.(grade|flag)|not_found|outcomes\.text"
    # the two sides of a conflict, and what an overlap rests on, are words of something that is data itself
    r"|conflicts\.(about|mine|theirs|explanation)|(overlap|unconfirmed_links)\.what"
    # remarks of the reader, which are no facts of the publication
    r"|conclusion|notes?|doubt|update|used_by_note|checks\.\w+|unverified\.\w+|scope"
)


def test_every_text_is_data_or_named_as_kept_in_words_only(whole: tuple[Path, Added]) -> None:
    """Whoever adds a field to the template says here what becomes of it; a text is never kept as words in silence."""
    path, report = whole
    noted = [found.message.split("`")[1].partition(" ")[0] for found in report.in_words]
    silent = {
        re.sub(r"\[\d+\]", "", leaf.path)
        for leaf in open_dossier(path).root.leaves()
        if isinstance(leaf.value, str)
        and not any(leaf.path == place or leaf.path.startswith((f"{place}.", f"{place}[")) for place in noted)
    }
    assert {place for place in silent if not DATA.fullmatch(place)} == set()
    assert len(noted) == len(set(noted))
    assert {"therapy.n", "therapy_split[0].n", "cohorts[0].site", "cohorts[0].design"} <= set(noted)
