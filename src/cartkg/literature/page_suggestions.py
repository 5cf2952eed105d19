"""What words on pages, authors and cells may mean: patterns over prose, whose results are proposals, never facts."""

from __future__ import annotations

import re
from dataclasses import dataclass

from cartkg.literature.suggestions import is_denied

#: How much was read, by the words that say it; the first that fits counts.
_READ = (
    (re.compile(r"\b(?:citation|header|title|teaser)\b"), "citation"),
    (re.compile(r"\bregistr"), "registry"),
    (re.compile(r"\b(?:press|news|release)\b"), "press"),
    (re.compile(r"\b(?:secondary|summar|digest|retelling|notes|blog|review)"), "secondary-summary"),
    (re.compile(r"\bcongress"), "congress-abstract"),
    (re.compile(r"^whole abstract$"), "whole-abstract"),
    (re.compile(r"\babstract\b"), "abstract-in-part"),
    (re.compile(r"^whole (?:page|text)"), "whole-page"),
    (re.compile(r"\b(?:page|article|opening|beginning|part)\b"), "page-in-part"),
)
#: Pages of the publication itself, and words of a page that is someone else's.
_OWN_PAGE = re.compile(r"\b(?:abstract|publisher|article|journal page|pmc|pubmed|letter itself|paper)\b")
_OTHER_PAGE = re.compile(
    r"\b(?:news|blog|summar|digest|retell|other|later|earlier|review|notes|teaser|listing|society|another|seed|quot)"
)
_COPY = re.compile(r"\b(?:copy|copied|mirror|stored|pubmed|library)\b")
_PAGE_KINDS = (
    (re.compile(r"\b(?:press|release)\b"), "press-release"),
    (re.compile(r"\bnews\b"), "news"),
    (re.compile(r"\bregistr"), "registry-record"),
    (re.compile(r"\bcongress"), "congress-abstract"),
    (re.compile(r"\breview\b"), "review"),
)
_AUTHOR = re.compile(r"[^\W\d_][\w'\u2019 -]* [A-Z][A-Z-]{0,4}")
_LAST_AUTHOR = re.compile(r"\(last author ([^)]+)\)")
_THERAPY = {
    "CellSource": (
        (re.compile(r"\bpluripotent|\bipsc"), "ipsc"),
        (re.compile(r"\ballogen|healthy donor"), "allogeneic"),
        (re.compile(r"\bautolog"), "autologous"),
        (re.compile(r"\bin vivo\b|inside the body"), "in-vivo"),
    ),
    "Vector": (
        (re.compile(r"\blentivir"), "lentiviral"),
        (re.compile(r"\bretrovir"), "retroviral"),
        (re.compile(r"nanoparticle"), "mrna-lnp"),
        (re.compile(r"\bmrna\b"), "mrna"),
    ),
    "Costimulation": (
        (re.compile(r"\b4-1bb\b"), "4-1bb"),
        (re.compile(r"\bcd28\b"), "cd28"),
        (re.compile(r"\b1xx\b"), "1xx"),
    ),
    "TherapyType": (
        (re.compile(r"\bnk\b"), "car-nk"),
        (re.compile(r"\bcaar\b"), "caar-t"),
        (re.compile(r"\btreg|regulatory t"), "car-treg"),
        (re.compile(r"gamma.delta"), "gamma-delta-car-t"),
        (re.compile(r"\bin vivo\b|inside the body"), "in-vivo-car-t"),
        (re.compile(r"\bmrna\b"), "mrna-car-t"),
        (re.compile(r"\bcar[- ]?t\b|\bt\b"), "car-t"),
    ),
}


def suggest_read(words: str) -> str:
    """Return how much was read, a word of the list `ReadLevel`."""
    said = words.casefold()
    return next((word for pattern, word in _READ if pattern.search(said)), "not-stated")


def suggest_own_page(words: str) -> bool:
    """Return whether a page is one of the publication itself, as far as the words about it tell."""
    said = words.casefold()
    return bool(_OWN_PAGE.search(said)) and not _OTHER_PAGE.search(said)


def suggest_copy(words: str) -> bool:
    """Return whether an address is a copy that may not be cited."""
    return bool(_COPY.search(words.casefold()))


def suggest_page_kind(words: str) -> str:
    """Return the kind of a page without a dossier, a word of the list `PageKind`."""
    said = words.casefold()
    return next((word for pattern, word in _PAGE_KINDS if pattern.search(said)), "web-page")


def suggest_therapy(enum: str, words: str) -> list[str]:
    """Return the words of a closed list that a text on the cells names; none where the text denies anything.

    Args:
        enum: CellSource, Vector, Costimulation or TherapyType.
        words: the text.
    """
    said = words.casefold()
    if is_denied(words) or "instead" in said:
        return []
    return [word for pattern, word in _THERAPY[enum] if pattern.search(said)]


@dataclass(frozen=True, slots=True)
class Authors:
    """The authors that a short text names."""

    names: tuple[str, ...]
    more: bool
    last: str | None


def suggest_authors(words: str) -> Authors:
    """Return the authors that a text names, each as surname and initials.

    Example:
        >>> suggest_authors("Bergmann C, Müller F, et al. (last author Schett G)")
        Authors(names=('Bergmann C', 'Müller F'), more=True, last='Schett G')
    """
    last = _LAST_AUTHOR.search(words)
    parts = [part.strip().rstrip(".") for part in _LAST_AUTHOR.sub("", words).split(",")]
    names = tuple(part for part in parts if _AUTHOR.fullmatch(part))
    return Authors(names, len(names) < len(parts), last[1].strip() if last else None)
