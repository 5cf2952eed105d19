# ruff: noqa: INP001  # a script of the build, no package
"""Generate the JSON Schemas of dossiers, vocabularies and registers, and the page on their fields, from LinkML.

Run: make schema
"""

from __future__ import annotations

import logging
import runpy
from pathlib import Path

from linkml.generators.jsonschemagen import JsonSchemaGenerator

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "src" / "cartkg" / "dossier"
PAGES = ROOT / "docs" / "reference"
SOURCE, RESULT = ".linkml.yaml", ".schema.json"


def generate(source: Path) -> str:
    """Return the JSON Schema of a LinkML schema: no field but the declared ones, and none that is empty."""
    logging.getLogger("linkml").setLevel(logging.ERROR)
    return f"{JsonSchemaGenerator(str(source), not_closed=False, include_null=False).serialize()}\n"


def main() -> None:
    """Write every schema beside its source, and the pages on fields and words."""
    for source in sorted(FOLDER.glob(f"*{SOURCE}")):
        result = source.with_name(source.name.removesuffix(SOURCE) + RESULT)
        result.write_text(generate(source), "utf-8")
        print(f"wrote {result.relative_to(Path.cwd())}")  # noqa: T201  # the report of a command
    for name, page in runpy.run_path(str(ROOT / ".ci" / "fields.py"))["reference"]().items():
        (PAGES / name).write_text(page, "utf-8")
        print(f"wrote {(PAGES / name).relative_to(Path.cwd())}")  # noqa: T201  # the report of a command


if __name__ == "__main__":
    main()
