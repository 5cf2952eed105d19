"""What the web app needs to know; made by `cartkg serve` or a test, never read from the environment."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cartkg import __version__
from cartkg.errors import ConfigError, UnusableFile
from cartkg.files import read_text
from cartkg.namespaces import DERIVED_GRAPHS
from cartkg.sparql.pool.jobs import Limits

if TYPE_CHECKING:
    from pathlib import Path

    from cartkg.project import Project


@dataclass(frozen=True, slots=True)
class Release:
    """What is served.

    Attributes:
        data_version: date of the data release.
        code_version: version of cartkg.
        digest: SHA-256 of the quads served, for ETags; empty when unknown (no caching then).
        quads: number of quads.
        graphs: name of each graph -> its number of triples.
        left_out: graphs that the default graph does not hold.
    """

    data_version: str
    code_version: str = __version__
    digest: str = ""
    quads: int = 0
    graphs: dict[str, int] = field(default_factory=dict)
    left_out: tuple[str, ...] = DERIVED_GRAPHS

    @classmethod
    def from_manifest(cls, path: Path) -> Release:
        """Read the manifest.json that `cartkg build` writes.

        Raises:
            ConfigError: it is missing or no such manifest.
        """
        try:
            found: dict[str, Any] = json.loads(read_text(path))
            return cls(
                data_version=str(found["data_version"]),
                code_version=str(found["code_version"]),
                digest=str(found["sha256"]),
                quads=int(found["quads"]),
                graphs={str(name): int(size) for name, size in found.get("graphs", {}).items()},
            )
        except UnusableFile as error:
            raise ConfigError(f"{error.message}; run cartkg build", str(path)) from error
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ConfigError("is not a manifest of a build; run cartkg build again", str(path)) from error


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one app.

    Attributes:
        release: what is served; replaced as a whole at a reload.
        project: folders for pages that show questions, rules and the ontology; None when only an endpoint is served.
        build: folder with the dumps (`cartkg.nq`, VoID ...), served under /release; None when there is none.
        base_url: address of the site as its users see it, ending with "/"; empty takes it from each request.
        limits: what one query may use.
        services: addresses of the services that a query may call.
        editor: whether pages for people are served beside the endpoint.
        docs: folder of the built documentation; None takes the one that the package carries, if any.
    """

    release: Release
    project: Project | None = None
    build: Path | None = None
    base_url: str = ""
    limits: Limits = field(default_factory=Limits)
    services: frozenset[str] = frozenset()
    editor: bool = True
    docs: Path | None = None
