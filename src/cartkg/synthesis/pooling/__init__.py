"""Counts of responders in, pooled proportions with their intervals out.

Imports `counting` and what is below it.
"""
