"""Values of a row in, statements and phrases out: how much, when, and what it means for the patient.

Imports `context` alone.
"""
