"""`cartkg fmt`: rewrite Turtle files in house style."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from cartkg.errors import EXIT_FINDINGS, ConfigError, SourceError, exit_code
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
    files = _files(paths) if paths else [*project.ontology_files(), *project.shape_files(), *project.data_files()]
    changed = broken = 0
    for file in files:
        document = parse(file)
        for finding in document.findings:
            click.echo(f"{file}:{finding.line}:{finding.column}: {finding.message}", err=True)
            broken += 1
        if document.findings:
            continue
        text = format_document(document, prefixes).encode()
        if text == file.read_bytes():
            continue
        changed += 1
        click.echo(f"{'would rewrite' if check else 'rewrote'} {file}")
        if not check:
            replace_file(file, text)
    click.echo(f"{len(files)} files: {changed} {'to rewrite' if check else 'rewritten'}, {broken} broken", err=True)
    if broken:
        sys.exit(exit_code(SourceError("")))
    if check and changed:
        sys.exit(EXIT_FINDINGS)


def _files(paths: tuple[Path, ...]) -> list[Path]:
    """Give the Turtle files that the paths name, folders searched through.

    Raises:
        ConfigError: a path does not exist, is no Turtle file, or is a folder without any.
    """
    files: list[Path] = []
    for path in paths:
        found = sorted(path.rglob("*.ttl")) if path.is_dir() else [path]
        if not found:
            raise ConfigError("holds no .ttl file", setting=str(path))
        if not path.exists():
            raise ConfigError("no such file or folder", setting=str(path))
        if path.is_file() and path.suffix != ".ttl":
            raise ConfigError("house style is for Turtle; give a .ttl file", setting=str(path))
        files += found
    return files
