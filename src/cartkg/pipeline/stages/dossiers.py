"""The dossiers of a project in a check: what is wrong with them, and whether the compiled files are theirs."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cartkg.caches import content_key
from cartkg.diagnostics import Diagnostic, Severity
from cartkg.dossier.reading import MAX_BYTES
from cartkg.dossier.terms import list_paths
from cartkg.errors import UnusableFile
from cartkg.files import is_file, read_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from cartkg.pipeline.inputs.curation import Curated
    from cartkg.project import Project

#: Rule of compiled files that are not what their source compiles to.
NOT_COMPILED = "not-compiled"


@dataclass(slots=True)
class DossierStage:
    """The dossiers of one project, compiled at most once.

    Attributes:
        project: whose dossiers.
    """

    project: Project
    _curated: Curated | None = field(default=None, repr=False)

    def diagnostics(self) -> list[Diagnostic]:
        """Return diagnostics on dossiers and lists, and on compiled files that differ from their sources.

        The result is kept by the bytes of all of them, so that a check of unchanged dossiers costs only their reading.
        """
        name = f"dossiers-{self._key()}.json"
        kept = self.project.cache.read(name)
        outcome: Any = self._outcome() if kept is None else json.loads(kept)
        if kept is None:
            self.project.cache.write(name, json.dumps(outcome).encode())
        return [*self._told(outcome["problems"]), *self._differing(outcome["digests"])]

    def at_dossiers(self, found: Iterable[Diagnostic]) -> list[Diagnostic]:
        """Return problems in compiled files at the lines of the dossiers that state their subjects."""
        problems = list(found)
        if not any(each.subject and each.file and each.file.is_relative_to(self.project.data) for each in problems):
            return problems
        from cartkg.compile.places import relocate  # noqa: PLC0415  # as for compile_project

        curated = self._compiled()
        own = {path for path, data in curated.files.items() if is_file(path) and read_bytes(path) == data}
        return [relocate(each, curated.compiled) if each.file in own else each for each in problems]

    def _compiled(self) -> Curated:
        from cartkg.pipeline.inputs.curation import compile_project  # noqa: PLC0415  # a fifth of a second; seldom needed

        if self._curated is None:
            self._curated = compile_project(self.project)
        return self._curated

    def _key(self) -> str:
        parts: list[bytes] = []
        for path in _inputs(self.project):
            try:
                parts += [self._name(path).encode(), read_bytes(path, MAX_BYTES)]
            except UnusableFile as error:
                parts.append(str(error).encode())
        return content_key(*parts)

    def _outcome(self) -> dict[str, object]:
        curated = self._compiled()
        problems: list[list[object]] = [
            [self._name(each.file), each.line, each.column, each.rule, each.message, each.severity.value]
            for each in curated.diagnostics
        ]
        digests = {self._name(path): hashlib.sha256(data).hexdigest() for path, data in curated.files.items()}
        return {"problems": problems, "digests": digests}

    def _told(self, problems: Iterable[list[object]]) -> Iterable[Diagnostic]:
        files = {self._name(path): path for path in _inputs(self.project)}
        for file, line, column, rule, message, severity in problems:
            place = (int(str(line)), int(str(column)))
            yield Diagnostic(files.get(str(file)), *place, str(rule), str(message), Severity(str(severity)))

    def _differing(self, digests: Mapping[str, str]) -> Iterable[Diagnostic]:
        """Find compiled files that are missing, changed by hand, or left over from a dossier that is gone."""
        known = {self._name(path): path for path in self.project.data_files()}
        for path, digest in digests.items():
            there = known.get(path)
            if there is None:
                yield self._not_compiled(self.project.root / path, "is missing")
            elif hashlib.sha256(read_bytes(there)).hexdigest() != digest:
                yield self._not_compiled(there, "is not what its source compiles to")
        for path, there in known.items():
            if there.parent == self.project.data and path not in digests:
                yield self._not_compiled(there, "has no dossier")

    def _name(self, path: Path | None) -> str:
        """Return a path below the project: what is kept serves a copy of the project too."""
        return "" if path is None else path.relative_to(self.project.root).as_posix()

    @staticmethod
    def _not_compiled(path: Path, what: str) -> Diagnostic:
        return Diagnostic(path, 1, 1, NOT_COMPILED, f"{what}; edit the source in data/ and run: cartkg add --all")


def _inputs(project: Project) -> list[Path]:
    """Return every curated source of a project: dossiers, lists and prefixes."""
    return [*project.dossier_files(), *list_paths(project).values(), project.ontology / "prefixes.ttl"]
