"""A part of a query that matches nothing in, its cause and what would match instead out.

Imports `probing` alone.
"""
