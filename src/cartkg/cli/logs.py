"""Lines of a log, written as everything else that a command says."""

from __future__ import annotations

import logging

from cartkg.escaping import lines


class Quiet(logging.Formatter):
    """A formatter of log lines that shows control characters and starts no command."""

    def format(self, record: logging.LogRecord) -> str:
        """Return a record as text; a traceback keeps its lines."""
        return lines(super().format(record))


def log_to_stderr() -> None:
    """Log warnings, and the progress of loading, to standard error."""
    shown = logging.StreamHandler()
    shown.setFormatter(Quiet("%(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[shown])
    logging.getLogger("cartkg.loading").setLevel(logging.INFO)
