"""The text and tables of papers in, rows that their sentences and cells may mean out, for a person to confirm.

A row is suggested where a name of the vocabularies is beside a number of patients. `row_proposals` is the seam to a
language model, of which none is part of cartkg.

Imports citations and readers of XML of `formats`, words, patterns over prose, drafts of rows, diagnostics.
"""
