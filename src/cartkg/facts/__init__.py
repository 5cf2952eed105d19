"""Questions to an engine in, records with their words, evidence and sources out: what pages and assistants show.

Imports `sparql` and `queries`; knows no HTTP and no markup.
"""
