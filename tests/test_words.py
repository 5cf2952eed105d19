"""The vocabulary is complete: each word of the evidence for a kind of thing leads to a term, or says why not."""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from pyoxigraph import NamedNode, parse

from cartkg.curation.dossier import load
from cartkg.namespaces import RDF, TERM

ROOT = Path(__file__).parents[1]
EVIDENCE = ROOT.parent / "shared" / "evidence"
#: From what a row of a dossier describes to what that is about.
LINKS = ("asserts", "ofStudy", "investigates", "ofProduct")
#: Part of a dossier, its field -> the property whose value is the term.
PARTS = {
    ("outcomes", "criterion"): "measure",
    ("adverse_events", "term"): "measure",
    ("cohorts", "disease"): "hasDisease",
    ("cohorts", "design"): "studyDesign",
    ("therapy", "target_antigens"): "targets",
    ("therapy", "cell_source"): "cellSource",
    ("therapy", "costimulatory_domain"): "costimulatoryDomain",
    ("therapy", "vector"): "vector",
    ("regimen.lymphodepletion", "drug"): "drug",
    ("trials", "phase"): "trialPhase",
    ("trials", "conditions"): "trialCondition",
    ("trials", "target_antigens"): "targets",
    ("trials", "cell_source"): "cellSource",
    ("trials", "status_and_date_if_read"): "trialStatus",
    ("products", "target_antigens"): "targets",
    ("products", "cell_source"): "cellSource",
    ("products", "costimulatory_domain"): "costimulatoryDomain",
}
#: Row of the evidence -> why its word has no term.
REASONS = {
    "biospace-2025-resecel outcomes[0]": "a plan for a trial to come: no patient was looked at",
    "biospace-2025-resecel outcomes[1]": "a plan for a trial to come: no patient was looked at",
    "ccar-acr-compound cohorts[0]": "several diseases and one that is none (antibodies before a transplant)",
    "coexisting-ad-49-of-601-2025 cohorts[0]": "patients with cancer of two kinds, counted together",
    "ebmt-fertility-2025-ash cohorts[0]": "treatment centres, no patients",
    "ghilardi-2024-natmed-spm cohorts[0]": "blood cancers of any kind",
    "walti-jciinsight-146743 cohorts[0]": "blood cancers of any kind",
    "sheba-2025-poc-cd19 therapy": "where the cells were made, not whose they were",
}

pytestmark = pytest.mark.skipif(not EVIDENCE.is_dir(), reason="the dossiers are not here")


@cache
def facts() -> dict[str, dict[str, set[str]]]:
    held: defaultdict[str, defaultdict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for path in sorted((ROOT / "data" / "ttl").rglob("*.ttl")):
        for quad in parse(path=str(path)):
            value = str(getattr(quad.object, "value", quad.object))
            held[str(quad.subject).strip("<>")][quad.predicate.value].add(value)
    return {subject: dict(said) for subject, said in held.items()}


@cache
def described() -> dict[str, set[str]]:
    """Row of a dossier -> the things it describes."""
    things: defaultdict[str, set[str]] = defaultdict(set)
    for subject, said in facts().items():
        for row in said.get(f"{TERM}dossierRow", ()):
            things[row].add(subject)
    return dict(things)


def terms(row: str, prop: str) -> set[str]:
    """Give the values of a property of what a row describes, or of what that is about; `not reported` is none."""
    things = set(described().get(row, ()))
    for _ in LINKS:
        about = {other for thing in things for link in LINKS for other in facts().get(thing, {}).get(TERM + link, ())}
        things |= about
    found = {value for thing in things for value in facts().get(thing, {}).get(TERM + prop, ())}
    return {value for value in found if not value.endswith("NotReported")}


@cache
def documents() -> tuple[dict[str, Any], ...]:
    found = (load(path).value for path in sorted((EVIDENCE / "publications").glob("*.yaml")))
    return tuple(document for document in found if isinstance(document, dict))


def rows(part: str) -> list[tuple[str, Any]]:
    """Give each row of a part of all dossiers, or of a register, with what it says."""
    if part in {"trials", "products"}:
        listed: Any = load(EVIDENCE / f"{part}.yaml").value
        return [(f"{part} {row.get('id') or row['name']}", row) for row in listed]
    found: list[tuple[str, Any]] = []
    for document in documents():
        held: Any = document
        for name in part.split("."):
            held = held.get(name) if isinstance(held, dict) else None
        key = document["key"]
        if isinstance(held, list):
            found += [(f"{key} {part}[{index}]", row) for index, row in enumerate(held) if isinstance(row, dict)]
        elif isinstance(held, dict):
            found.append((f"{key} {part}", held))
    return found


@pytest.mark.parametrize(("part", "field"), PARTS, ids=[".".join(place) for place in PARTS])
def test_every_word_of_the_evidence_leads_to_a_term(part: str, field: str) -> None:
    said = {row: str(held[field]) for row, held in rows(part) if held.get(field)}
    assert said
    without = {row: word for row, word in said.items() if not terms(row, PARTS[part, field])}
    assert {row: word for row, word in without.items() if row not in REASONS} == {}


def test_every_reason_is_needed() -> None:
    without = {
        row
        for (part, field), prop in PARTS.items()
        for row, held in rows(part)
        if held.get(field) and not terms(row, prop)
    }
    assert without == set(REASONS)


def test_every_kind_of_publication_is_a_class() -> None:
    kinds = {document["key"]: str(document["publication"]["kind"]) for document in documents()}
    assert len(kinds) > 100
    plain = {TERM + "Publication", "http://www.w3.org/2002/07/owl#NamedIndividual"}
    for key, kind in kinds.items():
        types = facts()[f"https://w3id.org/cartkg/publication/{key}"][f"{RDF}type"]
        assert types - plain, kind


def test_every_term_of_the_data_is_declared() -> None:
    declared = {
        quad.subject
        for path in (ROOT / "ontology").glob("*.ttl")
        for quad in parse(path=str(path))
        if isinstance(quad.subject, NamedNode) and quad.predicate.value == f"{RDF}type"
    }
    used = {
        iri
        for said in facts().values()
        for predicate, values in said.items()
        for iri in (predicate, *values)
        if iri.startswith(TERM)
    }
    assert len(used) > 300
    assert {iri for iri in used if NamedNode(iri) not in declared} == set()
