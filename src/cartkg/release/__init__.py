"""What is published of a graph: dumps, VoID, DCAT, checksums, and changes between two releases."""

from cartkg.release.description import File, dcat_description, describe, void_description
from cartkg.release.publishing import Published, publish

__all__ = ["File", "Published", "dcat_description", "describe", "publish", "void_description"]
