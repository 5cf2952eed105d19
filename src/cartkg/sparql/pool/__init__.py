"""Jobs in, replies out: a fork server, its workers, their limits and who runs next.

Imports `protocol` alone; knows no HTTP and no engine.
"""
