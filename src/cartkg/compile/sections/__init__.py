"""The sections of a dossier in, statements out: one module for each section, and nothing inferred from prose.

Imports `values` and `context`; knows no lists and no checks.
"""
