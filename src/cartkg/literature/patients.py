"""Propose therapies, arms, cohorts and characteristics from a first-form dossier."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from cartkg.literature.draft_context import hints
from cartkg.literature.page_suggestions import suggest_therapy
from cartkg.literature.suggestions import is_denied, suggest_days, suggest_dose
from cartkg.literature.writing import DraftRow
from cartkg.nearest import fold

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cartkg.literature.draft_context import DraftContext
    from cartkg.literature.first_form import FieldGroup
    from cartkg.literature.writing import Value

_NOT_REPORTED = "not-reported"
_DOUBT = "the words deny something: state with `given` whether it was given"
_ARM, _CELLS = "treated", "cells"
_COUNTRIES = {
    "austria": "AT", "china": "CN", "france": "FR", "germany": "DE", "italy": "IT", "japan": "JP", "spain": "ES",
    "switzerland": "CH", "united kingdom": "GB", "uk": "GB", "united states": "US", "usa": "US",
}  # fmt: skip
_MOST_DIGITS = 30
#: Fields of a cohort with a number; each is named like its measure.
_VALUES = ("age", "disease_duration", "follow_up", "prior_therapies")


def draft_therapy(context: DraftContext, part: FieldGroup) -> DraftRow:
    """Return the therapy that all arms may have received."""
    product = part.text("product")
    found = context.words.propose("product", product) if product else None
    targets = [context.words.propose("target", target) for target in part.texts("target_antigens")]
    sort = part.text("cell_type") or product or ""
    editing, construct = part.text("editing"), part.text("costimulatory_domain")
    said = part.words()
    fields: dict[str, Value | None] = {
        "id": context.id(targets[0].id if targets else "", "cells"),
        "unconfirmed": True,
        "name": product,
        "product": found.id if found and found.term else _NOT_REPORTED,
        "type": suggest_therapy("TherapyType", sort)[:1],
        "cell_source": suggest_therapy("CellSource", f"{part.text('cell_source') or ''} {sort}")[:1] or [_NOT_REPORTED],
        "targets": [target.id for target in targets],
        "vector": (suggest_therapy("Vector", part.text("vector") or "") or [_NOT_REPORTED])[0],
        "costimulation": suggest_therapy("Costimulation", construct or "") or [_NOT_REPORTED],
        "editing": None,
        "manufacturing": part.text("manufacturing"),
        "construct": part.text("construct") or construct,
        "note": part.text("note"),
        "claims": context.claims(part),
    }
    left = [*part.left(), *([f"not proposed: editing: {editing}"] if editing else [])]
    unknown = "; ".join(filter(None, (target.hint for target in targets)))
    return DraftRow(fields, (f"from: {said}", *left), hints(product=found or "", targets=unknown))


def draft_arm(context: DraftContext, root: FieldGroup, therapies: list[DraftRow]) -> DraftRow:
    """Return the one arm that the first form knows: all patients received what the study gave."""
    regimen = root.part("regimen")
    drugs: list[DraftRow] = []
    cells: list[DraftRow] = []
    left: list[str] = []
    given = False
    if regimen is not None:
        depleting = [_drug(context, part, "lymphodepletion") for part in regimen.parts("lymphodepletion")]
        given = any(row.fields["drug"] is not None and _DOUBT not in row.remarks for row in depleting)
        bridging = [_drug(context, part, "bridging") for part in regimen.parts("bridging")]
        later = [_drug(context, part, _NOT_REPORTED) for part in regimen.parts("concomitant_or_post")]
        drugs = [*depleting, *bridging, *later]
        dose = regimen.part("cell_dose")
        cells = _cells(context, dose) if dose is not None else []
        left = regimen.left("regimen: ")
    fields: dict[str, Value | None] = {
        "id": context.id(_ARM),
        "unconfirmed": True,
        "role": "treated" if therapies else _NOT_REPORTED,
        "therapies": [str(therapy.fields["id"]) for therapy in therapies] or None,
        "lymphodepletion": "given" if given else _NOT_REPORTED,
        "drugs": drugs or None,
        "cells": cells or None,
    }
    return DraftRow(fields, left)


def _drug(context: DraftContext, part: FieldGroup, role: str) -> DraftRow:
    said, name = part.words(), part.text("drug")
    drug = context.words.propose("drug", name) if name else None
    text, schedule = part.text("text"), part.text("schedule") or part.text("start")
    dose, hint, rest = _dose(context, part)
    days = suggest_days(schedule) if schedule else None
    wording = "; ".join(filter(None, (text, rest, schedule if days is None else None)))
    fields: dict[str, Value | None] = {
        "id": context.id(drug.id if drug else "drug"),
        "unconfirmed": True,
        "role": role,
        "drug": drug.id if drug else None,
        "dose": dose,
        "days": _days(days) if days else None,
        "text": wording or (None if drug else said),
        "claims": context.claims(part),
    }
    doubt = [_DOUBT] if is_denied(said) else []
    return DraftRow(fields, (f"from: {said}", *doubt, *part.left()), hints(drug=drug or "", dose=hint))


def _days(days: tuple[int, ...]) -> dict[str, Value]:
    if days == tuple(range(days[0], days[-1] + 1)):
        return {"first": days[0], **({"last": days[-1]} if len(days) > 1 else {})}
    return {"list": list(days)}


def _dose(context: DraftContext, part: FieldGroup) -> tuple[dict[str, Value] | None, str, str]:
    """Return the dose of a drug, a hint on its unit, and what else its words say."""
    number, unit, rest = part.number("dose"), part.text("unit"), ""
    if number is None and (text := part.text("dose")) is not None:
        printed = suggest_dose(text)
        if printed is None or len(printed[0]) > _MOST_DIGITS or "e" in printed[0].casefold():
            return None, "", text
        number, unit, rest = Decimal(printed[0]), unit or printed[1], printed[2].strip(" ,")
    if number is None:
        return None, "", unit or ""
    if not unit:
        return None, "", f"{number:f}"
    code, hint = context.words.unit(unit)
    return {"number": number, "unit": code}, hint, rest


def _cells(context: DraftContext, part: FieldGroup) -> list[DraftRow]:
    """Return the doses of cells: one a level, or one with its span."""
    said, unit, text = part.words(), part.text("unit"), part.text("text") or part.text("schedule")
    code, hint = context.words.unit(unit) if unit else ("{cells}", "the unit was not stated")
    claims = context.claims(part)
    value, low, high = part.number("value"), part.number("range_low"), part.number("range_high")
    levels = [level for item in part.node.children("levels") if (level := _number(item.value)) is not None]
    sizes: list[dict[str, Value]] = [{"number": size} for size in ([value] if value is not None else levels)]
    if not sizes and low is not None and high is not None:
        sizes = [{"low": low, "high": high}]
    remarks = (f"from: {said}", *(line for line in part.left() if "levels" not in line or not levels))
    rows = []
    for size in sizes or [{}]:
        fields: dict[str, Value | None] = {
            "id": context.id(_CELLS),
            "unconfirmed": True,
            "dose": {**size, "unit": code} if size else None,
            "text": text or (None if size else said),
            "claims": claims,
        }
        rows.append(DraftRow(fields, remarks, {"dose": hint} if hint and size else {}))
        remarks = ()
    return rows


def _number(value: object) -> Decimal | None:
    return Decimal(value) if isinstance(value, (int, Decimal)) and not isinstance(value, bool) else None


def draft_cohorts(context: DraftContext, parts: list[FieldGroup]) -> tuple[list[DraftRow], list[DraftRow]]:
    """Return the cohorts, and the rows of what their patients were like."""
    named = []
    for part in parts:
        name = context.id(part.text("id") or "cohort")
        named.append((name, part))
        wording = " ".join(filter(None, (part.node.text("disease"), part.node.text("subtype"))))
        context.cohorts[name] = frozenset(fold(wording).split())
    rows = [(name, part, *_cohort(context, name, part)) for name, part in named]
    cohorts: list[DraftRow] = []
    characteristics: list[DraftRow] = []
    for name, part, fields, more in rows:
        characteristics += _characteristics(context, name, part)
        cohorts.append(DraftRow(fields, (f"from: {part.words()}", *part.left()), more))
    return cohorts, characteristics


def _cohort(context: DraftContext, name: str, part: FieldGroup) -> tuple[dict[str, Value | None], dict[str, str]]:
    disease, n = part.text("disease"), part.count("n")
    found = context.words.propose("disease", disease) if disease else None
    country = part.text("country")
    code = _COUNTRIES.get((country or "").casefold())
    fields: dict[str, Value | None] = {
        "id": name,
        "unconfirmed": True,
        "arm": _ARM,
        "label": ", ".join(filter(None, (disease, part.text("subtype")))) or None,
        "diseases": [found.id] if found else [],
        "n": n if n is not None else _NOT_REPORTED,
        "n_is": "treated" if n is not None else "not-stated",
        "countries": [code] if code else None,
        "claims": context.claims(part),
    }
    more = dict(hints(diseases=found or ""))
    return fields, more | ({"arm": f"country: {country}"} if country and not code else {})


def _characteristics(context: DraftContext, cohort: str, part: FieldGroup) -> list[DraftRow]:
    lead, claims = cohort if len(context.cohorts) > 1 else "", context.claims(part)

    def row(name: str, measure: str, remarks: Sequence[str], hint: Mapping[str, str], **said: Value) -> DraftRow:
        head: dict[str, Value | None] = {"id": context.id(lead, name), "unconfirmed": True, "cohort": cohort}
        return DraftRow({**head, "measure": measure, **said, "claims": claims}, remarks, hint)

    rows = []
    for field in _VALUES:
        if (group := part.part(field)) is None:
            continue
        wording, measure = group.words(), field.replace("_", "-")
        value, hint = context.value(group)
        if value is None:
            rows.append(
                row(measure, measure, (f"from: {field}: {wording}",), {}, result="described", says=wording or field)
            )
        else:
            remarks = (f"from: {field}: {wording}", *group.left(f"{field}: "))
            rows.append(row(measure, measure, remarks, {"value": hint} if hint else {}, value=value))
    size = part.node.count("n")
    of: Value = size if size is not None and size >= 0 else _NOT_REPORTED
    for sex in ("women", "men"):
        if (count := part.count(sex)) is not None:
            counted: Value = {"n": count, "of": of, "result": "present"}
            rows.append(row(sex, sex, (f"from: {sex}: {count}",), {}, count=counted))
    for name in part.texts("prior_therapies"):
        drug = context.words.propose("drug", name)
        remarks = (f"from: prior_therapies: {name}",)
        rows.append(
            row(f"prior-{drug.id}", "prior-therapy", remarks, hints(drug=drug), drug=drug.id, result="received")
        )
    return rows
