"""Records with their names, evidence and sources: what pages and assistants show.

Imports `sparql` and `queries`; imports neither HTTP nor markup.
"""
