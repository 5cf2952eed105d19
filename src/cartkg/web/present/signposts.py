"""Write the Link header of a thing's page and RDF, for checkers of FAIR data and other programs.

Addresses of this server are given as paths, so that no Host header is in them; the canonical one is whole where the
operator has named the address of the site, since crawlers do not read a path as one.

Source: FAIR Signposting Profile (https://signposting.org/FAIR/), RFC 8288 (Link), RFC 8574 (cite-as), RFC 6596
(canonical).
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from cartkg.formats import JSON_LD
from cartkg.release.statements import DATASET, LICENSE
from cartkg.web.http.formats import RDF_FORMS
from cartkg.web.http.state import serving
from cartkg.web.present import schema_org
from cartkg.web.present.schema_org import SCHEMA
from cartkg.web.present.site import link_of, path_of, root

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cartkg.facts.records import Record
    from cartkg.formats import Format

_PROFILE = f'; profile="{SCHEMA}"'
_IRI = ":/?#[]@!$&'()*+,;=-._~%"
#: Headers should stay below 8 KiB, the least that proxies take.
_MOST_ITEMS = 20


def canonical(path: str) -> str:
    """Return the whole address of a path where the operator has named that of the site, else the path."""
    named = urlsplit(serving().settings.base_url or "")
    return f"{named.scheme}://{named.netloc}{path}" if named.netloc else path


def of_page(record: Record) -> str:
    """Return the links of the page of a thing: what to cite, its RDF, the data set it belongs to, its license."""
    path, kind = link_of(record.iri), schema_org.type_of(record)
    in_schema = f"{root()}/schema.org{path_of(record.iri)}"
    return joined(
        [
            link(canonical(path), "canonical"),
            link(record.iri, "cite-as"),
            *(link(f"{path}{ending}", "describedby", form) for ending, form in RDF_FORMS.items()),
            *([link(in_schema, "describedby", JSON_LD, _PROFILE)] if schema_org.is_described(record) else []),
            link(f"{root()}/", "collection"),
            link(LICENSE, "license"),
            link(f"{SCHEMA}AboutPage", "type"),
            *([link(SCHEMA + kind, "type")] if kind else []),
        ]
    )


def of_rdf(iri: str) -> str:
    """Return the links of a thing's RDF: the page that it describes, and its license."""
    return joined([link(link_of(iri), "describes"), link(LICENSE, "license")])


def of_home(dumps: Iterable[str]) -> str:
    """Return the links of the home page, which stands for the data set; its items are dumps of the whole."""
    whole = [name for name in dumps if "/" not in name]
    void = f"{root()}/.well-known/void"
    return joined(
        [
            link(canonical(f"{root()}/"), "canonical"),
            link(DATASET, "cite-as"),
            *(link(void, "describedby", form) for form in RDF_FORMS.values()),
            link(f"{root()}/schema.org/", "describedby", JSON_LD, _PROFILE),
            *(link(f"{root()}/release/{quote(name)}", "item") for name in whole[:_MOST_ITEMS]),
            link(LICENSE, "license"),
            link(f"{SCHEMA}AboutPage", "type"),
            link(f"{SCHEMA}Dataset", "type"),
        ]
    )


def link(target: str, relation: str, form: Format | None = None, more: str = "") -> str:
    """Return one link of a header."""
    media_type = f'; type="{form.media_types[0]}"' if form else ""
    return f'<{quote(target, safe=_IRI)}>; rel="{relation}"{media_type}{more}'


def joined(links: list[str]) -> str:
    """Return a header of links."""
    return ", ".join(links)
