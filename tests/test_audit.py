"""What was read against its source by eye: each row is of the graph, and the README's figures are those of the list."""

from __future__ import annotations

import csv
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
AUDIT = ROOT / "tests" / "audit.tsv"


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
    read = {f"{dossier} {fact['row']}" for fact in facts() if fact["dossier"] == dossier}
    assert read - rows_in_the_graph() == set()


def test_each_fact_is_judged_once_and_what_was_wrong_is_named() -> None:
    assert {bool(re.fullmatch(r"right|wrong, mended: \S.*", fact["verdict"])) for fact in facts()} == {True}
    told = [(fact["dossier"], fact["row"], fact["fact"]) for fact in facts()]
    assert sorted(told) == sorted(set(told))


def test_the_readme_tells_the_figures_of_the_list() -> None:
    read, wrong = len(facts()), sum(fact["verdict"] != "right" for fact in facts())
    dossiers = len({fact["dossier"] for fact in facts()})
    text = " ".join((ROOT / "README.md").read_text("utf-8").split())
    assert f"lists {read} facts of {dossiers} dossiers, each read against the graph: {wrong} were wrong" in text
    assert f"({wrong / read * 100:.1f} in 100:" in text
