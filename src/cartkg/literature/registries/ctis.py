"""CTIS, the register of the European Union: trials as its public portal lists them in JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cartkg.literature.formats.format import foreign
from cartkg.literature.formats.json_records import has_key, is_json, list_at, objects, text_at
from cartkg.literature.registries.trial import Milestone, RegisteredTrial, RegisterExport, day_first, phase_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: Statuses with an equal; `Ended` has none, since it does not say whether as planned.
_STATUSES = {
    "authorised, recruitment pending": "not-yet-recruiting",
    "authorised, recruiting": "recruiting",
    "ongoing, recruiting": "recruiting",
    "ongoing, recruitment ended": "active-not-recruiting",
    "temporarily halted": "suspended",
    "suspended": "suspended",
}


class Ctis:
    """JSON of CTIS."""

    name = "CTIS"

    def begins(self, head: str) -> bool:
        """Look for the number that every trial has."""
        return is_json(head) and has_key(head, "ctNumber")

    def read(self, data: bytes, path: Path) -> RegisterExport:
        """Read each trial of a list, or the one trial that the file is."""
        found = objects(data, path, "data")
        trials = []
        for each, line in found.objects:
            if text_at(each, "ctNumber"):
                trials.append(_trial(each, line))
            else:
                found.diagnostics.append(foreign(path, line, "the trial has no number"))
        return RegisterExport(tuple(trials), tuple(found.diagnostics), self.name)


def _trial(record: Any, line: int) -> RegisteredTrial:
    number, listed = text_at(record, "ctNumber"), text_at(record, "ctStatus")
    size = text_at(record, "totalNumberEnrolled")
    name = text_at(record, "shortTitle")
    countries = ", ".join(text_at(each) for each in list_at(record, "trialCountries"))
    return RegisteredTrial(
        number=number,
        address=f"https://euclinicaltrials.eu/search-for-clinical-trials/?lang=en&EUCT={number}",
        recorded=day_first(text_at(record, "lastUpdated")),
        line=line,
        title=text_at(record, "ctTitle"),
        names=[name] if name else [],
        conditions=list(filter(None, (part.strip() for part in text_at(record, "conditions").split(";")))),
        phase=phase_of(text_at(record, "trialPhase")),
        status=_STATUSES.get(listed.casefold(), ""),
        status_as_listed=listed,
        planned=int(size) if size.isdecimal() else None,
        planned_kind="planned",
        dates=list(_dates(record)),
        primary_outcomes=list(filter(None, [text_at(record, "primaryEndPoint")])),
        unlisted=[
            f"{said}: {text}"
            for said, text in (("sponsor", text_at(record, "sponsor")), ("countries", countries))
            if text
        ],
    )


def _dates(record: Any) -> Iterator[Milestone]:
    for what, names in (("start", ("startDateEU", "startDate")), ("completion", ("endDateEU", "endDate"))):
        date = next(filter(None, (day_first(text_at(record, name)) for name in names)), None)
        if date:
            yield Milestone(what, date)
