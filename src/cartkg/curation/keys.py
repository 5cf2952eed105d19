"""The key of a dossier, checked before it becomes a path or part of an IRI."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cartkg.curation.node import Plain

#: Most characters of a key: a file is named for it.
LONGEST = 100
#: As in the dossier's JSON Schema.
_FORM = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*\Z")


def is_key(value: Plain) -> bool:
    """Return whether a value may name a dossier: small letters, digits and single hyphens, at most 100 characters.

    Example:
        >>> is_key("smith-2026-lancet"), is_key("../smith")
        (True, False)
    """
    return isinstance(value, str) and len(value) <= LONGEST and _FORM.match(value) is not None
