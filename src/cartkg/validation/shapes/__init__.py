"""A shapes graph in, shapes compiled to constraints out; parameters that SHACL does not define are refused.

Imports `constraints` and `rdf`.
"""
