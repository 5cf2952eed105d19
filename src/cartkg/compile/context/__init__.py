"""Dossiers of a project in, one dossier at work out: what it states so far, who claims it, what is wrong with it.

Imports nothing of the other rooms of `cartkg.compile`.
"""
