"""The head of a dossier: publication, pages that were read, study, and relations to other publications."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cartkg.compile.context.dossier_context import partial_date
from cartkg.compile.context.names import publication_name, spaced
from cartkg.compile.context.statements import LABEL, RDF_TYPE, ROW, integer, iri, listed, plain, term, typed, words
from cartkg.dossier.schema import meanings
from cartkg.nearest import question, suggest

if TYPE_CHECKING:
    from pyoxigraph import Literal

    from cartkg.compile.context.dossier_context import DossierContext
    from cartkg.compile.context.statements import Subject
    from cartkg.dossier.node import Node

_COPIED = ("volume", "issue", "pages", "doi", "pmid", "pmcid", "journal", "conclusion", "disclosure", "note")
#: Read levels after which nothing of the publication is left to read.
_WHOLE = frozenset({"full-text", "whole-page"})
_STUDYLESS = ("arms", "cohorts")
_YEAR = 4


def compile_publication(context: DossierContext) -> None:
    """State the publication, its pages, its study and how it relates to others."""
    head = context.root.child("publication")
    publication = context.facts.subject(iri("publication", context.key), context.key)
    classes = {context.word("PublicationKind", head, "kind"), context.word("PublicationForm", head, "form")}
    for name in filter(None, classes):
        publication.add(RDF_TYPE, name)
    publication.add(term("kindName"), plain(_kind_name(head)))
    publication.add(LABEL, words(head.text("title") or context.key))
    publication.add(term("citationName"), plain(publication_name(context.dossier)))
    for name in _COPIED:
        context.text(publication, name, head, name)
    _authors(publication, head)
    _date(publication, head)
    publication.add(term("readLevel"), context.word("ReadLevel", head, "read"))
    publication.add(term("readCertainty"), context.word("ReadCertainty", head, "read_certainty"))
    context.text(publication, "readLevelText", head, "read_note")
    if head.flag("own_title"):
        publication.add(term("ownTitle"), typed("true", "boolean"))
    for trial in head.children("trials"):
        if found := context.look_up(trial, "trial"):
            publication.add(term("registeredAs"), found.iri)
    publication.add(ROW, plain(f"{context.key}#publication"))
    _status(context, publication, head)
    for correction in head.children("corrections"):
        _correction(context, publication, correction)
    _readers(context, publication)
    _sources(context, publication)
    _study(context, publication)
    _relations(context, publication)
    _parts_not_read(context, head)


def _kind_name(head: Node) -> str:
    """Return what a publication is and where it appeared: `phase 1/2 trial (congress abstract)`."""
    kind, form = (spaced(head.text(field) or "") for field in ("kind", "form"))
    kind = "" if kind == "publication" else kind
    return f"{kind} ({form})" if kind and form and form != kind else kind or form or "publication"


def _authors(publication: Subject, head: Node) -> None:
    """State the authors as one text, in the form of a reference list; each author is a statement of its own too."""
    authors = head.texts("authors")
    if not authors:
        return
    more = " et al." if head.flag("more_authors") else ""
    last = f" (last author {head.text('last_author')})" if "last_author" in head else ""
    publication.add(term("shortAuthors"), plain(", ".join(authors) + more + last))
    for author in [*authors, *filter(None, [head.text("last_author")])]:
        publication.add(term("authorName"), plain(author))


def _date(publication: Subject, head: Node) -> None:
    issued = head.text("issued")
    if issued is None:
        return
    publication.add(term("year"), integer(int(issued[:_YEAR])))
    if len(issued) > _YEAR:
        publication.add("http://purl.org/dc/terms/issued", partial_date(issued))


def _status(context: DossierContext, publication: Subject, head: Node) -> None:
    """State whether it was retracted, and when that was looked up; not having looked is an absence of its own."""
    status = head.child("status")
    publication.add(term("retractionStatus"), context.word("Retracted", status, "retracted"))
    looked = status.text("looked") or ""
    if looked != "not-yet":
        publication.add(term("retractionCheckedOn"), typed(looked, "date"))
    elif status.text("retracted") != "unknown":
        said = status.text("retracted")
        message = f"`retracted: {said}` needs the day on which someone looked: write it as `looked: YYYY-MM-DD`"
        context.fault(status.child("looked"), "status", message)
    else:
        absence = context.subject("absence", "retraction", "Absence")
        _absence(context, absence, "retraction or correction", "whether the publication was corrected or retracted")


def _correction(context: DossierContext, publication: Subject, node: Node) -> None:
    """State an erratum or notice about the publication; a retraction needs the status to say so too."""
    notice = context.subject("publication", node.text("id") or "")
    notice.add(RDF_TYPE, context.word("CorrectionKind", node, "kind"))
    kind = (node.text("kind") or "").replace("-", " ")
    notice.add(term("kindName"), plain(kind))
    notice.add(LABEL, words(f"{kind} of {publication_name(context.dossier)}"))
    notice.add(term("citationName"), plain(f"{kind} of {publication_name(context.dossier)}"))
    notice.add(term("corrects"), publication.iri)
    notice.add(term("readLevel"), term("citationOnly"))
    notice.add(term("retractionStatus"), term("retractionUnknown"))
    for name in ("doi", "pmid"):
        context.text(notice, name, node, name)
    context.text(notice, "note", node, "text")
    if issued := node.text("issued"):
        notice.add(term("year"), integer(int(issued[:_YEAR])))
    if claimant := context.claimant(node):
        notice.add(term("hasSource"), claimant.source)
    retracted = context.root.child("publication").child("status").text("retracted")
    if node.text("kind") == "retraction-notice" and retracted != "yes":
        context.fault(node, "status", "a retraction notice needs `status: {retracted: yes, ...}`")


def _absence(context: DossierContext, absence: Subject, topic: str, text: str) -> None:
    absence.add(LABEL, words(f"{topic}: not looked up yet ({publication_name(context.dossier)})"))
    absence.add(term("absenceKind"), term("notYetLooked"))
    absence.add(term("aboutPublication"), iri("publication", context.key))
    absence.add(term("topic"), plain(topic))
    absence.add(term("claimText"), plain(text))
    absence.add(ROW, plain(f"{context.key}#publication"))


def _parts_not_read(context: DossierContext, head: Node) -> None:
    if head.text("read") in _WHOLE:
        return
    absence = context.subject("absence", "parts-not-read", "Absence")
    _absence(context, absence, "parts not read", "what the parts of the publication say that were not read")


def _readers(context: DossierContext, publication: Subject) -> None:
    for field, predicate in (("read_by", "readBy"), ("checked_by", "checkedBy")):
        if name := context.root.text(field):
            publication.add(term(predicate), plain(name))


def _sources(context: DossierContext, publication: Subject) -> None:
    seen: set[str] = set()
    for node in context.root.children("sources"):
        name = node.text("id") or ""
        if name in seen:
            context.fault(node, "id-twice", f"the source id `{name}` occurs twice; give each page its own")
        seen.add(name)
        page = context.subject("source", name, "Source")
        owner = _owner(context, node, name, page.iri)
        page.add(LABEL, words(node.text("what") or f"page of {owner}"))
        context.text(page, "sourceText", node, "what")
        context.text(page, "note", node, "note")
        if (address := node.text("address")) and node.text("use") != "copy":
            page.add(term("pageAddress"), typed(address, "anyURI"))
        page.add(term("pageReadOn"), _when(node, "looked"))
        page.add("http://purl.org/dc/terms/issued", _when(node, "issued"))
        page.add(ROW, plain(f"{context.key}#{name}"))
        if node.child("page_of").value == "this":
            publication.add(term("hasSource"), page.iri)


def _when(node: Node, name: str) -> Literal | None:
    value = node.text(name)
    return partial_date(value) if value else None


def _owner(context: DossierContext, node: Node, name: str, page: str) -> str:
    """State the publication whose page this is, where it has no dossier; return its name for people."""
    owner = node.child("page_of")
    if isinstance(owner.value, dict):
        if "read" not in node:
            context.fault(
                node, "missing-field", f"source `{name}` needs `read`, which says how much of the page was read"
            )
        publication = context.subject("publication", name)
        publication.add(RDF_TYPE, context.word("PageKind", owner, "kind"))
        publication.add(term("kindName"), plain((owner.text("kind") or "").replace("-", " ")))
        publication.add(LABEL, words(owner.text("title") or name))
        publication.add(term("citationName"), plain(owner.text("title") or name))
        publication.add(term("ownTitle"), typed("true", "boolean"))
        publication.add(term("hasSource"), page)
        publication.add(term("readLevel"), meanings("ReadLevel")[node.text("read") or "not-stated"])
        publication.add(term("retractionStatus"), term("retractionUnknown"))
        return owner.text("title") or name
    key = str(owner.value)
    if key == "this":
        if "read" not in node:
            context.fault(
                node, "missing-field", f"source `{name}` needs `read`, which says how much of the page was read"
            )
        return publication_name(context.dossier)
    other = context.corpus.dossiers.get(key)
    if other is None:
        hint = question(suggest(key, context.corpus.dossiers))
        context.fault(owner, "unknown-dossier", f"no dossier has the key `{key}`{hint}")
        return key
    context.facts.subject(page, context.key).add(term("pageOf"), iri("publication", key))
    return publication_name(other)


def _study(context: DossierContext, publication: Subject) -> None:
    node = context.root.child("study")
    if node.value is None:
        for section in _STUDYLESS:
            rows = [row for row in context.root.children(section) if "same_as" not in row]
            if rows:
                context.fault(rows[0], "no-study", f"`{section}` needs a `study` with its design")
        return
    study = context.facts.subject(iri("study", context.key), context.key, "Study")
    study.add(LABEL, words(f"study of {publication_name(context.dossier)}"))
    publication.add(term("reportsStudy"), study.iri)
    study.add(term("designNames"), listed(spaced(design) for design in node.texts("design")))
    for design in node.texts("design"):
        study.add(term("studyDesign"), meanings("StudyDesign")[design])
    for site in node.children("sites"):
        if found := context.look_up(site, "site"):
            study.add(term("conductedAt"), found.iri)
    for trial in node.children("trials"):
        if found := context.look_up(trial, "trial"):
            publication.add(term("registeredAs"), found.iri)
    if "out_of_scope" in context.root.child("publication"):
        study.add(term("outOfScope"), typed("true", "boolean"))
        context.text(study, "scopeText", context.root.child("publication"), "out_of_scope")
    context.text(study, "note", node, "note")
    study.add(ROW, plain(f"{context.key}#study"))


def _relations(context: DossierContext, publication: Subject) -> None:
    for node in context.root.children("relations"):
        key = node.text("publication") or ""
        predicate = context.word("RelationKind", node, "kind")
        if key not in context.corpus.dossiers:
            hint = question(suggest(key, context.corpus.dossiers))
            context.fault(node.child("publication"), "unknown-dossier", f"no dossier has the key `{key}`{hint}")
        elif predicate:
            publication.add(predicate, iri("publication", key))
