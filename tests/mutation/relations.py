"""Faults that need more than one statement: what is done, and the rule that must find it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tests.mutation.blocks import Block, Statement, Text
from tests.mutation.edits import number
from tests.mutation.faults import Corpus, Fault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from random import Random

_LUPUS = "obo:MONDO_0007915"


@dataclass(frozen=True, slots=True)
class Relation:
    """A kind of fault made by a function of its own."""

    name: str
    rule: str
    makes: Callable[[Corpus, Text, Random], tuple[Text, frozenset[int]] | None]

    def make(self, corpus: Corpus, text: Text, random: Random) -> Fault | None:
        """Make the fault, or give None when the file offers no place for it."""
        made = self.makes(corpus, text, random)
        return Fault(self.name, self.rule, made[1], made[0]) if made else None


def _pick(random: Random, blocks: Iterable[Block]) -> Block | None:
    found = list(blocks)
    return random.choice(found) if found else None


def _set(block: Block, predicate: str, value: str) -> Block:
    """Give the block with one value of a predicate in place of the old one, which must be there."""
    old = block.having(predicate)[0]
    return block.swapped(old, Statement(predicate, value))


def _at(text: Text, block: Block, predicate: str) -> frozenset[int]:
    return frozenset(text.line(block.subject, each) for each in block.having(predicate))


def _is_a(block: Block, name: str) -> bool:
    return any(each.object == f"cartkg:{name}" for each in block.having("a"))


def _with(block: Block, *predicates: str) -> bool:
    return all(block.first(predicate) is not None for predicate in predicates)


def _numbers(block: Block, *predicates: str) -> list[float]:
    return [number(block.first(predicate) or "") for predicate in predicates]


def swap_counts(corpus: Corpus, text: Text, random: Random) -> tuple[Text, frozenset[int]] | None:
    """Swap numerator and denominator."""
    pair = ("cartkg:numerator", "cartkg:denominator")
    fit = (each for each in text.blocks if _with(each, *pair) and _numbers(each, *pair)[0] < _numbers(each, *pair)[1])
    block = _pick(random, (each for each in fit if each.subject not in corpus.disputed))
    if block is None:
        return None
    over, under = block.first(pair[0]) or "", block.first(pair[1]) or ""
    after = _set(_set(block, pair[0], under), pair[1], over)
    faulty = text.with_block(block, after)
    return faulty, _at(faulty, after, pair[0])


def swap_range(_corpus: Corpus, text: Text, random: Random) -> tuple[Text, frozenset[int]] | None:
    """Swap the ends of a range."""
    ends = ("cartkg:spreadLow", "cartkg:spreadHigh")
    block = _pick(random, (each for each in text.blocks if _with(each, *ends) and len(set(_numbers(each, *ends))) > 1))
    if block is None:
        return None
    low, high = block.first(ends[0]) or "", block.first(ends[1]) or ""
    after = _set(_set(block, ends[0], high), ends[1], low)
    faulty = text.with_block(block, after)
    return faulty, _at(faulty, after, ends[0])


def leave_range(corpus: Corpus, text: Text, random: Random) -> tuple[Text, frozenset[int]] | None:
    """Put a value above the top of its own range."""
    need = ("cartkg:value", "cartkg:spreadLow", "cartkg:spreadHigh")
    block = _pick(random, (each for each in text.blocks if _with(each, *need) and each.subject not in corpus.disputed))
    if block is None:
        return None
    after = _set(block, "cartkg:value", f"{number(block.first('cartkg:spreadHigh') or '') + 1}")
    faulty = text.with_block(block, after)
    return faulty, _at(faulty, after, "cartkg:value")


def leave_score(corpus: Corpus, text: Text, random: Random) -> tuple[Text, frozenset[int]] | None:
    """Put a score above the top of its scale."""
    blocks = (block for each in corpus.texts.values() for block in each.blocks)
    scored = {block.subject for block in blocks if block.first("cartkg:hasScoreRange")}
    fit = (each for each in text.blocks if each.first("cartkg:measure") in scored and _with(each, "cartkg:value"))
    block = _pick(random, (each for each in fit if each.first("cartkg:unit") in {None, "unit:point"}))
    if block is None:
        return None
    after = _set(block, "cartkg:value", "4711.0")
    faulty = text.with_block(block, after)
    return faulty, _at(faulty, after, "cartkg:value")


def shrink_cohort(corpus: Corpus, text: Text, random: Random) -> tuple[Text, frozenset[int]] | None:
    """Make a cohort smaller than a denominator counted in it."""
    counted: dict[str, list[Block]] = {}
    for each in text.blocks:
        if _with(each, "cartkg:ofCohort", "cartkg:denominator") and each.subject not in corpus.disputed:
            counted.setdefault(each.first("cartkg:ofCohort") or "", []).append(each)
    block = _pick(
        random, (each for each in text.blocks if each.subject in counted and _with(each, "cartkg:patientCount"))
    )
    if block is None:
        return None
    most = max(number(each.first("cartkg:denominator") or "") for each in counted[block.subject])
    after = _set(block, "cartkg:patientCount", f'"{int(most) - 1}"^^xsd:nonNegativeInteger')
    faulty = text.with_block(block, after)
    hit = [each for each in counted[block.subject] if number(each.first("cartkg:denominator") or "") == most]
    return faulty, frozenset().union(*(_at(faulty, each, "cartkg:denominator") for each in hit))


def repeat_claim(_corpus: Corpus, text: Text, random: Random) -> tuple[Text, frozenset[int]] | None:
    """Write a claim twice under two names."""
    block = _pick(random, (each for each in text.blocks if _is_a(each, "Claim") and each.subject.endswith(">")))
    if block is None:
        return None
    again = replace(block, subject=block.subject[:-1] + "-again>")
    faulty = text.with_block(block, block, again)
    return faulty, _at(faulty, again, "cartkg:asserts")


def lose_claim(corpus: Corpus, text: Text, random: Random) -> tuple[Text, frozenset[int]] | None:
    """Drop the only claim on a finding."""
    own = {each.subject for each in text.blocks if _with(each, "cartkg:ofCohort", "cartkg:measure")}
    lone = (each for each in text.blocks if each.first("cartkg:asserts") in own)
    block = _pick(random, (each for each in lone if corpus.assertions[each.first("cartkg:asserts") or ""] == 1))
    if block is None:
        return None
    faulty = text.with_block(block)
    return faulty, frozenset({faulty.line(block.first("cartkg:asserts") or "")})


def _iri(block: Block) -> str:
    """Give a subject's IRI: of two things with one identifier, the one that comes later is at fault."""
    if block.subject.startswith("<"):
        return block.subject.strip("<>")
    kind, _, name = block.subject.partition(":")
    return f"https://w3id.org/cartkg/{kind}/{name}"


def borrow_doi(corpus: Corpus, text: Text, random: Random) -> tuple[Text, frozenset[int]] | None:
    """Give a publication the DOI of another one."""
    block = _pick(random, (each for each in text.blocks if _with(each, "cartkg:doi")))
    if block is None:
        return None
    others = [each for each in corpus.blocks.values() if _with(each, "cartkg:doi") and _iri(each) < _iri(block)]
    if not others:
        return None
    after = _set(block, "cartkg:doi", random.choice(others).first("cartkg:doi") or "")
    faulty = text.with_block(block, after)
    return faulty, _at(faulty, after, "cartkg:doi")


def misapply_criterion(corpus: Corpus, text: Text, random: Random) -> tuple[Text, frozenset[int]] | None:
    """Measure lupus with an index of another disease."""
    foreign = [
        block.subject
        for block in corpus.blocks.values()
        if _with(block, "cartkg:appliesToDisease") and _is_a(block, "ScoreMeasure")
        if {each.object for each in block.having("cartkg:appliesToDisease")} <= _NO_LUPUS
    ]
    lupus = {
        block.subject
        for block in text.blocks
        if [each.object for each in block.having("cartkg:hasDisease")] == [_LUPUS]
    }
    fit = (each for each in text.blocks if each.first("cartkg:ofCohort") in lupus and _is_a(each, "OutcomeFinding"))
    block = _pick(random, fit)
    if block is None or not foreign:
        return None
    after = _set(block, "cartkg:measure", random.choice(foreign))
    faulty = text.with_block(block, after)
    return faulty, _at(faulty, after, "cartkg:measure")


#: Systemic sclerosis, myasthenia gravis, multiple sclerosis: none is a kind of lupus, nor lupus of it.
_NO_LUPUS = frozenset({"obo:MONDO_0005100", "obo:MONDO_0009688", "obo:MONDO_0005301"})


def own_news(corpus: Corpus, text: Text, random: Random) -> tuple[Text, frozenset[int]] | None:
    """Let a news item claim a result as its own."""
    news = {block.subject for block in corpus.blocks.values() if _is_a(block, "NewsItem")}
    fit = (each for each in text.blocks if each.first("cartkg:claimedBy") in news)
    block = _pick(random, (each for each in fit if each.first("cartkg:originality") == "cartkg:restatement"))
    if block is None:
        return None
    after = _set(block, "cartkg:originality", "cartkg:ownResult")
    faulty = text.with_block(block, after)
    return faulty, _at(faulty, after, "cartkg:originality")


def too_many_women(corpus: Corpus, text: Text, random: Random) -> tuple[Text, frozenset[int]] | None:
    """Count one woman more than men leave room for."""
    men = {
        each.first("cartkg:ofCohort"): each for each in text.blocks if each.first("cartkg:measure") == "criterion:men"
    }
    fit = (each for each in text.blocks if each.first("cartkg:measure") == "criterion:women")
    open_to_it = (each for each in fit if each.subject not in corpus.disputed and _with(each, "cartkg:numerator"))
    block = _pick(random, (each for each in open_to_it if each.first("cartkg:ofCohort") in men))
    if block is None:
        return None
    brother = men[block.first("cartkg:ofCohort")]
    cohort = corpus.blocks.get(block.first("cartkg:ofCohort") or "")
    if cohort is None or not _with(cohort, "cartkg:patientCount") or brother.subject in corpus.disputed:
        return None
    room = number(cohort.first("cartkg:patientCount") or "") - number(brother.first("cartkg:numerator") or "")
    after = _set(block, "cartkg:numerator", f'"{int(room) + 1}"^^xsd:nonNegativeInteger')
    faulty = text.with_block(block, after)
    return faulty, _at(faulty, after, "cartkg:numerator")


def contradict(_corpus: Corpus, text: Text, random: Random) -> tuple[Text, frozenset[int]] | None:
    """Add a finding that counts one patient less in the same place, joined by no conflict."""
    pair = ("cartkg:numerator", "cartkg:denominator")
    fit = (each for each in text.blocks if _with(each, *pair) and each.subject.endswith(">"))
    counted = (each for each in fit if number(each.first(pair[0]) or "") > 0)
    block = _pick(random, (each for each in counted if each.first("cartkg:measure") != "criterion:subgroup-split"))
    if block is None:
        return None
    less = int(number(block.first(pair[0]) or "")) - 1
    other = _set(block, pair[0], f'"{less}"^^xsd:nonNegativeInteger')
    other = replace(other, subject=block.subject[:-1] + "-other>")
    faulty = text.with_block(block, block, other)
    return faulty, frozenset({faulty.line(other.subject)})


def rename_claim(_corpus: Corpus, text: Text, random: Random) -> tuple[Text, frozenset[int]] | None:
    """Give a claim an IRI of a kind that claims do not have."""
    block = _pick(random, (each for each in text.blocks if "cartkg/claim/" in each.subject))
    if block is None:
        return None
    after = replace(block, subject=block.subject.replace("/claim/", "/clam/"))
    faulty = text.with_block(block, after)
    return faulty, frozenset({faulty.line(after.subject)})


def forget_stop(_corpus: Corpus, text: Text, random: Random) -> tuple[Text, frozenset[int]] | None:
    """Leave out the full stop of a block that another follows; the parser stumbles over the next line with text."""
    blocks = text.blocks[:-1]
    block = _pick(random, (each for each in blocks if each.subject.startswith("<")))
    if block is None:
        return None
    lines = block.lines()
    at = next(place for place, part in enumerate(text.parts) if part is block)
    after = [*text.parts[:at], *lines[:-1], lines[-1].removesuffix(" ."), *text.parts[at + 1 :]]
    faulty = replace(text, parts=tuple(after))
    last = text.line(block.subject) + len(lines) - 1
    written = faulty.write().splitlines()
    following = next(number for number, line in enumerate(written, 1) if number > last and line and line[0] != "#")
    return faulty, frozenset({last, following})


def unflag_misprint(corpus: Corpus, text: Text, random: Random) -> tuple[Text, frozenset[int]] | None:
    """Take away the conflict and the doubt that excuse a count above its denominator, kept as printed."""
    pair = ("cartkg:numerator", "cartkg:denominator")
    over = {
        each.subject
        for each in text.blocks
        if _with(each, *pair) and _numbers(each, *pair)[0] > _numbers(each, *pair)[1]
    }
    flags = (each for each in text.blocks if over & {part.object for part in each.having("cartkg:involves")})
    block = _pick(random, flags)
    if block is None:
        return None
    faulty = text.with_block(block)
    hit = [corpus.blocks[part.object] for part in block.having("cartkg:involves") if part.object in over]
    for each in hit:
        if _with(each, "cartkg:doubtful"):
            faulty = faulty.with_block(each, _set(each, "cartkg:doubtful", "false"))
    return faulty, frozenset().union(*(_at(faulty, each, "cartkg:numerator") for each in hit))


RELATIONS = (
    Relation("swap numerator and denominator", "numerator-above-denominator-violation", swap_counts),
    Relation("swap the ends of a range", "ends-out-of-order-violation", swap_range),
    Relation("value above its own range", "value-outside-spread-violation", leave_range),
    Relation("score above its scale", "value-outside-score-range-violation", leave_score),
    Relation("cohort smaller than a denominator", "denominator-above-cohort-violation", shrink_cohort),
    Relation("claim written twice", "duplicate-claim-violation", repeat_claim),
    Relation("only claim on a finding dropped", "finding-without-claim-violation", lose_claim),
    Relation("DOI of another publication", "duplicate-identifier-violation", borrow_doi),
    Relation("criterion of another disease", "criterion-unfit-for-disease-violation", misapply_criterion),
    Relation("news with a result of its own", "news-own-result-violation", own_news),
    Relation("claim under another kind of IRI", "ClaimShape", rename_claim),
    Relation("full stop forgotten", "syntax", forget_stop),
    Relation("contradiction that no conflict joins", "unjoined-contradiction-violation", contradict),
    Relation("misprint no longer flagged", "numerator-above-denominator-violation", unflag_misprint),
    Relation("more women than room beside the men", "sexes-exceed-cohort-violation", too_many_women),
)
