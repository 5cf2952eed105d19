"""Files of every RDF syntax in, facts in columns out, with the place of each statement.

Imports nothing of the other rooms of `cartkg.validation`.
"""
