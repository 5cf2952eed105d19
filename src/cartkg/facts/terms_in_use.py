"""Name the classes and properties that a query can use, from the VoID description of the graph and its ontology.

A VoID description counts what each class and property has, and which properties the things of a class have; the
ontology adds labels, definitions, and the classes that only inferred facts use.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from cartkg.facts.records import PREFIXES
from cartkg.namespaces import OWL, TERM

if TYPE_CHECKING:
    from cartkg.facts.records import AnswerTerm, Records

_VOID = "PREFIX void: <http://rdfs.org/ns/void#>\n"
_NAMES = "OPTIONAL { ?term rdfs:label ?l } OPTIONAL { ?term skos:definition ?d }"
_CLASSES = (
    f"{_VOID}SELECT ?term ?uses (MIN(?l) AS ?label) (MIN(?d) AS ?meaning) WHERE {{ ?whole void:classPartition ?part . "
    f"?part void:class ?term ; void:entities ?uses {_NAMES} }} GROUP BY ?term ?uses"
)
#: Only the partitions of the whole graph count subjects.
_PROPERTIES = (
    f"{_VOID}SELECT ?term ?uses (MIN(?l) AS ?label) (MIN(?d) AS ?meaning) WHERE {{ ?whole void:propertyPartition ?part "
    f". ?part void:property ?term ; void:triples ?uses ; void:distinctSubjects ?subjects {_NAMES} }} "
    "GROUP BY ?term ?uses"
)
_DECLARED = (
    f"{_VOID}SELECT ?term ?uses (MIN(?l) AS ?label) (MIN(?d) AS ?meaning) WHERE {{ VALUES ?kind {{ %s }} ?term a ?kind "
    f'FILTER(STRSTARTS(STR(?term), "{TERM}")) BIND(0 AS ?uses) {_NAMES} }} GROUP BY ?term ?uses'
)
_USES = (
    f"{_VOID}SELECT DISTINCT ?class ?property WHERE {{ ?whole void:class ?class ; void:propertyPartition ?part . "
    "?part void:property ?property }"
)
_TARGETS = (
    f"{_VOID}SELECT DISTINCT ?class ?property WHERE {{ ?part void:property ?property ; void:classPartition ?target . "
    "?target void:class ?class }"
)
_KINDS = {
    "class": f"<{OWL}Class>",
    "property": f"<{OWL}ObjectProperty> <{OWL}DatatypeProperty> <{OWL}AnnotationProperty>",
}


@dataclass(frozen=True, slots=True)
class TermInUse:
    """A class or a property that a query can name.

    Attributes:
        iri: its IRI.
        kind: whether it is a class or a property.
        label: the name that people read; empty where nobody stated one.
        meaning: its definition, in one sentence; empty where there is none.
        uses: how many things a class has, or how many statements a property makes, without inferred facts.
        classes: of a property, IRIs of the classes whose things have it.
        targets: of a property, IRIs of the classes of its values.
    """

    iri: str
    kind: Literal["class", "property"]
    label: str
    meaning: str
    uses: int
    classes: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()


def terms_in_use(records: Records) -> tuple[TermInUse, ...]:
    """Return the classes and properties of a graph, the most used first.

    Raises:
        BackendError: the graph could not be asked.
    """
    classes, targets = _by_property(records, _USES), _by_property(records, _TARGETS)
    found: dict[str, TermInUse] = {}
    for kind, counted in (("class", _CLASSES), ("property", _PROPERTIES)):
        for query in (counted, _DECLARED % _KINDS[kind]):
            for term, uses, label, meaning in records.table(PREFIXES + query).rows:
                if term is None or not term.is_iri or term.value in found:
                    continue
                found[term.value] = TermInUse(
                    term.value,
                    "class" if kind == "class" else "property",
                    _text(label),
                    _text(meaning),
                    int(_text(uses) or 0),
                    classes.get(term.value, ()),
                    targets.get(term.value, ()),
                )
    return tuple(sorted(found.values(), key=lambda term: (-term.uses, term.iri)))


def _by_property(records: Records, query: str) -> dict[str, tuple[str, ...]]:
    gathered: dict[str, set[str]] = {}
    for kind, name in records.table(PREFIXES + query).rows:
        if kind and name and kind.is_iri:
            gathered.setdefault(name.value, set()).add(kind.value)
    return {name: tuple(sorted(kinds)) for name, kinds in gathered.items()}


def _text(cell: AnswerTerm | None) -> str:
    return cell.value if cell else ""
