"""The seed texts: each fact of them is in the graph, said by the publication that the text is."""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from pyoxigraph import Literal, NamedNode, RdfFormat, parse

from cartkg.namespaces import BASE

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT / "data" / "ttl"
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
    """

    seed: str
    fact: str
    subject: str
    says: str

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


def described_by(speaker: str) -> set[str]:
    """Return the keys of the publications that a text describes, itself included."""
    pages = {thing for thing in graph() if speaker in values(thing, "pageOf")}
    keys = {thing.removeprefix(f"{BASE}source/").partition("/")[0] for thing in pages}
    told = [speaker, *values(speaker, "reportsOn"), *values(speaker, "citesAsSource")]
    return keys | {thing.removeprefix(f"{BASE}publication/") for thing in told}


@pytest.mark.parametrize("fact", facts(), ids=str)
def test_fact_of_a_seed_text_is_said_by_that_text(fact: Fact) -> None:
    speaker = f"{BASE}publication/{SPEAKERS[fact.seed]}"
    kind, key, *_ = fact.subject.split("/")
    if kind in ("claim", "remark"):
        assert values(BASE + fact.subject, "claimedBy") == [speaker]
    else:
        assert key in described_by(speaker)


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
_LUPUS = "finding/mackensen-2022-natmed"
_TUEBINGEN = "finding/pecher-2023-jama"
_TALK = "finding/taubmann-op0027-longterm"
_POST = "mackensen-2022-webpost"
CLASHES = [
    Clash(
        "mueller-2024-nejm/crs-icans-severity",
        "contradiction",
        f"{_SERIES}/crs-2",
        f"{_SERIES}/crs-or-icans-moderate-or-high-grade",
    ),
    Clash(
        "mueller-2024-nejm/how-long-patients-followed",
        "differentWindow",
        "finding/nejm-series-summary-2024/follow-up-longest",
        f"{_SERIES}/disease-activity-over-29mo",
    ),
    Clash(
        "mueller-2024-nejm/spread-follow-up",
        "differentStatistic",
        f"{_SERIES}/follow-up-median-range",
        f"{_SERIES}/follow-up-median-iqr",
    ),
    Clash(
        "mueller-2024-nejm/how-long-lupus-seen",
        "differentWindow",
        f"{_SERIES}/disease-activity-over-29mo",
        f"{_SERIES}/disease-activity-over-24mo",
    ),
    Clash("mueller-2024-nejm/women-men-among", "contradiction", f"{_SERIES}/women", f"{_TALK}/women"),
    Clash("mueller-2024-nejm/grade-crs-count", "contradiction", f"{_SERIES}/crs-1", f"{_TALK}/crs-1"),
    Clash(
        "hicks-2023-medscape/how-far-strength-lungs",
        "differentWindow",
        f"{_TUEBINGEN}/lung-function",
        f"{_TUEBINGEN}/lung-function-8mo",
    ),
    Clash(
        "mueller-2023-lancet/treatment-after-cells",
        "differentPractice",
        "administration/pecher-2023-jama/mycophenolate-mofetil-post-infusion",
        "finding/mueller-2023-lancet/off-immunosuppression-6mo",
    ),
    Clash(
        f"{_POST}/time-to-b-cells",
        "rounding",
        f"{_LUPUS}/time-to-b-cell-recovery-about",
        f"{_LUPUS}/time-to-b-cell-recovery-mean",
    ),
    Clash(f"{_POST}/symptoms-gone-or-better", "contradiction", f"{_LUPUS}/organ-manifestations", f"{_LUPUS}/symptoms"),
    Clash(
        f"{_POST}/antibodies-lost",
        "differentDefinition",
        f"{_LUPUS}/b-cell-autoantibodies",
        f"{_LUPUS}/anti-dsdna",
    ),
    Clash(
        f"{_POST}/free-of-disease",
        "differentDefinition",
        f"finding/{_POST}/disease-activity",
        f"{_LUPUS}/sledai-3mo",
    ),
    Clash(
        "mackensen-2022-natmed/baseline-sledai",
        "contradiction",
        f"{_LUPUS}/sledai-median",
        "finding/schett-2022-acr-1651/p3-sledai-2k",
    ),
]


@pytest.mark.parametrize("clash", CLASHES, ids=lambda clash: clash.conflict)
def test_disagreement_joins_what_both_sides_say(clash: Clash) -> None:
    conflict = f"{BASE}conflict/{clash.conflict}"
    joined = set(values(conflict, "involves"))
    assert {BASE + clash.one, BASE + clash.other} <= joined
    assert all(thing in graph() for thing in joined)
    assert holds(values(conflict, "conflictKind")[0], clash.kind)
    sides = [values(side, "restsOn") for side in values(conflict, "hasSide")]
    assert len(sides) == 2
    assert any(BASE + clash.one in side for side in sides)
    assert any(BASE + clash.other in side for side in sides)
    explained = holds(values(conflict, "conflictStatus")[0], "explainedConflict")
    assert explained == bool(values(conflict, "explanation"))


def test_being_admitted_is_no_grade() -> None:
    finding = f"{BASE}{_SERIES}/pneumonia"
    assert values(finding, "qualifierText") == ["with hospital admission"]
    assert values(finding, "gradeText") == []


def test_no_conflict_on_baseline_joins_a_later_score() -> None:
    joined = values(f"{BASE}conflict/mackensen-2022-natmed/baseline-sledai", "involves")
    assert f"{BASE}{_LUPUS}/sledai-median" in joined
    assert f"{BASE}{_LUPUS}/sledai-3mo" not in joined


@pytest.mark.parametrize("speaker", SPEAKERS.values())
def test_one_statement_in_two_wordings_is_one_finding(speaker: str) -> None:
    told: dict[tuple[str, ...], list[str]] = defaultdict(list)
    about = ("ofCohort", "measure", "timeKind", "timeValue", "timeHigh", "qualifierText")
    for claim in graph():
        for thing in values(claim, "asserts") if values(claim, "claimedBy") == [f"{BASE}publication/{speaker}"] else []:
            if any(holds(kind, "described") for kind in values(thing, "resultKind")):
                told[tuple(" ".join(values(thing, name)) for name in about)].append(thing)
    assert {key: found for key, found in told.items() if len(found) > 1} == {}
