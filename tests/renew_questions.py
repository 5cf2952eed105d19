"""Write the expected answers of stored questions again; read the difference before it is committed.

Usage: python tests/renew_questions.py [NAME ...]
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.test_questions import EXPECTED, QUESTIONS, shipped_graph, table


def main(names: list[str]) -> None:
    """Renew the answers named, or all; an answer whose question is gone is removed."""
    graph = shipped_graph()
    EXPECTED.mkdir(parents=True, exist_ok=True)
    for question in QUESTIONS:
        if not names or question.name in names:
            with (EXPECTED / f"{question.name}.csv").open("w", encoding="utf-8", newline="") as lines:
                csv.writer(lines, lineterminator="\n").writerows(table(question, graph))
    for path in EXPECTED.glob("*.csv"):
        if path.stem not in {question.name for question in QUESTIONS}:
            path.unlink()


if __name__ == "__main__":
    main(sys.argv[1:])
