"""`cartkg fix`: apply the fixes that are certain."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import click

from cartkg.cli.printing import say, say_text
from cartkg.nearest import question
from cartkg.pipeline.checking import check
from cartkg.pipeline.fixing import FixedFile, fixed_files, left_alone, misspelt_terms
from cartkg.pipeline.inputs.options import CheckOptions, CheckStage
from cartkg.pipeline.inputs.settings import find_settings
from cartkg.project import Project  # noqa: TC001  # click.pass_obj hands one over


@click.command("fix")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--shapes", multiple=True, type=click.Path(path_type=Path), help="Someone else's SHACL shapes.")
@click.option("--ontology", multiple=True, type=click.Path(path_type=Path), help="The ontology those shapes rely on.")
@click.option("--dry-run", is_flag=True, help="List what would change; write nothing.")
@click.option("--diff", is_flag=True, help="Show what would change as a unified diff; write nothing.")
@click.pass_obj
def command(project: Project, /, *, dry_run: bool, diff: bool, **given: tuple[Path, ...]) -> None:
    """Apply the safe fixes of `cartkg check`; leave everything else unchanged.

    It corrects misspellings with a single possible correction, DOIs written as URLs, and units written out instead of
    as UCUM codes. PATHS are files and folders; without them, the whole project. In another repository, shapes and
    data are those of --shapes and PATHS, or of [tool.cartkg.check] in its pyproject.toml.

    With --shapes, it corrects someone else's data: items of sh:in, instances of sh:class, classes and properties that
    differ from exactly one declared term by one letter, by case, or by hyphens and underscores. What could mean
    several things is listed and not changed.

    Example: cartkg fix --dry-run data/ttl

    Example: cartkg fix --shapes shapes.ttl --ontology ontology.ttl --diff data/
    """
    options = _options(project, given)
    report = check(project, options)
    terms = misspelt_terms(options, project, Path.cwd()) if options.shapes else []
    found = [*report.diagnostics, *terms]
    fixed, left = fixed_files(found), left_alone(found)
    asked = _Asked(writes=not (dry_run or diff), diff=diff)
    for each in fixed:
        asked.treat(each, report.place(each.file))
    for place in left:
        say(f"{report.place(place.file)}:{place.line}:{place.column}: left{question(list(place.choices))}", err=diff)
    count = sum(len(each.fixes) for each in fixed)
    unclear = f", {len(left)} left" if left else ""
    say(f"{count} {'fixed' if asked.writes else 'to fix'}{unclear}, {len(found)} diagnostics before", err=diff)


def _options(project: Project, given: dict[str, tuple[Path, ...]]) -> CheckOptions:
    """Return what to look at: what is named, what the repository here sets, or the project.

    Raises:
        UsageError: nothing is named, and the folder is in no project, so that the shipped graph would be rewritten.
    """
    paths, shapes, ontology = given["paths"], given["shapes"], given["ontology"]
    named = click.get_current_context().find_root().params.get("folder") is not None
    here = Path.cwd().resolve()
    if shapes or ontology or named or here.is_relative_to(project.root):
        kinds = frozenset({CheckStage.SHAPES} if shapes else {CheckStage.SHAPES, CheckStage.CHECKS})
        return CheckOptions(paths=paths, shapes=shapes, ontology=ontology, only=kinds)
    settings = find_settings(here)
    if settings is None:
        raise click.UsageError(
            "this folder is not part of a project; name shapes and data: cartkg fix --shapes SHAPES PATHS"
        )
    return CheckOptions(
        paths=paths,
        shapes=settings.shapes,
        ontology=settings.ontology,
        data=settings.data,
        settings=settings.file,
        only=frozenset({CheckStage.SHAPES}),
    )


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is to be done with fixes: written or not, and shown as a diff or one per line."""

    writes: bool
    diff: bool

    def treat(self, fixed: FixedFile, name: str) -> None:
        """Write one file if that is requested, and show its fixes; `name` is how it is named."""
        if self.writes:
            fixed.write()
        if self.diff:
            say_text(fixed.diff(name))
            return
        for fix in fixed.fixes:
            say(f"{name}:{fix.line}:{fix.column}: {fix.old} -> {fix.new}")
