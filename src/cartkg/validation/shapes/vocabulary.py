"""Terms of the SHACL namespace: which are evaluated, which belong to extensions, what a misspelt one may mean.

Sources: SHACL (2017), SHACL Advanced Features 1.1, SHACL JavaScript Extensions, the drafts of SHACL 1.2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cartkg.namespaces import OWL, SH
from cartkg.nearest import suggest
from cartkg.validation.rdf.terms import Term, bare, iri

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cartkg.errors import ShapesError
    from cartkg.validation.rdf.facts import Facts
    from cartkg.validation.shapes.shapes_graph import Shapes

#: Predicates of SHACL that are not parameters of shapes; the code that reads them knows where they may stand.
_ELSEWHERE = frozenset(
    (
        *("alternativePath", "inversePath", "zeroOrMorePath", "oneOrMorePath", "zeroOrOnePath"),
        *("ask", "construct", "update", "prefix", "namespace", "parameter", "optional", "labelTemplate", "returnType"),
        *("validator", "nodeValidator", "propertyValidator", "conforms", "result", "detail", "focusNode", "resultPath"),
        *("value", "sourceShape", "sourceConstraint", "sourceConstraintComponent", "resultMessage", "resultSeverity"),
        *("shapesGraphWellFormed", "resultAnnotation", "annotationProperty", "annotationValue", "annotationVarName"),
    )
)
#: Terms of SHACL Advanced Features that change what is validated: pySHACL evaluates them.
ADVANCED = frozenset(("target", "rule", "expression", "values"))
#: What evaluates them.
ADVANCED_HINT = (
    "run cartkg check --engine mixed (pySHACL evaluates these shapes and cartkg the others) or --engine pyshacl"
)
#: Parts of what advanced features hold; the node that contains them is reported itself.
_ADVANCED_PARTS = frozenset(
    (
        *("condition", "subject", "predicate", "object", "nodes", "filterShape", "union", "intersection", "count"),
        *(
            "distinct",
            "exists",
            "groupConcat",
            "if",
            "then",
            "else",
            "limit",
            "max",
            "min",
            "offset",
            "orderBy",
            "desc",
        ),
        *("sum", "minus"),
    )
)
_SCRIPTS = frozenset(("js", "jsLibrary", "jsLibraryURL", "jsFunctionName"))
#: Terms of the drafts of SHACL 1.2.
_NEWER = frozenset(
    (
        *(
            "targetWhere",
            "someValue",
            "singleLine",
            "reifierShape",
            "reificationRequired",
            "uniqueMembers",
            "memberShape",
        ),
        *("minListLength", "maxListLength", "rootClass", "subsetOf", "uniqueValuesForClass", "nodeByExpression"),
        *("codeIdentifier", "agentInstruction", "intent", "targetExpr", "uniqueMember", "reifiableShape"),
    )
)
#: What people write instead of a term that looks otherwise.
_MEANT = {
    "shape": "node",
    "valueShape": "node",
    "scope": "targetNode",
    "scopeClass": "targetClass",
    "scopeNode": "targetNode",
    "predicate": "path",
    "constraint": "property",
    "allowedValues": "in",
    "label": "name",
    "comment": "description",
    "type": "class",
    "regex": "pattern",
}


def unknown_term(name: str, known: Iterable[str]) -> str:
    """Return why a SHACL term is not evaluated, and what to do."""
    if name in ADVANCED:
        return f"sh:{name} belongs to SHACL Advanced Features; {ADVANCED_HINT}"
    if name in _SCRIPTS:
        return f"sh:{name} belongs to the SHACL JavaScript Extensions, which neither engine evaluates; remove it"
    if name in _NEWER:
        return f"sh:{name} belongs to the drafts of SHACL 1.2 and is not evaluated; remove it, or use other terms"
    terms = set(known)
    folded = {each.casefold(): each for each in sorted(terms)}
    near = [_MEANT[name]] if name in _MEANT else suggest(name, terms, 1)
    meant = folded.get(name.casefold()) or (near[0] if near else "")
    hint = f"did you mean sh:{meant}?" if meant else "correct or remove it"
    return f"sh:{name} is not a SHACL Core or SHACL-SPARQL parameter; {hint}"


def problems(shapes: Shapes, known: Iterable[str], *, advanced: bool) -> Iterator[ShapesError]:
    """Return requirements of the shapes graph that are not evaluated, wherever they are.

    Args:
        shapes: the shapes graph.
        known: the parameters of shapes that are evaluated.
        advanced: whether SHACL Advanced Features are evaluated.
    """
    terms = frozenset(known)
    passed = terms | _ELSEWHERE | _ADVANCED_PARTS | (ADVANCED if advanced else frozenset())
    nodes = shapes.all_shapes()
    for predicate, column in sorted(shapes.facts.columns.items()):
        name = bare(predicate).removeprefix(SH)
        if name == bare(predicate) or name in passed:
            continue
        for node in column:
            if node not in nodes or advanced:
                yield shapes.error(node, unknown_term(name, terms), name)
    for node, regimes in shapes.facts.column(iri(f"{SH}entailment")).items():
        for regime in regimes:
            yield shapes.error(node, f"asks for the entailment regime {regime}, which is not supported", "entailment")
    yield from _unread(shapes)


def _unread(shapes: Shapes) -> Iterator[ShapesError]:
    """Return the imports of shapes that were not read: what they hold is missing."""
    for node, each in unread_imports(shapes.facts):
        message = f"imports {each}, which was not read, since nothing is fetched; pass its file with --shapes"
        yield shapes.error(node, message, f"{OWL}imports")


def unread_imports(facts: Facts, *others: Facts) -> Iterator[tuple[Term, Term]]:
    """Return the imports for which no file was read.

    Args:
        facts: the files whose imports are wanted.
        others: further files that were read.
    """
    read: set[Term] = set()
    for each in (facts, *others):
        read |= {iri(file.absolute().as_uri()) for file in each.files} | each.homes.keys()
        read |= {version for versions in each.column(iri(f"{OWL}versionIRI")).values() for version in versions}
    for node, imported in facts.column(iri(f"{OWL}imports")).items():
        for each_import in imported:
            if not _is_read(each_import, read):
                yield node, each_import


def _is_read(imported: Term, read: set[Term]) -> bool:
    name = bare(imported).rstrip("#/")
    return any(iri(f"{name}{end}") in read for end in ("", "#", "/")) or name == SH.rstrip("#")
