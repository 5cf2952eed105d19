"""A list of one trial adds or updates one trial and leaves every other as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cartkg.pipeline.adding import add

if TYPE_CHECKING:
    from pathlib import Path

    from cartkg.project import Project

NEW = """\
trials:
  - id: nct99999999
    number: NCT99999999
    title: An example
    phase: phase-1
"""


def given(folder: Path, text: str) -> list[Path]:
    path = folder / "given.yaml"
    path.write_text(text, "utf-8")
    return [path]


def test_one_new_trial_changes_no_other(empty: Project, tmp_path: Path) -> None:
    before = (empty.lists / "trials.yaml").read_text("utf-8")
    added = add(given(tmp_path, NEW), empty)
    assert not added.diagnostics
    assert added.keys == ["nct99999999"]
    after = (empty.lists / "trials.yaml").read_text("utf-8")
    assert after.startswith(before)
    assert after.removeprefix(before) == NEW.removeprefix("trials:\n").replace("\n  ", "\n").removeprefix("  ")
    assert {path.name for path in added.written} == {"trials.yaml", "trials.ttl"}


@pytest.mark.whole
def test_a_trial_that_is_there_is_updated_in_its_place_and_keeps_what_is_not_given(
    empty: Project, tmp_path: Path
) -> None:
    add(given(tmp_path, f"{NEW}    countries: [DE]\n"), empty)
    before = (empty.lists / "trials.yaml").read_text("utf-8")
    added = add(given(tmp_path, NEW.replace("An example", "A better title")), empty)
    assert not added.diagnostics
    after = (empty.lists / "trials.yaml").read_text("utf-8")
    assert after == before.replace("An example", "A better title")
    assert after.endswith("  countries: [DE]\n")


@pytest.mark.whole
def test_what_is_wrong_with_an_entry_is_found_at_its_line_and_nothing_is_written(
    empty: Project, tmp_path: Path
) -> None:
    before = (empty.lists / "trials.yaml").read_bytes()
    added = add(given(tmp_path, NEW.replace("phase-1", "phase one")), empty)
    assert [(found.rule, found.line) for found in added.diagnostics] == [("dossier-unknown-word", 5)]
    added = add(given(tmp_path, f"{NEW}    products: [no-such-product]\n"), empty)
    assert [(found.file, found.line) for found in added.diagnostics] == [(tmp_path / "given.yaml", 2)]
    assert (empty.lists / "trials.yaml").read_bytes() == before


def test_products_are_added_likewise(empty: Project, tmp_path: Path) -> None:
    text = (
        "products:\n- id: example-cel\n  label: example-cel\n  type: [car-t]\n  targets: [cd19]\n"
        "  source: [autologous]\n"
        "  vector: not-reported\n  costimulation: not-reported\n"
    )
    added = add(given(tmp_path, text), empty)
    assert not added.diagnostics
    assert "product:example-cel" in (empty.data / "shared" / "products.ttl").read_text("utf-8")
