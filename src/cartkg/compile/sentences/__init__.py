"""Rows of a dossier in, the sentences that the graph states for them out, for a curator and a second reader.

Imports `sections`, `values` and `context`.
"""
