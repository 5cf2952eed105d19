"""The name of a question and what a reader chose in, the query to run and the lists to choose from out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cartkg.errors import QueryError
from cartkg.queries import Rows, choose, list_text, read_list
from cartkg.queries.model import SCALARS
from cartkg.web.present.site import everything, site

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cartkg.queries import Choice, Chosen, Question


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as it is asked.

    Attributes:
        name: name of the question or saved setting.
        title: its title.
        chosen: what was chosen.
        problem: why the saved setting cannot be asked of the data served; empty when it can.
    """

    name: str
    title: str
    chosen: Chosen
    problem: str = ""

    @property
    def question(self) -> Question:
        """Return the question."""
        return self.chosen.question


def asked(name: str, settings: Iterable[tuple[str, str]] = ()) -> Asked | None:
    """Return a question, or a saved setting of one, with what a reader chose; None when there is none of this name.

    What the reader chose for a parameter takes the place of what the saved setting says of it.

    Raises:
        QueryError: a parameter or a value does not exist; it names the nearest.
    """
    question = site().questions.get(name) or site().saved.get(name)
    if question is None:
        return None
    chosen = [(key, value) for key, value in settings if value]
    mine = {key for key, _ in chosen}
    saved = question.setting(name)
    kept = [(key, value) for key, value in saved.settings if key not in mine] if saved else []
    title = saved.title if saved else question.title
    mine_alone = choose(question, chosen, values)  # a reader's mistake is told to the reader
    try:
        return Asked(name, title, choose(question, [*kept, *chosen], values) if kept else mine_alone)
    except QueryError as error:
        return Asked(name, title, mine_alone, error.message)


def values(kind: str) -> tuple[Choice, ...]:
    """Return the values of a list, as the graph served holds them."""
    table = everything().table(list_text(site().project.queries, kind))
    return read_list(
        Rows(table.columns, tuple(tuple(node.value if node else "" for node in row) for row in table.rows))
    )


def offered(question: Question) -> Mapping[str, tuple[Choice, ...]]:
    """Return the values on which the data hold something, by parameter; none for numbers, dates and countries."""
    return {
        parameter.name: tuple(choice for choice in values(parameter.kind) if choice.used)
        for parameter in question.parameters
        if parameter.kind not in SCALARS
    }
