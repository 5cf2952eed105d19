"""The dump of a build in, the index of names that lies beside it out."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from cartkg import manifest
from cartkg.builds import held
from cartkg.errors import ConfigError
from cartkg.files import read_bytes
from cartkg.project import INDEX, MANIFEST
from cartkg.search.index import Index, digest, is_possible
from cartkg.unpacking import GZIP, unpack

if TYPE_CHECKING:
    from pathlib import Path

_LOG = logging.getLogger(__name__)
_LESS = "searches compare the words with each name in the graph: no identifiers, no ranks"


def beside(dump: Path) -> Index | None:
    """Return the index of the build that a dump belongs to; None, with a warning, where there can be none.

    Args:
        dump: the dump of a build of ours.

    Raises:
        ConfigError: the index is not that of the build, or cannot be read.
        UnusableFile: the file cannot be read.
    """
    if not is_possible():
        _LOG.warning("the SQLite of this Python was compiled without FTS5; %s", _LESS)
        return None
    made = manifest.read(dump.parent / MANIFEST)
    if not made.search:
        _LOG.warning("the build has no index of names, for SQLite had no FTS5 when it was made; %s", _LESS)
        return None
    path = held(dump.parent, INDEX)
    data = read_bytes(path)
    data = unpack(data, path) if path.suffix == GZIP else data
    if digest(data) != made.search:
        raise ConfigError("is not that of the build; run cartkg build", str(path))
    return Index(data)
