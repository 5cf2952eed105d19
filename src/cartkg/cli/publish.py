"""`cartkg publish`: load a release into a store of others."""

from __future__ import annotations

import os
from pathlib import Path

import click

from cartkg import manifest
from cartkg.builds import dump_read
from cartkg.cli.printing import say
from cartkg.errors import ConfigError
from cartkg.graph import KnowledgeGraph, disk_store
from cartkg.project import MANIFEST, Project
from cartkg.release.remote_store import RemoteStore, publish_to
from cartkg.systems import require_linux

#: Variable of the environment with what is sent as the header field Authorization.
AUTHORIZATION = "CARTKG_PUBLISH_AUTHORIZATION"


@click.command("publish")
@click.option("--to", "update", required=True, metavar="URL", help="Address for SPARQL Update of the store to load.")
@click.option("--query", metavar="URL", help="Its address for queries. Default: that of --to.")
@click.option(
    "--graph-store", metavar="URL", default="", help="Its address for the Graph Store Protocol, which loads faster."
)
@click.option(
    "--store",
    type=click.Path(path_type=Path),
    help="Publish this store on disk (`cartkg build --store`). Default: the build of the project.",
)
@click.pass_obj
def command(project: Project, update: str, query: str | None, graph_store: str, store: Path | None) -> None:
    """Load a release into a remote store: beside the release there, compared, then switched.

    A run that was cut off goes on where it ended. The header field Authorization is taken from the variable
    CARTKG_PUBLISH_AUTHORIZATION of the environment.

    Example: cartkg publish --to http://127.0.0.1:7878/update --query http://127.0.0.1:7878/query
    """
    given = os.environ.get(AUTHORIZATION)
    target = RemoteStore(update, query or update, graph_store, {"Authorization": given} if given else {})
    graph, edition = _of_disk(store) if store else _of_build(project)
    done = publish_to(graph.store, edition, target, lambda line: say(line, err=True))
    rate = f", {done.sent / done.seconds:,.0f} triples per second" if done.sent else ""
    say(f"{done.triples} triples in {done.graphs} graphs, {done.sent} sent{rate}; {done.removed} old graphs removed")


def _of_disk(folder: Path) -> tuple[KnowledgeGraph, str]:
    require_linux("cartkg publish --store")
    found = disk_store.served(folder)
    return KnowledgeGraph(store=disk_store.open_store(found).store), found.edition


def _of_build(project: Project) -> tuple[KnowledgeGraph, str]:
    dump = dump_read(project)
    if dump is None:
        raise ConfigError("there is no build to publish; run cartkg build", str(project.build))
    return KnowledgeGraph.from_dump(dump, own=True), manifest.read(dump.parent / MANIFEST).sha256
