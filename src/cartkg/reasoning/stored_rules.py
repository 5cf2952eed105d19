"""Stored rules (`ontology/rules/*.rq`), for conclusions by arithmetic that OWL cannot express.

A rule is a SPARQL CONSTRUCT query with a header. `#+ title:` says what it concludes; `#+ rests-on:` lists the triple
patterns of its WHERE part that a reader should see when a conclusion is explained; `#+ shown-where:` binds what only an
explanation needs, as the steps of a way that the rule takes in one go.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyoxigraph as ox

from cartkg.errors import ShapesError
from cartkg.evaluation.guarding import Failure, Fault
from cartkg.files import list_files, read_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from cartkg.evaluation.evaluator import Answer, Evaluator, Statements
    from cartkg.namespaces import Prefixes

#: Most bytes of a rule.
_MOST = 1024**2
_HEADER = re.compile(r"^#\+\s*(?P<key>[a-z-]+):\s*(?P<value>.*)$", re.MULTILINE)
_CONSTRUCT = re.compile(r"\bCONSTRUCT\s*\{(?P<head>[^}]*)\}\s*WHERE\s*\{", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class StoredRule:
    """One stored rule.

    Attributes:
        name: stem of its file.
        title: what it concludes, in one sentence.
        rests_on: triple patterns that an explanation shows.
        shown_where: patterns that bind variables of `rests_on` alone; may be empty.
        text: the query.
        path: its file.
    """

    name: str
    title: str
    rests_on: str
    shown_where: str
    text: str
    path: Path

    def premises(self, conclusion: ox.Triple, evaluator: Evaluator, prefixes: Prefixes) -> Statements:
        """Return the facts that one conclusion rests on; empty when the rule does not conclude it.

        Raises:
            ShapesError: the rule's header or query does not have the required form.
        """
        found = _CONSTRUCT.search(self.text)
        if found is None or not self.rests_on:
            raise ShapesError("write `CONSTRUCT { ... } WHERE { ... }` and a `#+ rests-on:` line", self.path)
        for pattern in _patterns(found["head"]):
            bound = _bound(pattern, conclusion, prefixes)
            if bound is not None:
                where = self.text[found.end() : self.text.rindex("}")]
                text = f"CONSTRUCT {{ {self.rests_on} }} WHERE {{ {{{where} FILTER({bound}) }} {self.shown_where} }}"
                (answer,) = evaluator.ask([text])
                triples = _triples(self, answer)
                if triples:
                    return triples
        return ()


def conclude(rules: Sequence[StoredRule], evaluator: Evaluator) -> Iterator[ox.Triple]:
    """Yield what rules conclude from the default graph of a store, rule by rule, in an order that does not change.

    Raises:
        ShapesError: a rule is not a CONSTRUCT query, or cannot be evaluated within its limits; with file and line.
    """
    for rule, answer in zip(rules, evaluator.ask([rule.text for rule in rules]), strict=True):
        yield from sorted(_triples(rule, answer), key=str)  # groups come in any order


def _triples(rule: StoredRule, answer: Answer | Failure) -> Statements:
    if isinstance(answer, Failure):
        stopped = answer.fault in {Fault.STOPPED, Fault.ENGINE, Fault.SYSTEM}
        raise ShapesError(answer.tell(f"the rule {rule.name}"), rule.path, answer.line, stopped)
    if not isinstance(answer, tuple):
        raise ShapesError("a rule is a CONSTRUCT query", rule.path, 1)
    return answer


def _patterns(head: str) -> list[list[str]]:
    """Return the triple patterns of a CONSTRUCT head, each as its three parts; `;` and `,` are not used in rules."""
    return [parts for part in head.split(" .") if len(parts := part.split()) == len(("s", "p", "o"))]


def _bound(pattern: list[str], conclusion: ox.Triple, prefixes: Prefixes) -> str | None:
    """Return the condition that makes a pattern this conclusion, or None when it cannot be."""
    conditions = []
    terms = (conclusion.subject, conclusion.predicate, conclusion.object)
    for part, term in zip(pattern, terms, strict=True):
        if part.startswith("?"):
            conditions.append(f"{part} = {term}")
        elif isinstance(term, ox.NamedNode):
            if part != "a" and prefixes.expand(part) != term.value:
                return None
        elif not isinstance(term, ox.Literal) or term.value != part:
            return None
    return " && ".join(conditions) or "true"


def _text(path: Path) -> str:
    try:
        return read_text(path, _MOST)
    except UnicodeDecodeError as error:
        raise ShapesError(f"is not UTF-8 at byte {error.start}", path, 1) from error


def read_rules(folder: Path) -> list[StoredRule]:
    """Read the rules of a folder, sorted by name; a folder that is not there holds none.

    Raises:
        ShapesError: a rule has no title.
    """
    rules = []
    for path in list_files(folder, ".rq").files:
        text = _text(path)
        header = {found["key"]: found["value"].strip() for found in _HEADER.finditer(text)}
        if not header.get("title"):
            raise ShapesError("a rule starts with `#+ title:`, which says what it concludes", path, 1)
        rests_on, shown_where = header.get("rests-on", ""), header.get("shown-where", "")
        rules.append(StoredRule(path.stem, header["title"], rests_on, shown_where, text, path))
    return rules
