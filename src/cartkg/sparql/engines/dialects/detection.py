"""Which dialect an engine speaks: by the header field Server of its answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cartkg.sparql.engines.dialects.standard import Standard
from cartkg.sparql.engines.dialects.virtuoso import Virtuoso

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cartkg.sparql.engines.dialects.dialect import Dialect

STANDARD = Standard()
#: The beginning of the name of a product, in small letters -> its dialect.
_BY_PRODUCT: dict[str, Dialect] = {"virtuoso": Virtuoso()}


def spoken(headers: Mapping[str, str]) -> Dialect:
    """Return the dialect of an answer; the standard one unless the engine is known to differ.

    Args:
        headers: its header fields, names in small letters.
    """
    server = headers.get("server", "").lower()
    return next((dialect for product, dialect in _BY_PRODUCT.items() if server.startswith(product)), STANDARD)
