"""Identifiers of other vocabularies: they have the form their makers give them, and links lead to imported terms."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cartkg.diagnostics import Diagnostic
from cartkg.namespaces import TERM
from cartkg.pipeline.stages.rules import IDENTIFIER_FORM, IDENTIFIER_UNKNOWN
from cartkg.validation.rdf.terms import Term, bare, is_iri
from cartkg.validation.reporting.locating import Locator, Triple

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Set as AbstractSet

    from cartkg.validation import Facts


_OBO = "http://purl.obolibrary.org/obo/"
#: Form of the part after the namespace, as identifiers.org and the OBO Foundry register it.
_FORMS = {
    f"{_OBO}MONDO_": r"[0-9]{7}",
    f"{_OBO}HP_": r"[0-9]{7}",
    f"{_OBO}CL_": r"[0-9]{7}",
    f"{_OBO}OBI_": r"[0-9]{7}",
    f"{_OBO}UBERON_": r"[0-9]{7}",
    f"{_OBO}CHEBI_": r"[0-9]+",
    f"{_OBO}NCIT_": r"C[0-9]+",
    "http://identifiers.org/hgnc/": r"[0-9]{1,5}",
    "http://identifiers.org/ncbigene/": r"[0-9]+",
    "http://purl.uniprot.org/uniprot/": r"(?:[OPQ][0-9][A-Z0-9]{3}[0-9]|[A-NR-Z][0-9](?:[A-Z][A-Z0-9]{2}[0-9]){1,2})",
}
_PATTERNS = {namespace: re.compile(rf"{form}\Z") for namespace, form in _FORMS.items()}
_NAMESPACE = re.compile("|".join(re.escape(namespace) for namespace in _FORMS))


def identifier_diagnostics(locator: Locator, only: AbstractSet[Term] | None = None) -> list[Diagnostic]:
    """Check every identifier that a statement names.

    Args:
        locator: the facts and their places.
        only: the subjects to look at; all of them if omitted.
    """
    return [_diagnostic(locator, triple, rule) for triple, rule in _breaches(locator.facts, only)]


def _breaches(facts: Facts, only: AbstractSet[Term] | None) -> Iterator[tuple[Triple, str]]:
    for predicate, column in facts.columns.items():
        ours = predicate.startswith(f"<{TERM}")
        for subject in column if only is None else column.keys() & only:
            objects = column[subject]
            for value in objects:
                if is_iri(value) and (rule := _broken(facts, value, ours=ours)):
                    yield Triple(subject, predicate, value), rule


def _broken(facts: Facts, term: Term, *, ours: bool) -> str:
    name = bare(term)
    space = _NAMESPACE.match(name)
    if space is None:
        return ""
    if not _PATTERNS[space[0]].match(name[space.end() :]):
        return IDENTIFIER_FORM
    imported = term in facts.homes or not space[0].startswith(_OBO)
    return IDENTIFIER_UNKNOWN if ours and not imported else ""


def _diagnostic(locator: Locator, triple: Triple, rule: str) -> Diagnostic:
    spot = locator.locate(triple)
    name = bare(triple.object or "")
    said = {
        IDENTIFIER_FORM: f"{name} is not a valid identifier of its vocabulary; copy it again from its source",
        IDENTIFIER_UNKNOWN: f"{name} is not described anywhere; correct the identifier, or import the term",
    }
    return Diagnostic(
        file=spot.document.path if spot else None,
        line=spot.position.line if spot else 0,
        column=spot.position.column if spot else 0,
        rule=rule,
        message=said[rule],
        subject=bare(locator.facts.in_file(triple.subject)),
    )
