"""Dialect: what is asked of an engine for an answer in a format, and how what it sends becomes that answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cartkg.formats import Format


class Dialect(Protocol):
    """One way to speak SPARQL 1.1 Protocol."""

    def wire(self, form: Format) -> Format:
        """Return the format to ask for when an answer in `form` is wanted."""

    def read(self, body: bytes, form: Format) -> bytes:
        """Make a body in the format `wire(form)` what the specification says.

        Raises:
            ValueError: it is malformed.
        """

    def write(self, body: bytes, form: Format) -> bytes:
        """Write what `read` gave, once it was checked, in the format that is wanted."""

    def check(self, headers: Mapping[str, str], rows: int) -> None:
        """Check that nothing was left out.

        Args:
            headers: the header fields of the answer, names in small letters.
            rows: the rows that came.

        Raises:
            LimitExceeded: the engine stopped before the end.
            TooLarge: the engine sends no more rows than these.
        """
