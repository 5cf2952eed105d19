"""What the web app needs to know; made by `cartkg serve` or a test, never read from the environment."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cartkg import __version__
from cartkg.sparql.pool.jobs import Limits

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from cartkg.manifest import Manifest
    from cartkg.project import Project
    from cartkg.search.index import Index


@dataclass(frozen=True, slots=True)
class ServedRelease:
    """What is served.

    Attributes:
        data_version: date of the data release.
        code_version: version of cartkg.
        digest: SHA-256 of the quads served, for ETags; empty when unknown (no caching then).
        quads: number of quads.
        graphs: name of each graph -> its number of triples.
    """

    data_version: str
    code_version: str = __version__
    digest: str = ""
    quads: int = 0
    graphs: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, made: Manifest) -> ServedRelease:
        """Take what a build states about itself."""
        return cls(made.data_version, made.code_version, made.sha256, made.quads, dict(made.graphs))


@dataclass(frozen=True, slots=True)
class AppSettings:
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
        forwarded_prefix: whether the proxy names the prefix of the site in `X-Forwarded-Prefix`, in every request.
        index: the names of things in the release; replaced at a reload; None where there is none.
        issues: address at which issues are filed, without "/new"; empty where there is none.
        earlier: date of an earlier release -> address of the site that serves it, ending with "/".
    """

    release: ServedRelease
    project: Project | None = None
    build: Path | None = None
    base_url: str = ""
    limits: Limits = field(default_factory=Limits)
    services: frozenset[str] = frozenset()
    editor: bool = True
    docs: Path | None = None
    forwarded_prefix: bool = False
    index: Index | None = None
    issues: str = ""
    earlier: Mapping[str, str] = field(default_factory=dict)
