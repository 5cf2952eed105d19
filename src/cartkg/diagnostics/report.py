"""Report: all diagnostics of a run with the rules and files it looked at; one text in any of the formats."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from cartkg.diagnostics.model import Diagnostic, Severity

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

#: Names of the formats; each is a module of this package with a function `render(report) -> str`.
FORMATS = ("text", "github", "sarif", "junit", "turtle", "json", "markdown", "counts")
_MODULES = {name: f"cartkg.diagnostics.{name}" for name in FORMATS} | {"json": "cartkg.diagnostics.plain_json"}


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule that can be broken.

    Attributes:
        id: what diagnostics call it.
        kind: the stage of the check that applies it, for instance shapes or style.
        title: a few words.
        why: the reason for it; empty when its author gave none.
        message: what the reader of a diagnostic is asked to do.
        severity: of its diagnostics.
        link: web address of its page, or of the shape; empty when there is none.
    """

    id: str
    kind: str
    title: str
    why: str = ""
    message: str = ""
    severity: Severity = Severity.ERROR
    link: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """The outcome of a check.

    Attributes:
        diagnostics: sorted by place.
        rules: every rule that was applied, by id, whether broken or not.
        files: every file that was looked at.
        root: folder that paths are written relative to.
        version: version of cartkg.
        fail_on: the mildest severity that makes the check fail.
        subjects: what a restricted run (`--changed`) looked at; None when it looked at everything.
        described: statements in N-Triples about the nameless shapes that the diagnostics name.
        checkout: the repository around the root; code hosts read paths relative to it. None when there is none.
        complete: whether the check ended as it should; else its only diagnostic says why not.
        known: fingerprints of diagnostics that a baseline lists; they are shown by no format but SARIF.
    """

    diagnostics: tuple[Diagnostic, ...]
    rules: Mapping[str, Rule]
    files: tuple[Path, ...]
    root: Path
    version: str
    fail_on: Severity = Severity.ERROR
    subjects: frozenset[str] | None = None
    known: frozenset[str] = field(default_factory=frozenset)
    described: tuple[str, ...] = ()
    checkout: Path | None = None
    complete: bool = True
    _places: dict[tuple[Path, Path], PurePath] = field(default_factory=dict, init=False, compare=False, repr=False)

    def fresh(self) -> tuple[Diagnostic, ...]:
        """Return the diagnostics that the baseline does not list, in order."""
        if not self.known:
            return self.diagnostics
        marks = self.fingerprints()
        return tuple(found for found, mark in zip(self.diagnostics, marks, strict=True) if mark not in self.known)

    def failed(self) -> bool:
        """Return whether a diagnostic the baseline does not list is as bad as `fail_on` or worse."""
        return any(found.severity.rank <= self.fail_on.rank for found in self.fresh())

    def place(self, file: Path | None) -> str:
        r"""Return a path relative to the root with forward slashes; empty for no file.

        Bytes of a name that are not UTF-8 are written as `\xff`: no report could hold them as they are.
        """
        return self.place_bytes(file).decode("utf-8", "backslashreplace")

    def place_bytes(self, file: Path | None) -> bytes:
        """Return the same with the bytes that the name has in the file system."""
        return b"" if file is None else _written(self._relative(file, self.root))

    def hosted(self, file: Path) -> str:
        """Return a path as a code host knows it: relative to the repository, escaped as in `place`."""
        return self.hosted_bytes(file).decode("utf-8", "backslashreplace")

    def hosted_bytes(self, file: Path) -> bytes:
        """Return the same with the bytes that the name has in the file system."""
        return _written(self.hosted_path(file))

    def hosted_path(self, file: Path) -> PurePath:
        """Return a path relative to the repository; of a file on another drive, which Windows has, the whole path."""
        return self._relative(file, self.root if self.checkout is None else self.checkout)

    def _relative(self, file: Path, root: Path) -> PurePath:
        """Look up a path once: a file may have thousands of diagnostics, and each of its folders may be a link."""
        if (file, root) not in self._places:
            place = Path(os.path.realpath(file.parent)) / file.name  # a link is named, not what it leads to
            self._places[file, root] = way(place, Path(os.path.realpath(root)))
        return self._places[file, root]

    def fingerprints(self) -> tuple[str, ...]:
        """Return each diagnostic's mark, the same after lines above it came or went.

        It is made of rule, file, subject, message and value, and of what sets the SHACL result behind it apart, never
        of the line, nor of a blank node's label, which depends on what is above it; equal ones are counted.
        """
        seen: Counter[str] = Counter()
        marks: list[str] = []
        for found in self.diagnostics:
            parts: tuple[str, ...] = (
                found.rule,
                self.place(found.file),
                _name(found.subject),
                found.message,
                _name(found.value),
            )
            parts += (found.trace.identity,) if found.trace else ()
            mark = hashlib.sha256("\x00".join(parts).encode()).hexdigest()[:32]
            seen[mark] += 1
            marks.append(f"{mark}:{seen[mark]}")
        return tuple(marks)

    def rules_by_id(self) -> Sequence[Rule]:
        """Return the rules in order of id, with a bare entry for a diagnostic whose rule no one described."""
        bare = {found.rule: Rule(found.rule, "other", found.rule) for found in self.diagnostics}
        return sorted({**bare, **self.rules}.values(), key=lambda rule: rule.id)


def way(place: PurePath, folder: PurePath) -> PurePath:
    r"""Return the way from a folder to a place, both absolute; the place itself where it is on another drive.

    Example:
        >>> from pathlib import PureWindowsPath
        >>> way(PureWindowsPath(r"C:\work\data\a.ttl"), PureWindowsPath(r"C:\work\shapes")).as_posix()
        '../data/a.ttl'
    """
    for up, around in enumerate((folder, *folder.parents)):
        if place.is_relative_to(around):
            return type(place)(*[".."] * up, *place.relative_to(around).parts)
    return place


def _written(path: PurePath) -> bytes:
    return os.fsencode(path.as_posix())


def _name(term: str) -> str:
    return "_:" if term.startswith("_:") else term


def render(report: Report, form: str) -> str:
    """Write a report in one of `FORMATS`; the text ends with a line break unless it is empty.

    Raises:
        KeyError: the format is unknown.
    """
    rendered = import_module(_MODULES[form]).render(report)
    assert isinstance(rendered, str)  # noqa: S101  # each module promises it
    return rendered
