"""`manifest.json`: what a build or a release states about itself, to whoever serves it; written and read here alone."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from cartkg.errors import ConfigError, UnusableFile
from cartkg.files import read_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_ORDER = ("data_version", "code_version", "sha256", "sources", "contents", "search", "quads", "graphs", "files")
#: What a build and a release do not both hold.
_OPTIONAL = ("sources", "contents", "search", "files")


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a build or a release states about itself.

    Attributes:
        data_version: date of the data release.
        code_version: version of cartkg that wrote it.
        sha256: SHA-256 of the dump.
        quads: number of quads.
        graphs: name of each graph -> its number of triples.
        sources: SHA-256 over all that a build reads; empty for a release.
        files: what a release contains, a mapping for each file; empty for a build.
        contents: SHA-256 over the files of a build, its sources and our code; empty for a release.
        search: SHA-256 of the index of names, unpacked; empty for a release, and where SQLite has no FTS5.
    """

    data_version: str
    code_version: str
    sha256: str
    quads: int
    graphs: Mapping[str, int] = field(default_factory=dict)
    sources: str = ""
    files: Sequence[Mapping[str, Any]] = ()
    contents: str = ""
    search: str = ""


def write(manifest: Manifest) -> bytes:
    """Return the bytes of a manifest; equal manifests give equal bytes."""
    held = asdict(manifest)
    kept = {name: held[name] for name in _ORDER if held[name] or name not in _OPTIONAL}
    return (json.dumps(kept, indent=2) + "\n").encode()


def read(path: Path) -> Manifest:
    """Read the manifest of a build or a release.

    Raises:
        ConfigError: it is missing or no such manifest.
    """
    try:
        found = json.loads(read_text(path))
        return Manifest(
            data_version=str(found["data_version"]),
            code_version=str(found["code_version"]),
            sha256=str(found["sha256"]),
            quads=int(found["quads"]),
            graphs={str(name): int(size) for name, size in found.get("graphs", {}).items()},
            sources=str(found.get("sources", "")),
            files=tuple(found.get("files", ())),
            contents=str(found.get("contents", "")),
            search=str(found.get("search", "")),
        )
    except UnusableFile as error:
        raise ConfigError(f"{error.message}; run cartkg build", str(path)) from error
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ConfigError("is not a manifest of a build; run cartkg build again", str(path)) from error
