"""`/rules` and `/rules/<id>`: what each shape and check asks, why, and examples that fail and pass."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from flask import Blueprint
from werkzeug.exceptions import NotFound

from cartkg.facts.records import AnswerTerm
from cartkg.namespaces import BASE
from cartkg.web.http.parameters import parameters, refuse_unknown
from cartkg.web.present.lists import LINKS, Listed, answer
from cartkg.web.present.responses import page
from cartkg.web.present.rule_entries import examples_of, read_rules
from cartkg.web.present.site import site

if TYPE_CHECKING:
    from flask import Response

    from cartkg.project import Project
    from cartkg.queries import Check
    from cartkg.web.present.rule_entries import RuleEntry

blueprint = Blueprint("rules", __name__)


@blueprint.get("/rules")
@blueprint.get("/rules/")
def rules() -> Response:
    """List the groups of rules, or with `?group=` the rules of one."""
    found = _rules()
    groups: dict[str, list[RuleEntry]] = {}
    for rule in found.values():
        groups.setdefault(rule.group, []).append(rule)
    chosen = parameters("group", LINKS).get("group", "")
    if chosen:
        refuse_unknown("group", chosen, list(groups))
    shown = groups[chosen] if chosen else list(found.values())
    members = tuple(AnswerTerm(f"{BASE}rules/{quote(each.name)}", "uri", "", each.title) for each in shown)
    path = f"rules?{urlencode({'group': chosen})}" if chosen else "rules"
    return answer("rules.html", Listed(path, "Rules", members, len(members)), groups=groups, chosen=chosen)


@blueprint.get("/rules/<name>")
def rule(name: str) -> Response:
    """Show one rule with its source and its examples."""
    found = _rules().get(name)
    if found is None:
        raise NotFound
    return page("rule.html", rule=found, examples=examples_of(site().project, name))


def _rules() -> dict[str, RuleEntry]:
    project = site().project
    return _read(
        project, tuple(site().checks.values()), tuple(path.stat().st_mtime_ns for path in project.shape_files())
    )


@lru_cache(maxsize=1)
def _read(project: Project, checks: tuple[Check, ...], written: tuple[int, ...]) -> dict[str, RuleEntry]:  # noqa: ARG001  # the times tell when a file of shapes has changed
    return read_rules(project, checks)
