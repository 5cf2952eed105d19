"""Report statements on shared patients that cannot all be true.

The answer is kept by the bytes of all files: counting loads NumPy, and takes a third of a check.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from cartkg.diagnostics import Diagnostic, Severity
from cartkg.pipeline.diagnostic_cache import files_key
from cartkg.pipeline.stages.rules import PATIENTS
from cartkg.validation.conformance import NOT_EVALUATED
from cartkg.validation.rdf.terms import iri
from cartkg.validation.reporting.locating import Triple

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator
    from pathlib import Path

    from cartkg.graph import KnowledgeGraph
    from cartkg.pipeline.inputs.sources import CorpusStore
    from cartkg.project import Project
    from cartkg.synthesis.reports.tables import Prepared
    from cartkg.validation.reporting.locating import Locator

_ROWS = """SELECT ?row ?subject {
  VALUES ?class { cartkg:Cohort cartkg:Overlap } ?subject a ?class ; cartkg:dossierRow ?row
}"""


def contradictions(
    project: Project, locator: Locator, answers: Callable[[], CorpusStore], named: Collection[str]
) -> Iterator[Diagnostic]:
    """Yield the statements on shared patients that cannot all be true, each at the first row that takes part.

    Data that cannot be counted, since a number, date or word in it is malformed, gives a warning that says so.

    Args:
        project: whose cache keeps the answer.
        locator: where subjects stand, and in which files.
        answers: gives the store of all files; asked only when the answer is not kept.
        named: IRIs of subjects that another rule has named; what they take part in is not named twice.
    """
    name = _name(locator.facts.files)
    kept = project.cache.read(name)
    outcome: Any = json.loads(kept) if kept is not None else _asked(answers())
    if kept is None:
        project.cache.write(name, json.dumps(outcome).encode())
    if outcome["malformed"]:
        message = f"shared patients were not checked: {outcome['malformed']}"
        yield Diagnostic(None, 0, 0, NOT_EVALUATED, message, Severity.WARNING)
    for words, subjects in outcome["found"]:
        if subjects and not set(subjects) & set(named):
            yield _placed(words, subjects[0], locator)


def keep(project: Project, files: Iterable[Path], graph: KnowledgeGraph, prepared: Iterable[Prepared]) -> None:
    """Cache the messages of the counts made from some files for the next check of the same files.

    Args:
        project: whose cache keeps it.
        files: ontology and data that the graph was read from.
        graph: what was counted in.
        prepared: all counts of a build.
    """
    project.cache.write(_name(files), json.dumps(_outcome(graph, prepared)).encode())


def _name(files: Iterable[Path]) -> str:
    return f"patients-{files_key(files)}.json"


def _asked(answers: CorpusStore) -> dict[str, object]:
    """Make all counts of a build, since some contradictions show only among the patients with one disease or outcome.

    Returns:
        What cannot all be true, in words and by the subjects that take part, or why that cannot be told.
    """
    from cartkg.graph import KnowledgeGraph  # noqa: PLC0415  # as for the next
    from cartkg.synthesis.reports.tables import prepare  # noqa: PLC0415  # half a second, and seldom needed

    graph = KnowledgeGraph(answers.prefixes, answers.store)
    try:
        return _outcome(graph, list(prepare(graph)))
    except ValueError as error:
        return {"malformed": str(error) or "a value is malformed", "found": []}


def _outcome(graph: KnowledgeGraph, prepared: Iterable[Prepared]) -> dict[str, object]:
    from cartkg.synthesis import read_relations  # noqa: PLC0415  # as above
    from cartkg.synthesis.reports.tables import clashes  # noqa: PLC0415  # as above

    found = [*read_relations(graph).contradictions, *clashes(graph, prepared)]
    subjects: dict[str, list[str]] = {}
    for row in graph.select(_ROWS) if found else ():
        subjects.setdefault(row["row"], []).append(row["subject"])
    parts = [[subject for row in each.rows for subject in sorted(subjects.get(row, ()))] for each in found]
    return {"malformed": "", "found": [[str(each), part] for each, part in zip(found, parts, strict=True)]}


def _placed(words: str, subject: str, locator: Locator) -> Diagnostic:
    spot = locator.locate(Triple(iri(subject)))
    place = (spot.position.line, spot.position.column) if spot else (0, 0)
    message = f"{words}; correct one of these rows, or mark the one that is right with `overrules: true`"
    return Diagnostic(spot.document.path if spot else None, *place, PATIENTS, message, subject=subject)
