"""A disease, target, product, measure or event in, what its home page says first out: answers of stored questions.

No row is added up here: patients are counted once by the build, and a strip of toxicity counts groups, not patients.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cartkg.facts.forests import forest
from cartkg.facts.records import text_of
from cartkg.nearest import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from cartkg.facts.forests import Forest
    from cartkg.facts.records import AnswerTerm
    from cartkg.queries import Nameable

    #: Name of a stored question or saved setting, and settings, to its rows: column -> term.
    Ask = Callable[[str, Sequence[tuple[str, str]]], list[Mapping[str, AnswerTerm]]]

MOST = 12
#: Kind of page -> what its patients are counted by.
_BY = {"disease": "target", "target": "disease", "product": "", "measure": "disease", "event": "product"}
#: Kind of page -> the question whose counted results are drawn.
DRAWN = {
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
        target: the target that the patients' cells bind, on the page of a disease and a target; None elsewhere.
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
    target: Nameable | None = None

    @property
    def label(self) -> str:
        """Return the name of what the page is about."""
        return f"{self.thing.label} and {self.target.label}" if self.target else self.thing.label

    @property
    def settings(self) -> tuple[tuple[str, str], ...]:
        """Return the settings of questions that leave only rows on what the page is about."""
        return ((self.kind.name, self.thing.iri), *((("target", self.target.iri),) if self.target else ()))


def slug(label: str) -> str:
    """Return the name of a thing in an address.

    Example:
        >>> slug("Sjögren's syndrome, primary")
        'sjogren-s-syndrome-primary'
    """
    return fold(label).replace(" ", "-")


def bounds(row: Mapping[str, AnswerTerm]) -> str:
    """Say between which numbers the patients of a count lie."""
    low, high = text_of(row, "low"), text_of(row, "high")
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
    counts = ask("patients-once", (*mine, ("with", "outcomes")) if kind.name == "product" else mine)
    whole = next((row for row in counts if _is_whole(kind, row)), None)
    trials, strip = (trials_of(ask, mine), toxicities(ask, mine)) if kind.name in _OF else (None, ())
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
        text_of(whole, "without_press") if whole else "",
        text_of(whole, "count") if whole else "",
        figures,
        strip,
        forest(ask(DRAWN[kind.name], mine), [text_of(row, "outcome") for row in summary]),
        tuple(section for section in sections if section.total),
        tuple(not_known(kind, whole, figures, strip)),
    )


def _is_whole(kind: HomeKind, row: Mapping[str, AnswerTerm]) -> bool:
    """Return whether a count is that of all treated patients of the thing."""
    others = _OF.keys() - {kind.name}
    return kind.name in _OF and text_of(row, "outcome") == "treated" and not any(text_of(row, name) for name in others)


def _counted(
    kind: HomeKind, counts: Sequence[Mapping[str, AnswerTerm]], mine: tuple[tuple[str, str], ...]
) -> tuple[Section, ...]:
    """Return patients counted once by target, disease or product, and by outcome or event."""
    found = []
    if by := _BY[kind.name]:
        apart = {"disease", "target", "product"} - {by, kind.name}
        rows = [row for row in counts if text_of(row, by) and not any(text_of(row, name) for name in apart)]
        if kind.name in {"disease", "target"}:
            rows = [row for row in rows if text_of(row, "outcome") == "treated"]
        rows.sort(key=lambda row: (-int(text_of(row, "low") or 0), text_of(row, by)))
        cells = tuple((HomeLink(text_of(row, by), by), counted(row), *texts(row, "cohorts")) for row in rows[:MOST])
        headings = (by.capitalize(), "Patients", "Groups")
        found.append(Section(f"Patients by {by}, each counted once", headings, cells, len(rows), "patients-once", mine))
    if kind.name == "product":
        found.append(counted_outcomes(counts, mine, "event"))
    return tuple(found)


def counted_outcomes(
    counts: Sequence[Mapping[str, AnswerTerm]], settings: tuple[tuple[str, str], ...], kind: str
) -> Section:
    """Return the outcomes (`kind` is measure) or the adverse events (event) that most patients are sure to have had."""
    rows = [row for row in counts if text_of(row, "outcome") != "treated" and int(text_of(row, "low") or 0)]
    rows.sort(key=lambda row: (-int(text_of(row, "low")), text_of(row, "outcome")))
    cells = tuple(
        (HomeLink(text_of(row, "outcome"), kind), counted(row), *texts(row, "without_press", "cohorts"))
        for row in rows[:MOST]
    )
    name, title = {"measure": ("Outcome", "Outcomes"), "event": ("Event", "Adverse events")}[kind]
    headings = (name, "Patients, each once", "At least without press", "Groups")
    every = (*settings, ("with", "outcomes"))
    return Section(f"{title}: patients counted once", headings, cells, len(rows), "patients-once", every)


def _summary(rows: Sequence[Mapping[str, AnswerTerm]], mine: tuple[tuple[str, str], ...]) -> Section:
    """Return the outcomes that most patients are sure to have had, with the certainty that the question states."""
    sure = [row for row in rows if int(text_of(row, "low") or 0)]
    cells = tuple(
        (
            HomeLink(text_of(row, "outcome"), "measure"),
            counted(row),
            *texts(row, "without_press", "studies", "randomised", "trials", "certainty", "lowered"),
        )
        for row in sure[:MOST]
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


def trials_of(ask: Ask, mine: tuple[tuple[str, str], ...]) -> Section:
    """Return the registered trials, recruiting ones first."""
    rows = ask("trials", mine)
    rank = {status: place for place, status in enumerate(TRIAL_STATUSES)}
    rows.sort(key=lambda row: (rank.get(text_of(row, "status"), len(rank)), -int(text_of(row, "planned") or 0)))
    recruiting = sum(text_of(row, "status") == "recruiting" for row in rows)
    return Section(
        f"Registered trials, {recruiting} recruiting when last read",
        ("Trial", "Status", "Phase", "Cells", "Planned", "Ages", "Read"),
        tuple(
            (
                HomeLink(text_of(row, "trial"), iri=text_of(row, "entry")),
                HomeLink(text_of(row, "status")),
                HomeLink(text_of(row, "phase")),
                HomeLink(text_of(row, "cells")),
                HomeLink(text_of(row, "planned")),
                HomeLink(_ages(row)),
                HomeLink(text_of(row, "as_of")),
            )
            for row in rows[:MOST]
        ),
        len(rows),
        "trials",
        mine,
    )


def _ages(row: Mapping[str, AnswerTerm]) -> str:
    youngest, oldest = text_of(row, "youngest"), text_of(row, "oldest")
    if youngest and oldest:
        return f"{youngest} to {oldest}"
    return f"from {youngest}" if youngest else f"to {oldest}" if oldest else ""


def _around(kind: HomeKind, ask: Ask, mine: tuple[tuple[str, str], ...]) -> tuple[Section, ...]:
    """Return products, conflicts and results around a thing."""
    if kind.name in {"measure", "event"}:
        return (_results("results" if kind.name == "measure" else "safety", ask, mine),)
    products = (products_of(ask, mine),) if kind.name in {"disease", "target"} else ()
    doubts = (_conflicts(ask, mine), _overlaps(ask, mine)) if kind.name == "disease" else ()
    return (*products, *doubts)


def products_of(ask: Ask, mine: tuple[tuple[str, str], ...]) -> Section:
    """Return the products given, those given to most groups first."""
    rows = sorted(ask("products", mine), key=lambda row: -int(text_of(row, "cohorts") or 0))
    rows = [row for row in rows if "/product/" in text_of(row, "therapy")] or rows
    cells = tuple(
        (_linked(row, "product", "therapy"), *texts(row, "targets", "source", "cohorts", "trials"))
        for row in rows[:MOST]
    )
    return Section("Products", ("Product", "Targets", "Source", "Groups", "Trials"), cells, len(rows), "products", mine)


def _conflicts(ask: Ask, mine: tuple[tuple[str, str], ...]) -> Section:
    rows = sorted(ask("conflicts", mine), key=lambda row: (text_of(row, "status") != "open", text_of(row, "about")))
    cells = tuple((_linked(row, "about", "conflict"), *texts(row, "first", "second", "status")) for row in rows[:MOST])
    headings = ("Matter", "One side", "Other side", "Status")
    return Section("Where sources disagree", headings, cells, len(rows), "conflicts", mine)


def _overlaps(ask: Ask, mine: tuple[tuple[str, str], ...]) -> Section:
    """Return which groups may be counted twice; pairs that share no patient are left out."""
    rows = [row for row in ask("overlaps", mine) if text_of(row, "degree") != "excluded overlap"]
    rows.sort(
        key=lambda row: (text_of(row, "degree") != "overlap known", text_of(row, "degree"), text_of(row, "first_name"))
    )
    cells = tuple(
        (
            _linked(row, "first_name", "first"),
            _linked(row, "second_name", "second"),
            _linked(row, "degree", "overlap"),
            HomeLink(_range(row, "least", "most")),
            *texts(row, "basis"),
        )
        for row in rows[:MOST]
    )
    headings = ("One group", "Other group", "Shared patients", "How many", "Why")
    return Section("Possible double counting", headings, cells, len(rows), "overlaps", mine)


def _range(row: Mapping[str, AnswerTerm], low: str, high: str) -> str:
    """Return two numbers as one text, such as "6", "2 to 6" or "at least 2"; empty where both are missing."""
    least, most = text_of(row, low), text_of(row, high)
    if least and most:
        return least if least == most else f"{least} to {most}"
    return f"at least {least}" if least else f"at most {most}" if most else ""


def _results(question: str, ask: Ask, mine: tuple[tuple[str, str], ...]) -> Section:
    rows = ask(question, mine)
    rows.sort(key=lambda row: (text_of(row, "said_by") != "own result", -int(text_of(row, "assessed") or 0)))
    cells = tuple(
        (_linked(row, "result", "finding"), *texts(row, "disease", "cells", "time", "report")) for row in rows[:MOST]
    )
    headings = ("Result", "Disease", "Cells", "When", "Report")
    return Section("Results, own ones and larger groups first", headings, cells, len(rows), question, mine)


def _linked(row: Mapping[str, AnswerTerm], shown: str, iri: str) -> HomeLink:
    return HomeLink(text_of(row, shown), iri=text_of(row, iri))


def texts(row: Mapping[str, AnswerTerm], *names: str) -> tuple[HomeLink, ...]:
    """Return the texts of some columns, which lead nowhere."""
    return tuple(HomeLink(text_of(row, name)) for name in names)


def toxicities(ask: Ask, mine: tuple[tuple[str, str], ...]) -> tuple[Toxicity, ...]:
    """Return what groups of patients report of each kind of adverse event."""
    return tuple(_toxicity(title, question, ask(question, mine)) for title, question in _TOXICITIES)


def _toxicity(title: str, question: str, rows: Sequence[Mapping[str, AnswerTerm]]) -> Toxicity:
    """Summarise rows of an event by groups: shares of patients with it are compared, never added."""
    present = [row for row in rows if text_of(row, "became") == "present" and text_of(row, "reached").isdigit()]
    cases = [row for row in present if int(text_of(row, "reached"))]
    grades: Counter[str] = Counter()
    for cohort, grade in {(text_of(row, "cohort"), text_of(row, "grade")) for row in cases}:
        if cohort and grade:
            grades[grade] += 1
    sized = [row for row in present if text_of(row, "assessed").isdigit()]
    largest = max(sized, key=lambda row: (int(text_of(row, "assessed")), int(text_of(row, "reached"))), default=None)
    return Toxicity(
        title,
        len({text_of(row, "cohort") for row in present}),
        len({text_of(row, "cohort") for row in cases}),
        f"{text_of(largest, 'reached')} of {text_of(largest, 'assessed')}" if largest else "",
        dict(sorted(grades.items())),
        question,
    )


def _figures(kind: HomeKind, ask: Ask, mine: tuple[tuple[str, str], ...], trials: Section | None) -> dict[str, str]:
    figures: dict[str, str] = {}
    if kind.name == "disease":
        own = next((row for row in ask("evidence-base", ()) if text_of(row, "illness") == mine[0][1]), None)
        if own:
            figures |= {"studies": text_of(own, "studies"), "randomised studies": text_of(own, "randomised")}
    if trials:
        figures["registered trials"] = str(trials.total)
    return figures


#: What all patients of a home page have in common.
_OF = {
    "disease": "with this disease",
    "target": "with cells against this target",
    "product": "who received this product",
}


def not_known(
    kind: HomeKind | None, whole: Mapping[str, AnswerTerm] | None, figures: Mapping[str, str], strip: Sequence[Toxicity]
) -> list[str]:
    """Say what the graph does not know, each in a sentence."""
    said = []
    if kind and kind.name in _OF and whole is None:
        said.append(f"How many patients were treated: the build counts none {_OF[kind.name]}.")
    if whole is not None and not text_of(whole, "high"):
        said.append(
            "How many patients at most: a group without a number, or of a broader disease, leaves the upper bound open."
        )
    if figures.get("randomised studies") == "0":
        said.append("How the cells compare with another treatment: no study here is randomised.")
    silent = [each.title for each in strip if not each.groups]
    return said + [f"{title}: no group of patients has a count; that is not the same as none." for title in silent]


def counted(row: Mapping[str, AnswerTerm]) -> HomeLink:
    """Return how many patients a count has, with a link to it."""
    return HomeLink(bounds(row), iri=text_of(row, "count"))
