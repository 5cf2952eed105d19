"""The results section of a record of ClinicalTrials.gov (API v2) in, a line for each number that it states out.

Nothing is stored of it: results are facts of a report, which a dossier states with its page. The lines are for the
person who writes it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cartkg.literature.formats.json_records import list_at, text_at

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Most lines of the results of one record; the last says how many were left out.
MOST = 200


def result_lines(section: Any) -> list[str]:
    """Return the results in words: who started and completed, baseline, outcomes and events by group."""
    lines = [*_flow(section), *_measures(section, "baselineCharacteristicsModule"), *_outcomes(section)]
    lines += _events(section)
    left = len(lines) - MOST
    return [*lines[:MOST], *([f"results: {left} more lines of results are in the record"] if left > 0 else [])]


def _groups(module: Any, name: str) -> dict[str, str]:
    return {text_at(each, "id"): text_at(each, "title") for each in list_at(module, name)}


def _flow(section: Any) -> Iterator[str]:
    """Say how many people were at each milestone."""
    module = _module(section, "participantFlowModule")
    groups = _groups(module, "groups")
    for period in list_at(module, "periods"):
        for milestone in list_at(period, "milestones"):
            for each in list_at(milestone, "achievements"):
                group = groups.get(text_at(each, "groupId"), text_at(each, "groupId"))
                number = text_at(each, "numSubjects")
                if number:
                    what = f"{text_at(period, 'title')}, {text_at(milestone, 'type')}"
                    yield f"participants: {what}: {group}: {number}"


def _outcomes(section: Any) -> Iterator[str]:
    for each in list_at(_module(section, "outcomeMeasuresModule"), "outcomeMeasures"):
        frame = text_at(each, "timeFrame")
        head = f"{text_at(each, 'type').casefold() or 'outcome'} outcome: {text_at(each, 'title')}"
        if not list_at(each, "classes"):
            yield f"{head}: {text_at(each, 'reportingStatus').casefold().replace('_', ' ') or 'no number'}"
        yield from _numbers(each, f"{head} [{frame}]" if frame else head, _groups(each, "groups"))


def _measures(section: Any, name: str) -> Iterator[str]:
    module = _module(section, name)
    for each in list_at(module, "measures"):
        yield from _numbers(each, f"baseline: {text_at(each, 'title')}", _groups(module, "groups"))


def _numbers(measure: Any, head: str, groups: dict[str, str]) -> Iterator[str]:
    """Yield each number of a measure with its class, category, group, kind and unit."""
    kind = text_at(measure, "paramType").casefold().replace("_", " ")
    unit = text_at(measure, "unitOfMeasure")
    counts = list_at(next(iter(list_at(measure, "denoms")), None), "counts")
    analysed = {text_at(each, "groupId"): text_at(each, "value") for each in counts}
    for part in list_at(measure, "classes"):
        for category in list_at(part, "categories"):
            names = [text_at(part, "title"), text_at(category, "title")]
            about = ", ".join([head, *filter(None, names)])
            for each in list_at(category, "measurements"):
                group = groups.get(text_at(each, "groupId"), text_at(each, "groupId"))
                spread = text_at(each, "spread")
                limits = [text_at(each, name) for name in ("lowerLimit", "upperLimit")]
                said = text_at(each, "value") or "no value"
                said += f" (spread {spread})" if spread else f" ({' to '.join(limits)})" if all(limits) else ""
                of = analysed.get(text_at(each, "groupId"), "")
                value = " ".join(filter(None, (kind, said, unit, f"of {of} analysed" if of else "")))
                yield f"{about}: {group}: {value}"


def _events(section: Any) -> Iterator[str]:
    """Say how many people of each group died or had events, and each kind of event with its numbers."""
    module = _module(section, "adverseEventsModule")
    groups = {text_at(each, "id"): each for each in list_at(module, "eventGroups")}
    for group in groups.values():
        for name, what in (("deaths", "died"), ("serious", "had serious events"), ("other", "had other events")):
            number, of = text_at(group, f"{name}NumAffected"), text_at(group, f"{name}NumAtRisk")
            if number and of:
                yield f"events: {text_at(group, 'title')}: {number} of {of} {what}"
    for kind in ("seriousEvents", "otherEvents"):
        for event in list_at(module, kind):
            for each in list_at(event, "stats"):
                number, of = text_at(each, "numAffected"), text_at(each, "numAtRisk")
                if number and of:
                    title = text_at(groups.get(text_at(each, "groupId")), "title")
                    yield f"{kind.removesuffix('Events')} event: {text_at(event, 'term')}: {title}: {number} of {of}"


def _module(section: Any, name: str) -> Any:
    return section.get(name) if isinstance(section, dict) else None
