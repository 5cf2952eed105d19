"""Counts within the time of a query: they run in this process, where no worker can be ended."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from cartkg.errors import LimitExceeded
from cartkg.evaluation.deadline import DeadlinePassedError, checked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cartkg.assistant.knowledge import ToolCall


@contextmanager
def limited(call: ToolCall, what: str) -> Iterator[None]:
    """Bound a count by the time that a query may take, and end it when its client is gone.

    Raises:
        LimitExceeded: it was ended; the message says after how many seconds.
    """
    seconds = call.knowledge.limits.seconds
    try:
        with checked(seconds, call.gone):
            yield
    except DeadlinePassedError as error:
        raise LimitExceeded(f"{what} was ended after {seconds:g} s, the limit of a query", limit="time") from error
