"""Delay signals that arrive while a process forks."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

#: What ends this process, and the alarm of a deadline; Windows has no alarm.
_HELD = (signal.SIGINT, signal.SIGTERM, *([signal.SIGALRM] if hasattr(signal, "SIGALRM") else []))


@contextmanager
def held_signals() -> Iterator[None]:
    """Delay signals that end this process, or a block of it, until this block is over, in the main thread.

    Python runs code of the standard library around a fork, and ignores exceptions raised by a signal there.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []
    before = {number: signal.signal(number, lambda number, _: came.append(number)) for number in _HELD}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
        for number in came:
            signal.raise_signal(number)
