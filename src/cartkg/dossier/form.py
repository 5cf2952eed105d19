"""Find form errors of a dossier, each with its line and what to write instead."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

from cartkg.diagnostics import Diagnostic
from cartkg.dossier.node import Node
from cartkg.nearest import question, suggest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from jsonschema import ValidationError
    from jsonschema.protocols import Validator

_TYPES = {
    "string": "a text",
    "number": "a number",
    "integer": "a whole number",
    "object": "a group of fields",
    "array": "a list",
    "boolean": "true or false",
}
_SHOWN = 60


def faults(root: Node, path: Path, validator: Validator) -> list[Diagnostic]:
    """Return every form error, in the order of the file.

    Args:
        root: the content of the file.
        path: the file, named in diagnostics.
        validator: the JSON Schema to validate it with.
    """
    schema: Any = validator.schema
    found = [
        Diagnostic(path, place.line, place.column, f"dossier-{rule}", message)
        for error in validator.iter_errors(cast("Any", root.value))
        for where, rule, message in _explained(error, schema)
        for place in (Node(where, None, root.places).place,)
    ]
    return sorted(set(found), key=lambda fault: fault.sort_key)


def path_of(parts: Iterable[str | int]) -> str:
    """Write the steps to a value as messages name it: `results[0].count`."""
    path = ""
    for part in parts:
        path += f"[{part}]" if isinstance(part, int) else (f".{part}" if path else part)
    return path


def _explained(error: ValidationError, schema: Any) -> Iterator[tuple[str, str, str]]:
    """Yield place, rule and message of each thing that one error names."""
    where = path_of(error.absolute_path)
    if error.validator == "anyOf":
        branch = _meant(error, schema)
        if branch and branch[0].validator != "enum":
            for inner in branch:
                yield from _explained(inner, schema)
            return
    if error.validator == "additionalProperties":
        yield from _unknown_fields(error, where)
    elif error.validator == "required":
        asked: Any = error.validator_value
        for name in asked:
            if name not in cast("Any", error.instance):
                yield where, "missing-field", _missing(where, name, error, schema)
    else:
        yield where, _rule(error), _wrong(error, where, schema)


def _rule(error: ValidationError) -> str:
    names = {"enum": "unknown-word", "type": "wrong-type", "pattern": "wrong-form", "anyOf": "wrong-type"}
    return names.get(str(error.validator), "wrong-form")


def _unknown_fields(error: ValidationError, where: str) -> Iterator[tuple[str, str, str]]:
    known = list(error.schema.get("properties", ())) if isinstance(error.schema, dict) else []
    given: Any = error.instance
    for name in given:
        if name not in known:
            if given[name] is None:
                message = f"a comma cut this text off ({name}); put the whole text in quotes"
                yield (f"{where}.{name}" if where else name), "text-cut", message
                continue
            hint = question(suggest(name, known)) or f"; the fields here are {', '.join(known)}"
            yield (f"{where}.{name}" if where else name), "unknown-field", f"unknown field `{name}`{hint}"


def _missing(where: str, name: str, error: ValidationError, schema: Any) -> str:
    field = _resolved(error.schema["properties"][name], schema) if isinstance(error.schema, dict) else {}
    described = field.get("description", "")
    return f"`{where or 'the dossier'}` needs the field `{name}`{f' ({described})' if described else ''}"


def _meant(error: ValidationError, schema: Any) -> list[ValidationError]:
    """Return the faults of the one alternative that has the type of the value, so that they can be named exactly."""
    asked: Any = error.validator_value
    fitting: dict[Any, list[ValidationError]] = {}
    for inner in error.context or []:
        fitting.setdefault(inner.schema_path[0], []).append(inner)
    typed = [faults for index, faults in fitting.items() if _fits(error.instance, _resolved(asked[index], schema))]
    return typed[0] if len(typed) == 1 else []


def _fits(value: object, schema: Any) -> bool:
    kind = str(schema.get("type", "string" if "enum" in schema else ""))
    if isinstance(value, bool):
        return kind == "boolean"
    if isinstance(value, dict):
        return kind == "object"
    if isinstance(value, list):
        return kind == "array"
    if isinstance(value, str):
        return kind == "string"
    return kind in ("integer", "number")


def _wrong(error: ValidationError, where: str, schema: Any) -> str:
    shown = json.dumps(error.instance, ensure_ascii=False, default=str)[:_SHOWN]
    asked: Any = error.validator_value
    if error.instance is None:
        return f"`{where}` is empty; fill it in or leave the field out"
    if error.validator == "type":
        quotes = "; put it in quotes" if asked == "string" and not isinstance(error.instance, (dict, list)) else ""
        return f"`{where}` must be {_TYPES.get(str(asked), asked)}, not {shown}{quotes}"
    if error.validator == "enum":
        near = question(suggest(str(error.instance), [str(each) for each in asked]))
        return f"`{where}` cannot be {shown}{near or '; use one of: ' + ', '.join(map(str, asked))}"
    if error.validator == "pattern":
        described = error.schema.get("description") if isinstance(error.schema, dict) else None
        return f"`{where}` has the wrong form: {shown}" + (f"; write {described}" if described else "")
    if error.validator == "anyOf":
        return f"`{where}` cannot be {shown}; write {' or '.join(_shape(each, schema) for each in asked)}"
    counts = {"minItems": "at least", "maxItems": "at most"}
    if error.validator in counts:
        return f"`{where}` needs {counts[str(error.validator)]} {asked} {'entry' if asked == 1 else 'entries'}"
    if error.validator == "const":
        return f"`{where}` must be {asked}, not {shown}"
    return f"`{where}`: {error.message}"


def _shape(field: Any, schema: Any) -> str:
    field = _resolved(field, schema)
    if "enum" in field:
        return "one of " + ", ".join(map(str, field["enum"]))
    kind = _TYPES.get(str(field.get("type")), "a value")
    names = ", ".join(field.get("properties", ()))
    return f"{kind} ({names})" if names else kind


def _resolved(field: Any, schema: Any) -> Any:
    name = str(field.get("$ref", "")).rpartition("/")[2]
    return {**schema.get("$defs", {}).get(name, {}), **field} if name else field
