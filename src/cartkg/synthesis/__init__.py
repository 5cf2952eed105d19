"""Cohorts, findings and overlap statements in; patients counted once, pooled proportions and conflicts out."""

from cartkg.synthesis.cohorts import Cohort, Degree, Overlap, Shared
from cartkg.synthesis.conflicts import ConflictKind, Proposal, Quantity, Stated, Window, find_conflicts
from cartkg.synthesis.counting import LeftOut, PatientCount, count_patients
from cartkg.synthesis.evidence import read_sharing, read_stated
from cartkg.synthesis.pooling import Interval, Pooled, Responders, exact_interval, pool
from cartkg.synthesis.sharing import Sharing
from cartkg.synthesis.totals import Totals, tell, total

__all__ = [
    "Cohort",
    "ConflictKind",
    "Degree",
    "Interval",
    "LeftOut",
    "Overlap",
    "PatientCount",
    "Pooled",
    "Proposal",
    "Quantity",
    "Responders",
    "Shared",
    "Sharing",
    "Stated",
    "Totals",
    "Window",
    "count_patients",
    "exact_interval",
    "find_conflicts",
    "pool",
    "read_sharing",
    "read_stated",
    "tell",
    "total",
]
