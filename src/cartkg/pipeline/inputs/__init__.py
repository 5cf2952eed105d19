"""Options, settings and revisions in, the files of a check out, with what is compiled from dossiers.

Imports nothing of the other rooms of `cartkg.pipeline`.
"""
