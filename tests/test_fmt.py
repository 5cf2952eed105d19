"""House style: what it looks like, and the command that writes it."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner, Result

from cartkg.cli.fmt import command
from cartkg.errors import ConfigError, SourceError
from cartkg.namespaces import Prefixes, read_prefixes
from cartkg.turtle import HOUSE_STYLE, parse
from cartkg.turtle.style import format_text, style_diagnostics

if TYPE_CHECKING:
    from cartkg.project import Project

ROOT = Path(__file__).resolve().parents[1]
CASES = tomllib.loads((ROOT / "tests" / "cases" / "turtle" / "style.toml").read_text("utf-8"))
FILES = [path for folder in ("data/ttl", "ontology", "shapes") for path in sorted((ROOT / folder).rglob("*.ttl"))]
FEW = Prefixes(
    {
        "e": "http://e/",
        "cartkg": "https://w3id.org/cartkg/ontology#",
        "owl": "http://www.w3.org/2002/07/owl#",
        "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
        "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
        "xsd": "http://www.w3.org/2001/XMLSchema#",
    }
)
MESSY = "@prefix e: <http://e/> .\ne:b e:p 2,1 .   e:a a e:C.\n"
NEAT = "@prefix e: <http://e/> .\n\ne:b\n    e:p 1, 2 .\n\ne:a\n    a e:C .\n"


@pytest.mark.parametrize("case", [pytest.param(case, id=name) for name, case in CASES.items()])
def test_house_style_is_as_shown(case: dict[str, Any]) -> None:
    assert format_text(case["before"], FEW) == case["after"]
    assert format_text(case["after"], FEW) == case["after"]


def test_broken_text_is_refused_with_its_place() -> None:
    with pytest.raises(SourceError, match=r"some\.ttl:2:1: "):
        format_text("<http://e/a>\n.", FEW, Path("some.ttl"))


def test_a_file_not_in_house_style_is_a_finding_at_its_first_wrong_line(tmp_path: Path) -> None:
    path = tmp_path / "case.ttl"
    path.write_text(NEAT.replace("1, 2", "2, 1"))
    (diagnostic,) = style_diagnostics(parse(path), FEW)
    assert (diagnostic.line, diagnostic.rule) == (4, HOUSE_STYLE)
    assert f"cartkg fmt {path}" in diagnostic.message
    path.write_text(NEAT)
    assert style_diagnostics(parse(path), FEW) == []
    path.write_text(NEAT.replace("\n", "\r\n"))
    assert [diagnostic.line for diagnostic in style_diagnostics(parse(path), FEW)] == [1]


@pytest.mark.parametrize("path", FILES, ids=[path.relative_to(ROOT).as_posix() for path in FILES])
def test_each_file_is_in_house_style(path: Path) -> None:
    prefixes = read_prefixes(ROOT / "ontology" / "prefixes.ttl")
    assert style_diagnostics(parse(path), prefixes) == [], f"run: cartkg fmt {path.relative_to(ROOT)}"


def fmt(project: Project, *arguments: object) -> Result:
    return CliRunner().invoke(command, [str(argument) for argument in arguments], obj=project, catch_exceptions=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "files"
    (folder / "inner").mkdir(parents=True)
    (folder / "messy.ttl").write_text(MESSY)
    (folder / "inner" / "neat.ttl").write_text(NEAT)
    (folder / "broken.ttl").write_text("<http://e/a> .")
    (folder / "note.txt").write_text("left alone")
    return folder


def test_files_are_rewritten_and_broken_ones_named_and_left(tmp_project: Project, folder: Path) -> None:
    run = fmt(tmp_project, "--canonical", folder)
    assert run.exit_code == 3
    assert (folder / "messy.ttl").read_text() == NEAT
    assert (folder / "broken.ttl").read_text() == "<http://e/a> ."
    assert f"{folder / 'broken.ttl'}:1:14: " in run.stderr
    assert "3 files: 1 rewritten, 1 broken" in run.stderr
    assert sorted(path.name for path in folder.iterdir()) == ["broken.ttl", "inner", "messy.ttl", "note.txt"]


def test_check_writes_nothing_and_ends_with_1(tmp_project: Project, folder: Path) -> None:
    (folder / "broken.ttl").unlink()
    run = fmt(tmp_project, "--canonical", "--check", folder)
    assert run.exit_code == 1
    assert run.stdout == f"would rewrite {folder / 'messy.ttl'}\n"
    assert (folder / "messy.ttl").read_text() == MESSY
    assert fmt(tmp_project, "--check", folder / "inner").exit_code == 0


def test_a_file_keeps_its_permissions(tmp_project: Project, folder: Path) -> None:
    (folder / "messy.ttl").chmod(0o640)
    fmt(tmp_project, folder / "messy.ttl")
    assert (folder / "messy.ttl").stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize(
    ("name", "message"),
    [("absent.ttl", "no such file or folder"), ("note.txt", "give a .ttl file"), ("none", "holds no .ttl file")],
)
def test_paths_that_cannot_be_formatted_are_named(tmp_project: Project, folder: Path, name: str, message: str) -> None:
    (folder / "none").mkdir()
    with pytest.raises(ConfigError, match=message):
        fmt(tmp_project, folder / name)
    assert (folder / "messy.ttl").read_text() == MESSY


def test_a_foreign_file_keeps_order_prefixes_and_spellings(tmp_project: Project, folder: Path) -> None:
    (folder / "broken.ttl").unlink()
    text = "@base <http://b/> .\n@prefix e:  <#> .\n@prefix unused: <http://u/> .\n"
    messy = f'{text}<x> e:z "a"@en-US ; # why\n e:p 2,1 .   e:a a e:C.\n'
    (folder / "messy.ttl").write_text(messy)
    assert fmt(tmp_project, folder).exit_code == 0
    neat = '\n<x>\n    e:z "a"@en-US ; # why\n    e:p 2, 1 .\n\ne:a\n    a e:C .\n'
    assert (folder / "messy.ttl").read_text() == text + neat
    assert fmt(tmp_project, "--check", folder).exit_code == 0


def test_a_relative_iri_is_read_against_the_file_itself(tmp_project: Project, folder: Path) -> None:
    (folder / "me.ttl").write_text("<#me> a <> .\n")
    assert fmt(tmp_project, folder / "me.ttl").exit_code == 0
    assert (folder / "me.ttl").read_text() == "<#me>\n    a <> .\n"


def test_a_file_of_the_project_gets_house_style(tmp_project: Project) -> None:
    file = tmp_project.data / "messy.ttl"
    file.write_text(MESSY)
    assert fmt(tmp_project, file).exit_code == 0
    assert file.read_text() == NEAT


def test_without_paths_the_settings_of_a_repository_name_the_files(
    tmp_project: Project, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    refused = fmt(tmp_project)
    assert refused.exit_code == 2
    assert "name the files or folders to rewrite" in refused.stderr
    (folder / "cartkg.toml").write_text('[check]\nshapes = "inner"\ndata = "messy.ttl"\n')
    assert fmt(tmp_project).exit_code == 0
    assert (folder / "messy.ttl").read_text().startswith("@prefix e: <http://e/> .\n\ne:b\n    e:p 2, 1 .\n")
