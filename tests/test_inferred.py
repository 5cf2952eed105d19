"""What follows from the shipped graph: a sample of each kind is explained by axioms, rules and facts that are there."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pyoxigraph as ox
import pytest

from cartkg import project as projects
from cartkg.graph import Reading, read
from cartkg.reasoning import infer
from cartkg.reasoning.explanation import Explainer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cartkg.project import Project
    from cartkg.reasoning.explanation import Reason

pytestmark = pytest.mark.whole

ROOT = Path(__file__).parent.parent
#: So many triples of each property are explained; their number is some 45,000.
OF_EACH = 8


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return replace(projects.find(ROOT), work=tmp_path_factory.mktemp("work"))


@pytest.fixture(scope="module")
def shipped(project: Project) -> Reading:
    return read((*project.ontology_files(), *project.data_files()), project)


@pytest.fixture(scope="module")
def sample(shipped: Reading, project: Project) -> list[ox.Triple]:
    by_property: defaultdict[str, list[ox.Triple]] = defaultdict(list)
    for triple in infer(shipped.graph, project).triples:
        by_property[triple.predicate.value].append(triple)
    draw = random.Random(3)  # noqa: S311  # a sample, no secret
    assert len(by_property) > 40
    return [
        triple
        for triples in by_property.values()
        for triple in draw.sample(sorted(triples, key=str), min(OF_EACH, len(triples)))
    ]


@pytest.fixture(scope="module")
def reasons(sample: list[ox.Triple], shipped: Reading, project: Project) -> list[Reason]:
    with Explainer(shipped.graph, project) as explainer:
        return [explainer.explain(triple) for triple in sample]


def _all(reason: Reason) -> Iterator[Reason]:
    yield reason
    for premise in reason.premises:
        yield from _all(premise)


def test_each_explanation_ends_at_triples_that_a_file_states(reasons: list[Reason], shipped: Reading) -> None:
    for reason in reasons:
        assert not reason.stated
        for each in _all(reason):
            if each.stated:
                assert ox.Quad(*each.triple) in shipped.graph.store, f"{each.triple} for {reason.triple}"


def test_each_axiom_rule_and_fact_of_an_explanation_has_a_place(reasons: list[Reason], shipped: Reading) -> None:
    for reason in reasons:
        for each in _all(reason):
            if each.axiom is not None:
                assert shipped.locate(each.axiom.subject, each.axiom.predicate) is not None
            elif each.rule is not None:
                assert each.rule.path.is_file()
            elif each.axioms:
                assert all(shipped.locate(axiom.entities[0]) for axiom in each.axioms if axiom.entities)
            else:
                assert shipped.locate(str(each.triple.subject).strip("<>"), each.triple.predicate.value) is not None


def test_every_kind_of_reason_is_in_the_sample(reasons: list[Reason]) -> None:
    kinds = Counter(
        reason.axiom.predicate.rpartition("#")[2] if reason.axiom else "rule" if reason.rule else "HermiT"
        for reason in reasons
    )
    wanted = "propertyChainAxiom inverseOf subPropertyOf subClassOf equivalentClass type rule HermiT"
    assert set(wanted.split()) <= set(kinds)
