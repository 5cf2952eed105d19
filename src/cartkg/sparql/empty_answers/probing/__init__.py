"""Text of a query in, its parts and what small questions about them show out, within a bounded number and time.

Imports nothing of the other rooms of `cartkg.sparql.empty_answers`.
"""
