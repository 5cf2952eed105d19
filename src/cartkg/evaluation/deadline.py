"""Limits on the wall-clock time of Python code of this process: by a signal in the main thread, else by asking."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class DeadlinePassedError(Exception):
    """The time is over."""


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Bound a block of Python code, in the main thread and where the system has timers: elsewhere no signal comes.

    Raises:
        DeadlinePassedError: the block took longer.
    """
    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "setitimer"):
        yield
        return

    def stop(*_: object) -> NoReturn:
        raise DeadlinePassedError

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@dataclass(frozen=True, slots=True)
class _Bound:
    """Until when code may run, by the monotonic clock, and what tells that no one waits for it any more."""

    until: float
    gone: Callable[[], bool]


_BOUND: ContextVar[_Bound | None] = ContextVar("bound", default=None)


@contextmanager
def checked(seconds: float, gone: Callable[[], bool]) -> Iterator[None]:
    """Bound a block of Python code in any thread, as far as it calls `check` between its steps."""
    token = _BOUND.set(_Bound(monotonic() + seconds, gone))
    try:
        yield
    finally:
        _BOUND.reset(token)


def check() -> None:
    """Go on only while there is time and someone waits; code that no one bounded goes on.

    Raises:
        DeadlinePassedError: the time is over, or no one waits.
    """
    bound = _BOUND.get()
    if bound is not None and (monotonic() >= bound.until or bound.gone()):
        raise DeadlinePassedError
