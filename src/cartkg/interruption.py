"""What a signal must not cut in two: a fork, and the making of a folder that is to go in any case."""

from __future__ import annotations

import signal
import tempfile
import threading
from contextlib import contextmanager
from pathlib import Path
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


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """Make a folder for this block, and remove it with all that it contains.

    A signal while it is made would leave the folder, or the file by which Python tries where folders can be made.
    """
    folder = None
    try:
        with held_signals():
            folder = tempfile.TemporaryDirectory(prefix="cartkg-")
        yield Path(folder.name)
    finally:
        if folder is not None:
            folder.cleanup()
