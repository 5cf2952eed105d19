"""Write subjects as a Turtle file in house style: blocks in the order a paper is read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyoxigraph import NamedNode

from cartkg.compile.statements import RDF_TYPE, Term
from cartkg.namespaces import BASE, XSD
from cartkg.turtle.style import format_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cartkg.compile.statements import Subject
    from cartkg.namespaces import Prefixes

_HEADINGS = (
    ("Study", ("study",)),
    ("Publication", ("publication",)),
    ("Sources", ("source",)),
    ("Cohorts", ("cohort",)),
    ("Treatment", ("arm", "therapy", "regimen", "administration")),
    (
        "Measures and their definitions",
        (
            "criterion",
            "definition",
            "range",
            "threshold",
            "component",
            "band",
            "override",
            "difference",
            "scoring",
            "look-back",
            "validation",
        ),
    ),
    ("Findings", ("finding",)),
    ("Claims", ("claim",)),
    ("Remarks", ("remark",)),
    ("Conflicts", ("conflict",)),
    ("Overlaps", ("overlap",)),
    ("Absences", ("absence",)),
)
_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"})


def write_text(subjects: Iterable[Subject], prefixes: Prefixes, stem: str) -> str:
    """Write one file: prefixes used, then one block a subject, in the order a paper is read.

    Args:
        subjects: the subjects of this file, in any order.
        prefixes: the project's prefixes.
        stem: the file's stem, for the shared files whose subjects need no headings.
    """
    blocks: dict[str, list[tuple[str, str]]] = {}
    used: set[str] = set()
    for subject in (each for each in subjects if each.values):
        blocks.setdefault(_heading(subject.iri), []).append((_order(subject.iri), _block(subject, prefixes, used)))
    titles = [title for title, _ in _HEADINGS] + [stem]
    parts: list[str] = []
    for title in titles:
        found = sorted(blocks.get(title if title != stem else "", ()))
        if found and len(blocks) > 1:
            found[0] = (found[0][0], f"# --- {title} ---\n{found[0][1]}")
        parts += [text for _, text in found]
    head = "".join(f"@prefix {name}: <{prefixes.namespaces[name]}> .\n" for name in sorted(used))
    return format_text("\n".join((head, "\n".join(parts))), prefixes)


def _heading(iri: str) -> str:
    kind = iri.removeprefix(BASE).partition("/")[0] if iri.startswith(BASE) else ""
    return next((title for title, kinds in _HEADINGS if kind in kinds), "")


def _order(iri: str) -> str:
    kind = iri.removeprefix(BASE).partition("/")[0]
    kinds = [name for _, names in _HEADINGS for name in names]
    return f"{kinds.index(kind) if kind in kinds else 99:02d} {iri}"


def _block(subject: Subject, prefixes: Prefixes, used: set[str]) -> str:
    lines: list[str] = []
    for predicate in sorted(name for name, values in subject.values.items() if values):
        name = "a" if predicate == RDF_TYPE else _name(predicate, prefixes, used)
        objects = sorted(_object(value, prefixes, used) for value in subject.values[predicate])
        joined = ", ".join(objects) if predicate == RDF_TYPE else ",\n        ".join(objects)
        lines.append(f"    {name} {joined}")
    return f"{_name(subject.iri, prefixes, used)}\n" + " ;\n".join(lines) + " .\n"


def _name(iri: str, prefixes: Prefixes, used: set[str]) -> str:
    short = prefixes.compact(iri)
    if short is None:
        return f"<{iri}>"
    used.add(short.partition(":")[0])
    return short


def _object(value: Term, prefixes: Prefixes, used: set[str]) -> str:
    if isinstance(value, NamedNode):
        return _name(value.value, prefixes, used)
    datatype = value.datatype.value
    if value.language:
        return f'"{value.value.translate(_ESCAPES)}"@{value.language}'
    if datatype in (f"{XSD}decimal", f"{XSD}integer", f"{XSD}boolean"):
        return value.value
    text = f'"{value.value.translate(_ESCAPES)}"'
    return text if datatype == f"{XSD}string" else f"{text}^^{_name(datatype, prefixes, used)}"
