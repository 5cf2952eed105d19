"""Searches in, the records that services find for them out: PubMed, Europe PMC, Crossref and ClinicalTrials.gov.

A service does no input or output: it says which request comes first, and what an answer contains and asks for next.
`collecting` sends the requests through `line`, which has the limits, and keeps each answer, so that a search that was
cut off goes on where it ended. Nothing is sent unless a person runs a command that says so.

Imports the readers of exports and registers, caches, errors.
"""
