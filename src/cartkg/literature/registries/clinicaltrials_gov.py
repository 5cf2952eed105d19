"""ClinicalTrials.gov, API v2: one study, or studies as the API or a download lists them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cartkg.literature.formats.format import foreign
from cartkg.literature.formats.json_records import has_key, is_json, list_at, objects, text_at
from cartkg.literature.registries.country_names import country_code
from cartkg.literature.registries.posted_results import result_lines
from cartkg.literature.registries.trial import Milestone, RegisteredTrial, RegisterExport, phase_of, sex_of, years

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_STATUSES = {
    "NOT_YET_RECRUITING": "not-yet-recruiting",
    "RECRUITING": "recruiting",
    "ENROLLING_BY_INVITATION": "recruiting",
    "ACTIVE_NOT_RECRUITING": "active-not-recruiting",
    "SUSPENDED": "suspended",
    "COMPLETED": "completed",
    "TERMINATED": "terminated",
    "WITHDRAWN": "withdrawn",
    "UNKNOWN": "unknown",
}
_DATES = {
    "start": "startDateStruct",
    "primary-completion": "primaryCompletionDateStruct",
    "completion": "completionDateStruct",
    "results-posted": "resultsFirstPostDateStruct",
}
_KINDS = {"ACTUAL": "actual", "ESTIMATED": "estimated"}


class ClinicalTrialsGov:
    """JSON of ClinicalTrials.gov."""

    name = "ClinicalTrials.gov"

    def begins(self, head: str) -> bool:
        """Look for the section that every study has."""
        return is_json(head) and has_key(head, "protocolSection")

    def read(self, data: bytes, path: Path) -> RegisterExport:
        """Read each study; one without a number is named."""
        found = objects(data, path, "studies")
        trials = []
        for study, line in found.objects:
            trial = _trial(study, line)
            if trial.number:
                trials.append(trial)
            else:
                found.diagnostics.append(foreign(path, line, "the study has no number"))
        return RegisterExport(tuple(trials), tuple(found.diagnostics), self.name)


def _trial(study: Any, line: int) -> RegisteredTrial:
    section = study.get("protocolSection")
    identification, status = "identificationModule", "statusModule"
    number = text_at(section, identification, "nctId")
    listed = text_at(section, status, "overallStatus")
    phases = " ".join(text_at(each) for each in list_at(section, "designModule", "phases"))
    count = text_at(section, "designModule", "enrollmentInfo", "count")
    kind = text_at(section, "designModule", "enrollmentInfo", "type")
    acronym = text_at(section, identification, "acronym")
    return RegisteredTrial(
        number=number,
        address=f"https://clinicaltrials.gov/study/{number}",
        recorded=text_at(section, status, "lastUpdatePostDateStruct", "date")
        or text_at(section, status, "lastUpdateSubmitDate")
        or None,
        line=line,
        title=text_at(section, identification, "briefTitle"),
        names=[acronym] if acronym else [],
        other_numbers=list(_other_numbers(section)),
        conditions=[text_at(each) for each in list_at(section, "conditionsModule", "conditions")],
        phase=phase_of(phases),
        status=_STATUSES.get(listed, ""),
        status_as_listed=listed,
        planned=int(count) if count.isdecimal() else None,
        planned_kind=_KINDS.get(kind, "not-stated"),
        dates=list(_dates(section)),
        min_age=years(text_at(section, "eligibilityModule", "minimumAge")),
        max_age=years(text_at(section, "eligibilityModule", "maximumAge")),
        sex=sex_of(text_at(section, "eligibilityModule", "sex")),
        arms=list(_arms(section)),
        primary_outcomes=list(_outcomes(section, "primaryOutcomes")),
        secondary_outcomes=list(_outcomes(section, "secondaryOutcomes")),
        countries=list(dict.fromkeys(filter(None, map(country_code, _countries(section))))),
        places=list(_places(section)),
        unlisted=list(_unlisted(study, section)),
    )


def _other_numbers(section: Any) -> Iterator[str]:
    own = text_at(section, "identificationModule", "orgStudyIdInfo", "id")
    infos = list_at(section, "identificationModule", "secondaryIdInfos")
    yield from filter(None, (own, *(text_at(each, "id") for each in infos)))


def _dates(section: Any) -> Iterator[Milestone]:
    registered = text_at(section, "statusModule", "studyFirstSubmitDate")
    if registered:
        yield Milestone("registered", registered, "actual")
    for what, name in _DATES.items():
        date = text_at(section, "statusModule", name, "date")
        if date:
            yield Milestone(what, date, _KINDS.get(text_at(section, "statusModule", name, "type"), "not-stated"))


def _outcomes(section: Any, name: str) -> Iterator[str]:
    for each in list_at(section, "outcomesModule", name):
        frame = text_at(each, "timeFrame")
        yield f"{text_at(each, 'measure')} [{frame}]" if frame else text_at(each, "measure")


def _arms(section: Any) -> Iterator[str]:
    """Yield the label of each arm, with its kind and what is given in it."""
    for each in list_at(section, "armsInterventionsModule", "armGroups"):
        kind = text_at(each, "type").casefold().replace("_", " ")
        given = [text_at(name) for name in list_at(each, "interventionNames")]
        about = "; ".join(filter(None, (kind, *given)))
        yield f"{text_at(each, 'label')} ({about})" if about else text_at(each, "label")


def _locations(section: Any) -> list[Any]:
    return list_at(section, "contactsLocationsModule", "locations")


def _countries(section: Any) -> list[str]:
    return list(dict.fromkeys(filter(None, (text_at(each, "country") for each in _locations(section)))))


def _places(section: Any) -> Iterator[str]:
    for each in _locations(section):
        if parts := [text_at(each, name) for name in ("facility", "city", "country") if text_at(each, name)]:
            yield ", ".join(parts)


def _unlisted(study: Any, section: Any) -> Iterator[str]:
    sponsor = text_at(section, "sponsorCollaboratorsModule", "leadSponsor", "name")
    if sponsor:
        yield f"sponsor: {sponsor}"
    for name in _countries(section):
        if country_code(name) is None:
            yield f"country that has no code here: {name}"
    module = section.get("eligibilityModule") if isinstance(section, dict) else None
    healthy = module.get("healthyVolunteers") if isinstance(module, dict) else None
    if isinstance(healthy, bool):
        yield f"healthy volunteers: {'yes' if healthy else 'no'}"
    for line in text_at(section, "eligibilityModule", "eligibilityCriteria").splitlines():
        if line.strip():
            yield f"criteria: {line.strip()}"
    if study.get("hasResults") is True:
        yield "the record has results"
        yield from result_lines(study.get("resultsSection"))
