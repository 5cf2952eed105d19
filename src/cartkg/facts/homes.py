"""A disease, target, product, measure or event in, what its home page says first out: answers of stored questions.

No row is added up here: patients are counted once by the build, and a strip of toxicity counts groups, not patients.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cartkg.facts.forests import forest
from cartkg.nearest import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from cartkg.facts.forests import Forest
    from cartkg.facts.records import AnswerTerm
    from cartkg.queries import Nameable

    #: Name of a stored question or saved setting, and settings, to its rows: column -> term.
    Ask = Callable[[str, Sequence[tuple[str, str]]], list[Mapping[str, AnswerTerm]]]

_MOST = 12
#: Kind of page -> what its patients are counted by.
_BY = {"disease": "target", "target": "disease", "product": "", "measure": "disease", "event": "product"}
#: Kind of page -> the question whose counted results are drawn.
_DRAWN = {
    "disease": "response-by-disease-and-target",
    "target": "response-by-disease-and-target",
    "product": "response-by-disease-and-target",
    "measure": "results",
    "event": "safety",
}
#: Statuses of trials in the order in which readers want them.
TRIAL_STATUSES = ("recruiting", "not yet recruiting", "enrolling by invitation", "active, not recruiting", "completed")
_TOXICITIES = (
    ("Cytokine release syndrome", "crs-by-grade"),
    ("Neurotoxicity (ICANS)", "icans-by-grade"),
    ("Infections", "infections"),
    ("Deaths", "deaths"),
)


@dataclass(frozen=True, slots=True)
class HomeKind:
    """A kind of home page.

    Attributes:
        path: first part of its address.
        name: of one thing, which is the name of the parameter of questions too.
        plural: name of the list.
    """

    path: str
    name: str
    plural: str


KINDS = {
    kind.path: kind
    for kind in (
        HomeKind("diseases", "disease", "Diseases"),
        HomeKind("targets", "target", "Targets"),
        HomeKind("products", "product", "Products"),
        HomeKind("measures", "measure", "Measures"),
        HomeKind("events", "event", "Adverse events"),
    )
}


@dataclass(frozen=True, slots=True)
class HomeLink:
    """A text, and the home page (kind and name) or the IRI that it leads to; neither where it leads nowhere."""

    text: str
    kind: str = ""
    iri: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """A short table: its headings, the first rows, the number of all, and the question that gives all."""

    title: str
    headings: tuple[str, ...]
    rows: tuple[tuple[HomeLink, ...], ...]
    total: int
    question: str
    settings: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Toxicity:
    """What groups of patients report of one kind of adverse event.

    Attributes:
        title: the kind.
        groups: groups of patients with a count of it.
        with_cases: those among them with a case.
        largest: patients with it in the largest group with a count, as "7 of 11"; empty where no size is stated.
        grades: grade as stated -> groups with cases of that grade.
        question: the saved question that lists all rows.
    """

    title: str
    groups: int
    with_cases: int
    largest: str
    grades: Mapping[str, int]
    question: str


@dataclass(frozen=True, slots=True)
class Home:
    """What a home page shows.

    Attributes:
        kind: kind of the page.
        thing: the thing.
        once: distinct patients, as "43 to 61"; empty where nobody counted them.
        without_press: fewest of them without what only press states.
        count: IRI of the count; empty where there is none.
        figures: further numbers for the first screen: name -> number.
        strip: toxicity.
        forest: counted results, each with its interval.
        sections: tables.
        unknown: what is not known, in sentences.
    """

    kind: HomeKind
    thing: Nameable
    once: str = ""
    without_press: str = ""
    count: str = ""
    figures: Mapping[str, str] = field(default_factory=dict)
    strip: tuple[Toxicity, ...] = ()
    forest: Forest | None = None
    sections: tuple[Section, ...] = ()
    unknown: tuple[str, ...] = ()


def slug(label: str) -> str:
    """Return the name of a thing in an address.

    Example:
        >>> slug("Sjögren's syndrome, primary")
        'sjogren-s-syndrome-primary'
    """
    return fold(label).replace(" ", "-")


def bounds(row: Mapping[str, AnswerTerm]) -> str:
    """Say between which numbers the patients of a count lie."""
    low, high = _text(row, "low"), _text(row, "high")
    if not high:
        return f"at least {low}"
    return low if low == high else f"{low} to {high}"


def home(kind: HomeKind, thing: Nameable, ask: Ask) -> Home:
    """Return what the home page of a thing shows.

    Args:
        kind: its kind.
        thing: the thing.
        ask: asks a stored question.

    Raises:
        QueryError: a question does not take the thing.
        BackendError: a question could not be answered.
    """
    mine = ((kind.name, thing.iri),)
    wanted: tuple[tuple[str, str], ...] = (*mine, ("with", "outcomes"))
    counts = ask("patients-once", wanted if kind.name == "product" else mine)
    whole = next((row for row in counts if _is_whole(kind, row)), None)
    trials = _trials(ask, mine) if kind.name in {"disease", "target", "product"} else None
    strip = _strip(ask, mine) if kind.name in {"disease", "target", "product"} else ()
    summary = ask("summary-of-findings", mine) if kind.name == "disease" else []
    sections = (
        *_counted(kind, counts, mine),
        *((_summary(summary, mine),) if summary else ()),
        *((trials,) if trials else ()),
        *_around(kind, ask, mine),
    )
    figures = _figures(kind, ask, mine, trials)
    return Home(
        kind,
        thing,
        bounds(whole) if whole else "",
        _text(whole, "without_press") if whole else "",
        _text(whole, "count") if whole else "",
        figures,
        strip,
        forest(ask(_DRAWN[kind.name], mine), [_text(row, "outcome") for row in summary]),
        tuple(section for section in sections if section.total),
        tuple(_unknown(kind, whole, figures, strip)),
    )


def _is_whole(kind: HomeKind, row: Mapping[str, AnswerTerm]) -> bool:
    """Return whether a count is that of all treated patients of the thing."""
    others = {"disease", "target", "product"} - {kind.name}
    return kind.name in {"disease", "product"} and (
        _text(row, "outcome") == "treated" and not any(_text(row, name) for name in others)
    )


def _counted(
    kind: HomeKind, counts: Sequence[Mapping[str, AnswerTerm]], mine: tuple[tuple[str, str], ...]
) -> tuple[Section, ...]:
    """Return patients counted once by target, disease or product, and by outcome or event."""
    found = []
    if by := _BY[kind.name]:
        apart = {"disease", "target", "product"} - {by, kind.name}
        rows = [row for row in counts if _text(row, by) and not any(_text(row, name) for name in apart)]
        if kind.name in {"disease", "target"}:
            rows = [row for row in rows if _text(row, "outcome") == "treated"]
        rows.sort(key=lambda row: (-int(_text(row, "low") or 0), _text(row, by)))
        cells = tuple(
            (HomeLink(_text(row, by), by), _bounds_link(row), *_texts(row, "cohorts")) for row in rows[:_MOST]
        )
        headings = (by.capitalize(), "Patients", "Groups")
        found.append(Section(f"Patients by {by}, each counted once", headings, cells, len(rows), "patients-once", mine))
    if kind.name == "product":
        found.append(_events(counts, mine))
    return tuple(found)


def _events(counts: Sequence[Mapping[str, AnswerTerm]], mine: tuple[tuple[str, str], ...]) -> Section:
    """Return the events that most patients are sure to have had."""
    rows = [row for row in counts if _text(row, "outcome") != "treated" and int(_text(row, "low") or 0)]
    rows.sort(key=lambda row: (-int(_text(row, "low")), _text(row, "outcome")))
    cells = tuple(
        (HomeLink(_text(row, "outcome"), "event"), _bounds_link(row), *_texts(row, "without_press", "cohorts"))
        for row in rows[:_MOST]
    )
    headings = ("Event", "Patients", "At least without press", "Groups")
    title = "Adverse events: patients counted once"
    return Section(title, headings, cells, len(rows), "patients-once", (*mine, ("with", "outcomes")))


def _summary(rows: Sequence[Mapping[str, AnswerTerm]], mine: tuple[tuple[str, str], ...]) -> Section:
    """Return the outcomes that most patients are sure to have had, with the certainty that the question states."""
    sure = [row for row in rows if int(_text(row, "low") or 0)]
    cells = tuple(
        (
            HomeLink(_text(row, "outcome"), "measure"),
            _bounds_link(row),
            *_texts(row, "without_press", "studies", "randomised", "trials", "certainty", "lowered"),
        )
        for row in sure[:_MOST]
    )
    headings = (
        "Outcome",
        "Patients, each once",
        "At least without press",
        "Studies",
        "Randomised",
        "Other trials",
        "Certainty",
        "Why",
    )
    return Section("Summary of findings", headings, cells, len(sure), "summary-of-findings", mine)


def _trials(ask: Ask, mine: tuple[tuple[str, str], ...]) -> Section:
    rows = ask("trials", mine)
    rank = {status: place for place, status in enumerate(TRIAL_STATUSES)}
    rows.sort(key=lambda row: (rank.get(_text(row, "status"), len(rank)), -int(_text(row, "planned") or 0)))
    recruiting = sum(_text(row, "status") == "recruiting" for row in rows)
    return Section(
        f"Registered trials, {recruiting} recruiting when last read",
        ("Trial", "Status", "Phase", "Cells", "Planned", "Ages", "Read"),
        tuple(
            (
                HomeLink(_text(row, "trial"), iri=_text(row, "entry")),
                HomeLink(_text(row, "status")),
                HomeLink(_text(row, "phase")),
                HomeLink(_text(row, "cells")),
                HomeLink(_text(row, "planned")),
                HomeLink(_ages(row)),
                HomeLink(_text(row, "as_of")),
            )
            for row in rows[:_MOST]
        ),
        len(rows),
        "trials",
        mine,
    )


def _ages(row: Mapping[str, AnswerTerm]) -> str:
    youngest, oldest = _text(row, "youngest"), _text(row, "oldest")
    if youngest and oldest:
        return f"{youngest} to {oldest}"
    return f"from {youngest}" if youngest else f"to {oldest}" if oldest else ""


def _around(kind: HomeKind, ask: Ask, mine: tuple[tuple[str, str], ...]) -> tuple[Section, ...]:
    """Return products, conflicts and results around a thing."""
    if kind.name in {"measure", "event"}:
        return (_results("results" if kind.name == "measure" else "safety", ask, mine),)
    products = (_products(ask, mine),) if kind.name in {"disease", "target"} else ()
    doubts = (_conflicts(ask, mine), _overlaps(ask, mine)) if kind.name == "disease" else ()
    return (*products, *doubts)


def _products(ask: Ask, mine: tuple[tuple[str, str], ...]) -> Section:
    rows = sorted(ask("products", mine), key=lambda row: -int(_text(row, "cohorts") or 0))
    rows = [row for row in rows if "/product/" in _text(row, "therapy")] or rows
    cells = tuple(
        (_linked(row, "product", "therapy"), *_texts(row, "targets", "source", "cohorts", "trials"))
        for row in rows[:_MOST]
    )
    return Section("Products", ("Product", "Targets", "Source", "Groups", "Trials"), cells, len(rows), "products", mine)


def _conflicts(ask: Ask, mine: tuple[tuple[str, str], ...]) -> Section:
    rows = sorted(ask("conflicts", mine), key=lambda row: (_text(row, "status") != "open", _text(row, "about")))
    cells = tuple(
        (_linked(row, "about", "conflict"), *_texts(row, "first", "second", "status")) for row in rows[:_MOST]
    )
    headings = ("Matter", "One side", "Other side", "Status")
    return Section("Where sources disagree", headings, cells, len(rows), "conflicts", mine)


def _overlaps(ask: Ask, mine: tuple[tuple[str, str], ...]) -> Section:
    """Return which groups may be counted twice; pairs that share no patient are left out."""
    rows = [row for row in ask("overlaps", mine) if _text(row, "degree") != "excluded overlap"]
    rows.sort(key=lambda row: (_text(row, "degree") != "overlap known", _text(row, "degree"), _text(row, "first_name")))
    cells = tuple(
        (
            _linked(row, "first_name", "first"),
            _linked(row, "second_name", "second"),
            _linked(row, "degree", "overlap"),
            HomeLink(_range(row, "least", "most")),
            *_texts(row, "basis"),
        )
        for row in rows[:_MOST]
    )
    headings = ("One group", "Other group", "Shared patients", "How many", "Why")
    return Section("Possible double counting", headings, cells, len(rows), "overlaps", mine)


def _range(row: Mapping[str, AnswerTerm], low: str, high: str) -> str:
    """Return two numbers as one text, such as "6", "2 to 6" or "at least 2"; empty where both are missing."""
    least, most = _text(row, low), _text(row, high)
    if least and most:
        return least if least == most else f"{least} to {most}"
    return f"at least {least}" if least else f"at most {most}" if most else ""


def _results(question: str, ask: Ask, mine: tuple[tuple[str, str], ...]) -> Section:
    rows = ask(question, mine)
    rows.sort(key=lambda row: (_text(row, "said_by") != "own result", -int(_text(row, "assessed") or 0)))
    cells = tuple(
        (_linked(row, "result", "finding"), *_texts(row, "disease", "cells", "time", "report")) for row in rows[:_MOST]
    )
    headings = ("Result", "Disease", "Cells", "When", "Report")
    return Section("Results, own ones and larger groups first", headings, cells, len(rows), question, mine)


def _linked(row: Mapping[str, AnswerTerm], text: str, iri: str) -> HomeLink:
    return HomeLink(_text(row, text), iri=_text(row, iri))


def _texts(row: Mapping[str, AnswerTerm], *names: str) -> tuple[HomeLink, ...]:
    return tuple(HomeLink(_text(row, name)) for name in names)


def _strip(ask: Ask, mine: tuple[tuple[str, str], ...]) -> tuple[Toxicity, ...]:
    return tuple(_toxicity(title, question, ask(question, mine)) for title, question in _TOXICITIES)


def _toxicity(title: str, question: str, rows: Sequence[Mapping[str, AnswerTerm]]) -> Toxicity:
    """Summarise rows of an event by groups: shares of patients with it are compared, never added."""
    present = [row for row in rows if _text(row, "became") == "present" and _text(row, "reached").isdigit()]
    cases = [row for row in present if int(_text(row, "reached"))]
    grades: Counter[str] = Counter()
    for cohort, grade in {(_text(row, "cohort"), _text(row, "grade")) for row in cases}:
        if cohort and grade:
            grades[grade] += 1
    sized = [row for row in present if _text(row, "assessed").isdigit()]
    largest = max(sized, key=lambda row: (int(_text(row, "assessed")), int(_text(row, "reached"))), default=None)
    return Toxicity(
        title,
        len({_text(row, "cohort") for row in present}),
        len({_text(row, "cohort") for row in cases}),
        f"{_text(largest, 'reached')} of {_text(largest, 'assessed')}" if largest else "",
        dict(sorted(grades.items())),
        question,
    )


def _figures(kind: HomeKind, ask: Ask, mine: tuple[tuple[str, str], ...], trials: Section | None) -> dict[str, str]:
    figures: dict[str, str] = {}
    if kind.name == "disease":
        own = next((row for row in ask("evidence-base", ()) if _text(row, "illness") == mine[0][1]), None)
        if own:
            figures |= {"studies": _text(own, "studies"), "randomised studies": _text(own, "randomised")}
    if trials:
        figures["registered trials"] = str(trials.total)
    return figures


def _unknown(
    kind: HomeKind, whole: Mapping[str, AnswerTerm] | None, figures: Mapping[str, str], strip: Sequence[Toxicity]
) -> list[str]:
    """Say what the graph does not know, each in a sentence."""
    said = []
    if kind.name == "disease" and whole is None:
        said.append("How many patients were treated: the build counts none with this disease.")
    if kind.name == "product":
        said.append("How many patients received it: of products, only the patients with an event are counted once.")
    if whole is not None and not _text(whole, "high"):
        said.append(
            "How many patients at most: a group without a number, or of a broader disease, leaves the upper bound open."
        )
    if figures.get("randomised studies") == "0":
        said.append("How the cells compare with another treatment: no study here is randomised.")
    silent = [each.title for each in strip if not each.groups]
    return said + [f"{title}: no group of patients has a count; that is not the same as none." for title in silent]


def _bounds_link(row: Mapping[str, AnswerTerm]) -> HomeLink:
    return HomeLink(bounds(row), iri=_text(row, "count"))


def _text(row: Mapping[str, AnswerTerm], name: str) -> str:
    node = row.get(name)
    return node.value if node else ""
