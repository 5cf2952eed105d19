"""What a run looks at: the stages that it runs and, when it is restricted to changes, the files and records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cartkg.pipeline.inputs.options import CheckOptions, CheckStage

if TYPE_CHECKING:
    from pathlib import Path

    from cartkg.pipeline.inputs.git_changes import Changes
    from cartkg.validation.rdf.terms import Term


@dataclass(slots=True)
class Scope:
    """What a run looks at; records that its stages find are added while it goes on.

    Attributes:
        options: what was asked for.
        gaps: stages that cannot run whole in this installation, with the reason.
        changes: what changed; None when everything is looked at.
        subjects: the records that were touched or depend on what was; None when all are looked at.
    """

    options: CheckOptions
    gaps: dict[CheckStage, str]
    changes: Changes | None = None
    subjects: frozenset[Term] | None = None

    def wants(self, kind: CheckStage) -> bool:
        """Return whether a stage runs."""
        return self.may(kind) and (kind not in self.gaps or kind is CheckStage.QUERIES)

    def may(self, kind: CheckStage) -> bool:
        """Return whether a stage is wanted; the reasoner looks at all or nothing, so a restricted run spares it."""
        spared = kind is CheckStage.ONTOLOGY and self.changes is not None and not self.options.only
        return self.options.wants(kind) and not spared

    def is_changed(self, file: Path) -> bool:
        """Return whether a file is looked at."""
        return self.changes is None or file in self.changes.files
