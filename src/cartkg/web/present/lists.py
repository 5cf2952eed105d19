"""Present a list: its page, its RDF, its link set and its Link header.

Sources: Hydra (https://www.w3.org/ns/hydra/core), RFC 9264 (linkset), RFC 8288 (first, prev, next, last), RFC 6573
(item, collection).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import request
from pyoxigraph import Literal, NamedNode, Triple

from cartkg.formats import Format
from cartkg.namespaces import BASE, RDF, RDFS, XSD
from cartkg.release.statements import DATASET, DCTERMS, LICENSE
from cartkg.web.http.formats import RDF_FORMS, chosen
from cartkg.web.present.responses import document, page, triples
from cartkg.web.present.schema_org import SCHEMA
from cartkg.web.present.signposts import canonical, joined, link
from cartkg.web.present.site import path_of, root, site

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Response

    from cartkg.facts.records import AnswerTerm

HYDRA = "http://www.w3.org/ns/hydra/core#"
LINKSET = Format("linkset", "linkset", ("application/linkset+json",))
#: What asks for the linkset by address, `?as=linkset`, since the target of a link states no Accept header.
LINKS = "as"
#: Members in a Link header, and bytes of one, above which the header names the linkset instead: proxies take 8 KiB.
_MOST_ITEMS, _MOST_BYTES = 20, 4096


@dataclass(frozen=True, slots=True)
class Listed:
    """One page of a list.

    Attributes:
        path: address of the list below the site, without the number of the page: `study`, `search?q=lupus`.
        title: what the list contains, for people.
        members: the things on this page with their names.
        total: number of all members; None when no one counted them.
        number: number of this page, from 1.
        last: number of the last page.
    """

    path: str
    title: str
    members: tuple[AnswerTerm, ...]
    total: int | None
    number: int = 1
    last: int = 1

    @property
    def here(self) -> str:
        """Return the address of this page below the site."""
        return self._at(self.number)

    @property
    def linkset(self) -> str:
        """Return the address of the links of this page below the site."""
        return f"{self.here}{'&' if '?' in self.here else '?'}{LINKS}={LINKSET.name}"

    def pages(self) -> dict[str, str]:
        """Return the addresses of other pages below the site, by their relation to this one."""
        if self.last == 1:
            return {}
        known = {"first": 1, "prev": min(self.number - 1, self.last), "next": self.number + 1, "last": self.last}
        return {name: self._at(number) for name, number in known.items() if 1 <= number <= self.last}

    def _at(self, number: int) -> str:
        return self.path if number == 1 else f"{self.path}{'&' if '?' in self.path else '?'}page={number}"


def answer(template: str, listed: Listed, /, **context: object) -> Response:
    """Send a page of a list in the form that the request asks for: HTML, RDF or a linkset."""
    as_links = request.args.get(LINKS) == LINKSET.name
    form = LINKSET if as_links else chosen(request.headers.get("Accept"), (*RDF_FORMS.values(), LINKSET))
    if form is LINKSET:
        response = document(_linkset(listed), LINKSET.media_types[0])
    elif form:
        response = triples("".join(f"{triple} .\n" for triple in described(listed)).encode(), form)
    else:
        response = page(template, listing=listed, **context)
    response.headers["Link"] = _header(listed)
    return response


def described(listed: Listed) -> Iterator[Triple]:
    """Describe a page of a list as a collection, under the lasting addresses of its members."""
    whole = NamedNode(BASE + listed.path)
    yield _typed(whole, "Collection")
    yield Triple(whole, NamedNode(f"{RDFS}label"), Literal(listed.title))
    yield Triple(whole, NamedNode(f"{DCTERMS}isPartOf"), NamedNode(DATASET))
    if listed.total is not None:
        number = Literal(str(listed.total), datatype=NamedNode(f"{XSD}integer"))
        yield Triple(whole, NamedNode(f"{HYDRA}totalItems"), number)
    for member in listed.members:
        yield Triple(whole, NamedNode(f"{HYDRA}member"), NamedNode(member.value))
        if member.label:
            yield Triple(NamedNode(member.value), NamedNode(f"{RDFS}label"), Literal(member.label))
    others = listed.pages()
    if others:
        here = NamedNode(BASE + listed.here)
        yield Triple(whole, NamedNode(f"{HYDRA}view"), here)
        yield _typed(here, "PartialCollectionView")
        for relation, place in others.items():
            name = "previous" if relation == "prev" else relation
            yield Triple(here, NamedNode(f"{HYDRA}{name}"), NamedNode(BASE + place))


def _typed(node: NamedNode, kind: str) -> Triple:
    return Triple(node, NamedNode(f"{RDF}type"), NamedNode(f"{HYDRA}{kind}"))


def _header(listed: Listed) -> str:
    head = [
        link(canonical(f"{root()}/{listed.here}"), "canonical"),
        *(link(f"{root()}/{place}", relation) for relation, place in listed.pages().items()),
        link(f"{root()}/", "collection"),
        link(LICENSE, "license"),
        link(f"{SCHEMA}CollectionPage", "type"),
    ]
    items = joined([*head, *(link(root() + path_of(each.value), "item") for each in listed.members[: _MOST_ITEMS + 1])])
    if len(listed.members) <= _MOST_ITEMS and len(items) <= _MOST_BYTES:
        return items
    return joined([*head, link(f"{root()}/{listed.linkset}", "linkset", LINKSET)])


def _linkset(listed: Listed) -> bytes:
    """Return all links of a page; its addresses are whole, since a set of links may be read elsewhere."""
    base = site().base_url
    found: dict[str, object] = {"anchor": base + listed.here}
    found |= {relation: [{"href": base + place}] for relation, place in listed.pages().items()}
    found |= {"collection": [{"href": base}], "license": [{"href": LICENSE}]}
    found["type"] = [{"href": f"{SCHEMA}CollectionPage"}]
    found["item"] = [
        {"href": base + path_of(each.value).removeprefix("/"), **({"title": each.label} if each.label else {})}
        for each in listed.members
    ]
    return json.dumps({"linkset": [found]}, ensure_ascii=False, indent=1).encode()
