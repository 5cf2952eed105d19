"""`cartkg build`: read, reason, check, and write what is served."""

from __future__ import annotations

import sys
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cartkg.cli.logs import log_to_stderr
from cartkg.cli.printing import say
from cartkg.errors import EXIT_DIAGNOSTICS
from cartkg.pipeline.building import BuildOptions, Stage, build
from cartkg.pipeline.storing import store_build, store_files
from cartkg.project import Project  # noqa: TC001  # click.pass_obj hands one over
from cartkg.systems import require_linux

if TYPE_CHECKING:
    from collections.abc import Callable

    import pyoxigraph as ox


@click.command("build")
@click.option(
    "--out", type=click.Path(path_type=Path), help="Folder to write to. Default: .cartkg/build of the project."
)
@click.option(
    "--store",
    type=click.Path(path_type=Path),
    help="Folder to write the graph to as a store on disk, for `cartkg serve --store`.",
)
@click.option(
    "--data",
    multiple=True,
    type=click.Path(path_type=Path),
    help="File or folder with RDF to write to --store as it is, in place of the project; may be repeated.",
)
@click.option("--packed", is_flag=True, help="Compress the dump with gzip, as in the installed package.")
@click.option("--no-check", is_flag=True, help="Skip the checks and write without them.")
@click.option("--force", is_flag=True, help="Build again even if nothing has changed since the last build.")
@click.pass_obj
def command(project: Project, /, **options: Any) -> None:
    """Read, reason, check, then write the store and its dumps; diagnostics stop the build.

    Where nothing has changed since the last build, only the checks run.

    Example: cartkg build --store evidence-store
    """
    out, store, data = options["out"], options["store"], options["data"]
    if data and (store is None or out is not None or options["packed"] or options["no_check"] or options["force"]):
        raise click.UsageError("--data needs --store, and nothing else: the files are written as they are")
    if options["packed"] and out is None:
        raise click.UsageError("--packed needs --out: this project reads its own build unpacked")
    if store is not None:
        require_linux("cartkg build --store")
        log_to_stderr()
    if not data:
        wanted = BuildOptions(checked=not options["no_check"], packed=options["packed"], forced=options["force"])
        _build(project, out or project.build, wanted)
    if store is not None:
        prepare = _preparation(project)
        made = store_files(data, store, prepare) if data else store_build(out or project.build, store, prepare)
        say(f"{made.quads} quads, data of {made.data_version}: {store}")


def _preparation(project: Project) -> Callable[[ox.Store], bytes] | None:
    """Return what prepares the answers for pages; None, and it is said, where there is no web framework."""
    try:
        prepare = import_module("cartkg.web.preparing").prepare
    except ImportError as error:
        say(f"cartkg: no answers are prepared for pages: {error.name} is not installed", err=True)
        return None
    return partial(prepare, project=project)


def _build(project: Project, out: Path, options: BuildOptions) -> None:
    """Build, and end the command when diagnostics stop it."""
    shown = sys.stderr.isatty()

    def progress(stage: Stage) -> None:
        if shown:
            say(f"  {stage.name:<10} {stage.seconds:6.2f} s  {stage.detail}", err=True)

    built = build(project, out, options, progress=progress)
    if built.diagnostics:
        for diagnostic in built.diagnostics[:50]:
            say(
                f"{diagnostic.file}:{diagnostic.line}:{diagnostic.column}: {diagnostic.rule}: {diagnostic.message}",
                err=True,
            )
        say(f"diagnostics: {len(built.diagnostics)}; nothing was written. `cartkg check` shows them all.", err=True)
        sys.exit(EXIT_DIAGNOSTICS)
    kept = "; nothing has changed since it was built" if built.is_kept else ""
    say(f"{built.quads} quads in {built.graphs} graphs, data of {built.data_version}: {built.folder}{kept}")
