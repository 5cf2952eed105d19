"""Time a count over the shipped graph, and over many generated cohorts and overlaps.

Run: python tests/bench/bench_counting.py [COHORTS OVERLAPS]
"""

from __future__ import annotations

import sys
from pathlib import Path
from random import Random
from time import perf_counter

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.test_questions import shipped_graph  # noqa: E402

from cartkg.synthesis import (  # noqa: E402  # the tests are no package
    Cells,
    Cohort,
    Degree,
    Group,
    Overlap,
    Question,
    Relations,
    Span,
    Traits,
    count,
    count_once,
    names,
    read_relations,
)


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


def main() -> None:
    """Print the seconds of each step."""
    graph = shipped_graph()
    start = perf_counter()
    relations = read_relations(graph)
    print(f"relations of the shipped graph: {perf_counter() - start:.2f} s")
    lupus = names.find_term(graph, "disease", "MONDO:0007915").iri
    measures = names.with_narrower(graph, names.find_term(graph, "measure", "doris-remission").iri)
    for title, question in (("lupus", Question(lupus)), ("DORIS", Question(lupus, measures)), ("all", Question())):
        start = perf_counter()
        found = count(question, relations, graph)
        print(f"{title}: {found} in {perf_counter() - start:.2f} s")
    size, stated = (int(each) for each in sys.argv[1:3]) if len(sys.argv) > 2 else (2000, 5000)
    start = perf_counter()
    many = Relations(*generated(size, stated))
    print(f"relations of {size} cohorts, {stated} overlaps: {perf_counter() - start:.2f} s")
    start = perf_counter()
    groups = [Group(each.iri, each.low, each.high, each.size, whole=True) for each in many.cohorts.values()]
    found = count_once(many, groups)
    print(f"their patients: {found} in {perf_counter() - start:.2f} s; {len(many.contradictions)} contradictions")


if __name__ == "__main__":
    main()
