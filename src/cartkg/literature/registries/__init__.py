"""Exports of trial registers in; what differs from the trials that are stored, and changes to accept, out.

Nothing is changed here: a person accepts changes with `cartkg add`. `recognition` finds the register by the content.

Imports the readers of JSON and XML of `formats`, dossiers, the forms of identifiers, diagnostics.
"""
