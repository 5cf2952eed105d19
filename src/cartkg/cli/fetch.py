"""`cartkg fetch`: a search of a service in, the answers as files out."""

from __future__ import annotations

import os
from pathlib import Path

import click

from cartkg.caches import Cache, user_folder
from cartkg.cli.printing import say
from cartkg.cli.problems import say_problems
from cartkg.errors import ConfigError
from cartkg.literature.fetching.catalogue import SERVICES
from cartkg.literature.fetching.collecting import Collector, Fetched
from cartkg.literature.fetching.line import HttpLine
from cartkg.literature.fetching.settings import Settings
from cartkg.pipeline.drafts import write_new


@click.command("fetch", epilog='Example: cartkg fetch pubmed "CAR-T AND lupus" --output hits')
@click.argument("service", type=click.Choice(list(SERVICES)))
@click.argument("query")
@click.option("--output", type=click.Path(path_type=Path), required=True, help="New folder for the answers.")
@click.option("--refresh", is_flag=True, help="Ask again for what was fetched in the last 12 hours.")
def command(service: str, query: str, output: Path, *, refresh: bool) -> None:
    """Ask a service once, and write its answers to files that `find`, `draft` and `registry` read.

    QUERY is in the language of the service. CARTKG_EMAIL must be set to your e-mail address: the services want to
    know who asks. CARTKG_PUBMED_KEY is a key of NCBI; CARTKG_PUBMED_ADDRESS and the like name another place for a
    service. At most 10,000 records are taken. Requests are as far apart as the service wants. Answers are kept for 12
    hours, so a search that was cut off goes on where it ended when it is run again; nothing is written until it is
    complete.

    Exit codes: 0 fetched, 2 usage error, 3 could not run.
    """
    if output.exists():
        raise ConfigError("exists already; name a new folder", str(output))
    found = collector(refresh=refresh).search(SERVICES[service], query)
    report(service, found)
    if found.failure is not None:
        raise found.failure
    for rank, page in enumerate(found.pages, 1):
        write_new(output / f"{service}-{rank:03}.{page.extension}", page.data.decode())
    say(f"wrote {len(found.pages)} files to {output}", err=True)


def collector(*, refresh: bool) -> Collector:
    """Return what asks services, as the environment of the user says.

    Raises:
        ConfigError: no e-mail address is set.
    """
    settings = Settings(os.environ)
    return Collector(HttpLine(settings.email), settings, Cache(user_folder() / "fetched"), refresh=refresh)


def report(name: str, found: Fetched) -> None:
    """Say how many records were announced and came, and what is wrong with the others."""
    announced = "an unknown number of" if found.announced is None else f"{found.announced}"
    asked = f"{found.asked} requests, {found.kept} answers kept"
    say(f"{name}: {announced} records announced, {found.came} came ({asked})", err=True)
    say_problems(found.diagnostics)
    if found.failure is not None:
        say(f"{name}: not complete; run again to go on, with --refresh from the start", err=True)
