"""Run the command line: `cartkg`, or `python -m cartkg`."""

import gc
import signal
import sys


def main() -> None:
    """Load the command line and run it; an interrupt while loading gives no traceback either."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    gc.disable()  # what is loaded stays; the command line enables it before a command begins
    try:
        from cartkg.cli import main as run  # noqa: PLC0415  # what is loaded at the top cannot be guarded
    except KeyboardInterrupt:
        sys.stderr.write("cartkg: interrupted\n")
        sys.exit(3)
    try:
        run()
    finally:  # the work is done, or given up: nothing is left to interrupt
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)


if __name__ == "__main__":
    main()
