"""How the answers of an engine differ from the standard: a module for each engine, chosen by the name that it gives.

Imports `protocol`; nothing here does I/O.
"""
