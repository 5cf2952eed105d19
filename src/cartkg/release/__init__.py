"""A graph -> what is published of it: dumps, VoID, DCAT, checksums, and what changed between two releases."""

from cartkg.release.description import File, dcat_description, describe, void_description

__all__ = ["File", "dcat_description", "describe", "void_description"]
