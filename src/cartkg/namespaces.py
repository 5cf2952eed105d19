"""The IRIs cartkg mints and the prefixes it writes; prefixes are read from `ontology/prefixes.ttl` alone."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import quote

from cartkg.errors import SourceError, UnusableFile
from cartkg.files import read_text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

BASE = "https://w3id.org/cartkg/"
ONTOLOGY = f"{BASE}ontology"
TERM = f"{ONTOLOGY}#"
GRAPH = f"{BASE}graph/"
GRAPH_ONTOLOGY = f"{GRAPH}ontology"
GRAPH_INFERRED = f"{GRAPH}inferred"
GRAPH_COUNTS = f"{GRAPH}counts"
#: Graphs of what follows from the others by reasoning and by counting; the default graph contains them too.
DERIVED_GRAPHS = (GRAPH_INFERRED, GRAPH_COUNTS)
#: Name of the union without `DERIVED_GRAPHS`; it stands for its parts and is stored nowhere.
GRAPH_ASSERTED = f"{GRAPH}asserted"
GRAPH_MAPPINGS = f"{GRAPH}mappings"
GRAPH_RELEASE = f"{GRAPH}release"

OWL = "http://www.w3.org/2002/07/owl#"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFS = "http://www.w3.org/2000/01/rdf-schema#"
SH = "http://www.w3.org/ns/shacl#"
SKOS = "http://www.w3.org/2004/02/skos/core#"
XSD = "http://www.w3.org/2001/XMLSchema#"

_MONDO = "http://purl.obolibrary.org/obo/MONDO_"
_DECLARATION = re.compile(r'sh:prefix\s+"(?P<prefix>[^"]*)"\s*;\s*sh:namespace\s+"(?P<iri>[^"]+)"')
_NOT_IRI = re.compile(r'[\x00-\x20<>"{}|\\^`%\x7f-\x9f\ud800-\udfff]')
_LOCAL = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.\-]*[A-Za-z0-9_\-])?\Z")


@dataclass(frozen=True, slots=True)
class Prefixes:
    """A prefix map, prefix -> namespace IRI, that compacts and expands.

    Example:
        >>> Prefixes({"cartkg": TERM}).compact(TERM + "Finding")
        'cartkg:Finding'
    """

    namespaces: Mapping[str, str]
    _longest_first: tuple[tuple[str, str], ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        ordered = sorted(self.namespaces.items(), key=lambda item: (-len(item[1]), item[0]))
        object.__setattr__(self, "_longest_first", tuple(ordered))

    def compact(self, iri: str) -> str | None:
        """Return `prefix:local` for an IRI, or None when no prefix fits or the rest is not a plain local name."""
        for prefix, namespace in self._longest_first:
            if iri.startswith(namespace):
                local = iri[len(namespace) :]
                if _LOCAL.match(local):
                    return f"{prefix}:{local}"
        return None

    def expand(self, name: str) -> str | None:
        """Return the IRI of `prefix:local`, or None when the prefix is unknown."""
        prefix, colon, local = name.partition(":")
        namespace = self.namespaces.get(prefix)
        return namespace + local if colon and namespace is not None else None


def read_prefixes(path: Path) -> Prefixes:
    """Read the `sh:declare` declarations of `ontology/prefixes.ttl`.

    Raises:
        SourceError: the file cannot be read or declares nothing.
    """
    try:
        text = read_text(path)
    except UnusableFile as error:
        raise SourceError(f"cannot read the prefixes: {error.message}", path) from error
    except UnicodeDecodeError as error:
        raise SourceError(f"is not UTF-8 at byte {error.start}; save it as UTF-8", path) from error
    found = {match["prefix"]: match["iri"] for match in _DECLARATION.finditer(text)}
    if not found:
        raise SourceError("declares no prefix; give it both sh:prefix and sh:namespace", path, 1, 1)
    return Prefixes(found)


def graph_iri(stem: str) -> str:
    """Return the IRI of the named graph that contains the file with this stem.

    What an IRI cannot hold (RFC 3987), for instance a space or a byte that is not UTF-8, is percent-encoded.
    """
    return GRAPH + _NOT_IRI.sub(lambda match: quote(match[0], safe="", errors="surrogateescape"), stem)


def data_iri(kind: str, *slug: str) -> str:
    """Return the IRI of a thing: kind and the parts of its slug, for instance cohort, mueller-2024-nejm, sle."""
    return BASE + "/".join((kind, *slug))


def word_of(iri: str) -> str:
    """Return the short name of a term.

    Example:
        >>> word_of("https://w3id.org/cartkg/criterion/doris-remission")
        'doris-remission'
    """
    if iri.startswith(_MONDO):
        return f"MONDO:{iri.removeprefix(_MONDO)}"
    if iri.startswith(TERM):
        return iri.removeprefix(TERM)
    return iri.removeprefix(BASE).partition("/")[2] if iri.startswith(BASE) else iri
