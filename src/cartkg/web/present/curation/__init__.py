"""The form of a dossier: a dossier in, fields with values, problems and sentences out.

Imports `cartkg.compile`, `cartkg.dossier` and `cartkg.pipeline`.
"""
