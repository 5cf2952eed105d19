"""Sources of a dossier in, who speaks on each page out.

A dossier lists the pages that were read. A page is the publication's own (a copy of its abstract, the news page
itself), a page of another publication that has a dossier of its own, or a page by somebody else.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cartkg.curation.node import Node


class PageType(Enum):
    """What sort of page was read; the value is the local name of the place a claim on it has."""

    COPY = "abstract"
    TABLE = "table"
    FIGURE = "figure"
    WHOLE = "wholePagePlace"
    PRESS = "pressText"
    REGISTRY = "registryPage"
    CONGRESS = "results"
    CITATION = "citation"
    OTHER = "secondaryPage"


@dataclass(frozen=True, slots=True)
class Page:
    """One source of a dossier.

    Attributes:
        name: its id in the dossier, for instance s1.
        what: what it is, in the reader's words.
        kind: what sort of page it is.
        own: whether it is the publication's own page or a copy of it.
        marks: names under which others may list the same page (seed number, PMC, PMID, address and its fingerprint).
        address: its address where it may be published (press, congress, registry, regulator), else None.
        quotes: whether it is somebody's page that quotes the publication's abstract word for word.
    """

    name: str
    what: str
    kind: PageType
    own: bool
    marks: tuple[str, ...]
    address: str | None
    quotes: bool


_OWN = re.compile(
    r"pubmed|medline|publisher|journal page|pmc article|congress(-style)? abstract|conference abstract|abstract page"
    r"|^abstract\b|same abstract|whole abstract|abstract \(cut\)|, abstract|copy of the abstract|quoting the abstract"
    r"|library (copy|record)|literature record|repository record|publication record|citation (file|export)|xml record"
    r"|publisher xml|legend of figure|^table \d"
    r"|table 1 of the article|doaj|university record|with the abstract|forum copy of"
    r"|citation, authors and abstract|library citation|copy of the document|copy of the paper|copy of the manuscript"
    r"|copy of the first page|first page of|company poster|fda page|copy of the fda|journal page"
)
_OTHER = re.compile(
    r"\bnews\b|press|release|\bblog|summary|digest|reading notes|listing|charity|broadcaster|retelling|hospital"
    r"|registry|commentary|interview|teaser|systematic review|paediatric lupus review"
    r"|review that|news analysis|transcript"
    r"|\btalk\b|asco post|regulator's|research authority|journal club|newsletter|report on the|on the abstract"
    r"|later congress abstract|acr 2022 abstract|acr convergence 2025 abstract|medwirenews|healio|lupus hub|mentions"
)
_SURELY_OWN = re.compile(
    r"abstract copied in a forum|of the same article|publication record|copy of the pubmed|abstract listing"
    r"|copy of the abstract|page with the abstract|the same record with|forum copy of|^pmc abstract"
)
_CITATION = re.compile(r"gives the citation|teaser in the related")
_REGISTRY = re.compile(r"registry|trial listing|listing reset|research authority|copy of the registry")
_CONGRESS = re.compile(r"congress|conference|acr .*abstract|poster|meeting abstract", re.IGNORECASE)
_CONGRESS_HOSTS = (
    "acrabstracts.org",
    "sparx-ip.net",
    "mirasmart.com",
    "asn-online.org",
    "eventscribe.net",
    "publisso.de",
)
_PRESS = re.compile(
    r"\bnews\b|press|release|\bblog|charity|broadcaster|hospital|interview|newspaper|healio|medwirenews|asco post|talk"
    r"|commentary|newsletter|retelling|web summary|lay summary|seed document|society's summary|summary of a chinese"
    r"|machine summary|publication summary|fda|regulator|company|institute summary|digest",
)
_SEED = re.compile(r"\bseed (\d{3})_")
_PMC = re.compile(r"\bPMC\d{5,}")
_PUBMED = re.compile(r"pubmed(?:\.ncbi\.nlm\.nih\.gov|\.gov)/(\d{6,9})")
_URL = re.compile(r"https?://\S+?(?=[\s;)]|$)")
_MIRROR = re.compile(
    r"pubmed|vukou|booksci|patsnap|zhihuiya|wilddata|bohrium|researcher\.life|tomesphere|solstara|s4me\.info"
)


def read_pages(root: Node) -> dict[str, Page]:
    """Give the sources of a dossier by id."""
    kind = str(root.child("publication").child("kind").value)
    news = kind == "news"
    found: dict[str, Page] = {}
    for index, source in enumerate(root.children("sources")):
        name, what = source.text("id") or "", source.text("what") or ""
        address = source.text("address") or ""
        found[name] = _page(
            name, what, address, _is_own(what, news=news, first=index == 0 and kind in ("news", "guideline")), news=news
        )
    return found


def _is_own(what: str, *, news: bool, first: bool) -> bool:
    text = what.lower()
    if first and not _CITATION.search(text):
        return True
    if _SURELY_OWN.search(text):
        return True
    if _CITATION.search(text) or _OTHER.search(text) or "web post" in text:
        return False
    return not news and bool(_OWN.search(text))


def _page(name: str, what: str, address: str, own: bool, *, news: bool) -> Page:  # noqa: FBT001  # one call
    kind = _kind(what, address, own=own, news=news)
    marks = [f"seed:{number}" for number in _SEED.findall(address)]
    marks += [f"pmcid:{number}" for number in _PMC.findall(address)]
    marks += [f"pmid:{number}" for number in _PUBMED.findall(address)]
    urls = _URL.findall(address)
    marks += [mark for url in urls for mark in (f"url:{_plain(url)}", _fingerprint(url))]
    shown = kind in (PageType.PRESS, PageType.REGISTRY, PageType.CONGRESS, PageType.WHOLE) and bool(urls)
    public = urls[0] if shown and not _MIRROR.search(urls[0]) else None
    return Page(name, what, kind, own, tuple(dict.fromkeys(marks)), public, quotes="quoting the abstract" in what)


def _kind(what: str, address: str, *, own: bool, news: bool) -> PageType:
    text = what.lower()
    congress = any(host in address for host in _CONGRESS_HOSTS) or "poster" in text
    tests = (
        (bool(_CITATION.search(text)), PageType.CITATION),
        (bool(_REGISTRY.search(text)), PageType.REGISTRY),
        (own and text.startswith("table"), PageType.TABLE),
        (own and "figure" in text, PageType.FIGURE),
        (congress or bool(_CONGRESS.search(what) and not _PRESS.search(text)), PageType.CONGRESS),
        (own and news, PageType.WHOLE),
        (bool(_PRESS.search(text)), PageType.PRESS),
        (own, PageType.COPY),
    )
    return next((kind for holds, kind in tests if holds), PageType.OTHER)


def _fingerprint(url: str) -> str:
    """Give a mark by which a page is known again whose address is a copy's and is not to be published."""
    return f"page:{sha256(_plain(url).encode()).hexdigest()[:16]}"


def _plain(url: str) -> str:
    return re.sub(r"^(https?://)?(www\.)?", "", url.rstrip("/.,")).lower()
