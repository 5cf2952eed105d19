"""Read which paper or trial a text names: its DOI, PMID, PMCID or number in a register, alone or in an address."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import unquote

#: With a longest number before the slash, so that a text of digits alone is gone through once.
DOI = re.compile(r"10\.[0-9]{4}[0-9.]{0,20}/[^\s\[\]]+")
TRIAL = re.compile(
    r"\b(?:NCT[0-9]{8}|jRCT[a-z]?[0-9]{10}|ChiCTR[0-9]{8,10}|ISRCTN[0-9]{8}|DRKS[0-9]{8}"
    r"|20[0-9]{2}-[0-9]{6}-[0-9]{2}(?:-[0-9]{2})?)\b",
    re.IGNORECASE,
)
_PMCID = re.compile(r"\bPMC[0-9]+\b", re.IGNORECASE)
_PMID = re.compile(
    r"(?:https?://)?(?:www\.)?(?:(?:PMID|pubmed)[:_\s/-]*|pubmed\.ncbi\.nlm\.nih\.gov/"
    r"|ncbi\.nlm\.nih\.gov/(?:m/)?pubmed/)?([0-9]{1,9})/?(?:[?#].*)?",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"https?://", re.IGNORECASE)
#: Digits alone name a paper of PubMed when they are as many as its numbers have today; a year is none.
_FEWEST_DIGITS = 6


class IdentifierKind(StrEnum):
    """What an identifier is a number of."""

    DOI = "doi"
    PMID = "pmid"
    PMCID = "pmcid"
    TRIAL = "trial"


@dataclass(frozen=True, slots=True)
class Identifier:
    """An identifier without what people write around it.

    Attributes:
        kind: which it is.
        value: the number as its register writes it; a DOI as it was written.
        alone: whether nothing but digits was written, so that it may be a number of something else.
    """

    kind: IdentifierKind
    value: str
    alone: bool = False


def identifier_in_text(text: str) -> Identifier | None:
    """Return the identifier that a text is or contains; None where there is none.

    Example:
        >>> identifier_in_text("see https://doi.org/10.1038/s41591-022-02017-5.").value
        '10.1038/s41591-022-02017-5'
        >>> identifier_in_text("https://pubmed.ncbi.nlm.nih.gov/38381673/")
        Identifier(kind=<IdentifierKind.PMID: 'pmid'>, value='38381673', alone=False)
    """
    text = text.strip()
    if doi := DOI.search(unquote(text)):
        return Identifier(IdentifierKind.DOI, _ended(doi[0], in_address=_ADDRESS.match(text) is not None))
    if pmcid := _PMCID.search(text):
        return Identifier(IdentifierKind.PMCID, pmcid[0].upper())
    if trial := TRIAL.search(text):
        return Identifier(IdentifierKind.TRIAL, trial[0])
    found = _PMID.fullmatch(text)
    if found is None or (text.isdigit() and len(text) < _FEWEST_DIGITS):
        return None
    return Identifier(IdentifierKind.PMID, found[1], text.isdigit())


def _ended(doi: str, *, in_address: bool) -> str:
    """Return a DOI without what follows it in a sentence or an address."""
    if in_address:
        doi = re.split(r"[?#]", doi, maxsplit=1)[0]
    doi = doi.rstrip(".,;")
    while doi.endswith(")") and doi.count(")") > doi.count("("):
        doi = doi[:-1].rstrip(".,;")
    return doi
