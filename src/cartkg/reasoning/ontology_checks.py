"""Check the ontology itself: contradictions, unsatisfiable classes, and what is not OWL 2 DL.

Each diagnostic names the axioms at fault, each with file and line; the diagnostic itself is at the first of them.
"""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cartkg.caches import content_key
from cartkg.diagnostics import Diagnostic, Severity
from cartkg.errors import OntologyError
from cartkg.interruption import temporary_folder
from cartkg.namespaces import BASE, GRAPH_ONTOLOGY, OWL, RDF, RDFS, SH, TERM
from cartkg.processes import environment, own_module
from cartkg.reasoning.classification import logical
from cartkg.reasoning.inference import classified

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pyoxigraph as ox

    from cartkg.caches import Cache
    from cartkg.graph import Location, Reading
    from cartkg.project import Project
    from cartkg.reasoning.axioms import Statement

INCONSISTENT = "ontology-inconsistent"
UNSATISFIABLE = "ontology-unsatisfiable"
PROFILE = "ontology-profile"
_SECONDS = 300
_LONGEST = 240
_PREFIX = f"{BASE}prefix/"
_IMPORTS = f"{OWL}imports"
_PREDICATES = {
    "SubClassOf": f"{RDFS}subClassOf",
    "EquivalentClasses": f"{OWL}equivalentClass",
    "DisjointClasses": f"{OWL}disjointWith",
    "ClassAssertion": f"{RDF}type",
    "ObjectPropertyDomain": f"{RDFS}domain",
    "DataPropertyDomain": f"{RDFS}domain",
    "ObjectPropertyRange": f"{RDFS}range",
    "DataPropertyRange": f"{RDFS}range",
    "SubObjectPropertyOf": f"{RDFS}subPropertyOf",
    "SubPropertyChainOf": f"{OWL}propertyChainAxiom",
    "InverseObjectProperties": f"{OWL}inverseOf",
}
_ASSERTIONS = frozenset(("ObjectPropertyAssertion", "DataPropertyAssertion"))
_ASSERTED = re.compile(r"\w+\(<([^>]+)> \S+ (?:<([^>]+)>)?")


@dataclass(frozen=True, slots=True)
class NamedAxiom:
    """An axiom as a reader finds it.

    Attributes:
        kind: sort of axiom, or of violation.
        text: how it reads.
        entities: the IRIs in it, its subject first.
    """

    kind: str
    text: str
    entities: tuple[str, ...]


def ontology_diagnostics(reading: Reading, project: Project) -> list[Diagnostic]:
    """Return diagnostics on the ontology; empty if it is consistent OWL 2 DL without unsatisfiable classes.

    Raises:
        ConfigError: a Java runtime is missing.
        OntologyError: the OWL API cannot read the axioms at all.
    """
    triples = [quad for quad in reading.graph.quads(GRAPH_ONTOLOGY) if not _is_aside(quad)]
    violations = profile_violations(triples, project.cache)
    if violations:  # HermiT refuses what is not OWL 2 DL
        found = {
            _diagnostic(reading, PROFILE, f"the ontology leaves OWL 2 DL, {_words(each.kind)}", [each], triples)
            for each in violations
        }
        return sorted(found, key=lambda diagnostic: diagnostic.sort_key)
    return _contradictions(reading, project, triples)


def profile_violations(triples: Sequence[Statement], cache: Cache) -> list[NamedAxiom]:
    """Return what keeps an ontology out of OWL 2 DL, by the profile checker of the OWL API; empty when it is in.

    Raises:
        ConfigError: a Java runtime is missing.
        OntologyError: the OWL API cannot read the axioms.
    """
    return _asked("profile", triples, cache)


def _is_aside(quad: ox.Quad) -> bool:
    """Return whether a triple is none of the ontology's: an import (all are read already) or a declared prefix."""
    return quad.predicate.value == _IMPORTS or _PREFIX in str(quad.subject) or quad.predicate.value.startswith(SH)


def _contradictions(reading: Reading, project: Project, triples: Sequence[Statement]) -> list[Diagnostic]:
    found = classified(triples, project.cache)
    if not found.consistent:
        axioms = justification(triples, project.cache)
        return [_diagnostic(reading, INCONSISTENT, "the ontology contradicts itself; change one of", axioms, triples)]
    return [
        _diagnostic(
            reading,
            UNSATISFIABLE,
            f"{_short(name)} is unsatisfiable; change one of",
            sorted(justification(triples, project.cache, name), key=lambda axiom: axiom.entities[:1] != (name,)),
            triples,
        )
        for name in found.unsatisfiable
    ]


def justification(triples: Sequence[Statement], cache: Cache, *classes: str) -> list[NamedAxiom]:
    """Return a smallest set of axioms that makes a class unsatisfiable, or puts it below a second one.

    Without a class: that makes the ontology inconsistent. An empty list means that this is not the case.

    Raises:
        ConfigError: a Java runtime is missing.
        OntologyError: the OWL API cannot read the axioms.
    """
    return _asked("justify", logical(triples), cache, *classes)


def fact_justification(triples: Sequence[Statement], cache: Cache, thing: str) -> list[NamedAxiom]:
    """Return a smallest set of axioms and facts that cannot be true together, searched from one thing outwards.

    Empty if HermiT finds that they can.

    Raises:
        ConfigError: a Java runtime is missing.
        OntologyError: the OWL API cannot read the axioms.
    """
    return _asked("contradiction", triples, cache, thing)


def _asked(question: str, triples: Sequence[Statement], cache: Cache, *more: str) -> list[NamedAxiom]:
    """Ask the worker, or take its answer to the same question about the same axioms from the cache."""
    lines = sorted(f"{triple.subject} {triple.predicate} {triple.object} .\n" for triple in triples)
    text = "".join(lines).encode()
    name = f"{question}-{content_key(text, *(part.encode() for part in more))}.json"
    kept = cache.read(name)
    if kept is None:
        from cartkg.reasoning.hermit import java  # noqa: PLC0415  # as in `inference.classified`

        java()
        with temporary_folder() as folder:
            path = folder / "ontology.nt"
            path.write_bytes(text)
            kept = _worker(folder, [question, str(path), *more])
        cache.write(name, kept)
    return [NamedAxiom(each["kind"], each["text"], tuple(each["entities"])) for each in json.loads(kept)]


def _worker(folder: Path, arguments: list[str]) -> bytes:
    """Ask the worker; it runs in a folder of its own, since Java may look for its options in the current one."""
    command = own_module("cartkg.reasoning.owlapi", *arguments)
    try:
        done = subprocess.run(  # noqa: S603  # our own module
            command, capture_output=True, check=False, timeout=_SECONDS, env=environment(), cwd=folder
        )
    except subprocess.TimeoutExpired as error:
        raise OntologyError(
            f"the OWL API did not finish within {_SECONDS} s; undo the last change to the ontology and run again"
        ) from error
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise OntologyError(f"the OWL API cannot read the ontology: {said[-1] if said else 'no reason given'}")
    return done.stdout


def _diagnostic(
    reading: Reading, rule: str, message: str, axioms: list[NamedAxiom], triples: Sequence[Statement]
) -> Diagnostic:
    """Return a diagnostic at the first axiom that has a place."""
    subject = next((axiom.entities[0] for axiom in axioms if axiom.entities), "")
    text = f"{message}: {listed(reading, axioms, triples)}"
    places = (_place(reading, axiom, triples) for axiom in axioms)
    first = next((place for place in places if place is not None), None)
    if first is None:
        return Diagnostic(None, 0, 0, rule, text, Severity.ERROR, subject)
    return Diagnostic(first.file, first.line, first.column, rule, text, Severity.ERROR, subject)


def listed(reading: Reading, axioms: Sequence[NamedAxiom], triples: Sequence[Statement]) -> str:
    """Write axioms as a reader finds them, each with its file and line.

    Args:
        reading: the files they are in.
        axioms: what to write; of a long list of disjoint classes only those are written that the others speak of.
        triples: the ontology as it was read, to find such lists.
    """
    written = []
    for axiom in axioms:
        elsewhere = {entity for other in axioms if other is not axiom for entity in other.entities}
        place = _place(reading, axiom, triples)
        written.append(_short(_text(axiom, elsewhere)) + (f" ({place.file.name}:{place.line})" if place else ""))
    return "; ".join(written)


def _text(axiom: NamedAxiom, elsewhere: set[str]) -> str:
    meant = [entity for entity in axiom.entities if entity in elsewhere]
    more = len(axiom.entities) - len(meant)
    if axiom.kind != "DisjointClasses" or len(meant) < len(("one", "other")) or not more:
        return axiom.text
    return f"DisjointClasses({' '.join(f'<{entity}>' for entity in meant)} and {more} more)"


def _place(reading: Reading, axiom: NamedAxiom, triples: Sequence[Statement]) -> Location | None:
    """Find where an axiom stands; a list of disjoint classes has no subject but the blank node that holds it."""
    if axiom.kind == "DisjointClasses" and len(axiom.entities) > len(("one", "other")):
        owner = _list_owner(set(axiom.entities), triples)
        if owner is not None:
            return reading.locate(owner)
    if not axiom.entities:
        return None
    subject, *others = axiom.entities
    asserted = _ASSERTED.match(axiom.text) if axiom.kind in _ASSERTIONS else None
    if asserted is not None:
        return reading.locate(subject, asserted[1], asserted[2])
    return reading.locate(subject, _PREDICATES.get(axiom.kind), others[0] if len(others) == 1 else None)


def _list_owner(wanted: set[str], triples: Sequence[Statement]) -> str | None:
    """Return the blank node whose owl:members are exactly these, as `_:label`."""
    first: dict[str, str] = {}
    rest: dict[str, str] = {}
    for triple in triples:
        if triple.predicate.value == f"{RDF}first":
            first[str(triple.subject)] = str(triple.object).strip("<>")
        elif triple.predicate.value == f"{RDF}rest":
            rest[str(triple.subject)] = str(triple.object)
    for triple in triples:
        if triple.predicate.value == f"{OWL}members":
            cell, members = str(triple.object), set()
            while cell in first:
                members.add(first[cell])
                cell = rest[cell]
            if members == wanted:
                return str(triple.subject)
    return None


def _words(kind: str) -> str:
    """Write the name of a violation as words."""
    return "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in kind).strip()


def _short(text: str) -> str:
    """Write IRIs of our own terms short, and cut what is longer than a line or two."""
    short = text.replace(TERM, "cartkg:")
    return short if len(short) <= _LONGEST else f"{short[:_LONGEST]}..."
