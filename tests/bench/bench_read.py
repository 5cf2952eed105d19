"""Time reading with places, locating and house style on generated Turtle, beside bare parsers in the same run.

Two files of at least 100,000 triples: one of plain statements, one with brackets and lists in every statement.
Seconds are processor time, the best of some interleaved rounds, since other work on the machine only ever adds.
Bounds: reading with places and locating 1,000 triples in at most 1 s (plain), and in less time than rdflib takes to
parse alone (both). Exit code 1 when one is missed.
Usage: python tests/bench/bench_read.py [TRIPLES]
"""

from __future__ import annotations

import sys
import time
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import pyoxigraph as ox
from rdflib import Graph

from cartkg.namespaces import read_prefixes
from cartkg.turtle import parse_bytes, term_text
from cartkg.turtle.style import format_document

if TYPE_CHECKING:
    from collections.abc import Callable

    from cartkg.turtle import Document

ROOT = Path(__file__).resolve().parents[2]
ROUNDS = 3
BOUND = 1.0  # seconds
HEAD = "@prefix e: <http://e/> .\n@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .\n"
PLAIN = """e:s{0}
    a e:C{1} ;
    e:label "thing {0}"@en ;
    e:day "2020-01-01"^^xsd:date ;
    e:link <http://x/y/{0}>, e:s{1} ;
    e:value {0}, {0}.5 .

"""
SUGARED = """e:s{0} a e:C{1} ; e:of [ a e:R ; e:on e:p{1} ; e:all ( e:s{1} "x" {0} ) ] ; e:label "thing {0}"@en .
"""


def text(pattern: str, triples: int) -> str:
    """Repeat a pattern until the text holds so many triples."""
    one = sum(1 for _ in ox.parse(HEAD + pattern.format(0, 0), ox.RdfFormat.TURTLE))
    return HEAD + "".join(pattern.format(number, number % 97) for number in range(triples // one + 1))


def locate(document: Document) -> None:
    """Look up a thousand triples all over the file."""
    step = max(1, len(document.quads) // 1_000)
    for quad in islice(document.quads, 0, None, step):
        document.locate(term_text(quad.subject), quad.predicate.value, term_text(quad.object))


def best(works: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Time pieces of work in turns; give the best of each, in seconds."""
    times = dict.fromkeys(works, float("inf"))
    for _ in range(ROUNDS):
        for name, work in works.items():
            start = time.process_time()
            work()
            times[name] = min(times[name], time.process_time() - start)
    return times


def main() -> int:
    """Print a table; give 1 when a bound is missed."""
    triples = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    prefixes = read_prefixes(ROOT / "ontology" / "prefixes.ttl")
    missed = 0
    for name, pattern in (("plain", PLAIN), ("brackets and lists", SUGARED)):
        source = text(pattern, triples)
        data, path = source.encode(), Path("generated.ttl")
        document = parse_bytes(data, path)
        times = best(
            {
                "pyoxigraph alone": lambda source=source: list(ox.parse(source, ox.RdfFormat.TURTLE)),  # type: ignore[misc]
                "rdflib alone": lambda source=source: Graph().parse(data=source, format="turtle"),  # type: ignore[misc]
                "read with places, locate 1,000": lambda data=data: locate(parse_bytes(data, Path("x.ttl"))),  # type: ignore[misc]
                "house style": lambda document=document: format_document(document, prefixes),  # type: ignore[misc]
            }
        )
        print(f"{name}: {len(document.quads):,} triples, {len(data) / 1e6:.1f} MB")
        for work, seconds in times.items():
            print(f"  {work:32} {seconds:6.2f} s  {seconds / times['pyoxigraph alone']:5.1f} x pyoxigraph alone")
        ours = times["read with places, locate 1,000"]
        bound = BOUND * len(document.quads) / 100_000
        missed += (name == "plain" and ours > bound) or ours > times["rdflib alone"]
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
