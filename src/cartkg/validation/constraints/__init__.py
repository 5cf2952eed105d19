"""Values in, those that breach a constraint out: paths, datatypes, patterns and the components of SHACL core.

Imports `rdf` alone; knows no shapes graph.
"""
