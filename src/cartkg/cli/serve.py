"""`cartkg serve`: the endpoint and the pages, on one address."""

from __future__ import annotations

import logging
import os
import re
from dataclasses import replace
from functools import partial
from importlib import import_module
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click

from cartkg.cli.logs import log_to_stderr
from cartkg.cli.printing import say
from cartkg.errors import ConfigError
from cartkg.pipeline.freshness import current
from cartkg.release.history import is_date
from cartkg.sparql.engines.data_source import DataSource
from cartkg.sparql.pool.jobs import Limits
from cartkg.sparql.pool.workers import Pool
from cartkg.sparql.protocol.requests import absolute, is_plain_path
from cartkg.systems import require_linux

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cartkg.project import Project

_MIB = 1024**2
#: Variable of the environment with what backends get as the header field Authorization.
AUTHORIZATION = "CARTKG_BACKEND_AUTHORIZATION"
#: Of host and path only what needs no quoting in HTML, headers and RDF, and no double slash, which a browser may take
#: for the start of another server's name.
_BASE_URL = re.compile(r"https?://(?:[A-Za-z0-9._~-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?(?:/.*)?")
_NO_BASE_URL = (
    "warning: links in answers repeat the Host header of each request, which anybody can set; "
    "pass --base-url with the address that users see"
)


@click.command(name="serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port",
    default=8000,
    show_default=True,
    type=click.IntRange(0, 65535),
    help="Port to listen on; 0 picks a free one.",
)
@click.option(
    "--data",
    multiple=True,
    type=click.Path(path_type=Path),
    help="File or folder with RDF to serve instead of the project's build; may be repeated.",
)
@click.option(
    "--store",
    type=click.Path(path_type=Path),
    help="Folder of a store on disk to serve; with --backend, pages and stored questions come from it.",
)
@click.option(
    "--backend",
    "backends",
    multiple=True,
    metavar="URL",
    help=(
        "SPARQL endpoint that answers the queries instead of the built-in engine; repeat it for replicas of the same "
        "data. They get CARTKG_BACKEND_AUTHORIZATION of the environment as the header field Authorization."
    ),
)
@click.option("--timeout", default=10.0, show_default=True, help="Time limit of a query, in seconds.")
@click.option("--memory", default=512, show_default=True, help="Memory limit of a query, in MiB.")
@click.option(
    "--base-url",
    default="",
    help=(
        "Public address of the site, if it is behind a proxy; the proxy removes the path of this address from requests."
    ),
)
@click.option(
    "--forwarded-prefix",
    is_flag=True,
    help=(
        "Take the path prefix of the site from X-Forwarded-Prefix; use it only behind "
        "a proxy that sets it in every request."
    ),
)
@click.option(
    "--allow-service",
    "services",
    multiple=True,
    metavar="URL",
    help="Service that queries may call with SERVICE; may be repeated. Default: none.",
)
@click.option(
    "--issues",
    default="",
    metavar="URL",
    help="Where readers report errors and propose papers: the address of the issues, as https://HOST/PROJECT/issues.",
)
@click.option(
    "--earlier",
    multiple=True,
    metavar="DATE=URL",
    help=(
        "Address of the site that serves an earlier release, as 2026-11-22=https://HOST/; may be repeated. "
        "Addresses that name that release lead there."
    ),
)
@click.option("--access-log/--no-access-log", default=False, help="Log one line for each request, without query text.")
@click.pass_obj
def command(project: Project, /, **options: Any) -> None:
    """Serve the graph: SPARQL at /sparql, pages for people at /.

    Example: cartkg serve --port 8000
    """
    require_linux("cartkg serve")
    log_to_stderr()
    logging.getLogger("cartkg.access").setLevel(logging.INFO if options["access_log"] else logging.WARNING)
    origin = DataSource(project, options["data"], options["store"])
    limits = limits_of(options["timeout"], options["memory"])
    place = {name: options[name] for name in ("host", "port", "services", "forwarded_prefix")}
    if options["base_url"] and options["forwarded_prefix"]:
        raise ConfigError("use only one of the two to set the address of the site", "--base-url and --forwarded-prefix")
    place["issues"] = issues_of(options["issues"])
    place["earlier"] = earlier_of(options["earlier"])
    place["base_url"] = base_url_of(options["base_url"])
    report = partial(announce, options["host"], place["base_url"])
    backends = options["backends"], os.environ.get(AUTHORIZATION, "")
    if options["backends"] and origin.data:
        raise ConfigError("pages come from the backend, or with --store from a store on disk", "--data and --backend")
    if options["backends"] and origin.store is None:
        start = import_module("cartkg.web.start")
        wish, backend = start.ServeOptions(origin, limits, **place), start.backend_of(*backends, limits)
        if not start.has_build_of(backend, origin):
            start.serve_backend(backend, wish, report)
            return
    source = current(origin, partial(say, err=True))
    pool = Pool(source, limits)
    try:
        start = import_module("cartkg.web.start")  # the web framework loads while the pool's keeper loads the graph
        backend = start.backend_of(*backends, limits)
        start.serve_pool(pool, start.ServeOptions(origin, limits, **place), source, report, backend)
    finally:
        pool.close()


def issues_of(text: str) -> str:
    """Return the address at which issues are filed, without a slash at its end; empty when none is given.

    Raises:
        ConfigError: it is not a plain HTTP address.
    """
    if text and not (_BASE_URL.fullmatch(text) and is_plain_path(urlsplit(text).path)):
        raise ConfigError("is the address of the issues of a project, such as https://HOST/PROJECT/issues", "--issues")
    return text.rstrip("/")


def earlier_of(texts: Iterable[str]) -> dict[str, str]:
    """Return the address of the site that serves each earlier release, ending with a slash, by the release's date.

    Raises:
        ConfigError: a text is not a date with a plain HTTP address, or two name the same release.
    """
    found: dict[str, str] = {}
    for text in texts:
        release, _, address = text.partition("=")
        if not is_date(release) or not address or release in found:
            example = "a release and where it is served, once each, such as 2026-11-22=https://HOST/"
            raise ConfigError(f"name {example}", f"--earlier {text!r}")
        found[release] = base_url_of(address, "--earlier")
    return found


def base_url_of(text: str, option: str = "--base-url") -> str:
    """Return the address of a site, ending with a slash; empty when none is given.

    Args:
        text: what the option says.
        option: named in what is raised.

    Raises:
        ConfigError: it is not an HTTP address, contains more than scheme, host, port and path, or its host or path is
            not written in plain characters.
    """
    if not text:
        return ""
    if not absolute(text) or not text.startswith(("http://", "https://")) or not urlsplit(text).hostname:
        raise ConfigError("not an HTTP address", f"{option} {text!r}")
    parts = urlsplit(text)
    if parts.query or parts.fragment or "@" in parts.netloc:
        raise ConfigError("must contain only scheme, host, port and path", f"{option} {text!r}")
    plain, path = _BASE_URL.fullmatch(text), parts.path.removesuffix("/")
    if plain is None or (path and not is_plain_path(path)):
        raise ConfigError(
            "its host and path may contain only letters, digits and -._~ between single slashes", f"{option} {text!r}"
        )
    return text if text.endswith("/") else f"{text}/"


def announce(host: str, base_url: str, text: str) -> None:
    """Print that the server is up; on stderr, what a server that others can reach lacks."""
    say(text)
    if not base_url and not is_loopback(host):
        say(_NO_BASE_URL, err=True)


def is_loopback(host: str) -> bool:
    """Return whether only this machine can reach an address to listen on."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def limits_of(seconds: float, mebibytes: int) -> Limits:
    """Return the limits of one query.

    Raises:
        ConfigError: a number is not above zero.
    """
    if seconds <= 0 or mebibytes <= 0:
        raise ConfigError("needs a number above 0", "--timeout or --memory")
    return replace(Limits(), seconds=seconds, memory=mebibytes * _MIB)
