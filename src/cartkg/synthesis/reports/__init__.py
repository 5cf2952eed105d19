"""Counts and pooled proportions in, what people and machines read of them out: texts, summaries, tables, totals.

Imports every other room of `cartkg.synthesis`.
"""
