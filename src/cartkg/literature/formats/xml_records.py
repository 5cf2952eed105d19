"""XML of strangers in, one element for each record out: no entity is declared or fetched, and nesting has a limit."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, ParseError, TreeBuilder  # elements are made here, never parsed

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from cartkg.diagnostics import Diagnostic
from cartkg.literature.formats.format import UNREADABLE, foreign, truncated

if TYPE_CHECKING:
    from pathlib import Path

_ROOT = re.compile(r"<([A-Za-z][\w.-]*)")
_DEEPEST = 60
#: The papers that a paper cites, half of a record of PubMed, and its index terms; nothing of them is read.
_LEFT_OUT = frozenset({"ReferenceList", "MeshHeadingList", "ChemicalList", "AffiliationInfo", "GrantList"})


class _TooDeep(ValueError):
    """Elements are in one another beyond what any export has."""


@dataclass(slots=True)
class XmlRecords:
    """The elements of the records of a file, with their lines, and what is wrong with the file."""

    elements: list[tuple[Element, int]] = field(default_factory=list)
    diagnostics: list[Diagnostic] = field(default_factory=list)


def root_name(head: str) -> str:
    """Return the name of the first element of a text; empty where it is not XML.

    Example:
        >>> root_name('<?xml version="1.0"?><!DOCTYPE PubmedArticleSet SYSTEM "x.dtd"><PubmedArticleSet>')
        'PubmedArticleSet'
    """
    found = _ROOT.search(head) if head.lstrip("\ufeff \t\r\n").startswith("<") else None
    return found[1] if found else ""


class _Target:
    """Keeps the elements of records as they end; what is around them is dropped."""

    def __init__(self, names: frozenset[str], groups: frozenset[str]) -> None:
        self.names, self.groups = names, groups
        self.parser = DefusedXMLParser(target=self, forbid_dtd=False, forbid_entities=True, forbid_external=True)
        self.expat = self.parser.parser
        self.elements: list[tuple[Element, int]] = []
        self.others: list[tuple[str, int]] = []
        self.begun = 0
        self._depth = 0
        self._inside: TreeBuilder | None = None
        self._outermost = 0
        self._listen()

    def start(self, tag: str, attributes: list[str]) -> None:
        """Begin an element; its attributes are names and values in turn."""
        self._depth += 1
        if self._depth > _DEEPEST:
            raise _TooDeep
        if self._inside is None:
            self._begin(tag)
        elif tag in _LEFT_OUT:
            self._pass_over()
            return
        if self._inside is not None:
            self._inside.start(tag, dict(zip(attributes[::2], attributes[1::2], strict=True)) if attributes else {})

    def _begin(self, tag: str) -> None:
        line = self.expat.CurrentLineNumber
        if tag in self.names:
            self._inside, self.begun, self._outermost = TreeBuilder(), line, self._depth
        elif tag not in self.groups:
            self.others.append((tag, line))

    def _pass_over(self) -> None:
        """Count how deep elements are, and nothing else, until the one that has begun ends."""
        depth = 1

        def start(_tag: str, _attributes: list[str]) -> None:
            nonlocal depth
            depth += 1
            if depth > _DEEPEST:
                raise _TooDeep

        def end(_tag: str) -> None:
            nonlocal depth
            depth -= 1
            if not depth:
                self._depth -= 1
                self._listen()

        self.expat.StartElementHandler, self.expat.EndElementHandler = start, end
        self.expat.CharacterDataHandler = None

    def _listen(self) -> None:
        self.expat.StartElementHandler, self.expat.EndElementHandler = self.start, self.end
        self.expat.CharacterDataHandler = self.data

    def end(self, tag: str) -> None:
        """End an element, and with it perhaps a record."""
        if self._inside is not None:
            self._inside.end(tag)
            if self._depth == self._outermost:
                self.elements.append((self._inside.close(), self.begun))
                self._inside, self.begun = None, 0
        self._depth -= 1

    @property
    def line(self) -> int:
        """Return how far the file was read."""
        return int(self.expat.ErrorLineNumber if self.expat.ErrorCode else self.expat.CurrentLineNumber)

    def data(self, text: str) -> None:
        """Take text in."""
        if self._inside is not None:
            self._inside.data(text)

    def close(self) -> None:
        """End the file; the parser asks for it."""


def elements(data: bytes, path: Path, names: frozenset[str], groups: frozenset[str]) -> XmlRecords:
    """Return the records of an XML file, as far as it can be read.

    Args:
        data: the bytes of the file; the encoding is the one that the file states.
        path: the file, named in the diagnostics.
        names: names of the elements that are records.
        groups: names of the elements around them.
    """
    target = _Target(names, groups)
    found = XmlRecords(target.elements)
    try:
        target.parser.feed(data)
        target.parser.close()
    except DefusedXmlException:
        message = "the file declares entities, which no export does; nothing after this line was read"
        found.diagnostics.append(Diagnostic(path, target.line, 1, UNREADABLE, message))
    except _TooDeep:
        message = f"elements are in one another more than {_DEEPEST} deep; nothing after this line was read"
        found.diagnostics.append(Diagnostic(path, target.line, 1, UNREADABLE, message))
    except (ParseError, ValueError, LookupError) as error:  # not well-formed, an encoding that is none, or unknown
        if target.begun:
            found.diagnostics.append(truncated(path, target.begun))
        message = f"the XML cannot be read on from here ({error}); nothing after this line was read"
        found.diagnostics.append(Diagnostic(path, target.line, 1, UNREADABLE, message))
    for tag, line in target.others:
        found.diagnostics.append(foreign(path, line, f"the element {tag} is not a record of a paper"))
    return found


def text_of(element: Element | None, path: str = ".") -> str:
    """Return the whole text below an element, with single spaces; empty where it has no such part."""
    found = None if element is None else element.find(path)
    return "" if found is None else " ".join("".join(found.itertext()).split())


def texts_of(element: Element, path: str) -> list[str]:
    """Return the texts of all parts of an element that say something."""
    return [text for each in element.iterfind(path) if (text := " ".join("".join(each.itertext()).split()))]
