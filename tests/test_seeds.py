"""The seed texts: each fact of them is in the graph, said by the publication that the text is."""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from cartkg.curation.dossier import load
from pyoxigraph import Literal, NamedNode, RdfFormat, parse

from cartkg.namespaces import BASE

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT / "data" / "ttl"
SUPPLEMENTS = ROOT / "data" / "supplements"
SEEDS = ROOT.parent / "shared" / "seeds"
#: Which publication each text is.
SPEAKERS = {
    "000": "hicks-2023-medscape",
    "001": "institut-myologie-2023-two-german-cases",
    "002": "nejm-series-summary-2024",
    "003": "shapiro-2024-the-rheumatologist",
    "004": "mackensen-2022-webpost",
}
#: Lines of a page around the text: its menu, and places kept for advertisements.
_AROUND = re.compile(r"^\s*• [A-Z]|advert-\d|^Video:")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")


@dataclass(frozen=True)
class Fact:
    """One line of tests/seeds.tsv.

    Attributes:
        seed: number of the seed text.
        fact: what the text says, in our own words, with its numbers.
        subject: what holds it in the graph: a claim, a remark, or a thing that the text describes.
        says: `property=value` pairs of the subject, or of what it claims.
        verdict: right, or what was wrong or missing when it was first read.
    """

    seed: str
    fact: str
    subject: str
    says: str
    verdict: str

    def __str__(self) -> str:
        return f"{self.seed}-{self.fact}"


def facts() -> list[Fact]:
    with (ROOT / "tests" / "seeds.tsv").open(encoding="utf-8") as lines:
        return [Fact(**row) for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)]


@cache
def graph() -> dict[str, dict[str, list[NamedNode | Literal]]]:
    """Give what is said of each subject, by local name of the property."""
    found: dict[str, dict[str, list[NamedNode | Literal]]] = defaultdict(lambda: defaultdict(list))
    for path in sorted(DATA.rglob("*.ttl")):
        for quad in parse(path=path, format=RdfFormat.TURTLE):
            if isinstance(quad.subject, NamedNode) and isinstance(quad.object, (NamedNode, Literal)):
                found[quad.subject.value][re.split(r"[#/]", quad.predicate.value)[-1]].append(quad.object)
    return found


def values(subject: str, name: str) -> list[str]:
    return [value.value for value in graph().get(subject, {}).get(name, [])]


def holds(found: str, wanted: str) -> bool:
    """Tell whether a value is the one wanted: the same number, the thing of that name, or words that have it."""
    if re.fullmatch(r"-?\d+(?:\.\d+)?", wanted) and re.fullmatch(r"-?\d+(?:\.\d+)?", found):
        return float(found) == float(wanted)
    if found.startswith(BASE):
        return found.endswith((f"/{wanted}", f"#{wanted}"))
    return wanted.casefold() in found.casefold()


@pytest.mark.parametrize("fact", facts(), ids=str)
def test_fact_of_a_seed_text_is_in_the_graph(fact: Fact) -> None:
    subject = BASE + fact.subject
    assert subject in graph()
    about = [subject, *values(subject, "asserts")]
    for pair in fact.says.split("; ") if fact.says else []:
        name, _, wanted = pair.partition("=")
        found = [value for thing in about for value in values(thing, name)]
        if wanted == "none":
            assert found == [], f"{name} is nowhere in the text"
        else:
            assert any(holds(value, wanted) for value in found), f"{name}: {found} has no {wanted}"


@pytest.mark.parametrize("fact", facts(), ids=str)
def test_fact_of_a_seed_text_is_said_by_that_text(fact: Fact) -> None:
    speaker = f"{BASE}publication/{SPEAKERS[fact.seed]}"
    subject = BASE + fact.subject
    if "claimedBy" in graph()[subject]:
        assert values(subject, "claimedBy") == [speaker]
    elif subject != speaker:
        reports = values(subject, "hasSource") or [
            source
            for publication in graph()
            if subject in values(publication, "reportsStudy") + values(publication, "hasSource")
            for source in values(publication, "hasSource")
        ]
        assert f"seed:{fact.seed}" in {mark for source in reports for mark in values(source, "pageMark")}


def test_every_seed_text_has_facts() -> None:
    assert {fact.seed for fact in facts()} == set(SPEAKERS)


@pytest.mark.skipif(not SEEDS.is_dir(), reason="the seed texts are not beside this checkout")
@pytest.mark.parametrize("seed", sorted(SPEAKERS))
def test_every_number_of_a_seed_text_is_in_its_facts(seed: str) -> None:
    text = next(SEEDS.glob(f"{seed}_*.txt")).read_text("utf-8")
    lines = [line for line in text.splitlines() if "ISSN" in line or not _AROUND.search(line) or seed != "003"]
    known = {number for fact in facts() if fact.seed == seed for number in _NUMBER.findall(fact.fact)}
    assert sorted(set(_NUMBER.findall("\n".join(lines))) - known) == []


@dataclass(frozen=True)
class Clash:
    """Two sides that seed texts, or a seed text and its paper, give of one thing; paths of findings and remarks."""

    conflict: str
    kind: str
    one: str
    other: str


_SERIES = "finding/mueller-2024-nejm"
_LUPUS = "finding/mackensen-2022-natmed/c1"
_TUEBINGEN = "finding/pecher-2023-jama/c1"
_NO_TIME = "time-not-reported"
CLASHES = [
    *(
        Clash(
            name,
            "contradiction",
            f"{_SERIES}/all/cytokine-release-syndrome/{_NO_TIME}/grade-2-1-of-15",
            f"{_SERIES}/all/crs-or-icans/{_NO_TIME}/moderate-or-high-grade-0-of-15",
        )
        for name in (
            "nejm-series-summary-2024/1-crs-severity",
            "shapiro-2024-the-rheumatologist/1-crs-and-icans",
            "mueller-2024-nejm/1-crs-and-icans-severity",
        )
    ),
    Clash(
        "nejm-series-summary-2024/2-how-long-the-patients-were-followed",
        "differentWindow",
        f"{_SERIES}/all/follow-up-longest/last-follow-up/maximum-2",
        f"{_SERIES}/sle/disease-activity/over-29mo/absent",
    ),
    Clash(
        "mueller-2024-nejm/6-spread-of-follow-up",
        "differentStatistic",
        f"{_SERIES}/all/follow-up/last-follow-up/median-15-range-4-to-29",
        f"{_SERIES}/all/follow-up/last-follow-up/median-15-iqr-7-to-19",
    ),
    Clash(
        "mueller-2024-nejm/7-how-long-lupus-was-seen-to",
        "differentWindow",
        f"{_SERIES}/sle/disease-activity/over-29mo/absent",
        f"{_SERIES}/sle/disease-activity/over-24mo/8-of-8",
    ),
    Clash(
        "shapiro-2024-the-rheumatologist/2-sex-of-the-15-patients",
        "contradiction",
        f"{_SERIES}/all/women/baseline/9-of-15",
        "finding/taubmann-op0027-longterm/all/women/baseline/10-of-15",
    ),
    Clash(
        "mueller-2024-nejm/3-grade-1-crs-count",
        "contradiction",
        f"{_SERIES}/all/cytokine-release-syndrome/{_NO_TIME}/grade-1-10-of-15",
        f"finding/taubmann-op0027-longterm/all/cytokine-release-syndrome/{_NO_TIME}/grade-1-8-of-15",
    ),
    Clash(
        "hicks-2023-medscape/1-how-far-strength-and-lungs-of",
        "differentWindow",
        f"{_TUEBINGEN}/lung-function/{_NO_TIME}/improved",
        f"{_TUEBINGEN}/lung-function/8mo/improved",
    ),
    Clash(
        "hicks-2023-medscape/2-what-one-treated-patient-in-tuebingen",
        "contradiction",
        "remark/hicks-2023-medscape/claims-0",
        "remark/institut-myologie-2023-two-german-cases/claims-0",
    ),
    Clash(
        "pecher-2023-jama/1-post-infusion-treatment",
        "differentPractice",
        "administration/pecher-2023-jama/post-infusion/mycophenolate-mofetil-2-g-per-day-day-35",
        "finding/mueller-2023-lancet/c1/stop-of-immunosuppression/6mo/"
        "described-all-immunosuppressants-including-cortisone-stopped-without",
    ),
    Clash(
        "mackensen-2022-webpost/1-when-b-cells-came-back",
        "rounding",
        f"{_LUPUS}/b-cell-recovery/{_NO_TIME}/approximately-4",
        f"{_LUPUS}/b-cell-recovery/{_NO_TIME}/mean-110-sd-32",
    ),
    Clash(
        "mackensen-2022-webpost/2-how-far-symptoms-went-away",
        "contradiction",
        f"{_LUPUS}/organ-manifestations/{_NO_TIME}/described-several-organs-were-ill-in-every",
        f"{_LUPUS}/symptoms/{_NO_TIME}/improved",
    ),
    Clash(
        "mackensen-2022-webpost/3-which-antibodies-were-lost",
        "differentDefinition",
        f"{_LUPUS}/b-cell-recovery/{_NO_TIME}/approximately-4",
        f"{_LUPUS}/anti-dsdna/{_NO_TIME}/resolved",
    ),
    Clash(
        "mackensen-2022-webpost/4-whether-every-patient-was-free-of",
        "differentDefinition",
        f"{_LUPUS}/b-cell-recovery/{_NO_TIME}/approximately-4",
        f"{_LUPUS}/sledai/3mo/median-0-range-width-2",
    ),
    Clash(
        "mackensen-2022-natmed/1-baseline-sledai",
        "contradiction",
        f"{_LUPUS}/sledai/baseline/median-16-range-width-8",
        "finding/schett-2022-acr-1651/p3/sledai-2k/baseline/10",
    ),
]


@pytest.mark.parametrize("clash", CLASHES, ids=lambda clash: clash.conflict)
def test_disagreement_joins_what_both_sides_say(clash: Clash) -> None:
    conflict = f"{BASE}conflict/{clash.conflict}"
    joined = set(values(conflict, "involves"))
    assert {BASE + clash.one, BASE + clash.other} <= joined
    assert all(thing in graph() for thing in joined)
    assert holds(values(conflict, "conflictKind")[0], clash.kind)
    assert values(conflict, "firstSide")
    assert values(conflict, "secondSide")
    explained = holds(values(conflict, "conflictStatus")[0], "explainedConflict")
    assert explained == bool(values(conflict, "explanation"))


def test_being_admitted_is_no_grade() -> None:
    finding = f"{BASE}{_SERIES}/all/pneumonia/{_NO_TIME}/hospital-admission-1-of-15"
    assert finding in graph()
    assert values(finding, "gradeText") == []


def test_no_conflict_on_baseline_joins_a_later_score() -> None:
    joined = values(f"{BASE}conflict/mackensen-2022-natmed/1-baseline-sledai", "involves")
    assert not [thing for thing in joined if "/3mo/" in thing]


@pytest.mark.parametrize("path", sorted(SUPPLEMENTS.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_added_row_of_a_supplement_is_in_the_graph(path: Path) -> None:
    rows = {row for subject in graph() for row in values(subject, "dossierRow")}
    found = {row.split()[2].partition("[")[0] for row in rows if row.startswith(f"{path.stem} supplement ")}
    assert found == set(load(path).child("adds").names())


@pytest.mark.parametrize("speaker", SPEAKERS.values())
def test_one_statement_in_two_wordings_is_one_finding(speaker: str) -> None:
    told: dict[str, list[str]] = defaultdict(list)
    for claim in graph():
        for thing in values(claim, "asserts") if values(claim, "claimedBy") == [f"{BASE}publication/{speaker}"] else []:
            if any(kind.endswith("DescriptiveFinding") for kind in values(thing, "type")):
                told[thing.rpartition("/")[0]].append(thing)
    assert {key: found for key, found in told.items() if len(found) > 1} == {}
