"""Exports of search services and reference managers in, records of papers out: a module for each format.

The bytes of a file enter; `Export` leaves. Nothing is fetched, expanded or run: XML goes through a parser that refuses
entities, LaTeX is read as text. `recognition` finds the format by the content.

Imports the forms of identifiers, diagnostics.
"""
