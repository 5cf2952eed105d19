"""`cartkg release`: write what is published."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from cartkg.errors import EXIT_FINDINGS
from cartkg.graph import KnowledgeGraph
from cartkg.namespaces import read_prefixes
from cartkg.pipeline.building import build
from cartkg.pipeline.freshness import DUMP, is_fresh
from cartkg.project import Project  # noqa: TC001  # click.pass_obj hands one over
from cartkg.release import publish


@click.command("release")
@click.option(
    "--out", type=click.Path(path_type=Path), help="Folder to write; .cartkg/release of the project if left out."
)
@click.pass_obj
def command(project: Project, out: Path | None) -> None:
    """Write dumps, ontology, mappings, VoID, DCAT, a manifest and checksums into one folder.

    Builds first when the last build is missing or older than the sources.

    Example: cartkg release --out public/release
    """
    if not is_fresh(project, project.build):
        built = build(project, project.build)
        if built.findings:
            click.echo(f"{len(built.findings)} findings; nothing was written. See them with: cartkg check", err=True)
            sys.exit(EXIT_FINDINGS)
    prefixes = read_prefixes(project.ontology / "prefixes.ttl")
    graph = KnowledgeGraph.from_dump(project.build / DUMP, prefixes)
    published = publish(graph, project, out or project.work / "release")
    size = sum(file.size for file in published.files)
    click.echo(f"{len(published.files)} files, {size:,} bytes, data of {published.version}: {published.folder}")
