"""The SPARQL 1.1 Protocol without I/O: turn the parts of a request into an operation and a format.

Imports no other subpackage of `cartkg.sparql`.
"""
