"""A question with settings, asked of a graph in this process: what the tests of the stored questions share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cartkg.queries import (
    ChosenValues,
    FoundQuestion,
    Rows,
    ask,
    choose,
    find_question,
    hold,
    list_text,
    read_list,
    read_questions,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cartkg.graph import KnowledgeGraph
    from cartkg.queries import Nameable, Question, Saved

FOLDER = Path(__file__).resolve().parents[1] / "queries"
QUESTIONS = read_questions(FOLDER)
#: Every name under which something is asked, with the saved setting where it is one.
NAMES: dict[str, tuple[Question, Saved | None]] = {
    **{question.name: (question, None) for question in QUESTIONS},
    **{saved.name: (question, saved) for question in QUESTIONS for saved in question.saved},
}


class Asker:
    """Asks questions of one graph, which must not change; each list is read once and each query evaluated once."""

    def __init__(self, graph: KnowledgeGraph) -> None:
        self.graph = graph
        self._lists: dict[str, tuple[Nameable, ...]] = {}
        self._answers: dict[str, Rows] = {}

    def values(self, kind: str) -> tuple[Nameable, ...]:
        if kind not in self._lists:
            self._lists[kind] = read_list(hold(ask(list_text(FOLDER, kind), self.graph)))
        return self._lists[kind]

    def chosen(self, name: str, settings: Iterable[tuple[str, str]] = ()) -> ChosenValues:
        question, saved = NAMES[name]
        return choose(question, [*(saved.settings if saved else ()), *settings], self.values)

    def rows(self, name: str, settings: Iterable[tuple[str, str]] = ()) -> Rows:
        text = self.chosen(name, settings).text
        if text not in self._answers:
            self._answers[text] = hold(ask(text, self.graph))
        return self._answers[text]

    def everything(self, name: str) -> Rows:
        """Return the rows of a question with all that it would leave out."""
        return self.rows(name, [("with", each.name) for each in NAMES[name][0].leaves_out])


def cells(rows: Rows) -> Iterator[dict[str, str]]:
    """Yield each row by column, without the cells that are empty."""
    for row in rows.rows:
        yield {name: cell for name, cell in zip(rows.variables, row, strict=True) if cell}


def found(name: str) -> FoundQuestion:
    return find_question(FOLDER, name)
