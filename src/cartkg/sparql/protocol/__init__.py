"""A request in parts in, an operation and a format out: the SPARQL 1.1 Protocol without I/O.

Imports nothing of the other rooms of `cartkg.sparql`.
"""
