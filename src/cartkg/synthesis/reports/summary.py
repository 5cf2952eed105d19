"""Make one row of a summary of findings: patients once, pooled share, sensitivity and certainty.

The certainty follows GRADE (Guyatt et al. 2008, BMJ 336:924) by the explicit rules in `RULES`, so that a reader can
disagree with a rule instead of a judgement.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cartkg.namespaces import TERM
from cartkg.synthesis.counting.counts import PatientCount, count_groups
from cartkg.synthesis.pooling.logistic import Logistic, fit
from cartkg.synthesis.pooling.proportions import Pooled, Responders, leave_one_out, pool, pool_all
from cartkg.synthesis.questions.groups import CountedGroups, PatientGroup, PatientQuestion
from cartkg.synthesis.reading.lookup import GraphLookup
from cartkg.synthesis.reading.rows import rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cartkg.graph import KnowledgeGraph
    from cartkg.synthesis.patients.relations import Relations

#: Fewer patients than these, or exact limits wider than this share, are imprecise.
FEW, WIDE = 100, 0.2
#: More variation between cohorts than this is inconsistent.
UNEVEN = 0.5
#: A part of the patients larger than this makes a downgrade.
MOST = 0.5
LEVELS = ("very low", "low", "moderate", "high")
RULES = (
    "starts high where every study is randomised with a comparator arm, else low",
    "risk of bias: more than half of the patients assessed are known only from press reports",
    "inconsistency: I squared above 50 % with three cohorts or more",
    (
        "indirectness: more than half of the groups counted rest on derived numbers or "
        "on cohorts that include other diseases"
    ),
    f"imprecision: fewer than {FEW} patients, or 95 % exact limits more than {WIDE:.0%} apart",
    "possible overlap: the upper bound of patients exceeds the lower by more than half, or is missing",
)
_DESIGNS = """
SELECT DISTINCT ?cohort ?study ?design ?label ?role WHERE {
  ?cohort a cartkg:Cohort ; cartkg:ofStudy ?study . ?study cartkg:studyDesign ?design . ?design rdfs:label ?label .
  OPTIONAL { ?study cartkg:hasArm/cartkg:armRole ?role FILTER(?role = cartkg:comparatorArm) }
}
"""


@dataclass(frozen=True, slots=True)
class Certainty:
    """How far the answer can be trusted: the level, and each rule that led to it."""

    level: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """One row of a summary of findings.

    Attributes:
        reached: patients who reached the outcome or had the event, each once.
        treated: patients of the cohorts that say so, each once.
        studies: number of studies that they come from.
        designs: designs of these studies, with how many have each.
        comparator: whether any of them has a comparator arm.
        pooled: share over cohorts that share no patient; None where no cohort has both a count and a number assessed.
        logistic: the random-intercept logistic model of the same cohorts; None where it has no finite estimate.
        without_press: the same without what only press says.
        as_if_apart: the same over all cohorts, as if no two shared a patient; to be compared, not used.
        leave_one_out: each cohort of the pool with the pool without it.
        certainty: after GRADE.
    """

    reached: PatientCount
    treated: PatientCount
    studies: int
    designs: tuple[str, ...]
    comparator: bool
    pooled: Pooled | None
    logistic: Logistic | None
    without_press: Pooled | None
    as_if_apart: Pooled | None
    leave_one_out: tuple[tuple[Responders, Pooled], ...]
    certainty: Certainty


def summarise(question: PatientQuestion, relations: Relations, graph: KnowledgeGraph) -> Summary:
    """Summarise what is known of an outcome or event; the question must have measures.

    Raises:
        ValueError: the question counts patients treated, of whom there is no share.
    """
    if not question.measures:
        raise ValueError("a summary needs a measure or an event")
    lookup = GraphLookup(graph)
    groups = CountedGroups(question, relations, lookup).groups
    reached = count_groups(relations, groups)
    cohorts = sorted({group.cohort for group in groups})
    treated = count_groups(relations, [_whole(iri, relations) for iri in cohorts])
    pooled = pool(_responders(groups), relations)
    sober = CountedGroups(replace(question, press=False), relations, lookup).groups
    studies, designs, randomised, comparator = _designs(graph, cohorts, relations)
    row = Summary(
        reached,
        treated,
        studies,
        designs,
        comparator,
        pooled,
        fit([(count.events, count.total) for count in pooled.used]) if pooled else None,
        pool(_responders(sober), relations),
        pool_all(_responders(groups)),
        leave_one_out(pooled) if pooled else (),
        Certainty("", ()),
    )
    return replace(row, certainty=certainty(row, randomised=randomised))


def _whole(iri: str, relations: Relations) -> PatientGroup:
    cohort = relations.cohorts[iri]
    return PatientGroup(iri, cohort.low, cohort.high, cohort.size, row=cohort.row, whole=True)


def _responders(groups: Iterable[PatientGroup]) -> list[Responders]:
    """Return the groups of which both numbers are known."""
    return [
        Responders(group.finding, group.cohort, group.cohort.rpartition("/cohort/")[2], group.low, group.of)
        for group in groups
        if group.of and group.low == group.high and group.low <= group.of
    ]


def _designs(
    graph: KnowledgeGraph, cohorts: Sequence[str], relations: Relations
) -> tuple[int, tuple[str, ...], bool, bool]:
    studies = {relations.cohorts[iri].study for iri in cohorts}
    labels: dict[str, set[str]] = {}
    randomised: set[str] = set()
    compared: set[str] = set()
    for row in rows(graph, _DESIGNS):
        if row["study"] not in studies:
            continue
        labels.setdefault(row["label"], set()).add(row["study"])
        if row["design"] == f"{TERM}design-randomised":
            randomised.add(row["study"])
        if "role" in row:
            compared.add(row["study"])
    ordered = sorted(labels.items(), key=lambda item: (-len(item[1]), item[0]))
    designs = tuple(f"{label} {len(having)}" for label, having in ordered)
    return len(studies), designs, bool(studies) and studies <= randomised & compared, bool(compared)


def certainty(row: Summary, *, randomised: bool) -> Certainty:
    """Rate a row by `RULES`; each rule lowers by one level, to very low at the least."""
    reasons = [f"starts {'high' if randomised else 'low'}: {_start(randomised=randomised)}"]
    lowered = [reason for reason in (_bias(row), _inconsistency(row), _indirectness(row)) if reason]
    lowered += [reason for reason in (_imprecision(row), _overlap(row)) if reason]
    level = (3 if randomised else 1) - len(lowered)
    return Certainty(LEVELS[max(level, 0)], (*reasons, *(f"lowered by {reason}" for reason in lowered)))


def _start(*, randomised: bool) -> str:
    return "every study is randomised with a comparator arm" if randomised else "not every study is randomised"


def _bias(row: Summary) -> str:
    if row.pooled is None:
        return ""
    press = {group.finding for group in row.reached.used if group.press_only}
    slight = sum(used.total for used in row.pooled.used if used.finding in press)
    if slight <= MOST * row.pooled.total:
        return ""
    return f"risk of bias: {slight} of {row.pooled.total} patients assessed are known only from press reports"


def _inconsistency(row: Summary) -> str:
    pooled = row.pooled
    if pooled is None or pooled.i_squared is None or len(pooled.used) < 3 or pooled.i_squared <= UNEVEN:  # noqa: PLR2004
        return ""
    return f"inconsistency: I squared {pooled.i_squared:.0%} over {len(pooled.used)} cohorts"


def _indirectness(row: Summary) -> str:
    derived = sum(bool(group.derived) for group in row.reached.used)
    if derived <= MOST * len(row.reached.used):
        return ""
    return f"indirectness: {derived} of {len(row.reached.used)} groups rest on derived numbers or mixed cohorts"


def _imprecision(row: Summary) -> str:
    pooled = row.pooled
    if pooled is None:
        return "imprecision: no cohort has both a count and a number assessed"
    if pooled.total < FEW:
        return f"imprecision: {pooled.total} patients assessed, fewer than {FEW}"
    width = pooled.exact.high - pooled.exact.low
    return f"imprecision: exact limits {width:.0%} apart" if width > WIDE else ""


def _overlap(row: Summary) -> str:
    low, high = row.reached.low, row.reached.high
    if high is None:
        return "possible overlap: the count of patients has no upper bound"
    return f"possible overlap: {row.reached} patients" if high > (1 + MOST) * low else ""
