"""Engines that answer as SPARQL 1.1 says: Oxigraph, Fuseki, GraphDB, QLever and others."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cartkg.formats import Format


class Standard:
    """Take what comes as it is."""

    def wire(self, form: Format) -> Format:
        """Return the format that is wanted."""
        return form

    def read(self, body: bytes, form: Format) -> bytes:  # noqa: ARG002  # as `Dialect` has it
        """Return the body."""
        return body

    def write(self, body: bytes, form: Format) -> bytes:  # noqa: ARG002  # as `Dialect` has it
        """Return the body."""
        return body

    def check(self, headers: Mapping[str, str], rows: int) -> None:
        """Accept all: the specification has no word for an answer that was cut."""
