"""Lines of a log, written as everything else that a command says."""

from __future__ import annotations

import logging

from cartkg.escaping import lines


class Quiet(logging.Formatter):
    """A formatter of log lines that shows control characters and starts no command."""

    def format(self, record: logging.LogRecord) -> str:
        """Return a record as text; a traceback keeps its lines."""
        return lines(super().format(record))
