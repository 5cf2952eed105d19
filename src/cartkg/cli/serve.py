"""`cartkg serve`: the endpoint and the pages, on one address."""

from __future__ import annotations

import logging
from pathlib import Path

import click

from cartkg.project import Project  # noqa: TC001  # click hands it over
from cartkg.web.start import Wish, start


@click.command(name="serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="Port; 0 takes a free one."
)
@click.option(
    "--data",
    multiple=True,
    type=click.Path(path_type=Path),
    help="File or folder with RDF to serve instead of the project's build; may be repeated.",
)
@click.option("--store", type=click.Path(path_type=Path), help="Folder of an Oxigraph store to serve.")
@click.option("--backend", metavar="URL", help="SPARQL endpoint that answers the queries in place of our own workers.")
@click.option("--timeout", default=10.0, show_default=True, help="Seconds that a query may take.")
@click.option("--memory", default=512, show_default=True, help="MiB that a query may take.")
@click.option("--base-url", default="", help="Address of the site as its users see it, when a proxy stands before it.")
@click.option("--allow-service", multiple=True, metavar="URL", help="Service that a query may call; may be repeated.")
@click.option("--access-log/--no-access-log", default=False, help="Write one line a request, without query text.")
@click.pass_obj
def command(project: Project, /, *, access_log: bool, **options: object) -> None:
    """Serve the graph: SPARQL at /sparql, pages for people at /.

    Example: cartkg serve --port 8000
    """
    logging.basicConfig(level=logging.INFO if access_log else logging.WARNING, format="%(message)s")
    start(project, Wish(**options), click.echo)  # type: ignore[arg-type]  # names and types are click's, checked there
