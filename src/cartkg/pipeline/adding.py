"""`cartkg add`, `remove` and `rename`: change the dossiers of a project that passes its checks."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from cartkg import files
from cartkg.compile.context.dossier_context import DossierContext
from cartkg.compile.places import relocate
from cartkg.compile.sentences.row_sentences import Sentence, sentences_of
from cartkg.diagnostics import Diagnostic, Severity
from cartkg.dossier.reading import MAX_BYTES, read_bytes
from cartkg.errors import ConfigError, UnusableFile
from cartkg.interruption import temporary_folder
from cartkg.pipeline.checking import check
from cartkg.pipeline.inputs.curation import Curated, compile_project, dossier_files, neighbours, version_of
from cartkg.pipeline.inputs.options import CheckOptions, CheckStage
from cartkg.pipeline.registers import is_register, update_register
from cartkg.project import Project, remove_files, replace_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from cartkg.project import Project

_KEY = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\Z")
_LONGEST_KEY = 100


@dataclass(slots=True)
class Added:
    """The result of adding dossiers.

    Attributes:
        keys: the dossiers, in order.
        written: files whose text changed.
        sentences: what the graph now states for each row of the dossiers.
        diagnostics: problems with file and line; any error means that nothing was written.
    """

    keys: list[str] = field(default_factory=list)
    written: list[Path] = field(default_factory=list)
    sentences: list[Sentence] = field(default_factory=list)
    diagnostics: list[Diagnostic] = field(default_factory=list)

    @property
    def refused(self) -> bool:
        """Whether an error kept everything from being written."""
        return any(found.severity is Severity.ERROR for found in self.diagnostics)


def add(paths: Sequence[Path], project: Project, replaces: frozenset[str] = frozenset()) -> Added:
    """Add dossiers to a project, or update those it has; all or, when one has an error, none.

    A list of trials or products (one key, `trials` or `products`) adds or updates its entries, before the dossiers.

    A dossier whose key the project has already is refused unless it is that file itself or `replaces` contains the
    version of the file it replaces.

    Args:
        paths: the dossiers.
        project: the project.
        replaces: versions of dossiers that may be replaced, as messages name them.
    """
    given = _Given(project, replaces)
    for path in paths:
        given.take(path)
    added, contents = Added(diagnostics=given.diagnostics), given.contents
    if added.refused:
        return added
    _replace(given.lists, added)
    if not contents:
        added.keys = given.entries
        return added
    keys = neighbours(project, contents, contents)
    curated = compile_project(project, keys, contents)
    named = {project.dossiers / f"{key}.yaml": origin for key, origin in given.origins.items()}
    added.diagnostics += [_at(found, named) for found in curated.diagnostics]
    if added.refused:
        return added
    added.diagnostics += [_at(found, named) for found in _breaches(project, curated, contents)]
    if added.refused:
        return added
    added.keys = sorted(contents)
    _write(project, curated, contents, added)
    for key in added.keys:
        dossier = curated.compiled.corpus.dossiers[key]
        added.sentences += sentences_of(DossierContext(dossier, curated.compiled.corpus, curated.terms))
    return added


@dataclass(slots=True)
class _Given:
    """The files that were given, by key; what keeps one out is in `diagnostics`."""

    project: Project
    replaces: frozenset[str]
    contents: dict[str, bytes] = field(default_factory=dict)
    origins: dict[str, Path] = field(default_factory=dict)
    lists: dict[Path, bytes] = field(default_factory=dict)
    entries: list[str] = field(default_factory=list)
    diagnostics: list[Diagnostic] = field(default_factory=list)

    def take(self, path: Path) -> None:
        """Take one file in, once its key is known to be safe and free."""
        try:
            data = files.read_bytes(path, MAX_BYTES)
        except UnusableFile as error:
            self.diagnostics.append(Diagnostic.unusable(error))
            return
        document = read_bytes(data, path)
        self.diagnostics += document.diagnostics
        if document.diagnostics:
            return
        if is_register(document.root):
            update = update_register(path, document.root, self.project)
            self.diagnostics += update.diagnostics
            self.lists |= update.contents
            self.entries += update.ids
            return
        place = document.root.child("key").place
        key = document.root.text("key") or ""
        problem = self._problem(key, path, data)
        if problem is not None:
            rule, message = problem
            self.diagnostics.append(Diagnostic(path, place.line, place.column, rule, message))
            return
        self.contents[key], self.origins[key] = data, path

    def _problem(self, key: str, path: Path, data: bytes) -> tuple[str, str] | None:
        """Return the rule and message that keep a file out; None when its key is safe and free."""
        if not _KEY.match(key) or len(key) > _LONGEST_KEY:
            form = f"lower-case letters, digits and hyphens, at most {_LONGEST_KEY} characters"
            return "dossier-key", f"the dossier needs a `key` of {form}"
        if key in self.contents:
            return "dossier-key-twice", f"the key `{key}` is also that of {self.origins[key]}; give each its own"
        there = dossier_files(self.project).get(key)
        if there is None or there.resolve() == path.resolve() or (known := files.read_bytes(there)) == data:
            return None
        version = version_of(known)
        if version in self.replaces:
            return None
        message = (
            f"the project has a dossier `{key}` already (version {version}); edit {there} instead, or run "
            f"`cartkg add --replaces {version} {path}` to replace it"
        )
        return "dossier-key-taken", message


def _at(found: Diagnostic, named: Mapping[Path, Path]) -> Diagnostic:
    """Return a problem at the file that was given, not at the place it would be written to."""
    return replace(found, file=named[found.file]) if found.file is not None and found.file in named else found


def _breaches(project: Project, curated: Curated, contents: Mapping[str, bytes]) -> list[Diagnostic]:
    """Check the compiled files in a copy of the project; return what is wrong, at the lines of the dossiers."""
    with temporary_folder() as folder:
        trial = project.copy(folder)
        root = trial.root
        for path, data in _outputs(project, curated, contents).items():
            replace_file(root / path.relative_to(project.root), data)
        changed = tuple(root / path.relative_to(project.root) for path in curated.files)
        wanted = CheckOptions(
            paths=changed, skip=frozenset({CheckStage.ONTOLOGY, CheckStage.STYLE, CheckStage.QUERIES})
        )
        found = check(trial, wanted, root).diagnostics
    placed = [replace(each, file=project.root / each.file.relative_to(root)) if each.file else each for each in found]
    return [relocate(each, curated.compiled) for each in placed]


def _outputs(project: Project, curated: Curated, contents: Mapping[str, bytes]) -> dict[Path, bytes]:
    return {**curated.files, **{project.dossiers / f"{key}.yaml": data for key, data in contents.items()}}


def _write(project: Project, curated: Curated, contents: Mapping[str, bytes], added: Added) -> None:
    _replace(_outputs(project, curated, contents), added)


def _replace(outputs: Mapping[Path, bytes], added: Added) -> None:
    """Write the files whose bytes change; refused as a whole while one of the places leads out of the project."""
    changed = [
        (path, data)
        for path, data in sorted(outputs.items())
        if not files.is_file(path) or files.read_bytes(path) != data
    ]
    for path, _ in changed:
        files.place_to_write(path)
    for path, data in changed:
        replace_file(path, data)
        added.written.append(path)


def add_all(project: Project) -> Added:
    """Compile every dossier and list of a project, and write what changed.

    Compiled files whose dossier is gone are removed. Problems that a check of the graph finds are left to
    `cartkg check`, which looks at the whole project anyway.
    """
    curated = compile_project(project)
    added = Added(sorted(curated.compiled.facts), diagnostics=list(curated.diagnostics))
    if added.refused:
        return added
    _write(project, curated, {}, added)
    own = (path for path in project.data_files() if path.parent == project.data)
    orphans = sorted(set(own) - set(curated.files))
    remove_files(orphans)
    added.written += orphans
    return added


def remove(key: str, project: Project) -> Added:
    """Remove a dossier and its compiled file; refused while other dossiers name it.

    Raises:
        ConfigError: the dossier does not exist.
    """
    known = dossier_files(project)
    if key not in known:
        raise ConfigError("no dossier has this key", key)
    result = Added([key])
    names = re.compile(rf"(?<![\w-]){re.escape(key)}(?![\w-])")
    for other, path in known.items():
        if other == key:
            continue
        for number, line in enumerate(files.read_text(path).splitlines(), start=1):
            if names.search(line):
                message = f"this line refers to `{key}`; change it before removing the dossier"
                result.diagnostics.append(Diagnostic(path, number, 1, "dossier-still-named", message))
    if not result.refused:
        result.written += [known[key], project.data / f"{key}.ttl"]
        remove_files(result.written)
    return result


def rename(old: str, new: str, project: Project) -> Added:
    """Return a dossier another key, in its own file and wherever another dossier names it.

    Raises:
        ConfigError: the dossier does not exist, or the new key is taken or not a key.
    """
    known = dossier_files(project)
    if old not in known:
        raise ConfigError("no dossier has this key", old)
    if new in known:
        raise ConfigError("this key is already in use; choose another", new)
    if not _KEY.match(new) or len(new) > _LONGEST_KEY:
        raise ConfigError("a key may contain only lower-case letters, digits and hyphens", new)
    names = re.compile(rf"(?<![\w/.-]){re.escape(old)}(?![\w/-]|\.\w)")
    contents = {
        new if key == old else key: changed.encode()
        for key, path in known.items()
        if (text := files.read_text(path)) != (changed := _renamed(text, names, new)) or key == old
    }
    with_old = {
        path: files.read_bytes(path) for path in (known[old], project.data / f"{old}.ttl") if files.is_file(path)
    }
    remove_files(with_old)
    is_done = False
    try:
        result = add_contents(contents, project)
        is_done = not result.refused
    finally:
        if not is_done:
            for path, data in with_old.items():
                replace_file(path, data)
    if is_done:
        result.written += list(with_old)
    return result


def _renamed(text: str, names: re.Pattern[str], new: str) -> str:
    """Replace a key in the fields that name dossiers: key, page_of, restates, publication, same_as, references."""
    return names.sub(new, text)


def add_contents(contents: Mapping[str, bytes], project: Project) -> Added:
    """Add dossiers by their bytes, as `add` does with files."""
    keys: Iterable[str] = neighbours(project, contents, contents)
    curated = compile_project(project, keys, contents)
    added = Added(sorted(contents), diagnostics=list(curated.diagnostics))
    if not added.refused:
        added.diagnostics += _breaches(project, curated, contents)
    if not added.refused:
        _write(project, curated, contents, added)
    return added
