"""Time a count over the shipped graph, and over many generated cohorts and overlaps.

Run: python tests/bench/bench_counting.py [COHORTS OVERLAPS]
"""

from __future__ import annotations

import sys
from pathlib import Path
from random import Random
from time import process_time
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.test_questions import shipped_graph  # noqa: E402

from cartkg.synthesis import (  # noqa: E402  # the tests are not a package
    Cells,
    Cohort,
    Degree,
    Overlap,
    PatientGroup,
    PatientQuestion,
    Relations,
    Span,
    Traits,
    count,
    read_relations,
)
from cartkg.synthesis.counting import worlds  # noqa: E402
from cartkg.synthesis.counting.counts import count_groups  # noqa: E402
from cartkg.synthesis.questions import names  # noqa: E402
from cartkg.synthesis.reports.tables import triples  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable

    from cartkg.synthesis import PatientCount


def generated(cohorts: int, overlaps: int) -> tuple[list[Cohort], list[Overlap]]:
    """Make cohorts of studies in several countries with parts, and overlaps of neighbouring studies."""
    random = Random(1)  # noqa: S311  # a benchmark
    made: list[Cohort] = []
    for number in range(cohorts):
        study = number // 4
        whole = frozenset({f"c{study * 4}"}) if number % 4 else frozenset()
        size = random.randint(20, 40) if not whole else random.randint(1, 9)
        start = 700_000 + random.randint(0, 1500)
        traits = (
            Traits()
            if whole
            else Traits(
                countries=frozenset({random.choice("ABCDEFGH")}) if random.random() < 0.5 else frozenset(),
                trials=frozenset({f"t{study // 2}"}) if random.random() < 0.6 else frozenset(),
                cells=frozenset({Cells(f"p{study % 40}")}),
                period=Span(start, start + 200) if random.random() < 0.4 else Span(),
            )
        )
        made.append(Cohort(f"c{number}", f"c{number}", size, size, f"s{study}", "", whole, traits=traits))
    degrees = (Degree.LIKELY, Degree.UNKNOWN)
    pairs = ((random.randrange(cohorts), random.randint(1, 30)) for _ in range(overlaps))
    stated = [Overlap(f"c{at}", f"c{(at + far) % cohorts}", random.choice(degrees), "generated") for at, far in pairs]
    return made, stated


def seconds(work: Callable[[], object], times: int = 5) -> tuple[float, object]:
    """Return the middle of several durations in processor seconds, and what the last run gave."""
    found: list[float] = []
    answer: object = None
    for _ in range(times):
        start = process_time()
        answer = work()
        found.append(process_time() - start)
    return sorted(found)[times // 2], answer


def main() -> None:
    """Print the processor seconds of one count from the graph on, of many cohorts, and of all counts of a build."""
    graph = shipped_graph()
    lupus = names.find_term(graph, "disease", "MONDO:0007915").iri
    measures = names.with_narrower(graph, names.find_term(graph, "measure", "doris-remission").iri)
    for title, question in (
        ("lupus", PatientQuestion(lupus)),
        ("DORIS", PatientQuestion(lupus, measures)),
        ("all", PatientQuestion()),
    ):

        def one(question: PatientQuestion = question) -> PatientCount:
            worlds._answer.cache_clear()
            return count(question, read_relations(graph), graph)

        took, found = seconds(one)
        print(f"{title}, relations and count: {found} in {took:.2f} s")
    worlds._answer.cache_clear()
    took, made = seconds(lambda: sum(1 for _ in triples(graph)), 1)
    print(f"all counts of a build: {made} triples in {took:.2f} s")
    size, stated = (int(each) for each in sys.argv[1:3]) if len(sys.argv) > 2 else (2000, 5000)
    cohorts, overlaps = generated(size, stated)

    def many() -> PatientCount:
        worlds._answer.cache_clear()
        relations = Relations(cohorts, overlaps)
        groups = [
            PatientGroup(each.iri, each.low, each.high, each.size, whole=True) for each in relations.cohorts.values()
        ]
        return count_groups(relations, groups)

    took, found = seconds(many, 3)
    print(f"{size} cohorts, {stated} overlaps, relations and count: {found} in {took:.2f} s")


if __name__ == "__main__":
    main()
