"""Repository attacks against `cartkg check`: each one diagnostic at its line; nothing leaks, hangs or hides."""

from __future__ import annotations

import socket
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from tests.attack.repository import CHECKS, PATTERNS, QUESTIONS, RULES, Attack
from tests.small import data, small_project

from cartkg.errors import ShapesError
from cartkg.evaluation.bounds import BOUNDS
from cartkg.pipeline.checking import check
from cartkg.pipeline.inputs.options import CheckOptions, CheckStage
from cartkg.validation import EngineName

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cartkg.diagnostics import Diagnostic
    from cartkg.project import Project

pytestmark = pytest.mark.whole

#: So little that a runaway is over soon, and enough for what is honest on a busy machine.
TIGHT = replace(BOUNDS, seconds=3.0, memory=256 * 1024**2, reply=16 * 1024**2)
STYLE = frozenset({CheckStage.STYLE, CheckStage.ONTOLOGY})


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as made:
        made.settimeout(0)
        yield made


def heard(listener: socket.socket) -> bool:
    try:
        listener.accept()[0].close()
    except BlockingIOError:
        return False
    return True


def attacked(folder: Path, attack: Attack, listener: socket.socket, value: str = "x") -> Project:
    """Put an attack into a project that breaks one honest rule of its shapes and one of its checks."""
    project = small_project(folder)
    (project.data / "a.ttl").write_text(data(doi=value, numerator=9), "utf-8")
    path = project.root / attack.file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(attack.text.replace("{port}", str(listener.getsockname()[1])), "utf-8")
    return project


def found(project: Project, **options: object) -> list[Diagnostic]:
    wanted = CheckOptions(**{"skip": STYLE, "bounds": TIGHT, **options})  # type: ignore[arg-type]  # by name
    return list(check(project, wanted, project.root).diagnostics)


def about(diagnostics: list[Diagnostic], attack: Attack) -> list[tuple[str, int]]:
    name = attack.file.rpartition("/")[2]
    return [(each.rule, each.line) for each in diagnostics if each.file and each.file.name == name]


HONEST = {"FindingShape-doi", "numerator-violation"}


@pytest.mark.parametrize("attack", CHECKS, ids=lambda one: one.name)
def test_a_hostile_check_is_one_diagnostic(tmp_path: Path, listener: socket.socket, attack: Attack) -> None:
    project = attacked(tmp_path, attack, listener)
    diagnostics = found(project)
    assert about(diagnostics, attack) == [(attack.rule, attack.line)]
    assert {each.rule for each in diagnostics} >= HONEST
    assert about(found(project, paths=(project.data / "a.ttl",)), attack) == [(attack.rule, attack.line)]
    assert not heard(listener)


@pytest.mark.parametrize("attack", QUESTIONS, ids=lambda one: one.name)
def test_a_hostile_question_is_one_diagnostic(tmp_path: Path, listener: socket.socket, attack: Attack) -> None:
    project = attacked(tmp_path, attack, listener)
    diagnostics = found(project)
    assert about(diagnostics, attack) == [(attack.rule, attack.line)]
    assert {each.rule for each in diagnostics} >= HONEST
    assert not heard(listener)


@pytest.mark.parametrize("attack", RULES, ids=lambda one: one.name)
def test_a_hostile_rule_is_one_diagnostic(tmp_path: Path, listener: socket.socket, attack: Attack) -> None:
    project = attacked(tmp_path, attack, listener)
    diagnostics = found(project, skip=frozenset({CheckStage.STYLE}))
    assert about(diagnostics, attack) == [(attack.rule, attack.line)]
    assert {each.rule for each in diagnostics} >= HONEST
    assert not heard(listener)


@pytest.mark.parametrize("attack", PATTERNS[1:], ids=lambda one: one.name)
def test_a_hostile_shape_is_one_diagnostic(tmp_path: Path, listener: socket.socket, attack: Attack) -> None:
    project = attacked(tmp_path, attack, listener, value="a" * 40 + "!")
    diagnostics = found(project)
    assert about(diagnostics, attack) == [(attack.rule, attack.line)]
    assert {each.rule for each in diagnostics} >= HONEST


@pytest.mark.parametrize("engine", ["cartkg", "pyshacl"])
def test_a_shape_that_asks_others_is_refused_at_its_line(tmp_path: Path, listener: socket.socket, engine: str) -> None:
    attack = PATTERNS[0]
    project = attacked(tmp_path, attack, listener)
    with pytest.raises(ShapesError, match="SERVICE") as caught:
        found(project, engine=EngineName(engine))
    assert (caught.value.file, caught.value.line) == (project.root / attack.file, attack.line)
    assert not heard(listener)


def test_a_pattern_that_others_match_step_by_step_is_matched_in_linear_time(
    tmp_path: Path, listener: socket.socket
) -> None:
    pattern = 'sh:property [ sh:path cartkg:doi ; sh:pattern "^(a+)+$" ; sh:message "Only a." ]'
    text = PATTERNS[0].text.partition("    sh:sparql")[0] + f"    {pattern} .\n"
    project = attacked(tmp_path, replace(PATTERNS[0], text=text), listener, value="a" * 5000 + "!")
    assert "Only a." in {each.message for each in found(project)}
