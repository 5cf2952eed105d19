"""`cartkg fix`: apply the fixes that are certain."""

from __future__ import annotations

from pathlib import Path

import click

from cartkg.cli.printing import say
from cartkg.pipeline.checking import check
from cartkg.pipeline.fixing import fixed_files
from cartkg.pipeline.options import CheckOptions, Kind
from cartkg.project import Project  # noqa: TC001  # click.pass_obj hands one over


@click.command("fix")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Say what would change; write nothing.")
@click.pass_obj
def command(project: Project, paths: tuple[Path, ...], *, dry_run: bool) -> None:
    """Apply the safe fixes of `cartkg check`; leave everything else unchanged.

    Misspellings with a single possible correction, DOIs written as URLs, UCUM codes written out.
    PATHS are files and folders, the whole project when there is none.

    Example: cartkg fix --dry-run data/ttl
    """
    kinds = frozenset({Kind.SHAPES, Kind.CHECKS})
    report = check(project, CheckOptions(paths=paths, only=kinds))
    fixed = fixed_files(report.diagnostics)
    for each in fixed:
        if not dry_run:
            each.write()
        for fix in each.fixes:
            say(f"{report.place(fix.file)}:{fix.line}:{fix.column}: {fix.old} -> {fix.new}")
    count = sum(len(each.fixes) for each in fixed)
    say(f"{count} {'to fix' if dry_run else 'fixed'}, {len(report.diagnostics)} diagnostics before")
