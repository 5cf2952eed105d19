"""An operation in, an answer out: by the pool over the own store, by a remote endpoint, or with SERVICE put in place.

Imports `pool` and `protocol`.
"""
