"""Choose among trials by facets: what is chosen is in the address, and each value says how many trials it leaves."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from babel import Locale

from cartkg.errors import QueryError
from cartkg.facts.homes import TRIAL_STATUSES, slug
from cartkg.facts.trials import AGES, FACETS, NOT_STATED
from cartkg.naming import Nameable, find
from cartkg.nearest import suggest
from cartkg.queries.header import unknown
from cartkg.web.http.parameters import number, refuse_unknown
from cartkg.web.present.asked import values
from cartkg.web.present.site import site

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from cartkg.facts.trials import Trial

PAGE = "page"
PER_PAGE = 25
_MOST_PAGES = 100_000
#: Values of a facet that are shown before the others are asked for.
_FIRST = 8
_LONGEST = 200
_OLDEST = 120
_SHOWN = 60
#: Facet -> its heading.
_TITLES = {
    "status": "Status",
    "disease": "Disease",
    "target": "Target",
    "age": "Age",
    "phase": "Phase",
    "country": "Country",
    "sex": "Sex",
}
#: Words of statuses in the order in which readers want them.
_STATUS_WORDS = [slug(status) for status in TRIAL_STATUSES]
_TERRITORIES: Mapping[str, str] = Locale("en").territories
#: Length of a country's code (ISO 3166-1 alpha-2); longer ones are of continents.
_CODE = 2


@dataclass(frozen=True, slots=True)
class TrialWish:
    """What a reader chose: pairs of a facet and a word, and the number of the page."""

    chosen: tuple[tuple[str, str], ...] = ()
    page: int = 1

    def words(self, facet: str) -> tuple[str, ...]:
        """Return the words chosen in a facet; a trial needs one of them."""
        return tuple(word for name, word in self.chosen if name == facet)

    def toggled(self, facet: str, word: str) -> str:
        """Return the parameters with a word chosen, or without it where it is."""
        pair = (facet, word)
        return _address([*(each for each in self.chosen if each != pair), *(() if pair in self.chosen else (pair,))])

    def without(self, facet: str) -> TrialWish:
        """Return what is chosen in all other facets."""
        return replace(self, chosen=tuple(pair for pair in self.chosen if pair[0] != facet))

    @property
    def parameters(self) -> str:
        """Return the parameters of its address, without the page."""
        return _address(self.chosen)

    def fits(self, trial: Trial) -> bool:
        """Return whether a trial has one of the words chosen in each facet."""
        return all(_has(trial, facet, self.words(facet)) for facet in dict(self.chosen))


@dataclass(frozen=True, slots=True)
class FacetValue:
    """A value of a facet: its word, its name, how many trials it leaves, whether it is chosen, and where it leads."""

    word: str
    label: str
    trials: int
    chosen: bool
    to: str


@dataclass(frozen=True, slots=True)
class TrialFacet:
    """A facet with its values: the first, and those behind "more"."""

    name: str
    title: str
    first: tuple[FacetValue, ...]
    more: tuple[FacetValue, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """The trials that a reader chose: those of the page, all of them, and the facets."""

    wish: TrialWish
    page: tuple[Trial, ...]
    all: tuple[Trial, ...]
    last: int
    facets: tuple[TrialFacet, ...]


def wish_of(given: Sequence[tuple[str, str]], known: Sequence[Trial]) -> TrialWish:
    """Read what a reader chose from the parameters of an address.

    Args:
        given: pairs of a parameter and a word, a facet as often as words of it are chosen.
        known: all trials.

    Raises:
        QueryError: a facet, or a word of one, does not exist; it names the nearest.
    """
    chosen: list[tuple[str, str]] = []
    pages = [word for name, word in given if name == PAGE]
    for name, word in given:
        refuse_unknown("parameter", name, [*FACETS, PAGE])
        if name == PAGE or not word:
            continue
        pair = (name, _word(name, word[:_LONGEST], known))
        if pair not in chosen:
            chosen.append(pair)
    if len(pages) > 1:
        raise QueryError(f"the parameter {PAGE!r} is given twice")
    order = {facet: place for place, facet in enumerate(FACETS)}
    page = number({PAGE: "".join(pages)}, PAGE, 1, _MOST_PAGES)
    return TrialWish(tuple(sorted(chosen, key=lambda pair: (order[pair[0]], pair[1]))), page)


def choose(known: Sequence[Trial], wish: TrialWish) -> Found:
    """Return the trials that a reader wants.

    Raises:
        QueryError: there is no such page.
    """
    fitting = tuple(trial for trial in known if wish.fits(trial))
    last = max(1, -(-len(fitting) // PER_PAGE))
    if wish.page > last:
        raise QueryError(f"page is a whole number from 1 to {last}")
    shown = fitting[(wish.page - 1) * PER_PAGE : wish.page * PER_PAGE]
    return Found(wish, shown, fitting, last, tuple(_facet(name, known, wish) for name in FACETS))


def label_of(facet: str, word: str, label: str = "") -> str:
    """Return the name of a word of a facet for people."""
    if word == NOT_STATED:
        return "not stated"
    if facet == "country":
        return country(word)
    if facet == "age":
        return AGES[word][0] if word in AGES else f"{word} years"
    return label or word.replace("-", " ")


def country(code: str) -> str:
    """Return the English name of a country by its code, from the CLDR.

    Example:
        >>> country("de"), country("xq")
        ('Germany', 'XQ')
    """
    return _TERRITORIES.get(code.upper(), code.upper())


def _facet(name: str, known: Sequence[Trial], wish: TrialWish) -> TrialFacet:
    """Count what each value of a facet leaves of the trials that fit the other facets."""
    others, chosen = wish.without(name), wish.words(name)
    fitting = [trial for trial in known if others.fits(trial)]
    counts: Counter[str] = Counter()
    labels: dict[str, str] = {}
    for trial in fitting:
        words = trial.words(name)
        counts.update(words.keys())
        labels |= words
    if name == "disease":  # broader diseases are found by their address alone; a list of all would hide those stated
        stated = {each.word for trial in known for each in trial.diseases} | {NOT_STATED, *chosen}
        counts = Counter({word: number for word, number in counts.items() if word in stated})
    for word in chosen:
        counts.setdefault(word, sum(_has(trial, name, (word,)) for trial in fitting))
    offered = [
        FacetValue(word, label_of(name, word, labels.get(word, "")), number, word in chosen, wish.toggled(name, word))
        for word, number in counts.items()
    ]
    offered.sort(key=lambda each: _place(name, each))
    first = [value for place, value in enumerate(offered) if place < _FIRST or value.chosen or value.word == NOT_STATED]
    return TrialFacet(name, _TITLES[name], tuple(first), tuple(value for value in offered if value not in first))


def _place(facet: str, value: FacetValue) -> tuple[object, ...]:
    """Return what orders the values of a facet: "not stated" last, ages and statuses in their own order."""
    own = 0
    if facet == "status":
        own = _STATUS_WORDS.index(value.word) if value.word in _STATUS_WORDS else len(_STATUS_WORDS)
    elif facet == "age":
        own = list(AGES).index(value.word) if value.word in AGES else len(AGES)
    by_name = facet == "phase"
    return (value.word == NOT_STATED, own, 0 if by_name else -value.trials, value.label.casefold())


def _has(trial: Trial, facet: str, words: Iterable[str]) -> bool:
    mine = trial.words(facet)
    return any(word in mine or (facet == "age" and word.isdecimal() and trial.takes_age(int(word))) for word in words)


def _word(facet: str, word: str, known: Sequence[Trial]) -> str:
    """Return the word of a facet that a reader's word stands for.

    Raises:
        QueryError: none is.
    """
    words = {key: label for trial in known for key, label in trial.words(facet).items()} | {NOT_STATED: "not stated"}
    mine = slug(word)
    if mine in words or (facet == "age" and mine in AGES):
        return mine
    if facet == "age" and word.isascii() and word.isdecimal() and int(word) <= _OLDEST:
        return str(int(word))
    if facet == "country" and len(word) == _CODE and word.upper() in _TERRITORIES:
        return word.casefold()
    if facet in {"disease", "target"}:
        return _thing(facet, word, known)
    if facet == "age":
        raise QueryError(f"age is a whole number of years up to {_OLDEST}, or one of: {', '.join([*AGES, NOT_STATED])}")
    by_label = {slug(label_of(facet, key, label)): key for key, label in words.items()}
    if mine in by_label:
        return by_label[mine]
    raise QueryError(unknown(facet, word[:_SHOWN], sorted(words)))


def _thing(facet: str, word: str, known: Sequence[Trial]) -> str:
    """Return the word of the disease or target that one of its names stands for, with or without a trial.

    Raises:
        QueryError: none has this name; it names the nearest, else what trials are registered for.
    """
    stated = {each.iri: each for trial in known for each in (trial.diseases if facet == "disease" else trial.targets)}
    listed = values(facet) if any(kind.name == facet for kind in site().homes) else ()
    named = {each.iri: each for each in listed}
    others = [Nameable(each.iri, each.label) for each in stated.values() if each.iri not in named]
    try:
        return slug(find(facet, word, [*named.values(), *others]).label)
    except QueryError as error:
        if "mean" in error.message or "may be" in error.message:
            raise
        near = suggest(word, [part for each in stated.values() for part in each.label.split()])
        fitting = [each.word for each in stated.values() if set(near) & set(each.label.split())]
        raise QueryError(unknown(facet, word[:_SHOWN], fitting or [each.word for each in stated.values()])) from error


def _address(pairs: Iterable[tuple[str, str]]) -> str:
    return urlencode(list(pairs))
