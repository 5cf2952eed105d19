"""The header fields of a request, read once: the app, the body's reader and the kept responses all use this reading.

Two readings of one request are how a cache is poisoned: what one part stores for the first of two equal fields, the
other has negotiated for both.

Source: RFC 9110 sections 5.2 and 5.3 (fields of equal names) and 7.6.1 (fields of one connection), RFC 3875 section
4.1.18 (names in an environment).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from granian.rsgi import Scope

#: The fields that the app reads to answer a query by GET (tested); a kept response belongs to all their values.
NEGOTIATED = (
    "host",
    "accept",
    "accept-encoding",
    "if-match",
    "if-none-match",
    "if-modified-since",
    "if-range",
    "range",
    "x-forwarded-prefix",  # read with --forwarded-prefix alone
)
#: Fields that speak of the connection, which is the server's matter; the app never gets them.
OF_THE_CONNECTION = frozenset({"connection", "keep-alive", "proxy-connection", "te", "trailer", "upgrade"})


def read(scope: Scope) -> dict[str, str]:
    """Return the fields by their names in lower case; the values of equal names are joined by commas, in order.

    A name with an underscore is left out: in an environment it would be the same as another one with a hyphen. So are
    fields that speak of the connection.
    """
    found: dict[str, str] = {}
    for name, value in scope.headers.items():
        if name in found:
            found[name] = f"{found[name]},{value}"
        elif "_" not in name and name not in OF_THE_CONNECTION:
            found[name] = value
    return found
