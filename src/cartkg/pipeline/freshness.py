"""A project and a build -> whether the build is of the files as they are now; light, since every start asks."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from cartkg import __version__
from cartkg.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cartkg.project import Project

DUMP = "cartkg.nq"
MANIFEST = "manifest.json"
#: What is said of the ontology; `cartkg.vocabulary.documentation` makes both.
PAGE = "ontology.html"
PICTURE = "model.svg"


def sources(project: Project) -> list[Path]:
    """Give the Turtle files of a build: ontology, then data.

    Raises:
        ConfigError: there is no data.
    """
    data = project.data_files()
    if not data:
        raise ConfigError("holds no Turtle file; add a study with `cartkg add`", setting=str(project.data))
    return [*project.ontology_files(), *data]


def _all_sources(project: Project) -> Iterator[Path]:
    yield from sources(project)
    yield from project.shape_files()
    for folder, pattern in ((project.ontology, "mappings/*.sssom.tsv"), (project.ontology, "rules/*.rq")):
        yield from sorted(folder.glob(pattern))
    yield from sorted(project.queries.rglob("*.rq"))


def sources_digest(project: Project) -> str:
    """Give the SHA-256 over names and contents of all files that a build reads, and the code's version."""
    digest = hashlib.sha256(__version__.encode())
    for path in _all_sources(project):
        digest.update(f"\n{path.relative_to(project.root)}\n".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def is_fresh(project: Project, folder: Path) -> bool:
    """Say whether a folder holds a build of the project's files as they are now."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
    except (OSError, ValueError):
        return False
    made_of, made = sources_digest(project), _sha256(folder / DUMP)
    whole = all((folder / name).is_file() for name in (PAGE, PICTURE))
    return bool(whole and manifest.get("sources") == made_of and manifest.get("sha256") == made)


def _sha256(file: Path) -> str | None:
    """Give a file's SHA-256; an interrupted build may have left a dump that its manifest does not describe."""
    try:
        return hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError:
        return None
