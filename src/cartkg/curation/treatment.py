"""The therapy and regimen of a dossier in; the cells, drugs and doses given, each with who says so, out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyoxigraph import Literal

from cartkg.curation.amounts import UnitReading, read_unit
from cartkg.curation.cohorts import received, study
from cartkg.curation.facts import LABEL, RDF_TYPE, Subject, count, decimal, iri, number_text, slug, term, typed, words

if TYPE_CHECKING:
    from cartkg.curation.desk import Desk
    from cartkg.curation.node import Node

_CELLS = (
    (re.compile(r"car-?nk|car nk|\bnk\b", re.IGNORECASE), "CARNKCellTherapy"),
    (re.compile(r"regulatory", re.IGNORECASE), "CARTregTherapy"),
    (re.compile(r"caar", re.IGNORECASE), "CAARTCellTherapy"),
    (re.compile(r"gamma-?delta", re.IGNORECASE), "GammaDeltaCARTherapy"),
)
_SOURCES = (("in vivo", "inVivo"), ("inside the body", "inVivo"), ("pluripotent", "ipscDerived"), ("allogeneic", "allogeneic"))
_SOURCES += (("healthy donor", "allogeneic"), ("autologous", "autologous"))
_DOMAINS = (("4-1bb", "4-1bb"), ("cd28", "cd28"), ("1xx", "oneXX"))
_VECTORS = (("lipid nanoparticle", "mrnaLipidNanoparticle"), ("mrna", "mrna"), ("lentivir", "lentiviral"), ("retrovir", "retroviral"), ("viral", "viral"))
_TEXTS = {"construct": "constructText", "generation": "constructText", "editing": "constructText", "secreted": "constructText"}
_TEXTS |= {"manufacturing": "manufacturingText", "manufacturer": "manufacturingText", "manufacturer/site": "manufacturingText"}
_TEXTS |= {"cell_source_note": "cellSourceText", "note": "therapyText", "programme": "therapyText", "indication_treated": "therapyText"}
_DOSE = re.compile(r"^(\d+(?:\.\d+)?(?:e\d+)?)\s*(.*)$")
_DAYS = re.compile(r"-?\d+")
_MILLION = 1_000_000
_NONE = re.compile(r"^(none\b|no preconditioning|no conditioning)")


@dataclass(frozen=True, slots=True)
class Given:
    """A drug row at work: the study and role it belongs to."""

    study: str
    role: str


def place_therapy(desk: Desk) -> None:
    """Make the therapy of this study, or claim that of the studies reported on."""
    blocks = [desk.root.child("therapy"), *desk.root.children("therapy_more"), *desk.root.children("therapy_split")]
    for block in blocks:
        if block.value is None:
            continue
        text = "; ".join(f"{leaf.path.rpartition('.')[2].replace('_', ' ')}: {leaf.value}" for leaf in block.leaves() if not leaf.path.endswith("source"))
        for key in _studies(desk):
            if key == desk.key:
                target = _own_therapy(desk, block)
            else:
                there = desk.library.known[key].facts.subjects.get(iri("therapy", key))
                if there is None:
                    continue
                target = there
            desk.claim(block, target, re.sub(r"target antigens\[\d\]", "target antigen", text))
            for leaf in block.leaves():
                block.used.add(leaf.path)
    _received(desk)


def _studies(desk: Desk) -> list[str]:
    return desk.studies or [desk.key]


def _own_therapy(desk: Desk, block: Node) -> Subject:
    name = iri("therapy", desk.key)
    said = " ".join(str(leaf.value) for leaf in block.leaves())
    first = name not in desk.facts.subjects
    subject = desk.own(name, _kind(said) if first or _kind(said) != "CARTCellTherapy" else "CARTCellTherapy")
    if first:
        subject.add(LABEL, words(f"{block.child('product').value or 'CAR T cells'} as given in {desk.key}"))
    study(desk).add(term("evaluates"), name)
    for target in block.children("target_antigens"):
        for entry in desk.lexicon.find("target", str(target.take())) or _unknown_target(desk, target):
            subject.add(term("targets"), entry.iri)
    product = block.text("product")
    for entry in desk.lexicon.scan("product", product or "")[:1]:
        subject.add(term("ofProduct"), entry.iri)
    _values(subject, said, product, first=first)
    for field, local in _TEXTS.items():
        text = block.text(field)
        if text:
            subject.add(term(local), Literal(text))
    sequence = [str(item.take()) for item in block.children("sequence")]
    if sequence:
        subject.add(term("therapyText"), Literal("sequence: " + ", then ".join(sequence)))
    times = block.count("infusions")
    if times is not None:
        subject.add(term("infusionCount"), count(times))
    _site(desk, block)
    return subject


def _unknown_target(desk: Desk, node: Node) -> list:  # type: ignore[type-arg]
    message = f"target `{node.value}` is not in data/ttl/shared/targets.ttl; use one that is, or add it there"
    desk.notice(node, "dossier-unknown-target", message)
    return []


def _kind(said: str) -> str:
    return next((kind for pattern, kind in _CELLS if pattern.search(said)), "CARTCellTherapy")


def _values(subject: Subject, said: str, product: str | None, *, first: bool) -> None:
    low = said.lower()
    for words_, table, local in (("cellSource", _SOURCES, "cellSource"), ("costimulatoryDomain", _DOMAINS, "costimulatoryDomain"), ("vector", _VECTORS, "vector")):
        found = [value for word, value in table if word in low]
        chosen = found if local == "costimulatoryDomain" else found[:1]
        missing = term(f"{words_}NotReported")
        for value in chosen:
            subject.add(term(local), term(value))
            subject.values[term(local)] = {node for node in subject.values[term(local)] if node.value != missing}
        if not chosen and first:
            subject.add(term(local), missing)
    if "in vivo" in low or "inside the body" in low:
        subject.add(RDF_TYPE, term("InVivoCARTherapy"))
    if "mrna" in low:
        subject.add(RDF_TYPE, term("MRNACARTherapy"))
    if product and first:
        subject.add(term("modalityText"), Literal(product))


def _site(desk: Desk, block: Node) -> None:
    node = block.child("site")
    text = node.take() if not isinstance(node.value, dict) else node.text("text")
    if not text:
        return
    found = desk.lexicon.find("site", str(text)) or desk.lexicon.scan("site", str(text))
    for entry in found:
        study(desk).add(term("conductedAt"), entry.iri)
    if not found:
        subject = desk.facts.subject(iri("site", slug(str(text), 8)), "shared/sites", "Site")
        subject.add(LABEL, words(str(text)))
        study(desk).add(term("conductedAt"), subject.iri)


def _received(desk: Desk) -> None:
    therapy, regimen = iri("therapy", desk.key), iri("regimen", desk.key)
    for ref in desk.cohorts.values():
        cohort = desk.facts.subjects.get(ref.iri)
        if cohort is not None and received(desk, cohort) and therapy in desk.facts.subjects:
            cohort.add(term("receivedTherapy"), therapy)
        if cohort is not None and received(desk, cohort) and "regimen" in desk.root and ref.study == desk.key:
            cohort.add(term("receivedRegimen"), regimen)


def place_regimen(desk: Desk) -> None:
    """Make the regimen and its elements, or claim those of the studies reported on."""
    node = desk.root.child("regimen")
    if node.value is None:
        return
    for key in _studies(desk):
        if key == desk.key:
            regimen = desk.own(iri("regimen", key), "Regimen")
            regimen.add(LABEL, words(f"regimen of {key}"))
            study(desk).add(term("usesRegimen"), regimen.iri)
    for part, role in (("lymphodepletion", "lymphodepletion"), ("bridging", "bridging"), ("concomitant_or_post", "concomitant")):
        for row in node.children(part):
            for key in _row_studies(desk, row):
                _drug_row(desk, row, Given(key, role))
    for name in ("lymphodepletion_note", "timing"):
        for key in _studies(desk):
            if name in node:
                _regimen_text(desk, node.child(name), key, str(node.child(name).take()))
    if "cell_dose" in node:
        for key in _studies(desk):
            _cell_dose(desk, node.child("cell_dose"), key)
    infusions = node.child("cell_infusions")
    if infusions.value is not None:
        for key in _studies(desk):
            _infusions(desk, infusions, key)


def _row_studies(desk: Desk, row: Node) -> list[str]:
    name = row.text("cohort")
    if name and name in desk.cohorts:
        return [desk.cohorts[name].study]
    if name:
        desk.notice(row.child("cohort"), "dossier-unknown-cohort", f"no cohort `{name}` here; name one of the cohorts")
    return _studies(desk)


def _regimen(desk: Desk, key: str) -> Subject | None:
    if key == desk.key:
        return desk.own(iri("regimen", key), "Regimen")
    return desk.library.known[key].facts.subjects.get(iri("regimen", key))


def _regimen_text(desk: Desk, node: Node, key: str, text: str) -> None:
    regimen = _regimen(desk, key)
    if regimen is None:
        return
    if key == desk.key:
        regimen.add(term("treatmentText"), Literal(text))
        if _NONE.search(text) and "concomitant" not in node.path:
            regimen.add(term("noLymphodepletion"), typed("true", "boolean"))
    desk.claim(node, regimen, text)


def _drug_row(desk: Desk, row: Node, given: Given) -> None:
    said, text = row.text("drug"), row.text("text")
    drugs = desk.lexicon.find("drug", said or "") or desk.lexicon.scan("drug", said or "")
    if not drugs and text and given.role == "lymphodepletion":
        drugs = desk.lexicon.scan("drug", text)
    dose = _dose(desk, row)
    if not drugs:
        if said:
            message = f"drug `{said}` is not in data/ttl/shared/drugs.ttl; use one that is, or add it there"
            desk.notice(row.child("drug"), "dossier-unknown-drug", message)
        _regimen_text(desk, row, given.study, text or said or "")
        return
    for drug in drugs:
        role = "postInfusion" if given.role == "concomitant" and re.search(r"after", f"{dose.start} {text}") else given.role
        parts = [drug.name, *([number_text(dose.value)] if dose.value is not None else []), *([dose.unit.unit.name] if dose.unit.unit else [])]
        if dose.days:
            parts.append(f"day-{dose.days[0]}".replace("--", "-minus-"))
        element = desk.facts.subject(iri("administration", given.study, role_slug(role), slug("-".join(parts).replace(".", "p"))), given.study, "DrugAdministration")
        element.add(LABEL, words(" ".join(part for part in (drug.label, dose.describe()) if part)))
        element.add(term("drug"), drug.iri)
        element.add(term("treatmentRole"), term(role))
        dose.write(element)
        said_text = "; ".join(part for part in (said if len(drugs) > 1 else None, text) if part)
        if said_text:
            element.add(term("treatmentText"), Literal(said_text))
        _join(desk, element, given.study)
        desk.claim(row, element, "; ".join(part for part in (said, dose.words, text) if part))


def role_slug(role: str) -> str:
    """Give the part of an element's IRI that names its role."""
    return {"postInfusion": "post-infusion"}.get(role, role)


def _join(desk: Desk, element: Subject, key: str) -> None:
    element.add(term("elementOf"), iri("regimen", key))
    if key == desk.key:
        desk.own(iri("regimen", key)).add(term("hasElement"), element.iri)


@dataclass(frozen=True, slots=True)
class Dose:
    """One dose: size and unit, schedule and start as printed, first and last day from the infusion."""

    value: float | None
    unit: UnitReading
    words: str
    schedule: str | None
    start: str | None
    days: tuple[int, ...]

    def describe(self) -> str:
        """Give size, unit and days in words."""
        unit = self.unit.unit.label if self.unit.unit else ""
        return " ".join(part for part in (number_text(self.value) if self.value is not None else "", unit, self.schedule or self.start or "") if part)

    def write(self, element: Subject) -> None:
        """Add the statements of this dose."""
        if self.value is not None:
            element.add(term("doseValue"), decimal(self.value))
        if self.unit.unit:
            element.add(term("doseUnit"), self.unit.unit.iri)
        if self.unit.comparator or self.unit.text:
            element.add(term("doseText"), Literal(self.words))
        for text in (self.schedule, self.start):
            if text:
                element.add(term("schedule"), Literal(text))
        if self.days:
            element.add(term("startDay"), decimal(self.days[0]))
        if len(self.days) > 1:
            element.add(term("endDay"), decimal(self.days[-1]))


def _dose(desk: Desk, row: Node) -> Dose:
    value, text = row.number("dose"), row.text("dose")
    unit_words, schedule, start = row.text("unit"), row.text("schedule"), row.text("start")
    if value is None and text and (match := _DOSE.match(text)):
        value = float(match[1])
        unit_words, _, rest = match[2].partition(",")
        schedule = schedule or rest.strip() or None
    unit = read_unit(unit_words, desk.lexicon)
    if unit is None:
        message = f"unit `{unit_words}` is not in data/ttl/shared/units.ttl; use one that is, or add it there"
        desk.notice(row.child("unit"), "dossier-unknown-unit", message)
        unit = UnitReading(None)
    said = " ".join(part for part in (text or "", row.text("unit") or "") if part)
    days = tuple(sorted({int(day) for day in _DAYS.findall(schedule)})) if schedule and schedule.startswith("day") else ()
    if start and (match_days := re.search(r"(?:day )?(\d+)(?: days after)?", start)) and "week" not in start:
        days = (int(match_days[1]),)
    return Dose(value, unit, said, schedule, start, days)


def _cell_dose(desk: Desk, node: Node, key: str) -> None:
    unit_words = node.text("unit") or ""
    scale = _MILLION if unit_words.startswith("million ") else 1
    unit = read_unit(unit_words.removeprefix("million ") or None, desk.lexicon)
    if unit is None:
        desk.notice(node.child("unit"), "dossier-unknown-unit", f"unit `{node.child('unit').value}` is not in data/ttl/shared/units.ttl")
        return
    value, text = node.number("value"), node.text("value")
    if value is None and text and (match := _DOSE.match(text)) and "infusion" not in text:
        value = float(match[1])
    sizes = [(value * scale, None)] if value is not None else []
    patients = [item.take() for item in node.children("patients_per_level")]
    levels = [item.take() for item in node.children("levels")]
    sizes += [(float(level or 0), patients[i] if i < len(patients) else None) for i, level in enumerate(levels)]
    for name, kind in (("per_kg", "cells-per-kg"), ("then", None)):
        number = node.number(name)
        if number is not None:
            other = UnitReading(next(iter(desk.lexicon.find("unit", "cells per kg")), None)) if kind else unit
            _dose_element(desk, node, key, CellAmount(float(number), other, None, "then" if name == "then" else None))
    low, high = node.number("range_low"), node.number("range_high")
    for size, people in sizes or [(None, None)]:
        note = f"{people} patients at this level" if people is not None else None
        _dose_element(desk, node, key, CellAmount(float(size) if size is not None else None, unit, note, None, low, high))


@dataclass(frozen=True, slots=True)
class CellAmount:
    """One dose of cells: its size or span, its unit, a note."""

    value: float | None
    unit: UnitReading
    note: str | None
    order: str | None
    low: float | int | None = None
    high: float | int | None = None


def _dose_element(desk: Desk, node: Node, key: str, amount: CellAmount) -> None:
    unit = amount.unit.unit.name if amount.unit.unit else "unit-not-reported"
    size = number_text(amount.value) if amount.value is not None else (f"{number_text(amount.low)}-to-{number_text(amount.high or 0)}" if amount.low is not None else "not-reported")
    element = desk.facts.subject(iri("administration", key, "cells", slug(f"{size}-{unit}".replace(".", "p"))), key, "CellDose")
    element.add(LABEL, words(f"{size.replace('-', ' ')} {amount.unit.unit.label if amount.unit.unit else ''} ({key})"))
    element.add(term("treatmentRole"), term("cellInfusion"))
    if iri("therapy", key) in desk.facts.subjects or key != desk.key:
        element.add(term("cells"), iri("therapy", key))
    for local, number in (("doseValue", amount.value), ("doseLow", amount.low), ("doseHigh", amount.high)):
        if number is not None:
            element.add(term(local), decimal(number))
    if amount.unit.unit:
        element.add(term("doseUnit"), amount.unit.unit.iri)
    texts = [str(node.child(name).take()) for name in ("text", "note") if name in node]
    printed = node.child("value").value
    texts += [printed] if isinstance(printed, str) else []
    unit_words = str(node.child("unit").value or "")
    if amount.unit.text or amount.unit.comparator:
        texts.append(unit_words)
    for text in [*texts, amount.note]:
        if text:
            element.add(term("doseText"), Literal(text))
    schedule = node.text("schedule")
    if schedule:
        element.add(term("schedule"), Literal(schedule))
    times = node.count("infusions")
    if times is not None or (schedule and schedule.startswith(("single", "once"))):
        element.add(term("infusionCount"), count(times if times is not None else 1))
    _join(desk, element, key)
    desk.claim(node, element, "; ".join([*texts, unit_words]) or None)


def _infusions(desk: Desk, node: Node, key: str) -> None:
    times = node.count("value")
    if times is None:
        return
    element = desk.facts.subject(iri("administration", key, "cells", f"{times}-infusions"), key, "CellDose")
    element.add(LABEL, words(f"{times} infusions of cells ({key})"))
    element.add(term("treatmentRole"), term("cellInfusion"))
    element.add(term("infusionCount"), count(times))
    element.add(term("cells"), iri("therapy", key))
    _join(desk, element, key)
    desk.claim(node, element)
