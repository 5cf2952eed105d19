"""Describe the shapes and checks of a project as rules with reasons, sources and examples."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyoxigraph import Literal, NamedNode, RdfFormat, Store

from cartkg.diagnostics import Severity
from cartkg.errors import ShapesError
from cartkg.files import is_file, read_text
from cartkg.namespaces import RDFS, SH
from cartkg.pipeline.stages.rules import OWN_RULES

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from cartkg.project import Project
    from cartkg.queries import Check

_SHAPE_QUERY = f"""PREFIX sh: <{SH}> PREFIX rdfs: <{RDFS}>
SELECT ?shape ?name ?why ?message ?severity ?target ?path ?see WHERE {{
  ?shape a ?kind . FILTER(ISIRI(?shape)) VALUES ?kind {{ sh:NodeShape sh:PropertyShape }}
  OPTIONAL {{ ?shape sh:name ?name }} OPTIONAL {{ ?shape sh:description ?why }}
  OPTIONAL {{ ?shape sh:message ?message }} OPTIONAL {{ ?shape sh:severity ?severity }}
  OPTIONAL {{ ?shape sh:path ?path . FILTER(ISIRI(?path)) }} OPTIONAL {{ ?shape rdfs:seeAlso ?see }}
  OPTIONAL {{ {{ ?shape sh:targetClass ?target }} UNION {{ ?node sh:property ?shape ; sh:targetClass ?target }} }}
}} ORDER BY ?shape"""


@dataclass(frozen=True, slots=True)
class RuleEntry:
    """One rule.

    Attributes:
        name: the rule id that every report gives.
        group: the file of shapes that contains it, `checks`, or `files` for rules that are built in.
        title: the rule in words.
        why: why the rule is there.
        message: what a diagnostic tells people to do; empty for checks, whose rows carry their own.
        severity: error, warning or info.
        target: IRI of the class whose members it looks at; empty for checks.
        path: IRI of the predicate it looks at; empty when there is no single one.
        see_also: a guideline that it rests on; empty when there is none.
        source: its own text in the file; empty for rules that are built in.
    """

    name: str
    group: str
    title: str
    why: str
    message: str
    severity: str
    target: str
    path: str
    see_also: str
    source: str


def read_rules(project: Project, checks: Iterable[Check]) -> dict[str, RuleEntry]:
    """Read the rules of a project, by their ids: shapes by file, then checks, then those that are built in.

    Raises:
        ShapesError: a shapes file is not Turtle.
    """
    found: dict[str, RuleEntry] = {}
    for path in project.shape_files():
        found.update((rule.name, rule) for rule in _shapes(path))
    for check in checks:
        found[check.name] = RuleEntry(
            name=check.name, group="checks", title=check.title, why=check.description, message="",
            severity=check.severity.value, target="", path="", see_also="", source=check.text,
        )  # fmt: skip
    for own in OWN_RULES:
        found[own.id] = RuleEntry(
            name=own.id, group="files", title=own.title, why=own.why, message=own.message,
            severity=own.severity.value, target="", path="", see_also="", source="",
        )  # fmt: skip
    return found


def _shapes(path: Path) -> list[RuleEntry]:
    text = read_text(path)
    store = Store()
    try:
        store.load(text.encode(), format=RdfFormat.TURTLE)
    except SyntaxError as error:
        raise ShapesError(f"not Turtle: {error.msg}", path, error.lineno) from error
    rules: dict[str, RuleEntry] = {}
    for row in store.query(_SHAPE_QUERY):  # type: ignore[union-attr]  # a SELECT gives solutions
        iri = _text(row["shape"])
        name = re.split(r"[#/]", iri)[-1]
        rules.setdefault(
            name,
            RuleEntry(
                name=name, group=path.stem, title=_text(row["name"]) or name, why=_text(row["why"]),
                message=_text(row["message"]),
                severity=Severity.of_shacl(_text(row["severity"]).removeprefix(SH)).value, target=_text(row["target"]),
                path=_text(row["path"]), see_also=_text(row["see"]), source=_block(text, name),
            ),
        )  # fmt: skip
    return list(rules.values())


def _text(term: object) -> str:
    return term.value if isinstance(term, NamedNode | Literal) else ""


def _block(text: str, name: str) -> str:
    """Return the block of a subject: house style gives each its own, apart by blank lines."""
    for block in re.split(r"\n\s*\n", text):
        subject = block.strip().split(maxsplit=1)[0] if block.strip() else ""
        if re.split(r"[#/:]", subject.strip("<>"))[-1] == name:
            return block.strip()
    return ""


def examples_of(project: Project, name: str) -> dict[str, str]:
    """Return Turtle that violates a rule and Turtle that satisfies it, by heading; empty outside a source checkout."""
    examples = {}
    for folder in ("shapes", "checks"):
        for stem, heading in (("fail", "Violates the rule"), ("pass", "Satisfies the rule")):
            path = project.root / "tests" / "cases" / folder / name / f"{stem}.ttl"
            if is_file(path):
                examples[heading] = read_text(path)
    return examples
