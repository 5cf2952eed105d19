"""`cartkg check`: every problem, at its line."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypedDict, Unpack

import click

from cartkg import __version__
from cartkg.cli.printing import say_document
from cartkg.diagnostics import FORMATS, Diagnostic, Report, Severity, render
from cartkg.errors import EXIT_COULD_NOT_RUN, EXIT_DIAGNOSTICS, ConfigError, ShapesError, UnusableFile
from cartkg.evaluation.bounds import BOUNDS
from cartkg.files import border, read_text
from cartkg.pipeline.checking import check, gaps_of
from cartkg.pipeline.inputs.options import CheckOptions, CheckStage
from cartkg.pipeline.inputs.settings import RepositorySettings, find_settings
from cartkg.pipeline.stages.rules import UNFINISHED
from cartkg.project import Project, replace_file
from cartkg.validation import EngineName
from cartkg.validation.conformance import FAULTY


class _Chosen(TypedDict):
    """The arguments and options that say what to look at, as click passes them."""

    paths: tuple[Path, ...]
    changed: str | None
    staged: bool
    only: tuple[str, ...]
    skip: tuple[str, ...]
    shapes: tuple[Path, ...]
    ontology: tuple[Path, ...]
    outputs: tuple[str, ...]
    fail_on: str | None
    engine: str
    timeout: float
    trust_queries: bool
    strict_shapes: bool


@click.command("check")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--changed", metavar="BASE", help="Report only on what changed since a git revision, and on what depends on it."
)
@click.option(
    "--staged",
    is_flag=True,
    help="Report only on what is staged in git, and on what depends on it; on everything if nothing is staged.",
)
@click.option(
    "--only",
    multiple=True,
    type=click.Choice([kind.value for kind in CheckStage]),
    help="Run only this stage; may be repeated.",
)
@click.option(
    "--skip",
    multiple=True,
    type=click.Choice([kind.value for kind in CheckStage]),
    help="Skip this stage; may be repeated.",
)
@click.option("--shapes", multiple=True, type=click.Path(path_type=Path), help="Someone else's SHACL shapes.")
@click.option("--ontology", multiple=True, type=click.Path(path_type=Path), help="The ontology those shapes rely on.")
@click.option("--format", "form", type=click.Choice(FORMATS), default="text", show_default=True, help="Output format.")
@click.option(
    "--output",
    "outputs",
    metavar="FORMAT=FILE",
    multiple=True,
    help="Also write the report to a file, in a format; may be repeated.",
)
@click.option("--baseline", type=click.Path(path_type=Path), help="Hide diagnostics listed in an earlier JSON report.")
@click.option(
    "--fail-on",
    type=click.Choice([level.value for level in Severity]),
    help="Lowest severity that gives exit code 1. Default: error.",
)
@click.option(
    "--engine",
    type=click.Choice([name.value for name in EngineName]),
    default=EngineName.CARTKG.value,
    show_default=True,
    help="SHACL engine; mixed: pySHACL for shapes with SHACL Advanced Features, cartkg for the others.",
)
@click.option(
    "--timeout",
    metavar="SECONDS",
    type=click.FloatRange(min=0, min_open=True),
    default=BOUNDS.seconds,
    show_default=True,
    help="Time limit for each check or rule, and for each query or pattern of a shape.",
)
@click.option(
    "--trust-queries",
    is_flag=True,
    help="On systems other than Linux: run the project's queries without a memory limit.",
)
@click.option(
    "--strict-shapes",
    is_flag=True,
    help="Stop at the first error in someone else's shapes instead of reporting it and evaluating the rest.",
)
@click.pass_obj
def command(project: Project, /, form: str, baseline: Path | None, **chosen: Unpack[_Chosen]) -> None:
    """Find every problem: syntax, house style, shapes, rules across records, identifiers, queries, ontology.

    PATHS are files and folders to report on; without them, the whole project. In another repository, shapes and
    data are those of --shapes and PATHS, or of [tool.cartkg.check] in its pyproject.toml.
    Exit codes: 0 no diagnostics, 1 diagnostics, 2 usage error, 3 could not run or could not evaluate all shapes, 4
    internal error.

    Example: cartkg check --changed origin/main --format github

    Example: cartkg check --shapes shapes.ttl --ontology ontology.ttl data/
    """
    settings = _settings(project, chosen)
    if settings is None:
        _refuse_elsewhere(project, chosen)
    options = _options(settings, chosen, _known(baseline))
    for kind, reason in gaps_of(options).items():
        if kind in options.only:
            raise ConfigError(reason, setting=f"--only {kind.value}")
    copies = [_copy(each) for each in chosen["outputs"]]
    try:
        report = replace(check(project, options), checkout=border(Path.cwd()))
    except Exception as error:
        _write(_unfinished(error), copies, form)
        raise
    _write(report, copies, form)
    if any(found.rule == FAULTY and found.severity is Severity.ERROR for found in report.fresh()):
        sys.exit(EXIT_COULD_NOT_RUN)  # not all that the shapes ask for was checked
    if report.failed():
        sys.exit(EXIT_DIAGNOSTICS)


def _settings(project: Project, chosen: _Chosen) -> RepositorySettings | None:
    """Return what the repository here sets, unless the arguments name shapes, or a project was named or is around."""
    named = click.get_current_context().find_root().params.get("folder") is not None
    if named or chosen["shapes"] or chosen["ontology"]:
        return None
    here = Path.cwd().resolve()
    return None if here.is_relative_to(project.root) else find_settings(here)


def _refuse_elsewhere(project: Project, chosen: _Chosen) -> None:
    """Refuse to check the shipped graph, or other data by its shapes, where no one asked for it.

    Raises:
        UsageError: the folder is in no project, none was named, and no shapes are given.
    """
    named = click.get_current_context().find_root().params.get("folder") is not None
    if chosen["shapes"] or named or Path.cwd().resolve().is_relative_to(project.root):
        return
    if not chosen["paths"] or not all(path.resolve().is_relative_to(project.root) for path in chosen["paths"]):
        message = (
            "this folder is not part of a project; name shapes and data (cartkg check "
            "--shapes SHAPES PATHS), set them in "
            "[tool.cartkg.check] of pyproject.toml, or name a --project"
        )
        raise click.UsageError(message)


def _options(settings: RepositorySettings | None, chosen: _Chosen, known: frozenset[str]) -> CheckOptions:
    fail_on = settings.fail_on if settings and not chosen["fail_on"] else Severity(chosen["fail_on"] or "error")
    if chosen["staged"] and chosen["changed"]:
        raise click.UsageError("--staged and --changed cannot be used together")
    changed = chosen["changed"]
    if chosen["staged"]:
        from cartkg.pipeline.inputs.git_changes import staged_since  # noqa: PLC0415  # for this option alone

        changed = staged_since(Path.cwd(), os.environ)
    return CheckOptions(
        paths=chosen["paths"],
        shapes=settings.shapes if settings else chosen["shapes"],
        ontology=settings.ontology if settings else chosen["ontology"],
        data=settings.data if settings else (),
        settings=settings.file if settings else None,
        tracked=chosen["staged"],
        only=frozenset(CheckStage(name) for name in chosen["only"]),
        skip=frozenset(CheckStage(name) for name in chosen["skip"]),
        changed=changed,
        known=known,
        fail_on=fail_on or Severity.ERROR,
        engine=EngineName(chosen["engine"]),
        strict=chosen["strict_shapes"],
        bounds=replace(BOUNDS, seconds=chosen["timeout"], sandboxed=not chosen["trust_queries"]),
    )


def _unfinished(error: Exception) -> Report:
    """Return the report of a check that could not end, so that every output is written and none is empty."""
    errors = (error, *(error.others if isinstance(error, ShapesError) else ()))
    here = Path.cwd().resolve()
    rules = {UNFINISHED.id: UNFINISHED}
    return Report(tuple(map(_stopping, errors)), rules, (), here, __version__, checkout=border(here), complete=False)


def _stopping(error: Exception) -> Diagnostic:
    file, line = getattr(error, "file", None), getattr(error, "line", None)
    message = str(getattr(error, "message", error)) or type(error).__name__
    return Diagnostic(file, line or 0, 0, UNFINISHED.id, f"the check could not be run: {message}")


def _write(report: Report, copies: list[_Copy], form: str) -> None:
    for copy in copies:
        replace_file(copy.file, render(report, copy.form).encode())
    if report.complete or form != "text":  # as text it is said on standard error
        say_document(render(report, form), form)


@dataclass(frozen=True, slots=True)
class _Copy:
    """One more place to write the report to."""

    form: str
    file: Path


def _copy(written: str) -> _Copy:
    form, equals, name = written.partition("=")
    if form not in FORMATS or not equals or not name:
        raise click.BadParameter(
            f"{written!r} is not FORMAT=FILE; formats: {', '.join(FORMATS)}", param_hint="--output"
        )
    return _Copy(form, Path(name))


def _known(baseline: Path | None) -> frozenset[str]:
    """Read the fingerprints of a JSON report.

    Raises:
        ConfigError: the file cannot be read or is not such a report.
    """
    if baseline is None:
        return frozenset()
    import json  # noqa: PLC0415  # most runs have no baseline

    try:
        diagnostics = json.loads(read_text(baseline))["diagnostics"]
        return frozenset(str(diagnostic["fingerprint"]) for diagnostic in diagnostics)
    except UnusableFile as error:
        raise ConfigError(error.message, setting=str(baseline)) from error
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        message = "is not a JSON report of cartkg check; create one with --format json"
        raise ConfigError(message, setting=str(baseline)) from error
