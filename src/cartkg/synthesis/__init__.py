"""Cohorts, findings and overlap statements in; patients counted once, pooled proportions and conflicts out."""

from cartkg.synthesis.cohorts import Cohort, Degree, Overlap, Shared
from cartkg.synthesis.counting import LeftOut, PatientCount, count_patients
from cartkg.synthesis.pooling import Interval, Pooled, Responders, exact_interval, pool
from cartkg.synthesis.sharing import Sharing

__all__ = [
    "Cohort",
    "Degree",
    "Interval",
    "LeftOut",
    "Overlap",
    "PatientCount",
    "Pooled",
    "Responders",
    "Shared",
    "Sharing",
    "count_patients",
    "exact_interval",
    "pool",
]
