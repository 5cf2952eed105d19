"""Handle Ctrl-C and SIGTERM: clean up, and report that the command could not do its job."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from cartkg.errors import EXIT_COULD_NOT_RUN

if TYPE_CHECKING:
    from collections.abc import Iterator
    from sys import UnraisableHookArgs
    from types import FrameType, TracebackType

#: What an interrupted command says.
INTERRUPTED = "cartkg: interrupted"
#: Seconds to clean up in before the process ends as it is.
_GRACE = 3.0
#: Seconds after which an interrupt that Python ignored is raised again.
_AGAIN = 0.01
_SIGNALS = (signal.SIGINT, signal.SIGTERM)
#: Set by the first signal.
_struck = threading.Event()


@contextmanager
def interruptible() -> Iterator[None]:
    """Turn the first signal into a KeyboardInterrupt; further ones do not disturb the cleaning up.

    Python reports a signal only when native code returns, and a query inside a shape may take forever: so a thread
    waits for the signal, too, and ends the process when the command has not ended by itself.
    Changes nothing outside the main thread, where Python allows no handlers.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    if os.name != "posix":  # elsewhere no pipe can wake a thread: Python's own interrupt has to do
        yield
        return
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    earlier = {number: signal.signal(number, _interrupt) for number in _SIGNALS}
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    threading.Thread(target=_wait, args=(reader,), daemon=True).start()
    _struck.clear()
    ignored, sys.unraisablehook = sys.unraisablehook, _raise_again
    printed, sys.excepthook = sys.excepthook, _print_errors
    try:
        yield
    finally:
        sys.unraisablehook, sys.excepthook = ignored, printed
        signal.set_wakeup_fd(-1)
        os.close(writer)
        if all(signal.getsignal(number) is _interrupt for number in _SIGNALS):
            for number, handler in earlier.items():
                signal.signal(number, handler)


def stems_from_interrupt(error: BaseException | None) -> bool:
    """Return whether an error is what became of an interrupt: loading an extension module turns one into another.

    An ImportError has lost the interrupt where native code printed it and raised a new error, as that of numpy does.
    """
    if isinstance(error, ImportError) and _struck.is_set():
        return True
    while error is not None and not isinstance(error, KeyboardInterrupt):
        error = error.__cause__ or error.__context__
    return error is not None


def _interrupt(number: int, frame: FrameType | None) -> None:  # noqa: ARG001  # the form of a handler
    for each in _SIGNALS:
        signal.signal(each, signal.SIG_IGN)
    _struck.set()
    raise KeyboardInterrupt


def _print_errors(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Print what native code prints of an error before it raises another; of an interrupt nothing."""
    if not issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)


def _raise_again(ignored: UnraisableHookArgs) -> None:
    """Raise an interrupt again that struck where Python ignores exceptions: in a finalizer, or a callback."""
    if not issubclass(ignored.exc_type, KeyboardInterrupt):
        sys.__unraisablehook__(ignored)
        return
    for each in _SIGNALS:
        signal.signal(each, _interrupt)
    main = threading.main_thread().ident
    if main is not None:
        threading.Timer(_AGAIN, signal.pthread_kill, (main, signal.SIGINT)).start()


def _wait(reader: int) -> None:
    """Wait for a signal, or for the end of the command, which closes the other end."""
    if os.read(reader, 1):  # the pipe stays open: a further signal is written to it, too
        time.sleep(_GRACE)
        with suppress(OSError):
            os.write(2, f"{INTERRUPTED}\n".encode())
        os._exit(EXIT_COULD_NOT_RUN)
    os.close(reader)
