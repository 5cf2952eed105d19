"""`/rules` and `/rules/<id>`: what each shape and check asks, why, and examples that fail and pass."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from flask import Blueprint
from werkzeug.exceptions import NotFound

from cartkg.facts.records import AnswerTerm
from cartkg.namespaces import BASE
from cartkg.web.present.lists import Listed, answer
from cartkg.web.present.responses import page
from cartkg.web.present.rule_entries import examples_of, read_rules
from cartkg.web.present.site import site

if TYPE_CHECKING:
    from flask import Response

    from cartkg.web.present.rule_entries import RuleEntry

blueprint = Blueprint("rules", __name__)


@blueprint.get("/rules")
@blueprint.get("/rules/")
def rules() -> Response:
    """List all rules by file."""
    found = read_rules(site().project, tuple(site().checks.values()))
    groups: dict[str, list[RuleEntry]] = {}
    for rule in found.values():
        groups.setdefault(rule.group, []).append(rule)
    members = tuple(AnswerTerm(f"{BASE}rules/{quote(each.name)}", "uri", "", each.title) for each in found.values())
    return answer("rules.html", Listed("rules", "Rules", members, len(members)), groups=groups)


@blueprint.get("/rules/<name>")
def rule(name: str) -> Response:
    """Show one rule with its source and its examples."""
    found = read_rules(site().project, tuple(site().checks.values())).get(name)
    if found is None:
        raise NotFound
    return page("rule.html", rule=found, examples=examples_of(site().project, name))
