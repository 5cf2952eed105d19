"""The reference of dossiers is the one that the schemas of record generate, and names every field and word."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from cartkg.dossier.schema import source

ROOT = Path(__file__).resolve().parents[1]
PAGES = ROOT / "docs" / "reference"
FIELDS = runpy.run_path(str(ROOT / ".ci" / "fields.py"))


def test_the_committed_pages_are_those_generated() -> None:
    made = FIELDS["reference"]()
    assert {name: (PAGES / name).read_text("utf-8") for name in made} == made, "run: make schema"


@pytest.mark.parametrize("name", [name for name, _, _ in FIELDS["SCHEMAS"]])
def test_every_field_and_word_of_a_schema_is_on_the_page(name: str) -> None:
    page = "\n".join(FIELDS["reference"]().values())
    schema = source(name)
    fields = {field for said in schema["classes"].values() for field in said.get("attributes") or ()}
    words = {word for said in schema["enums"].values() for word in said["permissible_values"]}
    assert fields
    assert [field for field in sorted(fields) if f"| `{field}`" not in page] == []
    assert [word for word in sorted(words) if f"- `{word}`" not in page] == []


def test_each_row_of_a_table_has_three_cells() -> None:
    rows = [line for page in FIELDS["reference"]().values() for line in page.splitlines() if line.startswith("| `")]
    assert rows
    assert [row for row in rows if row.replace("\\|", "").count("|") != 4] == []
