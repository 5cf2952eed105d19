"""The table of faults in one statement: what is done to it, and the rule that must find it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.mutation.faults import SUBJECT, Corpus, Edit

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    from tests.mutation.blocks import Block, Statement

    #: Says which statements a fault can hit.
    Fits: TypeAlias = Callable[[Corpus, Block, Statement], bool]

_COUNT = '"{}"^^xsd:nonNegativeInteger'


def number(term: str) -> float:
    """Give the number that a term writes; not a number when it writes none."""
    match = re.match(r'"?(-?\d+(?:\.\d+)?)', term)
    return float(match[1]) if match else float("nan")


def is_a(*names: str) -> Fits:
    """Fit the blocks of things of these classes."""
    wanted = {f"cartkg:{name}" for name in names}
    return lambda _corpus, block, _statement: any(each.object in wanted for each in block.having("a"))


def holds(text: str) -> Fits:
    """Fit the statements whose object has a text in it."""
    return lambda _corpus, _block, statement: text in statement.object


def undisputed(_corpus: Corpus, block: Block, _statement: Statement) -> bool:
    """Fit what no conflict excuses."""
    return block.subject not in _corpus.disputed


def _both(*rules: Fits) -> Fits:
    return lambda corpus, block, statement: all(rule(corpus, block, statement) for rule in rules)


def _lone(_corpus: Corpus, block: Block, statement: Statement) -> bool:
    """Fit a predicate with one value, so that dropping it leaves none."""
    return len(block.having(statement.predicate)) == 1


def _timed(_corpus: Corpus, block: Block, _statement: Statement) -> bool:
    """Fit a time point that nothing but its value tells."""
    others = ("cartkg:timeText", "cartkg:timeHigh")
    kind = block.first("cartkg:timeKind")
    return kind in {"cartkg:atTimePoint", "cartkg:withinWindow"} and all(block.first(other) is None for other in others)


def _names_one(_corpus: Corpus, block: Block, statement: Statement) -> bool:
    """Fit a restatement of one named publication."""
    return len(block.having(statement.predicate)) == 1 and block.first("cartkg:restatesUnrecorded") is None


def _is_publication(_corpus: Corpus, block: Block, _statement: Statement) -> bool:
    return block.subject.startswith("publication:")


def _undescribed(_corpus: Corpus, block: Block, _statement: Statement) -> bool:
    """Fit what no words describe."""
    return block.first("cartkg:doseText") is None


def _graded(_corpus: Corpus, block: Block, _statement: Statement) -> bool:
    """Fit a grade whose system begins with 1."""
    return block.first("cartkg:gradingSystem") not in {None, "cartkg:gradingSystemNotReported"}


def _only_described(_corpus: Corpus, block: Block, statement: Statement) -> bool:
    """Fit the one text of a finding that has nothing else to say."""
    lone = len(block.having(statement.predicate)) == 1 and block.first("cartkg:gradeText") is None
    return lone and block.first("cartkg:resultKind") == "cartkg:described"


def _plain_value(_corpus: Corpus, block: Block, _statement: Statement) -> bool:
    """Fit the unit of a value that is not a ratio of two rates and has no unit in words."""
    ratio = re.search(r"[rR]atio$", block.first("cartkg:statistic") or "")
    return block.first("cartkg:value") is not None and block.first("cartkg:unitText") is None and ratio is None


def _plain_dose(_corpus: Corpus, block: Block, _statement: Statement) -> bool:
    """Fit the unit of a dose that has no unit in words."""
    return block.first("cartkg:doseValue") is not None and block.first("cartkg:unitText") is None


def _is_graded(_corpus: Corpus, block: Block, _statement: Statement) -> bool:
    return block.first("cartkg:gradeLow") is not None


def _is_part(corpus: Corpus, block: Block, _statement: Statement) -> bool:
    """Fit a cohort that is part of one with a count."""
    whole = corpus.blocks.get(block.first("cartkg:partOfCohort") or "")
    return whole is not None and whole.first("cartkg:patientCount") is not None


def _is_share(_corpus: Corpus, block: Block, _statement: Statement) -> bool:
    """Find proportions; one that is flagged as doubtful in its source may be any number."""
    if block.first("cartkg:doubtful") is not None:
        return False
    return block.first("cartkg:statistic") == "cartkg:percentOnly" and block.first("cartkg:unit") == "unit:percent"


def _has_start(_corpus: Corpus, block: Block, _statement: Statement) -> bool:
    return block.first("cartkg:startDay") is not None


def _adult(_corpus: Corpus, block: Block, statement: Statement) -> bool:
    """Fit an age that twelvefold is none."""
    return block.first("cartkg:measure") == "criterion:age" and number(statement.object) > 10


def _constant(new: str) -> Callable[[str], str]:
    return lambda _old: new


def _misspelt(term: str) -> str:
    """Leave out the last letter but one."""
    return term[:-2] + term[-1]


def _lost(term: str) -> str:
    """Make an IRI of ours lead nowhere."""
    return term[:-1] + "-lost>" if term.startswith("<") else term + "-lost"


def _drop(predicate: str, rule: str, *classes: str) -> Edit:
    local = predicate.partition(":")[2]
    fits = _both(is_a(*classes), _lone) if classes else _lone
    return Edit(f"drop {local} ({rule.partition('Shape')[0]})", rule, predicate, None, fits, SUBJECT)


DROPS: tuple[Edit, ...] = (
    _drop("cartkg:ofCohort", "FindingShape-ofCohort"),
    _drop("cartkg:measure", "FindingShape-measure"),
    _drop("cartkg:timeKind", "FindingShape-timeKind"),
    _drop("cartkg:numerator", "CountFindingShape-numerator"),
    _drop("cartkg:statistic", "MeasurementFindingShape-statistic", "MeasurementFinding"),
    _drop("cartkg:claimedBy", "ClaimShape-claimedBy", "Claim"),
    _drop("cartkg:asserts", "ClaimShape-asserts"),
    _drop("cartkg:originality", "ClaimShape-originality"),
    _drop(
        "cartkg:readLevel",
        "PublicationShape-readLevel",
        "CaseReport",
        "CaseSeries",
        "NewsItem",
        "Review",
        "TrialReport",
    ),
    _drop("cartkg:ofStudy", "CohortShape-ofStudy"),
    _drop("cartkg:studyDesign", "StudyShape-studyDesign"),
    _drop("rdfs:label", "CohortShape-label", "Cohort"),
    Edit(
        "drop drug (DrugAdministration)",
        "DrugAdministrationShape-drug",
        "cartkg:drug",
        None,
        _both(_lone, _undescribed),
        SUBJECT,
    ),
    _drop("cartkg:cellSource", "CellTherapyShape-cellSource"),
    _drop("cartkg:conflictKind", "ConflictShape-conflictKind"),
    _drop("cartkg:trialStatus", "ClinicalTrialShape-trialStatus"),
    _drop("cartkg:daysPerUnit", "TimeUnitShape-daysPerUnit"),
    _drop("cartkg:basis", "OverlapShape-basis"),
)
TYPES: tuple[Edit, ...] = (
    Edit("count as decimal", "FindingShape-numerator", "cartkg:numerator", lambda old: f"{number(old)}"),
    Edit("count below zero", "FindingShape-denominator", "cartkg:denominator", _constant(_COUNT.format(-1))),
    Edit("value as text", "FindingShape-value", "cartkg:value", lambda old: f'"{old}"', is_a("MeasurementFinding")),
    Edit("patient count in words", "CohortShape-patientCount", "cartkg:patientCount", _constant('"eight"')),
    Edit(
        "date in another form",
        "PublicationShape-issued",
        "dcterms:issued",
        _constant('"22 Feb 2024"^^xsd:date'),
        _is_publication,
    ),
    Edit("year as text", "PublicationShape-year", "cartkg:year", lambda old: f'"{old}"'),
    Edit(
        "label without language", "StudyShape-label", "rdfs:label", lambda old: old.removesuffix("@en"), is_a("Study")
    ),
    Edit("two cohorts", "FindingShape-ofCohort", "cartkg:ofCohort", _lost, at="cartkg:ofCohort", beside=True),
    Edit("measure as text", "FindingShape-measure", "cartkg:measure", lambda old: f'"{old}"'),
    Edit("cohort that is a study", "FindingShape-ofCohort", "cartkg:ofCohort", _constant("study:mueller-2024-nejm")),
)
NAMES: tuple[Edit, ...] = (
    Edit(
        "DOI with its resolver",
        "PublicationShape-doi",
        "cartkg:doi",
        lambda old: old.replace('"', '"https://doi.org/', 1),
    ),
    Edit("DOI without its prefix", "PublicationShape-doi", "cartkg:doi", lambda old: '"' + old.partition("/")[2]),
    Edit("PMID with a word", "PublicationShape-pmid", "cartkg:pmid", lambda old: old.replace('"', '"PMID ', 1)),
    Edit(
        "trial number one digit short",
        "ClinicalTrialShape-registryNumber",
        "cartkg:registryNumber",
        lambda old: re.sub(r"(NCT\d{7})\d", r"\1", old),
        holds('"NCT'),
    ),
    Edit(
        "trial number of another trial",
        "trial-named-otherwise-violation",
        "cartkg:registryNumber",
        lambda old: re.sub(r"NCT\d{8}", "NCT99999999", old),
        holds('"NCT'),
    ),
    Edit("misspelt predicate", "unknown-term-violation", "cartkg:measure", lambda old: old, renamed="cartkg:mesure"),
    Edit("misspelt value", "unknown-term-violation", "cartkg:timeKind", _misspelt),
    Edit("misspelt class", "unknown-term-violation", "a", _misspelt, _both(is_a("Cohort", "Claim", "Study"))),
    Edit("cohort that is nowhere", "dangling-reference-violation", "cartkg:ofCohort", _lost),
    Edit("finding that is nowhere", "dangling-reference-violation", "cartkg:asserts", _lost),
    Edit("measure that is nowhere", "dangling-reference-violation", "cartkg:measure", _lost),
    Edit(
        "property of another class",
        "FindingShape",
        "cartkg:timeKind",
        _constant('"10.1000/x"'),
        renamed="cartkg:doi",
        beside=True,
    ),
    Edit(
        "claim without restated source",
        "restatement-without-source-violation",
        "cartkg:restates",
        None,
        _names_one,
        "cartkg:originality",
    ),
)
VALUES: tuple[Edit, ...] = (
    Edit(
        "date after the data",
        "date-after-data-version-violation",
        "dcterms:issued",
        lambda old: re.sub(r"\d{4}", "2091", old, count=1),
    ),
    Edit(
        "unit of time for a score",
        "unit-unfit-for-measure-violation",
        "cartkg:unit",
        _constant("unit:month"),
        holds("unit:point"),
    ),
    Edit("unit that is not a time", "FindingShape-timeUnit", "cartkg:timeUnit", _constant("unit:percent")),
    Edit(
        "part larger than its whole",
        "part-above-whole-cohort-violation",
        "cartkg:patientCount",
        _constant(_COUNT.format(9999)),
        _is_part,
    ),
    Edit("share above all", "percentage-outside-scale-violation", "cartkg:value", _constant("140.0"), _is_share),
    Edit(
        "last day before the first",
        "ends-out-of-order-violation",
        "cartkg:endDay",
        _constant("-999.0"),
        _has_start,
        "cartkg:startDay",
    ),
    Edit("grade off its scale", "FindingShape-gradeHigh", "cartkg:gradeHigh", _constant("7")),
    Edit("grade below its scale", "grade-outside-scale-violation", "cartkg:gradeLow", _constant("0"), _graded),
    Edit(
        "time point without value",
        "finding-without-time-violation",
        "cartkg:timeValue",
        None,
        _timed,
        "cartkg:timeKind",
    ),
    Edit(
        "description without words",
        "described-without-words-violation",
        "cartkg:resultText",
        None,
        _only_described,
        "cartkg:resultKind",
    ),
    Edit("value without unit", "value-without-unit-violation", "cartkg:unit", None, _plain_value, "cartkg:value"),
    Edit("dose without unit", "dose-without-unit-violation", "cartkg:doseUnit", None, _plain_dose, "cartkg:doseValue"),
    Edit(
        "grade without system",
        "grade-without-system-violation",
        "cartkg:gradingSystem",
        None,
        _is_graded,
        "cartkg:gradeLow",
    ),
    Edit(
        "age in months of a life",
        "age-outside-life-violation",
        "cartkg:spreadHigh",
        lambda old: f"{number(old) * 12}",
        _adult,
    ),
)
EDITS = (*DROPS, *TYPES, *NAMES, *VALUES)
