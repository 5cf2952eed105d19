"""A query without rows in, the part that empties it out; asks an engine about parts of the query.

Imports `engines` and `protocol`.
"""
