"""Run the command line: `cartkg`, or `python -m cartkg`."""

import gc
import os
import signal
from types import FrameType


def main() -> None:
    """Load the command line and run it; an interrupt while loading ends the process at once, without a traceback."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _end)
    gc.disable()  # what is loaded stays; the command line enables it before a command begins
    from cartkg.cli import main as run  # noqa: PLC0415  # what is loaded at the top cannot be guarded

    try:
        run()
    finally:  # the work is done, or given up: nothing is left to interrupt
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)


def _end(number: int, frame: FrameType | None) -> None:  # noqa: ARG001  # the form of a handler
    """End the process: nothing is to be cleaned up yet, and Python ignores an exception inside an import lock."""
    os.write(2, b"cartkg: interrupted\n")
    os._exit(3)


if __name__ == "__main__":
    main()
