"""Cite an answer: its title, the release that it is from, and an address that names both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from cartkg.errors import NotKept, QueryError
from cartkg.namespaces import BASE
from cartkg.release.history import is_date
from cartkg.web.http.earlier import RELEASE
from cartkg.web.present.site import site

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass(frozen=True, slots=True)
class CiteAs:
    """How to cite an answer: a sentence, the lasting address, and the release."""

    title: str
    address: str
    release: str

    @property
    def text(self) -> str:
        """Return the citation in one line."""
        return f"cartkg: {self.title.rstrip('.?')}. Data release {self.release}. {self.address} (CC BY 4.0)"


def cite_as(title: str, path: str, settings: Iterable[tuple[str, str]] = ()) -> CiteAs:
    """Return how to cite a page.

    Args:
        title: of the page.
        path: its path below the site.
        settings: parameters of its address that make the answer.
    """
    release = site().data_version
    pairs = [pair for pair in settings if pair[0] != RELEASE]
    return CiteAs(title, f"{BASE}{path.lstrip('/')}?{urlencode([*pairs, (RELEASE, release)])}", release)


def check_release(given: Mapping[str, str]) -> None:
    """Refuse a request for another release than the one served, whose answer may differ.

    Raises:
        NotKept: it names an earlier release; the message says which one is served.
        QueryError: it names no release, or one that is later than the one served.
    """
    asked, served = given.get(RELEASE, ""), site().data_version
    if asked and asked != served:
        shown = asked[:40]
        if is_date(asked) and is_date(served) and asked < served:
            raise NotKept(
                f"the data of release {asked} are not kept on this server, which answers from release {served}. "
                "The answer may have changed since"
            )
        raise QueryError(
            f"this server answers from release {served}, not {shown!r}; leave the parameter out for release {served}"
        )
