"""Cohorts and overlap statements in, how the patients of any two cohorts stand to each other out.

Imports nothing of the other rooms of `cartkg.synthesis`; reads no graph.
"""
