"""Describe shapes as rules: what each requires and why, for reports and for the pages under /rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cartkg.diagnostics import Rule
from cartkg.namespaces import BASE
from cartkg.validation.constraints.results import severity_of
from cartkg.validation.rdf.terms import Term, bare, is_iri, local_name, text
from cartkg.validation.shapes.shapes_graph import Shapes, sh

if TYPE_CHECKING:
    from collections.abc import Iterator


def shape_rules(shapes: Shapes) -> dict[str, Rule]:
    """Return a rule for each shape that has a name of its own and asks for anything, by id."""
    return {rule.id: rule for rule in _rules(shapes)}


def _rules(shapes: Shapes) -> Iterator[Rule]:
    for node in sorted(shapes.all_shapes()):
        if is_iri(node):
            name = local_name(node)
            messages = shapes.messages(node)
            yield Rule(
                id=name,
                kind="shapes",
                title=_first(shapes, node, "name") or name,
                why=_first(shapes, node, "description"),
                message=messages[0] if messages else "",
                severity=severity_of(shapes.severity(node)),
                link=rule_link(name) if bare(node).startswith(BASE) else bare(node),
            )


def _first(shapes: Shapes, node: Term, name: str) -> str:
    found = shapes.facts.object(node, sh(name))
    return text(found) if found else ""


def rule_link(rule: str) -> str:
    """Return the address of the page of one of our own rules."""
    return f"{BASE}rules/{rule}"
