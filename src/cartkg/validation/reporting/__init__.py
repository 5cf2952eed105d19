"""Violations in, diagnostics out: the message, the place in a file, the likely meaning of a misspelling, the fix.

Imports `shapes`, `constraints` and `rdf`; knows no engine.
"""
