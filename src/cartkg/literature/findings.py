"""Propose rows for the outcomes and adverse events of a first-form dossier; none says more than its words."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from cartkg.literature.draft_context import hints
from cartkg.literature.suggestions import (
    DESCRIBED,
    Suggestion,
    suggest_comparator,
    suggest_grade,
    suggest_result,
)
from cartkg.literature.writing import DraftRow
from cartkg.nearest import fold

if TYPE_CHECKING:
    from cartkg.literature.draft_context import DraftContext
    from cartkg.literature.first_form import FieldGroup
    from cartkg.literature.words import Proposed
    from cartkg.literature.writing import Value

_BY_KIND = {"responder": "met", "event": "present"}
_SHARES = frozenset({"%", "percent"})
_NOT_REPORTED = "not-reported"


def draft_outcome(context: DraftContext, part: FieldGroup) -> DraftRow:
    """Return the row that an outcome may become."""
    said = part.words()
    criterion = part.text("criterion") or "unnamed"
    measure = context.words.propose("measure", criterion)
    cohort = context.cohort(part)
    time, remarks = context.time(part.part("timepoint"))
    text, kind = part.text("text"), part.text("kind") or ""
    result = _result(text, kind, _known(criterion, measure) | context.cohorts.get(cohort, frozenset()), measure)
    amount, hint = _amount(context, part, kind, result)
    p = part.number("p")
    described = DESCRIBED in (
        amount.get("result"),
        *(_part(amount, name).get("result") for name in ("count", "percent")),
    )
    fields: dict[str, Value | None] = {
        "id": context.id(cohort if len(context.cohorts) > 1 else "", measure.id, _moment(time)),
        "unconfirmed": True,
        "cohort": cohort,
        "measure": measure.id,
        "time": time,
        **amount,
        "comparison": {"p": p} if p is not None else None,
        "says": text or (criterion if described else None),
        "claims": context.claims(part),
    }
    if "value" in amount and result.denied:
        remarks = [*remarks, "the words deny a result: check that the number and its sign agree with them"]
    return DraftRow(fields, (f"from: {said}", *remarks, *part.left()), hints(measure=measure, **hint))


def _known(criterion: str, proposed: Proposed) -> frozenset[str]:
    """Return the words that name a measure."""
    names = (criterion, proposed.term.label, *proposed.term.names) if proposed.term else (criterion,)
    return frozenset(word for name in names for word in fold(name).split())


def _result(text: str | None, kind: str, known: frozenset[str], measure: Proposed) -> Suggestion:
    """Return what became of it: by its words, or by the kind of the row where it has none."""
    if text is None:
        return Suggestion(_BY_KIND.get(kind, DESCRIBED))
    found = suggest_result(text, known)
    better = measure.term.better if measure.term else None
    if found.denied and found.result == "not-met" and better != "higher":
        return Suggestion(DESCRIBED, denied=True)  # not to meet what should not be is good news, which no one said
    return found


def _amount(
    context: DraftContext, part: FieldGroup, kind: str, result: Suggestion
) -> tuple[dict[str, Value], dict[str, str]]:
    """Return the fields that say how much, and remarks beside them."""
    count, of = part.count("n_achieved"), part.count("n_assessed")
    unit = part.node.text("unit") or ""
    value, hint = context.value(part)
    assessed: Value = of if of is not None else _NOT_REPORTED
    if value is not None and unit in _SHARES and kind in _BY_KIND and count is None and "number" in value:
        number = value["number"]
        share: dict[str, Value] = {"number": number, "of": assessed, "result": _of_share(result, number)}
        share |= {"spread": value["spread"]} if "spread" in value else {}
        return {"percent": share}, {}
    found: dict[str, Value] = {}
    if count is not None:
        shown = "value-reached" if value is not None else _of_share(result, count)
        found["count"] = {"n": count, "of": assessed, "result": shown}
    if value is not None:
        if kind == "change":
            value["change"] = "percent-change" if unit in _SHARES else "change"
        if (comparator := suggest_comparator(unit)) is not None:
            value["comparator"] = comparator
        if of is not None and count is None:
            value["of"] = of
        if (baseline := part.number("baseline")) is not None:
            value["baseline"] = baseline
        found["value"] = value
    if not found:
        found = {"result": result.result, **({"of": of} if of is not None else {})}
    return found, {"value": hint} if hint else {}


def _of_share(result: Suggestion, number: Value) -> str:
    """Return what a share has: no one with a denied result would be good news that no one stated."""
    return DESCRIBED if result.denied and number == 0 else result.result


def draft_event(context: DraftContext, part: FieldGroup) -> DraftRow:
    """Return the row that an adverse event may become."""
    said, term = part.words(), part.text("term") or "unnamed"
    event, cohort = context.words.propose("event", term), context.cohort(part)
    time, remarks = context.time(part.part("timepoint"))
    grade, name, unread = _grade(part)
    text, count, of = part.text("text"), part.count("n"), part.count("N")
    amount: dict[str, Value] = {"result": DESCRIBED}
    events = part.number("value") if count is None and not (part.node.text("unit") or "").strip() else None
    if count is not None:
        amount = {"count": {"n": count, "of": of if of is not None else _NOT_REPORTED, "result": "present"}}
    elif events is not None and events == events.to_integral_value() and events >= 0:
        amount = {"count": {"n": int(events), "of": _NOT_REPORTED, "result": "present", "unit": "events"}}
    fields: dict[str, Value | None] = {
        "id": context.id(cohort if len(context.cohorts) > 1 else "", event.id, name),
        "unconfirmed": True,
        "cohort": cohort,
        "event": event.id,
        "time": time,
        "grade": grade,
        **amount,
        "says": text or (term if "result" in amount else None),
        "claims": context.claims(part),
    }
    return DraftRow(fields, (f"from: {said}", *remarks, *unread, *part.left()), hints(event=event))


def _grade(part: FieldGroup) -> tuple[Value, str, list[str]]:
    """Return the grade, its part of the id, and what was not understood."""
    words = part.text("grade")
    if words is None:
        return _NOT_REPORTED, "", []
    found = suggest_grade(words)
    if found is None:
        return _NOT_REPORTED, "", [f"not proposed: grade: {words}"]
    if found.any:
        return "any", "any", []
    if found.words is not None:
        return {"system": _NOT_REPORTED, "words": found.words}, found.words, []
    name = str(found.low) if found.low == found.high else f"{found.low}-{found.high}"
    return {"low": found.low or 0, "high": found.high or 0, "system": _NOT_REPORTED}, name, []


def _part(amount: dict[str, Value], name: str) -> dict[str, Value]:
    value = amount.get(name)
    return value if isinstance(value, dict) else {}


def _moment(time: Value) -> str:
    """Return the part of an id that names the time."""
    if isinstance(time, dict) and isinstance(at := time.get("at"), Decimal) and isinstance(time.get("unit"), str):
        return f"{at:f}{time['unit']}"
    return time if isinstance(time, str) and time in ("baseline", "last-follow-up") else ""
