"""Write changes as text for people, JSON for programs, or Turtle (PROV-O) for graphs."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict
from itertools import groupby
from typing import TYPE_CHECKING

import pyoxigraph as ox

from cartkg.escaping import one_line
from cartkg.namespaces import BASE, Prefixes
from cartkg.release.differences import KINDS, MAPPING, Change, ChangeKind
from cartkg.release.statements import PROV, plain, say, text, thing
from cartkg.turtle.style import format_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_MARKS = {ChangeKind.ADDED: "+", ChangeKind.CORRECTED: "~", ChangeKind.WITHDRAWN: "-"}
_PLURALS = {"study": "studies", "therapy": "therapies", "criterion": "criteria"}
#: Kinds that are always counted in the summary, also when nothing changed.
_ALWAYS = ("claim", "finding", MAPPING)


def as_text(changes: list[Change], prefixes: Prefixes) -> str:
    """Describe changes to a person: the numbers first, then each thing."""
    return "".join(f"{one_line(line)}\n" for line in (*_summary(changes), *_details(changes, prefixes)))


def _summary(changes: list[Change]) -> Iterator[str]:
    counts = Counter((change.of, change.kind) for change in changes)
    named = dict.fromkeys((*KINDS, *(change.of for change in changes), MAPPING))
    for name in named:
        numbers = [(kind, counts[name, kind]) for kind in ChangeKind]
        if name in _ALWAYS or any(number for _, number in numbers):
            yield f"{_plural(name)}: " + ", ".join(f"{number} {kind.value}" for kind, number in numbers)


def _details(changes: Iterable[Change], prefixes: Prefixes) -> Iterator[str]:
    for name, group in groupby(changes, key=lambda change: change.of):
        yield ""
        yield _plural(name)
        for change in group:
            iri = change.after or change.before
            title = change.label if name == MAPPING else f"{iri.removeprefix(BASE)}  {change.label}".rstrip()
            yield f"{_MARKS[change.kind]} {title}"
            if change.before and change.before != iri:
                yield f"    was {change.before.removeprefix(BASE)}"
            for fact in change.facts:
                path = " ".join(_name(f"<{part}>", prefixes) for part in fact.predicate.split(" "))
                yield f"    {path}: {_values(fact.before, prefixes)} -> {_values(fact.after, prefixes)}"


def _plural(name: str) -> str:
    return _PLURALS.get(name, f"{name}s")


def _values(terms: tuple[str, ...], prefixes: Prefixes) -> str:
    return ", ".join(_name(term, prefixes) for term in terms) or "nothing"


def _name(term: str, prefixes: Prefixes) -> str:
    """Write a term short: an IRI by prefix, a literal without its datatype."""
    if term.startswith("<"):
        return prefixes.compact(term[1:-1]) or term
    value, _, datatype = term.rpartition("^^")
    return value if datatype.startswith("<") else term


def as_json(changes: list[Change]) -> str:
    """Write changes as a JSON list."""
    rows = [{**asdict(change), "kind": change.kind.value} for change in changes]
    return json.dumps(rows, indent=2, ensure_ascii=False) + "\n"


def as_turtle(changes: list[Change], names: tuple[str, str], prefixes: Prefixes) -> str:
    """Write changes as one PROV-O activity: what it generated, what it invalidated, what was a revision of what.

    Args:
        changes: the changes.
        names: what the asker called the two snapshots, old and new.
        prefixes: the prefixes of the project.
    """
    activity = f"{BASE}change/1"
    title = f"changes of cartkg from {names[0]} to {names[1]}"
    triples = list(say(activity, f"{PROV}Activity", {"http://www.w3.org/2000/01/rdf-schema#label": text(title)}))
    for change in changes:
        triples += _provenance(change, activity)
    return format_text("".join(f"{triple} .\n" for triple in triples), prefixes)


def _provenance(change: Change, activity: str) -> Iterator[ox.Triple]:
    if change.of == MAPPING:
        yield ox.Triple(thing(activity), thing("http://www.w3.org/2004/02/skos/core#changeNote"), _note(change))
        return
    if change.kind is not ChangeKind.WITHDRAWN:
        yield ox.Triple(thing(change.after), thing(f"{PROV}wasGeneratedBy"), thing(activity))
    if change.kind is ChangeKind.WITHDRAWN or (change.before and change.before != change.after):
        yield ox.Triple(thing(change.before), thing(f"{PROV}wasInvalidatedBy"), thing(activity))
    if change.kind is ChangeKind.CORRECTED and change.before != change.after:
        yield ox.Triple(thing(change.after), thing(f"{PROV}wasRevisionOf"), thing(change.before))


def _note(change: Change) -> ox.Literal:
    return plain(f"{change.kind.value} mapping {change.label}")
