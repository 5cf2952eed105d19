"""`cartkg term`: the words of dossiers; `add` gives a list one more."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

import click

from cartkg.cli.printing import say, say_text
from cartkg.compile.lists.additions import KINDS, plan_addition
from cartkg.dossier.schema import source
from cartkg.errors import EXIT_DIAGNOSTICS
from cartkg.project import Project  # noqa: TC001  # click.pass_obj hands one over

if TYPE_CHECKING:
    from collections.abc import Callable

    from cartkg.dossier.entries import Value

_CLASSES = {
    "measure": "Measure",
    "event": "Event",
    "disease": "Disease",
    "drug": "Drug",
    "target": "Target",
    "unit": "Unit",
    "site": "Site",
    "organization": "Organization",
}
#: What an entry gets where nothing is said and only one word makes sense.
_DEFAULTS: dict[str, dict[str, str]] = {
    "event": {"kind": "adverse-event", "better": "lower"},
    "disease": {"kind": "autoimmune"},
    "drug": {"kind": "drug"},
    "target": {"kind": "antigen"},
    "unit": {"kind": "unit"},
}


@dataclass(frozen=True, slots=True)
class _Option:
    """An option of `term add`, and the field that it fills."""

    name: str
    field: str
    help: str
    many: bool = False


_OPTIONS = (
    _Option(
        "--kind", "kind", "Kind of measure or event: score, laboratory, infection ...; --help-kinds lists the words."
    ),
    _Option("--better", "better", "Direction of benefit for the patient: higher, lower or neither."),
    _Option("--synonym", "synonyms", "Another name with exactly the same meaning; may be repeated.", many=True),
    _Option("--broader", "broader", "Id of a broader term.", many=True),
    _Option("--disease", "diseases", "Disease that a measure was made for.", many=True),
    _Option("--base", "base", "Score on which a criterion sets a limit."),
    _Option("--graded-by", "graded_by", "Grading made for an event."),
    _Option("--ucum", "ucum", "UCUM code of a unit."),
    _Option("--days", "days_per_unit", "Days in one unit of time."),
    _Option("--country", "country", "Country of a site, as ISO 3166-1 alpha-2 code."),
    _Option("--match", "exact", "Verified identifier of the same thing, such as NCIT:C64548.", many=True),
    _Option("--close", "close", "Verified identifier of nearly the same thing.", many=True),
    _Option("--narrow", "narrow", "Verified identifier of a narrower thing.", many=True),
    _Option("--broad", "broad", "Verified identifier of a broader thing.", many=True),
    _Option("--note", "note", "Remark for other curators."),
)


def _options(command: Callable[..., None]) -> Callable[..., None]:
    for option in reversed(_OPTIONS):
        add = click.option(option.name, option.field, multiple=option.many, help=option.help)
        command = add(command)
    return command


def _list_kinds(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:  # noqa: FBT001  # click's signature
    """Print the closed words of `--kind` and end the command."""
    if not wanted:
        return
    schema = source("vocabulary.linkml.yaml")
    for kind, name in _CLASSES.items():
        enum = schema["classes"][name]["attributes"].get("kind", {}).get("range")
        for word, said in (schema["enums"][enum]["permissible_values"] if enum else {}).items():
            meaning = (said or {}).get("description", "")
            say(f"{kind}: {word}{f'   ({meaning})' if meaning else ''}")
    ctx.exit()


@click.group("term")
def command() -> None:
    """The words that dossiers use: measures, events, diseases, drugs, units and others.

    Example: cartkg term add measure essdai --label ESSDAI --kind score --better lower
    """


@command.command("add", epilog="Example: cartkg term add measure essdai --label ESSDAI --kind score --better lower")
@click.argument("kind_of_word", metavar="KIND", type=click.Choice(KINDS))
@click.argument("word", metavar="ID")
@click.option("--label", required=True, help="Name to display.")
@_options
@click.option("--dry-run", is_flag=True, help="Show the entry and what is wrong with it; write nothing.")
@click.option(
    "--help-kinds",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_list_kinds,
    help="List the values of --kind and exit.",
)
@click.pass_obj
def add(
    project: Project, /, kind_of_word: str, word: str, *, dry_run: bool, **given: str | tuple[str, ...] | None
) -> None:
    """Add a term with the id ID to the list of KIND.

    All problems are reported in one run; if there are any, nothing is written and the exit code is 1. First check
    that the term is not in the lists, data/vocabulary/*.yaml.
    """
    fields: dict[str, Value] = {"id": word, **_DEFAULTS.get(kind_of_word, {})}
    for name, value in given.items():
        if value:
            fields[name] = _value(name, value)
    addition = plan_addition(project, kind_of_word, fields)
    say_text(addition.entry)
    for problem in addition.problems:
        say(f"error: {problem}", err=True)
    if addition.problems:
        say("nothing written: fix the errors above and run again", err=True)
        raise SystemExit(EXIT_DIAGNOSTICS)
    if not dry_run:
        addition.write()
        for path in addition.files:
            say(f"wrote {path}")


def _value(name: str, value: str | tuple[str, ...]) -> Value:
    if isinstance(value, tuple):
        return list(value)
    if name == "days_per_unit":
        try:
            return Decimal(value)
        except InvalidOperation:
            return value
    return value
