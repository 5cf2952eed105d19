"""A graph -> what is published of it: dumps, VoID, DCAT, checksums, and what changed between two releases."""

from cartkg.release.description import File, dcat_description, describe, void_description
from cartkg.release.publishing import Published, publish

__all__ = ["File", "Published", "dcat_description", "describe", "publish", "void_description"]
