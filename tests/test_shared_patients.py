"""Statements on shared patients that cannot all hold: the check names each with the dossier and the line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cartkg.pipeline.checking import check
from cartkg.pipeline.curation import compile_project
from cartkg.pipeline.options import CheckOptions, Kind
from cartkg.pipeline.rules import PATIENTS
from cartkg.validation.conformance import NOT_EVALUATED

if TYPE_CHECKING:
    from cartkg.project import Project

OVERLAP = """
overlaps:
- id: wrong
  between: [c1, {other}]
  degree: {degree}
{shared}  basis: [same-numbers]
  says: Stated to be contradicted.
  by: curator
"""

#: Dossier, what is appended to it, the rule that must name it, and words of the message.
APPENDED = {
    "zhao-2025-acr-im19": (
        OVERLAP.format(other="mueller-2024-nejm#sle", degree="known", shared=""),
        PATIENTS,
        "which cannot share patients (treated in DE; in CN)",
    ),
    "hn2301-2025-nejm-invivo": (
        OVERLAP.format(other="high-dose", degree="excluded", shared=""),
        PATIENTS,
        "one lies in the other, and they are said to share nobody",
    ),
    "krickau-2024-lancet": (
        OVERLAP.format(other="mueller-2024-nejm#sle", degree="known", shared="  shared: {low: 3, high: 3}\n"),
        "overlap-above-cohort-violation",
        "3 patients are shared with a cohort of 1",
    ),
}


@pytest.mark.whole
def test_statements_that_cannot_all_hold_are_named_at_their_line(tmp_project: Project) -> None:
    for key, (text, _, _) in APPENDED.items():
        path = tmp_project.dossiers / f"{key}.yaml"
        path.write_text(path.read_text("utf-8") + text, "utf-8")
    circle = tmp_project.dossiers / "autolus-2025-ash-carlysle.yaml"
    written = circle.read_text("utf-8")
    circle.write_text(
        written.replace("  n: 9\n  n_is: treated\n", "  n: 9\n  n_is: treated\n  part_of: [d50]\n"), "utf-8"
    )
    keys = [*APPENDED, circle.stem]
    for path, data in compile_project(tmp_project, keys).files.items():
        path.write_bytes(data)
    found = check(tmp_project, CheckOptions(only=frozenset({Kind.CHECKS}))).diagnostics
    told = {(each.file.stem if each.file else "", each.rule): each for each in found}
    for key, (_, rule, message) in APPENDED.items():
        diagnostic = told[key, rule]
        assert message in diagnostic.message
        assert diagnostic.file == tmp_project.dossiers / f"{key}.yaml"
        line = diagnostic.file.read_text("utf-8").splitlines()[diagnostic.line - 1]
        assert "id: " in line, line
    assert (circle.stem, "cohort-part-cycle-violation") in told
    assert {stem for stem, rule in told if rule == PATIENTS} == {
        key for key, (_, rule, _) in APPENDED.items() if rule == PATIENTS
    }


@pytest.mark.whole
def test_data_that_cannot_be_counted_is_named_and_the_answer_is_kept(tmp_project: Project) -> None:
    study = tmp_project.data / "mueller-2024-nejm.ttl"
    written = study.read_text("utf-8")
    assert 'cartkg:patientCount "8"' in written
    study.write_text(written.replace('cartkg:patientCount "8"', 'cartkg:patientCount "eight"', 1), "utf-8")
    options = CheckOptions(only=frozenset({Kind.CHECKS}))
    first, second = (
        [each.message for each in check(tmp_project, options).diagnostics if each.rule == NOT_EVALUATED] for _ in "12"
    )
    assert len(first) == 1
    assert first[0].startswith("shared patients were not looked at: ")
    assert second == first
    study.write_text(written, "utf-8")
    assert check(tmp_project, options).diagnostics == ()
