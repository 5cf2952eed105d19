"""Write a graph in house style.

Only the prefixes used, sorted; one subject a block, alone at column 0; one predicate a line, four spaces in;
objects sorted; ` .` at the end of the last line; one blank line between blocks, which keep their order.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pyoxigraph as ox

from cartkg.diagnostics import Diagnostic
from cartkg.errors import SourceError
from cartkg.namespaces import RDF, XSD, Prefixes
from cartkg.turtle.blocks import FIRST, NIL, REST, arrange
from cartkg.turtle.documents import HOUSE_STYLE, Document, parse_bytes
from cartkg.turtle.order import predicate_order

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cartkg.turtle.blocks import Blocks, Term

#: Longest line of several objects or of brackets; a single long literal may go beyond.
_WIDTH = 110

_TYPE = ox.NamedNode(f"{RDF}type")
_BARE = {
    f"{XSD}integer": re.compile(r"[+-]?[0-9]+\Z"),
    f"{XSD}decimal": re.compile(r"[+-]?[0-9]*\.[0-9]+\Z"),
    f"{XSD}double": re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)[eE][+-]?[0-9]+\Z"),
    f"{XSD}boolean": re.compile(r"(?:true|false)\Z"),
}
_ESCAPED_LONG = re.compile(r'\\|"(?="")|"\Z|[\x00-\x09\x0b-\x1f\x7f\ufffe\uffff]')


def format_text(text: str, prefixes: Prefixes, path: Path | None = None) -> str:
    """Rewrite Turtle in house style; the graph stays the same, and no comment is lost.

    Args:
        text: Turtle.
        prefixes: prefixes of the project; the file's own are kept where they contradict none of these.
        path: the file, named in errors.

    Raises:
        SourceError: the syntax is broken; with line and column.
    """
    document = parse_bytes(text.encode(), path or Path("-"))
    for diagnostic in document.diagnostics:
        raise SourceError(diagnostic.message, path, diagnostic.line, diagnostic.column)
    return format_document(document, prefixes)


def format_document(document: Document, prefixes: Prefixes) -> str:
    """Write a document that has no diagnostics in house style; see `format_text`."""
    return format_blocks(arrange(document), _both(prefixes, document.prefixes))


def format_blocks(blocks: Blocks, prefixes: Prefixes) -> str:
    """Write arranged blocks in house style, with their comments.

    Args:
        blocks: the subjects, in the order in which they are written.
        prefixes: the prefixes that may be used; those that are not needed are left out.
    """
    writer = _Writer(blocks, prefixes)
    above = {subject: list(lines) for subject, lines in blocks.comments.above.items()}
    bodies = [(subject, writer.block(subject)) for subject in blocks.subjects]
    head = [f"@prefix {name}: <{writer.prefixes.namespaces[name]}> ." for name in sorted(writer.used)]
    if head or not bodies:
        head = blocks.comments.head + head
    else:
        above[bodies[0][0]] = blocks.comments.head + above.get(bodies[0][0], [])
    parts = ["\n".join(head), *("\n".join((*above.get(node, ()), body)) for node, body in bodies)]
    parts.append("\n".join(blocks.comments.tail))
    written = "\n\n".join(filter(None, parts))
    return f"{written}\n" if written else ""


def style_diagnostics(document: Document, prefixes: Prefixes) -> list[Diagnostic]:
    """Return one diagnostic at the first line that differs from house style; none for a document with broken syntax."""
    if document.diagnostics:
        return []
    written = document.text.split("\n")
    wanted = format_document(document, prefixes).split("\n")
    if written == wanted:
        return []
    pairs = enumerate(zip(written, wanted, strict=False), 1)
    line = next((number for number, (is_now, to_be) in pairs if is_now != to_be), min(len(written), len(wanted)))
    message = f"not in house style; run: cartkg fmt {document.path}"
    return [Diagnostic(document.path, line, 1, HOUSE_STYLE, message)]


def _both(prefixes: Prefixes, own: Mapping[str, str]) -> Prefixes:
    """Join the project's prefixes and a file's own where neither name nor namespace is taken."""
    taken = set(prefixes.namespaces.values())
    mine = {name: iri for name, iri in own.items() if name not in prefixes.namespaces and iri not in taken}
    return Prefixes({**prefixes.namespaces, **mine})


class _Fact(NamedTuple):
    """One predicate as written, and its objects sorted."""

    verb: str
    values: list[Term]


@dataclass(slots=True)
class _Writer:
    """Writes blocks; `used` collects the prefixes that were needed."""

    blocks: Blocks
    prefixes: Prefixes
    used: set[str] = field(default_factory=set)
    _names: dict[str, str] = field(default_factory=dict)
    _labels: dict[Term, str] = field(default_factory=dict)

    def block(self, subject: Term) -> str:
        """Write one subject with all its predicates."""
        name = "[]" if isinstance(subject, ox.BlankNode) and not self.blocks.used[subject] else self._flat(subject)
        return f"{name}\n    " + " ;\n    ".join(self._lines(subject, 4)) + " ."

    def _lines(self, subject: Term, indent: int) -> list[str]:
        """Write each predicate with its objects; where that takes several lines, all but the first are indented."""
        return [self._line(verb, values, indent) for verb, values in self._facts(subject)]

    def _facts(self, subject: Term) -> list[_Fact]:
        """Return predicates and objects of a subject in the order of house style."""
        found = self.blocks.facts.get(subject, {})
        keyed = []
        for predicate, values in found.items():
            verb = "a" if predicate == _TYPE else self._name(predicate.value)
            links = not any(isinstance(value, ox.Literal) for value in values)
            keyed.append((predicate_order(predicate.value, verb, links=links), _Fact(verb, self._sorted(values))))
        return [fact for _, fact in sorted(keyed, key=lambda pair: pair[0])]

    def _sorted(self, values: list[Term]) -> list[Term]:
        """Sort IRIs by name, then literals by text; brackets and labels stay in the order of the file."""
        things = sorted((v for v in values if isinstance(v, ox.NamedNode)), key=self._flat)
        literals = sorted((v for v in values if isinstance(v, ox.Literal)), key=str)
        return [*things, *literals, *(v for v in values if not isinstance(v, ox.NamedNode | ox.Literal))]

    def _line(self, verb: str, values: list[Term], indent: int) -> str:
        flat = f"{verb} {', '.join(map(self._flat, values))}"
        one = len(values) == 1
        if (one and values[0] not in self.blocks.nested) or ("\n" not in flat and indent + len(flat) + 2 <= _WIDTH):
            return flat
        if one:
            return f"{verb} {self._broken(values[0], indent)}"
        inner = indent + 4
        return f"{verb}\n" + ",\n".join(f"{' ' * inner}{self._fitting(value, inner)}" for value in values)

    def _fitting(self, term: Term, indent: int) -> str:
        flat = self._flat(term)
        return flat if indent + len(flat) + 2 <= _WIDTH else self._broken(term, indent)

    def _broken(self, term: Term, indent: int) -> str:
        """Write a term over several lines when it has brackets."""
        if term not in self.blocks.nested or term not in self.blocks.facts:
            return self._flat(term)
        inner = " " * (indent + 4)
        if term in self.blocks.lists:
            items = "\n".join(f"{inner}{self._fitting(item, indent + 4)}" for item in self._items(term))
            return f"(\n{items}\n{' ' * indent})"
        lines = " ;\n".join(f"{inner}{line}" for line in self._lines(term, indent + 4))
        return f"[\n{lines}\n{' ' * indent}]"

    def _items(self, cell: Term) -> list[Term]:
        items: list[Term] = []
        while isinstance(cell, ox.BlankNode):
            facts = self.blocks.facts[cell]
            items.append(facts[FIRST][0])
            cell = facts[REST][0]
        return items

    def _flat(self, term: Term) -> str:
        """Write a term in one line."""
        if isinstance(term, ox.NamedNode):
            return "()" if term == NIL else self._name(term.value)
        if isinstance(term, ox.Literal):
            return self._literal(term)
        if isinstance(term, ox.Triple):
            verb = self._name(term.predicate.value)
            return f"<<( {self._flat(term.subject)} {verb} {self._flat(term.object)} )>>"
        if term not in self.blocks.nested:
            return self._labels.setdefault(term, f"_:b{len(self._labels) + 1}")
        if term in self.blocks.lists:
            return f"( {' '.join(map(self._flat, self._items(term)))} )"
        facts = (f"{verb} {', '.join(map(self._flat, values))}" for verb, values in self._facts(term))
        return f"[ {' ; '.join(facts)} ]" if term in self.blocks.facts else "[]"

    def _literal(self, literal: ox.Literal) -> str:
        datatype = literal.datatype.value
        bare = _BARE.get(datatype)
        if bare and bare.match(literal.value):
            return literal.value
        if "\n" in literal.value:
            quoted = '"""' + _ESCAPED_LONG.sub(_escape, literal.value) + '"""'
        else:
            quoted = str(ox.Literal(literal.value))
        if literal.language:
            return f"{quoted}@{literal.language}" + (f"--{literal.direction}" if literal.direction else "")
        return quoted if datatype == f"{XSD}string" else f"{quoted}^^{self._name(datatype)}"

    def _name(self, iri: str) -> str:
        name = self._names.get(iri)
        if name is None:
            short = self.prefixes.compact(iri)
            if short is not None:
                self.used.add(short.partition(":")[0])
            name = self._names[iri] = short or f"<{iri}>"
        return name


def _escape(match: re.Match[str]) -> str:
    return str(ox.Literal(match[0]))[1:-1]
