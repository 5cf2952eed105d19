"""What every response obeys: forms, codings, caching, headers, errors and what an app shares.

Imports nothing of the other rooms of `cartkg.web`.
"""
