"""`cartkg fmt`: rewrite Turtle files in house style."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from cartkg.cli.printing import say
from cartkg.errors import EXIT_DIAGNOSTICS, ConfigError, SourceError, UnusableFile, exit_code
from cartkg.files import Listing, list_files, read_bytes, refusal
from cartkg.namespaces import read_prefixes
from cartkg.project import Project, replace_file
from cartkg.turtle import format_document, parse


@click.command("fmt")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--check", is_flag=True, help="Write nothing; name the files that differ, end with 1 if any do.")
@click.pass_obj
def command(project: Project, paths: tuple[Path, ...], *, check: bool) -> None:
    """Rewrite Turtle in house style: files, folders, or the whole project when no PATHS are given.

    The graph stays the same and no comment is lost. A file with broken syntax is named and left as it is;
    the others are still written.

    Example: cartkg fmt data/ttl/mueller-2024-nejm.ttl
    """
    prefixes = read_prefixes(project.ontology / "prefixes.ttl")
    found = _files(paths) if paths else _own(project)
    for refused in found.refused:
        say(str(refused), err=True)
    changed, broken = 0, len(found.refused)
    for file in found.files:
        document = parse(file)
        for diagnostic in document.diagnostics:
            say(f"{file}:{diagnostic.line}:{diagnostic.column}: {diagnostic.message}", err=True)
            broken += 1
        if document.diagnostics:
            continue
        text = format_document(document, prefixes).encode()
        if text == read_bytes(file):
            continue
        changed += 1
        say(f"{'would rewrite' if check else 'rewrote'} {file}")
        if not check:
            replace_file(file, text)
    say(f"{len(found.files)} files: {changed} {'to rewrite' if check else 'rewritten'}, {broken} broken", err=True)
    if broken:
        sys.exit(exit_code(SourceError("")))
    if check and changed:
        sys.exit(EXIT_DIAGNOSTICS)


def _own(project: Project) -> Listing:
    """Return the Turtle files of a project; of the refused ones, those that would be Turtle."""
    files = (*project.ontology_files(), *project.shape_files(), *project.data_files())
    turtle = (each for each in project.refused_files() if each.file is not None and each.file.suffix == ".ttl")
    return Listing(files, tuple(turtle))


def _files(paths: tuple[Path, ...]) -> Listing:
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
    return Listing(tuple(files), tuple(refused))
