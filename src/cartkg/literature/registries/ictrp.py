"""The search portal of the WHO (ICTRP): its XML export, with the records of many registers in one form."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cartkg.literature.formats.format import foreign
from cartkg.literature.formats.xml_records import elements, root_name, text_of
from cartkg.literature.registries.trial import (
    Milestone,
    RegisteredTrial,
    RegisterExport,
    day_first,
    phase_of,
    sex_of,
    years,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from xml.etree.ElementTree import Element

_RECORDS = frozenset({"Trial"})
_GROUPS = frozenset({"Trials_downloaded_by_XML"})
_UNLISTED = {"sponsor": "Primary_sponsor", "countries": "Countries", "results": "results_yes_no"}
_STATUSES = {
    "not yet recruiting": "not-yet-recruiting",
    "pending": "not-yet-recruiting",
    "recruiting": "recruiting",
    "not recruiting": "not-recruiting",
    "active, not recruiting": "active-not-recruiting",
    "suspended": "suspended",
    "temporary halt": "suspended",
    "completed": "completed",
    "complete": "completed",
    "terminated": "terminated",
    "withdrawn": "withdrawn",
}


class Ictrp:
    """XML of the WHO's portal."""

    name = "WHO ICTRP"

    def begins(self, head: str) -> bool:
        """Look at the name of the first element."""
        return root_name(head) in _GROUPS

    def read(self, data: bytes, path: Path) -> RegisterExport:
        """Read each trial; one without a number is named."""
        found = elements(data, path, _RECORDS, _GROUPS)
        trials = []
        for each, line in found.elements:
            if text_of(each, "TrialID"):
                trials.append(_trial(each, line))
            else:
                found.diagnostics.append(foreign(path, line, "the trial has no number"))
        return RegisterExport(tuple(trials), tuple(found.diagnostics), self.name)


def _trial(record: Element, line: int) -> RegisteredTrial:
    listed = text_of(record, "Recruitment_Status")
    size, acronym = text_of(record, "Target_size"), text_of(record, "Acronym")
    return RegisteredTrial(
        number=text_of(record, "TrialID"),
        address=text_of(record, "web_address"),
        recorded=day_first(text_of(record, "Last_Refreshed_on")) or _named_day(record),
        line=line,
        title=text_of(record, "Public_title") or text_of(record, "Scientific_title"),
        names=[acronym] if acronym else [],
        other_numbers=_parts(text_of(record, "SecondaryIDs") or text_of(record, "Secondary_ID")),
        conditions=_parts(text_of(record, "Condition")),
        phase=phase_of(text_of(record, "Phase")),
        status=_STATUSES.get(listed.casefold(), ""),
        status_as_listed=listed,
        planned=int(size) if size.isdecimal() else None,
        planned_kind="planned",
        dates=list(_dates(record)),
        min_age=years(text_of(record, "Inclusion_agemin")),
        max_age=years(text_of(record, "Inclusion_agemax")),
        sex=sex_of(text_of(record, "Inclusion_gender")),
        primary_outcomes=_parts(text_of(record, "Primary_outcome")),
        unlisted=list(_unlisted(record)),
    )


def _named_day(record: Element) -> str | None:
    """Return the date of the record written as `25 March 2024`."""
    found = re.fullmatch(r"([0-9]{1,2}) ([A-Za-z]{3})[a-z]* ([0-9]{4})", text_of(record, "Last_Refreshed_on"))
    months = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
    if found is None or found[2].casefold() not in months:
        return None
    return f"{found[3]}-{months.index(found[2].casefold()) + 1:02}-{int(found[1]):02}"


def _dates(record: Element) -> Iterator[Milestone]:
    for what, name in (("registered", "Date_registration"), ("start", "Date_enrollement")):
        if date := day_first(text_of(record, name)):
            yield Milestone(what, date)


def _unlisted(record: Element) -> Iterator[str]:
    for said, name in _UNLISTED.items():
        if text := text_of(record, name):
            yield f"{said}: {text}"
    start = text_of(record, "Date_enrollement")
    if start and day_first(start) is None:
        yield f"start: {start}"


def _parts(text: str) -> list[str]:
    return list(filter(None, (re.sub(r"<[^>]*>", " ", part).strip() for part in text.split(";"))))
