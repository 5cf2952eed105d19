"""Lists of registered trials and of products in, the shared files of trials, products and organisations out."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pyoxigraph import Literal

from cartkg.curation.facts import LABEL, RDF_TYPE, ROW, Facts, Subject, count, iri, slug, term, typed, words
from cartkg.curation.spelling import TARGETS, ask, nearest, unknown
from cartkg.findings import Finding
from cartkg.namespaces import SKOS

if TYPE_CHECKING:
    from pathlib import Path

    from cartkg.curation.lexicon import Lexicon
    from cartkg.curation.node import Node

_ALT = f"{SKOS}altLabel"
_TRIAL = {
    "id",
    "other_ids",
    "title",
    "sponsor",
    "collaborator",
    "product",
    "target_antigens",
    "cell_source",
    "cell_type",
}
_TRIAL |= {
    "conditions",
    "phase",
    "status_and_date_if_read",
    "enrollment",
    "enrollment_note",
    "countries",
    "start",
    "site",
}
_TRIAL |= {"primary_outcome", "regimen_note", "note", "doubt", "source_address", "other_sources", "source_kind"}
_PRODUCT = {
    "name",
    "aliases",
    "target_antigens",
    "cell_source",
    "costimulatory_domain",
    "modality",
    "developer",
    "note",
}
_PRODUCT |= {"source_address", "other_sources"}
_PRIVATE = re.compile(r"pubmed|pmc\.ncbi|bohrium|nature\.com|ashpublications|doi\.org")
_PHASES = (
    (re.compile(r"^early phase 1", re.IGNORECASE), "earlyPhase1"),
    (re.compile(r"^1b?/2"), "phase1-2"),
    (re.compile(r"^1"), "phase1"),
    (re.compile(r"^2/3"), "phase2-3"),
    (re.compile(r"^2"), "phase2"),
    (re.compile(r"^3"), "phase3"),
)
_STATUSES = (
    (re.compile(r"^not yet|^about to start", re.IGNORECASE), "notYetRecruiting"),
    (re.compile(r"^active, not recruiting", re.IGNORECASE), "activeNotRecruiting"),
    (re.compile(r"^(recruiting|enrolling|active, recruiting)", re.IGNORECASE), "recruiting"),
    (re.compile(r"^withdrawn", re.IGNORECASE), "withdrawn"),
    (re.compile(r"^completed", re.IGNORECASE), "completed"),
    (re.compile(r"^terminated", re.IGNORECASE), "terminated"),
)
_PLANNED = re.compile(r"^(?:up to )?(\d+)(?: estimated| planned)?(?: \((?!record|registry|25)[^;]*\))?$")
_CELLS = (
    ("CAAR", "CAARTCellTherapy"),
    ("NK", "CARNKCellTherapy"),
    ("gamma-delta", "GammaDeltaCARTherapy"),
    ("in vivo", "InVivoCARTherapy"),
)
_SOURCES = (
    ("in vivo", "inVivo"),
    ("pluripotent", "ipscDerived"),
    ("iPSC", "ipscDerived"),
    ("allogeneic", "allogeneic"),
    ("autologous", "autologous"),
)


@dataclass(slots=True)
class Register:
    """One list at work: its file, the words known, the facts made and the problems found."""

    path: Path
    lexicon: Lexicon
    facts: Facts = field(default_factory=Facts)
    notices: list[Finding] = field(default_factory=list)

    def notice(self, node: Node, rule: str, message: str) -> None:
        """Note a problem at its line."""
        self.notices.append(Finding(self.path, node.place.line, node.place.column, rule, message))


def place_register(register: Register, root: Node) -> None:
    """Turn a list of trials (rows with `id`) or products (rows with `name`) into facts."""
    for row in root.items():
        known, name = (_TRIAL, "id") if "id" in row else (_PRODUCT, "name")
        for extra in sorted(set(row.names()) - known):
            message = f"unknown field `{extra}`; {ask(nearest(extra, known))} Else move its text to `note`"
            register.notice(row.child(extra), "register-unknown-field", message)
        if name not in row:
            register.notice(
                row, "register-without-name", "the row names neither a trial (`id`) nor a product (`name`); add one"
            )
        elif name == "id" and (first := _first_entry(root, row)):
            _second_entry(register, row, first)
        elif name == "id":
            _trial(register, row)
        else:
            _product(register, row)


def _first_entry(root: Node, row: Node) -> str | None:
    """Give the NCT number of the trial that this entry of another register is of, when the list holds both."""
    number = str(row.child("id").value)
    listed = {str(other.child("id").value) for other in root.items()}
    others = [str(item.value) for item in row.children("other_ids")]
    return None if number.startswith("NCT") else next((n for n in others if n.startswith("NCT") and n in listed), None)


def _second_entry(register: Register, row: Node, first: str) -> None:
    """Add another register's entry to the trial it is of: one trial stays one thing; the entry is kept in notes."""
    number = row.text("id") or ""
    subject = register.facts.subject(iri("trial", slug(first)), "shared/trials", "ClinicalTrial")
    subject.add(term("otherRegistryNumber"), Literal(number))
    for leaf in row.leaves():
        field_name = re.sub(r"\[\d+\]", "", leaf.path).rpartition(".")[2].replace("_", " ")
        if not field_name.endswith(("address", "sources")):
            subject.add(term("note"), Literal(f"register entry {number}, {field_name}: {leaf.value}"))
    for country in row.children("countries"):
        subject.add(term("country"), Literal(str(country.value)))
    _pages(row, subject)
    subject.add(ROW, Literal(f"trials {number}"))


def _pages(row: Node, subject: Subject) -> None:
    addresses = [row.text("source_address"), *(str(item.take()) for item in row.children("other_sources"))]
    for address in addresses:
        if address and not _PRIVATE.search(address):
            subject.add(term("pageAddress"), typed(address.replace(" ", "%20"), "anyURI"))


def _organization(register: Register, name: str) -> str:
    found = register.lexicon.find("organization", name)
    if found:
        return found[0].iri
    subject = register.facts.subject(iri("organization", slug(name, 8)), "shared/organizations", "Organization")
    subject.add(LABEL, words(name))
    return subject.iri


def _texts(row: Node, subject: Subject, table: tuple[tuple[str, str, str], ...]) -> None:
    for name, local, lead in table:
        for item in row.children(name):
            text = str(item.take())
            subject.add(term(local), Literal(f"{lead}{text}"))


def _trial(register: Register, row: Node) -> None:
    number = row.text("id") or ""
    subject = register.facts.subject(
        iri("trial", slug(number.removeprefix("EudraCT "))), "shared/trials", "ClinicalTrial"
    )
    subject.add(LABEL, words(row.text("title") or number))
    subject.add(term("registryNumber"), Literal(number.removeprefix("EudraCT ")))
    for name in dict.fromkeys((number, number.removeprefix("EudraCT "))):
        subject.add(_ALT, words(name))
    for other in row.children("other_ids"):
        subject.add(term("otherRegistryNumber"), Literal(str(other.take())))
        subject.add(_ALT, words(str(other.value)))
    phase, status = row.text("phase"), row.text("status_and_date_if_read")
    found = next((local for pattern, local in _PHASES if pattern.search(phase or "")), "phaseNotStated")
    subject.add(term("trialPhase"), term(found))
    state = next((local for pattern, local in _STATUSES if pattern.search(status or "")), "statusNotStated")
    subject.add(term("trialStatus"), term(state))
    _enrolment(row, subject)
    for name, local in (("phase", phase), ("status", status)):
        if local:
            subject.add(term(f"{name}Text"), Literal(local))
    for condition in row.children("conditions"):
        text = str(condition.take())
        subject.add(term("conditionText"), Literal(text))
        for entry in register.lexicon.find("disease", text) or register.lexicon.scan("disease", text):
            subject.add(term("trialCondition"), entry.iri)
    _trial_links(register, row, subject)
    subject.add(ROW, Literal(f"trials {number}"))


def _trial_links(register: Register, row: Node, subject: Subject) -> None:
    sponsor = row.text("sponsor")
    if sponsor:
        subject.add(term("sponsoredBy"), _organization(register, sponsor))
        subject.add(term("note"), Literal(f"sponsor as listed: {sponsor}"))
    _investigated(register, row, subject)
    table: tuple[tuple[str, str, str], ...] = (
        ("countries", "country", ""),
        ("start", "startText", ""),
        ("primary_outcome", "primaryOutcomeText", ""),
    )
    table += (
        ("collaborator", "note", "collaborator: "),
        ("site", "note", "site: "),
        ("regimen_note", "note", "regimen: "),
    )
    table += (("note", "note", ""), ("source_kind", "note", "read in: "))
    _texts(row, subject, table)
    doubt = row.text("doubt")
    if doubt:
        subject.add(f"{SKOS}editorialNote", words(doubt))
    _pages(row, subject)


def _enrolment(row: Node, subject: Subject) -> None:
    for name in ("enrollment", "enrollment_note"):
        value = row.child(name).take()
        if value is None:
            continue
        subject.add(term("enrolmentText"), Literal(str(value)))
        planned = _PLANNED.match(str(value))
        if planned and name == "enrollment":
            subject.add(term("plannedEnrolment"), count(int(planned[1])))


def _investigated(register: Register, row: Node, subject: Subject) -> None:
    """Point a trial to its product; cells without a name become a therapy of the trial."""
    product = row.text("product") or ""
    found = register.lexicon.scan("product", product)
    for entry in found:
        subject.add(term("investigates"), entry.iri)
    said = " ".join((product, str(row.child("cell_type").take() or ""), str(row.child("cell_source").take() or "")))
    if found:
        listed = [product, *(str(row.child(name).value) for name in ("cell_source", "cell_type") if name in row)]
        listed += [str(item.take()) for item in row.children("target_antigens")]
        subject.add(term("note"), Literal(f"product as listed: {', '.join(listed)}"))
        return
    therapy = register.facts.subject(subject.iri.replace("/trial/", "/therapy/"), "shared/trials", _kind(said))
    therapy.add(LABEL, words(f"{product} of {subject.one(term('registryNumber'))}"))
    therapy.add(term("modalityText"), Literal(product))
    _cells(register, row, therapy, said)
    subject.add(term("investigates"), therapy.iri)


def _kind(said: str) -> str:
    return next((kind for word, kind in _CELLS if word in said), "CARTCellTherapy")


def _cells(register: Register, row: Node, therapy: Subject, said: str) -> None:
    for item in row.children("target_antigens"):
        target = str(item.take())
        found = register.lexicon.find("target", target)
        if not found:
            register.notice(item, "dossier-unknown-target", unknown(register.lexicon, TARGETS, target))
        for entry in found:
            therapy.add(term("targets"), entry.iri)
    source = next((local for word, local in _SOURCES if word in said), "cellSourceNotReported")
    therapy.add(term("cellSource"), term(source))
    if source == "ipscDerived":
        therapy.add(term("cellSource"), term("allogeneic"))
    domain = "4-1bb" if "4-1BB" in said else ("cd28" if "CD28" in said else "costimulatoryDomainNotReported")
    therapy.add(term("costimulatoryDomain"), term(domain))
    vector = "mrnaLipidNanoparticle" if "lipid nano" in said else ("mrna" if "mRNA" in said else "vectorNotReported")
    therapy.add(term("vector"), term("retroviral" if "retroviral" in said else vector))


def _product(register: Register, row: Node) -> None:
    name = row.text("name") or ""
    said = " ".join(
        str(leaf.value)
        for leaf in row.leaves()
        if "source_address" not in leaf.path and "other_sources" not in leaf.path
    )
    subject = register.facts.subject(iri("product", slug(name)), "shared/products", "CellProduct", _kind(said))
    subject.add(LABEL, words(name))
    for alias in row.children("aliases"):
        subject.add(_ALT, words(str(alias.take())))
    modality = row.text("modality") or ""
    _cells(register, row, subject, said)
    if "mRNA" in modality:
        subject.add(RDF_TYPE, term("MRNACARTherapy"))
    developer = row.text("developer")
    if developer:
        subject.add(term("developedBy"), _organization(register, developer))
        subject.add(term("note"), Literal(f"developer as listed: {developer}"))
    table = (
        ("modality", "modalityText", ""),
        ("cell_source", "cellSourceText", ""),
        ("costimulatory_domain", "constructText", ""),
    )
    _texts(row, subject, (*table, ("note", "note", "")))
    _pages(row, subject)
    subject.add(ROW, Literal(f"products {name}"))
