"""What patients are like, from the cohort rows of a dossier: each fact a finding with its claim."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pyoxigraph import Literal

from cartkg.curation.amounts import Amount, UnitReading
from cartkg.curation.baselines import Row, measure_entry, noted_source, place_amounts, say
from cartkg.curation.desk import Desk, Said
from cartkg.curation.facts import term
from cartkg.curation.times import BASELINE, LAST, NO_TIME, OVER
from cartkg.findings import Severity

if TYPE_CHECKING:
    from cartkg.curation.node import Node

_TEXTS = {
    "autoantibodies_note": "autoantibody-status",
    "baseline": "baseline-state",
    "eligibility": "eligibility",
    "enrolled": "enrolment",
    "enrolment_window": "treatment-period",
    "features": "organ-involvement",
    "period": "treatment-period",
    "presentation": "presentation",
    "refractory": "refractory-status",
    "share": "share-of-population",
    "treated": "treatment-period",
}
_DIRECT = {
    "country": "country",
    "country/site": "country",
    "data_cut": "dataCutoffText",
    "data_cutoff": "dataCutoffText",
    "design": "cohortText",
    "method": "cohortText",
    "note": "note",
    "phases": "cohortText",
    "programme": "cohortText",
    "role": "cohortText",
    "setting": "cohortText",
    "site": "cohortText",
    "text": "cohortText",
}
#: Words under `country/site` that name no country: a trial, or a phrase.
_NO_COUNTRY = re.compile(r"^[a-z]|^[^,(]*\d")
_SHARE = re.compile(r"\s+(?:in (\d+)|(\d+)/(\d+))$")


def place_characteristics(desk: Desk) -> None:
    """Make the findings of all cohort and patient rows."""
    for node in desk.root.children("cohorts"):
        ref = desk.cohorts.get(str(node.child("id").value))
        if ref:
            _cohort_row(desk, Row(node, ref))
    for node in desk.root.children("patients"):
        ref = desk.cohorts.get(str(node.child("id").value))
        if ref:
            _patient_row(desk, Row(node, ref))


def _cohort_row(desk: Desk, row: Row) -> None:
    for sex in ("women", "men"):
        number = row.node.count(sex)
        if number is not None:
            say(
                desk,
                row,
                sex,
                Said(BASELINE, Amount(number, row.cohort.count, statistic="count")),
                noted_source(row, "sex"),
            )
    share = row.node.number("women_percent")
    if share is not None:
        percent = UnitReading(desk.lexicon.find("unit", "%")[0])
        say(desk, row, "women", Said(BASELINE, Amount(None, row.cohort.count, share, "percentOnly", percent)))
    place_amounts(desk, row)
    _therapies(desk, row)
    for child in row.node.children("autoantibodies"):
        _antibody(desk, row, child)
    for name, measure in _TEXTS.items():
        _text(desk, row, name, measure)
    _whole_numbers(desk, row)
    _direct(desk, row)


def _therapies(desk: Desk, row: Row) -> None:
    node = row.node.child("prior_therapies")
    if not isinstance(node.value, list):
        return
    for item in node.items():
        text = str(item.take())
        share = _SHARE.search(text)
        amount = _counted(share, row) or Amount()
        drugs = desk.lexicon.scan("drug", text)
        for drug in drugs:
            said = Said(BASELINE, amount, text, None if share else "present", drug.name)
            finding = say(desk, row, "prior-therapy", said)
            finding.add(term("aboutDrug"), drug.iri)
            cohort = desk.facts.subjects.get(row.cohort.iri)
            if cohort is not None:
                cohort.add(term("priorDrug"), drug.iri)
        if not drugs:
            desk.in_words(item.path, "no drug of data/ttl/shared/drugs.ttl is in it")
            say(desk, row, "prior-therapy-description", Said(BASELINE, amount, text))


def _antibody(desk: Desk, row: Row, child: Node) -> None:
    """Say which antibodies were found at baseline, with the number of patients where the text ends in one.

    A number belongs to an antibody only when the words before it are that antibody's name: "A or B in 4" says of
    neither how many had it.
    """
    text = str(child.take())
    share = _SHARE.search(text)
    name = (text[: share.start()] if share else text).strip(" :,")
    named = desk.lexicon.find("criterion", name) or desk.lexicon.find("criterion", f"{name} antibodies")
    found = named or desk.lexicon.scan("criterion", name)
    antibodies = [entry for entry in found if "AutoantibodyMeasure" in desk.lexicon.classes.get(entry.iri, ())]
    if not antibodies:
        desk.in_words(child.path, "no autoantibody of data/ttl/shared/criteria.ttl is in it")
    elif share and not named:
        desk.in_words(child.path, "the number is not that of one antibody: the words before it are not its name alone")
    for measure in [entry.name for entry in antibodies] or ["autoantibody-status"]:
        counted = _counted(share, row) if named and antibodies else None
        said = Said(BASELINE, counted or Amount(), text, None if counted or not antibodies else "present")
        finding = desk.finding(row.cohort, measure_entry(desk, measure), "CharacteristicFinding", said)
        desk.claim(row.node, finding, text, noted_source(row, text))


def _counted(share: re.Match[str] | None, row: Row) -> Amount | None:
    """Read the number of patients that ends a text, `3/8` or `in 3`; of the whole cohort where no other is told."""
    if share is None:
        return None
    return Amount(int(share[1] or share[2]), int(share[3]) if share[3] else row.cohort.count, statistic="count")


def _text(desk: Desk, row: Row, name: str, measure: str) -> None:
    node = row.node.child(name)
    if node.value is None or isinstance(node.value, (dict, list)):
        return
    value = node.take()
    if value is True:
        say(desk, row, measure, Said(BASELINE, Amount(), f"{name.replace('_', ' ')}: yes", "present"))
    elif isinstance(value, int):
        _people(desk, row, measure, value)
    else:
        say(desk, row, measure, Said(BASELINE if measure != "treatment-period" else OVER, Amount(), str(value)))


def _people(desk: Desk, row: Row, measure: str, number: int) -> None:
    """Say a number of people that need not belong to the cohort, such as those screened."""
    unit = UnitReading(desk.lexicon.find("unit", "patients")[0])
    say(desk, row, measure, Said(NO_TIME, Amount(value=number, statistic="total", unit=unit)))


def _whole_numbers(desk: Desk, row: Row) -> None:
    whole = row.node.count("of")
    if whole is not None:
        _people(desk, row, "source-population", whole)
    screened = row.node.count("screened")
    if screened is not None:
        _people(desk, row, "screened", screened)
    split = row.node.child("split")
    for name in split.names():
        number = split.count(name)
        text = name.replace("_", " ")
        say(
            desk,
            row,
            "subgroup-split",
            Said(
                NO_TIME, Amount(number, row.cohort.count, statistic="count"), text, None, text.lower().replace(" ", "-")
            ),
        )
    _body(desk, row)


def _body(desk: Desk, row: Row) -> None:
    """Say height, weight and disability at baseline."""
    for name, measure, unit in (("height_cm", "body-height", "cm"), ("weight_kg", "body-weight-baseline", "kg")):
        size = row.node.child("body").number(name)
        if size is not None:
            say(
                desk,
                row,
                measure,
                Said(
                    BASELINE,
                    Amount(value=size, statistic="singleValue", unit=UnitReading(desk.lexicon.find("unit", unit)[0])),
                ),
            )
    state = row.node.child("baseline").number("EDSS_mean")
    if state is not None:
        say(
            desk,
            row,
            "edss",
            Said(
                BASELINE,
                Amount(value=state, statistic="mean", unit=UnitReading(desk.lexicon.find("unit", "points")[0])),
            ),
        )


def _direct(desk: Desk, row: Row) -> None:
    """Put texts on the cohort itself when it is ours; of others' cohorts the claim on the cohort tells them."""
    cohort = desk.facts.subjects.get(row.cohort.iri)
    if cohort is None or cohort.home != desk.key or "same_as" in row.node:
        return
    for name, local in _DIRECT.items():
        text = row.node.text(name)
        if text:
            cohort.add(term("cohortText" if local == "country" and _NO_COUNTRY.search(text) else local), Literal(text))


def _patient_row(desk: Desk, row: Row) -> None:
    sex = row.node.text("sex")
    if sex:
        say(desk, row, "men" if sex == "male" else "women", Said(BASELINE, Amount(1, 1, statistic="count")))
    numbers = (
        ("age", "age", "years", BASELINE),
        ("SLEDAI_2K", "sledai-2k", "points", BASELINE),
        ("mRSS", "mrss", "points", BASELINE),
        ("disease_duration_years", "disease-duration", "years", BASELINE),
        ("follow_up_months", "follow-up", "months", LAST),
    )
    for name, measure, unit, time in numbers:
        number = row.node.number(name)
        if number is not None:
            reading = UnitReading(desk.lexicon.find("unit", unit)[0])
            say(desk, row, measure, Said(time, Amount(value=number, statistic="singleValue", unit=reading)))
    for child in row.node.children("autoantibodies"):
        _antibody(desk, row, child)
    _text(desk, row, "features", "organ-involvement")


def warn_size(desk: Desk) -> None:
    """Find women and men that do not add up to more patients than there are, and parts larger than their whole."""
    for node in desk.root.children("cohorts"):
        total, women, men = (node.child(name).value for name in ("n", "women", "men"))
        if isinstance(total, int) and sum(x for x in (women, men) if isinstance(x, int)) > total:
            desk.notice(
                node, "dossier-count-above-n", f"women and men are more than the {total} patients; correct one of them"
            )
        whole = node.child("of").value
        if isinstance(total, int) and isinstance(whole, int) and total > whole:
            desk.notice(
                node.child("of"),
                "dossier-part-above-whole",
                f"{total} patients cannot be part of {whole}",
                Severity.ERROR,
            )


def warn_study_size(desk: Desk) -> None:
    """Find cohorts that have more patients than `all` of the study; call it when the conflicts are joined.

    One that a conflict is about stays: two counts of a report that clash are kept.
    """
    whole = desk.cohorts.get("all")
    disputed = {name for subject in desk.facts for name in subject.texts(term("involves"))}
    for node in desk.root.children("cohorts") if whole and whole.study == desk.key else ():
        ref, size = desk.cohorts.get(str(node.child("id").value)), node.child("n").value
        if ref is None or whole is None or ref.iri in disputed or "same_as" in node or ref.study != desk.key:
            continue
        if isinstance(size, int) and whole.count is not None and size > whole.count:
            message = (
                f"cohort `{node.child('id').value}` has {size} patients, `all` of the study {whole.count}; "
                "correct a count, or take the cohort out if its patients are of another study"
            )
            desk.notice(node.child("n"), "dossier-cohort-above-study", message)
