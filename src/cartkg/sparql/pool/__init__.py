"""Answer jobs: a fork server, its workers, their limits and who runs next.

Imports `protocol` alone, and neither HTTP nor engines.
"""
