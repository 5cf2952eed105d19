"""The words of a conflict in; its two sides, and what in the graph each of them speaks of, out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from pyoxigraph import Literal

from cartkg.curation.facts import LABEL, RDF_TYPE, Subject, iri, term
from cartkg.namespaces import BASE, XSD

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cartkg.curation.desk import Desk

_TOPICS = (
    (re.compile(r"\bCRS\b|cytokine", re.IGNORECASE), ("term/cytokine-release-syndrome", "term/crs-or-icans")),
    (re.compile(r"\bICANS\b"), ("term/icans", "term/crs-or-icans", "term/neurotoxicity")),
    (re.compile(r"women|\bsex\b|men\b", re.IGNORECASE), ("criterion/women", "criterion/men")),
    (re.compile(r"follow-up|observation", re.IGNORECASE), ("criterion/follow-up", "criterion/follow-up-longest")),
    (re.compile(r"\bage\b", re.IGNORECASE), ("criterion/age",)),
    (re.compile(r"SLEDAI|baseline activity"), ("criterion/sledai", "criterion/sledai-2k")),
    (re.compile(r"illness|duration of disease", re.IGNORECASE), ("criterion/disease-duration",)),
    (re.compile(r"mRSS"), ("criterion/mrss",)),
    (re.compile(r"marrow"), ("term/haematological-toxicity", "term/neutropenia")),
    (re.compile(r"depletion"), ("criterion/b-cell-depletion",)),
    (re.compile(r"peak day"), ("criterion/car-t-peak",)),
    (re.compile(r"relapse|^duration"), ("criterion/relapse", "criterion/drug-free-remission")),
    (re.compile(r"treatment after|post-infusion"), ("criterion/stop-of-immunosuppression",)),
)
_PARTINGS = (
    re.compile(r"^(.+?) versus (.+)$"),
    re.compile(r"^(.+?) but (.+)$"),
    re.compile(r"^(.+?\(s\d+\)) (?:or|and) (.+)$"),
    re.compile(r"^([^;,]+), (.+)$"),
    re.compile(r"^(.+?); (.+)$"),
    re.compile(r"^(.+?) and (.+)$"),
)
_TREATMENTS = re.compile(r"dose|lymphodepletion|treatment after|post-infusion", re.IGNORECASE)
_COUNTED = re.compile(r"\bpatients\b|\bnumber$|\bsample\b|\bparticipants\b|\bset has\b|\bpool size\b", re.IGNORECASE)
_NO_AMOUNT = re.compile(
    r"\bs\d+\b|\bseed \d+|\bNCT\d+|\b(?:19|20)\d\d\b|\bgrade \d|\b10\.\d{4}/\S+|[Mm]onth-\d+|\bSRI-\d"
)
_OUT_OF = re.compile(r"(\d+) ?(?:of|/) ?\d+")
_NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?![.\w]*[A-Za-z])")
_NAMED_SOURCE = re.compile(r"\([^)]*?\b(s\d+)\b")
_DOUBT = re.compile(r"slip|may be|cannot be right|implausible|repositor|left out|^unusual")
_COUNTS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
#: Numbers of a finding that do not say how much: out of how many, when, and at which grade.
_NOT_HOW_MUCH = frozenset(
    term(name) for name in ("denominator", "timeValue", "timeLow", "timeHigh", "gradeLow", "gradeHigh")
)
_PARTS = ("component/", "threshold/", "difference/")
_EMPTY_WORDS = frozenset(
    {
        "about",
        "month",
        "over",
        "week",
        "year",
        "limit",
        "part",
        "number",
        "word",
        "window",
        "unit",
        "with",
        "after",
        "before",
        "claim",
    }
)


@dataclass(frozen=True, slots=True)
class Sides:
    """The two sides of a conflict, in words; None where the words do not part."""

    first: str | None
    second: str | None


def split_sides(text: str) -> Sides:
    """Part a conflict told in one sentence into its two sides.

    Example:
        >>> split_sides("Age: 69 in the newspaper, 59 in the trade news.").second
        '59 in the trade news.'
    """
    for pattern in _PARTINGS:
        match = pattern.match(text)
        if match:
            return Sides(match[1].strip(), match[2].strip())
    return Sides(None, None)


@dataclass(frozen=True, slots=True)
class Told:
    """A conflict as a dossier tells it: what it is about, both sides, and the key of the publication on the other."""

    about: str
    sides: Sides
    other: str


def spoken_of(desk: Desk, told: Told) -> tuple[list[str], list[str]]:
    """Give, for each side, the findings, cohorts, treatments, parts of definitions and remarks that it speaks of.

    What is measured is named in `about`, else by the sides. What shares a number with the words of a side is that
    side's; among findings told in words, what shares a word with it.
    """
    pools = [_pool(desk, key) for key in (desk.key, told.other)]
    both = f"{told.sides.first or ''} {told.sides.second or ''}"
    measures = _measures(desk, told.about)
    if not any(_measured(each, measures) for pool in pools for each in pool):
        measures = _measures(desk, both)
    found = [
        _elements(pool, told.about)
        or _matches(told, text or told.about, pool, measures)
        or _counted_so(text or "", pool, _measures(desk, text or ""))
        for text, pool in zip((told.sides.first, told.sides.second), pools, strict=True)
    ]
    return found[0], found[1] if is_statement(told.sides.second) else []


def _pool(desk: Desk, key: str) -> list[Subject]:
    """Give what a publication says: what is named for it, and the findings it claims."""
    facts = desk.facts if key == desk.key else (desk.library.known[key].facts if key in desk.library.known else None)
    if facts is None:
        return []
    speakers = (iri("publication", key), f"{iri('publication', key)}/")
    claimed = {
        target
        for subject in (*facts, *desk.facts)
        if (who := subject.one(term("claimedBy"))) and (who == speakers[0] or who.startswith(speakers[1]))
        for target in subject.texts(term("asserts"))
    }
    everywhere = [desk.facts, facts, *(known.facts for known in desk.library.known.values() if known.facts.subjects)]
    bodies = {name: each.subjects[name] for name in claimed for each in everywhere if name in each.subjects}
    own = f"/{key}/"
    for each in (desk.facts, facts):
        named = (name for name in each.subjects if own in name.removeprefix(BASE) and f"{own}conflicts-" not in name)
        bodies.update((name, each.subjects[name]) for name in named)
    return [bodies[name] for name in sorted(bodies)]


def topics(text: str) -> frozenset[str]:
    """Give the measures that the matter of a conflict is about, by words that are no measure's name."""
    return frozenset(BASE + path for pattern, paths in _TOPICS if pattern.search(text) for path in paths)


def _measures(desk: Desk, text: str) -> set[str]:
    named = {entry.iri for kind in ("criterion", "term") for entry in desk.lexicon.scan(kind, text)}
    return named | topics(text)


def _measured(subject: Subject, measures: set[str]) -> bool:
    return subject.iri.startswith(f"{BASE}finding/") and subject.one(term("measure")) in measures


def _matches(told: Told, text: str, pool: list[Subject], measures: set[str]) -> list[str]:
    """Give what shares a number with one side: findings, else groups of patients, else parts, remarks and claims.

    Where a side names its source, what was read there comes first.
    """
    said = numbers(text)
    counted = _COUNTED.search(told.about)
    for here in (_read_in(named_source(text), pool), pool):
        sharing = [each for each in here if _measured(each, measures) and said & _amounts(each)]
        findings = [each for each in sharing if _head(each) <= said] or sharing
        cohorts = [each for each in here if counted and said & numbers(" ".join(each.texts(term("patientCount"))))]
        described = [each for each in here if _measured(each, measures) and _alike(text, each)]
        found = findings or cohorts or described or _worded(told.about, said, here)
        if found:
            return [each.iri for each in found]
    return []


def _counted_so(text: str, pool: list[Subject], measures: set[str]) -> list[str]:
    """Give the findings in numbers on what a side itself names, where they state a number of it."""
    said = numbers(text)
    return [each.iri for each in pool if _measured(each, measures) and not _in_words(each) and said & _amounts(each)]


def _in_words(finding: Subject) -> bool:
    return term("DescriptiveFinding") in finding.texts(RDF_TYPE)


def _alike(text: str, finding: Subject) -> bool:
    """Tell whether a finding told in words shares a word with a side."""
    return _in_words(finding) and bool(_content(text) & _content(" ".join(finding.texts(term("resultText")))))


def is_statement(text: str | None) -> bool:
    """Tell whether the words of a second side say what somebody states, and not what the reader of both makes of it."""
    return text is not None and (named_source(text) is not None or not _DOUBT.search(text))


def named_source(text: str) -> str | None:
    """Give the id of the first source that a text names in brackets."""
    match = _NAMED_SOURCE.search(text)
    return match[1] if match else None


def _read_in(source: str | None, pool: list[Subject]) -> list[Subject]:
    """Give what was read in a source, and what is claimed there."""
    there = [each for each in pool if source and (each.one(term("readIn")) or "").endswith(f"/{source}")]
    asserted = {target for each in there for target in each.texts(term("asserts"))}
    return [each for each in pool if each.iri in asserted] + there


def _worded(about: str, said: frozenset[Decimal], pool: list[Subject]) -> list[Subject]:
    wanted = _content(about)
    telling = {number for number in said if number > _SMALL or number % 1}
    parts = [each for each in pool if each.iri.removeprefix(BASE).startswith(_PARTS) and wanted & _content(_text(each))]
    remarks = [
        each
        for each in pool
        if each.iri.startswith(f"{BASE}remark/")
        and ((wanted and wanted <= _content(_text(each))) or telling & numbers(_text(each)))
    ]
    claims = [
        each
        for each in pool
        if each.iri.startswith(f"{BASE}claim/") and telling & numbers(" ".join(each.texts(term("claimText"))))
    ]
    return parts or remarks or claims


#: Numbers up to this one stand in many texts by chance.
_SMALL = 20


def _elements(pool: Iterable[Subject], about: str) -> list[str]:
    if not _TREATMENTS.search(about):
        return []
    part = "lymphodepletion" if "lymphodepletion" in about else ("cells" if "dose" in about else "post-infusion")
    return [each.iri for each in pool if each.iri.startswith(f"{BASE}administration/") and f"/{part}/" in each.iri]


def numbers(text: str) -> frozenset[Decimal]:
    """Give the numbers a text states, counts in words too, without source ids, grades and what is counted out of.

    Example:
        >>> sorted(numbers("10 of 15 had grade 1 (s2), one had more"))
        [Decimal('1'), Decimal('10')]
    """
    plain = _OUT_OF.sub(r"\1", _NO_AMOUNT.sub(" ", text))
    words = set(re.findall(r"[a-z]+", plain.lower()))
    spelt = {Decimal(count) for count, word in enumerate(_COUNTS) if word in words}
    spelt |= {Decimal(0)} if "none" in words else set()
    return frozenset(spelt | {Decimal(found) for found in _NUMBER.findall(plain)})


def _amounts(finding: Subject) -> frozenset[Decimal]:
    stated = frozenset(
        abs(Decimal(value.value))
        for predicate, values in finding.values.items()
        if predicate not in _NOT_HOW_MUCH
        for value in values
        if isinstance(value, Literal) and value.datatype.value in {f"{XSD}decimal", f"{XSD}nonNegativeInteger"}
    )
    return stated or numbers(" ".join(finding.texts(term("resultText"))))


def _head(finding: Subject) -> frozenset[Decimal]:
    """Give the number that a finding is about; all of its numbers where it has only a range or words."""
    stated = finding.texts(term("value")) or finding.texts(term("numerator"))
    return frozenset(abs(Decimal(value)) for value in stated) or _amounts(finding)


def _content(text: str) -> frozenset[str]:
    found = re.findall(r"[a-z]{4,}", text.lower())
    return frozenset(word.removesuffix("s") for word in found) - _EMPTY_WORDS


def _text(subject: Subject) -> str:
    told = (LABEL, *map(term, ("claimText", "topic", "thresholdText", "differenceText", "componentText", "note")))
    return " ".join(text for predicate in told for text in subject.texts(predicate))
