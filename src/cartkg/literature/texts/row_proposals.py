"""The seam to a language model: it may propose rows, and each needs a quote that is in the text word for word.

No model is part of cartkg, and none is asked unless a caller hands one over. A proposal whose quote, number or term
cannot be found is dropped and counted. The result of a row is never the model's: the words of the quote decide, as they
do for a suggestion without a model.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from cartkg.literature.texts.row_suggestions import KINDS, CountedPatients, SuggestedRow, shares_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cartkg.literature.texts.source_text import SourceText
    from cartkg.literature.words import Words

#: A shorter quote could be anywhere.
_SHORTEST_QUOTE = 20
MOST = 1_000


@dataclass(frozen=True, slots=True)
class RowProposal:
    """A row that a model proposes.

    Attributes:
        section: `results` or `events`.
        name: the measure or event, by id or name.
        quote: words of the text that state it, as they are there.
        n: the patients counted; None where the quote has no number.
        of: the patients assessed; None where the quote does not say.
    """

    section: str
    name: str
    quote: str
    n: int | None = None
    of: int | None = None


class RowProposer(Protocol):
    """What proposes rows for a text: a language model of any provider, or a fake of the tests."""

    @property
    def name(self) -> str:
        """What to call it in the remarks of a draft."""

    def propose(self, text: str) -> Iterable[RowProposal]:
        """Return the rows that a text may state."""


class DropReason(StrEnum):
    """Why a proposal was dropped."""

    SECTION = "of no section that rows are proposed for"
    SHORT = f"with a quote of fewer than {_SHORTEST_QUOTE} characters"
    QUOTE = "whose quote is not in the text"
    TERM = "about a measure or event of no vocabulary"
    NUMBER = "with a number that is not in the quote"
    MANY = f"beyond the first {MOST}"


@dataclass(frozen=True, slots=True)
class Accepted:
    """The proposals that can be shown to a person, and how many were dropped for which reason."""

    rows: tuple[SuggestedRow, ...]
    dropped: Mapping[DropReason, int]

    @property
    def said(self) -> str:
        """Return what was dropped, in words; empty for nothing."""
        return "; ".join(f"{number} {reason}" for reason, number in sorted(self.dropped.items()))


def accept_proposals(proposer: RowProposer, source: SourceText, words: Words) -> Accepted:
    """Ask for proposals on the text of a paper, and keep those whose quote, numbers and term can be found."""
    rows, dropped = list[SuggestedRow](), Counter[DropReason]()
    text = "\n\n".join(each.text for each in source.passages)
    for rank, proposal in enumerate(proposer.propose(text), 1):
        if rank > MOST:
            dropped[DropReason.MANY] += 1
            break
        found = _checked(proposal, source, words, proposer.name)
        if isinstance(found, DropReason):
            dropped[found] += 1
        else:
            rows.append(found)
    return Accepted(tuple(rows), dropped)


def _checked(proposal: RowProposal, source: SourceText, words: Words, model: str) -> SuggestedRow | DropReason:
    if proposal.section not in KINDS:
        return DropReason.SECTION
    quote = " ".join(proposal.quote.split())
    if len(quote) < _SHORTEST_QUOTE:
        return DropReason.SHORT
    place = next((each.place for each in source.passages if quote in each.text), None)
    if place is None:
        return DropReason.QUOTE
    term = words.find(KINDS[proposal.section], proposal.name)
    if term is None:
        return DropReason.TERM
    share = None
    if proposal.n is not None or proposal.of is not None:
        known = [each for each in shares_in(quote) if each == CountedPatients(proposal.n or 0, proposal.of)]
        if not known:
            return DropReason.NUMBER
        share = known[0]
    return SuggestedRow(proposal.section, term, share, place, quote, f"proposed by {model}; compare it with the text")
