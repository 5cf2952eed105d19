"""Engines that answer an operation: the pool over the own store, a remote endpoint, or SERVICE inlined.

Imports `pool` and `protocol`.
"""
