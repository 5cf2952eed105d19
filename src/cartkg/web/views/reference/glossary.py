"""Words of the site in plain language, each with the term of the ontology that it explains, if there is one."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Entry:
    """A word, what it means for somebody without training, and the local name of its term in the ontology."""

    word: str
    meaning: str
    term: str = ""

    @property
    def anchor(self) -> str:
        """Return its name in an address."""
        return self.word.lower().replace(" ", "-").replace("/", "-")


#: In the order of the alphabet.
GLOSSARY = (
    Entry(
        "absence",
        "A note that something was looked for and not found, or not reported. It is not the same as zero.",
        "Absence",
    ),
    Entry("adverse event", "Anything harmful that happens to a patient after a treatment, whatever caused it."),
    Entry("allogeneic", "Made from the cells of another person, a donor.", "allogeneic"),
    Entry("arm", "One of the groups of a study, defined by what its patients receive.", "Arm"),
    Entry(
        "autoimmune disease", "A disease in which the immune system attacks the body's own tissue.", "AutoimmuneDisease"
    ),
    Entry("autologous", "Made from the patient's own cells.", "autologous"),
    Entry(
        "CAR-T cell",
        "A T cell, which is a kind of white blood cell, that was given an artificial receptor (CAR). "
        "The receptor makes it find and destroy cells that carry a certain molecule.",
        "CARTCellTherapy",
    ),
    Entry(
        "certainty",
        "How sure one can be that a result is near the truth. Here only the highest certainty is given that the kind "
        "of study, the number of patients and double counting allow.",
    ),
    Entry("claim", "What one publication says: a result, and where in the text it stands.", "Claim"),
    Entry("cohort", "Patients who are counted and reported together. This site also calls it a group.", "Cohort"),
    Entry(
        "comparator",
        "What the new treatment is compared with: no treatment, a dummy (placebo), or another treatment.",
        "comparatorArm",
    ),
    Entry(
        "confidence interval",
        "A range around a measured number. The fewer the patients, the wider the range. "
        "The ranges of this site are made so that they miss the true share at most 5 times in 100.",
        "confidenceInterval",
    ),
    Entry("conflict", "Two statements about the same patients that cannot both be right.", "Conflict"),
    Entry(
        "counted once",
        "Patients often appear in several reports. Here each is counted a single time; where the reports do not say "
        "who is the same person, the fewest and the most possible numbers are given.",
        "DistinctPatientCount",
    ),
    Entry(
        "cytokine release syndrome (CRS)",
        "A reaction of the whole body soon after CAR-T cells are given, from fever to a dangerous fall of blood "
        "pressure. Its grade says how severe it is: 1 is mild, 4 threatens life.",
    ),
    Entry("denominator", 'The number of patients who were looked at: the N in "n of N".', "denominator"),
    Entry("finding", "One result: of one group of patients, one measure, at one time.", "Finding"),
    Entry("follow-up", "The time for which patients were watched after treatment.", "lastFollowUp"),
    Entry(
        "ICANS",
        "Short for immune effector cell-associated neurotoxicity syndrome: trouble of the nervous system after CAR-T "
        "cells, from mild confusion to seizures. Its grade says how severe it is.",
    ),
    Entry("infusion", "The day on which the cells are given into a vein. Times on this site count from it."),
    Entry(
        "lymphodepletion",
        "Medicines given before the cells, to make room for them by lowering the number of other white blood cells.",
        "lymphodepletion",
    ),
    Entry("measure", "What is observed in patients, such as a score of disease activity.", "Measure"),
    Entry("median", "The middle value: half of the patients are below it and half above it."),
    Entry("numerator", 'The number of patients with the result: the n in "n of N".', "numerator"),
    Entry("overlap", "Two groups of patients share people, or may share them.", "Overlap"),
    Entry(
        "phase",
        "How far the testing of a treatment has come. Phase 1 asks whether it is safe, phase 2 whether it may work, "
        "phase 3 compares it with other treatments in many patients.",
        "TrialPhase",
    ),
    Entry(
        "press only",
        "Known only from news or from a company, not from a scientific publication that was read.",
        "pressOnly",
    ),
    Entry("product", "A cell treatment that a developer makes under one name or code.", "CellProduct"),
    Entry("randomised", "Chance decides who gets which treatment, so that the groups are alike at the start."),
    Entry("read level", "How much of a publication was read for this site.", "ReadLevel"),
    Entry(
        "recruiting",
        "The trial was taking patients when its record was read. Look it up, as this changes.",
        "TrialStatus",
    ),
    Entry(
        "remission",
        "The disease is quiet: few or no signs of it are left. Each disease has its own definition.",
        "RemissionCriterion",
    ),
    Entry("restatement", "A publication repeats a result that another one reported first.", "restates"),
    Entry("study", "A planned investigation of patients, which may be reported in several publications.", "Study"),
    Entry("target", "The molecule that the cells look for, such as CD19 on B cells.", "TargetAntigen"),
    Entry("threshold", "The limit at which a measured value counts as good, bad or changed.", "Threshold"),
    Entry("trial", "A study that was entered in a public register before or while it runs.", "ClinicalTrial"),
)
