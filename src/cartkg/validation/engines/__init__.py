"""Facts and shapes in, violations out: by the set-based engine, or by pySHACL.

Imports `reporting` (for messages), `shapes`, `constraints` and `rdf`.
"""
