"""A breach of the dossier's JSON Schema in; what shape is asked for, with an example in the dossier's form, out."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, TypeAlias

from cartkg.curation.node import Node
from cartkg.curation.spelling import ask, nearest
from cartkg.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from jsonschema import ValidationError

#: A part of a JSON Schema, as its parser gives it.
Schema: TypeAlias = "Mapping[str, Any]"

_KINDS = {
    "string": "a text",
    "number": "a number",
    "integer": "a whole number",
    "object": "a group of fields",
    "array": "a list",
    "boolean": "true or false",
}
#: Texts that YAML takes for nothing but a text, without quotes.
_PLAIN = re.compile(r"^(?!(?:true|false|yes|no|on|off|null|none)$)[A-Za-z][\w /%.+-]*$", re.IGNORECASE)
_SHOWN = 60
#: A number and a unit in one text.
_LENGTH = re.compile(r"^(\d+) ([a-z]+)$")
#: The field for the number of people from whom a cohort was chosen, which reads like the name of its whole.
_OF = re.compile(r"^cohorts\[\d+\]\.of$")
#: How alike names of fields are that may have been meant for each other.
_ALIKE = 0.6


def breaches(error: ValidationError, root: Node, path: Path, schema: Schema) -> Iterator[Finding]:
    """Give a finding for each thing that one error of the validator names.

    Args:
        error: what the validator found.
        root: the dossier with places.
        path: the dossier's file.
        schema: the whole schema, for the examples of fields that it describes elsewhere.
    """
    inner = _meant(error)
    if inner:
        for each in inner:
            yield from breaches(each, root, path, schema)
        return
    where = path_of(error.absolute_path)
    meaning = _meaning(where, error.instance, root) if error.validator == "type" else None
    for at, message in [(where, meaning)] if meaning else _messages(error, where, schema):
        place = Node(at, None, root.places).place
        yield Finding(place.file or path, place.line, place.column, f"dossier-{error.validator}", message)


def _meaning(where: str, given: object, root: Node) -> str | None:
    """Say of `of` what it is, in place of a number that makes a finding on people whom no source names."""
    if not _OF.match(where):
        return None
    cohorts = {str(row.child("id").value) for row in root.children("cohorts")}
    whole = f"`{given}` is a cohort of this dossier, and `of` names none; " if str(given) in cohorts else ""
    shown = json.dumps(given, ensure_ascii=False)[:_SHOWN]
    return (
        f"`{where}` must be a whole number, not {shown}; {whole}a cohort is part of `all` by itself: leave `of` out, "
        "unless the source tells from how many people these were chosen"
    )


def path_of(parts: Iterable[str | int]) -> str:
    """Write the steps to a value as dossier rows are named: `outcomes[0].n_achieved`."""
    out = ""
    for part in parts:
        out += f"[{part}]" if isinstance(part, int) else (f".{part}" if out else part)
    return out


def _meant(error: ValidationError) -> list[ValidationError]:
    """Give, of several forms that a value may have, the faults of the only one that it can be meant as."""
    if error.validator != "anyOf":
        return []
    by_form: dict[object, list[ValidationError]] = {}
    for inner in error.context or []:
        by_form.setdefault(inner.schema_path[0], []).append(inner)
    fitting = [each for each in by_form.values() if not any(e.validator == "type" and not e.path for e in each)]
    return fitting[0] if len(fitting) == 1 and len(by_form) > 1 else []


def _messages(error: ValidationError, where: str, schema: Schema) -> Iterator[tuple[str, str]]:
    """Give place and words of all that is wrong; an error on several fields names each at its own place."""
    asked: Any = error.validator_value
    given: Any = error.instance
    if error.validator == "additionalProperties":
        known = error.schema.get("properties", {}) if isinstance(error.schema, dict) else {}
        for name in (name for name in given if name not in known):
            yield f"{where}.{name}" if where else name, _unknown(name, known, where)
    elif error.validator == "required":
        for name in (name for name in asked if name not in given and f"'{name}'" in error.message):
            yield where, _lacking(where, name, error, schema)
    else:
        yield where, _wrong(error, where, schema)


def _unknown(name: str, known: Mapping[str, object], where: str) -> str:
    begun = [each for each in known if each.startswith(f"{name.lower()}_")]
    near = ask(nearest(name, known, _ALIKE) or begun)
    group = f"`{where}`" if where else "a dossier"
    asked = near or f"the fields of {group} are: {', '.join(known)}."
    return f"unknown field `{name}`; {asked} Else move its text to `notes`"


def _lacking(where: str, name: str, error: ValidationError, schema: Schema) -> str:
    field = _field(error.schema, name, schema)
    told = f", {field['description']}" if "description" in field else ""
    return f"`{where or 'the dossier'}` lacks `{name}`{told}; add it, for example `{_example(name, field, schema)}`"


def _wrong(error: ValidationError, where: str, schema: Schema) -> str:
    last = re.sub(r"\[\d+\]$", "", where).rpartition(".")[2]
    field = _filled(error.schema if isinstance(error.schema, dict) else {}, error.instance, schema)
    shown = json.dumps(error.instance, ensure_ascii=False)[:_SHOWN]
    asked: Any = error.validator_value
    example = f"; for example `{_example(last, field, schema, item=where.endswith(']'))}`"
    if error.instance is None:
        return f"`{where}` is empty; fill it in with {shape(field, schema)}, or leave the field out{example}"
    if error.validator == "type":
        quoted = "; put it in quotes" if asked == "string" and isinstance(error.instance, (int, float)) else ""
        return f"`{where}` must be {shape(field)}, not {shown}{quoted}{example}"
    if error.validator == "enum":
        near = ask(nearest(str(error.instance), [str(each) for each in asked]))
        return f"`{where}` must be one of: {', '.join(map(str, asked))}; not {shown}{'; ' + near if near else ''}"
    if error.validator == "anyOf":
        choices = [each["required"] for each in asked if set(each) == {"required"}]
        if choices:
            names = " or ".join(f"`{name}`" for each in choices for name in each)
            shown = f"; for example `{_example(choices[-1][0], _field(field, choices[-1][0], schema), schema)}`"
            return f"`{where or 'the dossier'}` needs {names}; add one of them{example if where else shown}"
        return f"`{where}` must be {shape(field, schema)}, not {shown}{example}"
    told = {
        "pattern": f"`{where}` does not look right: {shown}",
        "minimum": f"`{where}` must be at least {asked}, not {shown}",
        "minLength": f"`{where}` is empty; fill it in, or leave the field out",
        "maxLength": f"`{where}` is longer than {asked} characters; shorten it",
        "minItems": f"`{where}` is an empty list; give at least {asked}",
    }
    return told.get(str(error.validator), f"`{where}`: {error.message}") + example


def _filled(field: Schema, given: object, schema: Schema) -> Schema:
    """Let the example of a group of fields, or of a list of them, hold what was given instead of it."""
    known = field.get("properties", {})
    if field.get("type") == "array" and isinstance(given, str):
        row = _filled(_resolved(field.get("items", {}), schema), given, schema)
        return {**field, "examples": [[row["examples"][0] if "text" in row.get("properties", {}) else given]]}
    length = _LENGTH.match(given) if isinstance(given, str) else None
    source = {"source": "s1"} if "source" in field.get("required", ()) else {}
    number = isinstance(given, (int, float)) and not isinstance(given, bool)
    if {"value", "unit"} <= set(known) and (length or number):
        unit = field.get("examples", [{}])[0].get("unit", "months")
        size = {"value": int(length[1]), "unit": length[2]} if length else {"value": given, "unit": unit}
        return {**field, "examples": [{**size, **source}]}
    return {**field, "examples": [{"text": given, **source}]} if isinstance(given, str) and "text" in known else field


def shape(field: Schema, schema: Schema | None = None) -> str:
    """Say in words what a field of the schema has to be.

    Example:
        >>> shape({"type": "object", "properties": {"value": {}, "unit": {}}})
        'a group of fields (value, unit)'
    """
    field = _resolved(field, schema or {})
    if "anyOf" in field and "type" not in field:
        return " or ".join(dict.fromkeys(shape(each, schema) for each in field["anyOf"]))
    kinds = field.get("type", "string")
    told = " or ".join(_KINDS.get(kind, kind) for kind in ([kinds] if isinstance(kinds, str) else kinds))
    names = ", ".join(field.get("properties", ()))
    return f"{told} ({names})" if kinds == "object" and names else told


def _resolved(field: Schema, schema: Schema) -> Schema:
    """Give what a field refers to, with its own words before those of what it refers to."""
    name = str(field.get("$ref", "")).rpartition("/")[2]
    return {**schema.get("$defs", {}).get(name, {}), **field} if name else field


def _field(parent: object, name: str, schema: Schema) -> Schema:
    known = parent.get("properties", {}) if isinstance(parent, dict) else {}
    return _resolved(known.get(name, {}), schema)


def _example(name: str, field: Schema, schema: Schema, *, item: bool = False) -> str:
    """Give a line of a dossier that shows a field well filled in."""
    field = _resolved(field, schema)
    if "examples" not in field:
        field = next((_resolved(each, schema) for each in field.get("anyOf", ())), field)
    defaults = {"string": "in words", "integer": 8, "number": 8.5, "boolean": True, "array": ["in words"]}
    value = field["examples"][0] if "examples" in field else defaults.get(str(field.get("type")), "in words")
    return f"- {flow(value)}" if item else f"{name}: {flow(value)}"


def flow(value: object) -> str:
    """Write a value as people write it in a dossier, in one line.

    Example:
        >>> flow({"value": 6, "unit": "months", "text": "a: b"})
        "{value: 6, unit: months, text: 'a: b'}"
    """
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {flow(each)}" for name, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(flow, value)) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value if _PLAIN.match(value) else "'" + value.replace("'", "''") + "'"
    return str(value)
