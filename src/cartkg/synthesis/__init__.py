"""Count patients once, and pool proportions, from cohorts, findings and overlap statements.

A *cohort* is a group of patients that a study reports; its *arm* is what they received. A *subgroup* is a cohort inside
another. A *report* may give the patients of an earlier one again, and an *overlap* states how far two cohorts are the
same people. `relations` finds what follows from these and from the traits of the patients, each step with its facts;
`bounds` turns it into the fewest and the most people that a set of cohorts can be; `count` asks a question and answers
with both bounds, what they rest on, and what was left out. The model is described in docs/explanation/counting.md.
"""

from cartkg.synthesis.counting.counts import Gap, PatientCount, count, count_once
from cartkg.synthesis.patients.cohorts import Cells, Cohort, CohortReason, Contradiction, Degree, Overlap, Span, Traits
from cartkg.synthesis.patients.relations import Relations
from cartkg.synthesis.patients.standing import Relation, Standing
from cartkg.synthesis.questions.groups import CountedTime, NotCounted, PatientGroup, PatientQuestion, counts_of
from cartkg.synthesis.reading.stated_relations import read_relations

__all__ = [
    "Cells",
    "Cohort",
    "CohortReason",
    "Contradiction",
    "CountedTime",
    "Degree",
    "Gap",
    "NotCounted",
    "Overlap",
    "PatientCount",
    "PatientGroup",
    "PatientQuestion",
    "Relation",
    "Relations",
    "Span",
    "Standing",
    "Traits",
    "count",
    "count_once",
    "counts_of",
    "read_relations",
]
