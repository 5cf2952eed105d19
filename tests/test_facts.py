"""The facts that an independent reading found wrong have their right values; each is a fact of the compiled graph."""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest
from pyoxigraph import Literal, NamedNode, RdfFormat, parse

from cartkg.namespaces import BASE, TERM

ROOT = Path(__file__).resolve().parents[1]
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


class Fact(NamedTuple):
    """One line of tests/cases/facts.tsv.

    Attributes:
        id: number of the fault in the reading; N are numbers that stood in words only.
        subject: path of the thing.
        property: local name; `#name` counts the values, `!name` means that the value is not among them.
        value: the value, a part of a text, or `none`.
    """

    id: str
    subject: str
    property: str
    value: str


def facts() -> list[Fact]:
    with (ROOT / "tests" / "cases" / "facts.tsv").open(encoding="utf-8") as lines:
        told = (line for line in lines if not line.startswith("# "))
        return [Fact(**row) for row in csv.DictReader(told, delimiter="\t", quoting=csv.QUOTE_NONE)]


@cache
def graph() -> dict[str, dict[str, list[str]]]:
    """Return what is said of each thing, by the local name of the property; `claims` are the claims that assert it."""
    found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for path in sorted((ROOT / "data" / "ttl").rglob("*.ttl")):
        for quad in parse(path=path, format=RdfFormat.TURTLE):
            if isinstance(quad.subject, NamedNode) and isinstance(quad.object, (NamedNode, Literal)):
                name = re.split(r"[#/]", quad.predicate.value)[-1]
                found[quad.subject.value][name].append(quad.object.value)
                if name == "asserts":
                    found[quad.object.value]["claims"].append(quad.subject.value)
    return found


def said(path: str, name: str) -> list[str]:
    return graph().get(BASE + path, {}).get(name, [])


def holds(found: str, wanted: str) -> bool:
    if _NUMBER.fullmatch(wanted) and _NUMBER.fullmatch(found):
        return float(found) == float(wanted)
    if found.startswith("http"):
        return found.endswith((f"/{wanted}", f"#{wanted}"))
    return wanted in found


@pytest.mark.parametrize("fact", facts(), ids=lambda fact: f"{fact.id} {fact.subject} {fact.property}={fact.value}")
def test_a_fact_that_was_wrong_is_right(fact: Fact) -> None:
    assert BASE + fact.subject in graph()
    if fact.property.startswith("#"):
        assert len(said(fact.subject, fact.property[1:])) == int(fact.value)
    elif fact.property.startswith("!"):
        assert not any(holds(found, fact.value) for found in said(fact.subject, fact.property[1:]))
    elif fact.value == "none":
        assert said(fact.subject, fact.property) == []
    else:
        found = said(fact.subject, fact.property)
        assert any(holds(each, fact.value) for each in found), found


def things(kind: str) -> list[str]:
    return [iri.removeprefix(BASE) for iri in graph() if iri.startswith(f"{BASE}{kind}/")]


# --- Kinds of faults: rules that hold for every row, not only for those that were found ---


def test_no_result_is_the_measure_and_the_time_of_its_own_row() -> None:
    """E20, E25, E77: texts made up where the dossier had none."""
    made = re.compile(r"^[^;]+: (?:time not reported|\(?\d+ (?:days?|weeks?|months?|years?)\)?)$")
    assert [path for path in things("finding") for text in said(path, "resultText") if made.match(text)] == []


def test_the_one_value_of_a_single_patient_has_a_statistic() -> None:
    """E79: a value of one patient is a single value, not one whose statistic is unknown."""
    single = {BASE + path for path in things("cohort") if said(path, "patientCount") == ["1"]}
    assert single
    unknown = [
        path
        for path in things("finding")
        if set(said(path, "ofCohort")) <= single
        and any(holds(each, "statisticNotReported") for each in said(path, "statistic"))
    ]
    assert unknown == []


def test_a_confidence_level_is_stated_only_beside_a_confidence_interval() -> None:
    """E17, E35, E36: no interval becomes a 95% confidence interval by itself."""
    levelled = [path for path in things("finding") if said(path, "confidenceLevel")]
    assert levelled
    assert [
        path
        for path in levelled
        if said(path, "spreadKind") != [f"{TERM}confidenceInterval"] or not said(path, "spreadLow")
    ] == []
    for path in levelled:
        dossier = (ROOT / "data" / "dossiers" / f"{path.split('/')[1]}.yaml").read_text("utf-8")
        assert f"level: {float(said(path, 'confidenceLevel')[0]):g}}}" in dossier, path


def test_no_treatment_period_is_a_finding_over_the_follow_up() -> None:
    """E2, E19, E42b: when patients were treated is a period of the cohort."""
    assert [path for path in things("finding") if said(path, "measure") == [f"{BASE}criterion/treatment-period"]] == []
    assert [path for path in things("cohort") if said(path, "enrolledFrom")]


def test_a_comparator_arm_did_not_receive_the_therapy_of_its_study() -> None:
    """E90: placebo groups are not patients treated with the cells."""
    others = [path for path in things("arm") if any(holds(each, "comparatorArm") for each in said(path, "armRole"))]
    assert others
    received = {
        (path, therapy)
        for path in things("cohort")
        for arm in said(path, "inArm")
        if arm.removeprefix(BASE) in others
        for therapy in said(path, "receivedTherapy")
        if therapy not in said(arm.removeprefix(BASE), "armTherapy")
    }
    assert received == set()


def test_a_cohort_received_only_what_its_arms_received() -> None:
    """E85 to E90: nothing is inherited from a study."""
    checked = 0
    for path in things("cohort"):
        arms = [arm.removeprefix(BASE) for arm in said(path, "inArm")]
        for name, of_arm in (("receivedTherapy", "armTherapy"), ("receivedRegimen", "armRegimen")):
            allowed = {thing for arm in arms for thing in said(arm, of_arm)}
            assert set(said(path, name)) <= allowed, path
            checked += len(allowed)
    assert checked > 100


def test_only_patients_who_were_counted_are_a_number_of_patients() -> None:
    """E91, E92: centres and planned numbers are not patients."""
    for path in things("cohort"):
        if any(holds(each, kind) for each in said(path, "countedAs") for kind in ("centres", "plannedPatients")):
            assert said(path, "patientCount") == [], path


@pytest.mark.parametrize("level", ["wholeAbstract", "partialAbstract", "congressAbstractRead"])
def test_what_was_read_in_an_abstract_has_its_place_there(level: str) -> None:
    """E109, E112, E113: a place is stated with its source, never guessed from its kind."""
    read = [path for path in things("claim") if any(holds(each, level) for each in said(path, "readLevel"))]
    places = {place.partition("#")[2] for path in read for place in said(path, "place")}
    assert places & {"results", "pressText", "fullText", "discussion"} == set()


def test_a_narrative_review_has_no_own_patients_or_therapies() -> None:
    """E111: what a review says of a treatment is restated."""
    for publication in things("publication"):
        if any(holds(kind, "Review") for kind in said(publication, "type")):
            own = [
                path
                for path in things("claim")
                if f"{BASE}{publication}" in said(path, "claimedBy")
                and any(holds(each, "ownResult") for each in said(path, "originality"))
                and re.search(r"/(?:therapy|cohort|administration)/", path)
            ]
            assert own == [], publication


def test_a_dose_by_weight_or_surface_has_such_a_unit() -> None:
    """E81: a dose per kilogram is not a dose."""
    for path in things("administration"):
        texts = " ".join(said(path, "doseText"))
        units = " ".join(said(path, "doseUnit"))
        if re.search(r"(?:per|/) ?kg\b", texts):
            assert "per-kg" in units or not said(path, "doseValue"), path
        if re.search(r"(?:per|/) ?m2\b", texts) and "not printed" not in texts:
            assert "per-m2" in units or not said(path, "doseValue"), path


# --- Conflicts and overlaps that the reading judged ---


@pytest.mark.parametrize(
    ("key", "matter"),
    [
        pytest.param("gao-2025-carnk-sle", "", id="C6 unknown overlap, no contradiction"),
        pytest.param("hicks-2023-medscape", "cautious|optimistic|heading|treated patient", id="C7 two headings"),
        pytest.param("mougiakakos-2021-nejm", "DOI", id="C8 a DOI left out"),
        pytest.param("motte-2024-neuron", "QMG", id="C11 one doubt, stated once"),
    ],
)
def test_what_is_not_a_conflict_is_not_stated_as_one(key: str, matter: str) -> None:
    found = [path for path in things("conflict") if path.startswith(f"conflict/{key}/")]
    assert [path for path in found for about in said(path, "about") if re.search(matter, about)] == []


def test_an_explanation_is_not_the_second_side_again() -> None:
    for path in things("conflict"):
        assert not set(said(path, "explanation")) & set(said(path, "secondSide")), path


def overlaps() -> dict[frozenset[str], str]:
    """Return the degree of the overlap of each pair of cohorts."""
    return {
        frozenset(cohort.removeprefix(f"{BASE}cohort/") for cohort in said(path, "overlapBetween")): said(
            path, "overlapDegree"
        )[0].partition("#")[2]
        for path in things("overlap")
    }


HAGEN, NEJM = "hagen-2025-lancet-rheumatol-licats", "mueller-2024-nejm"
ACR, ASH, NATMED = "castle-2025-acr-0641", "castle-2025-ash", "castle-2026-natmed"
PAIRS = [
    # O1
    (f"{HAGEN}/all", "hagen-2024-acr-1749/all", "likelyOverlap"),
    (f"{HAGEN}/all", f"{ACR}/all", "likelyOverlap"),
    (f"{HAGEN}/all", f"{NEJM}/all", "likelyOverlap"),
    (f"{HAGEN}/ssc", "auth-2024-lancet-rheumatol/c1", "likelyOverlap"),
    (f"{HAGEN}/all", "healio-2025-schett-talk/c1", "likelyOverlap"),
    ("hagen-2024-acr-1749/all", f"{ACR}/all", "likelyOverlap"),
    ("hagen-2024-acr-1749/all", f"{NEJM}/all", "likelyOverlap"),
    ("hagen-2024-acr-1749/all", "auth-2024-lancet-rheumatol/c1", "likelyOverlap"),
    ("hagen-2024-acr-1749/all", "healio-2025-schett-talk/c1", "likelyOverlap"),
    # O2, O3
    ("schett-2022-acr-1651/c1", "mackensen-2022-natmed/c1", "likelyOverlap"),
    ("qol-costs-sle-2025/c1", f"{NEJM}/sle", "unknownOverlap"),
    # O4
    ("auth-2024-lancet-rheumatol/c1", f"{NEJM}/ssc", "likelyOverlap"),
    ("auth-2024-lancet-rheumatol/c1", "erlangen-ssc-2023-acr/c1", "likelyOverlap"),
    ("auth-2024-lancet-rheumatol/c1", "bergmann-2023-ard/c1", "likelyOverlap"),
    ("mueller-2023-lancet/c1", f"{NEJM}/iim", "likelyOverlap"),
    ("tur-2024-ard/car", f"{NEJM}/all", "unknownOverlap"),
    ("mackensen-2022-natmed/c1", f"{NEJM}/sle", "likelyOverlap"),
    # O5, O6, O7, O8
    ("gao-2025-carnk-sle/c1", "yu-2024-acr-l17-carnk/c1", "unknownOverlap"),
    ("ccar-sle-overlap-case/c1", "wang-2024-ard-ccar/all", "unknownOverlap"),
    ("ccar-sle-overlap-case/c1", "ccar-acr-compound/lupus", "unknownOverlap"),
    ("resecel-ssc-2025-eular-op0338/c1", "resecel-2025-acr-resetsle/ssc", "likelyOverlap"),
    ("mg-lems-2024-ean-digest/c2", f"{NEJM}/iim", "unknownOverlap"),
    # O9: the parts of CASTLE; the abstract of the ACR is cut before it gives the number with myositis
    (f"{ACR}/sle", f"{ASH}/sle", "knownOverlap"),
    (f"{ACR}/ssc", f"{ASH}/ssc", "knownOverlap"),
    (f"{ACR}/sle", f"{NATMED}/sle", "knownOverlap"),
    (f"{ACR}/ssc", f"{NATMED}/ssc", "knownOverlap"),
    (f"{ASH}/sle", f"{NATMED}/sle", "knownOverlap"),
    (f"{ASH}/ssc", f"{NATMED}/ssc", "knownOverlap"),
    (f"{ASH}/iim", f"{NATMED}/iim", "knownOverlap"),
    # the pairs that had two degrees or were stated twice
    ("wang-2024-ard-ccar/all", "ccar-acr-compound/lupus", "knownOverlap"),
    (f"{NEJM}/all", "taubmann-op0027-longterm/all", "knownOverlap"),
    ("wang-2024-ard-ccar/all", "zhongshan-2022-news-ccar/c1", "knownOverlap"),
    ("bergmann-2023-ard/c1", "erlangen-ssc-2023-acr/c1", "knownOverlap"),
    ("carlysle-2025-acr-2458/c1", "carlysle-2025-ash/c1", "knownOverlap"),
    (f"{ACR}/all", f"{ASH}/all", "knownOverlap"),
    ("chahin-2025-acn/c1", "granit-2023-lancetneurol/c3", "knownOverlap"),
    ("haghikia-2023-lancetneurol/c1", "motte-2024-neuron/c1", "unknownOverlap"),
    ("iaso-2025-ean-ms/c1", "qin-2025-cell/c1", "likelyOverlap"),
    ("konitsioti-2024-jneurol/c3", "sps-bochum-2024-news/c1", "likelyOverlap"),
    ("merkt-2024-ssc-ild/c1", "merkt-2025-dgrh/p1", "knownOverlap"),
    ("mg-lems-2024-ean-digest/c1", "motte-2024-neuron/c1", "likelyOverlap"),
    ("mueller-2025-natmed-bcma/c1", "taubmann-2023-rheumatology/c1", "unknownOverlap"),
    ("vu-2025-aan/c0", "granit-2023-lancetneurol/c1", "unknownOverlap"),
]


@pytest.mark.parametrize(("one", "other", "degree"), PAIRS, ids=[f"{one} + {other}" for one, other, _ in PAIRS])
def test_a_pair_of_cohorts_has_its_overlap(one: str, other: str, degree: str) -> None:
    assert overlaps().get(frozenset((one, other))) == degree
