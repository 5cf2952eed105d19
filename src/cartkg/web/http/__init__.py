"""Common features of all responses: formats, codings, caching, headers, errors, and the state that an app shares.

Imports no other subpackage of `cartkg.web`.
"""
