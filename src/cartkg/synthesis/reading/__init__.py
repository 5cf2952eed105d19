"""A graph in, cohorts, overlap statements, findings and claims out.

Imports `patients` alone.
"""
