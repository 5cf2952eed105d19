"""A word names one thing: by id, label, other name and spelling; names of several things or of none are errors."""

from __future__ import annotations

import pytest

from cartkg.errors import QueryError
from cartkg.graph import KnowledgeGraph
from cartkg.naming import Nameable, find
from cartkg.synthesis.questions import names

BASE = "https://w3id.org/cartkg/"
CHOICES = (
    Nameable(f"{BASE}product/kyv-101", "mivocabtagene autoleucel", ("KYV-101",)),
    Nameable(f"{BASE}criterion/sjogren", "Sjögren index", ("ESSDAI",)),
    Nameable("http://purl.obolibrary.org/obo/MONDO_0004670", "lupus erythematosus", ("lupus",)),
    Nameable("http://purl.obolibrary.org/obo/MONDO_0007915", "systemic lupus erythematosus", ("Lupus", "SLE")),
)


@pytest.mark.parametrize(
    ("word", "place"),
    [("KYV101", 0), ("kyv-101", 0), ("Sjoegren Index", 1), ("essdai", 1), ("MONDO:0007915", 3), ("SLE", 3)],
)
def test_one_look_up_finds_by_id_label_other_name_and_spelling(word: str, place: int) -> None:
    assert find("product", word, CHOICES) is CHOICES[place]


def test_a_name_of_several_things_or_of_none_is_an_error_that_leads_on() -> None:
    with pytest.raises(QueryError, match="'lupus' may be MONDO:0004670, MONDO:0007915; write one of these"):
        find("disease", "lupus", CHOICES)
    with pytest.raises(QueryError, match="there is no product 'KYV-102' in the graph; did you mean kyv-101"):
        find("product", "KYV-102", CHOICES)
    with pytest.raises(QueryError, match="there is no product '-' in the graph"):
        find("product", "-", CHOICES)


def test_counts_look_names_up_as_questions_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """`cartkg count` took the first of several things of one name, in no order."""
    found = [{"term": choice.iri, "label": choice.label, "name": name} for choice in CHOICES for name in choice.names]
    monkeypatch.setattr(names, "rows", lambda *_: iter(found))
    graph = KnowledgeGraph()
    assert names.find_term(graph, "product", "kyv101") == CHOICES[0]
    assert names.find_term(graph, "disease", "SLE") == CHOICES[3]
    with pytest.raises(QueryError, match="may be MONDO:0004670, MONDO:0007915"):
        names.find_term(graph, "disease", "lupus")
