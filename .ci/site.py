# ruff: noqa: INP001  # a script of the build, no package
"""Hooks of MkDocs: pages without inline script, and a site without what no one reads.

The server forbids inline script (Content-Security-Policy), so each one that the theme writes becomes a file.
"""

from __future__ import annotations

import re
import shutil
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

_INLINE = re.compile(r"<script>(.*?)</script>", re.DOTALL)
_WRITTEN = re.compile(r"(<pre\b.*?</pre>|<textarea\b.*?</textarea>)", re.DOTALL)
_INDENTED = re.compile(r"\s*\n\s*")
#: Cuts a name of the navigation that is too long; ours are short, and each page has a hundred.
_CUT = re.compile(r'<span class="md-ellipsis">\s*([^<]*?)\s*</span>')
#: The theme's dialog for the search, which it gives no name.
_DIALOG = 'data-md-component="search" role="dialog"'
#: A block of code may scroll, so the keyboard has to reach it.
_CODE, _FOCUSABLE = re.compile(r"<pre([^>]*)>(?=<span></span><code>)"), r'<pre\1 tabindex="0">'
_SCRIPTS = "assets/inline"
#: Maps of the theme's sources, search without spaces, colours to choose, a page and lists that have no use here.
_UNREAD = (
    *("**/*.map", "assets/javascripts/lunr", "assets/stylesheets/palette*"),
    *("404.html", "sitemap.xml", "sitemap.xml.gz"),
)


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Leave records of decisions out of the search: they would drown the guides."""
    if page.file.src_uri.startswith("decisions/"):
        page.meta["search"] = {"exclude": True}
    return markdown


def on_post_page(output: str, page: Any, config: Any) -> str:
    """Put inline scripts into files named by their content, reach all by keyboard and reader, leave out indentation."""
    up = "../" * (page.url.count("/") if page.url not in {"", "./", "."} else 0)

    def moved(match: re.Match[str]) -> str:
        # the theme finds the root of the site from the address of the page, which a file of its own sees too
        name = f"{_SCRIPTS}/{sha256(match[1].encode()).hexdigest()[:16]}.js"
        path = Path(config["site_dir"]) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(match[1], "utf-8")
        return f'<script src="{up}{name}"></script>'

    usable = _CODE.sub(_FOCUSABLE, output.replace(_DIALOG, f'{_DIALOG} aria-label="Search"'))
    parts = _WRITTEN.split(_CUT.sub(r"\1", _INLINE.sub(moved, usable)))
    return "".join(part if number % 2 else _INDENTED.sub("\n", part) for number, part in enumerate(parts))


def on_post_build(config: Any) -> None:
    """Remove what no one reads; fail when a page would fetch something from another host."""
    site = Path(config["site_dir"])
    for pattern in _UNREAD:
        for path in sorted(site.glob(pattern)):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    for path in sorted(site.rglob("*.html")):
        for address in re.findall(r'(?:src|<link[^>]* href)="([^"]*)"', path.read_text("utf-8")):
            if urlsplit(address).netloc:
                raise SystemExit(f"{path}: would fetch {address}")
