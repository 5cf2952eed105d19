"""Rewrite the engine's XML so that every parser can read it, or say why XML cannot represent it; no I/O.

The engine's writers leave three things to their caller: carriage returns, which parsers take for line feeds; characters
that no XML may hold; and element names that are none. Whatever is sent was therefore read back once.

Source: XML 1.0 sections 2.2 (characters) and 2.11 (line ends), Namespaces in XML 1.0 section 4, RDF 1.1 XML Syntax
sections 5.1 and 6.1.4.
"""

from __future__ import annotations

import re
from xml.parsers import expat

#: What an element is named when the IRI of a property or class ends in no XML name.
_NAMELESS = re.compile(rb'<oxprefix: xmlns:oxprefix="([^"]*)"')
#: The same around a thing of such a class; unlike a property, a class can be in a statement of its own.
_THING = re.compile(rb'^\t<oxprefix: xmlns:oxprefix=("[^"]*")( rdf:(?:about|nodeID)="[^"]*")>$', re.MULTILINE)
_THING_ENDS = re.compile(rb"^\t</oxprefix:>$", re.MULTILINE)
#: Names that the syntax once used for itself; parsers refuse them. The engine knows the others.
_RESERVED = re.compile(rb"<rdf:(aboutEach|aboutEachPrefix|bagID)[ />]")
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


class Unsayable(ValueError):
    """XML cannot represent this answer; the text says why."""


def table(body: bytes) -> bytes:
    """Return results in ASCII, with references for all other characters.

    Parsers below R and Perl take a body for Latin-1 whatever it states about itself; so written, every one reads it
    right.

    Raises:
        Unsayable: a term contains a character that XML cannot hold.
    """
    plain = body if body.isascii() else body.decode().encode("ascii", "xmlcharrefreplace")
    return _read_back(plain.replace(b"\r", b"&#xD;"), body)


def graph(body: bytes) -> bytes:
    """Return RDF/XML that is well-formed.

    Raises:
        Unsayable: the IRI of a property cannot be an element's name, or a term contains a character that XML cannot
        hold.
    """
    described, number = _THING.subn(rb"\t<rdf:Description\2>\n\t\t<rdf:type rdf:resource=\1/>", body)
    if number:
        described = _THING_ENDS.sub(b"\t</rdf:Description>", described)
    reserved = _RESERVED.search(described)
    if reserved:
        raise Unsayable(f"RDF/XML reserves the name rdf:{reserved[1].decode()}")
    return _read_back(described.replace(b"\r", b"&#xD;"), described)


def _read_back(body: bytes, engines: bytes) -> bytes:
    """Return a body that a strict parser reads.

    Raises:
        Unsayable: none does; the reason is looked for in what the engine wrote.
    """
    try:
        expat.ParserCreate(namespace_separator=" ").Parse(body, True)  # noqa: FBT003  # it takes no keywords
    except expat.ExpatError as error:
        nameless = _NAMELESS.search(engines)
        forbidden = _FORBIDDEN.search(engines.decode())
        if nameless:
            raise Unsayable(
                f"RDF/XML has no element for <{nameless[1].decode()}>: it does not end in an XML name"
            ) from error
        if forbidden:
            raise Unsayable(f"XML cannot hold the character U+{ord(forbidden[0]):04X}") from error
        raise Unsayable("RDF/XML has no element for a property or class of this answer") from error
    return body
