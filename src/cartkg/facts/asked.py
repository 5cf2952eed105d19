"""Build the query to run from a question's name and a reader's choices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cartkg.errors import QueryError
from cartkg.queries import Rows, choose, list_text, read_list

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from cartkg.facts.records import Records
    from cartkg.queries import ChosenValues, Nameable, Question
    from cartkg.queries.choices import Lists


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """A question with its choices.

    Attributes:
        name: name of the question or saved setting.
        title: its title.
        chosen: what was chosen.
        problem: why the saved setting cannot be asked of the data served; empty when it can.
    """

    name: str
    title: str
    chosen: ChosenValues
    problem: str = ""

    @property
    def question(self) -> Question:
        """Return the question."""
        return self.chosen.question


def settle(name: str, question: Question, settings: Iterable[tuple[str, str]], lists: Lists) -> AskedQuestion:
    """Return a question, or a saved setting of one, with what a reader chose.

    What the reader chose for a parameter takes the place of what the saved setting states about it.

    Args:
        name: of the question, or of the saved setting.
        question: the question.
        settings: pairs of a parameter and a word; those with an empty word are left out.
        lists: gives the values of a kind of parameter.

    Raises:
        QueryError: a parameter or a value does not exist; it names the nearest.
    """
    chosen = [(key, value) for key, value in settings if value]
    mine = {key for key, _ in chosen}
    saved = question.setting(name)
    kept = [(key, value) for key, value in saved.settings if key not in mine] if saved else []
    title = saved.title if saved else question.title
    mine_alone = choose(question, chosen, lists)  # a reader's mistake is told to the reader
    try:
        return AskedQuestion(name, title, choose(question, [*kept, *chosen], lists) if kept else mine_alone)
    except QueryError as error:
        return AskedQuestion(name, title, mine_alone, error.message)


def values_of(facts: Records, folder: Path, kind: str) -> tuple[Nameable, ...]:
    """Return the values of a list of a folder of questions, as the graph contains them.

    Raises:
        QueryError: there is no such list.
    """
    table = facts.table(list_text(folder, kind))
    return read_list(
        Rows(table.columns, tuple(tuple(node.value if node else "" for node in row) for row in table.rows))
    )
