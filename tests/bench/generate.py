"""Write a large graph: the shipped one, and copies of its studies under names of their own until it is large enough.

A copy holds everything of all studies (publications, cohorts, findings, claims, overlaps, conflicts ...), so sizes are
as skewed as those of the shipped studies; diseases, measures, products and other vocabularies are shared, and so are
the counts of patients, of which a graph has one for each disease, target and measure, however many studies it has.

Usage: python tests/bench/generate.py TRIPLES FILE.nq
"""

from __future__ import annotations

import re
import sys
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from pyoxigraph import Quad, RdfFormat, serialize
from tests.test_questions import counted_graph

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

#: Kinds of things whose IRI has the key of a dossier in its second part.
_OF_STUDIES = (
    "absence|administration|arm|claim|cohort|component|conflict|finding|graph|look-back|overlap|override"
    "|publication|regimen|remark|source|study|trial-entry"
)
#: A name of a thing of a study, up to the end of the key; the graphs that are not of a dossier keep their names.
_NAME = re.compile(rf"(<https://w3id\.org/cartkg/(?:{_OF_STUDIES})/(?!counts>|inferred>|asserted>|vocabular)[^/>]+)")


def lines(quads: Iterable[Quad]) -> list[str]:
    """Return quads as lines of N-Quads."""
    body = serialize(quads, format=RdfFormat.N_QUADS)
    assert body is not None
    return body.decode().splitlines(keepends=True)


def enlarged(quads: Iterable[Quad], least: int) -> Iterator[str]:
    """Yield quads, then those of copies, as lines of N-Quads, until there are `least` of them; copies are whole."""
    shipped = lines(quads)
    yield from shipped
    of_studies = [line for line in shipped if _NAME.search(line)]
    written = len(shipped)
    for number in count(2):
        if written >= least:
            return
        mark = rf"\1-copy{number}"
        for line in of_studies:
            yield _NAME.sub(mark, line)
        written += len(of_studies)


def main() -> None:
    """Write the graph to the file that is named."""
    least, path = int(sys.argv[1]), Path(sys.argv[2])
    with path.open("w", encoding="utf-8") as out:
        out.writelines(enlarged(counted_graph().quads(), least))
    print(f"{path}: {path.stat().st_size / 1e6:.0f} MB")


if __name__ == "__main__":
    main()
