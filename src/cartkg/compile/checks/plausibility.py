"""Find statements in a dossier that cannot be true, although each value alone has the right form."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from cartkg.dossier.bibliography import (
    IN_ADDRESSES,
    backward_pages,
    begins_with_initials,
    identifier_in,
    named_time,
    year_of_doi,
)
from cartkg.dossier.countries import COUNTRIES

if TYPE_CHECKING:
    from cartkg.compile.context.dossier_context import DossierContext
    from cartkg.dossier.node import Node

_SECTIONS = ("characteristics", "results", "events")
_ENDS = frozenset({"range", "iqr", "ci"})
#: What a treatment brings about: patients are in such a state after it, never before.
_OUTCOMES = frozenset(
    (
        *("met", "not-met", "improved", "improved-or-stable", "improved-or-resolved", "not-improved"),
        *("normalised", "not-normalised", "recovered", "not-recovered", "maintained"),
    )
)
_FALLS = frozenset({"decreased", "reduced"})
#: Read levels of pages that show no table or figure.
_TEXT_ONLY = frozenset({"whole-abstract", "abstract-in-part", "citation", "registry"})
#: Most of a drug that is given at once, by the unit: far above every dose in use.
_MOST = {"g/m2": Decimal(20), "g/kg": Decimal(10), "g": Decimal(300), "g/d": Decimal(300)}
#: Most years from the year in a DOI until the issue appears.
_LATE = 2
_LEAST_LEVEL, _PERCENT = 50, 100
#: A claim and a remark do not make two rows different, nor does their name.
_NAMES = frozenset({"id", "claims", "note", "unconfirmed"})


def check_plausible(context: DossierContext) -> None:
    """Report everything in a dossier that contradicts itself or is impossible."""
    _publication(context, context.root.child("publication"))
    _pages(context)
    for cohort in context.root.children("cohorts"):
        _cohort(context, cohort)
    for arm in context.root.children("arms"):
        _arm(context, arm)
    seen: dict[str, str] = {}
    read = {source.text("id"): source.text("read") for source in context.root.children("sources")}
    for section in _SECTIONS:
        for row in context.root.children(section):
            _row(context, row)
            _twice(context, section, row, seen)
            _places(context, row, read)


def _publication(context: DossierContext, head: Node) -> None:
    for author in [*head.children("authors"), *head.children("last_author")]:
        if begins_with_initials(str(author.value)):
            message = f"`{author.value}` begins with initials; write the surname first, as in Müller F"
            context.fault(author, "author", message)
    if backward := backward_pages(head.text("pages") or ""):
        first, last = backward
        context.fault(head.child("pages"), "pages", f"the pages end ({last}) before they begin ({first})")
    sizes = [cohort.count("n") or 0 for cohort in context.root.children("cohorts") if "same_as" not in cohort]
    if head.text("kind") == "case-report" and max(sizes, default=0) > 1 and _has_own(context):
        message = f"a case report has one patient, but a cohort has {max(sizes)}; write case-series or correct `n`"
        context.fault(head.child("kind"), "case-report", message)


def _has_own(context: DossierContext) -> bool:
    """Return whether the publication states results of its own patients."""
    rows = (row for section in _SECTIONS for row in context.root.children(section))
    return any(claim.flag("own") for row in rows for claim in row.children("claims"))


def _pages(context: DossierContext) -> None:
    """Hold addresses against the identifiers of the publication whose page they are, and dates against each other."""
    sources = context.root.children("sources")
    for source in sources:
        looked, issued = source.text("looked"), source.text("issued")
        if looked and issued and looked < issued[: len(looked)]:
            message = f"the page was read ({looked}) before it was issued ({issued}); correct one of the dates"
            context.fault(source.child("looked"), "dates", message)
    addresses = [source.text("address") or "" for source in sources if source.text("page_of") == "this"]
    head = context.root.child("publication")
    for field in IN_ADDRESSES:
        stated = head.text(field)
        # a twin print in another journal has its own identifier, so that one address that agrees is enough
        inside = [found for address in addresses if (found := identifier_in(address, field))]
        if stated and inside and not any(_same(stated, each) for each in inside):
            message = f"`{field}` is {stated}, but the address of a page of this publication holds {inside[0]}"
            context.fault(head.child(field), "identifier-differs", f"{message}; correct one of them")
    _year_in_doi(context, head)


def _year_in_doi(context: DossierContext, head: Node) -> None:
    """Hold the year that publishers write into a DOI against the date: that year, the year before or shortly around."""
    year, issued = year_of_doi(head.text("doi") or ""), head.text("issued")
    if year is None or issued is None:
        return
    if not -1 <= int(issued[:4]) - year <= _LATE:
        message = f"the DOI is of {year}, but the publication was issued in {issued[:4]}; correct one of them"
        context.fault(head.child("doi"), "identifier-differs", message)


def _same(stated: str, inside: str) -> bool:
    """Return whether an address contains an identifier; addresses of a DOI can go on with the part that is shown."""
    one, other = stated.casefold(), inside.casefold().rstrip("/")
    return one == other or (one.startswith("10.") and other.startswith((f"{one}/", f"{one}.")))


def _cohort(context: DossierContext, node: Node) -> None:
    for country in node.children("countries"):
        if str(country.value) not in COUNTRIES:
            message = f"`{country.value}` is not a country code of ISO 3166-1; write for instance GB, DE or CN"
            context.fault(country, "unknown-country", message)
    if (number := node.count("n")) is not None and number < 0:
        context.fault(
            node.child("n"), "count", f"{number} is not a number of patients; write a whole number, 0 or more"
        )
    issued = context.root.child("publication").text("issued")
    # pages that restate another publication can add later patients
    own = any(claim.flag("own") or claim.text("restates") == "this" for claim in node.children("claims"))
    if issued is None or node.text("n_is") == "planned" or not own:
        return
    period = node.child("enrolled")
    for at, what in (
        (period.child("from"), "enrolment"),
        (period.child("to"), "enrolment"),
        (node.child("data_cut_off"), "data cut-off"),
    ):
        if at.value is not None and issued < str(at.value)[: len(issued)]:
            message = f"the {what} ({at.value}) is later than the publication ({issued}); correct one of the dates"
            context.fault(at, "dates", message)


def _arm(context: DossierContext, arm: Node) -> None:
    for infusions in arm.children("infusions"):
        if (number := infusions.count("count")) is not None and number < 1:
            context.fault(
                infusions.child("count"), "count", f"{number} infusions is not a valid number; remove `infusions`"
            )
    for drug in [*arm.children("drugs"), *arm.children("cells")]:
        dose = drug.child("dose")
        if drug.text("given") == "no" and "dose" in drug:
            message = "a drug that was not given has no dose; correct `given` or remove `dose`"
            context.fault(drug.child("given"), "dose", message)
        low, high = dose.number("low"), dose.number("high")
        if low is not None and high is not None and high < low:
            context.fault(dose, "dose", f"the upper end ({high}) is below the lower end ({low})")
        unit = context.terms.get("unit", dose.text("unit") or "")
        code = (unit.ucum or unit.id) if unit else ""
        for field in ("number", "low", "high"):
            if (amount := dose.number(field)) is not None and amount > _MOST.get(code, amount):
                message = f"{amount} {code} is more than any patient is given; check whether the unit should be m{code}"
                context.fault(dose.child(field), "dose", message)


def _row(context: DossierContext, row: Node) -> None:
    for name in ("count", "percent", "value"):
        part = row.child(name)
        _count(context, part)
        _spread(context, part.child("spread"), estimate=part.number("number"))
    comparison = row.child("comparison")
    if (p := comparison.number("p")) is not None and not 0 <= p <= 1:
        context.fault(comparison.child("p"), "probability", f"{p} is not a p value; write a number from 0 to 1")
    changed = "change" in row.child("value")  # a change is compared with its baseline, whether it says so or not
    if comparison.value is not None and "with" not in comparison and "text" not in comparison and not changed:
        message = "the comparison needs `with` or `text`, which says what the row was compared with"
        context.fault(comparison, "missing-field", message)
    _single(context, row)
    _change(context, row)
    _before(context, row)
    _named_time(context, row)


def _count(context: DossierContext, part: Node) -> None:
    for field in ("n", "of"):
        if (number := part.count(field)) is not None and number < 0:
            context.fault(
                part.child(field), "count", f"{number} is not a number of patients; write a whole number, 0 or more"
            )


def _spread(context: DossierContext, node: Node, estimate: Decimal | None) -> None:
    low, high, level = node.number("low"), node.number("high"), node.number("level")
    if node.text("kind") in _ENDS and "width" not in node and (low is None) != (high is None):
        missing = "high" if high is None else "low"
        context.fault(node, "missing-field", f"the spread also needs `{missing}`: a spread has two ends")
    if node.text("kind") in {"sd", "se"} and (width := node.number("number")) is not None and width < 0:
        context.fault(
            node.child("number"),
            "spread",
            f"{width} is not a standard deviation or error, which is never negative; correct it",
        )
    if level is not None and not _LEAST_LEVEL <= level < _PERCENT:
        context.fault(
            node.child("level"), "spread", f"{level} is not a confidence level in per cent; write for instance 95"
        )
    if estimate is None or low is None or high is None or node.text("kind") != "ci":
        return
    if low <= high and not low <= estimate <= high:
        context.fault(node, "spread", f"{estimate} lies outside its confidence interval ({low} to {high})")


def _single(context: DossierContext, row: Node) -> None:
    """Find a value of one patient that has a spread, or that several patients have."""
    value = row.child("value")
    if value.text("statistic") == "single-value" and "spread" in value:
        message = (
            "the value of one patient cannot have a spread; correct the statistic (mean, median) or remove the spread"
        )
        context.fault(value.child("statistic"), "statistic", message)


def _change(context: DossierContext, row: Node) -> None:
    """Hold a change against its own result, against the time at which it is stated, and against losing everything."""
    value = row.child("value")
    number, kind = value.number("number"), value.text("change")
    if kind not in {"change", "percent-change"}:
        return
    if row.text("time") == "baseline" or row.child("time").text("kind") == "baseline":
        message = "a change since baseline cannot be at baseline; correct `time` or `change`"
        context.fault(row.child("time"), "time", message)
    if number is None:
        return
    if kind == "percent-change" and number < -_PERCENT:
        context.fault(value.child("number"), "percent", f"a fall of {-number}% exceeds 100 %")
    result = row.text("result")
    if (result in _FALLS and number > 0) or (result == "increased" and number < 0):
        message = f"a change of {number} is not `{result}`; a fall is negative"
        context.fault(value.child("number"), "sign", message)


def _before(context: DossierContext, row: Node) -> None:
    """Find outcomes that are stated before the infusion or at it."""
    at = row.child("time").number("at")
    results = {part.text("result") for part in (row.child("count"), row.child("percent"), row)}
    if at is not None and at <= 0 and (results & _OUTCOMES or "change" in row.child("value")):
        message = f"an outcome at {at} is not after the infusion, which is time 0; correct `time` or `result`"
        context.fault(row.child("time"), "time", message)


def _twice(context: DossierContext, section: str, row: Node, seen: dict[str, str]) -> None:
    """Find rows that say the same as an earlier one under another id."""
    fields = row.value if isinstance(row.value, dict) else {}
    said = repr((section, sorted((name, repr(value)) for name, value in fields.items() if name not in _NAMES)))
    first = seen.setdefault(said, row.text("id") or "")
    if first != row.text("id"):
        message = f"states the same as the row `{first}`; keep one, with the claims of both"
        context.fault(row, "row-twice", message)


def _places(context: DossierContext, row: Node, read: dict[str | None, str | None]) -> None:
    seen: list[tuple[str | None, str | None]] = []
    for claim in row.children("claims"):
        place = claim.text("place")
        if (who := (claim.text("source"), claim.text("says"))) in seen:
            message = f"the page `{who[0]}` states this row already; keep one claim of it"
            context.fault(claim, "claim-twice", message)
        seen.append(who)
        if place in {"table", "figure"} and read.get(claim.text("source")) in _TEXT_ONLY:
            shown = (read[claim.text("source")] or "").replace("-", " ")
            message = (
                f"only the {shown} of the page `{claim.text('source')}` was read, which "
                f"has no {place}; correct one of them"
            )
            context.fault(claim.child("place"), "place", message)


def _named_time(context: DossierContext, row: Node) -> None:
    """Find times whose unit is not the one that the id of their row names beside the same number."""
    time = row.child("time")
    found = named_time(row.text("id") or "")
    if found is None or str(time.number("at")) != found[0]:
        return
    unit, named = time.text("unit"), found[1]
    if unit in {"d", "wk", "mo", "a"} and unit != named:
        message = f"the time is in `{unit}`, but the row's id says {found[0]} {named}; correct one of them"
        context.fault(time.child("unit"), "time-unit", message)
