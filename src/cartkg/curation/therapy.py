"""The therapy of a dossier in; the cells given, their receptor, source and carrier, with who says so, out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyoxigraph import Literal

from cartkg.curation.cohorts import received, study
from cartkg.curation.facts import LABEL, RDF_TYPE, Subject, count, iri, slug, term, words
from cartkg.curation.spelling import SITES, TARGETS, meant
from cartkg.findings import Severity

if TYPE_CHECKING:
    from cartkg.curation.desk import Desk
    from cartkg.curation.lexicon import Entry
    from cartkg.curation.node import Node

_CELLS = (
    (re.compile(r"car-?nk|car nk|\bnk\b", re.IGNORECASE), "CARNKCellTherapy"),
    (re.compile(r"regulatory", re.IGNORECASE), "CARTregTherapy"),
    (re.compile(r"caar", re.IGNORECASE), "CAARTCellTherapy"),
    (re.compile(r"gamma-?delta", re.IGNORECASE), "GammaDeltaCARTherapy"),
)
_SOURCES: tuple[tuple[str, str], ...] = (
    ("in vivo", "inVivo"),
    ("inside the body", "inVivo"),
    ("pluripotent", "ipscDerived"),
    ("allogeneic", "allogeneic"),
)
_SOURCES += (("healthy donor", "allogeneic"), ("autologous", "autologous"))
_DOMAINS = (("4-1bb", "4-1bb"), ("cd28", "cd28"), ("1xx", "oneXX"))
_VECTORS = (
    ("lipid nanoparticle", "mrnaLipidNanoparticle"),
    ("mrna", "mrna"),
    ("lentivir", "lentiviral"),
    ("retrovir", "retroviral"),
    ("viral", "viral"),
)
_TEXTS = {
    "construct": "constructText",
    "generation": "constructText",
    "editing": "constructText",
    "secreted": "constructText",
}
_TEXTS |= {
    "manufacturing": "manufacturingText",
    "manufacturer": "manufacturingText",
    "manufacturer/site": "manufacturingText",
}
_TEXTS |= {
    "cell_source_note": "cellSourceText",
    "note": "therapyText",
    "programme": "therapyText",
    "indication_treated": "therapyText",
}


def place_therapy(desk: Desk) -> None:
    """Make the therapy of this study, or claim that of the studies reported on."""
    blocks = [desk.root.child("therapy"), *desk.root.children("therapy_more"), *desk.root.children("therapy_split")]
    for block in blocks:
        if block.value is None:
            continue
        text = "; ".join(
            f"{leaf.path.rpartition('.')[2].replace('_', ' ')}: {leaf.value}"
            for leaf in block.leaves()
            if leaf.path.rpartition(".")[2] != "source"
        )
        for key in studies_of(desk):
            if key == desk.key:
                found = [_own_therapy(desk, block, part) for part in _parts(block)]
            else:
                there = desk.library.known[key].facts
                found = [subject for name, subject in there.subjects.items() if name == iri("therapy", key)]
            for target in found:
                desk.claim(block, target, re.sub(r"target antigens\[\d\]", "target antigen", text))
            for leaf in block.leaves():
                block.used.add(leaf.path)
    _received(desk)


def studies_of(desk: Desk) -> list[str]:
    """Give the keys of the studies that this publication is about: its own, or those it reports on."""
    return desk.studies or [desk.key]


@dataclass(frozen=True, slots=True)
class Part:
    """One of several therapies that a block speaks of: its name, and the target it has; empty for all targets."""

    name: str = ""
    target: str = ""


def _parts(block: Node) -> list[Part]:
    """Tell apart therapies that a block names together: one product or the other, or one after the other.

    Cells of two kinds with one target each are no therapy with two targets.
    """
    if block.path.startswith("therapy_split"):
        return [Part(f"part-{int(block.path[14:-1]) + 1}")]
    targets = [str(item.value) for item in block.children("target_antigens")]
    product = str(block.child("product").value or "")
    if len(targets) > 1 and (" or " in product or ", then " in product or "sequence" in block):
        return [Part(slug(target), target) for target in targets]
    return [Part()]


def _own_therapy(desk: Desk, block: Node, part: Part) -> Subject:
    name = iri("therapy", desk.key, *([part.name] if part.name else []))
    said = " ".join(str(leaf.value) for leaf in block.leaves())
    first = name not in desk.facts.subjects
    subject = desk.own(name, _kind(said) if first or _kind(said) != "CARTCellTherapy" else "CARTCellTherapy")
    if first:
        shown = f"{block.child('product').value or 'CAR T cells'}{f', {part.target}' if part.target else ''}"
        subject.add(LABEL, words(f"{shown} as given in {desk.key}"))
    study(desk).add(term("evaluates"), name)
    for target in block.children("target_antigens"):
        for entry in desk.lexicon.find("target", str(target.take())) or _unknown_target(desk, target):
            if part.target in ("", str(target.value)):
                subject.add(term("targets"), entry.iri)
    product = block.text("product")
    for entry in desk.lexicon.scan("product", product or "")[:1]:
        subject.add(term("ofProduct"), entry.iri)
    _values(subject, said, product, first=first)
    _told(desk, block, subject)
    _site(desk, block)
    return subject


def _told(desk: Desk, block: Node, subject: Subject) -> None:
    """Keep what is said of a therapy in words, and its numbers of infusions and patients."""
    for field, local in _TEXTS.items():
        text = block.text(field)
        if text:
            subject.add(
                term(local), Literal(f"{text} generation" if field == "generation" and " " not in text else text)
            )
    for name, table in (("cell_source", _SOURCES), ("costimulatory_domain", _DOMAINS), ("vector", _VECTORS)):
        said = str(block.child(name).value or "")
        if said and not any(word in said.lower() for word, _ in table):
            known = ", ".join(dict.fromkeys(word for word, _ in table))
            desk.in_words(f"{block.path}.{name}", f"`{said}` has none of these words: {known}")
    source = block.text("cell_source")
    if source and not any(word in source.lower() for word, _ in _SOURCES):
        subject.add(term("cellSourceText"), Literal(source))
    sequence = [str(item.take()) for item in block.children("sequence")]
    if sequence:
        subject.add(term("therapyText"), Literal("sequence: " + ", then ".join(sequence)))
    times = block.count("infusions")
    if times is not None:
        subject.add(term("infusionCount"), count(times))
    patients = block.count("n")
    if patients is not None:
        subject.add(term("therapyText"), Literal(f"given to {patients} patients"))


def _unknown_target(desk: Desk, node: Node) -> list[Entry]:
    desk.unknown(node, TARGETS)
    return []


def _kind(said: str) -> str:
    return next((kind for pattern, kind in _CELLS if pattern.search(said)), "CARTCellTherapy")


def _values(subject: Subject, said: str, product: str | None, *, first: bool) -> None:
    low = said.lower()
    for words_, table, local in (
        ("cellSource", _SOURCES, "cellSource"),
        ("costimulatoryDomain", _DOMAINS, "costimulatoryDomain"),
        ("vector", _VECTORS, "vector"),
    ):
        found = [value for word, value in table if word in low]
        chosen = found[:1] if local == "vector" else [value for value in found if value != "inVivo"] or found[:1]
        missing = term(f"{words_}NotReported")
        for value in chosen:
            subject.add(term(local), term(value))
            subject.values[term(local)] = {node for node in subject.values[term(local)] if node.value != missing}
        if not chosen and first:
            subject.add(term(local), missing)
    if "in vivo" in low or "inside the body" in low:
        subject.add(RDF_TYPE, term("InVivoCARTherapy"))
    if "mrna" in low:
        subject.add(RDF_TYPE, term("MRNACARTherapy"))
    if product and first:
        subject.add(term("modalityText"), Literal(product))


def _site(desk: Desk, block: Node) -> None:
    node = block.child("site")
    text = node.take() if not isinstance(node.value, dict) else node.text("text")
    if not text:
        return
    found = desk.lexicon.find("site", str(text)) or desk.lexicon.scan("site", str(text))
    for entry in found:
        study(desk).add(term("conductedAt"), entry.iri)
    if not found:
        subject = desk.facts.subject(iri("site", slug(str(text), 8)), "shared/sites", "Site")
        near = meant(desk.lexicon, SITES, str(text))
        message = (
            f"site `{text}` is not in data/ttl/shared/sites.ttl; {near or 'no site known there is like it.'} "
            f"If not corrected, a new site is made, whose IRI {subject.iri} stays for good"
        )
        desk.notice(node, "dossier-new-site", message, Severity.WARNING)
        subject.add(LABEL, words(str(text)))
        study(desk).add(term("conductedAt"), subject.iri)


def _received(desk: Desk) -> None:
    """Link the cohorts that got the therapy: not those compared with it, nor a whole that holds such a part."""
    regimen = iri("regimen", desk.key)
    given = [name for name in desk.facts.subjects if f"{name}/".startswith(f"{iri('therapy', desk.key)}/")]
    own = [cohort for ref in desk.cohorts.values() if (cohort := desk.facts.subjects.get(ref.iri)) is not None]
    mixed = {whole for cohort in own if not received(desk, cohort) for whole in cohort.texts(term("partOfCohort"))}
    for cohort in own:
        if not received(desk, cohort) or cohort.iri in mixed:
            continue
        for name in given:
            cohort.add(term("receivedTherapy"), name)
        if "regimen" in desk.root:
            cohort.add(term("receivedRegimen"), regimen)
