"""Cohorts parted by disease in; parts that add up to more patients than their whole, at the dossier's line, out.

The rule is that of `queries/checks/cohort-parts-exceed-whole-violation.rq`, without what the ontology knows of
diseases that are kinds of each other: so it warns, and the check decides.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cartkg.curation.facts import term
from cartkg.findings import Severity

if TYPE_CHECKING:
    from cartkg.curation.desk import Desk
    from cartkg.curation.facts import Subject


def warn_parts(desk: Desk) -> None:
    """Warn of a needless `of`, and of parts by disease that have more patients together than their whole."""
    _warn_of(desk)
    disputed = {name for subject in desk.facts for name in subject.texts(term("involves"))}
    parts: dict[str, dict[str, Subject]] = {}
    for subject in desk.facts:
        diseases, whole = subject.texts(term("hasDisease")), subject.one(term("partOfCohort"))
        if whole and len(diseases) == 1:
            among = parts.setdefault(whole, {})
            if _size(subject) > _size(among.get(diseases[0])):
                among[diseases[0]] = subject
    for name, found in parts.items():
        whole_size, together = _size(desk.facts.subjects.get(name)), sum(_size(part) for part in found.values())
        if not whole_size or together <= whole_size or name in disputed or len(found) == 1:
            continue
        rows = {desk.cohorts[row].iri: row for row in reversed(desk.cohorts)}
        shown = " + ".join(f"{_size(part)} of `{rows.get(part.iri)}`" for part in found.values())
        message = (
            f"{shown} are more than the {whole_size} of `{rows.get(name)}`; correct a count, or say in a conflict why"
        )
        node = next(row for row in desk.root.children("cohorts") if str(row.child("id").value) == rows.get(name))
        desk.notice(node.child("n"), "dossier-parts-above-whole", message, Severity.WARNING)


def _warn_of(desk: Desk) -> None:
    """Warn of a subgroup that says from how many it was chosen and means `all`, of which it is a part by itself."""
    whole = desk.cohorts.get("all")
    for row in desk.root.children("cohorts") if whole and whole.count is not None else ():
        told = row.child("of")
        if whole and told.value == whole.count and "same_as" not in row and row.child("id").value != "all":
            message = (
                f"a cohort is part of `all` by itself; leave `of` out, unless the source tells that these were chosen "
                f"from {told.value} people and means others than `all`"
            )
            desk.notice(told, "dossier-of-is-all", message, Severity.WARNING)


def _size(cohort: Subject | None) -> int:
    return int((cohort and cohort.one(term("patientCount"))) or 0)
