"""Find the part of a query that leaves it without rows, by probing the engine with parts of the query.

Imports `engines` and `protocol`.
"""
