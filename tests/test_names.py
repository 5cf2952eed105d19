"""Names for people: no key, no code, and how much was read."""

from __future__ import annotations

import pytest

from cartkg.facts.names import name_of_source, name_without_label, other_names
from cartkg.facts.records import AnswerTerm, Record


@pytest.mark.parametrize(
    ("described", "levels", "name"),
    [
        ("copy of the PubMed page (DOI)", ["abstract in part"], "copy of the PubMed page, abstract read in part"),
        ("company news; weak", [], "company news"),
        ("table 4: the equation", ["page in part", "page in part"], "table 4, read in part"),
        ("(nothing before)", ["new level"], "(nothing before), read: new level"),
        ("one two " * 20, [], f"{'one two ' * 10}one two…"),
    ],
)  # fmt: skip
def test_a_source_is_named_by_what_it_is_and_how_much_was_read(described: str, levels: list[str], name: str) -> None:
    assert name_of_source(described, levels) == name


def test_a_reader_sees_the_names_in_use_and_not_what_a_catalogue_makes_of_the_label() -> None:
    names = ("lupus erythematosus, systemic", "disseminated lupus", "SLE", "sle", "Systemic lupus (disease)", "Lupus")
    assert other_names("systemic lupus", names) == ["SLE", "Lupus", "disseminated lupus"]


def test_a_thing_without_a_label_is_named_by_its_kind() -> None:
    assert name_without_label("https://w3id.org/cartkg/claim/a-2017/s4/physician-global") == "claim: physician global"
    assert name_without_label("http://e/some-thing") == "some thing"
    assert name_without_label("https://w3id.org/cartkg/sparql") == "sparql"


def test_records_use_these_names() -> None:
    label = AnswerTerm("news page (in part)", "literal")
    kind = AnswerTerm("https://w3id.org/cartkg/ontology#Source", "uri")
    assert Record("http://e/s1", {"rdfs:label": (label,), "rdf:type": (kind,)}).label == "news page"
    assert Record("http://e/s1", {"rdfs:label": (label,)}).label == "news page (in part)"
