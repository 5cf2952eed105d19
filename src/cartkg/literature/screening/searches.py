"""Saved searches: `data/searches.yaml`, read with a diagnostic for each mistake."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cartkg.diagnostics import Diagnostic
from cartkg.dossier.reading import read_bytes
from cartkg.nearest import suggest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cartkg.dossier.node import Node

#: The services that a search may name; those that are registers of trials.
SERVICES = ("pubmed", "europe-pmc", "crossref", "clinicaltrials-gov")
REGISTERS = frozenset({"clinicaltrials-gov"})
ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_FIELDS = ("id", "service", "query", "note")
_LONGEST = 4000


@dataclass(frozen=True, slots=True)
class Search:
    """A search that is asked again and again.

    Attributes:
        id: its name in the worklist.
        service: the service that is asked.
        query: in the service's own language.
    """

    id: str
    service: str
    query: str


@dataclass(frozen=True, slots=True)
class Searches:
    """The searches of a file, and what is wrong with the others."""

    searches: tuple[Search, ...]
    diagnostics: tuple[Diagnostic, ...] = ()


def read_searches(data: bytes, path: Path) -> Searches:
    """Read saved searches.

    Args:
        data: the bytes of the file.
        path: the file, named in diagnostics.
    """
    document = read_bytes(data, path)
    if document.diagnostics:
        return Searches((), document.diagnostics)
    listed = document.root.child("searches")
    if document.root.names() != ["searches"] or not isinstance(listed.value, list):
        message = "the file has one field, `searches`, with a list of searches"
        return Searches((), (Diagnostic(path, 1, 1, "search-field", message),))
    found: dict[str, Search] = {}
    problems = list[Diagnostic]()
    for node in listed.items():
        wrong = [*_wrong(node, path)]
        search = Search(node.text("id") or "", node.text("service") or "", " ".join((node.text("query") or "").split()))
        if search.id in found:
            wrong.append(_at(path, node.child("id"), "search-twice", f"a search above has the id {search.id} already"))
        if not wrong:
            found[search.id] = search
        problems += wrong
    return Searches(tuple(found.values()), tuple(problems))


def _wrong(node: Node, path: Path) -> Iterator[Diagnostic]:
    if not isinstance(node.value, dict):
        yield _at(path, node, "search-field", "a search is a group of fields: id, service, query, note")
        return
    for name in node.names():
        if name not in _FIELDS:
            near = suggest(name, _FIELDS)
            hint = f"; did you mean {near[0]}?" if near else ""
            yield _at(path, node.child(name), "search-field", f"no field is called {name}{hint}")
    if not ID.fullmatch(node.text("id") or ""):
        message = "a search needs an id of small letters, digits and hyphens"
        yield _at(path, node.child("id"), "search-id", message)
    if node.text("service") not in SERVICES:
        message = f"a search names its service: {', '.join(SERVICES)}"
        yield _at(path, node.child("service"), "search-service", message)
    if not 0 < len((node.text("query") or "").strip()) <= _LONGEST:
        yield _at(path, node.child("query"), "search-query", f"a search needs a query of up to {_LONGEST} characters")


def _at(path: Path, node: Node, rule: str, message: str) -> Diagnostic:
    return Diagnostic(path, node.place.line, node.place.column, rule, message)
