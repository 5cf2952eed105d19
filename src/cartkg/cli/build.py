"""`cartkg build`: read, reason, check, and write what is served."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from cartkg.cli.printing import say
from cartkg.errors import EXIT_DIAGNOSTICS
from cartkg.pipeline.building import BuildOptions, Stage, build
from cartkg.project import Project  # noqa: TC001  # click.pass_obj hands one over
from cartkg.systems import require_command


@click.command("build")
@click.option(
    "--out", type=click.Path(path_type=Path), help="Folder to write to. Default: .cartkg/build of the project."
)
@click.option("--packed", is_flag=True, help="Compress the dump with gzip, as in the installed package.")
@click.option("--no-check", is_flag=True, help="Skip the checks and write without them.")
@click.option("--force", is_flag=True, help="Build again even if nothing has changed since the last build.")
@click.pass_obj
def command(project: Project, out: Path | None, *, packed: bool, no_check: bool, force: bool) -> None:
    """Read, reason, check, then write the store and its dumps; diagnostics stop the build.

    Where nothing has changed since the last build, only the checks run.

    Example: cartkg build --out public
    """
    require_command("build")
    if packed and out is None:
        raise click.UsageError("--packed needs --out: this project reads its own build unpacked")
    shown = sys.stderr.isatty()

    def progress(stage: Stage) -> None:
        if shown:
            say(f"  {stage.name:<10} {stage.seconds:6.2f} s  {stage.detail}", err=True)

    options = BuildOptions(checked=not no_check, packed=packed, forced=force)
    built = build(project, out or project.build, options, progress=progress)
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
