"""What was read against its source by eye: each row is of the graph, and the README's figures are those of the list."""

from __future__ import annotations

import csv
import re
from functools import cache
from itertools import groupby
from pathlib import Path

import pytest
from cartkg.curation.dossier import load

ROOT = Path(__file__).resolve().parents[1]
AUDIT = ROOT / "tests" / "audit.tsv"
EVIDENCE = ROOT.parent / "shared" / "evidence" / "publications"
#: Parts of a dossier that tell of the publication as a whole: they have no row of their own in the graph.
_OF_THE_HEAD = re.compile(r"(readable|conclusion|sources|reports_on|publication)\b")


@cache
def facts() -> list[dict[str, str]]:
    with AUDIT.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE))


@cache
def rows_in_the_graph() -> set[str]:
    texts = (path.read_text("utf-8") for path in (ROOT / "data" / "ttl").rglob("*.ttl"))
    return {
        row
        for text in texts
        for statement in re.findall(r"cartkg:dossierRow\s+([^;]*?) ?[;.]\n", text)
        for row in re.findall(r'"([^"]+)"', statement)
    }


@pytest.mark.parametrize("dossier", sorted({fact["dossier"] for fact in facts()}))
def test_each_fact_read_is_of_a_row_in_the_graph(dossier: str) -> None:
    rows = {fact["row"] for fact in facts() if fact["dossier"] == dossier}
    read = {f"{dossier} {row}" for row in rows if not _OF_THE_HEAD.match(row)}
    assert read - rows_in_the_graph() == set()


def test_each_fact_is_judged_once_and_what_was_wrong_is_named() -> None:
    verdict = re.compile(r"right(?:; \S.*)?|wrong, mended(?: at the second reading)?: \S.*")
    assert [fact for fact in facts() if not verdict.fullmatch(fact["verdict"])] == []
    told = [(fact["dossier"], fact["row"], fact["fact"]) for fact in facts()]
    assert sorted(told) == sorted(set(told))


def test_the_readme_tells_the_figures_of_the_list() -> None:
    read, wrong = len(facts()), sum(fact["verdict"].startswith("wrong") for fact in facts())
    dossiers = len({fact["dossier"] for fact in facts()})
    text = " ".join((ROOT / "README.md").read_text("utf-8").split())
    assert f"lists {read} facts of {dossiers} dossiers, each read against the graph: {wrong} were wrong" in text
    assert f"({wrong / read * 100:.1f} in 100:" in text


def test_the_facts_of_a_dossier_stand_together() -> None:
    blocks = [dossier for dossier, _ in groupby(fact["dossier"] for fact in facts())]
    assert len(blocks) == len(set(blocks))


@pytest.mark.skipif(not EVIDENCE.is_dir(), reason="the dossiers are not beside this checkout")
def test_each_fact_read_is_of_a_row_in_its_dossier() -> None:
    places = {key: load(EVIDENCE / f"{key}.yaml").places for key in {fact["dossier"] for fact in facts()}}
    assert [(fact["dossier"], fact["row"]) for fact in facts() if fact["row"] not in places[fact["dossier"]]] == []
