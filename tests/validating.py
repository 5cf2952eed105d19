"""Validation of some files at once, as tests want it; a check of a project goes its own way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cartkg.validation import read, read_shapes, shape_rules, validate

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from cartkg.diagnostics import Diagnostic, Rule


@dataclass(frozen=True, slots=True)
class Validation:
    """Diagnostics, and the rules that were applied by id."""

    diagnostics: Sequence[Diagnostic]
    rules: Mapping[str, Rule]


def validate_files(data: Iterable[Path], shapes: Sequence[Path]) -> Validation:
    """Validate files, to which the ontology belongs when shapes rely on its classes."""
    facts = read(data)
    library = read_shapes(shapes)
    found = sorted((*facts.broken, *validate(facts, library)), key=lambda diagnostic: diagnostic.sort_key)
    return Validation(found, shape_rules(library))
