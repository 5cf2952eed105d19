"""How long addresses may be, the part of an answer that a client asks for, and what HEAD states about a length.

Some readers of tables (Polars, DuckDB) take a file in pieces and ask for its length by HEAD before. Both hold only for
answers that are the same to the byte each time: those with a strong entity tag.

Source: RFC 9110 sections 8.6 (Content-Length), 13.1.5 (If-Range) and 14 (Range); a server may pass over a Range header.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from flask import request

from cartkg.sparql.protocol.requests import AddressTooLong
from cartkg.web.http import problems

if TYPE_CHECKING:
    from flask import Flask, Response

#: Bytes of an address from its first slash. Granian refuses more than 65,534 itself, without a word (hyper's limit).
LONGEST_ADDRESS = 65_000
_OK, _PARTIAL, _UNSATISFIABLE = 200, 206, 416
#: One range of bytes. Of several, a server may send the whole; that spares us what many small ones would cost.
_RANGE = re.compile(r"\s*bytes\s*=\s*([0-9]{0,18})\s*-\s*([0-9]{0,18})\s*", re.IGNORECASE)


def register(app: Flask) -> None:
    """Refuse addresses that are too long, and cut the responses of an app that offer it.

    To be registered before what codes the responses, so that it cuts what was coded.
    """
    app.before_request(_limit)
    app.after_request(_fitted)


def offer(response: Response, *, parts: bool) -> None:
    """Say whether a part of a response may be asked for."""
    response.headers["Accept-Ranges"] = "bytes" if parts else "none"


def leave_open(response: Response) -> None:
    """Have HEAD state no length, since GET would make other bytes."""
    response.automatically_set_content_length = request.method != "HEAD"


def _limit() -> None:
    """Refuse a request by the length of its address.

    Raises:
        AddressTooLong: it is above the limit.
    """
    size = len(request.path.encode()) + len(request.query_string) + 1
    if size > LONGEST_ADDRESS:
        raise AddressTooLong(
            f"an address may have {LONGEST_ADDRESS:,} bytes, this one has {size:,}; "
            "send a long query by POST to /sparql"
        )


def _fitted(response: Response) -> Response:
    if not response.automatically_set_content_length:
        response.headers.pop("Content-Length", None)
    offers = response.status_code == _OK and response.headers.get("Accept-Ranges") == "bytes"
    wanted = _RANGE.fullmatch(request.headers.get("Range", "")) if offers and request.method == "GET" else None
    if wanted is None or not _is_same(response):
        return response
    body = response.get_data()
    part = _part(wanted[1], wanted[2], len(body))
    if part is None:
        return response
    if not part:
        refused = problems.problem(_UNSATISFIABLE, "Range not satisfiable", f"the answer has {len(body)} bytes")
        refused.headers["Content-Range"] = f"bytes */{len(body)}"
        return refused
    response.set_data(body[part.start : part.stop])
    response.status_code = _PARTIAL
    response.headers["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{len(body)}"
    return response


def _is_same(response: Response) -> bool:
    """Return whether the client has no piece of another answer: If-Range is absent or names this very one."""
    held = request.headers.get("If-Range")
    return held is None or held.strip() == response.headers.get("ETag")


def _part(first: str, last: str, size: int) -> range | None:
    """Return the bytes that a range names; an empty range when there are none, None when it names nothing."""
    if not size or not (first or last) or (first and last and int(first) > int(last)):
        return None
    if not first:
        return range(max(size - int(last), 0), size)
    return range(int(first), min(int(last) + 1 if last else size, size))
