"""What is published of a graph: dumps, VoID, DCAT, checksums, and changes between two releases."""

from cartkg.release.description import File, dcat_description, describe, void_description
from cartkg.release.publishing import ReleaseContents, publish

__all__ = ["File", "ReleaseContents", "dcat_description", "describe", "publish", "void_description"]
