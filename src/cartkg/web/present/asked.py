"""Find the query to run, and the lists to choose from, for a question's name and a reader's choices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cartkg.facts.asked import AskedQuestion, settle, values_of
from cartkg.queries.model import SCALARS
from cartkg.web.http.state import serving
from cartkg.web.present.site import everything, site

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from cartkg.facts.records import AnswerTerm
    from cartkg.queries import Nameable, Question


def asked(name: str, settings: Iterable[tuple[str, str]] = ()) -> AskedQuestion | None:
    """Return a question, or a saved setting of one, with what a reader chose; None when there is none of this name.

    Raises:
        QueryError: a parameter or a value does not exist; it names the nearest.
    """
    question = site().questions.get(name) or site().saved.get(name)
    return None if question is None else settle(name, question, settings, values)


def values(kind: str) -> tuple[Nameable, ...]:
    """Return the values of a list, as the served graph contains them."""
    digest, kept = serving().release.digest, serving().lists
    if (digest, kind) not in kept:
        found = values_of(everything(), site().project.queries, kind)
        if not digest:
            return found
        kept[digest, kind] = found
    return kept[digest, kind]


def answers(name: str, settings: Sequence[tuple[str, str]] = ()) -> list[Mapping[str, AnswerTerm]]:
    """Return the rows of a stored question, by column; none where this project cannot ask it of its data.

    Raises:
        QueryError: a parameter or a value does not exist.
        BackendError: it could not be answered.
    """
    found = asked(name, settings)
    if found is None or found.problem:
        return []
    table = everything().table(found.chosen.text)
    return [
        {column: node for column, node in zip(table.columns, row, strict=True) if node is not None}
        for row in table.rows
    ]


def offered(question: Question) -> Mapping[str, tuple[Nameable, ...]]:
    """Return the values on which the data contain something, by parameter; none for numbers, dates and countries."""
    return {
        parameter.name: tuple(choice for choice in values(parameter.kind) if choice.used)
        for parameter in question.parameters
        if parameter.kind not in SCALARS
    }
