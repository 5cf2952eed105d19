"""The schema of record: what a dossier may say, and which term of the ontology each word stands for.

`dossier.linkml.yaml` is the source; `dossier.schema.json` is generated from it (`make schema`) and validates dossiers.
"""

from __future__ import annotations

import json
from functools import cache
from importlib import resources
from typing import Any, cast

import yaml
from jsonschema import Draft201909Validator

from cartkg.namespaces import TERM

SCHEMA_FILE = "dossier.schema.json"
SOURCE_FILE = "dossier.linkml.yaml"


def resource(name: str) -> str:
    """Return the text of a file that travels with this package."""
    return resources.files("cartkg.dossier").joinpath(name).read_text("utf-8")


@cache
def validator(name: str = SCHEMA_FILE) -> Draft201909Validator:
    """Return the validator of a JSON Schema of this package."""
    return Draft201909Validator(json.loads(resource(name)))


@cache
def source(name: str = SOURCE_FILE) -> dict[str, Any]:
    """Return a LinkML schema of this package as plain values."""
    return cast("dict[str, Any]", yaml.load(resource(name), Loader=yaml.CSafeLoader))  # a safe loader


@cache
def meanings(enum: str, name: str = SOURCE_FILE) -> dict[str, str]:
    """Return the IRI that each word of a closed list stands for; words without one are left out.

    Args:
        enum: the name of the list in the schema, for instance `Result`.
        name: the file of the schema.
    """
    values = source(name)["enums"][enum]["permissible_values"]
    lead = "cartkg:"
    return {
        word: TERM + meaning.removeprefix(lead)
        for word, said in values.items()
        if (meaning := (said or {}).get("meaning", "")).startswith(lead)
    }
