"""`cartkg mcp`: the graph as tools for language models."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from cartkg.cli.logs import Quiet
from cartkg.cli.printing import say
from cartkg.cli.serve import limits_of
from cartkg.pipeline.freshness import current
from cartkg.sparql.engines.data_source import DataSource
from cartkg.systems import require_linux

if TYPE_CHECKING:
    from cartkg.project import Project

_STDIO, _HTTP = "stdio", "http"


@click.command(name="mcp")
@click.option(
    "--transport",
    type=click.Choice([_STDIO, _HTTP]),
    default=_STDIO,
    show_default=True,
    help="stdio: for one client, which starts the command; http: streamable HTTP at /mcp.",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port",
    default=8001,
    show_default=True,
    type=click.IntRange(0, 65535),
    help="Port to listen on; 0 picks a free one.",
)
@click.option(
    "--allow-host",
    "names",
    multiple=True,
    metavar="NAME",
    help="Host name that clients may use; may be repeated. Default: those of this machine.",
)
@click.option("--timeout", default=10.0, show_default=True, help="Time limit of a query, in seconds.")
@click.option("--memory", default=512, show_default=True, help="Memory limit of a query, in MiB.")
@click.pass_obj
def command(project: Project, /, **options: Any) -> None:
    """Serve the graph to language models over the Model Context Protocol: search, count, ask, query. It is read-only.

    Example: cartkg mcp --transport http --port 8001
    """
    require_linux("cartkg mcp")
    from cartkg.assistant import serving  # noqa: PLC0415  # the SDK takes a second to load
    from cartkg.assistant.knowledge import Opening  # noqa: PLC0415  # as above

    shown = logging.StreamHandler()
    shown.setFormatter(Quiet("%(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[shown])
    limits = limits_of(options["timeout"], options["memory"])
    opening = Opening(project, partial(current, DataSource(project), partial(say, err=True)), limits)
    if options["transport"] == _STDIO:
        serving.serve_stdio(opening)
    else:
        address = serving.Address(options["host"], options["port"], options["names"])
        serving.serve_http(opening, address, say)
