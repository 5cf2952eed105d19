"""A statement in words in, the finding that the same publication is already known to state by it out.

A study's dossier and the dossier of a news item on it put one sentence in different words; both mean one finding.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cartkg.curation.facts import Subject, iri, term

if TYPE_CHECKING:
    from cartkg.curation.desk import CohortRef, Desk, Said
    from cartkg.curation.lexicon import Entry


def same_result(desk: Desk, cohort: CohortRef, measure: Entry, said: Said) -> Subject | None:
    """Find the result that this row tells in other words; None unless it is exactly one."""
    return _chosen(desk, _known(desk, cohort, measure, said), said)


def same_trait(desk: Desk, cohort: CohortRef, measure: Entry, said: Said) -> Subject | None:
    """Find what is told of the patients in other words; a bare "yes" is no telling of it."""
    found = [item for item in _known(desk, cohort, measure, said) if item.one(term("resultKind")) != term("present")]
    return _chosen(desk, found, said)


def same_harm(desk: Desk, cohort: CohortRef, event: Entry, said: Said) -> Subject | None:
    """Find the harm of the same grade and kind; in one patient, that it happened is also its count, 1 of 1."""
    lead = f"{said.extra}-" if said.extra else ""
    known = [item for item in _known(desk, cohort, event, said) if item.iri.rpartition("/")[2].startswith(lead)]
    counts = [item for item in known if cohort.count == 1 and item.iri.endswith(f"/{lead}1-of-1")]
    told = [item for item in known if item.iri.rpartition("/")[2].startswith(f"{lead}described-")]
    return _take(desk, counts[0]) if counts else _chosen(desk, told, said)


def _known(desk: Desk, cohort: CohortRef, measure: Entry, said: Said) -> list[Subject]:
    """Give what the study's dossier lets this publication say of the same measure at the same time."""
    if said.amount.form != "DescriptiveFinding" or cohort.study == desk.key:
        return []
    leads = tuple(f"{iri('finding', cohort.path, measure.name, time)}/" for time in _times(said.time.slug))
    found = {item.iri: item for item in desk.library.asserted_by(desk.key, cohort.study) if item.iri.startswith(leads)}
    return [found[name] for name in sorted(found)]


def _times(time: str) -> tuple[str, ...]:
    """Give a time, and the same time told as an end: absent at 29 months, absent up to 29 months."""
    return (time, f"over-{time}") if time[0].isdigit() else (time,)


def _chosen(desk: Desk, found: list[Subject], said: Said) -> Subject | None:
    alike = [item for item in found if item.one(term("resultText")) == said.text]
    in_words = alike or [item for item in found if item.values.get(term("resultKind"))]
    return _take(desk, in_words[0]) if len(in_words) == 1 else None


def _take(desk: Desk, finding: Subject) -> Subject:
    desk.facts.extend([finding])
    return desk.facts.subjects[finding.iri]
