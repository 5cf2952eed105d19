"""Remove everything active from a page that contains strangers' labels and definitions.

pyLODE takes definitions for Markdown, in which HTML may stand. The page is on hosts that send no security headers, so
its body is filtered by a list of allowed elements, attributes and addresses, and the page forbids scripts itself.
"""

from __future__ import annotations

import re

import nh3

#: What the page may load and run: its own style and the picture beside it.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; base-uri 'none'; form-action 'none'"

_ELEMENTS = {
    "a", "b", "blockquote", "br", "code", "dd", "div", "dl", "dt", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i",
    "img", "li", "ol", "p", "pre", "span", "strong", "sub", "sup", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
_ATTRIBUTES = {"*": {"class", "id", "title"}, "a": {"href"}, "img": {"alt", "src"}}
_SCHEMES = {"http", "https", "mailto"}
_CSP = f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
_DATA = re.compile(r'(?P<start><script id="schema.org" type="application/ld\+json">)(?P<data>.*)</script>', re.DOTALL)


def clean(head: str, body: str, picture: str) -> str:
    """Return a page of a head and a body.

    Args:
        head: the whole element; its one script contains JSON-LD, in which no `<` remains.
        body: the whole element; all that is not allowed is taken out of it.
        picture: address of the only picture that it may show.
    """
    inside = _DATA.sub(_quiet, head).replace("<head>", f"<head>\n    {_CSP}", 1)
    allowed = nh3.clean(
        body,
        tags=_ELEMENTS,
        attributes=_ATTRIBUTES,
        url_schemes=_SCHEMES,
        link_rel=None,
        attribute_filter=lambda tag, name, value: None if (tag, name) == ("img", "src") and value != picture else value,
    )
    return f'<!DOCTYPE html>\n<html lang="en">\n  {inside}\n  <body>{allowed}</body>\n</html>\n'


def _quiet(match: re.Match[str]) -> str:
    data = match["data"].replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    return f"{match['start']}{data}</script>"
