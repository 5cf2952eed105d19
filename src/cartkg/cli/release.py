"""`cartkg release`: write what is published."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from cartkg.cli.printing import say
from cartkg.errors import EXIT_DIAGNOSTICS, ConfigError
from cartkg.graph import KnowledgeGraph
from cartkg.namespaces import read_prefixes
from cartkg.pipeline.building import build
from cartkg.pipeline.freshness import is_fresh
from cartkg.project import DUMP, Project
from cartkg.release import publish


@click.command("release")
@click.option(
    "--out", type=click.Path(path_type=Path), help="Folder to write to. Default: .cartkg/release of the project."
)
@click.option("--from-build", is_flag=True, help="Use the last build, if it was made here from these sources.")
@click.pass_obj
def command(project: Project, out: Path | None, *, from_build: bool) -> None:
    """Write dumps, ontology, mappings, VoID, DCAT, a manifest and checksums into one folder.

    It builds from the sources first, so that a release contains nothing that is not in them.

    Example: cartkg release --out public/release
    """
    if from_build and not is_fresh(project):
        reason = "is missing, or was not made here from these sources; omit --from-build"
        raise ConfigError(reason, setting=str(project.build))
    if not from_build:
        built = build(project, project.build)
        if built.diagnostics:
            say(f"diagnostics: {len(built.diagnostics)}; nothing was written. See them with: cartkg check", err=True)
            sys.exit(EXIT_DIAGNOSTICS)
    prefixes = read_prefixes(project.ontology / "prefixes.ttl")
    graph = KnowledgeGraph.from_dump(project.build / DUMP, prefixes, own=True)
    published = publish(graph, project, out or project.release)
    if published.folder.resolve() == project.release:
        project.cache.remember(project.release_files())
    size = sum(file.size for file in published.files)
    say(f"{len(published.files)} files, {size:,} bytes, data of {published.version}: {published.folder}")
