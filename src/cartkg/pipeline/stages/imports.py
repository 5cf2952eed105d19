"""What data and ontology import and no one read: nothing is fetched, so that it is missing from the check."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cartkg.diagnostics import Diagnostic, Severity
from cartkg.namespaces import OWL
from cartkg.pipeline.stages.rules import IMPORT_NOT_READ
from cartkg.validation.rdf.terms import iri
from cartkg.validation.reporting.locating import Triple, written
from cartkg.validation.shapes.vocabulary import unread_imports

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cartkg.validation import Facts
    from cartkg.validation.reporting.locating import Locator


def diagnostics(locator: Locator, shapes: Facts) -> Iterator[Diagnostic]:
    """Yield a warning at each import that was not read.

    Args:
        locator: the files of the graph.
        shapes: the files of the shapes; what they describe was read too.
    """
    for node, imported in unread_imports(locator.facts, shapes):
        spot = locator.locate(Triple(node, iri(f"{OWL}imports"), imported))
        if spot is None:
            continue
        message = f"imports {imported}, which was not read, since nothing is fetched; pass its file with --ontology"
        place = (spot.document.path, spot.position.line, spot.position.column)
        yield Diagnostic(*place, IMPORT_NOT_READ, message, Severity.WARNING, written(locator.facts, node))
