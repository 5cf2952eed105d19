"""A thing in, the address of the page that says most of it out: its home page where it has one, else its own."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from cartkg.errors import BackendError, QueryError
from cartkg.facts.homes import slug
from cartkg.namespaces import BASE
from cartkg.naming import find
from cartkg.web.present.asked import values
from cartkg.web.present.site import path_of, site

if TYPE_CHECKING:
    from cartkg.facts.homes import HomeKind
    from cartkg.queries import Nameable

_LONGEST = 200
#: First part of the path of an IRI -> kind of the home page; other IRIs may be those of diseases.
_KIND_BY_PATH = {"criterion": "measure", "product": "product", "target": "target", "term": "event"}


def named(kind: HomeKind, name: str) -> Nameable | None:
    """Return the thing that an address names: by the name of its page, else by any of its names; None for none."""
    things = values(kind.name) if kind in site().homes else ()
    same = sorted((each for each in things if slug(each.label) == name), key=lambda each: (not each.used, each.iri))
    if same:
        return same[0]
    try:
        return find(kind.name, name.replace("-", " ")[:_LONGEST], things)
    except QueryError:
        return None


def home_path(path: str, label: str) -> str:
    """Return the path of a home page, without the prefix that a proxy takes off."""
    return f"/{path}/{quote(slug(label))}"


def place_of(iri: str, kind: str, label: str) -> str:
    """Return the path of the page of a thing, without the prefix that a proxy takes off."""
    home = next((each for each in site().homes if each.name == kind), None)
    if home is None or not slug(label):
        return path_of(iri)
    try:
        thing = named(home, slug(label))
    except BackendError:
        return path_of(iri)
    return home_path(home.path, label) if thing and thing.iri == iri else path_of(iri)


def home_of(iri: str, label: str) -> str:
    """Return the path of the home page of a thing, by the kind that its IRI shows; empty where it has none."""
    path = iri.removeprefix(BASE).partition("/")[0] if iri.startswith(BASE) else ""
    found = place_of(iri, _KIND_BY_PATH.get(path, "disease"), label)
    return "" if found == path_of(iri) else found
