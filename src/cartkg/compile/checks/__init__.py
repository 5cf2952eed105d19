"""A dossier at work in, problems with its rows out, whatever they compile to.

Imports `values` and `context`; knows no sections and no lists.
"""
