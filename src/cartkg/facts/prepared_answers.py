"""Answers to the questions that pages always ask, made by a build and read at start: they take a server seconds."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING

from cartkg.errors import ConfigError
from cartkg.facts.result_cache import Key
from cartkg.files import read_bytes
from cartkg.sparql.engines.engine import Answer
from cartkg.sparql.protocol.requests import Dataset
from cartkg.unpacking import unpack

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

#: The file in a release on disk.
PREPARED = "answers.json.gz"


def write(answers: Mapping[Key, Answer]) -> bytes:
    """Return the file of some answers, each to a query over all graphs or over what is stated."""
    held = [
        {
            "query": key.query, "stated": key.dataset.stated, "format": key.format, "rows": answer.rows,
            "body": answer.body.decode(),
        }
        for key, answer in answers.items()
        if key.dataset in (Dataset(), Dataset(stated=True))
    ]  # fmt: skip
    return gzip.compress(json.dumps(held).encode(), mtime=0)


def read(path: Path, edition: str) -> dict[Key, Answer]:
    """Read prepared answers.

    Args:
        path: the file.
        edition: digest of the quads that they are of.

    Raises:
        ConfigError: it is not such a file.
        UnusableFile: it cannot be read.
    """
    try:
        return {
            Key(edition, each["query"], Dataset(stated=each["stated"]), each["format"]): Answer(
                each["body"].encode(), int(each["rows"]), edition=edition
            )
            for each in json.loads(unpack(read_bytes(path), path))
        }
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ConfigError("is not a file of answers; write the store with cartkg build --store", str(path)) from error
