"""Several shapes files, nameless shapes and faults of our own: nothing of the shapes is looked up in the data."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from rdflib import SH, BNode, Graph
from tests.command import cartkg, foreign

from cartkg import cli
from cartkg.diagnostics import FORMATS
from cartkg.errors import EXIT_INTERNAL
from cartkg.pipeline import checking

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def several(tmp_path: Path) -> Path:
    shape = "ex:S{0} a sh:NodeShape ; sh:targetClass ex:C ; sh:property [ sh:path ex:p{0} ; sh:minCount 1 ] ."
    for number in (1, 2, 3):
        foreign(tmp_path / "shapes" / f"s{number}.ttl", shape.format(number))
    foreign(tmp_path / "d.ttl", 'ex:a a ex:C ; ex:p1 "x" . [] a ex:C ; ex:p1 "x" ; ex:p2 "x" .')
    return tmp_path


@pytest.mark.parametrize("form", FORMATS)
def test_there_may_be_more_shapes_files_than_data_files_in(form: str, several: Path) -> None:
    done = cartkg(several, "check", "--shapes", "shapes", "--format", form, "d.ttl")
    assert (done.returncode, done.stderr) == (1, "")
    assert ("diagnostics=3" if form == "counts" else "d.ttl") in done.stdout


def test_several_shapes_files_find_what_one_with_all_of_it_finds(several: Path) -> None:
    done = cartkg(several, "check", "--shapes", "shapes", "d.ttl")
    assert done.stdout.endswith("3 diagnostics (3 errors): 1 file, 11 rules\n")


@pytest.mark.parametrize("engine", ["cartkg", "pyshacl"])
def test_turtle_report_names_and_describes_the_shape_that_a_node_broke(engine: str, several: Path) -> None:
    done = cartkg(several, "check", "--shapes", "shapes", "--engine", engine, "--format", "turtle", "d.ttl")
    report = Graph().parse(data=done.stdout, format="turtle")
    broken = set()
    for result in report.objects(None, SH.result):
        shape, focus = report.value(result, SH.sourceShape), report.value(result, SH.focusNode)
        assert isinstance(shape, BNode)
        assert shape != focus
        broken.add((isinstance(focus, BNode), str(report.value(shape, SH.path)).rpartition("/")[2]))
    assert broken == {(False, "p2"), (False, "p3"), (True, "p3")}


def test_internal_error_does_not_share_an_exit_code_with_diagnostics(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], several: Path
) -> None:
    def fail(*_: object) -> None:
        raise IndexError("list index out of range")

    monkeypatch.setattr(checking, "find_sources", fail)
    monkeypatch.setattr(sys, "argv", ["cartkg", "check", "--shapes", str(several / "shapes"), str(several / "d.ttl")])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == EXIT_INTERNAL
    assert "list index out of range" in (said := capsys.readouterr().err)
    assert "internal error" in said
