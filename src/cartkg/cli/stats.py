"""`cartkg stats`: how much is in the graph, how well sourced, how much in dispute."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from cartkg.cli.loading import stored_graph
from cartkg.cli.printing import say_document, say_text
from cartkg.namespaces import read_prefixes
from cartkg.project import Project  # noqa: TC001  # click.pass_obj hands one over
from cartkg.queries.figures import Figures, as_void, figures
from cartkg.queries.table import Cell, ShownTable, draw


@click.command("stats")
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json", "turtle"]),
    default="table",
    help="table (default), json, or turtle: the same numbers in VoID terms.",
)
@click.pass_obj
def command(project: Project, form: str) -> None:
    """Describe the graph: classes, claims by read level, completeness, conflicts and overlaps.

    Example: cartkg stats --format json
    """
    found = figures(stored_graph(project).asserted)
    if form == "json":
        say_document(json.dumps(asdict(found), indent=2) + "\n", form)
    elif form == "turtle":
        say_document(as_void(found, read_prefixes(project.ontology / "prefixes.ttl")), form)
    else:
        say_text("\n".join(draw(sheet) for sheet in _sheets(found)))


def _sheets(found: Figures) -> list[ShownTable]:
    def number(value: float, form: str = "d") -> Cell:
        return Cell(format(value, form), numeric=True)

    return [
        ShownTable(
            ("figure", "count", "of", "%"),
            (
                (Cell("triples"), number(found.triples), Cell(""), Cell("")),
                (Cell("triples inferred"), number(found.inferred), Cell(""), Cell("")),
                *(
                    (Cell(share.label), number(share.count), number(share.total), number(share.percent, ".1f"))
                    for share in found.shares
                ),
            ),
            title="The graph",
        ),
        ShownTable(
            ("read", "claims"),
            tuple((Cell(group.label), number(group.count)) for group in found.read_levels),
            title="Claims by how much of the publication was read",
        ),
        ShownTable(
            ("class", "things"),
            tuple((Cell(group.label), number(group.count)) for group in found.classes),
            title="Things by class",
        ),
    ]
