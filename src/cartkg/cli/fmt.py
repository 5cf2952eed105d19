"""`cartkg fmt`: rewrite Turtle files in house style."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

import click

from cartkg.cli.printing import say
from cartkg.diagnostics import Diagnostic
from cartkg.errors import EXIT_DIAGNOSTICS, ConfigError, SourceError, UnusableFile, exit_code
from cartkg.files import FolderListing, list_files, read_bytes, refusal
from cartkg.namespaces import Prefixes, read_prefixes
from cartkg.pipeline.inputs.settings import find_settings
from cartkg.project import Project, replace_file
from cartkg.turtle import parse
from cartkg.turtle.layout import lay_out
from cartkg.turtle.style import format_document


@click.command("fmt")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--check", is_flag=True, help="Write nothing; list the files that differ; exit code 1 if any do.")
@click.option("--canonical", is_flag=True, help="Apply the house style of the project to files outside it as well.")
@click.pass_obj
def command(project: Project, paths: tuple[Path, ...], *, check: bool, canonical: bool) -> None:
    """Rewrite Turtle in one layout: files, folders, or the whole project when no PATHS are given.

    The graph stays the same, and each comment stays at its statement. In files outside the project, the order,
    prefixes, relative IRIs and spellings also stay; files of the project, or all with --canonical, get house style,
    which sorts statements, sets the prefixes and puts comments above the subject. A file with broken syntax is
    reported and left as it is; the others are still rewritten.

    Example: cartkg fmt data/ttl/mueller-2024-nejm.ttl
    """
    style = _Style(project, read_prefixes(project.ontology / "prefixes.ttl"), canonical)
    found = _own(project) if not paths and _is_here(project) else _files(paths or _set_paths(project))
    for refused in found.refused:
        say(str(refused), err=True)
    changed, broken = 0, len(found.refused)
    for file in found.files:
        written = style.written(file)
        if isinstance(written, Diagnostic):
            say(f"{file}:{written.line}:{written.column}: {written.message}", err=True)
            broken += 1
            continue
        if written == read_bytes(file):
            continue
        changed += 1
        say(f"{'would rewrite' if check else 'rewrote'} {file}")
        if not check:
            replace_file(file, written)
    say(f"{len(found.files)} files: {changed} {'to rewrite' if check else 'rewritten'}, {broken} broken", err=True)
    if broken:
        sys.exit(exit_code(SourceError("")))
    if check and changed:
        sys.exit(EXIT_DIAGNOSTICS)


@dataclass(frozen=True, slots=True)
class _Style:
    """How files are written.

    Attributes:
        project: files in it are in house style.
        prefixes: its prefixes.
        canonical: whether all other files are in house style, too.
    """

    project: Project
    prefixes: Prefixes
    canonical: bool

    def written(self, file: Path) -> bytes | Diagnostic:
        """Return what a file is to hold, or the first thing wrong with its syntax."""
        place = file.resolve()
        house = self.canonical or place.is_relative_to(self.project.root)
        document = parse(file, base=None if house else place.as_uri())
        if document.diagnostics:
            return document.diagnostics[0]
        text = format_document(document, self.prefixes) if house else lay_out(document.text)
        return text.encode()


def _is_here(project: Project) -> bool:
    """Return whether the project is meant when nothing is named: it was named, or the current folder is in it."""
    named = click.get_current_context().find_root().params.get("folder") is not None
    return named or Path.cwd().resolve().is_relative_to(project.root)


def _set_paths(project: Project) -> tuple[Path, ...]:
    """Return the files and folders that the repository here sets for its checks.

    Raises:
        UsageError: it sets none, so that the shipped graph would be rewritten.
    """
    settings = None if _is_here(project) else find_settings(Path.cwd().resolve())
    if settings is None:
        raise click.UsageError("this folder is not part of a project; name the files or folders to rewrite")
    return (*settings.data, *settings.ontology, *settings.shapes)


def _own(project: Project) -> FolderListing:
    """Return the Turtle files of a project; of the refused ones, those that would be Turtle."""
    files = (*project.ontology_files(), *project.shape_files(), *project.data_files())
    turtle = (each for each in project.refused_files() if each.file is not None and each.file.suffix == ".ttl")
    return FolderListing(files, tuple(turtle))


def _files(paths: tuple[Path, ...]) -> FolderListing:
    """Return the Turtle files that the paths name, folders searched through.

    Raises:
        ConfigError: a path does not exist, is not a Turtle file, or is a folder without any.
    """
    files: list[Path] = []
    refused: list[UnusableFile] = []
    for path in paths:
        if path.is_dir():
            inside = list_files(path, ".ttl", deep=True)
            if not inside.files and not inside.refused:
                raise ConfigError("holds no .ttl file", setting=str(path))
            files += inside.files
            refused += inside.refused
        elif not os.path.lexists(path):
            raise ConfigError("no such file or folder", setting=str(path))
        elif (error := refusal(path)) is not None:
            refused.append(error)
        elif path.suffix != ".ttl":
            raise ConfigError("house style is for Turtle; give a .ttl file", setting=str(path))
        else:
            files.append(path)
    return FolderListing(tuple(files), tuple(refused))
