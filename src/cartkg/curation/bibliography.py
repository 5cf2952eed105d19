"""The head of a dossier in: the publication, its sources, its links to others and to registered trials out."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING

from pyoxigraph import Literal

from cartkg.curation.facts import LABEL, RDF_TYPE, ROW, Subject, iri, slug, term, typed, words
from cartkg.curation.pages import PageType
from cartkg.curation.remarks import remark
from cartkg.curation.spelling import TRIALS, meant
from cartkg.findings import Severity

if TYPE_CHECKING:
    from cartkg.curation.desk import Desk
    from cartkg.curation.node import Node

CLASSES = {
    "case report": "CaseReport",
    "case series": "CaseSeries",
    "cohort": "CohortStudyReport",
    "editorial": "Editorial",
    "guideline": "Guideline",
    "meta-analysis": "MetaAnalysis",
    "news": "NewsItem",
    "phase 1 trial": "TrialReport",
    "phase 1/2 trial": "TrialReport",
    "phase 2 randomised": "RandomisedTrialReport",
    "review": "Review",
    "criterion definition": "CriterionDefinitionPaper",
}
_ISSUED = "http://purl.org/dc/terms/issued"
_PLAIN = {"short_authors": "shortAuthors", "journal": "journal", "volume": "volume", "issue": "issue", "pages": "pages"}
_PLAIN |= {"doi": "doi", "pmid": "pmid", "pmcid": "pmcid"}
_OWN_TITLE = re.compile(
    r"\s*\((?:own description|title not read)[^)]*\)\s*|^\(title not (?:read|shown)\)\s*|, own description$"
)
_LEVELS = (
    (
        re.compile(
            r"^citation only|^teaser only|^title and authors(?: only| of the abstract;.*)?$"
            r"|^header only|^head and first"
        ),
        "citationOnly",
    ),
    (re.compile(r"^title|^figure legend"), "secondarySummaries"),
    (re.compile(r"congress abstract"), "congressAbstractRead"),
    (re.compile(r"whole abstract"), "wholeAbstract"),
    (
        re.compile(r"abstract.*(cut|start|first|begin|nearly|without|up to|plus|part|lines)|beginning of the abstract"),
        "partialAbstract",
    ),
    (re.compile(r"^abstract"), "wholeAbstract"),
    (re.compile(r"^whole (page|text)"), "wholePage"),
    (re.compile(r"news|release|press|retelling|meeting"), "pressOnly"),
    (re.compile(r"secondary|summar|digest|notes|points quoted|third-party"), "secondarySummaries"),
    (re.compile(r"page|opening|part of|table|introduction|regulator|lines"), "partialPage"),
)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def read_level(text: str) -> str:
    """Give the read level that a reader's note on how much was seen stands for."""
    return next((level for pattern, level in _LEVELS if pattern.search(text.lower())), "readLevelNotStated")


def level_text(root: Node) -> str:
    """Give the note on how much of the publication was read."""
    return str(root.child("readable").child("level").value or root.child("read_level").value or "")


def place_publication(desk: Desk) -> None:
    """Make the publication with its class, identifiers, dates, read level and sources."""
    node = desk.root.child("publication")
    kind = CLASSES.get(node.text("kind") or "", "Publication")
    release = kind == "NewsItem" and any(page.own and "press release" in page.what for page in desk.pages.values())
    subject = desk.own(desk.publication, "PressRelease" if release else kind)
    _title(node, subject)
    twin = _twin(desk, node)
    for name, local in _PLAIN.items():
        text = node.text(name)
        if text and twin and name in ("doi", "pmid", "pmcid"):
            subject.add(term("note"), Literal(f"{name} {text} stands at {twin}, which is the same paper"))
        elif text:
            subject.add(term(local), Literal(text))
    if twin:
        subject.add(term("reportsOn"), iri("publication", twin))
    subject.add(term("publicationKindText"), Literal(str(node.child("kind").value)))
    _classes(desk, node, subject)
    _dates(desk, node, subject)
    _reading(desk, subject)
    subject.add(term("retractionStatus"), term("retractionUnknown"))
    conclusion = desk.root.text("conclusion")
    if conclusion:
        subject.add(term("conclusion"), Literal(" ".join(conclusion.split())))
    for trial in node.children("trial_ids"):
        _trial(desk, trial, subject)
    _sources(desk, subject)
    subject.add(ROW, Literal(f"{desk.key} publication"))


def _twin(desk: Desk, node: Node) -> str | None:
    """Give the key of the report whose definition alone this dossier holds: same DOI, other kind."""
    doi, kind = node.child("doi").value, node.child("kind").value
    if kind != "criterion definition" or doi is None:
        return None
    return next(
        (key for key, known in sorted(desk.library.known.items()) if key != desk.key and known.doi == doi), None
    )


def _title(node: Node, subject: Subject) -> None:
    title = node.text("title") or ""
    plain = _OWN_TITLE.sub("", title).strip()
    subject.add(LABEL, words(plain or title))
    if plain != title or ("title" in title and "not shown" in title):
        subject.add(term("ownTitle"), typed("true", "boolean"))


def _classes(desk: Desk, node: Node, subject: Subject) -> None:
    if any(page.own and page.kind is PageType.CONGRESS for page in desk.pages.values()):
        subject.add(RDF_TYPE, term("CongressAbstract"))
    if "systematic" in str(node.child("review_type").value or ""):
        subject.add(RDF_TYPE, term("SystematicReview"))
    if "regulatory" in str(node.child("document_type").value or ""):
        subject.add(RDF_TYPE, term("RegulatoryNotice"))


def _dates(desk: Desk, node: Node, subject: Subject) -> None:
    year, text = node.count("year"), node.text("published_date")
    if year is not None:
        subject.add(term("year"), typed(str(year), "gYear"))
    if not text:
        return
    day = _DATE.match(text)
    if day and not _is_day(day[0]):
        desk.notice(node.child("published_date"), "dossier-no-date", f"{day[0]} is no day of a year; correct the date")
    elif day:
        if year is None or day[0].startswith(str(year)):
            subject.add(_ISSUED, typed(day[0], "date"))
        if day[0] > dt.datetime.now(tz=dt.UTC).date().isoformat():
            desk.notice(
                node.child("published_date"), "dossier-future-date", f"{day[0]} lies in the future; correct the date"
            )
    if not day or day[0] != text or (year is not None and not day[0].startswith(str(year))):
        subject.add(term("note"), Literal(f"date as given: {text}"))


def _is_day(text: str) -> bool:
    try:
        dt.date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _reading(desk: Desk, subject: Subject) -> None:
    readable = desk.root.child("readable")
    text = readable.text("level") or desk.root.text("read_level") or ""
    desk.root.text("read_level")
    subject.add(term("readLevel"), term(desk.read_level))
    subject.add(term("readLevelText"), Literal(text))
    certainty = readable.text("certainty")
    local = {"high": "certaintyHigh", "medium": "certaintyMedium", "low": "certaintyLow"}.get(certainty or "")
    subject.add(term("readCertainty"), term(local or ("certaintyMedium" if certainty else "certaintyNotStated")))
    if certainty and not local:
        subject.add(term("note"), Literal(f"certainty of reading: {certainty}"))


def _trial(desk: Desk, node: Node, subject: Subject) -> None:
    number = str(node.take())
    found = desk.lexicon.find("trial", number)
    if found:
        subject.add(term("registeredAs"), found[0].iri)
        return
    trial = desk.facts.subject(iri("trial", slug(number)), "shared/named-only", "ClinicalTrial")
    known = trial.iri in desk.lexicon.labels
    near = "" if known else meant(desk.lexicon, TRIALS, number)
    asked = f"{near} If not, it is " if near else ("it is known, and stays, " if known else "")
    message = f"{number} is not in data/ttl/shared/trials.ttl; {asked}{'' if known else 'kept '}with its number only"
    desk.notice(node, "dossier-unknown-trial", message, Severity.INFO)
    trial.add(LABEL, words(f"trial {number}, known by its number only"))
    trial.add(term("registryNumber"), Literal(number))
    trial.add(term("trialPhase"), term("phaseNotStated"))
    trial.add(term("trialStatus"), term("statusNotStated"))
    subject.add(term("registeredAs"), trial.iri)


def _sources(desk: Desk, subject: Subject) -> None:
    for name, page in desk.pages.items():
        source = desk.own(iri("source", desk.key, name), "Source")
        source.add(LABEL, words(f"{desk.key}, {name}"))
        source.add(term("sourceText"), Literal(page.what))
        for mark in page.marks:
            hidden = "url:" if page.address is None or page.quotes else "page:"
            if (page.own and not mark.startswith(hidden)) or mark.startswith("seed:"):
                source.add(term("pageMark"), Literal(mark))
        if page.address:
            source.add(term("pageAddress"), typed(page.address, "anyURI"))
        owner = desk.library.page_owner(page, desk.key)
        if owner and not page.own:
            source.add(term("samePageAs"), iri("source", owner.key, owner.source))
        source.add(ROW, Literal(f"{desk.key} sources {name}"))
        subject.add(term("hasSource"), source.iri)


def place_links(desk: Desk) -> None:
    """Make the links to other publications; what cannot be linked is kept in words."""
    subject = desk.own(desk.publication)
    for part, local in (("reports_on", "reportsOn"), ("comments_on", "commentsOn"), ("cites", "citesAsSource")):
        for row in desk.root.children(part):
            other = str(row.child("with").value or "")
            texts = [str(row.child(name).value) for name in ("what", "text", "note", "citation_given") if name in row]
            if other in desk.library.known:
                subject.add(term(local), iri("publication", other))
                row.text("with")
            elif other:
                texts.insert(0, other)
            if texts:
                desk.in_words(row.path, "it says more than that there is a link, or of no dossier of the project")
                about = remark(desk, row, part.replace("_", " "), "; ".join(texts))
                if other in desk.library.known:
                    about.values[term("aboutPublication")] = set()
                    about.add(term("aboutPublication"), iri("publication", other))
            else:
                row.text("source")
    _erratum(desk)


def _erratum(desk: Desk) -> None:
    node = desk.root.child("erratum")
    if node.value is None:
        return
    erratum = desk.own(iri("publication", desk.key, "erratum"), "Erratum")
    erratum.add(LABEL, words(f"{node.text('what') or 'Erratum'} to {desk.key}"))
    for name in ("journal", "volume", "issue", "pages", "doi", "pmid"):
        text = node.text(name)
        if text:
            erratum.add(term(name), Literal(text))
    date = node.text("date")
    if date:
        erratum.add(term("year"), typed(date[:4], "gYear"))
        erratum.add(term("note"), Literal(f"date as given: {date}"))
    erratum.add(term("corrects"), desk.publication)
    erratum.add(term("readLevel"), term("citationOnly"))
    erratum.add(term("retractionStatus"), term("retractionUnknown"))
    source = node.text("source")
    if source:
        erratum.add(term("hasSource"), iri("source", desk.key, source))
    erratum.add(ROW, desk.row(node))
