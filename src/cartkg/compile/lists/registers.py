"""Compile the registers of trials and products: explicit fields become statements, free texts are copied."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cartkg.compile.context.dossier_context import partial_date
from cartkg.compile.context.statements import (
    LABEL,
    RDF_TYPE,
    ROW,
    count,
    integer,
    iri,
    listed,
    plain,
    term,
    typed,
    words,
)
from cartkg.namespaces import SKOS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cartkg.compile.context.statements import Subject
    from cartkg.compile.lists.listing import Listing
    from cartkg.dossier.node import Node

#: Free texts of a trial, each with the property to which it is copied.
_TEXTS: Mapping[str, str] = {
    "conditions": "conditionText",
    "countries": "country",
    "design": "trialDesignText",
    "leader": "leaderText",
    "places": "placeText",
    "arms": "trialArmText",
    "primary_outcomes": "primaryOutcomeText",
    "secondary_outcomes": "secondaryOutcomeText",
    "regimen": "regimenText",
    "product_as_listed": "listedProductText",
    "disagreements": "disagreementText",
    "notes": "note",
}
#: The dates of a trial that it has itself, each by the word of its entry.
_DATES: Mapping[str, str] = {
    "start": "startDate",
    "primary-completion": "primaryCompletionDate",
    "completion": "completionDate",
}
_EXPECTED = frozenset({"planned", "estimated"})


def compile_products(listing: Listing) -> None:
    """State every product."""
    for entry in listing.entries:
        product = listing.subject(iri("product", entry.text("id") or ""), "CellProduct")
        product.add(LABEL, words(entry.text("label") or ""))
        for name in entry.texts("synonyms"):
            product.add(f"{SKOS}altLabel", words(name))
        _cells(listing, product, entry)
        for found in listing.named(entry, "developers", "organization"):
            product.add(term("developedBy"), found.iri)
        product.add(term("developerNames"), listed(_labels(listing, entry, "developers", "organization")))
        for field, predicate in (
            ("modality", "modalityText"),
            ("source_as_listed", "cellSourceText"),
            ("construct", "constructText"),
            ("notes", "note"),
        ):
            listing.text(product, predicate, entry, field)
        _pages(product, entry)
        product.add(ROW, plain(f"products#{entry.text('id')}"))


def compile_trials(listing: Listing) -> None:
    """State every trial, and each entry of its status, enrolment and dates."""
    for entry in listing.entries:
        word, number = entry.text("id") or "", entry.text("number") or ""
        if entry.flag("unconfirmed"):
            message = "confirm the trial: compare each change with its record and remove `unconfirmed`"
            listing.fault(entry, "unconfirmed", message)
        trial = listing.subject(iri("trial", word), "ClinicalTrial")
        trial.add(LABEL, words(entry.text("title") or f"trial {number}, known by its number only"))
        trial.add(term("registryNumber"), plain(number))
        for name in (number, *entry.texts("other_numbers"), *entry.texts("names")):
            trial.add(f"{SKOS}altLabel", words(name))
        listing.text(trial, "otherRegistryNumber", entry, "other_numbers")
        if entry.flag("own_title"):
            trial.add(term("note"), plain("the title is our own description"))
        trial.add(term("trialPhase"), listing.word("Phase", entry.text("phase")))
        _relations(listing, trial, entry)
        for field, predicate in _TEXTS.items():
            listing.text(trial, predicate, entry, field)
        if doubt := entry.text("doubt"):
            trial.add(f"{SKOS}editorialNote", words(doubt))
        _eligibility(listing, trial, entry)
        _history(listing, trial, entry)
        _pages(trial, entry)
        _check_number(listing, entry, word, number)
        trial.add(ROW, plain(f"trials#{word}"))


def _check_number(listing: Listing, entry: Node, word: str, number: str) -> None:
    if word != number.lower():
        message = f"the id of a trial is its number in lower case: `{number.lower()}`, not `{word}`"
        listing.fault(entry.child("id"), "trial-id", message)


def _relations(listing: Listing, trial: Subject, entry: Node) -> None:
    for predicate, field, kind in (
        ("sponsoredBy", "sponsor", "organization"),
        ("hasCollaborator", "collaborators", "organization"),
        ("investigates", "products", "product"),
        ("trialCondition", "diseases", "disease"),
    ):
        for found in listing.named(entry, field, kind):
            trial.add(term(predicate), found.iri)
    trial.add(term("conditionNames"), listed(_labels(listing, entry, "diseases", "disease")))
    tested = _labels(listing, entry, "products", "product")
    cells = entry.child("cells")
    trial.add(term("investigatedNames"), listed([*tested, cells.text("name") or ""]))
    if cells.value is None:
        return
    therapy = listing.subject(iri("therapy", entry.text("id") or ""))
    therapy.add(LABEL, words(f"{cells.text('name')} of {entry.text('number')}"))
    therapy.add(term("modalityText"), plain(cells.text("name") or ""))
    _cells(listing, therapy, cells)
    listing.text(therapy, "note", cells, "note")
    trial.add(term("investigates"), therapy.iri)


def _cells(listing: Listing, therapy: Subject, entry: Node) -> None:
    for kind in entry.texts("type"):
        therapy.add(RDF_TYPE, listing.word("CellType", kind))
    therapy.add(term("targetNames"), listed(_labels(listing, entry, "targets", "target")))
    for source in entry.texts("source"):
        therapy.add(term("cellSource"), listing.word("CellSource", source))
    for found in listing.named(entry, "targets", "target"):
        therapy.add(term("targets"), found.iri)
    therapy.add(term("vector"), listing.word("Vector", entry.text("vector")))
    therapy.add(term("costimulatoryDomain"), listing.word("Costimulation", entry.text("costimulation")))
    therapy.add(term("geneEditing"), listing.word("Editing", entry.text("editing")))


def _labels(listing: Listing, entry: Node, field: str, kind: str) -> list[str]:
    """Return the labels of the words that a field names; whoever links them says which are unknown."""
    return [found.label for word in entry.texts(field) if (found := listing.terms.get(kind, word))]


def _pages(subject: Subject, entry: Node) -> None:
    for page in entry.children("pages"):
        if page.text("use") != "copy":
            subject.add(term("pageAddress"), typed(page.text("address") or "", "anyURI"))


def _eligibility(listing: Listing, trial: Subject, entry: Node) -> None:
    node = entry.child("eligibility")
    low, high = node.count("min_age"), node.count("max_age")
    for age, predicate in ((low, "minimumAge"), (high, "maximumAge")):
        if age is not None:
            trial.add(term(predicate), count(age))
    if low is not None and high is not None and low > high:
        listing.fault(node, "ages", f"the youngest age {low} is above the oldest {high}; correct one of them")
    trial.add(term("eligibleSex"), listing.word("Sex", node.text("sex")))
    listing.text(trial, "eligibilityText", node, "note")


def _history(listing: Listing, trial: Subject, entry: Node) -> None:
    """State the entries of a trial; the first of each kind stands for the trial itself."""
    standing = entry.child("status").items()
    status = standing[0].text("status") if standing else None
    trial.add(term("trialStatus"), listing.word("Status", status) or term("statusNotStated"))
    if standing and (date := standing[0].text("date")):
        trial.add(term("statusOn"), partial_date(date))
    hoped = [node for node in entry.children("enrolment") if node.text("kind") != "actual"][:1]
    for node in hoped:  # an older plan does not stand where the newest number is of an unknown kind
        number = node.count("n")
        if number is not None and node.text("kind") in _EXPECTED:
            trial.add(term("plannedEnrolment"), count(number))
    for node in reversed(entry.children("dates")):  # the first of each kind comes last and stands
        if predicate := _DATES.get(node.text("what") or ""):
            trial.values.pop(term(predicate), None)
            trial.add(term(predicate), partial_date(node.text("date") or ""))
    pages = _addresses(entry)
    seen: set[str] = set()
    for field, state in (("status", _status), ("enrolment", _enrolment), ("dates", _date)):
        for rank, node in enumerate(entry.children(field), 1):
            name = node.text("id") or ""
            if name in seen:
                message = f"the id `{name}` occurs twice in this trial; give each entry its own"
                listing.fault(node.child("id"), "id-twice", message)
            seen.add(name)
            subject = listing.subject(iri("trial-entry", entry.text("id") or "", name), "TrialEntry")
            trial.add(term("hasTrialEntry"), subject.iri)
            subject.add(term("entryRank"), integer(rank))
            subject.add(LABEL, words(f"{state(listing, subject, node)} ({entry.text('number')})"))
            _provenance(listing, subject, node, pages)
    listing.known(entry.child("eligibility").child("page"), list(pages), "a page of this trial")
    for field in entry.child("read_in").names():
        listing.known(entry.child("read_in").child(field), list(pages), "a page of this trial")


def _addresses(entry: Node) -> dict[str, str | None]:
    """Return the pages of a trial by id: the address, None where it may not be cited."""
    pages: dict[str, str | None] = {}
    for page in entry.children("pages"):
        pages[page.text("id") or ""] = None if page.text("use") == "copy" else page.text("address")
    return pages


def _provenance(listing: Listing, subject: Subject, node: Node, pages: dict[str, str | None]) -> None:
    if date := node.text("record") or (node.text("date") if node.text("what") is None else None):
        subject.add(term("entryDate"), partial_date(date))
    name = listing.known(node.child("page"), list(pages), "a page of this trial")
    if name and (address := pages[name]):
        subject.add(term("pageAddress"), typed(address, "anyURI"))
    listing.text(subject, "note", node, "note")


def _status(listing: Listing, subject: Subject, node: Node) -> str:
    word = node.text("status") or ""
    subject.add(term("entryStatus"), listing.word("Status", word))
    return f"status {word.replace('-', ' ')}{_on(node.text('date'))}"


def _enrolment(listing: Listing, subject: Subject, node: Node) -> str:
    number = node.count("n") or 0
    kind = node.text("kind") or ""
    subject.add(term("entryEnrolment"), count(number))
    subject.add(term("enrolmentKind"), listing.word("EnrolmentKind", kind))
    subject.add(term("enrolmentComparator"), listing.word("Comparator", node.text("comparator")))
    bound = {"at-most": "at most ", "at-least": "at least ", "about": "about "}.get(node.text("comparator") or "", "")
    said = "" if kind == "not-stated" else f", {kind}"
    return f"enrolment {bound}{number}{said}{_on(node.text('date'))}"


def _date(listing: Listing, subject: Subject, node: Node) -> str:
    what, date, kind = node.text("what") or "", node.text("date") or "", node.text("kind") or ""
    subject.add(term("milestone"), listing.word("DateOf", what))
    subject.add(term("milestoneDate"), partial_date(date))
    subject.add(term("milestoneKind"), listing.word("DateKind", kind))
    said = "" if kind == "not-stated" else f", {kind}"
    return f"{what.replace('-', ' ')} {date}{said}{_on(node.text('record'))}"


def _on(date: str | None) -> str:
    return f", as of {date}" if date else ""
