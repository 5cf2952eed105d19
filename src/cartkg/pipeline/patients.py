"""What is stated of shared patients -> diagnostics on statements that cannot all hold.

It is loaded only when it runs, since counting brings NumPy and SciPy along.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cartkg.diagnostics import Diagnostic
from cartkg.graph import KnowledgeGraph
from cartkg.pipeline.rules import PATIENTS
from cartkg.synthesis import read_relations
from cartkg.validation.locating import Triple
from cartkg.validation.terms import iri

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from cartkg.pipeline.sources import Answers
    from cartkg.synthesis import Contradiction
    from cartkg.validation.locating import Locator

_ROWS = """SELECT ?row ?subject {
  VALUES ?class { cartkg:Cohort cartkg:Overlap } ?subject a ?class ; cartkg:dossierRow ?row
}"""


def contradictions(answers: Answers, locator: Locator, told: Collection[str]) -> Iterator[Diagnostic]:
    """Yield the statements on shared patients that cannot all hold, each at the first row that takes part.

    Args:
        answers: the store of all files.
        locator: where subjects stand.
        told: IRIs of subjects that another rule has named; what they take part in is not named twice.
    """
    graph = KnowledgeGraph(answers.prefixes, answers.store)
    try:
        found = read_relations(graph).contradictions
    except ValueError:
        return  # a number, date or word is malformed: a shape names it
    subjects: dict[str, list[str]] = {}
    for row in graph.select(_ROWS) if found else ():
        subjects.setdefault(row["row"], []).append(row["subject"])
    for each in found:
        taking_part = [subject for row in each.rows for subject in sorted(subjects.get(row, ()))]
        if taking_part and not set(taking_part) & set(told):
            yield _placed(each, taking_part[0], locator)


def _placed(contradiction: Contradiction, subject: str, locator: Locator) -> Diagnostic:
    spot = locator.locate(Triple(iri(subject)))
    place = (spot.position.line, spot.position.column) if spot else (0, 0)
    message = f"{contradiction}; correct one of these rows, or say which holds with `overrules: true`"
    return Diagnostic(spot.document.path if spot else None, *place, PATIENTS, message, subject=subject)
